//! What `sql` writes: eight formats that say the same, and the columns that it offers.

use std::{fs, path::Path};

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Decimal128Type},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::support::{ROOT, Runs, copy_folder, failure, files, gravimeter, rewrite, sql};

const STATEMENT: &str =
    "select month, product_code, sum(amortized_cost) as cost, count(*) as n, max(currency) = 'USD' as usd
    from monthly_costs where month >= '2023-12-01' group by 1, 2 order by 1, 2";

fn written(format: &str) -> Vec<u8> {
    let args = ["sql", "sample-cur", "-q", "--format", format, "-c", STATEMENT];
    gravimeter(&args).assert().success().get_output().stdout.clone()
}

fn text(format: &str) -> String {
    String::from_utf8(written(format)).unwrap()
}

#[test]
fn every_format_says_the_same() {
    let json: Vec<Value> = serde_json::from_str(&text("json")).unwrap();
    assert!(json.len() > 20);
    let lines: Vec<Value> = text("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, json);
    let plain = |row: &Value, separator: &str| {
        ["month", "product_code", "cost", "n", "usd"]
            .map(|name| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned))
            .join(separator)
    };
    for (format, separator) in [("csv", ","), ("tsv", "\t")] {
        let rows: Vec<String> = text(format).lines().skip(1).map(str::to_owned).collect();
        assert_eq!(rows, json.iter().map(|row| plain(row, separator)).collect::<Vec<_>>(), "{format}");
    }
    let markdown: Vec<String> = text("markdown").lines().skip(2).map(str::to_owned).collect();
    assert_eq!(markdown, json.iter().map(|row| format!("| {} |", plain(row, " | "))).collect::<Vec<_>>());
    assert_eq!(text("table").lines().count(), json.len() + 2);

    let file = bytes::Bytes::from(written("parquet"));
    let batches: Vec<_> =
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect();
    let costs: Vec<String> = batches
        .iter()
        .flat_map(|batch| {
            let cost = batch.column_by_name("cost").unwrap();
            assert!(matches!(cost.data_type(), DataType::Decimal128(..)));
            let cost = cost.as_primitive::<Decimal128Type>();
            (0..cost.len()).map(|row| cost.value_as_string(row)).collect::<Vec<_>>()
        })
        .collect();
    let trimmed = |text: &String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    assert_eq!(
        costs.iter().map(trimmed).collect::<Vec<_>>(),
        json.iter().map(|row| row["cost"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    );
}

#[test]
fn a_workbook_has_typed_cells_and_the_same_bytes_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("answer.xlsx");
    let statement = "select date '2024-01-31' as day, 12.5 as amount, '=1+1' as name, null as nothing, true as flag";
    let run = || {
        gravimeter(&["sql", "--out", file.to_str().unwrap(), "-c", statement]).assert().success();
        fs::read(&file).unwrap()
    };
    let first = run();
    assert_eq!(first, run());
    assert!(first.starts_with(b"PK"));
    failure(&["sql", "--out", file.to_str().unwrap(), "-c", "select 1; select 2"], 2);
    assert_eq!(fs::read(&file).unwrap(), first, "a run that fails leaves the file as it was");
}

#[test]
fn tags_are_found_under_every_spelling_of_their_key() {
    let by = |source: &str, key: &str| {
        sql(
            source,
            &format!("select tag('{key}') as value, sum(amortized_cost) as cost from line_items group by 1 order by 1"),
        )
    };
    let wanted = by("sample-cur/cur2", "team");
    assert!(wanted.len() > 2, "{wanted:?}");
    for key in ["user:team", "user_team", "Team"] {
        assert_eq!(by("sample-cur/cur2", key), wanted, "{key}");
        assert_eq!(by("sample-cur/cur1", key), wanted, "{key}");
    }
    let error = failure(&["sql", "sample-cur", "-q", "-c", "select tag('x') from monthly_costs"], 2);
    assert!(error.contains("tags"), "{error}");
}

#[test]
fn functions_know_what_map_and_the_price_table_know() {
    let rows = sql(
        "sample-cur",
        "select architecture('m5.large') as a, architecture('db.r6g.large') as b, architecture('nothing.large') as c,
                normalized_units('c6a.48xlarge') as d, normalized_units('nothing') as e,
                graviton_target('m5.large', 'us-east-1') as f, graviton_target('g4dn.xlarge', 'us-east-1') as g,
                list_price('m5.large', 'us-east-1') as h, list_price('m5.large', 'us-east-1', 'Windows') as i,
                list_price('db.r5.large', 'ap-northeast-2', 'PostgreSQL|Multi-AZ') as j, list_price('m5.large', 'mars-1') as k,
                graviton_target('cache.r5.large', 'us-east-1', 'Redis') as l",
    );
    let prices = sql(
        "sample-cur",
        "select item, variant, price from prices where term = 'OnDemand'
            and ((service = 'EC2' and region = 'us-east-1' and item = 'm5.large')
                or (service = 'RDS' and region = 'ap-northeast-2' and item = 'db.r5.large'))",
    );
    let listed = |variant: &str| prices.iter().find(|row| row["variant"] == variant).map(|row| row["price"].clone());
    let row = &rows[0];
    assert_eq!((&row["a"], &row["b"], &row["c"]), (&"x86_64".into(), &"arm64".into(), &Value::Null));
    assert_eq!((&row["d"], &row["e"]), (&"384".into(), &Value::Null));
    assert_eq!((&row["f"], &row["g"]), (&"m6g.large".into(), &Value::Null));
    assert_eq!(Some(&row["h"]), listed("Linux").as_ref());
    assert_eq!(Some(&row["i"]), listed("Windows").as_ref());
    assert_eq!(Some(&row["j"]), listed("PostgreSQL|Multi-AZ").as_ref());
    assert_eq!(row["k"], Value::Null);
    assert!(row["l"].as_str().unwrap().starts_with("cache."), "{row}");
}

/// A view may hide what a statement asks for: verdicts come with the versions that Extended Support proves all the same.
#[test]
fn verdicts_are_those_of_the_whole_bill_also_through_a_view() {
    let direct = sql("sample-cur", "select verdict, reason, count(*) as n from line_items group by 1, 2 order by 1, 2");
    let args = [
        "sql",
        "sample-cur",
        "-q",
        "--format",
        "json",
        "-c",
        "create view v as select * from line_items; create view w as select verdict as a, reason as b from v;
         select a as verdict, b as reason, count(*) as n from w group by 1, 2 order by 1, 2",
    ];
    let run = gravimeter(&args).assert().success();
    let through: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(direct, through);
    assert!(direct.len() > 5);
}

#[test]
fn lint_talks_on_stderr_and_stops_nothing() {
    let statement = "select product_code, sum(unblended_cost) from line_items group by 1";
    let run = gravimeter(&["sql", "sample-cur", "-q", "--lint", "--format", "csv", "-c", statement]).assert().success();
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    for rule in ["lint: L1 ", "lint: L2 ", "lint: L5 "] {
        assert!(said.contains(rule), "{said}");
    }
    assert!(String::from_utf8_lossy(&run.get_output().stdout).lines().count() > 5);
    let careful =
        "select month, sum(amortized_cost) from line_items where charge_type <> 'Tax' group by month, currency";
    let run = gravimeter(&["sql", "sample-cur", "-q", "--lint", "-c", careful]).assert().success();
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(!said.contains("lint: L1 ") && !said.contains("lint: L2 "), "{said}");
}

/// Found in a bill whose last month was a header only: the tables of cells could not be read.
#[test]
fn a_month_without_rows_is_no_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&Path::new(ROOT).join("sample-cur/cur2"), dir.path());
    let of_february =
        |path: &Path| path.to_string_lossy().contains("2024-02") && path.extension().unwrap() == "parquet";
    for file in files(dir.path()).iter().filter(|path| of_february(path)) {
        rewrite(&dir.path().join(file), |batch| batch.slice(0, 0));
    }
    let statement = "select (select sum(amortized_cost) from daily_costs) as days,
        (select sum(amortized_cost) from resource_costs) as resources, (select sum(amortized_cost) from line_items) as lines,
        (select count(distinct month) from hourly_usage) as months";
    let row = &sql(dir.path().to_str().unwrap(), statement)[0];
    assert_eq!((&row["days"], &row["resources"]), (&row["lines"], &row["lines"]));
    assert_eq!(row["months"], 9);
}
