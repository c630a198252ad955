-- kpi_lapse: of the customers who had bought lately, how many had stopped by the end of the period.
-- needs: transactions
-- grain: period, gap_days
-- reads: event_purchase, periods
--
-- Active on a day: bought on it or in the gap_days - 1 days before it. Of those active on the eve of the
-- period, lapsed are those not active on its last day. The gap is a definition, not a fact: a longer one
-- finds fewer lapsed. A period whose gap begins before the data has no row. Purchases of one day are one.

with day as (
    select distinct
        customer_id,
        cast({{ local('purchased_at') }} as date) as bought_on
    from event_purchase
    where customer_id is not null and purchased_at is not null
),

span as (
    select min(bought_on) as first_on
    from day
),

recent as (
    select
        day.customer_id,
        periods.period,
        periods.start_on,
        periods.end_on,
        max(day.bought_on) filter (where day.bought_on < periods.start_on) as before_on,
        max(day.bought_on) as last_on
    from day
    inner join periods
        on day.bought_on >= periods.start_on - interval {{ kpi.gaps_compared | max }} days
        and day.bought_on <= periods.end_on
    group by day.customer_id, periods.period, periods.start_on, periods.end_on
)
{% for gap in kpi.gaps_compared %}
{{ 'union all' if not loop.first }}
select
    recent.period,
    {{ gap }} as gap_days,
    count(*) as start_count,
    count(*) filter (where recent.last_on <= recent.end_on - interval {{ gap }} days) as lapsed_count
from recent
cross join span
where
    recent.before_on >= recent.start_on - interval {{ gap }} days
    and span.first_on <= recent.start_on - interval {{ gap }} days
group by recent.period
{% endfor %}
order by period, gap_days
