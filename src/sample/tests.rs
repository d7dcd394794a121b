//! The sample as files: what a reader of its doubles gets, that both formats agree, and that its bytes are stable.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, TimestampMillisecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rust_decimal::Decimal;

use super::*;

/// The sample in a temporary folder.
fn sample(months: u32, seed: u64) -> (tempfile::TempDir, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let summary = write(dir.path(), &Options { months, seed }).unwrap();
    (dir, summary)
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(dir)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(dir).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = std::sync::Arc::clone(reader.schema());
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn cur1(dir: &Path, month: &str) -> RecordBatch {
    let (year, month) = month.split_once('-').unwrap();
    let month = month.trim_start_matches('0');
    read(&dir.join(format!("cur1/seoul-cur1/seoul-cur1/year={year}/month={month}/seoul-cur1-00001.snappy.parquet")))
}

fn cur2(dir: &Path, month: &str) -> RecordBatch {
    read(&dir.join(format!("cur2/seoul-cur2/data/BILLING_PERIOD={month}/seoul-cur2-00001.snappy.parquet")))
}

/// The decimal that a double spells shortest.
fn exact(value: f64) -> Decimal {
    Decimal::from_scientific(&format!("{value:e}")).or_else(|_| Decimal::from_str(&value.to_string())).unwrap()
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<Decimal> {
    let column = batch.column_by_name(name).unwrap().as_primitive::<Float64Type>();
    column.iter().map(|value| exact(value.unwrap_or_default())).collect()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).unwrap().as_string::<i32>();
    column.iter().map(|value| value.unwrap_or_default().to_owned()).collect()
}

fn total(batch: &RecordBatch, product_code: Option<&str>) -> Decimal {
    let codes = texts(batch, "line_item_product_code");
    let costs = numbers(batch, "line_item_unblended_cost");
    let wanted = |code: &String| product_code.is_none_or(|wanted| wanted == code);
    codes.iter().zip(costs).filter(|(code, _)| wanted(code)).map(|(_, cost)| cost).sum()
}

#[test]
fn the_doubles_add_up_to_the_published_figures() {
    let (dir, summary) = sample(10, 1);
    for read in [cur1, cur2] {
        let (may, january) = (read(dir.path(), "2023-05"), read(dir.path(), "2024-01"));
        assert_eq!(total(&may, None), Decimal::from(45_691));
        assert_eq!(total(&january, None), Decimal::from(39_374));
        let rds = |batch| total(batch, Some("AmazonRDS"));
        assert_eq!(rds(&may) - rds(&january), Decimal::from(6_046));
        let share = rds(&may) / Decimal::from(45_691);
        assert!(share > Decimal::new(49, 2) && share < Decimal::new(51, 2), "RDS is half of the bill: {share}");
    }
    assert!(summary.bytes < 4_000_000, "{} bytes", summary.bytes);
    assert_eq!(summary.files, 10 * 4 + 3);
}

#[test]
fn both_formats_hold_the_same_rows() {
    let (dir, _) = sample(10, 1);
    for period in Period::first_months(10) {
        let month = period.month.to_string();
        let (one, two) = (cur1(dir.path(), &month), cur2(dir.path(), &month));
        assert_eq!(one.num_rows(), two.num_rows());
        for field in one.schema().fields() {
            assert!(!field.is_nullable(), "{} is required", field.name());
            let Some(column) = two.column_by_name(field.name()) else {
                let elsewhere = ["product_", "resource_tags_", "cost_category_"];
                assert!(elsewhere.iter().any(|family| field.name().starts_with(family)), "{}", field.name());
                continue;
            };
            match column.data_type() {
                arrow::datatypes::DataType::Utf8 => {
                    assert_eq!(texts(&one, field.name()), texts(&two, field.name()), "{month} {}", field.name());
                }
                arrow::datatypes::DataType::Float64 => {
                    assert_eq!(numbers(&one, field.name()), numbers(&two, field.name()), "{month} {}", field.name());
                }
                _ => {
                    let times = |batch: &RecordBatch| {
                        let column = batch.column_by_name(field.name()).unwrap();
                        column.as_primitive::<TimestampMillisecondType>().values().to_vec()
                    };
                    assert_eq!(times(&one), times(&two), "{month} {}", field.name());
                }
            }
        }
        // The maps of CUR 2.0 say what the columns of CUR 1 say.
        let map = two.column_by_name("product").unwrap().as_map();
        for (row, name) in texts(&one, "product_product_name").iter().enumerate() {
            let entries = map.value(row);
            let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
            let found = (0..keys.len()).find(|at| keys.value(*at) == "product_name").map(|at| values.value(at));
            assert_eq!(found.unwrap_or_default(), name);
        }
    }
}

#[test]
fn columns_come_with_the_purchase() {
    let (dir, _) = sample(5, 1);
    let has = |month: &str, name: &str| cur1(dir.path(), month).column_by_name(name).is_some();
    assert!(!has("2023-06", "reservation_reservation_a_r_n") && has("2023-07", "reservation_reservation_a_r_n"));
    assert!(!has("2023-08", "savings_plan_offering_type") && has("2023-09", "savings_plan_offering_type"));
    assert!(has("2023-05", "savings_plan_savings_plan_a_r_n") && has("2023-05", "reservation_subscription_id"));
    assert!(!has("2023-05", "resource_tags_user_team") && has("2023-06", "resource_tags_user_team"));
}

#[test]
fn the_open_month_has_no_invoice() {
    let (dir, _) = sample(10, 1);
    let invoices =
        |month: &str| texts(&cur2(dir.path(), month), "bill_invoice_id").into_iter().collect::<BTreeSet<_>>();
    assert_eq!(invoices("2024-02"), BTreeSet::from([String::new()]));
    assert_eq!(invoices("2024-01").len(), 1);
    assert!(!invoices("2024-01").contains(""));
}

#[test]
fn all_line_item_types_are_there() {
    let (dir, _) = sample(10, 1);
    let mut types = BTreeSet::new();
    for period in Period::first_months(10) {
        types.extend(texts(&cur1(dir.path(), &period.month.to_string()), "line_item_line_item_type"));
    }
    let expected = [
        "Credit",
        "DiscountedUsage",
        "Fee",
        "RIFee",
        "Refund",
        "SavingsPlanCoveredUsage",
        "SavingsPlanNegation",
        "SavingsPlanRecurringFee",
        "Tax",
        "Usage",
    ];
    assert_eq!(types, expected.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn the_same_options_give_the_same_bytes_and_a_seed_changes_names_only() {
    let (first, second, other) = (sample(2, 1).0, sample(2, 1).0, sample(2, 7).0);
    assert!(files(first.path()) == files(second.path()), "two runs differ");
    let (one, other) = (cur2(first.path(), "2023-06"), cur2(other.path(), "2023-06"));
    assert_eq!(numbers(&one, "line_item_unblended_cost"), numbers(&other, "line_item_unblended_cost"));
    assert_eq!(numbers(&one, "line_item_usage_amount"), numbers(&other, "line_item_usage_amount"));
    assert_ne!(texts(&one, "line_item_resource_id"), texts(&other, "line_item_resource_id"));
}

#[test]
fn only_an_earlier_sample_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("gravimeter.toml"), "export = \"mine\"\n").unwrap();
    let refused = write(dir.path(), &Options { months: 1, seed: 1 }).unwrap_err();
    assert_eq!(refused.kind(), crate::error::Kind::Usage);
    assert_eq!(files(dir.path()).len(), 1);
    let (dir, longer) = sample(2, 1);
    let shorter = write(dir.path(), &Options { months: 1, seed: 1 }).unwrap();
    assert_eq!((longer.files - shorter.files, files(dir.path()).len()), (4, shorter.files));
    for months in [0, 11] {
        assert!(write(dir.path(), &Options { months, seed: 1 }).is_err());
    }
}

#[test]
fn line_item_ids_are_unique_within_their_interval() {
    let (dir, _) = sample(10, 1);
    let batch = cur2(dir.path(), "2023-11");
    let keys = texts(&batch, "identity_line_item_id").into_iter().zip(texts(&batch, "identity_time_interval"));
    assert_eq!(keys.collect::<BTreeSet<_>>().len(), batch.num_rows());
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-cur")
}

#[test]
fn the_committed_sample_is_what_is_written() {
    let (dir, _) = sample(10, 1);
    let (written, committed) = (files(dir.path()), files(&committed()));
    assert_eq!(written.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    for (path, bytes) in &written {
        assert!(committed[path] == *bytes, "{} differs: run the ignored test below", path.display());
    }
}

/// Writes `sample-cur` anew; run it, and nothing else at the same time, after a change to the story.
#[test]
#[ignore = "writes into the source tree"]
fn regenerate() {
    write(&committed(), &Options::default()).unwrap();
}
