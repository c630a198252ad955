-- states: the states orders go to.
-- grain: unit_id

select distinct
    customer_state as unit_id,
    'state' as kind
from read_csv('olist_customers_dataset.csv', all_varchar = true)
where customer_state is not null
order by unit_id
