-- kpi_revenue_retention: what the customers of the period before brought in this one.
-- needs: revenue
-- grain: period
-- reads: event_purchase, periods
--
-- The base is the {{ kpi.revenue }} of the period before, of every customer with more than nothing then. Net counts
-- all they brought now; gross only as much as each brought before, so that it never exceeds 1 and growth of
-- some cannot hide the loss of others. New customers' money counts in neither. The period before is the
-- one before in the calendar: a season moves both.

with spent as (
    select
        customer_id,
        period,
        {{ total(kpi.revenue) }} as revenue
    from event_purchase
    where customer_id is not null
    group by customer_id, period
),

pair as (
    select
        periods.period,
        earlier.revenue as revenue_before,
        coalesce(spent.revenue, 0) as revenue_now,
        greatest(least(coalesce(spent.revenue, 0), earlier.revenue), 0) as revenue_kept
    from spent as earlier
    inner join periods as periods_before on periods_before.period = earlier.period
    inner join periods on periods.position = periods_before.position + 1
    left join spent
        on spent.customer_id = earlier.customer_id
        and spent.period = periods.period
    where earlier.revenue > 0
)

select
    period,
    count(*) as customer_count,
    {{ ratio_sums('net', 'revenue_now', 'revenue_before') }},
    {{ ratio_sums('gross', 'revenue_kept', 'revenue_before') }}
from pair
group by period
order by period
