-- purpose: how the usage that RI and SP can cover was bought per month, and how much of them was used
-- grain:   one row per month
-- inputs:  commitment_coverage
-- columns:
--   month                   date, first day of the billing month
--   on_demand_cost          decimal, in the currency of the bill, amortised cost of coverable usage on demand
--   reserved_cost           decimal, in the currency of the bill, amortised cost of usage under Reserved Instances
--   savings_plan_cost       decimal, in the currency of the bill, amortised cost of usage under Savings Plans
--   spot_cost               decimal, in the currency of the bill, cost of Spot; no part of the ratios
--   unused_commitment       decimal, in the currency of the bill, part of the RI and SP fees that nobody used
--   coverage                decimal, 0 to 1, list cost of covered usage / that of covered and on-demand usage; NULL
--                           without any
--   utilization             decimal, 0 to 1, used commitment / (used + unused); NULL without commitments
--   effective_savings_rate  decimal, 0 to 1, (list cost - amortised cost - unused commitment) / list cost
with by_month as (
    select
        month,
        sum(on_demand_cost) as on_demand_cost,
        sum(reserved_cost) as reserved_cost,
        sum(savings_plan_cost) as savings_plan_cost,
        sum(spot_cost) as spot_cost,
        sum(unused_commitment) as unused_commitment,
        sum(list_cost) as list_cost,
        coalesce(sum(covered_list_cost), 0) as covered_list_cost
    from commitment_coverage
    group by month
)
select
    month,
    on_demand_cost,
    reserved_cost,
    savings_plan_cost,
    spot_cost,
    unused_commitment,
    cast(covered_list_cost / nullif(list_cost, 0) as decimal(38, 12)) as coverage,
    cast(
        (reserved_cost + savings_plan_cost) / nullif(reserved_cost + savings_plan_cost + unused_commitment, 0)
        as decimal(38, 12)
    ) as utilization,
    cast(
        (list_cost - on_demand_cost - reserved_cost - savings_plan_cost - unused_commitment) / nullif(list_cost, 0)
        as decimal(38, 12)
    ) as effective_savings_rate
from by_month
order by month
