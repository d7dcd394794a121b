-- purpose: the figures of the cards at the top of the report
-- grain:   one row per id and basis
-- inputs:  monthly_costs, graviton_opportunities, graviton_realized, graviton_adoption, commitment_coverage
-- parameters:
--   $month  month = last   the billing month
--   $first  month = first  the month to compare with
-- columns:
--   id     text, name of the card
--   basis  text, amortized or unblended, where there is one card for each; else NULL
--   value  decimal, in the currency of the bill, or 0 to 1 for shares; NULL when it is not known
with bills as (
    select
        month,
        sum(amortized_cost) as amortized_cost,
        sum(unblended_cost) as unblended_cost
    from monthly_costs
    where month in ($month, $first)
    group by
        month,
        currency
),
changes as (
    select
        now.amortized_cost - earlier.amortized_cost as amortized_cost,
        now.unblended_cost - earlier.unblended_cost as unblended_cost
    from bills as now
    join bills as earlier on earlier.month < now.month
),
opportunities as (
    select
        coalesce(sum(list_saving), 0) as list_saving,
        coalesce(sum(unlocked_saving), 0) as unlocked_saving,
        cast(
            coalesce(sum(amortized_cost) filter (where verdict in ('unpriced', 'unknown')), 0)
            / nullif(sum(amortized_cost), 0)
            as decimal(38, 12)
        ) as unpriced_share
    from graviton_opportunities
    where month = $month
),
savings as (
    select
        list_saving,
        unlocked_saving,
        unpriced_share,
        unpriced_share is not null and (list_saving <> 0 or unpriced_share = 0) as is_known
    from opportunities
),
adoption as (
    select
        sum(amortized_cost) as compute_cost,
        coalesce(sum(amortized_cost) filter (where eligible and architecture = 'arm64'), 0) as graviton_cost
    from graviton_adoption
    where month = $month
),
realized as (
    select coalesce(sum(realized_saving), 0) as realized_saving
    from graviton_realized
    where month = $month
),
covered as (
    select
        coalesce(sum(covered_list_cost), 0) as covered_list_cost,
        sum(list_cost) as list_cost
    from commitment_coverage
    where month = $month
),
cards as (
    select
        1 as place,
        'bill' as id,
        'amortized' as basis,
        amortized_cost as value
    from bills
    where month = $month
    union all
    select
        2 as place,
        'bill' as id,
        'unblended' as basis,
        unblended_cost as value
    from bills
    where month = $month
    union all
    select
        3 as place,
        'change_since_first' as id,
        'amortized' as basis,
        sum(amortized_cost) as value
    from changes
    union all
    select
        4 as place,
        'change_since_first' as id,
        'unblended' as basis,
        sum(unblended_cost) as value
    from changes
    union all
    select
        5 as place,
        'open_list_saving' as id,
        null as basis,
        case when is_known then list_saving end as value
    from savings
    union all
    select
        6 as place,
        'unlocked_saving' as id,
        null as basis,
        case when is_known then unlocked_saving end as value
    from savings
    union all
    select
        7 as place,
        'realized_saving' as id,
        null as basis,
        case when adoption.compute_cost is not null then realized.realized_saving end as value
    from realized
    cross join adoption
    union all
    select
        8 as place,
        'graviton_share' as id,
        null as basis,
        cast(graviton_cost / nullif(compute_cost, 0) as decimal(38, 12)) as value
    from adoption
    union all
    select
        9 as place,
        'coverage' as id,
        null as basis,
        cast(covered_list_cost / nullif(list_cost, 0) as decimal(38, 12)) as value
    from covered
    union all
    select
        10 as place,
        'unpriced_share' as id,
        null as basis,
        unpriced_share as value
    from savings
)
select
    id,
    basis,
    value
from cards
order by place
