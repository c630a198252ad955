-- customer_activity: what each customer answered, asked and bought in each period in which they did.
-- grain: customer_id, period
-- reads: event_answer, event_contact, event_purchase
--
-- Added up in one pass over all events: joining three tables of millions would need them all in memory.

with event as (
    select
        customer_id,
        period,
        1 as answer_count,
        null::integer as contact_count,
        null::integer as order_count
        {%- for metric in metrics.feedback %},
        {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.interactions + metrics.transactions %},
        null::double as {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.transactions if purchased.is_open(metric) %},
        null::boolean as {{ is_unread(metric.name) }}
        {%- endfor %}
    from event_answer
    where customer_id is not null
    union all
    select
        customer_id,
        period,
        null as answer_count,
        1 as contact_count,
        null as order_count
        {%- for metric in metrics.feedback %},
        null as {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.interactions %},
        {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.transactions %},
        null as {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.transactions if purchased.is_open(metric) %},
        null as {{ is_unread(metric.name) }}
        {%- endfor %}
    from event_contact
    where customer_id is not null
    union all
    select
        customer_id,
        period,
        null as answer_count,
        null as contact_count,
        1 as order_count
        {%- for metric in metrics.feedback + metrics.interactions %},
        null as {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.transactions %},
        {{ metric.name }}
        {%- endfor %}
        {%- for metric in metrics.transactions if purchased.is_open(metric) %},
        {{ is_unread(metric.name) }}
        {%- endfor %}
    from event_purchase
    where customer_id is not null
)

select
    customer_id,
    period,
    count(answer_count) as answer_count,
    count(contact_count) as contact_count,
    count(order_count) as order_count
    {%- for metric in metrics.feedback + metrics.interactions %},
    {{ mean(metric.name) }} as {{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.transactions %},
    {{ purchased.together(metric) }} as {{ metric.name }}
    {%- endfor %}
from event
group by customer_id, period
order by customer_id, period
