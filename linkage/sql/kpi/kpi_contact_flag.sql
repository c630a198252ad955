-- kpi_contact_flag: the share of contacts with a flag: {{ kpi.flags | join(', ') }}.
-- needs: interactions.is_resolved | interactions.is_reopened | interactions.is_failure_demand | interactions.is_abandoned
-- grain: period, flag
-- reads: event_contact
--
-- As the system recorded it, by the period in which the contact ended. A contact without the flag is left
-- out of that flag's base. One customer's contacts are one cluster.

with flagged as (
    {%- for flag in kpi.flags %}
    {{ 'union all' if not loop.first }}
    select
        '{{ flag }}' as flag,
        coalesce('customer ' || customer_id, 'contact ' || interaction_id) as customer,
        period,
        {{ flag }} as is_on
    from event_contact
    where {{ flag }} is not null and period is not null
    {%- endfor %}
),

customer as (
    select
        period,
        flag,
        customer,
        count(*) as contact_count,
        count(*) filter (where is_on > 0) as flag_count
    from flagged
    group by period, flag, customer
)

select
    period,
    flag,
    count(*) as customer_count,
    {{ ratio_sums('flag', 'flag_count', 'contact_count') }}
from customer
group by period, flag
order by period, flag
