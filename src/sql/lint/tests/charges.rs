//! L2, L3, L5, L6 and L10.

use super::{Facts, Rule, fires, found, is_silent, worst};

fn has(rule: Rule, sql: &str, facts: &Facts) -> bool {
    found(sql, facts).iter().any(|finding| finding.rule == rule)
}

#[test]
fn l2_cash_with_commitments() {
    fires(
        Rule::CashOfCommitments,
        &[
            (
                "select product_code, sum(unblended_cost) from monthly_costs where month = $m group by 1",
                "unblended_cost",
            ),
            ("select sum(l.NET_UNBLENDED_COST) from line_items l where l.month = $m", "net_unblended_cost"),
            (
                "select purchase_option, sum(coalesce(unblended_cost, 0)) from hourly_usage group by 1, month",
                "unblended_cost",
            ),
            ("select sum(unblended_cost), sum(amortized_upfront) from line_items where month = $m", "unblended_cost"),
            (
                "with base as (select month, unblended_cost from line_items where month = $m)
              select sum(unblended_cost) from base",
                "unblended_cost",
            ),
            (
                "select month, sum(sum(unblended_cost)) over (order by month) from monthly_costs group by month",
                "unblended_cost",
            ),
        ],
    );
    let sql = "select month, sum(unblended_cost) from monthly_costs group by month";
    assert!(has(Rule::CashOfCommitments, sql, &Facts::default()));
    assert!(!has(Rule::CashOfCommitments, sql, &Facts { has_commitments: Some(false), ..worst() }));
}

#[test]
fn l2_amortised_or_told_apart() {
    is_silent(
        Rule::CashOfCommitments,
        &[
            "select month, sum(unblended_cost), sum(amortized_cost) from monthly_costs group by month",
            "select charge_type, sum(unblended_cost) from monthly_costs where month = $m group by charge_type",
            "select sum(unblended_cost) from line_items where month = $m and charge_type = 'Tax'",
            "select sum(net_amortized_cost) from monthly_costs where month = $m",
            "select max(unblended_cost) from line_items where month = $m",
            "with base as (select unblended_cost from line_items where month = $m and charge_type = 'Usage')
             select sum(unblended_cost) from base",
            "select sum(case when unblended_cost > 0 then 1 else 0 end) from line_items where month = $m",
        ],
    );
}

