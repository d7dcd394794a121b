-- purpose: how instance hours were bought, and the share of Spot and of commitments
-- grain:   one row per month, product_code and currency
-- inputs:  hourly_usage
-- columns:
--   month              date, first day of the billing month
--   product_code       text, AWS product code
--   currency           text, ISO code
--   hours              decimal, instance hours
--   on_demand_cost     decimal, in `currency`, amortised cost of instance hours on demand
--   reserved_cost      decimal, in `currency`, amortised cost of instance hours under Reserved Instances
--   savings_plan_cost  decimal, in `currency`, amortised cost of instance hours under Savings Plans
--   spot_cost          decimal, in `currency`, cost of Spot hours
--   spot_share         decimal, 0 to 1, Spot vCPU hours / vCPU hours, of types whose vCPUs are known
--   committed_share    decimal, 0 to 1, vCPU hours under RI and SP / vCPU hours, of the same types
with by_service as (
    select
        month,
        product_code,
        currency,
        sum(usage_amount) as hours,
        coalesce(sum(amortized_cost) filter (where purchase_option = 'OnDemand'), 0) as on_demand_cost,
        coalesce(sum(amortized_cost) filter (where purchase_option = 'Reserved'), 0) as reserved_cost,
        coalesce(sum(amortized_cost) filter (where purchase_option = 'SavingsPlan'), 0) as savings_plan_cost,
        coalesce(sum(amortized_cost) filter (where purchase_option = 'Spot'), 0) as spot_cost,
        coalesce(sum(usage_amount * vcpu) filter (where purchase_option = 'Spot'), 0) as spot_vcpu_hours,
        coalesce(
            sum(usage_amount * vcpu) filter (where purchase_option in ('Reserved', 'SavingsPlan')),
            0
        ) as committed_vcpu_hours,
        sum(usage_amount * vcpu) as vcpu_hours
    from hourly_usage
    where
        usage_kind = 'instance_hours'
        and purchase_option is not null
    group by
        month,
        product_code,
        currency
)
select
    month,
    product_code,
    currency,
    hours,
    on_demand_cost,
    reserved_cost,
    savings_plan_cost,
    spot_cost,
    cast(spot_vcpu_hours as decimal(38, 12)) / nullif(vcpu_hours, 0) as spot_share,
    cast(committed_vcpu_hours as decimal(38, 12)) / nullif(vcpu_hours, 0) as committed_share
from by_service
order by
    month,
    product_code,
    currency
