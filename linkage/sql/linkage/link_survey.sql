-- link_survey: each answer, the service in the {{ windows.before }} days before it, and the money of the
-- {{ windows.before }} days before and the {{ windows.after }} days after it.
-- needs: feedback
-- grain: response_id
-- reads: event_answer, event_contact, event_purchase, stg_customers
-- window: event_answer.customer_id -> event_contact.customer_id, right_side.ended_at < left_side.answered_at and right_side.ended_at >= left_side.answered_at - interval {{ windows.before }} days
-- window: event_answer.customer_id -> event_purchase.customer_id, right_side.purchased_at > left_side.answered_at and right_side.purchased_at <= left_side.answered_at + interval {{ windows.after }} days
--
-- Contacts and money are counted strictly before, or strictly after, the answer; none is counted twice.
{%- if rules.contacts_before_answer == 'last' %}
-- Of several contacts in the window only the last gives its figures; all are counted.
{%- endif %}
-- Where the data begin after a window opens, or end before it closes, its money is null, not less.

with before as (
    select
        answers.response_id,
        contacts.interaction_id,
        row_number() over (
            partition by answers.response_id
            order by contacts.ended_at desc, contacts.interaction_id
        ) as place
        {%- for metric in metrics.interactions %},
        contacts.{{ metric.name }}
        {%- endfor %}
    from event_answer as answers
    inner join event_contact as contacts
        on contacts.customer_id = answers.customer_id
        and contacts.ended_at < answers.answered_at
        and contacts.ended_at >= answers.answered_at - interval {{ windows.before }} days
),

service as (
    select
        response_id,
        count(interaction_id) as contact_count
        {%- for metric in metrics.interactions %},
        {{ mean(metric.name) }}{{ ' filter (where place = 1)' if rules.contacts_before_answer == 'last' }} as {{ metric.name }}
        {%- endfor %}
    from before
    group by response_id
),

span as (
    select
        cast({{ local('min(purchased_at)') }} as date) as first_on,
        cast({{ local('max(purchased_at)') }} as date) as last_on
    from event_purchase
),

money as (
    select
        answers.response_id
        {%- for metric in metrics.transactions %},
        {{ purchased.together(metric, 'purchases.', when='purchases.purchased_at <= answers.answered_at') }}
            as {{ metric.name }}_before,
        {{ purchased.together(metric, 'purchases.', when='purchases.purchased_at > answers.answered_at') }}
            as {{ metric.name }}_after
        {%- endfor %}
    from event_answer as answers
    inner join event_purchase as purchases
        on purchases.customer_id = answers.customer_id
        and purchases.purchased_at > answers.answered_at - interval {{ windows.before }} days
        and purchases.purchased_at <= answers.answered_at + interval {{ windows.after }} days
    group by answers.response_id
)

select
    answers.response_id,
    answers.customer_id,
    answers.interaction_id,
    answers.employee_id,
    answers.unit_id,
    answers.period,
    answers.answered_at,
    answers.survey,
    answers.wave,
    answers.language,
    answers.comment,
    answers.weight
    {%- for name in attributes.feedback %},
    answers.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.feedback %},
    answers.{{ metric.name }}
    {%- endfor %},
    coalesce(service.contact_count, 0) as contact_count
    {%- for metric in metrics.interactions %},
    service.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.transactions %},
    case
        when answers.customer_id is null then null
        when cast({{ local('answers.answered_at') }} as date) - {{ windows.before }} >= span.first_on
            then {{ purchased.settled(metric, 'money.' ~ metric.name ~ '_before', none_where='money.response_id is null') }}
    end as {{ metric.name }}_before,
    case
        when answers.customer_id is null then null
        when cast({{ local('answers.answered_at') }} as date) + {{ windows.after }} <= span.last_on
            then {{ purchased.settled(metric, 'money.' ~ metric.name ~ '_after', none_where='money.response_id is null') }}
    end as {{ metric.name }}_after
    {%- endfor %},
    date_diff('day', customers.joined_on, cast({{ local('answers.answered_at') }} as date)) / 30.4375 as tenure_months
    {%- for name in attributes.customers %},
    customers.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.customers %},
    customers.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.customers if metric.recorded %},
    customers.{{ metric.recorded }} as {{ metric.name }}_recorded_at
    {%- endfor %}
from event_answer as answers
cross join span
left join service on service.response_id = answers.response_id
left join money on money.response_id = answers.response_id
left join stg_customers as customers on customers.customer_id = answers.customer_id
order by answers.response_id
