-- partner_periods: how satisfied each partner is with us, quarter by quarter.
-- grain: unit_id, period
-- reads: partner_survey.csv
--
-- About four people answer for a partner; their mean counts. A quarter without an answer has no row.

select
    partner_id as unit_id,
    year(answered_on::date) || 'Q' || quarter(answered_on::date) as period,
    avg(satisfaction::double) as partner_satisfaction
from read_csv('partner_survey.csv', all_varchar = true)
group by all
order by unit_id, period
