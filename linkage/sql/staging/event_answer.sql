-- event_answer: each answer, keyed to one customer, contact, employee and unit, with its period.
-- needs: feedback
-- grain: response_id
-- reads: stg_feedback, stg_identities, stg_customers, stg_employees, stg_customer_units, stg_employee_units, event_answer_contact
-- join: stg_feedback.customer_id -> stg_identities.alias_id
-- join: event_answer.customer_id -> stg_customers.customer_id
-- join: event_answer.interaction_id -> event_contact.interaction_id, right_side.ended_at <= left_side.answered_at
-- join: event_answer.employee_id -> stg_employees.employee_id
-- join: stg_invitations.customer_id -> stg_customers.customer_id
-- join: stg_invitations.response_id -> stg_feedback.response_id
--
-- The contact is the one event_answer_contact found.
-- The unit is the answer's own; else the contact's; else the employee's; else the customer's, as they
-- were placed on that day.

select
    feedback.response_id,
    coalesce(identities.customer_id, feedback.customer_id, contact.customer_id) as customer_id,
    contact.interaction_id,
    coalesce(feedback.employee_id, contact.employee_id) as employee_id,
    coalesce(
        feedback.unit_id,
        contact.unit_id,
        employee_places.unit_id,
        employees.unit_id,
        customer_places.unit_id,
        customers.unit_id
    ) as unit_id,
    {{ period_of('feedback.answered_at') }} as period,
    feedback.answered_at,
    feedback.survey,
    feedback.wave,
    feedback.language,
    feedback.comment,
    feedback.weight
    {%- for name in attributes.feedback %},
    feedback.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.feedback %},
    feedback.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
from stg_feedback as feedback
left join stg_identities as identities on identities.alias_id = feedback.customer_id
left join event_answer_contact as contact on contact.response_id = feedback.response_id
left join stg_customers as customers
    on customers.customer_id = coalesce(identities.customer_id, feedback.customer_id, contact.customer_id)
left join stg_employees as employees
    on employees.employee_id = coalesce(feedback.employee_id, contact.employee_id)
left join stg_employee_units as employee_places
    on employee_places.employee_id = coalesce(feedback.employee_id, contact.employee_id)
    and {{ placed('employee_places', 'feedback.answered_at') }}
left join stg_customer_units as customer_places
    on customer_places.customer_id = coalesce(identities.customer_id, feedback.customer_id, contact.customer_id)
    and {{ placed('customer_places', 'feedback.answered_at') }}
order by customer_id, answered_at, response_id
