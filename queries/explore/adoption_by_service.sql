-- purpose: how much of each service's compute runs on Graviton, by cost, hours and vCPU hours
-- grain:   one row per month and product_code
-- inputs:  graviton_adoption
-- columns:
--   month                    date, first day of the billing month
--   product_code             text, AWS product code
--   graviton_cost            decimal, in the currency of the bill, amortised cost of compute on Arm
--   compute_cost             decimal, in the currency of the bill, amortised cost of all compute that has an
--                            architecture to choose
--   graviton_share           decimal, 0 to 1, graviton_cost / compute_cost
--   graviton_eligible_share  decimal, 0 to 1, graviton_cost / cost of what is Arm or could be
--   hours                    decimal, instance hours; NULL for Lambda, Fargate and builds
--   graviton_hours_share     decimal, 0 to 1, hours on Arm / hours
--   vcpu_hours               decimal, vCPU hours; NULL for Lambda, Fargate and builds
--   graviton_vcpu_share      decimal, 0 to 1, vCPU hours on Arm / vcpu_hours
with by_service as (
    select
        month,
        product_code,
        coalesce(sum(amortized_cost) filter (where architecture = 'arm64'), 0) as graviton_cost,
        sum(amortized_cost) as compute_cost,
        sum(amortized_cost) filter (where eligible) as eligible_cost,
        coalesce(sum(hours) filter (where architecture = 'arm64'), 0) as graviton_hours,
        sum(hours) as hours,
        coalesce(sum(vcpu_hours) filter (where architecture = 'arm64'), 0) as graviton_vcpu_hours,
        sum(vcpu_hours) as vcpu_hours
    from graviton_adoption
    group by
        month,
        product_code
)
select
    month,
    product_code,
    graviton_cost,
    compute_cost,
    cast(graviton_cost as decimal(38, 12)) / nullif(compute_cost, 0) as graviton_share,
    cast(graviton_cost as decimal(38, 12)) / nullif(eligible_cost, 0) as graviton_eligible_share,
    hours,
    cast(graviton_hours as decimal(38, 12)) / nullif(hours, 0) as graviton_hours_share,
    vcpu_hours,
    cast(graviton_vcpu_hours as decimal(38, 12)) / nullif(vcpu_hours, 0) as graviton_vcpu_share
from by_service
order by
    month,
    compute_cost desc,
    product_code
