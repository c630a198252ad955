-- kpi_purchase_frequency: how often customers buy in the time they are customers.
-- needs: transactions
-- grain: period
-- reads: kpi_presence, event_purchase
--
-- Days with a purchase over years as a customer within the period (kpi_presence says who is one): who
-- joined or left in its middle counts for the days in between, and who bought nothing counts too.

with bought as (
    select
        customer_id,
        period,
        count(distinct cast({{ local('purchased_at') }} as date)) as day_count
    from event_purchase
    where customer_id is not null
    group by customer_id, period
)

select
    presence.period,
    count(*) as customer_count,
    {{ ratio_sums('purchase', 'coalesce(bought.day_count, 0)', 'presence.exposure_days / 365.25') }}
from kpi_presence as presence
left join bought
    on bought.customer_id = presence.customer_id
    and bought.period = presence.period
where presence.exposure_days is not null
group by presence.period
order by presence.period
