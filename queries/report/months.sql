-- purpose: what each month costs by every basis, and how far its data reaches
-- grain:   one row per month and currency
-- inputs:  monthly_costs, line_items
-- columns:
--   month               date, first day of the billing month
--   partial             boolean, the data does not reach the last day of the month
--   data_through        date, last day with usage, UTC; NULL without usage
--   unblended_cost      decimal, in `currency`, cash: ties to the invoice
--   amortized_cost      decimal, in `currency`, RI and SP fees spread over the usage they cover
--   net_unblended_cost  decimal, in `currency`, after private discounts; NULL where the bill has no such column
--   net_amortized_cost  decimal, in `currency`, after private discounts; NULL where the bill has no such column
--   line_items          bigint, count of line items
--   currency            text, ISO code
with usage_by_month as (
    select
        month,
        max(usage_end) filter (where usage_end <= usage_start + interval '1 day') as short_usage_end,
        max(coalesce(usage_end, usage_start)) as any_usage_end
    from line_items
    where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    group by month
),
reach_by_month as (
    select
        month,
        cast(coalesce(short_usage_end, any_usage_end) - interval '1 millisecond' as date) as data_through
    from usage_by_month
),
by_month as (
    select
        month,
        sum(unblended_cost) as unblended_cost,
        sum(amortized_cost) as amortized_cost,
        sum(net_unblended_cost) as net_unblended_cost,
        sum(net_amortized_cost) as net_amortized_cost,
        sum(line_items) as line_items,
        currency
    from monthly_costs
    group by
        month,
        currency
)
select
    by_month.month,
    coalesce(
        reach_by_month.data_through < by_month.month + interval '1 month' - interval '1 day',
        true
    ) as partial,
    reach_by_month.data_through,
    by_month.unblended_cost,
    by_month.amortized_cost,
    by_month.net_unblended_cost,
    by_month.net_amortized_cost,
    by_month.line_items,
    by_month.currency
from by_month
left join reach_by_month on by_month.month = reach_by_month.month
order by
    by_month.month,
    by_month.currency
