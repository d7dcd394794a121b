-- purpose: the figures of the cards at the top of the report
-- grain:   one row per id and basis
-- inputs:  monthly_costs, graviton_opportunities, graviton_realized, graviton_adoption, commitment_coverage
-- parameters:
--   $month     month = last    the billing month
--   $previous  month = before  the month before it, of which there is a change
--   $first     month = first   the month to compare the bill with
-- columns:
--   id      text, name of the card
--   basis   text, amortized or unblended, where there is one card for each; else NULL
--   value   decimal, in the currency of the bill, or 0 to 1 for shares; NULL when it is not known
--   change  decimal, value less that of $previous; NULL when it is not known
with bills as (
    select
        month,
        sum(amortized_cost) as amortized_cost,
        sum(unblended_cost) as unblended_cost
    from monthly_costs
    where month in ($month, $previous, $first)
    group by
        month,
        currency
),
opportunities as (
    select
        month,
        coalesce(sum(list_saving), 0) as list_saving,
        coalesce(sum(unlocked_saving), 0) as unlocked_saving,
        coalesce(sum(locked_saving), 0) as locked_saving,
        cast(
            coalesce(sum(amortized_cost) filter (where verdict in ('unpriced', 'unknown')), 0)
            / nullif(sum(amortized_cost), 0)
            as decimal(38, 12)
        ) as unpriced_share
    from graviton_opportunities
    where month in ($month, $previous)
    group by month
),
adoption as (
    select
        month,
        cast(
            coalesce(sum(amortized_cost) filter (where eligible and architecture = 'arm64'), 0)
            / nullif(sum(amortized_cost), 0)
            as decimal(38, 12)
        ) as graviton_share
    from graviton_adoption
    where month in ($month, $previous)
    group by month
),
realized as (
    select
        month,
        coalesce(sum(realized_saving), 0) as realized_saving
    from graviton_realized
    where month in ($month, $previous)
    group by month
),
covered as (
    select
        month,
        cast(coalesce(sum(covered_list_cost), 0) / nullif(sum(list_cost), 0) as decimal(38, 12)) as coverage
    from commitment_coverage
    where month in ($month, $previous)
    group by month
),
figures as (
    select
        bills.month,
        bills.amortized_cost,
        bills.unblended_cost,
        coalesce(opportunities.list_saving, 0) as list_saving,
        coalesce(opportunities.unlocked_saving, 0) as unlocked_saving,
        coalesce(opportunities.locked_saving, 0) as locked_saving,
        coalesce(realized.realized_saving, 0) as realized_saving,
        opportunities.unpriced_share is not null as has_compute,
        coalesce(
            opportunities.unpriced_share is not null
            and (opportunities.list_saving <> 0 or opportunities.unpriced_share = 0),
            false
        ) as is_priced,
        opportunities.unpriced_share,
        adoption.graviton_share,
        covered.coverage
    from bills
    left join opportunities on bills.month = opportunities.month
    left join adoption on bills.month = adoption.month
    left join realized on bills.month = realized.month
    left join covered on bills.month = covered.month
),
now as (
    select *
    from figures
    where month = $month
),
cards as (
    select
        now.*,
        now.amortized_cost - first.amortized_cost as amortized_since_first,
        now.unblended_cost - first.unblended_cost as unblended_since_first,
        now.amortized_cost - previous.amortized_cost as amortized_change,
        now.unblended_cost - previous.unblended_cost as unblended_change,
        now.list_saving - previous.list_saving as list_change,
        now.unlocked_saving - previous.unlocked_saving as unlocked_change,
        now.locked_saving - previous.locked_saving as locked_change,
        now.realized_saving - previous.realized_saving as realized_change,
        now.graviton_share - previous.graviton_share as graviton_change,
        now.coverage - previous.coverage as coverage_change
    from now
    left join figures as previous on previous.month = $previous and previous.month < now.month
    left join figures as first on first.month = $first and first.month < now.month
),
rows as (
    select
        1 as place,
        'bill' as id,
        'amortized' as basis,
        amortized_cost as value,
        amortized_change as change
    from cards
    union all
    select
        2 as place,
        'bill' as id,
        'unblended' as basis,
        unblended_cost as value,
        unblended_change as change
    from cards
    union all
    select
        3 as place,
        'change_since_first' as id,
        'amortized' as basis,
        amortized_since_first as value,
        null as change
    from cards
    union all
    select
        4 as place,
        'change_since_first' as id,
        'unblended' as basis,
        unblended_since_first as value,
        null as change
    from cards
    union all
    select
        5 as place,
        'open_list_saving' as id,
        null as basis,
        case when is_priced then list_saving end as value,
        case when is_priced then list_change end as change
    from cards
    union all
    select
        6 as place,
        'unlocked_saving' as id,
        null as basis,
        case when is_priced then unlocked_saving end as value,
        case when is_priced then unlocked_change end as change
    from cards
    union all
    select
        7 as place,
        'locked_saving' as id,
        null as basis,
        case when is_priced then locked_saving end as value,
        case when is_priced then locked_change end as change
    from cards
    union all
    select
        8 as place,
        'realized_saving' as id,
        null as basis,
        case when has_compute then realized_saving end as value,
        case when has_compute then realized_change end as change
    from cards
    union all
    select
        9 as place,
        'graviton_share' as id,
        null as basis,
        graviton_share as value,
        graviton_change as change
    from cards
    union all
    select
        10 as place,
        'coverage' as id,
        null as basis,
        coverage as value,
        coverage_change as change
    from cards
    union all
    select
        11 as place,
        'unpriced_share' as id,
        null as basis,
        unpriced_share as value,
        null as change
    from cards
)
select
    id,
    basis,
    value,
    change
from rows
order by place
