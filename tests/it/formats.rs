//! Every format of the same rows gives the same `line_items`, apart from the written list of gaps (`docs/formats.md`).

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    compute::concat_batches,
    util::display::{ArrayFormatter, FormatOptions},
};
use gravimeter::{
    analysis::{Judge, Policy},
    engine::Engine,
    normalize::{Classify, Judges, LineItems},
    pricing::PriceBook,
    source::{Access, Memory, discover},
};

use crate::{
    support::{ROOT, Runs, column, copy_folder, failure, files, gravimeter, sql},
    twins::{Focus, Table, cur1_name, focus},
};

/// Columns of `line_items` that CUR 1 has nothing for: the account's name.
const CUR_1_LACKS: &[&str] = &["account_name"];

/// Facts that only the product columns of CUR have; on instance hours usage type and operation tell them too.
const PRODUCT_FACTS: &[&str] = &[
    "instance_type",
    "instance_family",
    "vcpu",
    "operating_system",
    "database_engine",
    "deployment_option",
    "tenancy",
];

/// Columns of `line_items` that FOCUS has nothing for.
const FOCUS_LACKS: &[&str] = &["identity_line_item_id", "identity_time_interval", "invoice_id", "amortized_upfront"];

/// Cost categories, which the FOCUS 1.2 of AWS leaves out.
const FOCUS_1_2_LACKS: &[&str] = &["cost_categories"];

/// Judges without anything that proves a version.
#[derive(Debug)]
struct Plain(Judge);

#[async_trait::async_trait]
impl Judges for Plain {
    async fn classifier(&self) -> gravimeter::error::Result<Arc<dyn Classify>> {
        Ok(self.0.classifier(None))
    }
}

/// One bill, to be asked in SQL.
struct Bill(Engine);

impl Bill {
    async fn of(source: &str) -> Self {
        let bill = discover(&[source.to_owned()], None, &Access::default(), &Memory::none()).await.unwrap();
        let judge = judge();
        let items = LineItems::open(&bill, judge.book(), Arc::new(Plain(judge.clone())), Arc::default()).await.unwrap();
        let engine = Engine::new(2, 1 << 30).unwrap();
        engine.context().register_table("line_items", Arc::new(items)).unwrap();
        Self(engine)
    }

    /// Returns the rows as texts with their column names, sorted.
    async fn rows(&self, sql: &str, without: &[&str]) -> Vec<String> {
        let batches = self.0.run(sql).await.unwrap();
        let batch = concat_batches(&batches[0].schema(), &batches).unwrap();
        let options = FormatOptions::default().with_null("-");
        let schema = batch.schema();
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(field, _)| !without.contains(&field.name().as_str()))
            .map(|(field, array)| (field.name(), ArrayFormatter::try_new(array, &options).unwrap()))
            .collect();
        let row = |row: usize| {
            let cells: Vec<String> = columns.iter().map(|(name, cell)| format!("{name}={}", cell.value(row))).collect();
            cells.join(" | ")
        };
        let mut rows: Vec<String> = (0..batch.num_rows()).map(row).collect();
        rows.sort_unstable();
        rows
    }
}

/// Checks that two multisets of rows are one, and shows the first rows that are not.
#[track_caller]
fn same(left: &[String], right: &[String], what: &str) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for row in left {
        *counts.entry(row).or_default() += 1;
    }
    for row in right {
        *counts.entry(row).or_default() -= 1;
    }
    let only = |sign: i64| counts.iter().filter(move |(_, count)| **count * sign > 0).map(|(row, _)| *row);
    let (here, there): (Vec<&str>, Vec<&str>) = (only(1).collect(), only(-1).collect());
    assert!(
        here.is_empty() && there.is_empty(),
        "{what}: {} rows only left, {} only right\nleft:  {}\nright: {}",
        here.len(),
        there.len(),
        here.first().unwrap_or(&""),
        there.first().unwrap_or(&"")
    );
}

fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Every Parquet file below a folder that is no status.
fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let is_data = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "parquet") && !path.to_string_lossy().contains("data_status")
    };
    files(folder).into_iter().filter(is_data).map(|path| folder.join(path)).collect()
}

