-- purpose: where moving to Graviton saves most, with what holds each saving back
-- grain:   one row of graviton_opportunities: account, region, service, type, system or engine, purchase option
-- inputs:  graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
--   $top    count = 20    rows at most
-- columns:
--   account_id            text, account that used it
--   region                text, AWS region code
--   product_code          text, AWS product code
--   instance_type         text, what runs now; a usage type for Lambda, Fargate and builds
--   target_instance_type  text, what it would run on
--   purchase_option       text, OnDemand, Reserved or SavingsPlan
--   hours                 decimal, instance hours; the quantity of Lambda, Fargate and builds
--   amortized_cost        decimal, in the currency of the bill, cost now
--   source_price          decimal, USD per hour or unit, public on-demand price now
--   target_price          decimal, USD per hour or unit, that of the target
--   target_rate           decimal, USD per hour or unit, that of the target under the same RI or SP; NULL when not known
--   list_saving           decimal, USD per month, hours x (source_price - target_price)
--   effective_saving      decimal, USD per month, at the rates that are really paid; by target_rate where known
--   unlocked_saving       decimal, USD per month, what the bill falls by if the move is made now
--   locked_saving         decimal, USD per month, the rest: behind commitments
--   unlock_month          date, first billing month in which it is free; NULL when nothing is locked
--   condition             text, engine version that it needs; NULL when none
--   estimate              text, what the row rests on where that is not a price; NULL when none
--   effort                text, low, medium or high
select
    account_id,
    region,
    product_code,
    instance_type,
    target_instance_type,
    purchase_option,
    hours,
    amortized_cost,
    source_price,
    target_price,
    target_rate,
    list_saving,
    effective_saving,
    unlocked_saving,
    locked_saving,
    unlock_month,
    condition,
    estimate,
    effort
from graviton_opportunities
where
    month = $month
    and verdict = 'eligible'
order by
    effective_saving desc nulls last,
    list_saving desc nulls last,
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
limit $top
