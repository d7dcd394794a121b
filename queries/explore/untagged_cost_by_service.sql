-- purpose: which services run without a tag, and for how much
-- grain:   one row per product_code and currency
-- inputs:  line_items
-- parameters:
--   $key    text          the tag as one writes it in AWS: team, CostCenter
--   $month  month = last  the billing month
-- columns:
--   product_code    text, AWS product code
--   currency        text, ISO code
--   untagged_cost   decimal, in `currency`, amortised cost of usage that does not carry the tag
--   usage_cost      decimal, in `currency`, amortised cost of all usage, on demand or covered by RI and SP
--   untagged_share  decimal, 0 to 1, untagged_cost / usage_cost; NULL where nothing was paid
with by_service as (
    select
        product_code,
        currency,
        coalesce(sum(amortized_cost) filter (where tag($key) is null), 0) as untagged_cost,
        sum(amortized_cost) as usage_cost
    from line_items
    where
        month = $month
        and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
    group by
        product_code,
        currency
)
select
    product_code,
    currency,
    untagged_cost,
    usage_cost,
    cast(untagged_cost as decimal(38, 12)) / nullif(usage_cost, 0) as untagged_share
from by_service
order by
    untagged_cost desc,
    usage_cost desc,
    product_code,
    currency
