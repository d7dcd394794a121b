-- purpose: what each account could save by moving to Graviton, now and once its commitments end
-- grain:   one row per account_id
-- inputs:  graviton_opportunities, daily_costs
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   account_id        text, account that used it
--   account_name      text, its name; NULL where the bill has none
--   opportunities     bigint, count of rows that can move
--   eligible_cost     decimal, in the currency of the bill, amortised cost of these rows
--   list_saving       decimal, USD per month, at public on-demand prices
--   effective_saving  decimal, USD per month, at the rates that are really paid
--   unlocked_saving   decimal, USD per month, what the bill falls by if the moves are made now
--   locked_saving     decimal, USD per month, the rest: behind commitments
--   low_effort        decimal, USD per month, part of effective_saving that needs no change of code
--   last_unlock       date, first billing month in which nothing is locked any more; NULL when nothing is
with names as (
    select
        account_id,
        max(account_name) as account_name
    from daily_costs
    where month = $month
    group by
        account_id
),
by_account as (
    select
        account_id,
        count(*) as opportunities,
        sum(amortized_cost) as eligible_cost,
        sum(list_saving) as list_saving,
        sum(effective_saving) as effective_saving,
        sum(unlocked_saving) as unlocked_saving,
        sum(locked_saving) as locked_saving,
        coalesce(sum(effective_saving) filter (where effort = 'low'), 0) as low_effort,
        max(unlock_month) as last_unlock
    from graviton_opportunities
    where
        month = $month
        and verdict = 'eligible'
    group by
        account_id
)
select
    by_account.account_id,
    names.account_name,
    by_account.opportunities,
    by_account.eligible_cost,
    by_account.list_saving,
    by_account.effective_saving,
    by_account.unlocked_saving,
    by_account.locked_saving,
    by_account.low_effort,
    by_account.last_unlock
from by_account
left join names
    on (by_account.account_id is not distinct from names.account_id)
order by
    by_account.effective_saving desc nulls last,
    by_account.account_id
