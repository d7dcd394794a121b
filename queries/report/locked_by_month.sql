-- purpose: which saving is behind commitments in each month, by the month from which it is free
-- grain:   one row per month and unlock_month
-- inputs:  graviton_opportunities
-- columns:
--   month          date, first day of the billing month
--   unlock_month   date, first billing month in which it is free; NULL where the bill does not tell
--   locked_saving  decimal, in the currency of the bill, saving behind commitments
select
    month,
    unlock_month,
    sum(locked_saving) as locked_saving
from graviton_opportunities
where
    verdict = 'eligible'
    and locked_saving <> 0
group by
    month,
    unlock_month
order by
    month,
    unlock_month nulls last
