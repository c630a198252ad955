-- link_customer_period: each customer in each period from first to last activity.
-- needs: customers | feedback | interactions | transactions
-- grain: customer_id, period
-- reads: event_answer, event_contact, event_purchase, customer_activity, customer_grid, stg_customers, stg_customer_units
-- collect: stg_customers.customer_id -> event_purchase.customer_id
-- collect: stg_customers.customer_id -> event_contact.customer_id
-- collect: stg_customers.customer_id -> event_answer.customer_id
--
-- The grid is complete: a period without contact, answer or purchase stays and is flagged silent.

select
    grid.customer_id,
    grid.period,
    coalesce(customer_places.unit_id, customers.unit_id) as unit_id,
    coalesce(activity.answer_count, 0) as answer_count,
    coalesce(activity.contact_count, 0) as contact_count,
    coalesce(activity.order_count, 0) as order_count
    {%- for metric in metrics.feedback %},
    activity.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    activity.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.transactions %},
    {{ purchased.settled(metric, 'activity.' ~ metric.name, none_where='activity.customer_id is null') }} as {{ metric.name }}
    {%- endfor %},
    activity.customer_id is null as is_silent,
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
from customer_grid as grid
left join customer_activity as activity on activity.customer_id = grid.customer_id and activity.period = grid.period
left join stg_customers as customers on customers.customer_id = grid.customer_id
left join stg_customer_units as customer_places
    on customer_places.customer_id = grid.customer_id
    and {{ placed_on('customer_places', 'grid.end_on') }}
order by grid.customer_id, grid.period
