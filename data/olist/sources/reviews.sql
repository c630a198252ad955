-- reviews: each answer a customer gave about an order.
-- grain: response_id
--
-- A review_id may speak of two orders, and an order may have several answers: the two together are the
-- key. All answers are kept; of several to one order the linkage table takes the last, and leaves out
-- those given before the order came (study.yml, rules).
--
-- weight: how many orders of the whole one order of these files stands for. Of the whole set 96,478 are
-- delivered; the sample holds 5,172 of them and every other order. With the whole set the weight is 1.

with orders as (
    select
        order_id,
        customer_id,
        order_status = 'delivered' as is_delivered,
        case
            when order_status = 'delivered'
                then 96478.0 / count(*) over (partition by order_status = 'delivered')
            else 1.0
        end as weight
    from read_csv('olist_orders_dataset.csv', all_varchar = true)
),

reviews as (
    select
        review_id,
        order_id,
        review_score,
        review_comment_message,
        review_creation_date,
        review_answer_timestamp
    from read_csv(
        'olist_order_reviews_dataset.csv', all_varchar = true, header = true, quote = '"', escape = '"'
    )
)

select
    reviews.review_id || '-' || reviews.order_id as response_id,
    orders.customer_id,
    reviews.order_id as interaction_id,
    reviews.review_answer_timestamp as answered_at,
    reviews.review_creation_date as asked_on,
    reviews.review_score,
    'pt' as language,
    reviews.review_comment_message as comment,
    orders.weight
from reviews
left join orders on orders.order_id = reviews.order_id
order by response_id
