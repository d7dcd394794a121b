-- purpose: what Reserved Instances and Savings Plans cost per month, and how much of it nobody used
-- grain:   one row per month, product_code and kind
-- inputs:  commitments
-- columns:
--   month         date, first day of the billing month
--   product_code  text, AWS product code; Savings Plans under their own
--   kind          text, ReservedInstance or SavingsPlan
--   commitments   bigint, count of commitments
--   unused        bigint, count of those of which a part was not used
--   cost          decimal, in the currency of the bill, amortised fee of the month, used or not
--   unused_cost   decimal, in the currency of the bill, part of it that nobody used
--   utilization   decimal, 0 to 1, (cost - unused_cost) / cost
select
    month,
    product_code,
    kind,
    count(*) as commitments,
    count(*) filter (where unused_cost > 0) as unused,
    sum(cost) as cost,
    sum(unused_cost) as unused_cost,
    cast(sum(cost) - sum(unused_cost) as decimal(38, 12)) / nullif(sum(cost), 0) as utilization
from commitments
group by
    month,
    product_code,
    kind
order by
    month,
    unused_cost desc,
    product_code,
    kind
