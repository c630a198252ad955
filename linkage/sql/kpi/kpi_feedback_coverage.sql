-- kpi_feedback_coverage: how much of the revenue of a period comes from customers who answered in it.
-- needs: feedback, revenue
-- grain: period
-- reads: event_answer, event_purchase
--
-- By value and by head: customers with {{ kpi.revenue }} above zero in the period, and those of them with an answer in the
-- same period. A few large customers can carry much revenue that nobody asked.

with answered as (
    select distinct
        customer_id,
        period
    from event_answer
    where customer_id is not null
),

spent as (
    select
        customer_id,
        period,
        {{ total(kpi.revenue) }} as revenue
    from event_purchase
    where customer_id is not null
    group by customer_id, period
),

customer as (
    select
        spent.period,
        spent.revenue,
        case when answered.customer_id is null then 0 else 1 end as has_answered
    from spent
    left join answered
        on answered.customer_id = spent.customer_id
        and answered.period = spent.period
    where spent.revenue > 0
)

select
    period,
    count(*) as customer_count,
    {{ total('has_answered') }} as answered_count,
    {{ ratio_sums('covered', 'revenue * has_answered', 'revenue') }}
from customer
group by period
order by period
