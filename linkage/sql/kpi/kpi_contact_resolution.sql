-- kpi_contact_resolution: how many contacts settled the matter, whole and by channel.
-- needs: interactions
-- grain: period, channel
-- reads: event_contact, stg_interactions, periods
--
-- Settled: closed{{ ', not reopened,' if kpi.on('interactions', 'is_reopened') }} and no other contact of the same customer{{ ' on the same topic' if kpi.on('interactions', 'topic') }} begins after it and within {{ kpi.repeat_contact_days }}
-- days of its end. A contact belongs to the period in which those days are over: then it is decided. Of
-- contacts begun together the first by number is followed by the others. One still open is not settled.
-- A contact without a customer{{ ' or a topic' if kpi.on('interactions', 'topic') }} cannot be judged: it is in unknown_count only. One customer's contacts are one cluster.
{%- if kpi.merged %}
-- A contact merged into another (merged_into) is no matter of its own: it is left out, but it is the customer's
-- next contact all the same.
{%- endif %}
-- The row without a channel is all of them; channel 'not stated' is its own.

with contact as (
    select
        contacts.interaction_id,
        contacts.customer_id,
        {{ "coalesce(contacts.channel, 'not stated')" if kpi.on('interactions', 'channel') else "'not stated'" }} as channel,
        {{ 'contacts.topic' if kpi.on('interactions', 'topic') else "'any'" }} as topic,
        contacts.ended_at,
        {{ 'contacts.merged_into is null' if kpi.merged else 'true' }} as is_own,
        {{ 'recorded.ended_at is not null' if kpi.on('interactions', 'ended_at') else 'true' }} as is_closed,
        {{ 'coalesce(contacts.is_reopened, 0) > 0' if kpi.on('interactions', 'is_reopened') else 'false' }} as is_reopened,
        {{ period_of('contacts.ended_at + interval ' ~ kpi.repeat_contact_days ~ ' days') }} as period,
        lead(contacts.started_at) over (
            partition by contacts.customer_id, {{ 'contacts.topic' if kpi.on('interactions', 'topic') else "'any'" }}
            order by contacts.started_at, contacts.interaction_id
        ) as next_started_at
    from event_contact as contacts
    inner join stg_interactions as recorded on recorded.interaction_id = contacts.interaction_id
),

judged as (
    select
        customer_id,
        interaction_id,
        period,
        channel,
        customer_id is not null and topic is not null as is_known,
        is_closed
        and not is_reopened
        and coalesce(next_started_at > ended_at + interval {{ kpi.repeat_contact_days }} days, true) as is_settled
    from contact
    where is_own
),

customer as (
    select
        coalesce('customer ' || customer_id, 'contact ' || interaction_id) as customer,
        period,
        channel,
        count(*) filter (where is_known) as contact_count,
        count(*) filter (where is_known and is_settled) as settled_count,
        count(*) filter (where not is_known) as unknown_count
    from judged
    group by customer, period, channel
    union all
    select
        coalesce('customer ' || customer_id, 'contact ' || interaction_id) as customer,
        period,
        null as channel,
        count(*) filter (where is_known) as contact_count,
        count(*) filter (where is_known and is_settled) as settled_count,
        count(*) filter (where not is_known) as unknown_count
    from judged
    group by customer, period
)

select
    customer.period,
    customer.channel,
    count(*) filter (where customer.contact_count > 0) as customer_count,
    {{ ratio_sums('settled', 'customer.settled_count', 'customer.contact_count') }},
    {{ total('customer.unknown_count') }} as unknown_count
from customer
inner join periods on periods.period = customer.period
group by customer.period, customer.channel
order by customer.period, customer.channel
