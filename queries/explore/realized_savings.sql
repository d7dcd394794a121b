-- purpose: what Graviton has saved already, against the x86 type that it replaced
-- grain:   one row per month and product_code
-- inputs:  graviton_realized
-- columns:
--   month            date, first day of the billing month
--   product_code     text, AWS product code
--   graviton_cost    decimal, in the currency of the bill, amortised cost of Arm usage that has an x86 baseline
--   baseline_cost    decimal, in the currency of the bill, what it would have cost on x86 at the same purchase option
--   realized_saving  decimal, in the currency of the bill, baseline_cost less graviton_cost
--   saving_share     decimal, 0 to 1, realized_saving / baseline_cost
--   not_compared     decimal, in the currency of the bill, amortised cost of Arm usage without a baseline: Spot, types
--                    that replaced nothing
with by_service as (
    select
        month,
        product_code,
        sum(amortized_cost) filter (where realized_saving is not null) as graviton_cost,
        sum(baseline_cost) filter (where realized_saving is not null) as baseline_cost,
        sum(realized_saving) as realized_saving,
        coalesce(sum(amortized_cost) filter (where realized_saving is null), 0) as not_compared
    from graviton_realized
    group by
        month,
        product_code
)
select
    month,
    product_code,
    graviton_cost,
    baseline_cost,
    realized_saving,
    cast(realized_saving as decimal(38, 12)) / nullif(baseline_cost, 0) as saving_share,
    not_compared
from by_service
order by
    month,
    realized_saving desc nulls last,
    product_code
