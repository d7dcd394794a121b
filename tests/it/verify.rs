//! `gravimeter verify`: both engines agree on every bill at hand, and what they do not agree on is named.

use std::path::Path;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use serde_json::Value;

use crate::{
    real_bills,
    support::{ROOT, Runs, copy_folder, failure, gravimeter, rewrite},
};

const CUR1: &str = "sample-cur/cur1";
const CUR2: &str = "sample-cur/cur2";

/// Verifies and returns the rows on stdout and the last line on stderr; checks that all is equal.
fn verified(args: &[&str]) -> (Vec<Value>, String) {
    let args: Vec<&str> = ["verify"].iter().chain(args).chain(&["--format", "json"]).copied().collect();
    let output = gravimeter(&args).assert().success();
    let rows: Vec<Value> = serde_json::from_slice(&output.get_output().stdout).unwrap();
    let talk = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    for row in &rows {
        assert_eq!((&row["level"], &row["difference"]), (&"month".into(), &"0".into()), "{row}");
        assert_eq!(row["gravimeter"], row["polars"], "{row}");
    }
    let last = talk.lines().last().unwrap_or("").to_owned();
    assert!(last.starts_with("verified: ") && last.contains("all equal"), "{talk}");
    (rows, last)
}

#[test]
fn both_engines_agree_on_the_sample() {
    for source in [CUR1, CUR2] {
        let (rows, last) = verified(&[source]);
        assert!(last.starts_with("verified: 10 months, 41,074 line items, "), "{last}");
        let january: Vec<&Value> = rows.iter().filter(|row| row["key"] == "2024-01").collect();
        let columns: Vec<&str> = january.iter().map(|row| row["column"].as_str().unwrap()).collect();
        assert_eq!(columns, ["unblended_cost", "amortized_cost", "list_cost", "line_items", "ec2_instance_hours"]);
    }
}

#[test]
fn a_range_of_months_is_verified_by_itself() {
    let (rows, last) = verified(&[CUR2, "--month", "2023-09"]);
    assert!(rows.iter().all(|row| row["key"] == "2023-09"), "{rows:?}");
    assert!(last.starts_with("verified: 1 month, "), "{last}");
    let (_, last) = verified(&[CUR2, "--from", "2023-11", "--to", "2023-12"]);
    assert!(last.starts_with("verified: 2 months, "), "{last}");
    failure(&["verify", CUR2, "--month", "2023-09", "--from", "2023-09"], 2);
    failure(&["verify", CUR2, "--month", "2031-01"], 2);
}

#[test]
fn both_engines_agree_on_real_bills() {
    for name in real_bills::ALL {
        let Some(bill) = real_bills::bill(name) else { continue };
        verified(&[&bill]);
    }
}

/// A prefix of a form that no region has: the first engine does not take it for one, and does not count its hours.
#[test]
fn a_difference_is_named_and_fails() {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&Path::new(ROOT).join(CUR1), dir.path());
    let file = dir.path().join("seoul-cur1/seoul-cur1/year=2024/month=1/seoul-cur1-00001.snappy.parquet");
    rewrite(&file, |batch: RecordBatch| {
        let schema = batch.schema();
        let index = schema.index_of("line_item_usage_type").unwrap();
        let types = batch.column(index).as_string::<i32>();
        let moved: StringArray =
            types.iter().map(|text| text.map(|text| text.replace("APN2-BoxUsage:", "ZZ9-BoxUsage:"))).collect();
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        columns[index] = std::sync::Arc::new(moved);
        RecordBatch::try_new(schema, columns).unwrap()
    });
    let output = gravimeter(&["verify", dir.path().to_str().unwrap(), "--format", "csv"]).assert().code(3);
    let error = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(error.contains("error: the engines differ in "), "{error}");
    assert!(error.contains("ec2_instance_hours of 2024-01 is ") && error.contains(" by polars"), "{error}");
    let table = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(
        table.starts_with("level,key,column,gravimeter,polars,difference\nmonth,2023-05,unblended_cost,"),
        "{table}"
    );
    assert!(table.contains("\ninstance type,2024-01 "), "{table}");
    // Costs do not depend on where a machine stands.
    let costs = table.lines().filter(|line| line.contains("_cost,"));
    assert!(costs.into_iter().all(|line| line.ends_with(",0")), "{table}");
}
