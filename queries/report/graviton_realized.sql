-- purpose: what Arm usage of a month saved against the x86 that it replaced, by service
-- grain:   one row per product_code
-- inputs:  graviton_realized
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code       text, AWS product code
--   amortized_cost     decimal, in the currency of the bill, amortised cost of Arm usage for which there is a baseline
--   baseline_cost      decimal, in the currency of the bill, what the x86 would have cost at the same purchase option
--   realized_saving    decimal, in the currency of the bill, baseline_cost less amortized_cost
--   not_computed_cost  decimal, in the currency of the bill, amortised cost of Arm usage that replaced nothing
--                      documented, or is Spot
select
    product_code,
    coalesce(sum(amortized_cost) filter (where realized_saving is not null), 0) as amortized_cost,
    coalesce(sum(baseline_cost) filter (where realized_saving is not null), 0) as baseline_cost,
    coalesce(sum(realized_saving), 0) as realized_saving,
    coalesce(sum(amortized_cost) filter (where realized_saving is null), 0) as not_computed_cost
from graviton_realized
where month = $month
group by product_code
order by
    realized_saving desc,
    product_code
