-- purpose: what each value of a cost allocation tag costs per month, amortised, with the untagged part as its own row
-- grain:   one row per month, tag_value and currency
-- inputs:  line_items
-- parameters:
--   $key   text           the tag as one writes it in AWS: team, CostCenter
--   $from  month = first  first billing month
--   $to    month = last   last billing month
-- columns:
--   month           date, first day of the billing month
--   tag_value       text, value of the tag; NULL for what carries none
--   currency        text, ISO code
--   usage_cost      decimal, in `currency`, amortised cost of usage, on demand or covered by RI and SP: what can carry
--                   a tag
--   usage_share     decimal, 0 to 1, of the usage cost of the month in this currency
--   amortized_cost  decimal, in `currency`, all charges; fees, tax and credits stand with the untagged
with by_tag as (
    select
        month,
        tag($key) as tag_value,
        currency,
        coalesce(
            sum(amortized_cost) filter (
                where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
            ),
            0
        ) as usage_cost,
        sum(amortized_cost) as amortized_cost
    from line_items
    where
        month >= $from
        and month <= $to
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
    group by
        month,
        tag($key),
        currency
)
select
    month,
    tag_value,
    currency,
    usage_cost,
    cast(usage_cost as decimal(38, 12))
        / nullif(sum(usage_cost) over (partition by month, currency), 0) as usage_share,
    amortized_cost
from by_tag
order by
    month,
    usage_cost desc,
    tag_value nulls last,
    currency
