-- purpose: how much of the usage that RI and SP can cover they did cover, and how much of them was used, per month
-- grain:   one row per month and currency
-- inputs:  hourly_usage
-- columns:
--   month              date, first day of the billing month
--   currency           text, ISO code
--   on_demand_cost     decimal, in `currency`, amortised cost of coverable usage on demand
--   reserved_cost      decimal, in `currency`, amortised cost of usage under Reserved Instances
--   savings_plan_cost  decimal, in `currency`, amortised cost of usage under Savings Plans
--   spot_cost          decimal, in `currency`, cost of Spot; no part of the ratios
--   unused_commitment  decimal, in `currency`, part of the RI and SP fees that nobody used
--   list_cost          decimal, in `currency`, public on-demand cost of covered and on-demand usage
--   coverage           decimal, 0 to 1, list cost of covered usage / list_cost
--   utilization        decimal, 0 to 1, used commitment / (used + unused); NULL without commitments
with by_month as (
    select
        month,
        currency,
        coalesce(
            sum(amortized_cost) filter (
                where charge_type = 'Usage' and purchase_option is distinct from 'Spot'
            ),
            0
        ) as on_demand_cost,
        coalesce(sum(amortized_cost) filter (where charge_type = 'DiscountedUsage'), 0) as reserved_cost,
        coalesce(sum(amortized_cost) filter (where charge_type = 'SavingsPlanCoveredUsage'), 0) as savings_plan_cost,
        coalesce(
            sum(amortized_cost) filter (where charge_type = 'Usage' and purchase_option = 'Spot'),
            0
        ) as spot_cost,
        coalesce(
            sum(amortized_cost) filter (where charge_type in ('RIFee', 'SavingsPlanRecurringFee')),
            0
        ) as unused_commitment,
        sum(list_cost) filter (
            where charge_type in ('DiscountedUsage', 'SavingsPlanCoveredUsage')
        ) as covered_list_cost,
        sum(list_cost) filter (
            where
                charge_type in ('DiscountedUsage', 'SavingsPlanCoveredUsage')
                or (charge_type = 'Usage' and purchase_option is distinct from 'Spot')
        ) as list_cost
    from hourly_usage
    where
        charge_type in ('RIFee', 'SavingsPlanRecurringFee')
        or (
            usage_kind not in ('other', 'no_usage', 'serverless')
            and product_code not in ('AmazonMSK', 'ElasticMapReduce', 'CodeBuild')
        )
    group by
        month,
        currency
)
select
    month,
    currency,
    on_demand_cost,
    reserved_cost,
    savings_plan_cost,
    spot_cost,
    unused_commitment,
    list_cost,
    cast(coalesce(covered_list_cost, 0) as decimal(38, 12)) / nullif(list_cost, 0) as coverage,
    cast(reserved_cost + savings_plan_cost as decimal(38, 12))
        / nullif(reserved_cost + savings_plan_cost + unused_commitment, 0) as utilization
from by_month
order by
    month,
    currency
