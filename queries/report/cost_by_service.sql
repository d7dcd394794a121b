-- purpose: what each service costs per month, all charges
-- grain:   one row per month, product_code and currency
-- inputs:  monthly_costs
-- columns:
--   month           date, first day of the billing month
--   product_code    text, AWS product code
--   unblended_cost  decimal, in `currency`, cash: ties to the invoice
--   amortized_cost  decimal, in `currency`, RI and SP fees spread over the usage they cover
--   currency        text, ISO code
select
    month,
    product_code,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    currency
from monthly_costs
group by
    month,
    product_code,
    currency
order by
    month,
    amortized_cost desc,
    product_code,
    currency
