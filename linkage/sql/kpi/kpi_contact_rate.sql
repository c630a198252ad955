-- kpi_contact_rate: contacts for each customer of the period, whole and by channel.
-- needs: interactions, contract | transactions
-- grain: period, channel
-- reads: kpi_presence, event_contact
--
-- Everybody who was a customer at any time in the period counts (kpi_presence), also who made no contact:
-- raw counts rise with the number of customers. Contacts of nobody known, or of no customer of that time,
-- are in other_count only. The row without a channel is all of them; channel 'not stated' is its own.

with contact as (
    select
        customer_id,
        period,
        {{ "coalesce(channel, 'not stated')" if kpi.on('interactions', 'channel') else "'not stated'" }} as channel
    from event_contact
),

counted as (
    select
        customer_id,
        period,
        channel,
        count(*) as contact_count
    from contact
    group by customer_id, period, channel
    union all
    select
        customer_id,
        period,
        null as channel,
        count(*) as contact_count
    from contact
    group by customer_id, period
),

base as (
    select
        period,
        count(*) as customer_count
    from kpi_presence
    group by period
)

select
    base.period,
    counted.channel,
    base.customer_count,
    coalesce({{ total('counted.contact_count') }} filter (where presence.customer_id is not null), 0) as contact_count,
    coalesce(
        {{ total('counted.contact_count * counted.contact_count') }} filter (where presence.customer_id is not null), 0
    ) as contact_squared,
    coalesce({{ total('counted.contact_count') }} filter (where presence.customer_id is null), 0) as other_count
from base
inner join counted on counted.period = base.period
left join kpi_presence as presence
    on presence.customer_id = counted.customer_id
    and presence.period = counted.period
group by base.period, counted.channel, base.customer_count
order by base.period, counted.channel
