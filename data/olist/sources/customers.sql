-- customers: each person, where they last had an order sent.
-- grain: customer_id
--
-- The shop gives a person a new customer_id for every order (sources: identities); customer_unique_id is
-- the person. left_on is always empty: nobody signs off from a shop. That it is there lets the panel go on
-- to the end of the data, so that a quarter without an order counts as one and not as unknown.

with placed as (
    select
        customers.customer_unique_id as customer_id,
        customers.customer_state as state,
        customers.customer_city as city,
        row_number() over (
            partition by customers.customer_unique_id
            order by orders.order_purchase_timestamp desc, orders.order_id
        ) as place
    from read_csv('olist_customers_dataset.csv', all_varchar = true) as customers
    left join read_csv('olist_orders_dataset.csv', all_varchar = true) as orders
        on orders.customer_id = customers.customer_id
)

select
    customer_id,
    state as unit_id,
    -- The five regions of the Brazilian Institute of Geography and Statistics.
    case
        when state in ('AC', 'AM', 'AP', 'PA', 'RO', 'RR', 'TO') then 'North'
        when state in ('AL', 'BA', 'CE', 'MA', 'PB', 'PE', 'PI', 'RN', 'SE') then 'Northeast'
        when state in ('DF', 'GO', 'MS', 'MT') then 'Central-West'
        when state in ('ES', 'MG', 'RJ', 'SP') then 'Southeast'
        when state in ('PR', 'RS', 'SC') then 'South'
    end as region,
    null::date as left_on
from placed
where place = 1
order by customer_id
