//! L1 and L9.

use super::{Facts, Rule, fires, found, is_silent};

#[test]
fn l1_all_months_at_once() {
    fires(
        Rule::NoMonth,
        &[
            ("select product_code, sum(amortized_cost) from monthly_costs group by product_code", "monthly_costs"),
            ("select * from line_items where charge_type = 'Tax'", "line_items"),
            ("select region, effective_saving from graviton_opportunities order by effective_saving desc limit 5", "listed"),
            ("select sum(c) from (select product_code, sum(amortized_cost) c from Daily_Costs group by 1) s", "daily_costs"),
            ("select instance_type, sum(effective_saving) from graviton_opportunities group by 1 order by 2 desc limit 10",
             "graviton_opportunities"),
            ("with a as (select arn, sum(cost) as cost from commitments group by arn) select * from a where cost > 1",
             "commitments"),
            ("select count(*) from line_items where product_code = 'AmazonEC2'", "line_items"),
            ("with base as (select * from line_items) select product_code, sum(amortized_cost) from base group by 1",
             "line_items"),
            ("select distinct product_code, amortized_cost from monthly_costs", "listed"),
            ("select h.region, sum(h.amortized_cost) from hourly_usage h join prices p using (region) group by h.region
              order by max(h.month)", "hourly_usage"),
            ("explain select sum(hours) from graviton_adoption", "graviton_adoption"),
        ],
    );
}

#[test]
fn l1_months_are_chosen_or_told_apart() {
    is_silent(
        Rule::NoMonth,
        &[
            "select * from line_items limit 5",
            "select month, region, amortized_cost from monthly_costs order by amortized_cost desc limit 5",
            "select region, amortized_cost from line_items order by usage_start desc limit 5",
            "select * from line_items fetch first 5 rows only",
            "select distinct month from line_items",
            "select distinct charge_type, operation from line_items order by 1",
            "select distinct month, product_code, amortized_cost from monthly_costs",
            "select count(*) from line_items",
            "select count(1), min(usage_start), max(month) from line_items",
            "select max(usage_end) from line_items where product_code = 'AmazonEC2'",
            "select 1 as m, month as n, sum(amortized_cost) from monthly_costs group by 2",
            "select date_trunc('month', usage_start) as m, sum(amortized_cost) from line_items group by m",
            "select sum(amortized_cost) from line_items where usage_start >= '2024-01-01' and usage_start < '2024-02-01'",
            "select sum(amortized_cost) from daily_costs where day = '2024-01-03'",
            "select h.hour, sum(h.amortized_cost) from hourly_usage as h group by h.hour",
            "select a.region from monthly_costs a join (select max(month) as month from monthly_costs) l using (month)",
            "select a.region, sum(a.amortized_cost) from monthly_costs a join commitments c on a.month = c.month group by 1",
            "select product_code, sum(amortized_cost) filter (where month = '2024-01-01') as january,
                    sum(case when month = '2023-12-01' then amortized_cost end) as december
             from monthly_costs group by product_code",
            "with base as (select * from monthly_costs where charge_type = 'Usage')
             select month, sum(amortized_cost) from base group by month",
            "select sum(amortized_cost) from resource_costs group by region, month having sum(amortized_cost) > 1",
            "select service, price from prices",
            "describe line_items",
            "select m.month, (select sum(c.cost) from commitments c where c.month = m.month) from monthly_costs m
             where m.month > '2023-12-01'",
            "select resource_id, sum(amortized_cost) from line_items where month = $month and resource_id in
             (select resource_id from resource_costs where amortized_cost > 100) group by 1",
        ],
    );
}

#[test]
fn l9_the_month_is_not_over() {
    fires(
        Rule::OpenMonth,
        &[
            ("select month, sum(amortized_cost) - lag(sum(amortized_cost)) over (order by month) from monthly_costs
              group by month", "lag()"),
            ("with m as (select month, sum(amortized_cost) c from monthly_costs where month >= '2023-06-01' group by month)
              select month, first_value(c) over w from m window w as (order by month)", "2024-02"),
            ("select a.product_code, a.cost - b.cost from (select month, product_code, sum(amortized_cost) cost
              from monthly_costs group by 1, 2) a join (select month, product_code, sum(amortized_cost) cost
              from monthly_costs group by 1, 2) b on a.month = b.month + interval '1 month'", "interval"),
            ("select * from monthly_costs a, monthly_costs b where b.\"month\" - interval '1' month = a.month", "interval"),
            ("select effect, sum(amount) from cost_bridge group by effect", "cost_bridge"),
            ("select date_trunc('month', usage_start) m, lead(sum(amortized_cost)) over
              (order by date_trunc('month', usage_start)) from line_items group by 1", "lead()"),
        ],
    );
}

#[test]
fn l9_open_months_are_left_out_or_not_compared() {
    is_silent(
        Rule::OpenMonth,
        &[
            "select month, sum(amortized_cost) from monthly_costs group by month",
            "select month, lag(sum(amortized_cost)) over (order by month) from monthly_costs where month < '2024-02-01'
             group by month",
            "with last as (select max(month) as month from monthly_costs)
             select lag(sum(c.amortized_cost)) over (order by c.month) from monthly_costs c
             where c.month <> (select month from last) group by c.month",
            "select lag(cost) over (order by month) from commitments where '2024-02-01' > month",
            "select lag(cost) over (order by month) from commitments where month not in ('2024-02-01')",
            "select lag(cost) over (order by month) from commitments where month between $from and $to",
            "select * from cost_bridge where to_month = '2024-01-01'",
            "select * from cost_bridge limit 10",
            "select day, lag(sum(amortized_cost), 7) over (order by day, month) from daily_costs group by day, month",
            "select sum(amortized_cost) over (order by month) from monthly_costs",
            "select lag(arn) over (order by start_date) from commitments",
            "select sum(unblended_cost) from line_items where usage_start >= month and usage_end > month + interval '1 month'",
        ],
    );
    let settled = Facts { open_months: Vec::new(), ..super::worst() };
    assert!(!found("select * from cost_bridge", &settled).iter().any(|finding| finding.rule == Rule::OpenMonth));
}
