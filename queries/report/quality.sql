-- purpose: whether each month adds up: unblended = amortised + true-up + upfront
-- grain:   one row per month and currency
-- inputs:  daily_costs
-- columns:
--   month           date, first day of the billing month
--   line_items      bigint, count of line items
--   unblended_cost  decimal, in `currency`, cash: ties to the invoice
--   amortized_cost  decimal, in `currency`, RI and SP fees spread over the usage they cover
--   true_up         decimal, in `currency`, less what the month carries of payments that were made up front
--   upfront         decimal, in `currency`, what was paid for commitments up front
--   difference      decimal, in `currency`, unblended - amortised - true-up - upfront: 0 when the month adds up
--   currency        text, ISO code
with by_month as (
    select
        month,
        sum(line_items) as line_items,
        sum(unblended_cost) as unblended_cost,
        sum(amortized_cost) as amortized_cost,
        coalesce(sum(upfront_cost), 0) as upfront,
        coalesce(sum(amortized_upfront), 0) as amortized_upfront,
        currency
    from daily_costs
    group by
        month,
        currency
)
select
    month,
    line_items,
    unblended_cost,
    amortized_cost,
    - amortized_upfront as true_up,
    upfront,
    unblended_cost - amortized_cost + amortized_upfront - upfront as difference,
    currency
from by_month
order by
    month,
    currency
