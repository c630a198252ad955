-- kpi_presence: each customer in each period in which they count as a customer.
-- needs: contract | transactions
-- grain: customer_id, period
-- reads: stg_customers, event_purchase, periods
--
{%- if kpi.contract %}
-- By contract: a customer from joined_on through left_on. At the start: joined before the period's first
-- day and not gone before it. At the end: not gone by its last day. Nobody who joined within the period
-- was there at its start, and a departure known today counts only from its own day.
-- Who has no joined_on, or left before joining, has no place in time and is left out.

select
    customers.customer_id,
    periods.period,
    customers.joined_on < periods.start_on as is_at_start,
    customers.left_on is null or customers.left_on > periods.end_on as is_at_end,
    date_diff(
        'day',
        greatest(customers.joined_on, periods.start_on),
        least(coalesce(customers.left_on, periods.end_on), periods.end_on)
    ) + 1 as exposure_days
from stg_customers as customers
inner join periods
    on customers.joined_on <= periods.end_on
    and (customers.left_on is null or customers.left_on >= periods.start_on)
where customers.left_on is null or customers.left_on >= customers.joined_on
order by customers.customer_id, periods.period
{%- else %}
-- Without a contract: a customer for {{ kpi.gap_days }} days from each purchase. At the start: bought in the {{ kpi.gap_days }} days
-- before the period's first day. At the end: in the last {{ kpi.gap_days }} days through its last day. Null where those
-- days begin before the data do. Exposure is the whole period for who was there at its start: a first
-- purchase inside it is how one became a customer, not how often one buys.

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
        count(*) filter (where day.bought_on < periods.start_on) as bought_before,
        count(*) filter (
            where day.bought_on > periods.end_on - interval {{ kpi.gap_days }} days
        ) as bought_lately
    from day
    inner join periods
        on day.bought_on >= periods.start_on - interval {{ kpi.gap_days }} days
        and day.bought_on <= periods.end_on
    group by day.customer_id, periods.period
)

select
    recent.customer_id,
    recent.period,
    case
        when span.first_on <= periods.start_on - interval {{ kpi.gap_days }} days
            then recent.bought_before > 0
    end as is_at_start,
    case
        when span.first_on <= periods.end_on - interval {{ kpi.gap_days - 1 }} days
            then recent.bought_lately > 0
    end as is_at_end,
    case
        when span.first_on <= periods.start_on - interval {{ kpi.gap_days }} days and recent.bought_before > 0
            then date_diff('day', periods.start_on, periods.end_on) + 1
    end as exposure_days
from recent
inner join periods on periods.period = recent.period
cross join span
order by recent.customer_id, recent.period
{%- endif %}
