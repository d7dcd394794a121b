-- purpose: how much of each account's compute runs on Graviton, by cost
-- grain:   one row per month and account_id
-- inputs:  graviton_opportunities, daily_costs
-- columns:
--   month                    date, first day of the billing month
--   account_id               text, account that used it
--   account_name             text, its name; NULL where the bill has none
--   graviton_cost            decimal, in the currency of the bill, amortised cost of compute on Arm
--   eligible_cost            decimal, in the currency of the bill, amortised cost of x86 compute that could move
--   other_cost               decimal, in the currency of the bill, amortised cost of compute that cannot, or where
--                            it is not known
--   graviton_share           decimal, 0 to 1, graviton_cost / the three together
--   graviton_eligible_share  decimal, 0 to 1, graviton_cost / (graviton_cost + eligible_cost)
with names as (
    select
        month,
        account_id,
        max(account_name) as account_name
    from daily_costs
    group by
        month,
        account_id
),
by_account as (
    select
        month,
        account_id,
        coalesce(sum(amortized_cost) filter (where verdict = 'graviton'), 0) as graviton_cost,
        coalesce(sum(amortized_cost) filter (where verdict in ('eligible', 'costlier')), 0) as eligible_cost,
        coalesce(
            sum(amortized_cost) filter (where verdict not in ('graviton', 'eligible', 'costlier')),
            0
        ) as other_cost,
        sum(amortized_cost) as compute_cost
    from graviton_opportunities
    group by
        month,
        account_id
)
select
    by_account.month,
    by_account.account_id,
    names.account_name,
    by_account.graviton_cost,
    by_account.eligible_cost,
    by_account.other_cost,
    cast(by_account.graviton_cost as decimal(38, 12)) / nullif(by_account.compute_cost, 0) as graviton_share,
    cast(by_account.graviton_cost as decimal(38, 12))
        / nullif(by_account.graviton_cost + by_account.eligible_cost, 0) as graviton_eligible_share
from by_account
left join names
    on by_account.month = names.month
    and (by_account.account_id is not distinct from names.account_id)
order by
    by_account.month,
    by_account.compute_cost desc,
    by_account.account_id
