-- link_unit_period: each business unit in each period, with the means of its answers and contacts,
-- its employees, its money and how that grew.
-- needs: units | unit_periods
-- grain: unit_id, period
-- reads: stg_units, event_answer, event_contact, event_purchase, link_employee_period, periods
{%- for source in unit_sources %}, stg_{{ source.name }}{% endfor %}
-- join: event_answer.unit_id -> stg_units.unit_id
-- join: event_contact.unit_id -> stg_units.unit_id
-- join: event_purchase.unit_id -> stg_units.unit_id
{%- for source in unit_sources %}
-- join: stg_{{ source.name }}.unit_id -> stg_units.unit_id
-- collect: stg_units.unit_id -> stg_{{ source.name }}.unit_id
{%- for other in unit_sources[loop.index:] %}
-- collect: stg_{{ source.name }}.unit_id -> stg_{{ other.name }}.unit_id
{%- endfor %}
{%- endfor %}
--
-- Every mean stands beside its count. Growth is against the period before, by the calendar and not
-- by the row before; it is null where that period is missing or its money was not positive.

with answers as (
    select
        unit_id,
        period,
        count(*) as answer_count
        {%- for metric in metrics.feedback %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_answer
    where unit_id is not null
    group by unit_id, period
),

contacts as (
    select
        unit_id,
        period,
        count(*) as contact_count
        {%- for metric in metrics.interactions %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_contact
    where unit_id is not null
    group by unit_id, period
),

staff as (
    select
        unit_id,
        period,
        count(*) as employee_count
        {%- for metric in metrics.employee_feedback %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from link_employee_period
    where unit_id is not null
    group by unit_id, period
),

purchases as (
    select
        purchased.unit_id,
        purchased.period,
        min(periods.position) as position,
        count(*) as order_count
        {%- for metric in metrics.transactions %},
        {{ purchased.together(metric, 'purchased.', partial=true) }} as {{ metric.name }}
        {%- endfor %}
    from event_purchase as purchased
    inner join periods on periods.period = purchased.period
    where purchased.unit_id is not null
    group by purchased.unit_id, purchased.period
),

grid as (
    select unit_id, period from answers
    union
    select unit_id, period from contacts
    union
    select unit_id, period from purchases
    {%- for source in unit_sources %}
    union
    select unit_id, period from stg_{{ source.name }}
    {%- endfor %}
)

select
    grid.unit_id,
    grid.period,
    units.kind,
    units.region,
    coalesce(answers.answer_count, 0) as answer_count,
    coalesce(contacts.contact_count, 0) as contact_count,
    coalesce(purchases.order_count, 0) as order_count,
    staff.employee_count
    {%- for name in attributes.units %},
    units.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.units %},
    units.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.feedback %},
    answers.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    contacts.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.employee_feedback %},
    staff.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.transactions %},
    purchases.{{ metric.name }},
    case
        when earlier.{{ metric.name }} > 0
            then purchases.{{ metric.name }} / earlier.{{ metric.name }} - 1
    end as {{ metric.name }}_growth
    {%- endfor %}
    {%- for source in unit_sources %}
    {%- for metric in source.metrics %},
    {{ source.name }}.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
    {%- for name in source.attributes %},
    {{ source.name }}.{{ name }}
    {%- endfor %}
    {%- endfor %}
from grid
left join stg_units as units on units.unit_id = grid.unit_id
left join answers on answers.unit_id = grid.unit_id and answers.period = grid.period
left join contacts on contacts.unit_id = grid.unit_id and contacts.period = grid.period
left join staff on staff.unit_id = grid.unit_id and staff.period = grid.period
left join purchases on purchases.unit_id = grid.unit_id and purchases.period = grid.period
left join purchases as earlier
    on earlier.unit_id = purchases.unit_id
    and earlier.position = purchases.position - 1
{%- for source in unit_sources %}
left join stg_{{ source.name }} as {{ source.name }}
    on {{ source.name }}.unit_id = grid.unit_id
    and {{ source.name }}.period = grid.period
{%- endfor %}
order by grid.unit_id, grid.period