/// Returns the month of a table's first row as year and month.
fn month(table: &Table, column: &str) -> (i32, u32) {
    use chrono::Datelike;
    let first = chrono::DateTime::from_timestamp_millis(table.time(column, 0).unwrap()).unwrap();
    (first.year(), first.month())
}

/// Writes a CUR 1 Parquet report again as `csv.gz` with create-new manifests.
fn as_cur1_csv(from: &Path, to: &Path) {
    for file in parquet_files(from) {
        let table = Table::read(&file);
        let (year, month) = month(&table, "bill_billing_period_start_date");
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let period = format!("r/{year}{month:02}01-{next_year}{next:02}01");
        let key = format!("{period}/20240203T040506Z/r-1.csv.gz");
        put(&to.join(&key), table.csv_gz(cur1_name));
        let manifest = format!(
            r#"{{"assemblyId":"a","reportName":"r","contentType":"text/csv","compression":"GZIP",
                "billingPeriod":{{"start":"{year}{month:02}01T000000.000Z"}},"reportKeys":["prefix/{key}"]}}"#
        );
        put(&to.join(format!("{period}/r-Manifest.json")), &manifest);
        put(&to.join(format!("{period}/20240203T040506Z/r-Manifest.json")), manifest);
    }
}

/// Writes the tables as a Data Exports delivery with its manifests.
fn deliver(tables: &[Table], start: &str, folder: &str, ending: &str, to: &Path, bytes: impl Fn(&Table) -> Vec<u8>) {
    for table in tables {
        let (year, month) = month(table, start);
        let partition = format!("{folder}={year}-{month:02}");
        put(&to.join(format!("e/data/{partition}/e-00001.{ending}")), bytes(table));
        let manifest = format!(
            r#"{{"executionId":"x","exportArn":"arn:e","columns":[],
                "dataFiles":["s3://bucket/prefix/e/data/{partition}/e-00001.{ending}"]}}"#
        );
        put(&to.join(format!("e/metadata/{partition}/e-Manifest.json")), manifest);
    }
}

