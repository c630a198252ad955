-- customer_grid: each customer in every period in which they are followed, with or without activity.
-- grain: customer_id, period
-- reads: customer_activity, stg_customers, periods
--
-- From the first activity on. Where departures are known (left_on), to the departure or to the end of
-- the data; otherwise to the last activity, because nobody knows what silence after it means.

with span as (
    select
        activity.customer_id,
        min(periods.position) as first_position,
        max(periods.position) as last_position
    from customer_activity as activity
    inner join periods on periods.period = activity.period
    group by activity.customer_id
),

followed as (
    select
        span.customer_id,
        span.first_position,
        {%- if 'left_on' in present.customers %}
        coalesce(
            least(
                left_in.position, (select max(position) from periods)
            ),
            (select max(position) from periods)
        ) as last_position
        {%- else %}
        span.last_position
        {%- endif %}
    from span
    left join stg_customers as customers on customers.customer_id = span.customer_id
    left join periods as left_in
        on customers.left_on >= left_in.start_on
        and customers.left_on <= left_in.end_on
)

select
    followed.customer_id,
    periods.period,
    periods.start_on,
    periods.end_on
from followed
inner join periods
    on periods.position >= followed.first_position
    and periods.position <= followed.last_position
order by followed.customer_id, periods.period
