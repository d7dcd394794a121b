-- purpose: how the usage that RI and SP can cover was bought in a month, by service
-- grain:   one row per product_code
-- inputs:  commitment_coverage
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code            text, AWS product code; what Savings Plans waste stands under their own
--   on_demand_cost          decimal, in the currency of the bill, amortised cost of coverable usage on demand
--   reserved_cost           decimal, in the currency of the bill, amortised cost of usage under Reserved Instances
--   savings_plan_cost       decimal, in the currency of the bill, amortised cost of usage under Savings Plans
--   spot_cost               decimal, in the currency of the bill, cost of Spot; no part of the ratios
--   unused_commitment       decimal, in the currency of the bill, part of the RI and SP fees that nobody used
--   coverage                decimal, 0 to 1, list cost of covered usage / that of covered and on-demand usage; NULL
--                           without any
--   utilization             decimal, 0 to 1, used commitment / (used + unused); NULL without commitments
--   effective_savings_rate  decimal, 0 to 1, (list cost - amortised cost - unused commitment) / list cost
select
    product_code,
    on_demand_cost,
    reserved_cost,
    savings_plan_cost,
    spot_cost,
    unused_commitment,
    coverage,
    utilization,
    effective_savings_rate
from commitment_coverage
where month = $month
order by
    on_demand_cost + reserved_cost + savings_plan_cost + spot_cost + unused_commitment desc,
    product_code
