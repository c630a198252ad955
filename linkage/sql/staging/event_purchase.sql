-- event_purchase: each transaction, keyed to one customer and unit, with its period.
-- needs: transactions
-- grain: transaction_id
-- reads: stg_transactions, stg_identities, stg_customers, stg_customer_units
-- join: stg_transactions.customer_id -> stg_identities.alias_id
-- join: event_purchase.customer_id -> stg_customers.customer_id
--
-- Its unit is its own; else the customer's, as they were placed on that day.

select
    transactions.transaction_id,
    coalesce(identities.customer_id, transactions.customer_id) as customer_id,
    coalesce(transactions.unit_id, customer_places.unit_id, customers.unit_id) as unit_id,
    {{ period_of('transactions.purchased_at') }} as period,
    transactions.purchased_at,
    transactions.product
    {%- for metric in metrics.transactions %},
    transactions.{{ metric.column }} as {{ metric.name }}
    {%- if purchased.is_open(metric) %},
    {{ purchased.unread_sql(metric, metric.of) }} as {{ is_unread(metric.name) }}
    {%- endif %}
    {%- endfor %}
from stg_transactions as transactions
left join stg_identities as identities on identities.alias_id = transactions.customer_id
left join stg_customers as customers
    on customers.customer_id = coalesce(identities.customer_id, transactions.customer_id)
left join stg_customer_units as customer_places
    on customer_places.customer_id = coalesce(identities.customer_id, transactions.customer_id)
    and {{ placed('customer_places', 'transactions.purchased_at') }}
order by customer_id, purchased_at, transaction_id
