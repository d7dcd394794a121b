//! Statements that must fire, near misses that must not, careful statements, and odd ones.

mod arithmetic;
mod charges;
mod period;

use datafusion::sql::sqlparser::{
    ast::Statement,
    dialect::{Dialect, GenericDialect, PostgreSqlDialect},
    parser::Parser,
};

use super::{Facts, Finding, Rule, lint};

/// A bill in which every mistake matters.
fn worst() -> Facts {
    Facts {
        has_commitments: Some(true),
        has_split_rows: Some(true),
        open_months: vec!["2024-02".to_owned()],
        currencies: vec!["USD".to_owned(), "CNY".to_owned()],
    }
}

fn parsed(dialect: &dyn Dialect, sql: &str) -> Statement {
    let mut all = Parser::parse_sql(dialect, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    assert_eq!(all.len(), 1, "{sql}");
    all.remove(0)
}

fn found(sql: &str, facts: &Facts) -> Vec<Finding> {
    lint(&parsed(&GenericDialect, sql), facts)
}

/// Checks that the rule fires on each statement and names what is given beside it.
fn fires(rule: Rule, statements: &[(&str, &str)]) {
    for (sql, named) in statements {
        let all = found(sql, &worst());
        let finding = all.iter().find(|finding| finding.rule == rule);
        let finding = finding.unwrap_or_else(|| panic!("{} is silent: {sql}\n{all:?}", rule.code()));
        assert!(finding.message.contains(named), "{finding} does not name {named}");
    }
}

/// Checks that the rule is silent on each statement.
fn is_silent(rule: Rule, statements: &[&str]) {
    for sql in statements {
        let finding = found(sql, &worst()).into_iter().find(|finding| finding.rule == rule);
        assert!(finding.is_none(), "{}: {sql}", finding.unwrap());
    }
}

const CAREFUL: [&str; 14] = [
    "select month, product_code, currency, sum(amortized_cost) as amortized_cost from monthly_costs
     where charge_type not in ('Tax', 'Credit', 'Refund') group by month, product_code, currency order by 4 desc",
    "select month, charge_type, currency, sum(unblended_cost), sum(amortized_cost),
            sum(amortized_cost) - sum(unblended_cost) as difference
     from monthly_costs group by 1, 2, 3",
    "select account_id, sum(net_amortized_cost) as net, sum(amortized_cost) as gross,
            sum(amortized_cost) - sum(net_amortized_cost) as discount
     from monthly_costs where month = date '2024-01-01' and currency = 'USD' and charge_type = 'Usage' group by account_id",
    "select product_code, usage_type, sum(amortized_cost) from line_items
     where month = $month and currency = $currency and charge_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
       and coalesce(operation, '') not in ('EKSPod-EC2', 'ECSTask-EC2')
     group by product_code, usage_type order by 3 desc limit 20",
    "select \"Month\", \"Region\", \"Currency\", sum(\"Amortized_Cost\") from \"monthly_costs\"
     where \"Charge_Type\" = 'Usage' group by \"Month\", \"Region\", \"Currency\"",
    "select day, currency, sum(amortized_cost) as cost,
            avg(sum(amortized_cost)) over (partition by currency order by day rows between 6 preceding and current row)
     from daily_costs where month = date '2024-01-01' and charge_type = 'Usage' group by day, currency",
    "select instance_type, target_instance_type, sum(effective_saving) as saving, sum(hours) as hours
     from graviton_opportunities where month = date '2024-01-01' and verdict = 'eligible'
     group by instance_type, target_instance_type having sum(effective_saving) > 0 order by saving desc",
    "select month, product_code, coverage, utilization from commitment_coverage where month = '2024-01-01'",
    "with by_month as (
        select month, currency, sum(amortized_cost) as cost from monthly_costs
        where charge_type <> 'Tax' and month < '2024-02-01' group by month, currency)
     select month, cost, cost - lag(cost) over (partition by currency order by month) as change from by_month",
    "select now.product_code, now.currency, now.cost - coalesce(before.cost, 0) as change
     from (select product_code, currency, sum(amortized_cost) as cost from monthly_costs
           where month = '2024-01-01' and charge_type = 'Usage' group by product_code, currency) now
     left join (select product_code, currency, sum(amortized_cost) as cost from monthly_costs
           where month = '2023-12-01' and charge_type = 'Usage' group by product_code, currency) before
       on now.product_code = before.product_code and now.currency = before.currency",
    "select effect, sum(amount) from cost_bridge
     where from_month = '2023-12-01' and to_month = '2024-01-01' and basis = 'amortized' group by effect",
    "select o.instance_type, t.vcpu, sum(o.hours * t.vcpu) as vcpu_hours, sum(o.amortized_cost) as cost
     from graviton_opportunities o join instance_types t on o.instance_type = t.instance_type
     where o.month = $month group by 1, 2",
    "select region, currency, sum(case when charge_type = 'Tax' then amortized_cost else 0 end) as tax
     from monthly_costs where month between '2023-11-01' and '2024-01-01' group by region, currency",
    "select item, variant, price from prices where service = 'AmazonEC2' and region = 'us-east-1' order by price",
];

