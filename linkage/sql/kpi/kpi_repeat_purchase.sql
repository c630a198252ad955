-- kpi_repeat_purchase: how many of those who first bought in a period bought again within {{ kpi.repeat_purchase_days }} days.
-- needs: transactions
-- grain: period
-- reads: event_purchase, stg_customers, periods
--
-- The period is the cohort's: that of the first purchase. Everybody has the same {{ kpi.repeat_purchase_days }} days, so those who
-- joined late have no less time. known_period is the one in which the last customer's days are over; a
-- cohort whose days the data do not hold has no row. Purchases of one day are one purchase.
-- A first purchase in the data is a customer's first where they joined after the data begin or, joined_on
-- unknown, where the data hold {{ kpi.gaps_compared | max }} days before it without one.

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

placed as (
    select
        customer_id,
        bought_on,
        row_number() over (partition by customer_id order by bought_on) as place,
        lead(bought_on) over (partition by customer_id order by bought_on) as next_on
    from day
),

starter as (
    select
        placed.bought_on,
        placed.next_on
    from placed
    cross join span
    left join stg_customers as customers on customers.customer_id = placed.customer_id
    where
        placed.place = 1
        and case
            when customers.joined_on is not null then customers.joined_on >= span.first_on
            else placed.bought_on >= span.first_on + interval {{ kpi.gaps_compared | max }} days
        end
)

select
    periods.period,
    min(closing.period) as known_period,
    count(*) as customer_count,
    count(*) filter (
        where starter.next_on <= starter.bought_on + interval {{ kpi.repeat_purchase_days }} days
    ) as repeat_count
from starter
inner join periods
    on starter.bought_on >= periods.start_on
    and starter.bought_on <= periods.end_on
inner join periods as closing
    on periods.end_on + interval {{ kpi.repeat_purchase_days }} days >= closing.start_on
    and periods.end_on + interval {{ kpi.repeat_purchase_days }} days <= closing.end_on
group by periods.period
order by periods.period
