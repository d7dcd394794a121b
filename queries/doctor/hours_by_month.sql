-- purpose: the hours in which usage begins, so that holes in the data are seen
-- grain:   one row per month and hour
-- inputs:  line_items
-- columns:
--   month       date, first day of the billing month
--   usage_hour  timestamp, UTC, begin of the hour
--   line_items  bigint, count of rows of usage that begin in it and span a day or less
select
    month,
    date_trunc('hour', usage_start) as usage_hour,
    count(*) as line_items
from line_items
where
    charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    and (usage_end is null or usage_end <= usage_start + interval '1 day')
group by
    month,
    date_trunc('hour', usage_start)
order by
    month,
    usage_hour
