-- The figures of `gravimeter report` as a DuckDB user would ask for them: four aggregates over the line items.
--
-- What the report derives from the price table (verdict, reason, price variant) is left out, in DuckDB's favour; the rest
-- is a translation of `queries/rollup`. {files} and {money} are filled in by `bench/run`.

create or replace temp view raw as
select * from read_parquet('{files}', hive_partitioning = false, union_by_name = true);

create or replace temp view facts as
select
    bill_billing_period_start_date::date as month,
    line_item_usage_start_date as usage_start,
    line_item_usage_end_date as usage_end,
    bill_payer_account_id as payer_account_id,
    line_item_usage_account_id as account_id,
    line_item_usage_account_name as account_name,
    coalesce(nullif(product_region_code, ''), product['region']) as region,
    line_item_product_code as product_code,
    line_item_line_item_type as charge_type,
    nullif(line_item_resource_id, '') as resource_id,
    line_item_usage_type as usage_type,
    regexp_replace(line_item_usage_type, '^[A-Z]{2,4}[0-9]?-', '') as plain,
    line_item_operation as operation,
    coalesce(
        nullif(product_instance_type, ''),
        regexp_extract(line_item_usage_type, '(?:BoxUsage|SpotUsage|DedicatedUsage|NodeUsage|InstanceUsage[A-Za-z]*|Multi-AZUsage|ESInstance):(.+)$', 1)
    ) as instance_type,
    product['operating_system'] as own_system,
    coalesce(product['database_engine'], product['cache_engine']) as database_engine,
    product['deployment_option'] as deployment_option,
    product['tenancy'] as tenancy,
    nullif(product['pre_installed_sw'], 'NA') as licensed_software,
    product['physical_processor'] as processor,
    try_cast(product['vcpu'] as integer) as vcpu,
    try_cast(pricing_public_on_demand_rate as decimal(18, 10)) as list_rate,
    line_item_currency_code as currency,
    line_item_line_item_description as description,
    reservation_reservation_a_r_n is not null and reservation_reservation_a_r_n <> '' as has_reservation,
    savings_plan_savings_plan_a_r_n is not null and savings_plan_savings_plan_a_r_n <> '' as has_savings_plan,
    nullif(reservation_reservation_a_r_n, '') as reservation_arn,
    nullif(savings_plan_savings_plan_a_r_n, '') as savings_plan_arn,
    coalesce(nullif(savings_plan_offering_type, ''), nullif(pricing_offering_class, '')) as offering,
    coalesce(nullif(savings_plan_purchase_term, ''), nullif(pricing_lease_contract_length, '')) as term,
    coalesce(nullif(savings_plan_payment_option, ''), nullif(pricing_purchase_option, '')) as payment,
    savings_plan_region as commitment_region,
    savings_plan_instance_type_family as commitment_family,
    coalesce(nullif(savings_plan_start_time, ''), reservation_start_time) as commitment_start,
    coalesce(nullif(savings_plan_end_time, ''), reservation_end_time) as commitment_end,
    line_item_usage_amount::{money} as usage_amount,
    line_item_unblended_cost::{money} as unblended_cost,
    line_item_net_unblended_cost::{money} as net_unblended_cost,
    pricing_public_on_demand_cost::{money} as public_cost,
    reservation_effective_cost::{money} as ri_effective,
    reservation_unused_amortized_upfront_fee_for_billing_period::{money} as ri_unused_upfront,
    reservation_unused_recurring_fee::{money} as ri_unused_recurring,
    savings_plan_savings_plan_effective_cost::{money} as sp_effective,
    savings_plan_total_commitment_to_date::{money} as sp_commitment,
    savings_plan_used_commitment::{money} as sp_used,
    reservation_net_effective_cost::{money} as ri_net_effective,
    reservation_net_unused_amortized_upfront_fee_for_billing_period::{money} as ri_net_unused_upfront,
    reservation_net_unused_recurring_fee::{money} as ri_net_unused_recurring,
    savings_plan_net_savings_plan_effective_cost::{money} as sp_net_effective
from raw;

