-- purpose: how many instances of a product ran in a region in each hour of a month
-- grain:   one row per hour
-- inputs:  hourly_usage
-- parameters:
--   $month    month = last       the billing month
--   $product  text = AmazonEC2   product code
--   $region   text = all         region code; all of them together, or empty for usage without a region
-- columns:
--   hour          timestamp, begin of the hour, UTC; each one with compute of any kind, midnights in a bill by day
--   product_code  text, AWS product code
--   region        text, AWS region code as it was asked for; NULL without a region
--   instances     bigint, line items of the hour; NULL where the bill has fewer of them than instance hours in any hour, so
--                 that it does not tell machines apart
--   average       decimal, instance hours of the hour
--   cost          decimal, in the currency of the bill, amortised
with usage as (
    select
        hour,
        product_code,
        region,
        usage_kind,
        usage_amount,
        line_items,
        amortized_cost
    from hourly_usage
    where
        month = $month
        and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_kind not in ('other', 'no_usage')
),
hours as (
    select distinct hour
    from usage
),
machines_by_hour as (
    select
        hour,
        sum(usage_amount) as average,
        sum(line_items) as line_items,
        sum(amortized_cost) as cost
    from usage
    where
        usage_kind = 'instance_hours'
        and product_code = $product
        and ($region = 'all' or coalesce(region, '') = $region)
    group by hour
),
counted as (
    select min(case when line_items >= average then 1 else 0 end) as is_counted
    from machines_by_hour
)
select
    hours.hour,
    $product as product_code,
    nullif($region, '') as region,
    case when counted.is_counted = 1 then coalesce(machines_by_hour.line_items, 0) end as instances,
    coalesce(machines_by_hour.average, 0) as average,
    coalesce(machines_by_hour.cost, 0) as cost
from hours
cross join counted
left join machines_by_hour on hours.hour = machines_by_hour.hour
order by hours.hour
