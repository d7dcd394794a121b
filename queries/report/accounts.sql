-- purpose: what each account costs in a month, how it changed, and what Graviton does for it
-- grain:   one row per key and currency; what is gone since the month before comes last
-- inputs:  monthly_costs, daily_costs, graviton_opportunities, graviton_realized, line_items
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   key               text, account id; NULL for what states none
--   name              text, the last name that the bill has for it; NULL where it has none
--   amortized_cost    decimal, in `currency`, RI and SP fees spread over the usage they cover
--   unblended_cost    decimal, in `currency`, cash: ties to the invoice
--   previous_cost     decimal, in `currency`, amortised cost of the month before; NULL when one of the two is not
--                     complete
--   change            decimal, in `currency`, amortized_cost less previous_cost
--   share             decimal, 0 to 1, of the amortised cost of the month
--   compute_cost      decimal, in `currency`, amortised cost of compute
--   graviton_share    decimal, 0 to 1, amortised cost of compute on Arm / compute_cost
--   list_saving       decimal, in `currency`, open saving at list price
--   effective_saving  decimal, in `currency`, open saving at the rates that are paid
--   unlocked_saving   decimal, in `currency`, the part of it that is free now
--   locked_saving     decimal, in `currency`, the part of it behind commitments
--   realized_saving   decimal, in `currency`, what Arm usage saved against the x86 that it replaced
--   currency          text, ISO code
with usage_by_month as (
    select
        month,
        coalesce(
            max(usage_end) filter (where usage_end <= usage_start + interval '1 day'),
            max(coalesce(usage_end, usage_start))
        ) as usage_end
    from line_items
    where
        month in ($month, $month - interval '1 month')
        and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    group by month
),
complete_months as (
    select count(*) as count
    from usage_by_month
    where usage_end > month + interval '1 month' - interval '1 day'
),
costs as (
    select
        account_id as key,
        coalesce(sum(amortized_cost) filter (where month = $month), 0) as amortized_cost,
        coalesce(sum(unblended_cost) filter (where month = $month), 0) as unblended_cost,
        coalesce(sum(amortized_cost) filter (where month < $month), 0) as cost_before,
        coalesce(sum(line_items) filter (where month = $month), 0) as line_items,
        currency
    from monthly_costs
    where month in ($month, $month - interval '1 month')
    group by
        account_id,
        currency
),
months as (
    select
        currency,
        sum(amortized_cost) as amortized_cost
    from costs
    group by currency
),
names_by_month as (
    select
        month,
        account_id,
        max(account_name) as account_name
    from daily_costs
    where account_name is not null
    group by
        month,
        account_id
),
names as (
    select
        account_id as key,
        last_value(account_name order by month) as name
    from names_by_month
    group by account_id
),
opportunities as (
    select
        account_id as key,
        sum(amortized_cost) as compute_cost,
        coalesce(sum(amortized_cost) filter (where verdict = 'graviton'), 0) as graviton_cost,
        coalesce(sum(list_saving), 0) as list_saving,
        coalesce(sum(effective_saving), 0) as effective_saving,
        coalesce(sum(unlocked_saving), 0) as unlocked_saving,
        coalesce(sum(locked_saving), 0) as locked_saving
    from graviton_opportunities
    where month = $month
    group by account_id
),
realized as (
    select
        account_id as key,
        coalesce(sum(realized_saving), 0) as realized_saving
    from graviton_realized
    where month = $month
    group by account_id
)
select
    costs.key,
    names.name,
    costs.amortized_cost,
    costs.unblended_cost,
    case when complete_months.count = 2 then costs.cost_before end as previous_cost,
    case when complete_months.count = 2 then costs.amortized_cost - costs.cost_before end as change,
    cast(costs.amortized_cost / nullif(months.amortized_cost, 0) as decimal(38, 12)) as share,
    coalesce(opportunities.compute_cost, 0) as compute_cost,
    cast(opportunities.graviton_cost / nullif(opportunities.compute_cost, 0) as decimal(38, 12)) as graviton_share,
    coalesce(opportunities.list_saving, 0) as list_saving,
    coalesce(opportunities.effective_saving, 0) as effective_saving,
    coalesce(opportunities.unlocked_saving, 0) as unlocked_saving,
    coalesce(opportunities.locked_saving, 0) as locked_saving,
    coalesce(realized.realized_saving, 0) as realized_saving,
    costs.currency
from costs
cross join complete_months
join months on costs.currency = months.currency
left join names on (costs.key is not distinct from names.key)
left join opportunities on (costs.key is not distinct from opportunities.key)
left join realized on (costs.key is not distinct from realized.key)
where costs.line_items > 0 or complete_months.count = 2
order by
    costs.line_items = 0,
    costs.amortized_cost desc,
    case when costs.line_items = 0 then costs.cost_before end desc,
    costs.key nulls first,
    costs.currency
