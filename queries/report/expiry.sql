-- purpose: when the commitments of a month end, and which saving is free from then on
-- grain:   one row per unlock_month and product_code
-- inputs:  commitments, graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   unlock_month   date, first billing month after their end; NULL where the bill does not tell
--   product_code   text, AWS product code
--   commitments    bigint, count of commitments
--   cost           decimal, in the currency of the bill, what they cost in the month, amortised
--   locked_saving  decimal, in the currency of the bill, saving of the month that is free from then on
with parts as (
    select
        unlock_month,
        product_code,
        1 as commitments,
        cost,
        cast(0 as decimal(38, 12)) as locked_saving
    from commitments
    where month = $month
    union all
    select
        unlock_month,
        product_code,
        0 as commitments,
        cast(0 as decimal(38, 12)) as cost,
        locked_saving
    from graviton_opportunities
    where
        month = $month
        and locked_saving <> 0
)
select
    unlock_month,
    product_code,
    sum(commitments) as commitments,
    sum(cost) as cost,
    sum(locked_saving) as locked_saving
from parts
group by
    unlock_month,
    product_code
order by
    unlock_month nulls last,
    product_code
