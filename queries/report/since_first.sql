-- purpose: how each service changed against the first month, all charges
-- grain:   one row per product_code and currency
-- inputs:  monthly_costs
-- parameters:
--   $from   month = first     the month to compare with
--   $to     month = last      the month that is looked at; give both to compare others
--   $basis  text = amortized  amortized or unblended
-- columns:
--   basis         text, amortized or unblended
--   product_code  text, AWS product code
--   from_cost     decimal, in `currency`, cost in $from; 0 when there was none
--   to_cost       decimal, in `currency`, cost in $to; 0 when there was none
--   change        decimal, in `currency`, to_cost less from_cost; the rows add up to the change of the bill
--   currency      text, ISO code
with by_month as (
    select
        month,
        product_code,
        currency,
        case $basis
            when 'amortized' then sum(amortized_cost)
            when 'unblended' then sum(unblended_cost)
        end as cost
    from monthly_costs
    where month in ($from, $to)
    group by
        month,
        product_code,
        currency
),
by_service as (
    select
        product_code,
        currency,
        coalesce(sum(cost) filter (where month = $from), 0) as from_cost,
        coalesce(sum(cost) filter (where month = $to), 0) as to_cost
    from by_month
    group by
        product_code,
        currency
)
select
    $basis as basis,
    product_code,
    from_cost,
    to_cost,
    to_cost - from_cost as change,
    currency
from by_service
order by
    abs(to_cost - from_cost) desc,
    product_code,
    currency
