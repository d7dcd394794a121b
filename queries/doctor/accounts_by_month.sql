-- purpose: who is on the bill, so that accounts that come and go are seen
-- grain:   one row per month and account
-- inputs:  line_items
-- columns:
--   month           date, first day of the billing month
--   account_id      text, account that used it
--   line_items      bigint, count of line items
--   unblended_cost  decimal, in the currency of the bill
select
    month,
    account_id,
    count(*) as line_items,
    sum(unblended_cost) as unblended_cost
from line_items
group by
    month,
    account_id
order by
    month,
    account_id
