-- purpose: what each NAT gateway costs, for its hours and for its bytes
-- grain:   one row per account_id, region, resource_id and currency
-- inputs:  line_items
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   account_id   text, account that used it
--   region       text, AWS region code
--   resource_id  text, ARN of the gateway; NULL where the bill names none
--   currency     text, ISO code
--   hours        decimal, hours it stood
--   gb           decimal, GB it processed; transfer is paid on top, see data_transfer_by_kind
--   hours_cost   decimal, in `currency`, amortised
--   bytes_cost   decimal, in `currency`, amortised
--   cost         decimal, in `currency`, both together
--   cost_per_gb  decimal, in `currency` per GB, cost / gb; high where a gateway idles
with by_gateway as (
    select
        account_id,
        region,
        resource_id,
        currency,
        coalesce(sum(usage_amount) filter (where usage_type like '%NatGateway-Hours'), 0) as hours,
        coalesce(sum(usage_amount) filter (where usage_type like '%NatGateway-Bytes'), 0) as gb,
        coalesce(sum(amortized_cost) filter (where usage_type like '%NatGateway-Hours'), 0) as hours_cost,
        coalesce(sum(amortized_cost) filter (where usage_type like '%NatGateway-Bytes'), 0) as bytes_cost,
        sum(amortized_cost) as cost
    from line_items
    where
        month = $month
        and charge_type = 'Usage'
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
        and (usage_type like '%NatGateway-Hours' or usage_type like '%NatGateway-Bytes')
    group by
        account_id,
        region,
        resource_id,
        currency
)
select
    account_id,
    region,
    resource_id,
    currency,
    hours,
    gb,
    hours_cost,
    bytes_cost,
    cost,
    cast(cost as decimal(38, 12)) / nullif(gb, 0) as cost_per_gb
from by_gateway
order by
    cost desc,
    account_id,
    region,
    resource_id,
    currency
