-- items: each item of each order, at the moment it was ordered.
-- grain: transaction_id
--
-- An item has one price, whatever the payments: nothing that is many to an order is joined. Freight stays
-- apart from the price. Items of orders that were canceled or never came are in it: ordered, not earned.

with products as (
    select
        products.product_id,
        coalesce(
            translated.product_category_name_english, products.product_category_name
        ) as category
    from read_csv('olist_products_dataset.csv', all_varchar = true) as products
    left join read_csv('product_category_name_translation.csv', all_varchar = true) as translated
        on translated.product_category_name = products.product_category_name
)

select
    items.order_id || '-' || items.order_item_id as transaction_id,
    orders.customer_id,
    orders.order_purchase_timestamp as purchased_at,
    products.category as product,
    items.price,
    items.freight_value as freight,
    -- One item of each order stands for the order, so that orders can be counted.
    row_number() over (partition by items.order_id order by items.order_item_id::integer) = 1 as orders_placed
from read_csv('olist_order_items_dataset.csv', all_varchar = true) as items
left join read_csv('olist_orders_dataset.csv', all_varchar = true) as orders on orders.order_id = items.order_id
left join products on products.product_id = items.product_id
order by transaction_id
