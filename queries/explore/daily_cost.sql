-- purpose: the cost of each day of a month, beside the average of a week and the same day a week before
-- grain:   one row per day and currency
-- inputs:  daily_costs
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   day                date, UTC day on which the usage begins
--   currency           text, ISO code
--   usage_cost         decimal, in `currency`, amortised cost of usage, on demand or covered by RI and SP
--   other_cost         decimal, in `currency`, amortised cost of all else: fees, tax, credits, unused commitments; most
--                      of it stands on the first day
--   amortized_cost     decimal, in `currency`, both together; the days add up to the month of the bill
--   usage_cost_7_days  decimal, in `currency`, average usage cost of this day and the six before
--   change_in_a_week   decimal, ratio, usage cost / that of the seventh row before - 1; NULL without one
with by_day as (
    select
        month,
        day,
        currency,
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
        sum(amortized_cost) as amortized_cost
    from daily_costs
    where
        month >= $month - interval '1 month'
        and month <= $month
    group by
        month,
        day,
        currency
),
by_day_with_week as (
    select
        month,
        day,
        currency,
        usage_cost,
        other_cost,
        amortized_cost,
        cast(avg(usage_cost) over week as decimal(38, 12)) as usage_cost_7_days,
        cast(usage_cost as decimal(38, 12))
            / nullif(lag(usage_cost, 7) over (partition by currency order by day, month), 0) - 1 as change_in_a_week
    from by_day
    window week as (partition by currency order by day, month rows between 6 preceding and current row)
)
select
    day,
    currency,
    usage_cost,
    other_cost,
    amortized_cost,
    usage_cost_7_days,
    change_in_a_week
from by_day_with_week
where month = $month
order by
    day,
    currency
