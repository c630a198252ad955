-- kpi_waiting_time: how many contacts begun in a period waited how long for an answer, and for their end.
-- needs: interactions.first_response_hours | interactions.resolution_hours | interactions.ended_at
-- grain: period, wait, hours, is_over
-- reads: event_contact, stg_interactions, periods
--
-- Known at the end of the period: a wait that was not over by then is censored there, however long it
-- turned out to be, and so is one that has no end. Leaving those out would keep the quick ones only.
{%- if not kpi.on('interactions', 'resolution_hours') %}
-- The time to resolution is from start to end of the contact.
{%- endif %}

with begun as (
    select
        contacts.interaction_id,
        periods.period,
        contacts.started_at,
        date_diff(
            'second', contacts.started_at, cast(periods.end_on + interval 1 day as timestamp)
        ) / 3600.0 as watched_hours
    from event_contact as contacts
    inner join periods
        on cast({{ local('contacts.started_at') }} as date) >= periods.start_on
        and cast({{ local('contacts.started_at') }} as date) <= periods.end_on
),

waited as (
    {%- if kpi.on('interactions', 'first_response_hours') %}
    select
        begun.period,
        'first_response' as wait,
        begun.watched_hours,
        contacts.first_response_hours as hours
    from begun
    inner join event_contact as contacts on contacts.interaction_id = begun.interaction_id
    {%- endif %}
    {%- if kpi.on('interactions', 'first_response_hours') and (
        kpi.on('interactions', 'resolution_hours') or kpi.on('interactions', 'ended_at')
    ) %}
    union all
    {%- endif %}
    {%- if kpi.on('interactions', 'resolution_hours') %}
    select
        begun.period,
        'resolution' as wait,
        begun.watched_hours,
        contacts.resolution_hours as hours
    from begun
    inner join event_contact as contacts on contacts.interaction_id = begun.interaction_id
    {%- elif kpi.on('interactions', 'ended_at') %}
    select
        begun.period,
        'resolution' as wait,
        begun.watched_hours,
        date_diff('second', begun.started_at, contacts.ended_at) / 3600.0 as hours
    from begun
    inner join stg_interactions as contacts on contacts.interaction_id = begun.interaction_id
    {%- endif %}
),

ended as (
    select
        period,
        wait,
        coalesce(hours <= watched_hours, false) as is_over,
        case when hours <= watched_hours then hours else watched_hours end as hours
    from waited
)

select
    period,
    wait,
    hours,
    is_over,
    count(*) as contact_count
from ended
where hours >= 0
group by period, wait, hours, is_over
order by period, wait, hours, is_over
