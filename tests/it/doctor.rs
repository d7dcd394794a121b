//! The health check, on sound bills and on broken ones.

use std::{
    fs,
    path::{Path, PathBuf},
};

use arrow::compute::concat_batches;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    real_bills::bill,
    support::{ROOT, Runs, copy_folder, gravimeter, rewrite, without},
};

fn examine(source: &str, code: i32) -> Value {
    let output = gravimeter(&["doctor", source, "--quiet", "--format", "json"]).assert().code(code);
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Returns the findings of a check, as "severity: months: message".
fn said(document: &Value, check: &str) -> Vec<String> {
    let findings = document["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    findings
        .map(|finding| {
            let months: Vec<&str> = finding["months"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
            let (severity, message) = (finding["severity"].as_str().unwrap(), finding["message"].as_str().unwrap());
            format!("{severity}: {}: {message}", months.join(" "))
        })
        .collect()
}

/// A copy of an export of the sample, to be broken.
fn copy(export: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&Path::new(ROOT).join("sample-cur").join(export), dir.path());
    let root = dir.path().to_owned();
    (dir, root)
}

fn data(root: &Path, month: &str) -> PathBuf {
    root.join(format!("seoul-cur2/data/BILLING_PERIOD={month}/seoul-cur2-00001.snappy.parquet"))
}

fn states(document: &Value) -> Vec<(String, String)> {
    let months = document["exports"][0]["months"].as_array().unwrap().iter();
    months.map(|m| (m["month"].as_str().unwrap().to_owned(), m["state"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn the_sample_is_sound() {
    let document = examine("sample-cur", 0);
    assert_eq!((&document["problems"], &document["warnings"]), (&0.into(), &0.into()));
    assert_eq!(document["exports"][0]["not_read_because"], "another export is chosen");
    let months = document["exports"][1]["months"].as_array().unwrap();
    assert_eq!(months.len(), 10);
    assert_eq!((&months[0]["line_items"], &months[0]["unblended_cost"]["USD"]), (&4098.into(), &"45691".into()));
    assert_eq!((&months[0]["state"], &months[9]["state"]), (&"final".into(), &"partial".into()));
    assert_eq!(months[9]["data_through"], "2024-02-18");
    assert_eq!(said(&document, "duplicates"), ["ok: : none among 41,074 line items"]);
    assert_eq!(said(&document, "gaps"), ["ok: : none in 10 months"]);
    let page = gravimeter(&["doctor", "sample-cur", "--quiet"]).assert().success();
    let page = String::from_utf8(page.get_output().stdout.clone()).unwrap();
    assert!(page.contains("2023-05      1  69.3 KiB       4,098  45,691.00 USD  2023-05-31    final"), "{page}");
    assert!(page.ends_with("0 problems, 0 warnings, 5 notes\n"), "{page}");
}

#[test]
fn rows_that_are_there_twice_are_a_problem() {
    let (_dir, root) = copy("cur2");
    // Five batches, each with its last 25 rows again.
    rewrite(&data(&root, "2023-09"), |batch| {
        let again = batch.slice(batch.num_rows() - 25, 25);
        concat_batches(&batch.schema(), [&batch, &again]).unwrap()
    });
    let document = examine(root.to_str().unwrap(), 3);
    let found = said(&document, "duplicates");
    assert!(found[0].starts_with("problem: 2023-09: 125 line items too many, worth "), "{found:?}");
    assert_eq!(document["problems"], 1);
}

#[test]
fn a_broken_month_is_named_and_the_others_are_examined() {
    let (_dir, root) = copy("cur2");
    fs::remove_file(data(&root, "2023-09")).unwrap();
    let bytes = fs::read(data(&root, "2023-10")).unwrap();
    fs::write(data(&root, "2023-10"), &bytes[..bytes.len() / 2]).unwrap();
    rewrite(&data(&root, "2023-11"), |batch| without(&batch, "line_item_unblended_cost"));
    let document = examine(root.to_str().unwrap(), 3);
    let files = said(&document, "files");
    assert!(files[0].contains("2023-09") && files[0].contains("is missing"), "{files:?}");
    assert!(files[1].contains("BILLING_PERIOD=2023-10"), "{files:?}");
    let rows = said(&document, "rows");
    assert!(rows[0].starts_with("problem: 2023-11: ") && rows[0].contains("line_item_unblended_cost"), "{rows:?}");
    assert_eq!(document["exports"][0]["broken_months"], serde_json::json!(["2023-09", "2023-10"]));
    let states = states(&document);
    assert_eq!(states.len(), 8);
    assert_eq!(states[4], ("2023-11".to_owned(), "cannot be read".to_owned()));
    assert_eq!(states.iter().filter(|(_, state)| state == "final").count(), 6);
}

#[test]
fn holes_and_absent_columns_are_told() {
    let (_dir, root) = copy("cur2");
    // The rows of the sample are by the day: what begins on the 10th is taken out.
    rewrite(&data(&root, "2023-06"), |batch| {
        let starts = batch.column_by_name("line_item_usage_start_date").unwrap();
        let starts = arrow::compute::cast(starts, &arrow::datatypes::DataType::Date32).unwrap();
        let tenth = arrow::array::Date32Array::from(vec![19_518; batch.num_rows()]);
        let keep = arrow::compute::kernels::cmp::neq(&starts, &tenth).unwrap();
        arrow::compute::filter_record_batch(&batch, &keep).unwrap()
    });
    rewrite(&data(&root, "2023-07"), |batch| without(&without(&batch, "identity_line_item_id"), "bill_invoice_id"));
    let document = examine(root.to_str().unwrap(), 0);
    let gaps = said(&document, "gaps");
    assert!(gaps[0].starts_with("warning: 2023-06: no usage begins in 1 day"), "{gaps:?}");
    assert!(gaps[0].contains("from 2023-06-10 00:00 to 2023-06-11 00:00 UTC"), "{gaps:?}");
    assert!(said(&document, "duplicates")[0].starts_with("note: 2023-07: cannot be checked"));
    assert!(
        said(&document, "finality").iter().any(|text| text.starts_with("note: 2023-07: no column bill_invoice_id"))
    );
}

#[test]
fn two_exports_of_a_payer_are_a_problem_that_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for export in ["cur1", "cur2"] {
        copy_folder(&Path::new(ROOT).join("sample-cur").join(export), &dir.path().join(export));
    }
    let source = dir.path().to_str().unwrap();
    let document = examine(source, 3);
    assert!(said(&document, "source")[0].contains("2 exports of the payer"), "{document}");
    assert_eq!(said(&document, "duplicates").len(), 2);
    let chosen = gravimeter(&["doctor", source, "--export", "seoul-cur1", "--quiet"]).assert().success();
    assert!(String::from_utf8_lossy(&chosen.get_output().stdout).contains("another export is chosen"));
}

#[test]
fn real_bills_are_examined() {
    for (name, state, lines) in [
        ("wa-labs-2018-10", "final", 119_307),
        ("wa-labs-licensing", "partial", 7_850),
        ("cur2-2026-04", "partial", 1_882),
        ("cur2-2026-04-csv", "partial", 1_882),
        ("cur1-csv-2023-11", "partial", 1_281),
        ("nise-2025-q1", "complete, not final", 14_880),
    ] {
        let Some(bill) = bill(name) else { continue };
        let document = examine(&bill, 0);
        assert_eq!(states(&document)[0].1, state, "{name}");
        assert_eq!(document["exports"][0]["months"][0]["line_items"], lines, "{name}");
        assert!(said(&document, "duplicates")[0].starts_with("ok: : none among"), "{name}");
    }
}
