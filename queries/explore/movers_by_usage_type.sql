-- purpose: which usage types moved the bill between two months, tax and credits left out
-- grain:   one row per product_code, usage_type and currency; those that moved most
-- inputs:  line_items
-- parameters:
--   $from  month = before  the month to compare with
--   $to    month = last    the month that is looked at; give both to compare others
--   $top   count = 20      rows at most
-- columns:
--   product_code  text, AWS product code
--   usage_type    text, usage type with its region prefix; empty or NULL for fees without one
--   currency      text, ISO code
--   cost_before   decimal, in `currency`, amortised cost in $from, without tax, credits, refunds; 0 when there was none
--   cost          decimal, in `currency`, the same in $to
--   change        decimal, in `currency`, cost less cost_before
--   change_ratio  decimal, ratio, change / cost_before; NULL for what is new
--   daily_change  decimal, in `currency` per day, cost / days of $to less cost_before / days of $from: months differ in
--                 length
with by_month as (
    select
        product_code,
        usage_type,
        currency,
        coalesce(sum(amortized_cost) filter (where month = $from), 0) as cost_before,
        coalesce(sum(amortized_cost) filter (where month = $to), 0) as cost
    from line_items
    where
        month in ($from, $to)
        and charge_type not in ('Tax', 'Credit', 'Refund')
        and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
    group by
        product_code,
        usage_type,
        currency
)
select
    product_code,
    usage_type,
    currency,
    cost_before,
    cost,
    cost - cost_before as change,
    cast(cost - cost_before as decimal(38, 12)) / nullif(cost_before, 0) as change_ratio,
    cast(
        cost / ($to + interval '1 month' - $to) - cost_before / ($from + interval '1 month' - $from)
        as decimal(38, 12)
    ) as daily_change
from by_month
where cost <> cost_before
order by
    abs(cost - cost_before) desc,
    product_code,
    usage_type,
    currency
limit $top
