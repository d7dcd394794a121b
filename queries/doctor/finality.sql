-- purpose: how final a month is, with as little reading as that takes: how far usage reaches, whether AWS has closed it
-- grain:   one row per month
-- inputs:  line_items
-- columns:
--   month               date, first day of the billing month
--   line_items          bigint, count of line items
--   invoiced            bigint, those of them that carry an invoice id
--   usage_through       timestamp, UTC, latest end of usage that spans a day or less
--   any_usage_through   timestamp, UTC, latest end of any usage
select
    month,
    count(*) as line_items,
    count(*) filter (where invoice_id <> '') as invoiced,
    max(usage_end) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_end <= usage_start + interval '1 day'
    ) as usage_through,
    max(coalesce(usage_end, usage_start)) filter (
        where charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
    ) as any_usage_through
from line_items
group by
    month
order by
    month
