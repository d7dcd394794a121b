//! Savings, commitments and the bridge on the sample and on a real bill.

use std::fs;

use serde_json::Value;

use crate::{
    real_bills::bill,
    support::{Runs, column, failure, gravimeter, sql},
};

const CUR2: &str = "sample-cur/cur2";

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn the_bridge_tells_graviton_from_reserved_instances_and_growth() {
    let rows = sql(
        CUR2,
        "select effect, sum(amount) as amount from cost_bridge
         where from_month = '2023-05-01' and to_month = '2024-01-01' and basis = 'amortized' and product_code = 'AmazonRDS'
         group by effect order by effect",
    );
    let effects: Vec<(String, f64)> =
        column(&rows, "effect").into_iter().zip(column(&rows, "amount").iter().map(|amount| number(amount))).collect();
    let of = |name: &str| effects.iter().find(|(effect, _)| effect == name).map_or(0.0, |(_, amount)| *amount);
    // RDS fell by 6,046: Graviton and RI did more than that, growth took a part of it back.
    assert!(of("graviton") < -1_900.0 && of("commitment") < -5_700.0 && of("usage") > 1_600.0, "{effects:?}");
    let rows = sql(
        CUR2,
        "select basis, sum(amount) as whole, sum(amount) filter (where product_code = 'AmazonRDS') as rds from cost_bridge
         where from_month = '2023-05-01' and to_month = '2024-01-01' group by basis order by basis",
    );
    assert_eq!(column(&rows, "whole"), ["-6317", "-6317"]);
    assert_eq!(column(&rows, "rds"), ["-6046", "-6046"]);
}

#[test]
fn every_bridge_is_the_change_of_the_bill() {
    let rows = sql(
        CUR2,
        "with bill as (select month, product_code, sum(amortized_cost) as amortized, sum(unblended_cost) as unblended
                       from monthly_costs group by 1, 2),
              bridge as (select from_month, to_month, product_code, basis, sum(amount) as amount
                         from cost_bridge group by 1, 2, 3, 4)
         select count(*) as n, count(*) filter (where amount <> coalesce(b.cost, 0) - coalesce(a.cost, 0)) as wrong
         from bridge
         left join (select month, product_code, 'amortized' as basis, amortized as cost from bill
                    union all select month, product_code, 'unblended', unblended from bill) a
           on a.month = from_month and a.product_code = bridge.product_code and a.basis = bridge.basis
         left join (select month, product_code, 'amortized' as basis, amortized as cost from bill
                    union all select month, product_code, 'unblended', unblended from bill) b
           on b.month = to_month and b.product_code = bridge.product_code and b.basis = bridge.basis",
    );
    assert_eq!(column(&rows, "wrong"), ["0"]);
    assert!(number(&column(&rows, "n")[0]) > 300.0);
}

#[test]
fn savings_add_up_and_none_is_negative() {
    let rows = sql(
        CUR2,
        "select count(*) filter (where unlocked_saving + locked_saving <> effective_saving) as apart,
                count(*) filter (where list_saving <= 0 or effective_saving < 0) as negative,
                count(*) filter (where locked_saving > 0 and unlock_month is null) as endless,
                count(*) filter (where verdict = 'eligible' and (effort is null or payback_days is null)) as unranked,
                min(unlock_month) as unlock
         from graviton_opportunities",
    );
    for name in ["apart", "negative", "endless", "unranked"] {
        assert_eq!(column(&rows, name), ["0"], "{name}");
    }
    assert_eq!(column(&rows, "unlock"), ["2024-07-01"]);
}

#[test]
fn requests_of_functions_cost_the_same_and_duration_saves_a_fifth() {
    let rows = sql(
        CUR2,
        "select verdict, list_saving / (hours * source_price) as share from graviton_opportunities
         where month = '2024-01-01' and instance_type = 'Lambda-GB-Second'",
    );
    assert_eq!(column(&rows, "verdict"), ["eligible"]);
    assert!((number(&column(&rows, "share")[0]) - 0.2).abs() < 1e-4);
    let rows = sql(
        CUR2,
        "select distinct verdict from line_items where usage_type like '%Request%' and product_code = 'AWSLambda'",
    );
    assert_eq!(column(&rows, "verdict"), ["not_applicable"]);
}