#[test]
fn careful_statements_are_left_alone() {
    for sql in CAREFUL {
        for dialect in [&GenericDialect as &dyn Dialect, &PostgreSqlDialect {}] {
            assert_eq!(lint(&parsed(dialect, sql), &worst()), [], "{sql}");
        }
    }
}

#[test]
fn odd_statements_are_read_to_the_end() {
    let bad = "select sum(unblended_cost) from line_items";
    let wrapped = [
        format!("with a as (with b as (with c as ({bad}) select * from c) select * from b) select * from a"),
        format!("{bad} union all {bad} union {bad} except {bad}"),
        format!("({bad}) union all (({bad}))"),
        format!("create view v as {bad}"),
        format!("create table t as {bad}"),
        format!("insert into t {bad}"),
        format!("explain analyze {bad}"),
        format!("select * from monthly_costs m, lateral ({bad} where line_items.region = m.region) x limit 1"),
        format!("select 1 where exists ({bad})"),
        format!("select case when ({bad}) > 1 then 1 end"),
        format!("with recursive line_days as (select 1 as n union all select n + 1 from line_days) {bad}"),
        format!("select * from (values (1), (2)) v(n) cross join ({bad}) as s"),
        format!("with line_items as ({bad}) select * from line_items"),
    ];
    for sql in wrapped {
        let rules: Vec<Rule> = found(&sql, &worst()).into_iter().map(|finding| finding.rule).collect();
        for rule in
            [Rule::NoMonth, Rule::CashOfCommitments, Rule::AllChargeTypes, Rule::SplitRows, Rule::MixedCurrencies]
        {
            assert!(rules.contains(&rule), "{} is silent: {sql}", rule.code());
        }
    }
    let harmless = [
        "values (1, 2), (3, 4)",
        "select 1",
        "select *",
        "from line_items limit 3",
        "select * from line_items, unnest([1, 2]) as n limit 1",
        "select * from generate_series(1, 3) as s(n)",
        "select * from ((monthly_costs m join prices p on m.region = p.region)) limit 1",
        "select count(*) filter (where 1 = 1) over w from t window w as (order by 1)",
        "select tags['team'] from line_items limit 1",
        "select grouping(region) from t group by grouping sets ((region), ())",
        "select sum(unblended_cost) from my_own_table",
        "with line_items as (select 1 as unblended_cost) select sum(unblended_cost) from line_items",
        "show tables",
        "drop view v",
        "set datafusion.execution.batch_size = 1",
        "delete from t where a = 1",
    ];
    for sql in harmless {
        assert_eq!(found(sql, &worst()), [], "{sql}");
    }
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let sum = vec!["unblended_cost"; 3_000].join(" + ");
    let or = vec!["month = '2024-01-01'"; 3_000].join(" or ");
    let sql = format!("select sum({sum} + net_unblended_cost) from monthly_costs where {or}");
    let rules: Vec<Rule> = found(&sql, &worst()).into_iter().map(|finding| finding.rule).collect();
    assert!(
        rules.contains(&Rule::NetAndGross)
            && rules.contains(&Rule::NullInArithmetic)
            && !rules.contains(&Rule::NoMonth)
    );
}

#[test]
fn ratios_of_ratios_are_no_amounts() {
    let mut quotient = "net_unblended_cost".to_owned();
    for _ in 0..20 {
        quotient = format!("1 / ({quotient})");
    }
    let sql = format!("select month, unblended_cost + {quotient} from monthly_costs where month = '2024-01-01'");
    let rules: Vec<Rule> = found(&sql, &worst()).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::NullInArithmetic]);
}

#[test]
fn findings_come_once_each_and_in_order() {
    let sql = "select sum(cast(unblended_cost as double)), sum(net_unblended_cost + unblended_cost),
                      sum(unblended_cost) filter (where 'SavingsPlanNegation' = usage_type)
               from line_items a join cost_bridge b on a.product_code = b.product_code
               union all select sum(unblended_cost) from line_items";
    let all = found(sql, &worst());
    let codes: Vec<&str> = all.iter().map(|finding| finding.rule.code()).collect();
    assert_eq!(codes, ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10"]);
    assert_eq!(all, found(sql, &worst()));
    let few: Vec<&str> = found(sql, &Facts::default()).iter().map(|finding| finding.rule.code()).collect();
    assert_eq!(few, ["L1", "L2", "L3", "L4", "L5", "L7", "L8"]);
}

#[test]
fn a_finding_reads_as_one_line() {
    let all = found("select sum(amortized_cost) from monthly_costs where charge_type = 'Usage'", &Facts::default());
    let lines: Vec<String> = all.iter().map(Finding::to_string).collect();
    assert_eq!(
        lines,
        [
            "L1 no billing month: rows of monthly_costs are added up over all the months of the bill; filter with where month \
          = date '2024-01-01', or group by month"
        ]
    );
}
