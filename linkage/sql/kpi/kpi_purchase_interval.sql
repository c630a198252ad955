-- kpi_purchase_interval: how many customers bought again after how many days, or not yet.
-- needs: transactions
-- grain: period, days, is_bought
-- reads: event_purchase, stg_customers, periods
--
-- One wait a customer and period: from their first purchase of the {{ kpi.spell_days }} days up to the period's end to the
-- next one. Where none had come by that end (or by their leaving) the wait is censored, not missing:
-- leaving it out would keep the short waits only. One wait each, because a frequent buyer has many, and
-- with all of them counted the censoring would depend on how often they buy (Wang and Chang 1999, Journal
-- of the American Statistical Association 94, p. 146). Purchases of one day are one purchase.

with day as (
    select distinct
        customer_id,
        cast({{ local('purchased_at') }} as date) as bought_on
    from event_purchase
    where customer_id is not null and purchased_at is not null
),

followed as (
    select
        customer_id,
        bought_on,
        lead(bought_on) over (partition by customer_id order by bought_on) as next_on
    from day
),

opened as (
    select
        day.customer_id,
        periods.period,
        periods.end_on,
        min(day.bought_on) as opened_on
    from day
    inner join periods
        on day.bought_on > periods.end_on - interval {{ kpi.spell_days }} days
        and day.bought_on <= periods.end_on
    group by day.customer_id, periods.period, periods.end_on
),

wait as (
    select
        opened.period,
        opened.opened_on,
        followed.next_on,
        case
            when customers.left_on >= opened.opened_on and customers.left_on < opened.end_on then customers.left_on
            else opened.end_on
        end as watched_to
    from opened
    inner join followed
        on followed.customer_id = opened.customer_id
        and followed.bought_on = opened.opened_on
    left join stg_customers as customers on customers.customer_id = opened.customer_id
),

ended as (
    select
        period,
        coalesce(next_on <= watched_to, false) as is_bought,
        date_diff(
            'day', opened_on, case when next_on <= watched_to then next_on else watched_to end
        ) as days
    from wait
)

select
    period,
    days,
    is_bought,
    count(*) as wait_count
from ended
group by period, days, is_bought
order by period, days, is_bought