/// From the nine `RIFee` rows, with DuckDB: recurring fee + amortised upfront, and the unused part of both.
const RESERVED: [(&str, f64, f64); 9] = [
    ("041bc7b7", 6.175_2, 0.381_795_39),
    ("28b7acb4", 10.155_090_41, 0.0),
    ("2a64512a", 76.567_452_05, 0.0),
    ("2dbc59ec", 6.257_779, 3.956_779_1),
    ("3a2944f2", 44.656_986_3, 44.656_986_3),
    ("766cbd37", 5.077_545_21, 0.0),
    ("9eb89604", 15.232_635_62, 0.0),
    ("c1a6599c", 5.356_8, 0.0),
    ("e5d82234", 111.769_863_01, 0.0),
];

#[test]
fn nine_reserved_instances_are_those_of_the_fee_rows() {
    let Some(bill) = bill("wa-labs-2018-10") else { return };
    let rows = sql(
        &bill,
        "select split_part(arn, '/', 2) as name, cost, unused_cost, utilization, offering, end_date, unlock_month
         from commitments order by arn",
    );
    assert_eq!(rows.len(), 9);
    let (names, costs, unused) = (column(&rows, "name"), column(&rows, "cost"), column(&rows, "unused_cost"));
    let utilization = column(&rows, "utilization");
    for (row, (name, cost, waste)) in RESERVED.iter().enumerate() {
        assert!(names[row].starts_with(name), "{}", names[row]);
        // The covered hours add up to the fee, but for the rounding of a thousand rows.
        assert!((number(&costs[row]) - cost).abs() < 1e-5, "{name}: {} is not {cost}", costs[row]);
        assert!((number(&unused[row]) - waste).abs() < 1e-9, "{name}: {} is not {waste}", unused[row]);
        assert!((number(&utilization[row]) - (cost - waste) / cost).abs() < 1e-6, "{name}: {}", utilization[row]);
    }
    assert_eq!(column(&rows, "offering")[0], "convertible");
    assert_eq!(
        (column(&rows, "end_date")[1].as_str(), column(&rows, "unlock_month")[1].as_str()),
        ("2019-04-03", "2019-05-01")
    );
    // Public cost of covered hours ÷ that of covered and on-demand hours, by DuckDB over the raw columns.
    let rows = sql(
        &bill,
        "select coverage, utilization, unused_commitment from commitment_coverage where product_code = 'AmazonEC2'",
    );
    assert!((number(&column(&rows, "coverage")[0]) - 338.020_606_45 / (338.020_606_45 + 523.414_248_85)).abs() < 1e-6);
    let (all, waste): (f64, f64) = RESERVED.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.1, sum.1 + row.2));
    assert!((number(&column(&rows, "unused_commitment")[0]) - waste).abs() < 1e-9);
    assert!((number(&column(&rows, "utilization")[0]) - (all - waste) / all).abs() < 1e-6);
}

#[test]
fn a_row_is_explained_down_to_its_prices() {
    let args = [
        "explain",
        "sample-cur",
        "--quiet",
        "--type",
        "c5.xlarge",
        "--purchase-option",
        "Reserved",
        "--format",
        "json",
    ];
    let output = gravimeter(&args).assert().success();
    let told: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let step = |what: &str| {
        let steps = told[0]["steps"].as_array().unwrap();
        steps.iter().find(|step| step["what"] == what).unwrap()["text"].as_str().unwrap().to_owned()
    };
    assert_eq!(step("list saving"), "5952 × (0.192 − 0.154) = 226.18 USD");
    assert_eq!(step("target rate"), "0.0966 USD under RI-1yr-NoUpfront, as of 2026-08-18, aws-price-board");
    assert_eq!(step("effective saving"), "720.19 USD paid − 5952 × 0.0966 = 145.23 USD");
    assert_eq!(step("locked saving"), "145.23 USD, free from 2024-07 on");
    assert!(step("source price").starts_with("0.192 USD, as of 20"));
    // 3,508.03 is 720.19 a month for the 3,624 hours from February to June.
    assert!(step("commitment").contains("would strand 3,508.03 USD"), "{}", step("commitment"));
    let error = failure(&["explain", "sample-cur", "--month", "2022-01"], 2);
    assert!(error.contains("no month 2022-01") && error.contains("2023-05"), "{error}");
    assert!(failure(&["explain", "sample-cur", "--type", "q9.large"], 2).contains("no compute"));
    assert!(failure(&["explain", "sample-cur", "--verdict", "maybe"], 2).contains("eligible"));
}

