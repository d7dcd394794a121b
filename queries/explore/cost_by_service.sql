-- purpose: what each service costs per month, with tax, credits and discounts apart, amortised beside cash
-- grain:   one row per month, product_code and currency
-- inputs:  monthly_costs
-- columns:
--   month                  date, first day of the billing month
--   product_code           text, AWS product code
--   currency               text, ISO code
--   usage_and_fees         decimal, in `currency`, amortised cost without tax, credits, refunds and discounts
--   credits_and_discounts  decimal, in `currency`, credits, refunds and discount rows; negative
--   tax                    decimal, in `currency`
--   amortized_cost         decimal, in `currency`, the three together: RI and SP fees spread over the usage they cover
--   unblended_cost         decimal, in `currency`, cash: ties to the invoice
select
    month,
    product_code,
    currency,
    coalesce(
        sum(amortized_cost) filter (
            where charge_type not in (
                'Tax', 'Credit', 'Refund', 'Discount', 'EdpDiscount', 'PrivateRateDiscount', 'BundledDiscount',
                'RiVolumeDiscount', 'SppDiscount'
            )
        ),
        0
    ) as usage_and_fees,
    coalesce(
        sum(amortized_cost) filter (
            where charge_type in (
                'Credit', 'Refund', 'Discount', 'EdpDiscount', 'PrivateRateDiscount', 'BundledDiscount',
                'RiVolumeDiscount', 'SppDiscount'
            )
        ),
        0
    ) as credits_and_discounts,
    coalesce(sum(amortized_cost) filter (where charge_type = 'Tax'), 0) as tax,
    sum(amortized_cost) as amortized_cost,
    sum(unblended_cost) as unblended_cost
from monthly_costs
group by
    month,
    product_code,
    currency
order by
    month,
    amortized_cost desc,
    product_code,
    currency
