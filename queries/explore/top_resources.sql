-- purpose: which resources cost most
-- grain:   one row per resource_id, account_id, region, product_code and currency
-- inputs:  resource_costs
-- parameters:
--   $month  month = last  the billing month
--   $top    count = 20    rows at most
-- columns:
--   resource_id     text, resource id or ARN
--   account_id      text, account that used it
--   account_name    text, its name; NULL where the bill has none
--   region          text, AWS region code
--   product_code    text, AWS product code
--   instance_type   text, the last by name of its types; NULL for what is no machine
--   currency        text, ISO code
--   amortized_cost  decimal, in `currency`, usage: RI and SP fees spread over the usage they cover
--   list_cost       decimal, in `currency`, public on-demand cost, 0 for Spot; NULL where the bill does not tell
select
    resource_id,
    account_id,
    max(account_name) as account_name,
    region,
    product_code,
    max(instance_type) as instance_type,
    currency,
    sum(amortized_cost) as amortized_cost,
    sum(list_cost) as list_cost
from resource_costs
where
    month = $month
    and resource_id is not null
    and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
group by
    resource_id,
    account_id,
    region,
    product_code,
    currency
order by
    amortized_cost desc,
    resource_id,
    account_id,
    region,
    product_code,
    currency
limit $top
