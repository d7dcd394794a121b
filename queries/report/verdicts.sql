-- purpose: what a month costs by verdict: the verdicts add up to the bill
-- grain:   one row per verdict and currency
-- inputs:  line_items
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   verdict         text, graviton, eligible, costlier, blocked, unpriced, unknown or not_applicable
--   line_items      bigint, count of line items
--   unblended_cost  decimal, in `currency`, cash: ties to the invoice
--   amortized_cost  decimal, in `currency`, RI and SP fees spread over the usage they cover
--   currency        text, ISO code
select
    verdict,
    count(*) as line_items,
    sum(unblended_cost) as unblended_cost,
    sum(amortized_cost) as amortized_cost,
    currency
from line_items
where month = $month
group by
    verdict,
    currency
order by
    case verdict
        when 'graviton' then 1
        when 'eligible' then 2
        when 'costlier' then 3
        when 'blocked' then 4
        when 'unpriced' then 5
        when 'unknown' then 6
        else 7
    end,
    currency
