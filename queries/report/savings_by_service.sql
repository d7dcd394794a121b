-- purpose: what each service could save in a month by moving to Graviton
-- grain:   one row per product_code
-- inputs:  graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code        text, AWS product code
--   list_cost           decimal, in the currency of the bill, list cost of the eligible usage as it is
--   list_saving         decimal, in the currency of the bill, saving at list price
--   conditional_saving  decimal, in the currency of the bill, the part of it that needs an engine version which the
--                       bill does not show
--   effective_saving    decimal, in the currency of the bill, saving at the rates that are paid
--   unlocked_saving     decimal, in the currency of the bill, the part of it that is free now
--   locked_saving       decimal, in the currency of the bill, the part of it behind commitments
select
    product_code,
    sum(cast(hours * source_price as decimal(38, 12))) as list_cost,
    sum(list_saving) as list_saving,
    coalesce(sum(list_saving) filter (where condition is not null), 0) as conditional_saving,
    coalesce(sum(effective_saving), 0) as effective_saving,
    coalesce(sum(unlocked_saving), 0) as unlocked_saving,
    coalesce(sum(locked_saving), 0) as locked_saving
from graviton_opportunities
where
    month = $month
    and verdict = 'eligible'
group by product_code
order by
    list_saving desc,
    product_code