fn judge() -> Judge {
    Judge::new(PriceBook::embedded().unwrap(), Policy::default())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn four_formats_of_the_same_rows_give_the_same_line_items() {
    let sample = Path::new(ROOT).join("sample-cur");
    let (cur1, cur2) = (sample.join("cur1"), sample.join("cur2"));
    let out = tempfile::tempdir().unwrap();
    let (cur1_csv, cur2_csv) = (out.path().join("cur1"), out.path().join("cur2"));
    as_cur1_csv(&cur1, &cur1_csv);
    let tables: Vec<Table> = parquet_files(&cur2).iter().map(|file| Table::read(file)).collect();
    let csv = |table: &Table| table.csv_gz(str::to_owned);
    deliver(&tables, "bill_billing_period_start_date", "BILLING_PERIOD", "csv.gz", &cur2_csv, csv);
    let all = "select * from line_items";
    let expected = Bill::of(text(&cur2)).await.rows(all, &[]).await;
    assert!(expected.len() > 1_000, "{} rows", expected.len());
    same(&expected, &Bill::of(text(&cur2_csv)).await.rows(all, &[]).await, "CUR 2.0 csv.gz");
    let expected = Bill::of(text(&cur2)).await.rows(all, CUR_1_LACKS).await;
    same(&expected, &Bill::of(text(&cur1)).await.rows(all, CUR_1_LACKS).await, "CUR 1 Parquet");
    same(&expected, &Bill::of(text(&cur1_csv)).await.rows(all, CUR_1_LACKS).await, "CUR 1 csv.gz");
}

#[tokio::test]
async fn focus_of_the_same_rows_gives_the_same_line_items_apart_from_the_gaps() {
    let cur2 = Path::new(ROOT).join("sample-cur/cur2");
    let tables: Vec<Table> = parquet_files(&cur2).iter().map(|file| Table::read(file)).collect();
    let cur = Bill::of(text(&cur2)).await;
    // A Savings Plan's covered usage is billed 0, no negation takes its price back, and what is global has no region.
    let without_negation = "select * replace (nullif(region, 'global') as region,
            case charge_type when 'SavingsPlanCoveredUsage' then 0 else unblended_cost end as unblended_cost)
        from line_items where charge_type <> 'SavingsPlanNegation'";
    let all = "select * from line_items";
    let totals =
        "select month, sum(unblended_cost) as unblended, sum(amortized_cost) as amortized, sum(list_cost) as list
                  from line_items group by 1";
    let on_hours = |sql: &str| format!("select * from ({sql}) where usage_kind = 'instance_hours'");
    let expected_totals = cur.rows(totals, &[]).await;
    for version in [Focus::V1_0, Focus::V1_2] {
        let of_version: &[&str] = if version == Focus::V1_0 { &[] } else { FOCUS_1_2_LACKS };
        let lacks = &[FOCUS_LACKS, of_version].concat();
        let gaps = [PRODUCT_FACTS, lacks].concat();
        let expected = cur.rows(without_negation, &gaps).await;
        let expected_hours = cur.rows(&on_hours(without_negation), lacks).await;
        let rows: Vec<Table> = tables.iter().map(|table| focus(table, version)).collect();
        for ending in ["csv.gz", "snappy.parquet"] {
            let what = format!("{version:?} {ending}");
            let out = tempfile::tempdir().unwrap();
            let bytes = |table: &Table| if ending == "csv.gz" { table.csv_gz(str::to_owned) } else { table.parquet() };
            deliver(&rows, "BillingPeriodStart", "billing_period", ending, out.path(), bytes);
            let bill = Bill::of(text(out.path())).await;
            same(&expected_totals, &bill.rows(totals, &[]).await, &what);
            same(&expected, &bill.rows(all, &gaps).await, &what);
            same(&expected_hours, &bill.rows(&on_hours(all), lacks).await, &format!("{what}, instance hours"));
            if version == Focus::V1_0 {
                for gap in PRODUCT_FACTS {
                    let sql = format!("select {gap}, count(*) from ({without_negation}) group by 1");
                    let found = bill.rows(&format!("select {gap}, count(*) from line_items group by 1"), &[]).await;
                    assert_ne!(cur.rows(&sql, &[]).await, found, "{gap} is no gap");
                }
            }
        }
    }
}

#[test]
fn cur_and_focus_of_one_payer_are_one_bill() {
    let cur2 = Path::new(ROOT).join("sample-cur/cur2");
    let out = tempfile::tempdir().unwrap();
    copy_folder(&cur2, &out.path().join("exports/cur"));
    let rows: Vec<Table> = parquet_files(&cur2).iter().map(|file| focus(&Table::read(file), Focus::V1_2)).collect();
    let csv = |table: &Table| table.csv_gz(str::to_owned);
    deliver(&rows, "BillingPeriodStart", "billing_period", "csv.gz", &out.path().join("exports/focus"), csv);
    let source = text(out.path());
    let sum = "select sum(unblended_cost) as u, sum(amortized_cost) as a from monthly_costs";
    let said = failure(&["sql", source, "-c", sum], 2);
    for word in
        ["2 exports of the payer", "e (FOCUS 1.2 CSV, 2023-05 to 2024-02)", "seoul-cur2 (CUR 2.0 Parquet, ", "--export"]
    {
        assert!(said.contains(word), "\"{word}\" is not in: {said}");
    }
    let chosen = ["e", "seoul-cur2"].map(|name| {
        let args = ["sql", source, "--export", name, "--quiet", "--format", "json", "-c", sum];
        let output = gravimeter(&args).assert().success();
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.get_output().stdout).unwrap();
        (column(&rows, "u"), column(&rows, "a"))
    });
    assert_eq!(chosen[0], chosen[1]);
}

