-- purpose: the cost of each day of a month, of usage and of all else
-- grain:   one row per day and currency
-- inputs:  daily_costs
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   day             date, UTC day on which the usage begins
--   usage_cost      decimal, in `currency`, amortised cost of usage, on demand or covered by RI and SP
--   other_cost      decimal, in `currency`, amortised cost of all else: fees, tax, credits, unused commitments
--   amortized_cost  decimal, in `currency`, both together
--   unblended_cost  decimal, in `currency`, cash
--   currency        text, ISO code
select
    day,
    coalesce(
        sum(amortized_cost) filter (
            where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        ),
        0
    ) as usage_cost,
    coalesce(
        sum(amortized_cost) filter (
            where charge_type not in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        ),
        0
    ) as other_cost,
    sum(amortized_cost) as amortized_cost,
    sum(unblended_cost) as unblended_cost,
    currency
from daily_costs
where month = $month
group by
    day,
    currency
order by
    day,
    currency
