-- purpose: what private pricing (EDP, private rates) takes off the amortised cost of each service
-- grain:   one row per month, product_code and currency that the bill states net cost for
-- inputs:  monthly_costs
-- columns:
--   month               date, first day of the billing month
--   product_code        text, AWS product code
--   currency            text, ISO code
--   amortized_cost      decimal, in `currency`, before private discounts, of rows that have a net cost
--   net_amortized_cost  decimal, in `currency`, after them
--   discount            decimal, in `currency`, amortised less net amortised
--   discount_share      decimal, 0 to 1, discount / amortized_cost; NULL where nothing was paid
with by_service as (
    select
        month,
        product_code,
        currency,
        sum(amortized_cost) as amortized_cost,
        sum(net_amortized_cost) as net_amortized_cost,
        sum(amortized_cost) - sum(net_amortized_cost) as discount
    from monthly_costs
    where
        net_amortized_cost is not null
        and charge_type not in ('Tax', 'Credit', 'Refund')
    group by
        month,
        product_code,
        currency
)
select
    month,
    product_code,
    currency,
    amortized_cost,
    net_amortized_cost,
    discount,
    cast(discount as decimal(38, 12)) / nullif(amortized_cost, 0) as discount_share
from by_service
order by
    month,
    discount desc,
    product_code,
    currency
