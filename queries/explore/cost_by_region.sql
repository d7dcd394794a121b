-- purpose: what each region costs per month, and its share
-- grain:   one row per month, region and currency
-- inputs:  monthly_costs
-- columns:
--   month           date, first day of the billing month
--   region          text, AWS region code; global for services without one, NULL for charges of none: support, tax
--   currency        text, ISO code
--   usage_cost      decimal, in `currency`, amortised cost of usage, on demand or covered by RI and SP
--   usage_share     decimal, 0 to 1, of the usage cost of the month in this currency
--   amortized_cost  decimal, in `currency`, all charges: RI and SP fees spread over the usage they cover
--   unblended_cost  decimal, in `currency`, cash: ties to the invoice
with by_region as (
    select
        month,
        region,
        currency,
        coalesce(
            sum(amortized_cost) filter (
                where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')
            ),
            0
        ) as usage_cost,
        sum(amortized_cost) as amortized_cost,
        sum(unblended_cost) as unblended_cost
    from monthly_costs
    group by
        month,
        region,
        currency
)
select
    month,
    region,
    currency,
    usage_cost,
    cast(usage_cost as decimal(38, 12))
        / nullif(sum(usage_cost) over (partition by month, currency), 0) as usage_share,
    amortized_cost,
    unblended_cost
from by_region
order by
    month,
    amortized_cost desc,
    region nulls last,
    currency
