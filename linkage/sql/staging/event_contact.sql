-- event_contact: each contact, keyed to one customer, employee and unit, with its period.
-- needs: interactions
-- grain: interaction_id
-- reads: stg_interactions, stg_identities, stg_customers, stg_employees, stg_customer_units, stg_employee_units
-- join: stg_interactions.customer_id -> stg_identities.alias_id
-- join: event_contact.customer_id -> stg_customers.customer_id
-- join: event_contact.employee_id -> stg_employees.employee_id
--
-- A contact ends when it ended, or started where no end is known.
-- Its unit is its own; else the employee's; else the customer's, as they were placed on that day.

select
    interactions.interaction_id,
    coalesce(identities.customer_id, interactions.customer_id) as customer_id,
    interactions.employee_id,
    coalesce(
        interactions.unit_id,
        employee_places.unit_id,
        employees.unit_id,
        customer_places.unit_id,
        customers.unit_id
    ) as unit_id,
    {{ period_of('coalesce(interactions.ended_at, interactions.started_at)') }} as period,
    coalesce(interactions.started_at, interactions.ended_at) as started_at,
    coalesce(interactions.ended_at, interactions.started_at) as ended_at,
    interactions.channel,
    interactions.topic
    {%- for name in attributes.interactions %},
    interactions.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    interactions.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
from stg_interactions as interactions
left join stg_identities as identities on identities.alias_id = interactions.customer_id
left join stg_customers as customers
    on customers.customer_id = coalesce(identities.customer_id, interactions.customer_id)
left join stg_employees as employees on employees.employee_id = interactions.employee_id
left join stg_employee_units as employee_places
    on employee_places.employee_id = interactions.employee_id
    and {{ placed('employee_places', 'coalesce(interactions.ended_at, interactions.started_at)') }}
left join stg_customer_units as customer_places
    on customer_places.customer_id = coalesce(identities.customer_id, interactions.customer_id)
    and {{ placed('customer_places', 'coalesce(interactions.ended_at, interactions.started_at)') }}
order by customer_id, ended_at, interaction_id
