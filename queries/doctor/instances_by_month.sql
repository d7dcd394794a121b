-- purpose: the regions and instance types that ran, to be looked up in the tables of prices and shapes
-- grain:   one row per month, region and instance type
-- inputs:  line_items
-- columns:
--   month           date, first day of the billing month
--   region          text, AWS region code
--   instance_type   text, with the prefix or suffix of its service
--   line_items      bigint, count of line items
--   amortized_cost  decimal, in the currency of the bill
select
    month,
    region,
    instance_type,
    count(*) as line_items,
    sum(amortized_cost) as amortized_cost
from line_items
where usage_kind = 'instance_hours'
group by
    month,
    region,
    instance_type
order by
    month,
    region,
    instance_type
