-- purpose: what a month holds, how far its usage reaches, and whether AWS has closed its bill
-- grain:   one row per month and currency
-- inputs:  line_items
-- columns:
--   line_items         count of line items
--   invoiced           those of them that carry an invoice id
--   unblended_cost     decimal, in `currency`
--   amortized_cost, net_amortized_cost, list_cost, upfront_cost, amortized_upfront
--                      read so that each of their values was seen to be an amount
--   split_line_items   rows of split cost allocation data (pods and tasks), which repeat the cost of their parents
--   usage_from         earliest begin of usage, UTC
--   usage_through      latest end of usage that spans a day or less, UTC
--   any_usage_through  latest end of any usage, UTC
--   short_usage        rows of usage that span a day or less
--   hourly_usage       those of them that span an hour or less
select
    month,
    currency,
    count(*) as line_items,
    count(*) filter (where invoice_id <> '') as invoiced,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(net_amortized_cost) as net_amortized_cost,
    sum(list_cost) as list_cost,
    sum(upfront_cost) as upfront_cost,
    sum(amortized_upfront) as amortized_upfront,
    count(*) filter (where operation in ('EKSPod-EC2', 'ECSTask-EC2')) as split_line_items,
    min(usage_start) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    ) as usage_from,
    max(usage_end) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 day'
    ) as usage_through,
    max(coalesce(usage_end, usage_start)) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    ) as any_usage_through,
    count(*) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 day'
    ) as short_usage,
    count(*) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 hour'
    ) as hourly_usage
from line_items
group by
    month,
    currency
order by
    month,
    currency
