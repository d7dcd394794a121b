-- purpose: how much of the usage that RI and SP can cover they did cover, and how much of the SP was used, by hour
-- grain:   one row per hour and currency
-- inputs:  hourly_usage
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   hour                      timestamp, begin of the hour, UTC; a bill by day has one row a day, at midnight
--   currency                  text, ISO code
--   on_demand_cost            decimal, in `currency`, amortised cost of coverable usage on demand
--   reserved_cost             decimal, in `currency`, amortised cost of usage under Reserved Instances
--   savings_plan_cost         decimal, in `currency`, amortised cost of usage under Savings Plans
--   spot_cost                 decimal, in `currency`, cost of Spot; no part of the ratios
--   unused_savings_plan       decimal, in `currency`, part of the hourly commitment that nobody used; of Reserved
--                             Instances a bill tells it for the month only, see coverage_by_month
--   list_cost                 decimal, in `currency`, public on-demand cost of covered and on-demand usage
--   coverage                  decimal, 0 to 1, list cost of covered usage / list_cost
--   savings_plan_utilization  decimal, 0 to 1, used / (used + unused); NULL without Savings Plans
with by_hour as (
    select
        hour,
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
            sum(amortized_cost) filter (where charge_type in ('SavingsPlanRecurringFee')),
            0
        ) as unused_savings_plan,
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
        month = $month
        and (
            charge_type = 'SavingsPlanRecurringFee'
            or (
                usage_kind not in ('other', 'no_usage', 'serverless')
                and product_code not in ('AmazonMSK', 'ElasticMapReduce', 'CodeBuild')
            )
        )
    group by
        hour,
        currency
)
select
    hour,
    currency,
    on_demand_cost,
    reserved_cost,
    savings_plan_cost,
    spot_cost,
    unused_savings_plan,
    list_cost,
    cast(coalesce(covered_list_cost, 0) as decimal(38, 12)) / nullif(list_cost, 0) as coverage,
    cast(savings_plan_cost as decimal(38, 12))
        / nullif(savings_plan_cost + unused_savings_plan, 0) as savings_plan_utilization
from by_hour
order by
    hour,
    currency
