-- kpi_first_response: how many contacts had their first answer within {{ kpi.target_hours }} hours, whole and by channel.
-- needs: interactions.first_response_hours
-- grain: period, channel
-- reads: event_contact, periods
--
-- A contact belongs to the period in which its {{ kpi.target_hours }} hours are over: then it is decided, and no later answer
-- changes it. Without an answer it is late, not missing. Hours are those of the clock: where the office
-- closes at night, the metric must say so. One customer's contacts are one cluster.
-- The row without a channel is all of them; channel 'not stated' is its own.

with contact as (
    select
        interaction_id,
        customer_id,
        {{ "coalesce(channel, 'not stated')" if kpi.on('interactions', 'channel') else "'not stated'" }} as channel,
        {{ period_of('started_at + interval ' ~ kpi.target_hours ~ ' hours') }} as period,
        coalesce(first_response_hours <= {{ kpi.target_hours }}, false) as is_in_time
    from event_contact
    where started_at is not null
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
