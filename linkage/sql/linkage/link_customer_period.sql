-- link_customer_period: each customer in each period from first to last activity.
-- needs: customers | feedback | interactions | transactions
-- grain: customer_id, period
-- reads: event_answer, event_contact, event_purchase, stg_customers, stg_customer_units, periods
-- collect: stg_customers.customer_id -> event_purchase.customer_id
-- collect: stg_customers.customer_id -> event_contact.customer_id
-- collect: stg_customers.customer_id -> event_answer.customer_id
--
-- The grid is complete: a period without contact, answer or purchase stays and is flagged silent.
-- Where departures are known (left_on), a customer is followed to the departure or to the end of the
-- data; otherwise to the last activity, because nobody knows what silence after it means.

with activity as (
    select customer_id, period from event_answer where customer_id is not null
    union all
    select customer_id, period from event_contact where customer_id is not null
    union all
    select customer_id, period from event_purchase where customer_id is not null
),

span as (
    select
        activity.customer_id,
        min(periods.position) as first_position,
        max(periods.position) as last_position
    from activity
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
),

grid as (
    select
        followed.customer_id,
        periods.period,
        periods.start_on,
        periods.end_on
    from followed
    inner join periods
        on periods.position >= followed.first_position
        and periods.position <= followed.last_position
),

answers as (
    select
        customer_id,
        period,
        count(*) as answer_count
        {%- for metric in metrics.feedback %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_answer
    group by customer_id, period
),

contacts as (
    select
        customer_id,
        period,
        count(*) as contact_count
        {%- for metric in metrics.interactions %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_contact
    group by customer_id, period
),

purchases as (
    select
        customer_id,
        period,
        count(*) as order_count
        {%- for metric in metrics.transactions %},
        {{ total(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_purchase
    group by customer_id, period
)

select
    grid.customer_id,
    grid.period,
    coalesce(customer_places.unit_id, customers.unit_id) as unit_id,
    coalesce(answers.answer_count, 0) as answer_count,
    coalesce(contacts.contact_count, 0) as contact_count,
    coalesce(purchases.order_count, 0) as order_count
    {%- for metric in metrics.feedback %},
    answers.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    contacts.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.transactions %},
    coalesce(purchases.{{ metric.name }}, 0) as {{ metric.name }}
    {%- endfor %},
    answers.answer_count is null and contacts.contact_count is null and purchases.order_count is null as is_silent,
    coalesce(customers.left_on >= grid.start_on and customers.left_on <= grid.end_on, false) as is_lost,
    date_diff('day', customers.joined_on, grid.end_on) / 30.4375 as tenure_months
    {%- for name in attributes.customers %},
    customers.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.customers %},
    customers.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.customers if metric.recorded %},
    customers.{{ metric.recorded }} as {{ metric.name }}_recorded_at
    {%- endfor %}
from grid
left join answers on answers.customer_id = grid.customer_id and answers.period = grid.period
left join contacts on contacts.customer_id = grid.customer_id and contacts.period = grid.period
left join purchases on purchases.customer_id = grid.customer_id and purchases.period = grid.period
left join stg_customers as customers on customers.customer_id = grid.customer_id
left join stg_customer_units as customer_places
    on customer_places.customer_id = grid.customer_id
    and {{ placed_on('customer_places', 'grid.end_on') }}
order by grid.customer_id, grid.period