create or replace temp view line_items as
select
    *,
    case
        when charge_type not in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') then 'no_usage'
        when product_code in ('AmazonEC2', 'AmazonRDS', 'AmazonElastiCache', 'AmazonES')
            and regexp_matches(plain, '^(BoxUsage|SpotUsage|DedicatedUsage|HostUsage|InstanceUsage|InstanceUsageIOOptimized|Multi-AZUsage|NodeUsage|ESInstance)(:|$)')
            then 'instance_hours'
        when product_code in ('AmazonEC2', 'AmazonRDS', 'AmazonElastiCache', 'AmazonES') and contains(plain, 'Serverless')
            then 'serverless'
        when (product_code = 'AWSLambda' and contains(plain, 'GB-Second'))
            or (product_code in ('AmazonECS', 'AmazonEKS') and contains(plain, 'Fargate'))
            or (product_code = 'ElasticMapReduce' and contains(plain, 'BoxUsage'))
            or (product_code = 'AmazonMSK' and starts_with(plain, 'Kafka.') and not starts_with(plain, 'Kafka.Storage'))
            or (product_code in ('AmazonDocDB', 'AmazonNeptune') and starts_with(plain, 'InstanceUsage'))
            or (product_code = 'AmazonRedshift' and starts_with(plain, 'Node:'))
            or (product_code = 'AmazonSageMaker' and contains(plain, ':ml.'))
            or (product_code = 'CodeBuild' and contains(plain, 'Build-Min'))
            then 'other_compute'
        else 'other'
    end as usage_kind,
    case
        when charge_type not in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') then null
        when not regexp_matches(plain, '^(BoxUsage|SpotUsage|DedicatedUsage|HostUsage|InstanceUsage|InstanceUsageIOOptimized|Multi-AZUsage|NodeUsage|ESInstance)(:|$)')
            then null
        when charge_type = 'SavingsPlanCoveredUsage' or has_savings_plan then 'SavingsPlan'
        when charge_type = 'DiscountedUsage' or has_reservation then 'Reserved'
        when starts_with(plain, 'SpotUsage') then 'Spot'
        else 'OnDemand'
    end as purchase_option,
    case
        when contains(processor, 'Graviton') then 'arm64'
        when regexp_matches(instance_type, '^(db\.|cache\.)?[a-z]+[0-9]+g[a-z]*\.') then 'arm64'
        when instance_type is not null and instance_type <> '' then 'x86_64'
    end as architecture,
    coalesce(
        own_system,
        case
            when product_code <> 'AmazonEC2' then null
            when operation like 'RunInstances:0002%' or operation like 'RunInstances:0006%' then 'Windows'
            when operation like 'RunInstances:0010%' then 'RHEL'
            when operation like 'RunInstances:000g%' then 'SUSE'
            when operation like 'RunInstances%' then 'Linux'
        end
    ) as operating_system,
    case charge_type
        when 'DiscountedUsage' then coalesce(ri_effective, 0)
        when 'RIFee' then coalesce(ri_unused_upfront, 0) + coalesce(ri_unused_recurring, 0)
        when 'SavingsPlanCoveredUsage' then coalesce(sp_effective, 0)
        when 'SavingsPlanRecurringFee' then coalesce(sp_commitment, 0) - coalesce(sp_used, 0)
        when 'SavingsPlanNegation' then 0
        when 'SavingsPlanUpfrontFee' then 0
        when 'Fee' then if(has_reservation, 0, unblended_cost)
        when 'Refund' then if(starts_with(description, 'Refund for one-time fee for Savings Plan ID'), 0, unblended_cost)
        else unblended_cost
    end as amortized_cost,
    case
        when net_unblended_cost is null then null
        when charge_type = 'DiscountedUsage' then coalesce(ri_net_effective, ri_effective, 0)
        when charge_type = 'RIFee'
            then coalesce(ri_net_unused_upfront, ri_unused_upfront, 0) + coalesce(ri_net_unused_recurring, ri_unused_recurring, 0)
        when charge_type = 'SavingsPlanCoveredUsage' then coalesce(sp_net_effective, sp_effective, 0)
        when charge_type = 'SavingsPlanRecurringFee' then coalesce(sp_commitment, 0) - coalesce(sp_used, 0)
        when charge_type in ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') then 0
        else net_unblended_cost
    end as net_amortized_cost,
    if(charge_type = 'SavingsPlanNegation', 0, public_cost) as list_cost
from facts;

-- usage by month: everything but the price table that the report groups by
create or replace temp table usage_by_month as
select
    month, payer_account_id, account_id, account_name, region, product_code, charge_type, purchase_option, usage_kind,
    instance_type, architecture, vcpu, operating_system, database_engine, deployment_option, tenancy, licensed_software,
    if(usage_kind in ('instance_hours', 'other_compute'), list_rate, null) as public_rate,
    if(usage_kind = 'other_compute', plain, null) as meter,
    reservation_arn, savings_plan_arn, offering, term, payment, commitment_region, commitment_family, commitment_start,
    commitment_end,
    currency,
    count(*) as line_items,
    sum(usage_amount) as usage_amount,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(net_unblended_cost) as net_unblended_cost,
    sum(net_amortized_cost) as net_amortized_cost,
    sum(list_cost) as list_cost,
    max(usage_end) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 day'
    ) as usage_through,
    max(coalesce(usage_end, usage_start)) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    ) as any_usage_through
from line_items
group by all;

-- costs by day
create or replace temp table costs_by_day as
select
    month, date_trunc('day', usage_start) as day, account_id, region, product_code, charge_type, purchase_option, currency,
    count(*) as line_items,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(list_cost) as list_cost
from line_items
group by all;

-- instance usage by hour
create or replace temp table usage_by_hour as
select
    month, usage_start, product_code, region, instance_type, architecture, vcpu, purchase_option,
    sum(usage_amount) as usage_amount,
    sum(amortized_cost) as amortized_cost,
    sum(list_cost) as list_cost
from line_items
where usage_kind = 'instance_hours'
group by all;

-- costs by resource and month
create or replace temp table costs_by_resource as
select
    month, account_id, region, product_code, resource_id, instance_type, purchase_option, currency,
    count(*) as line_items,
    sum(usage_amount) as usage_amount,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(list_cost) as list_cost
from line_items
where resource_id is not null
group by all;
