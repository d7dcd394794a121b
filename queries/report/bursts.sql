-- purpose: hours of a month far above what usually runs: at least 1.5 times the median and 2 instances more
-- grain:   one row per burst; one hour between two hours above does not part them
-- inputs:  hourly_usage
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code        text, AWS product code
--   region              text, AWS region code
--   start               timestamp, first hour above, UTC
--   end                 timestamp, first hour after, UTC
--   hours_above         bigint, hours above
--   baseline_instances  decimal, median of the line items of all hours; NULL where the bill does not tell machines apart
--   baseline_average    decimal, median of the instance hours of all hours
--   peak_instances      bigint, most line items of an hour; NULL where the bill does not tell machines apart
--   peak_average        decimal, most instance hours of an hour
--   extra_hours         decimal, instance hours over the baseline, of the hours above
--   cost                decimal, in the currency of the bill, amortised cost of the hours above
--   extra_cost          decimal, in the currency of the bill, cost - hours above * median cost of an hour
with usage as (
    select
        hour,
        product_code,
        region,
        usage_kind,
        usage_amount,
        line_items,
        amortized_cost
    from hourly_usage
    where
        month = $month
        and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        and usage_kind not in ('other', 'no_usage')
),
hours as (
    select distinct hour
    from usage
),
machines_by_hour as (
    select
        hour,
        product_code,
        region,
        sum(usage_amount) as average,
        sum(line_items) as line_items,
        sum(amortized_cost) as cost
    from usage
    where usage_kind = 'instance_hours'
    group by
        hour,
        product_code,
        region
),
series as (
    select
        product_code,
        region,
        min(case when line_items >= average then 1 else 0 end) = 1 as is_counted
    from machines_by_hour
    group by
        product_code,
        region
),
every_hour as (
    select
        hours.hour,
        series.product_code,
        series.region,
        coalesce(machines_by_hour.average, 0) as average,
        case when series.is_counted then coalesce(machines_by_hour.line_items, 0) end as instances,
        coalesce(machines_by_hour.cost, 0) as cost
    from hours
    cross join series
    left join machines_by_hour
        on
            hours.hour = machines_by_hour.hour
            and series.product_code = machines_by_hour.product_code
            and series.region is not distinct from machines_by_hour.region
),
baselines as (
    select
        product_code,
        region,
        median(average) as average,
        median(cast(instances as decimal(38, 12))) as instances,
        median(cost) as cost
    from every_hour
    group by
        product_code,
        region
),
above as (
    select
        every_hour.hour,
        every_hour.product_code,
        every_hour.region,
        every_hour.average,
        every_hour.instances,
        every_hour.cost,
        baselines.average as baseline_average,
        baselines.instances as baseline_instances,
        baselines.cost as baseline_cost,
        lag(every_hour.hour) over (
            partition by every_hour.product_code, every_hour.region
            order by every_hour.hour
        ) as hour_before
    from every_hour
    inner join baselines
        on
            every_hour.product_code = baselines.product_code
            and every_hour.region is not distinct from baselines.region
    where
        (
            every_hour.average >= 1.5 * baselines.average
            and every_hour.average >= baselines.average + 2
        )
        or (
            every_hour.instances >= 1.5 * baselines.instances
            and every_hour.instances >= baselines.instances + 2
        )
),
numbered as (
    select
        hour,
        product_code,
        region,
        average,
        instances,
        cost,
        baseline_average,
        baseline_instances,
        baseline_cost,
        sum(case when hour <= hour_before + interval '2 hours' then 0 else 1 end) over (
            partition by product_code, region
            order by hour
        ) as number
    from above
)
select
    product_code,
    region,
    min(hour) as start,
    max(hour) + interval '1 hour' as end,
    count(*) as hours_above,
    min(baseline_instances) as baseline_instances,
    min(baseline_average) as baseline_average,
    max(instances) as peak_instances,
    max(average) as peak_average,
    sum(average - baseline_average) as extra_hours,
    sum(cost) as cost,
    sum(cost - baseline_cost) as extra_cost
from numbered
where exists (
    select 1
    from hours
    where extract(hour from hours.hour) <> 0
)
group by
    product_code,
    region,
    number
order by
    extra_cost desc,
    start,
    product_code,
    region
