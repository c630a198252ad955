-- link_interaction: each contact and the answer to it.
-- needs: interactions, feedback
-- grain: interaction_id
-- reads: event_contact, event_answer, stg_customers
-- collect: event_contact.interaction_id -> event_answer.interaction_id, left_side.ended_at <= right_side.answered_at
--
-- A contact nobody answered stays, with nulls.
{%- if rules.answers_to_one_contact == 'mean' %}
-- Of several answers to one contact the mean counts; number and time are those of the last.
{%- else %}
-- Of several answers to one contact the {{ rules.answers_to_one_contact }} counts.
{%- endif %}
{%- if rules.early_answers == 'exclude' %}
-- An answer given before the contact ended is left out: it cannot be about it.
{%- endif %}

with about as (
    select
        answered.response_id,
        answered.interaction_id,
        answered.answered_at,
        answered.survey,
        answered.language,
        answered.weight
        {%- for metric in metrics.feedback %},
        {%- if rules.answers_to_one_contact == 'mean' %}
        avg(answered.{{ metric.name }}) over (partition by answered.interaction_id) as {{ metric.name }}
        {%- else %}
        answered.{{ metric.name }}
        {%- endif %}
        {%- endfor %}
    from event_answer as answered
    inner join event_contact as contacts on contacts.interaction_id = answered.interaction_id
    {%- if rules.early_answers == 'exclude' %}
    where answered.answered_at >= contacts.ended_at
    {%- endif %}
),

answers as (
    select
        response_id,
        interaction_id,
        answered_at,
        survey,
        language,
        weight
        {%- for metric in metrics.feedback %},
        {{ metric.name }}
        {%- endfor %}
    from about
    qualify
        row_number() over (
            partition by interaction_id
            order by answered_at {{ 'asc' if rules.answers_to_one_contact == 'first' else 'desc' }}, response_id
        ) = 1
)

select
    contacts.interaction_id,
    contacts.customer_id,
    contacts.employee_id,
    contacts.unit_id,
    contacts.period,
    contacts.started_at,
    contacts.ended_at,
    contacts.channel,
    contacts.topic,
    answers.response_id,
    answers.answered_at,
    answers.survey,
    answers.language,
    answers.weight
    {%- for name in attributes.interactions %},
    contacts.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    contacts.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.feedback %},
    answers.{{ metric.name }}
    {%- endfor %}
    {%- for name in attributes.customers %},
    customers.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.customers %},
    customers.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.customers if metric.recorded %},
    customers.{{ metric.recorded }} as {{ metric.name }}_recorded_at
    {%- endfor %}
from event_contact as contacts
left join answers on answers.interaction_id = contacts.interaction_id
left join stg_customers as customers on customers.customer_id = contacts.customer_id
order by contacts.interaction_id