#[tokio::test]
async fn real_cur_1_as_csv_gives_the_line_items_of_its_parquet() {
    for name in ["wa-labs-licensing", "wa-labs-2018-10"] {
        let from = Path::new(ROOT).join("../shared/cur-data").join(name);
        if !from.is_dir() {
            eprintln!("skipped: {} is not here", from.display());
            continue;
        }
        let out = tempfile::tempdir().unwrap();
        as_cur1_csv(&from, out.path());
        let all = "select * from line_items";
        let expected = Bill::of(text(&from)).await.rows(all, &[]).await;
        same(&expected, &Bill::of(text(out.path())).await.rows(all, &[]).await, name);
    }
}

/// Returns the cost of each month that has a tag, as the report and as SQL finds it.
fn tagged(source: &Path, tag: &str, key: &str) -> (Vec<String>, Vec<String>) {
    let out = tempfile::tempdir().unwrap();
    let args = ["report", text(source), "--tag", tag, "--format", "json", "--out", text(out.path())];
    gravimeter(&args).assert().success();
    let report = fs::read_to_string(out.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let value = tag.split_once('=').unwrap().1;
    let statement = format!(
        "select sum(case when coalesce(tags['{key}'], '') = '{value}' then amortized_cost else 0 end) as cost
            from line_items group by month order by month"
    );
    (column(report["months"].as_array().unwrap(), "amortized_cost"), column(&sql(text(source), &statement), "cost"))
}

#[test]
fn tags_of_every_format_tell_rows_apart() {
    let sample = Path::new(ROOT).join("sample-cur");
    let (cur1, cur2) = (sample.join("cur1"), sample.join("cur2"));
    let out = tempfile::tempdir().unwrap();
    as_cur1_csv(&cur1, &out.path().join("cur1"));
    let tables: Vec<Table> = parquet_files(&cur2).iter().map(|file| Table::read(file)).collect();
    let csv = |table: &Table| table.csv_gz(str::to_owned);
    let start = "bill_billing_period_start_date";
    deliver(&tables, start, "BILLING_PERIOD", "csv.gz", &out.path().join("cur2"), csv);
    let rows: Vec<Table> = tables.iter().map(|table| focus(table, Focus::V1_2)).collect();
    deliver(&rows, "BillingPeriodStart", "billing_period", "csv.gz", &out.path().join("focus"), csv);
    deliver(&rows, "BillingPeriodStart", "billing_period", "snappy.parquet", &out.path().join("table"), Table::parquet);
    let (expected, _) = tagged(&cur2, "team=data", "user_team");
    assert!(expected.len() > 5 && expected.iter().any(|cost| cost != "0"), "{expected:?}");
    for name in ["cur1", "cur2", "focus", "table"] {
        let (report, line_items) = tagged(&out.path().join(name), "team=data", "user_team");
        assert_eq!(report, expected, "{name}");
        assert_eq!(report, line_items, "{name}");
    }
}

#[test]
fn keys_that_differ_in_letter_case_are_two_tags() {
    let cur2 = Path::new(ROOT).join("sample-cur/cur2");
    let out = tempfile::tempdir().unwrap();
    let tables: Vec<Table> = parquet_files(&cur2).iter().take(2).map(|file| Table::read(file)).collect();
    let bytes = |table: &Table| {
        let mut csv = String::new();
        flate2::read::GzDecoder::new(&*table.csv_gz(str::to_owned)).read_to_string(&mut csv).unwrap();
        let lines = csv.split_inclusive('\n').enumerate();
        let renamed = |(number, line): (usize, &str)| {
            if number % 2 == 0 { line.replace("user_team", "TEAM") } else { line.to_owned() }
        };
        lines.map(renamed).collect::<String>().into_bytes()
    };
    deliver(&tables, "bill_billing_period_start_date", "BILLING_PERIOD", "csv", out.path(), bytes);
    for key in ["TEAM", "user_team"] {
        for value in ["data", ""] {
            let (report, line_items) = tagged(out.path(), &format!("{key}={value}"), key);
            assert_eq!(report, line_items, "{key}={value}");
            assert!(report.iter().any(|cost| cost != "0"), "{key}={value}: {report:?}");
        }
    }
    let said = failure(&["report", text(out.path()), "--tag", "team=data"], 2);
    assert!(said.contains("the tag \"team\" may be TEAM or user_team"), "{said}");
}
