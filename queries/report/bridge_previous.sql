-- purpose: why each service changed against the month before: the effects add up to the change
-- grain:   one row per product_code
-- inputs:  cost_bridge
-- parameters:
--   $from   month = before    the month to start from: the table holds each complete month against the one before
--                             and the first one
--   $to     month = last      the month to explain; give both to explain others
--   $basis  text = amortized  amortized or unblended
-- columns:
--   from_month        date, first day of the month to start from
--   to_month          date, first day of the month to explain
--   basis             text, amortized or unblended
--   product_code      text, AWS product code
--   usage             decimal, in the currency of the bill, more or less capacity, storage, transfer
--   list_price        decimal, in the currency of the bill, another public price of the same type
--   commitment        decimal, in the currency of the bill, Reserved Instances and Savings Plans
--   graviton          decimal, in the currency of the bill, Arm in the place of x86
--   mix               decimal, in the currency of the bill, other families, sizes and generations
--   credits_tax_fees  decimal, in the currency of the bill, credits, refunds, discounts, tax, other fees
--   other             decimal, in the currency of the bill, charges for which there is no rule
--   change            decimal, in the currency of the bill, all of them together
select
    from_month,
    to_month,
    basis,
    product_code,
    coalesce(sum(amount) filter (where effect = 'usage'), 0) as usage,
    coalesce(sum(amount) filter (where effect = 'list_price'), 0) as list_price,
    coalesce(sum(amount) filter (where effect = 'commitment'), 0) as commitment,
    coalesce(sum(amount) filter (where effect = 'graviton'), 0) as graviton,
    coalesce(sum(amount) filter (where effect = 'mix'), 0) as mix,
    coalesce(sum(amount) filter (where effect = 'credits_tax_fees'), 0) as credits_tax_fees,
    coalesce(sum(amount) filter (where effect = 'other'), 0) as other,
    sum(amount) as change
from cost_bridge
where
    from_month = $from
    and to_month = $to
    and basis = $basis
group by
    from_month,
    to_month,
    basis,
    product_code
order by
    abs(sum(amount)) desc,
    product_code
