-- purpose: what kinds of charges make up the bill: usage, fees, tax, credits, refunds, discounts
-- grain:   one row per month, charge_type and currency
-- inputs:  monthly_costs
-- columns:
--   month           date, first day of the billing month
--   charge_type     text, CUR line item type
--   currency        text, ISO code
--   line_items      bigint, count of line items
--   unblended_cost  decimal, in `currency`, cash: ties to the invoice
--   amortized_cost  decimal, in `currency`, RI and SP fees spread over the usage they cover; on a fee row only what
--                   nobody used
--   difference      decimal, in `currency`, amortised less unblended; the types of a month add up to 0 unless
--                   upfront fees were paid or spread
select
    month,
    charge_type,
    currency,
    sum(line_items) as line_items,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    sum(amortized_cost) - sum(unblended_cost) as difference
from monthly_costs
group by
    month,
    charge_type,
    currency
order by
    month,
    amortized_cost desc,
    charge_type,
    currency
