-- kpi_waiting_time: how many contacts begun in a period waited how long for an answer, and for their end.
-- needs: interactions.started_at, interactions.first_response_hours | interactions.resolution_hours | interactions.ended_at
-- grain: period, wait, hours, is_over
-- reads: event_contact, stg_interactions, periods
--
-- Known at the end of the period: a wait that was not over by then is censored there, however long it
-- turned out to be, and so is one that has no end. Leaving those out would keep the quick ones only.
-- A contact whose beginning nobody noted has no wait.
{%- if kpi.business('first_response_hours') or kpi.business('resolution_hours') %}
-- Where the metric counts opening hours, so does the time a contact was watched.
{%- endif %}
{%- if kpi.automatic %}
-- An automatic reply (is_automatic_reply) is no answer: that contact still waits.
{%- endif %}
{%- if kpi.merged %}
-- A contact merged into another (merged_into) is no matter of its own to be resolved: the other one goes on.
{%- endif %}
{%- if not kpi.on('interactions', 'resolution_hours') %}
-- The time to resolution is from start to end of the contact.
{%- endif %}

with begun as (
    select
        contacts.interaction_id,
        periods.period,
        contacts.started_at,
        cast(periods.end_on + interval 1 day as timestamp) as watched_to
    from event_contact as contacts
    inner join stg_interactions as recorded
        on recorded.interaction_id = contacts.interaction_id
        and recorded.started_at is not null
    inner join periods
        on cast({{ local('contacts.started_at') }} as date) >= periods.start_on
        and cast({{ local('contacts.started_at') }} as date) <= periods.end_on
),

waited as (
    {%- if kpi.on('interactions', 'first_response_hours') %}
    select
        begun.period,
        'first_response' as wait,
        {{ kpi.watched('first_response_hours', 'begun.started_at', 'begun.watched_to') }} as watched_hours,
        {{ kpi.first_response('contacts') }} as hours
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
        {{ kpi.watched('resolution_hours', 'begun.started_at', 'begun.watched_to') }} as watched_hours,
        contacts.resolution_hours as hours
    from begun
    inner join event_contact as contacts on contacts.interaction_id = begun.interaction_id
    {%- if kpi.merged %}
    where contacts.merged_into is null
    {%- endif %}
    {%- elif kpi.on('interactions', 'ended_at') %}
    select
        begun.period,
        'resolution' as wait,
        date_diff('second', begun.started_at, begun.watched_to) / 3600.0 as watched_hours,
        date_diff('second', begun.started_at, contacts.ended_at) / 3600.0 as hours
    from begun
    inner join stg_interactions as contacts on contacts.interaction_id = begun.interaction_id
    {%- if kpi.merged %}
    where contacts.merged_into is null
    {%- endif %}
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
