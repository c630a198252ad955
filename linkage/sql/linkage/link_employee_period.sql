-- link_employee_period: each employee in each period from first to last activity, with the answers
-- of the customers they served.
-- needs: employees | employee_feedback
-- grain: employee_id, period
-- reads: stg_employees, stg_employee_units, stg_employee_feedback, stg_trainings, event_contact, event_answer, periods
-- join: stg_employee_feedback.employee_id -> stg_employees.employee_id
-- join: stg_trainings.employee_id -> stg_employees.employee_id
-- collect: stg_employees.employee_id -> event_contact.employee_id
-- collect: stg_employees.employee_id -> event_answer.employee_id
--
-- The employee's own survey is the last one answered by the end of the period, so it never comes
-- from later; a training counts from the period after the one it was completed in.

with contacts as (
    select
        employee_id,
        period,
        count(*) as contact_count
        {%- for metric in metrics.interactions %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_contact
    where employee_id is not null
    group by employee_id, period
),

answers as (
    select
        employee_id,
        period,
        count(*) as answer_count
        {%- for metric in metrics.feedback %},
        {{ mean(metric.name) }} as {{ metric.name }}
        {%- endfor %}
    from event_answer
    where employee_id is not null
    group by employee_id, period
),

own_answers as (
    select
        feedback.employee_id,
        periods.period,
        max(feedback.answered_at) as surveyed_at
        {%- for metric in metrics.employee_feedback %},
        arg_max(feedback.{{ metric.column }}, feedback.answered_at) as {{ metric.name }}
        {%- endfor %}
    from stg_employee_feedback as feedback
    inner join periods on cast({{ local('feedback.answered_at') }} as date) <= periods.end_on
    group by feedback.employee_id, periods.period
),

trained as (
    select
        trainings.employee_id,
        periods.period,
        count(*) as training_count
    from stg_trainings as trainings
    inner join periods on trainings.completed_on < periods.start_on
    group by trainings.employee_id, periods.period
),

activity as (
    select employee_id, period from contacts
    union all
    select employee_id, period from answers
    union all
    select
        feedback.employee_id,
        periods.period
    from stg_employee_feedback as feedback
    inner join periods
        on cast({{ local('feedback.answered_at') }} as date) >= periods.start_on
        and cast({{ local('feedback.answered_at') }} as date) <= periods.end_on
),

span as (
    select
        activity.employee_id,
        min(periods.position) as first_position,
        max(periods.position) as last_position
    from activity
    inner join periods on periods.period = activity.period
    group by activity.employee_id
),

grid as (
    select
        span.employee_id,
        periods.period,
        periods.start_on,
        periods.end_on
    from span
    inner join periods
        on periods.position >= span.first_position
        and periods.position <= span.last_position
)

select
    grid.employee_id,
    grid.period,
    coalesce(employee_places.unit_id, employees.unit_id) as unit_id,
    employees.job,
    date_diff('day', employees.hired_on, grid.end_on) / 30.4375 as tenure_months,
    own_answers.surveyed_at,
    coalesce(trained.training_count, 0) as training_count,
    coalesce(trained.training_count, 0) > 0 as is_trained,
    coalesce(contacts.contact_count, 0) as contact_count,
    coalesce(answers.answer_count, 0) as answer_count
    {%- for metric in metrics.employee_feedback %},
    own_answers.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.interactions %},
    contacts.{{ metric.name }}
    {%- endfor %}
    {%- for metric in metrics.feedback %},
    answers.{{ metric.name }}
    {%- endfor %}
    {%- for name in attributes.employees %},
    employees.{{ name }}
    {%- endfor %}
    {%- for metric in metrics.employees %},
    employees.{{ metric.column }} as {{ metric.name }}
    {%- endfor %}
from grid
left join stg_employees as employees on employees.employee_id = grid.employee_id
left join stg_employee_units as employee_places
    on employee_places.employee_id = grid.employee_id
    and {{ placed_on('employee_places', 'grid.end_on') }}
left join own_answers on own_answers.employee_id = grid.employee_id and own_answers.period = grid.period
left join trained on trained.employee_id = grid.employee_id and trained.period = grid.period
left join contacts on contacts.employee_id = grid.employee_id and contacts.period = grid.period
left join answers on answers.employee_id = grid.employee_id and answers.period = grid.period
order by grid.employee_id, grid.period
