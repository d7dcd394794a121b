-- purpose: what Extended Support of old engine and cluster versions costs (RDS, Aurora, ElastiCache, EKS and others)
-- grain:   one row per month, account_id, region, product_code, usage_type, resource_id and currency
-- inputs:  line_items
-- parameters:
--   $from  month = first  first billing month
--   $to    month = last   last billing month
-- columns:
--   month            date, first day of the billing month
--   account_id       text, account that used it
--   region           text, AWS region code
--   product_code     text, AWS product code
--   usage_type       text, names the version and the year of the surcharge
--   resource_id      text, resource id or ARN; NULL where the bill names none
--   database_engine  text, engine; NULL where the bill does not tell
--   currency         text, ISO code
--   usage_amount     decimal, vCPU hours, cluster hours or another unit of the usage type
--   cost             decimal, in `currency`, amortised, credits left out
select
    month,
    account_id,
    region,
    product_code,
    usage_type,
    resource_id,
    max(database_engine) as database_engine,
    currency,
    sum(usage_amount) as usage_amount,
    sum(amortized_cost) as cost
from line_items
where
    month >= $from
    and month <= $to
    and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
    and lower(usage_type) like '%extendedsupport%'
group by
    month,
    account_id,
    region,
    product_code,
    usage_type,
    resource_id,
    currency
order by
    month,
    cost desc,
    account_id,
    region,
    product_code,
    usage_type,
    resource_id,
    currency
