-- purpose: how much of the compute of each month runs on Graviton, by cost, hours, vCPU hours and normalised units
-- grain:   one row per month
-- inputs:  graviton_adoption
-- columns:
--   month                               date, first day of the billing month
--   graviton_cost                       decimal, in the currency of the bill, amortised cost of compute on Arm
--   compute_cost                        decimal, in the currency of the bill, amortised cost of all compute
--   eligible_cost                       decimal, in the currency of the bill, that of compute that is Arm or could be
--   share_of_compute                    decimal, 0 to 1, graviton_cost / compute_cost
--   share_of_eligible                   decimal, 0 to 1, graviton_cost / eligible_cost
--   hours_share                         decimal, 0 to 1, instance hours on Arm / all
--   vcpu_hours_share                    decimal, 0 to 1, vCPU hours on Arm / all whose size is known
--   normalized_units_share              decimal, 0 to 1, normalised units on Arm / all whose size is known
--   hours_share_of_eligible             decimal, 0 to 1, instance hours on Arm / those that are Arm or could be
--   vcpu_hours_share_of_eligible        decimal, 0 to 1, vCPU hours on Arm / those that are Arm or could be
--   normalized_units_share_of_eligible  decimal, 0 to 1, normalised units on Arm / those that are Arm or could be
with usage as (
    select
        month,
        eligible,
        eligible and coalesce(architecture = 'arm64', false) as is_arm,
        amortized_cost,
        hours,
        case when normalized_units is not null then vcpu_hours end as vcpu_hours,
        case when vcpu_hours is not null then normalized_units end as normalized_units
    from graviton_adoption
),
by_month as (
    select
        month,
        coalesce(sum(amortized_cost) filter (where is_arm), 0) as graviton_cost,
        sum(amortized_cost) as compute_cost,
        coalesce(sum(amortized_cost) filter (where eligible), 0) as eligible_cost,
        coalesce(sum(hours) filter (where is_arm), 0) as graviton_hours,
        sum(hours) as hours,
        sum(hours) filter (where eligible) as eligible_hours,
        coalesce(sum(vcpu_hours) filter (where is_arm), 0) as graviton_vcpu_hours,
        sum(vcpu_hours) as vcpu_hours,
        sum(vcpu_hours) filter (where eligible) as eligible_vcpu_hours,
        coalesce(sum(normalized_units) filter (where is_arm), 0) as graviton_normalized_units,
        sum(normalized_units) as normalized_units,
        sum(normalized_units) filter (where eligible) as eligible_normalized_units
    from usage
    group by month
)
select
    month,
    graviton_cost,
    compute_cost,
    eligible_cost,
    cast(graviton_cost / nullif(compute_cost, 0) as decimal(38, 12)) as share_of_compute,
    cast(graviton_cost / nullif(eligible_cost, 0) as decimal(38, 12)) as share_of_eligible,
    cast(graviton_hours / nullif(hours, 0) as decimal(38, 12)) as hours_share,
    cast(graviton_vcpu_hours / nullif(vcpu_hours, 0) as decimal(38, 12)) as vcpu_hours_share,
    cast(graviton_normalized_units / nullif(normalized_units, 0) as decimal(38, 12)) as normalized_units_share,
    cast(graviton_hours / nullif(eligible_hours, 0) as decimal(38, 12)) as hours_share_of_eligible,
    cast(graviton_vcpu_hours / nullif(eligible_vcpu_hours, 0) as decimal(38, 12)) as vcpu_hours_share_of_eligible,
    cast(graviton_normalized_units / nullif(eligible_normalized_units, 0) as decimal(38, 12)) as normalized_units_share_of_eligible
from by_month
order by month
