//! L4, L7 and L8.

use super::{Rule, fires, is_silent};

#[test]
fn l4_net_and_gross_in_one_figure() {
    fires(
        Rule::NetAndGross,
        &[
            ("select net_unblended_cost + unblended_cost from line_items", "unblended_cost"),
            ("select coalesce(net_amortized_cost, amortized_cost) from monthly_costs", "net_amortized_cost"),
            ("select nvl(sum(net_amortized_cost), sum(amortized_cost)) from monthly_costs", "stand in"),
            (
                "select case when net_unblended_cost is null then unblended_cost else net_unblended_cost end from line_items",
                "net_unblended_cost",
            ),
            ("select sum(l.\"Net_Amortized_Cost\") + sum(l.list_cost) from line_items l", "list_cost"),
            ("select sum(1.2 * (net_amortized_cost + amortized_cost)) from monthly_costs", "are added"),
            ("select 0 - net_unblended_cost - unblended_cost from line_items", "are added"),
            (
                "with m as (select sum(net_unblended_cost) as net_unblended_cost, sum(unblended_cost) as unblended_cost
              from line_items) select ifnull(net_unblended_cost, unblended_cost) from m",
                "stand in",
            ),
        ],
    );
}

#[test]
fn l4_side_by_side_or_a_difference() {
    is_silent(
        Rule::NetAndGross,
        &[
            "select net_unblended_cost, unblended_cost from line_items",
            "select sum(amortized_cost) - sum(net_amortized_cost) as discount from monthly_costs",
            "select sum(unblended_cost - net_unblended_cost) + sum(amortized_cost - net_amortized_cost) from monthly_costs",
            "select coalesce(net_amortized_cost, 0), coalesce(amortized_cost, 0) from monthly_costs",
            "select coalesce(amortized_cost - net_amortized_cost, 0) from monthly_costs",
            "select 1 - net_amortized_cost / amortized_cost from monthly_costs",
            "select case when amortized_cost > 0 then net_amortized_cost end from monthly_costs",
            "select case when amortized_cost > 0 then 1 - net_amortized_cost / amortized_cost else amortized_cost end
             from monthly_costs",
            "select sum(case $basis when 'net' then net_amortized_cost else amortized_cost end) from monthly_costs",
            "select unblended_cost + amortized_cost from monthly_costs where net_unblended_cost > 0",
            "select sum(net_unblended_cost + net_amortized_cost) from monthly_costs",
        ],
    );
}

#[test]
fn l7_a_null_swallows_the_row() {
    fires(
        Rule::NullInArithmetic,
        &[
            ("select sum(list_cost - amortized_cost) from line_items", "falls out of the sum"),
            ("select effective_saving - transition_cost from graviton_opportunities", "effective_saving"),
            (
                "select sum(unblended_cost + case when charge_type = 'Usage' then amortized_cost end) from line_items",
                "CASE without ELSE",
            ),
            ("select sum(hours * (source_price - target_price)) from graviton_opportunities", "source_price"),
            ("select coalesce(sum(amortized_cost - net_amortized_cost), 0) from monthly_costs", "net_amortized_cost"),
            (
                "with o as (select list_saving, unlocked_saving from graviton_opportunities)
              select sum(o.unlocked_saving + o.list_saving) from o",
                "unlocked_saving",
            ),
            (
                "select product_code from monthly_costs group by 1 having sum(list_cost - amortized_cost) > 0",
                "list_cost",
            ),
            ("select region from monthly_costs group by region order by sum(-list_cost + unblended_cost)", "list_cost"),
        ],
    );
}

#[test]
fn l7_nulls_are_provided_for() {
    is_silent(
        Rule::NullInArithmetic,
        &[
            "select sum(list_cost) - sum(amortized_cost) from line_items",
            "select sum(coalesce(list_cost, 0) - amortized_cost) from line_items",
            "select coalesce(effective_saving - transition_cost, 0) from graviton_opportunities",
            "select sum(list_cost - amortized_cost) from line_items where list_cost is not null",
            "select sum(unblended_cost + case when charge_type = 'Usage' then amortized_cost else 0 end) from line_items",
            "select sum(case when charge_type = 'Usage' then list_cost end) from line_items",
            "select sum(amortized_cost - unblended_cost) from line_items",
            "select list_cost - amortized_cost, count(*) from monthly_costs group by list_cost, amortized_cost",
            "select list_cost * 2, list_cost / nullif(amortized_cost, 0) from line_items",
            "with m as (select month, sum(list_cost) as list_cost, sum(amortized_cost) as amortized_cost
             from monthly_costs group by month) select list_cost - amortized_cost from m",
            "with m as (select coalesce(list_cost, 0) as list_cost, amortized_cost from line_items)
             select sum(list_cost - amortized_cost) from m",
            "select * from monthly_costs where list_cost - amortized_cost > 100",
            "select sum(amortized_cost + case when list_cost > 0 then 1 else 0 end) from line_items",
        ],
    );
}

#[test]
fn l8_money_as_float() {
    fires(
        Rule::FloatMoney,
        &[
            ("select sum(cast(unblended_cost as double)) from line_items", "cast(unblended_cost as DOUBLE)"),
            ("select avg(amortized_cost::float8) from line_items", "amortized_cost"),
            ("select sum(try_cast(list_saving as real)) from graviton_opportunities", "list_saving"),
            ("select cast(source_price as float) * hours from graviton_opportunities", "source_price"),
            ("select sum(l.\"Unblended_Cost\"::double precision * 1.1) from line_items l", "unblended_cost"),
            (
                "with m as (select sum(amortized_cost) as total_cost from monthly_costs)
              select sum(cast(total_cost as float4)) from m",
                "total_cost",
            ),
        ],
    );
}

#[test]
fn l8_decimals_or_a_finished_figure() {
    is_silent(
        Rule::FloatMoney,
        &[
            "select sum(unblended_cost) from line_items",
            "select cast(sum(unblended_cost) as double) from line_items",
            "select cast(sum(amortized_cost) as double) / cast(sum(list_cost) as double) from line_items",
            "select sum(cast(usage_amount as double)) from line_items",
            "select sum(cast(unblended_cost as decimal(38, 12))) from line_items",
            "select cast(unblended_cost as double) from line_items",
            "select max(cast(unblended_cost as double)) from line_items",
            "with m as (select month, sum(amortized_cost) as cost from monthly_costs group by month)
             select cost::double / sum(cost) over () from m",
            "select sum(amortized_cost) from line_items where cast(amortized_cost as double) * 2 > 1.5",
        ],
    );
}
