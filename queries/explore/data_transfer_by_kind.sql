-- purpose: what data transfer costs: to the internet, between zones, between regions, to CloudFront, through gateways
-- grain:   one row per kind, product_code and currency
-- inputs:  line_items
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   kind          text, where the bytes went
--   product_code  text, AWS product code that pays for them
--   currency      text, ISO code
--   gb            decimal, GB
--   cost          decimal, in `currency`, amortised, credits left out
--   cost_per_gb   decimal, in `currency` per GB; free bytes count
--   cost_share    decimal, 0 to 1, of all data transfer in this currency
with by_kind as (
    select
        case
            when usage_type like '%NatGateway-Bytes' then 'through NAT gateways'
            when usage_type like '%TransitGateway-Bytes' then 'through transit gateways'
            when usage_type like '%VpcEndpoint-Bytes' then 'through VPC endpoints'
            when usage_type like '%DataXfer-%' then 'over Direct Connect'
            when usage_type like '%CloudFront-%-Bytes' then 'to and from CloudFront'
            when usage_type like '%AWS-Out-%' then 'to other regions'
            when usage_type like '%AWS-In-%' then 'from other regions'
            when usage_type like '%DataTransfer-Regional-%' then 'between zones'
            when usage_type like '%DataTransfer-xAZ-%' then 'between zones'
            when usage_type like '%DataTransfer-Out-O%' then 'from the edge to the origin'
            when usage_type like '%DataTransfer-Out-%' then 'out to the internet'
            when usage_type like '%DataTransfer-In-%' then 'in from the internet'
            else 'other'
        end as kind,
        product_code,
        currency,
        sum(usage_amount) as gb,
        sum(amortized_cost) as cost
    from line_items
    where
        month = $month
        and charge_type = 'Usage'
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
        and regexp_like(
            usage_type,
            'DataTransfer-|DataXfer-|AWS-(In|Out)-|CloudFront-(In|Out)-|(NatGateway|TransitGateway|VpcEndpoint)-Bytes'
        )
    group by
        kind,
        product_code,
        currency
)
select
    kind,
    product_code,
    currency,
    gb,
    cost,
    cast(cost as decimal(38, 12)) / nullif(gb, 0) as cost_per_gb,
    cast(cost as decimal(38, 12)) / nullif(sum(cost) over (partition by currency), 0) as cost_share
from by_kind
order by
    cost desc,
    kind,
    product_code,
    currency
