-- purpose: which Reserved Instances and Savings Plans are in force in a month, what they cost, and how far they are used
-- grain:   one row per arn
-- inputs:  commitments
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   scope           text, where and for what it holds
--   arn             text, ARN of the commitment
--   kind            text, ReservedInstance or SavingsPlan
--   offering        text, standard or convertible, or the kind of plan; NULL where the bill does not tell
--   terms           text, length of the term and payment option; NULL where the bill does not tell
--   start_date      date, first day of the term; NULL where the bill does not tell
--   end_date        date, last day of the term; NULL where the bill does not tell
--   unlock_month    date, first billing month that is free of it
--   cost            decimal, in the currency of the bill, amortised fee of the month, used or not
--   unused_cost     decimal, in the currency of the bill, part of it that nobody used
--   utilization     decimal, 0 to 1, (cost - unused_cost) / cost
--   remaining_cost  decimal, in the currency of the bill, amortised fee from the end of the month to the end of the
--                   term; NULL where the bill does not tell
select
    scope,
    arn,
    kind,
    offering,
    nullif(concat_ws(', ', term, payment_option), '') as terms,
    start_date,
    end_date,
    unlock_month,
    cost,
    unused_cost,
    utilization,
    remaining_cost
from commitments
where month = $month
order by
    end_date nulls last,
    cost desc,
    arn
