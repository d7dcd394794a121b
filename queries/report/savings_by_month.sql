-- purpose: what Graviton saved in each month, and what it could still save
-- grain:   one row per month
-- inputs:  monthly_costs, graviton_realized, graviton_opportunities
-- columns:
--   month             date, first day of the billing month
--   realized_saving   decimal, in the currency of the bill, what Arm usage saved against the x86 that it replaced
--   list_saving       decimal, in the currency of the bill, open saving at list price
--   effective_saving  decimal, in the currency of the bill, open saving at the rates that are paid
--   unlocked_saving   decimal, in the currency of the bill, the part of it that is free now
--   locked_saving     decimal, in the currency of the bill, the part of it behind commitments
with months as (
    select distinct month
    from monthly_costs
),
realized_by_month as (
    select
        month,
        sum(realized_saving) as realized_saving
    from graviton_realized
    group by month
),
open_by_month as (
    select
        month,
        sum(list_saving) as list_saving,
        sum(effective_saving) as effective_saving,
        sum(unlocked_saving) as unlocked_saving,
        sum(locked_saving) as locked_saving
    from graviton_opportunities
    group by month
)
select
    months.month,
    coalesce(realized_by_month.realized_saving, 0) as realized_saving,
    coalesce(open_by_month.list_saving, 0) as list_saving,
    coalesce(open_by_month.effective_saving, 0) as effective_saving,
    coalesce(open_by_month.unlocked_saving, 0) as unlocked_saving,
    coalesce(open_by_month.locked_saving, 0) as locked_saving
from months
left join realized_by_month on months.month = realized_by_month.month
left join open_by_month on months.month = open_by_month.month
order by months.month