#[test]
fn l3_one_half_of_savings_plans() {
    fires(
        Rule::HalfOfSavingsPlans,
        &[
            ("select sum(unblended_cost) from line_items where month = $m
              and charge_type in ('Usage', 'SavingsPlanCoveredUsage')", "SavingsPlanNegation"),
            ("select sum(net_unblended_cost) filter (where charge_type = 'SavingsPlanCoveredUsage') from monthly_costs",
             "net_unblended_cost"),
            ("select sum(unblended_cost) from monthly_costs where charge_type <> 'SavingsPlanNegation'",
             "goes by SavingsPlanNegation"),
            ("select case when charge_type in ('Usage', 'SavingsPlanCoveredUsage') then 'usage' else 'other' end as kind,
              sum(unblended_cost) from monthly_costs group by 1", "unblended_cost"),
            ("with u as (select * from line_items where charge_type = 'SavingsPlanCoveredUsage')
              select sum(unblended_cost) from u", "unblended_cost"),
        ],
    );
}

#[test]
fn l3_both_halves_or_none_that_matters() {
    is_silent(
        Rule::HalfOfSavingsPlans,
        &[
            "select sum(unblended_cost) from line_items
             where charge_type in ('Usage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')",
            "select sum(amortized_cost) from line_items where charge_type in ('Usage', 'SavingsPlanCoveredUsage')",
            "select sum(list_cost) from line_items where charge_type in ('Usage', 'SavingsPlanCoveredUsage')",
            "select sum(unblended_cost), max(usage_end) filter (where charge_type = 'SavingsPlanCoveredUsage') from line_items",
            "select sum(unblended_cost), sum(amortized_cost) filter (where charge_type = 'SavingsPlanCoveredUsage')
             from line_items",
            "select count(*) from line_items where charge_type = 'SavingsPlanNegation'",
            "select charge_type, sum(unblended_cost) from line_items where charge_type like 'SavingsPlan%' group by 1",
            "select sum(unblended_cost) filter (where charge_type = 'SavingsPlanCoveredUsage') as covered,
                    sum(unblended_cost) filter (where charge_type = 'SavingsPlanNegation') as negation from line_items",
        ],
    );
}

#[test]
fn l5_tax_and_credits_in_the_sum() {
    fires(
        Rule::AllChargeTypes,
        &[
            (
                "select product_code, sum(amortized_cost) from monthly_costs where month = $m group by 1",
                "monthly_costs",
            ),
            ("select day, sum(net_amortized_cost) from daily_costs group by day", "net_amortized_cost"),
            (
                "select purchase_option, sum(amortized_cost) from line_items where month = $m group by purchase_option",
                "line_items",
            ),
            (
                "select resource_id, sum(round(list_cost, 2)) from resource_costs where month = $m group by 1",
                "list_cost",
            ),
        ],
    );
}

#[test]
fn l5_charge_types_are_chosen() {
    is_silent(
        Rule::AllChargeTypes,
        &[
            "select charge_type, sum(amortized_cost) from monthly_costs where month = $m group by charge_type",
            "select sum(amortized_cost) from monthly_costs where charge_type <> 'Tax' and month = $m",
            "select sum(amortized_cost) filter (where charge_type = 'Usage') from monthly_costs where month = $m",
            "select sum(amortized_cost) from line_items where month = $m and usage_kind = 'instance_hours'",
            "select sum(case when l.purchase_option = 'Spot' then l.amortized_cost end) from line_items l where month = $m",
            "select sum(amortized_cost) from line_items where month = $m and verdict is not null",
            "select sum(amortized_cost) from graviton_opportunities where month = $m",
            "select hour, sum(amortized_cost) from hourly_usage where month = $m group by hour",
            "select sum(line_items) from monthly_costs where month = $m",
            "with u as (select amortized_cost from monthly_costs where charge_type = 'Usage' and month = $m)
             select sum(amortized_cost) from u",
        ],
    );
}

#[test]
fn l6_split_rows_in_the_sum() {
    let sum = "select sum(amortized_cost) from line_items where month = $m";
    fires(
        Rule::SplitRows,
        &[
            (sum, "amortized_cost"),
            ("select operation, sum(unblended_cost) from line_items group by operation", "unblended_cost"),
            ("select sum(list_cost) from line_items l where l.product_code in ('AmazonEKS', 'AmazonEC2')", "list_cost"),
        ],
    );
    for has_split_rows in [None, Some(false)] {
        assert!(!has(Rule::SplitRows, sum, &Facts { has_split_rows, ..worst() }));
    }
}

#[test]
fn l6_split_rows_are_left_out() {
    is_silent(
        Rule::SplitRows,
        &[
            "select sum(amortized_cost) from line_items where operation not in ('EKSPod-EC2', 'ECSTask-EC2')",
            "select sum(amortized_cost) filter (where coalesce(operation, '') <> 'EKSPod-EC2') from line_items",
            "select sum(amortized_cost) from monthly_costs",
            "select sum(usage_amount) from line_items where month = $m",
            "select count(*), max(amortized_cost) from line_items where month = $m",
            "with u as (select * from line_items where operation = 'RunInstances') select sum(amortized_cost) from u",
        ],
    );
}

#[test]
fn l10_currencies_are_mixed() {
    let sum = "select product_code, sum(amortized_cost) from monthly_costs group by product_code";
    fires(
        Rule::MixedCurrencies,
        &[
            (sum, "USD, CNY"),
            ("select currency, sum(amortized_cost) over () from monthly_costs", "monthly_costs"),
            ("select avg(unblended_cost) from line_items where month = $m", "avg(unblended_cost)"),
            ("select max(currency), sum(list_cost) from resource_costs", "list_cost"),
        ],
    );
    for currencies in [vec![], vec!["USD".to_owned()]] {
        assert!(!has(Rule::MixedCurrencies, sum, &Facts { currencies, ..worst() }));
    }
}

#[test]
fn l10_one_currency_at_a_time() {
    is_silent(
        Rule::MixedCurrencies,
        &[
            "select currency, sum(amortized_cost) from monthly_costs group by currency",
            "select month, currency as c, sum(amortized_cost) from monthly_costs group by 1, 2",
            "select month, currency as c, sum(amortized_cost) from monthly_costs group by month, c",
            "select month, currency, sum(amortized_cost) from monthly_costs group by all",
            "select sum(amortized_cost) from monthly_costs where \"CURRENCY\" = 'USD'",
            "select sum(amortized_cost) filter (where currency = 'USD') from monthly_costs",
            "select sum(usage_amount) from line_items",
            "select sum(effective_saving) from graviton_opportunities",
            "with c as (select currency, sum(amortized_cost) as cost from monthly_costs group by currency)
             select sum(cost) from c where currency = 'USD'",
        ],
    );
}
