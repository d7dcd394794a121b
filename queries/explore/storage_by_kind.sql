-- purpose: what each kind of storage costs per GB-month: EBS gp2 beside gp3, snapshots, S3 classes, databases
-- grain:   one row per product_code, region, storage_kind, pricing_unit and currency
-- inputs:  line_items
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code   text, AWS product code
--   region         text, AWS region code
--   storage_kind   text, usage type without the prefix of its region: EBS:VolumeUsage.gp2, TimedStorage-ByteHrs
--   pricing_unit   text, unit of the quantity, mostly GB-Mo; NULL where the bill names none
--   currency       text, ISO code
--   usage_amount   decimal, quantity in pricing_unit
--   cost           decimal, in `currency`, amortised, credits left out
--   cost_per_unit  decimal, in `currency` per pricing_unit
--   cost_share     decimal, 0 to 1, of all storage in this currency
with by_kind as (
    select
        product_code,
        region,
        regexp_replace(usage_type, '^(EU|[A-Z]{2,4}[0-9]+)-', '') as storage_kind,
        pricing_unit,
        currency,
        sum(usage_amount) as usage_amount,
        sum(amortized_cost) as cost
    from line_items
    where
        month = $month
        and charge_type = 'Usage'
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
        and regexp_like(usage_type, 'EBS:|TimedStorage|StorageUsage|SnapshotUsage|BackupUsage|-Storage$|Kafka\.Storage')
    group by
        product_code,
        region,
        regexp_replace(usage_type, '^(EU|[A-Z]{2,4}[0-9]+)-', ''),
        pricing_unit,
        currency
)
select
    product_code,
    region,
    storage_kind,
    pricing_unit,
    currency,
    usage_amount,
    cost,
    cast(cost as decimal(38, 12)) / nullif(usage_amount, 0) as cost_per_unit,
    cast(cost as decimal(38, 12)) / nullif(sum(cost) over (partition by currency), 0) as cost_share
from by_kind
order by
    cost desc,
    product_code,
    region,
    storage_kind,
    pricing_unit,
    currency
