-- purpose: which compute of a month is no opportunity, and why
-- grain:   one row per verdict, reason and product_code
-- inputs:  graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   verdict         text, costlier, blocked, unpriced or unknown
--   reason          text, word for the reason: windows, gpu and so on
--   product_code    text, AWS product code
--   instance_types  text, the types concerned, the dearest first
--   hours           decimal, instance hours; the quantity of Lambda, Fargate and builds
--   amortized_cost  decimal, in the currency of the bill
with by_type as (
    select
        verdict,
        reason,
        product_code,
        coalesce(instance_type, '') as instance_type,
        sum(hours) as hours,
        sum(amortized_cost) as amortized_cost
    from graviton_opportunities
    where
        month = $month
        and reason is not null
    group by
        verdict,
        reason,
        product_code,
        coalesce(instance_type, '')
)
select
    verdict,
    reason,
    product_code,
    string_agg(instance_type, ' ' order by amortized_cost desc, instance_type) as instance_types,
    sum(hours) as hours,
    sum(amortized_cost) as amortized_cost
from by_type
group by
    verdict,
    reason,
    product_code
order by
    amortized_cost desc,
    reason,
    product_code,
    verdict
