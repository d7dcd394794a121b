-- purpose: line items that a month holds more than once: within a delivery AWS gives each id and interval once
-- grain:   one row per month that has such line items
-- inputs:  line_items
-- columns:
--   month              date, first day of the billing month
--   same_amounts       bigint, line items too many, amounts and all: a part of the bill was delivered twice
--   same_amounts_cost  decimal, in the currency of the bill, their unblended cost
--   other_amounts      bigint, line items too many whose amounts are not all the same
--   example            text, one of the ids
with repeated as (
    select
        month,
        identity_line_item_id,
        identity_time_interval,
        count(*) - 1 as too_many,
        min(unblended_cost) = max(unblended_cost)
        and min(usage_amount) = max(usage_amount) as is_same,
        max(unblended_cost) as unblended_cost
    from line_items
    where
        identity_line_item_id <> ''
        and identity_time_interval <> ''
    group by
        month,
        identity_line_item_id,
        identity_time_interval
    having
        count(*) > 1
)
select
    month,
    coalesce(sum(too_many) filter (where is_same), 0) as same_amounts,
    sum(cast(too_many * unblended_cost as decimal(38, 12))) filter (where is_same) as same_amounts_cost,
    coalesce(sum(too_many) filter (where not is_same), 0) as other_amounts,
    min(identity_line_item_id) as example
from repeated
group by
    month
order by
    month
