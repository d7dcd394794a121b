-- purpose: GB-seconds and cost of Lambda on x86 and on Arm
-- grain:   one row per month, architecture and currency
-- inputs:  hourly_usage
-- columns:
--   month                        date, first day of the billing month
--   architecture                 text, x86_64 or arm64
--   currency                     text, ISO code
--   gb_seconds                   decimal, GB-seconds, those of provisioned concurrency with them
--   amortized_cost               decimal, in `currency`, cost of the GB-seconds; requests cost the same on both and
--                                are other rows of the bill
--   cost_per_million_gb_seconds  decimal, in `currency` per 1,000,000 GB-seconds
--   cost_share                   decimal, 0 to 1, of the cost of the month in this currency
with by_architecture as (
    select
        month,
        architecture,
        currency,
        sum(usage_amount) as gb_seconds,
        sum(amortized_cost) as amortized_cost
    from hourly_usage
    where
        product_code = 'AWSLambda'
        and usage_kind = 'metered'
        and charge_type in ('Usage', 'SavingsPlanCoveredUsage')
    group by
        month,
        architecture,
        currency
)
select
    month,
    architecture,
    currency,
    gb_seconds,
    amortized_cost,
    cast(amortized_cost as decimal(38, 12)) / nullif(gb_seconds / 1000000, 0) as cost_per_million_gb_seconds,
    cast(amortized_cost as decimal(38, 12))
        / nullif(sum(amortized_cost) over (partition by month, currency), 0) as cost_share
from by_architecture
order by
    month,
    architecture,
    currency
