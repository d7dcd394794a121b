-- purpose: which Reserved Instances were used little or not at all, and what that cost
-- grain:   one row per arn
-- inputs:  commitments
-- parameters:
--   $month  month = last  the billing month
--   $below  number = 0.8  utilisation under which one counts as idle, 0 to 1
-- columns:
--   arn             text, ARN of the Reserved Instance
--   account_id      text, account that owns it
--   product_code    text, AWS product code
--   scope           text, family and region it covers
--   offering        text, standard or convertible; NULL where the bill does not tell
--   payment_option  text, No Upfront, Partial Upfront, All Upfront; NULL where the bill does not tell
--   end_date        date, last day of the term; NULL where the bill does not tell
--   cost            decimal, in the currency of the bill, amortised fee of the month, used or not
--   unused_cost     decimal, in the currency of the bill, part of it that nobody used
--   utilization     decimal, 0 to 1, used / (used + unused)
--   remaining_cost  decimal, in the currency of the bill, amortised fee from the end of the month to the end of the
--                   term; NULL where the bill does not tell
select
    arn,
    account_id,
    product_code,
    scope,
    offering,
    payment_option,
    end_date,
    cost,
    unused_cost,
    utilization,
    remaining_cost
from commitments
where
    month = $month
    and kind = 'ReservedInstance'
    and utilization < $below
order by
    unused_cost desc,
    arn
