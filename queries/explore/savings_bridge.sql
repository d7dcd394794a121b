-- purpose: why the bill changed between two months: usage, commitments, Graviton, list prices, mix, credits and tax
-- grain:   one row per effect
-- inputs:  cost_bridge
-- parameters:
--   $from   month = before    the month to start from: the table holds each complete month against the one before
--                             and the first one, and the pair of --compare
--   $to     month = last      the month to explain; give both to explain others
--   $basis  text = amortized  amortized or unblended
-- columns:
--   effect    text, usage, list_price, commitment, graviton, mix, credits_tax_fees or other
--   increase  decimal, in the currency of the bill, amounts by which products rose
--   decrease  decimal, in the currency of the bill, amounts by which products fell; negative
--   change    decimal, in the currency of the bill, both together; the rows add up to the change of the bill
select
    effect,
    coalesce(sum(amount) filter (where amount > 0), 0) as increase,
    coalesce(sum(amount) filter (where amount < 0), 0) as decrease,
    sum(amount) as change
from cost_bridge
where
    from_month = $from
    and to_month = $to
    and basis = $basis
group by
    effect
order by
    change,
    effect
