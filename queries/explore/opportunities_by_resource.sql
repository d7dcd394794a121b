-- purpose: which resources save most by moving to Graviton; the saving of a type is spread over its resources by hours
-- grain:   one row per resource_id, type and purchase option
-- inputs:  line_items, graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
--   $top    count = 20    rows at most
-- columns:
--   resource_id           text, resource id or ARN; NULL where the bill names none
--   account_id            text, account that used it
--   region                text, AWS region code
--   product_code          text, AWS product code
--   instance_type         text, what runs now; a usage type for Lambda, Fargate and builds
--   target_instance_type  text, what it would run on
--   purchase_option       text, OnDemand, Reserved or SavingsPlan
--   currency              text, ISO code of the cost
--   hours                 decimal, instance hours; the quantity of Lambda, Fargate and builds
--   amortized_cost        decimal, in `currency`, cost now
--   list_saving           decimal, USD per month, at public on-demand prices
--   effective_saving      decimal, USD per month, at the rates that are really paid
--   unlocked_saving       decimal, USD per month, what the bill falls by if the move is made now
with by_resource as (
    select
        resource_id,
        account_id,
        region,
        product_code,
        -- The table of opportunities names metered compute by its usage type without the region's prefix.
        coalesce(instance_type, regexp_replace(usage_type, '^(EU|[A-Z]{2,4}[0-9]+)-', '')) as instance_type,
        operating_system,
        database_engine,
        deployment_option,
        coalesce(purchase_option, 'OnDemand') as purchase_option,
        currency,
        sum(usage_amount) as hours,
        sum(amortized_cost) as amortized_cost
    from line_items
    where
        month = $month
        and verdict = 'eligible'
        and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
    group by
        resource_id,
        account_id,
        region,
        product_code,
        coalesce(instance_type, regexp_replace(usage_type, '^(EU|[A-Z]{2,4}[0-9]+)-', '')),
        operating_system,
        database_engine,
        deployment_option,
        coalesce(purchase_option, 'OnDemand'),
        currency
),
by_type as (
    select
        account_id,
        region,
        product_code,
        instance_type,
        operating_system,
        database_engine,
        deployment_option,
        coalesce(purchase_option, 'OnDemand') as purchase_option,
        max(target_instance_type) as target_instance_type,
        sum(hours) as hours,
        sum(list_saving) as list_saving,
        sum(effective_saving) as effective_saving,
        sum(unlocked_saving) as unlocked_saving
    from graviton_opportunities
    where
        month = $month
        and verdict = 'eligible'
    group by
        account_id,
        region,
        product_code,
        instance_type,
        operating_system,
        database_engine,
        deployment_option,
        coalesce(purchase_option, 'OnDemand')
)
select
    by_resource.resource_id,
    by_resource.account_id,
    by_resource.region,
    by_resource.product_code,
    by_resource.instance_type,
    by_type.target_instance_type,
    by_resource.purchase_option,
    by_resource.currency,
    by_resource.hours,
    by_resource.amortized_cost,
    cast(by_type.list_saving * (by_resource.hours / nullif(by_type.hours, 0)) as decimal(38, 12)) as list_saving,
    cast(
        by_type.effective_saving * (by_resource.hours / nullif(by_type.hours, 0)) as decimal(38, 12)
    ) as effective_saving,
    cast(
        by_type.unlocked_saving * (by_resource.hours / nullif(by_type.hours, 0)) as decimal(38, 12)
    ) as unlocked_saving
from by_resource
inner join by_type
    on (by_resource.account_id is not distinct from by_type.account_id)
    and (by_resource.region is not distinct from by_type.region)
    and by_resource.product_code = by_type.product_code
    and by_resource.instance_type = by_type.instance_type
    and (by_resource.operating_system is not distinct from by_type.operating_system)
    and (by_resource.database_engine is not distinct from by_type.database_engine)
    and (by_resource.deployment_option is not distinct from by_type.deployment_option)
    and by_resource.purchase_option = by_type.purchase_option
order by
    effective_saving desc nulls last,
    list_saving desc nulls last,
    by_resource.resource_id nulls last,
    by_resource.account_id,
    by_resource.region,
    by_resource.product_code,
    by_resource.instance_type,
    by_resource.operating_system,
    by_resource.database_engine,
    by_resource.deployment_option,
    by_resource.purchase_option,
    by_resource.currency
limit $top
