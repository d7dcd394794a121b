-- purpose: what a month holds, how far its usage reaches, and whether AWS has closed its bill
-- grain:   one row per month and currency
-- inputs:  line_items
-- columns:
--   month               date, first day of the billing month
--   currency            text, ISO code
--   line_items          bigint, count of line items
--   invoiced            bigint, those of them that carry an invoice id
--   unblended_cost      decimal, in `currency`
--   amortized_cost      decimal, in `currency`; this and the next five are read so that each value was seen to be an amount
--   net_amortized_cost  decimal, in `currency`
--   list_cost           decimal, in `currency`
--   upfront_cost        decimal, in `currency`
--   amortized_upfront   decimal, in `currency`
--   split_line_items    bigint, rows of split cost allocation data (pods and tasks), which repeat their parents
--   usage_from          timestamp, UTC, earliest begin of usage
--   usage_through       timestamp, UTC, latest end of usage that spans a day or less
--   any_usage_through   timestamp, UTC, latest end of any usage
--   short_usage         bigint, rows of usage that span a day or less
--   hourly_usage        bigint, those of them that span an hour or less
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
