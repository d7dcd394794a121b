-- purpose: which usage of a month would be cheaper on Graviton, with its target, prices and savings
-- grain:   one row of graviton_opportunities: account, region, service, type, system or engine, purchase option
-- inputs:  graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   account_id            text, account that used it
--   account_name          text, its name; NULL where the bill has none
--   product_code          text, AWS product code
--   region                text, AWS region code
--   instance_type         text, what runs now; a usage type for Lambda, Fargate and builds
--   operating_system      text, of EC2
--   database_engine       text, of a database or cache
--   deployment_option     text, Single-AZ, Multi-AZ and so on
--   purchase_option       text, OnDemand, Reserved or SavingsPlan
--   target_instance_type  text, what it would run on
--   hours                 decimal, instance hours; the quantity of Lambda, Fargate and builds
--   source_price          decimal, USD per hour or unit, public on-demand price now
--   target_price          decimal, USD per hour or unit, that of the target
--   price_as_of           date, day of the older of the two prices
--   target_rate           decimal, USD per hour or unit, that of the target under the same RI or SP; NULL when not known
--   amortized_cost        decimal, in the currency of the bill, cost now
--   list_saving           decimal, in the currency of the bill, hours x (source_price - target_price)
--   effective_saving      decimal, in the currency of the bill, at the rates that are paid
--   unlocked_saving       decimal, in the currency of the bill, what the bill falls by if the move is made now
--   locked_saving         decimal, in the currency of the bill, the rest: behind commitments
--   unlock_month          date, first billing month in which it is free; NULL when nothing is locked
--   effort                text, low, medium or high
--   payback_days          decimal, days after which the saving has paid for the switch
--   transition_cost       decimal, in the currency of the bill, old and new side by side during the switch
--   condition             text, engine version that it needs; NULL when none
--   estimate              text, what the row rests on where that is not a price; NULL when none
select
    account_id,
    account_name,
    product_code,
    region,
    instance_type,
    operating_system,
    database_engine,
    deployment_option,
    purchase_option,
    target_instance_type,
    hours,
    source_price,
    target_price,
    price_as_of,
    target_rate,
    amortized_cost,
    list_saving,
    effective_saving,
    unlocked_saving,
    locked_saving,
    unlock_month,
    effort,
    payback_days,
    transition_cost,
    condition,
    estimate
from graviton_opportunities
where
    month = $month
    and verdict = 'eligible'
order by
    effective_saving desc nulls last,
    list_saving desc,
    account_id,
    region,
    product_code,
    instance_type,
    purchase_option,
    operating_system,
    database_engine,
    deployment_option,
    engine_version,
    hours desc
