-- purpose: what each account costs per month, by name where the bill has names
-- grain:   one row per month, payer_account_id, account_id and currency
-- inputs:  daily_costs
-- columns:
--   month             date, first day of the billing month
--   payer_account_id  text, account that pays
--   account_id        text, account that used it
--   account_name      text, its name; NULL where the bill has none
--   currency          text, ISO code
--   usage_and_fees    decimal, in `currency`, amortised cost without tax, credits, refunds and discounts
--   amortized_cost    decimal, in `currency`, all charges: RI and SP fees spread over the usage they cover
--   unblended_cost    decimal, in `currency`, cash: ties to the invoice
select
    month,
    payer_account_id,
    account_id,
    max(account_name) as account_name,
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
    sum(amortized_cost) as amortized_cost,
    sum(unblended_cost) as unblended_cost
from daily_costs
group by
    month,
    payer_account_id,
    account_id,
    currency
order by
    month,
    amortized_cost desc,
    payer_account_id,
    account_id,
    currency
