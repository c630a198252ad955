-- kpi_retention: how many of the customers at the start of each period are still there at its end.
-- needs: contract | transactions
-- grain: period
-- reads: kpi_presence
--
-- Retention is kept_count / start_count, churn the rest. Who came during the period counts in neither:
-- new customers cannot make up for lost ones.

select
    period,
    count(*) filter (where is_at_start) as start_count,
    count(*) filter (where is_at_start and is_at_end) as kept_count,
    count(*) filter (where is_at_start and not is_at_end) as lost_count,
    count(*) filter (where not is_at_start and is_at_end) as new_count,
    '{{ 'contract' if kpi.contract else 'purchase' }}' as presence_rule
from kpi_presence
group by period
order by period
