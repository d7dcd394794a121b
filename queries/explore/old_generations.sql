-- purpose: which x86 families run that a newer x86 generation of their line has followed, and what Graviton saves there
-- grain:   one row per product_code, family and currency
-- inputs:  hourly_usage, instance_types, graviton_opportunities
-- parameters:
--   $month  month = last  the billing month
-- columns:
--   product_code           text, AWS product code
--   family                 text, family without the prefix of its service: c5
--   generation             integer, number in the name of the family
--   newest_x86_generation  integer, highest number of an x86 family of the same line, in the table of types; not each
--                          service or region offers it
--   currency               text, ISO code
--   hours                  decimal, instance hours
--   amortized_cost         decimal, in `currency`, RI and SP fees spread over the usage they cover
--   list_saving            decimal, USD per month, by the move to Graviton at public prices; NULL when there is none
with lines as (
    select
        regexp_match(family, '^([a-z]+)[0-9]')[1] as line,
        max(cast(regexp_match(family, '^[a-z]+([0-9]+)')[1] as integer)) as newest_x86_generation
    from instance_types
    where architecture = 'x86_64'
    group by
        regexp_match(family, '^([a-z]+)[0-9]')[1]
),
by_family as (
    select
        product_code,
        split_part(regexp_replace(instance_type, '^(db|cache|kafka|express|ml)\.', ''), '.', 1) as family,
        currency,
        sum(usage_amount) as hours,
        sum(amortized_cost) as amortized_cost
    from hourly_usage
    where
        month = $month
        and usage_kind = 'instance_hours'
        and architecture = 'x86_64'
    group by
        product_code,
        split_part(regexp_replace(instance_type, '^(db|cache|kafka|express|ml)\.', ''), '.', 1),
        currency
),
savings as (
    select
        product_code,
        split_part(regexp_replace(instance_type, '^(db|cache|kafka|express|ml)\.', ''), '.', 1) as family,
        sum(list_saving) as list_saving
    from graviton_opportunities
    where
        month = $month
        and verdict = 'eligible'
    group by
        product_code,
        split_part(regexp_replace(instance_type, '^(db|cache|kafka|express|ml)\.', ''), '.', 1)
)
select
    by_family.product_code,
    by_family.family,
    cast(regexp_match(by_family.family, '^[a-z]+([0-9]+)')[1] as integer) as generation,
    lines.newest_x86_generation,
    by_family.currency,
    by_family.hours,
    by_family.amortized_cost,
    savings.list_saving
from by_family
inner join lines
    on regexp_match(by_family.family, '^([a-z]+)[0-9]')[1] = lines.line
left join savings
    on by_family.product_code = savings.product_code
    and by_family.family = savings.family
where cast(regexp_match(by_family.family, '^[a-z]+([0-9]+)')[1] as integer) < lines.newest_x86_generation
order by
    by_family.amortized_cost desc,
    by_family.product_code,
    by_family.family,
    by_family.currency
