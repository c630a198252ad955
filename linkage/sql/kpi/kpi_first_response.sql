-- kpi_first_response: how many contacts had their first answer within {{ kpi.target_hours }} hours, whole and by channel.
-- needs: interactions.first_response_hours
-- grain: period, channel
-- reads: event_contact, periods
--
-- A contact belongs to the period in which its {{ kpi.target_hours }} hours are over: then it is decided, and no later answer
-- changes it. Without an answer it is late, not missing; answered before it began, it cannot be and is left out.
-- One customer's contacts are one cluster.
{%- if kpi.business('first_response_hours') %}
-- Hours are those in which the business is open: a contact is decided when it was open for so many.
{%- else %}
-- Hours are those of the clock, nights and holidays included.
{%- endif %}
{%- if kpi.automatic %}
-- An automatic reply (is_automatic_reply) is no answer.
{%- endif %}
-- The row without a channel is all of them; channel 'not stated' is its own.

with contact as (
    select
        contacts.interaction_id,
        contacts.customer_id,
        {{ "coalesce(contacts.channel, 'not stated')" if kpi.on('interactions', 'channel') else "'not stated'" }} as channel,
        {%- if kpi.business('first_response_hours') %}
        periods.period,
        {%- else %}
        {{ period_of('contacts.started_at + interval ' ~ kpi.target_hours ~ ' hours') }} as period,
        {%- endif %}
        coalesce({{ kpi.first_response('contacts') }} <= {{ kpi.target_hours }}, false) as is_in_time
    from event_contact as contacts
    {%- if kpi.business('first_response_hours') %}
    inner join periods
        on periods.end_on >= cast({{ local('contacts.started_at') }} as date)
        and {{ kpi.watched('first_response_hours', 'contacts.started_at', 'cast(periods.end_on + interval 1 day as timestamp)') }} >= {{ kpi.target_hours }}
    where coalesce({{ kpi.first_response('contacts') }}, 0) >= 0
    qualify row_number() over (partition by contacts.interaction_id order by periods.position) = 1
    {%- else %}
    where contacts.started_at is not null and coalesce({{ kpi.first_response('contacts') }}, 0) >= 0
    {%- endif %}
),

customer as (
    select
        coalesce('customer ' || customer_id, 'contact ' || interaction_id) as customer,
        period,
        channel,
        count(*) as contact_count,
        count(*) filter (where is_in_time) as in_time_count
    from contact
    group by customer, period, channel
    union all
    select
        coalesce('customer ' || customer_id, 'contact ' || interaction_id) as customer,
        period,
        null as channel,
        count(*) as contact_count,
        count(*) filter (where is_in_time) as in_time_count
    from contact
    group by customer, period
)

select
    customer.period,
    customer.channel,
    count(*) as customer_count,
    {{ ratio_sums('in_time', 'customer.in_time_count', 'customer.contact_count') }}
from customer
inner join periods on periods.period = customer.period
group by customer.period, customer.channel
order by customer.period, customer.channel
