-- purpose: hours and unit costs of each instance type, beside its list price and its Graviton target
-- grain:   one row per region, product_code, instance_type and currency
-- inputs:  hourly_usage
-- parameters:
--   $month  month = last  the billing month
--   $top    count = 50    rows at most
-- columns:
--   region                    text, AWS region code
--   product_code              text, AWS product code
--   instance_type             text, with the prefix or suffix of its service
--   architecture              text, x86_64 or arm64; NULL when not known
--   currency                  text, ISO code
--   hours                     decimal, instance hours
--   vcpu_hours                decimal, hours x vCPUs; NULL when not known
--   normalized_unit_hours     decimal, hours x normalised units of AWS (a large counts 4); NULL when not known
--   amortized_cost            decimal, in `currency`, RI and SP fees spread over the usage they cover
--   cost_per_hour             decimal, in `currency` per instance hour
--   cost_per_vcpu_hour        decimal, in `currency` per vCPU hour
--   cost_per_normalized_unit  decimal, in `currency` per normalised unit and hour
--   list_price                decimal, USD per hour on demand of Linux or the default engine, whatever runs; NULL when not
--                             in the table
--   graviton_target           text, cheapest admissible Arm type for the same, which may cost more; NULL when it is Arm or
--                             there is none. The verdict by system and engine is in top_opportunities
with by_type as (
    select
        region,
        product_code,
        instance_type,
        architecture,
        currency,
        sum(usage_amount) as hours,
        sum(usage_amount * vcpu) as vcpu_hours,
        sum(cast(usage_amount * normalized_units(instance_type) as decimal(38, 12))) as normalized_unit_hours,
        sum(amortized_cost) as amortized_cost
    from hourly_usage
    where
        month = $month
        and usage_kind = 'instance_hours'
    group by
        region,
        product_code,
        instance_type,
        architecture,
        currency
)
select
    region,
    product_code,
    instance_type,
    architecture,
    currency,
    hours,
    vcpu_hours,
    normalized_unit_hours,
    amortized_cost,
    cast(amortized_cost as decimal(38, 12)) / nullif(hours, 0) as cost_per_hour,
    cast(amortized_cost as decimal(38, 12)) / nullif(vcpu_hours, 0) as cost_per_vcpu_hour,
    cast(amortized_cost as decimal(38, 12)) / nullif(normalized_unit_hours, 0) as cost_per_normalized_unit,
    list_price(instance_type, region) as list_price,
    graviton_target(instance_type, region) as graviton_target
from by_type
order by
    amortized_cost desc,
    region,
    product_code,
    instance_type,
    currency
limit $top
