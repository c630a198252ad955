-- orders: each order, with what was in it and how it was delivered.
-- grain: interaction_id
--
-- Items and payments are many to an order: each is brought to one row an order before the join, so that
-- no amount is multiplied. Days are days of the calendar. A day late and a day early are two columns,
-- because a promise broken and a promise exceeded need not weigh the same. Only an order with the status
-- delivered ends: six canceled ones carry a date of delivery too.

with items as (
    select
        order_id,
        count(*) as item_count,
        sum(price::decimal(12, 2)) as item_price,
        sum(freight_value::decimal(12, 2)) as freight,
        count(distinct seller_id) as seller_count,
        -- The dearest item names the order's product; of two of one price the first.
        arg_max(product_id, (price::decimal(12, 2), -order_item_id::integer)) as product_id
    from read_csv('olist_order_items_dataset.csv', all_varchar = true)
    group by order_id
),

payments as (
    select
        order_id,
        max(payment_installments::integer) as installment_count,
        -- The way that paid most of it.
        arg_max(payment_type, (payment_value::decimal(12, 2), -payment_sequential::integer)) as payment_kind
    from read_csv('olist_order_payments_dataset.csv', all_varchar = true)
    group by order_id
),

products as (
    select
        products.product_id,
        -- A few categories lack a translation and keep their Portuguese name.
        coalesce(
            translated.product_category_name_english, products.product_category_name
        ) as category
    from read_csv('olist_products_dataset.csv', all_varchar = true) as products
    left join read_csv('product_category_name_translation.csv', all_varchar = true) as translated
        on translated.product_category_name = products.product_category_name
),

orders as (
    select
        order_id,
        customer_id,
        order_status,
        order_purchase_timestamp::timestamp as purchased_at,
        case
            when order_status = 'delivered' then order_delivered_customer_date::timestamp
        end as delivered_at,
        order_estimated_delivery_date::date as promised_on
    from read_csv('olist_orders_dataset.csv', all_varchar = true)
)

select
    orders.order_id as interaction_id,
    orders.customer_id,
    orders.purchased_at as started_at,
    orders.delivered_at as ended_at,
    orders.order_status,
    payments.payment_kind,
    products.category as topic,
    orders.order_status = 'delivered' as is_delivered,
    date_diff('day', orders.purchased_at::date, orders.delivered_at::date) as delivery_days,
    -- greatest() passes over nulls: it would call an order that never came neither late nor early.
    case
        when orders.delivered_at is not null
            then greatest(date_diff('day', orders.promised_on, orders.delivered_at::date), 0)
    end as days_late,
    case
        when orders.delivered_at is not null
            then greatest(date_diff('day', orders.delivered_at::date, orders.promised_on), 0)
    end as days_early,
    items.item_count,
    items.seller_count,
    items.item_price as order_price,
    (items.freight / nullif(items.freight + items.item_price, 0))::double as freight_share,
    payments.installment_count
from orders
left join items on items.order_id = orders.order_id
left join payments on payments.order_id = orders.order_id
left join products on products.product_id = items.product_id
order by orders.order_id
