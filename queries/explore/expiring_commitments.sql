-- purpose: which Reserved Instances and Savings Plans end soon, and what they carry
-- grain:   one row per arn
-- inputs:  commitments
-- parameters:
--   $month  month = last  the billing month that is looked at
--   $days   count = 365   days to look ahead from the end of that month
-- columns:
--   end_date        date, last day of the term
--   days_left       bigint, days from the end of the month to the end of the term; negative when it ended in the month
--   unlock_month    date, first billing month that is free of it
--   kind            text, ReservedInstance or SavingsPlan
--   offering        text, standard or convertible, or the kind of plan; NULL where the bill does not tell
--   scope           text, what it covers
--   account_id      text, account that owns it
--   product_code    text, AWS product code
--   term            text, length of the term; NULL where the bill does not tell
--   payment_option  text, No Upfront, Partial Upfront, All Upfront; NULL where the bill does not tell
--   monthly_cost    decimal, in the currency of the bill, amortised fee of the month
--   list_cost       decimal, in the currency of the bill, public on-demand cost of what it covered in the month
--   remaining_cost  decimal, in the currency of the bill, amortised fee from the end of the month to the end of the
--                   term; NULL where the bill does not tell
--   arn             text, ARN of the commitment
select
    end_date,
    end_date - ($month + interval '1 month') + 1 as days_left,
    unlock_month,
    kind,
    offering,
    scope,
    account_id,
    product_code,
    term,
    payment_option,
    cost as monthly_cost,
    list_cost,
    remaining_cost,
    arn
from commitments
where
    month = $month
    and end_date - ($month + interval '1 month') + 1 <= $days
order by
    end_date,
    arn