#[test]
fn an_inventory_settles_conditions_and_multiplies_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inventory.csv");
    let ids = sql(
        CUR2,
        "select distinct resource_id from line_items where instance_type = 'db.r5.large' and month = '2024-01-01'
         order by resource_id",
    );
    let ids = column(&ids, "resource_id");
    assert!(ids.len() >= 2, "{ids:?}");
    // Twice the same resource: a row is never multiplied.
    let text = format!(
        "arn,engine_version\n{0},5.7.mysql_aurora.2.07.2\n{0},5.7.mysql_aurora.2.07.2\n{1},8.0.mysql_aurora.3.04.0\n",
        ids[0], ids[1]
    );
    fs::write(&file, text).unwrap();
    let ask = |inventory: &[&str], question: &str| -> Vec<Value> {
        let args = [&["sql", CUR2, "--quiet", "--format", "json", "-c", question], inventory].concat();
        serde_json::from_slice(&gravimeter(&args).assert().success().get_output().stdout).unwrap()
    };
    let with = ["--inventory", file.to_str().unwrap()];
    let states = ask(
        &with,
        "select verdict, reason, engine_version, condition is null as settled, hours from graviton_opportunities
         where month = '2024-01-01' and instance_type = 'db.r5.large' order by engine_version",
    );
    assert_eq!(column(&states, "reason")[0], "engine_version", "{states:?}");
    assert_eq!(column(&states, "engine_version")[1], "8.0.mysql_aurora.3.04.0");
    assert_eq!(states[1]["settled"], true);
    // A line item is in the bucket of its opportunity.
    let buckets = "select verdict, reason, sum(amortized_cost) as cost, sum(usage_amount) as hours from line_items
        where instance_type = 'db.r5.large' and month = '2024-01-01' group by 1, 2 order by 1";
    let of_items = ask(&with, buckets);
    let of_rows = ask(&with, &buckets.replace("line_items", "graviton_opportunities").replace("usage_amount", "hours"));
    assert_eq!(of_items, of_rows);
    assert_eq!(column(&of_items, "verdict"), ["blocked", "eligible"]);
    let sums = "select sum(hours) as hours, sum(amortized_cost) as cost from graviton_opportunities";
    assert_eq!(ask(&with, sums), ask(&[], sums));
    fs::write(&file, "name,version\nx,1.0\n").unwrap();
    assert!(failure(&["report", CUR2, "--inventory", file.to_str().unwrap()], 2).contains("no columns arn"));
}

#[test]
fn pins_baselines_and_floors_are_checked_and_followed() {
    let target = |options: &[&str]| {
        let question = "select distinct target_instance_type as t from graviton_opportunities
            where instance_type = 'c5.xlarge' and purchase_option = 'OnDemand' and month = '2024-01-01'";
        let args = [&["sql", CUR2, "--quiet", "--format", "json", "-c", question], options].concat();
        let rows: Vec<Value> =
            serde_json::from_slice(&gravimeter(&args).assert().success().get_output().stdout).unwrap();
        column(&rows, "t")
    };
    assert_eq!(target(&[]), ["c6g.xlarge"]);
    assert_eq!(target(&["--pin", "c5=c7g"]), ["c7g.xlarge"]);
    assert!(failure(&["report", CUR2, "--pin", "c5=c7i"], 2).contains("c7i is not a family of arm64"));
    assert!(failure(&["report", CUR2, "--baseline", "m6g=m99"], 2).contains("m99"));
    assert!(failure(&["report", CUR2, "--compare", "2023-05:2029-01"], 2).contains("no month 2029-01"));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let args =
        ["report", CUR2, "--quiet", "--format", "json", "--min-saving", "100", "--compare", "2023-06:2023-12", "--out"];
    gravimeter(&[&args[..], &[out.to_str().unwrap()]].concat()).assert().success();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let opportunities = report["opportunities"].as_array().unwrap();
    assert!(opportunities.iter().all(|row| number(row["list_saving"].as_str().unwrap()) >= 100.0));
    assert!(
        report["footer"]["notes"].as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains("left out"))
    );
    assert_eq!(report["bridge"][0]["from_month"], "2023-06");
    assert_eq!(report["bridge"][0]["to_month"], "2023-12");
}
