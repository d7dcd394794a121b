//! The query library: every query has its result on the sample, and its header says what it returns.
//!
//! To accept a change: run with `GRAVIMETER_ACCEPT=1`, and read the difference.

use std::{collections::BTreeMap, fs, path::Path};

use gravimeter::{engine::QUERIES, sql::library::Library};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{ROOT, Runs, failure, gravimeter};

/// Values for parameters that have no default.
fn given(name: &str) -> &'static [&'static str] {
    match name {
        "cost_by_tag" | "untagged_cost_by_service" => &["key=team"],
        _ => &[],
    }
}

fn run(name: &str, format: &str, more: &[&str]) -> Vec<u8> {
    let mut args = vec!["query", "run", name, "sample-cur", "-q", "--format", format];
    for param in given(name) {
        args.extend(["--param", param]);
    }
    args.extend(more);
    gravimeter(&args).assert().success().get_output().stdout.clone()
}

#[test]
fn every_query_gives_its_golden_result_on_the_sample() {
    let folder = Path::new(ROOT).join("tests/golden/queries");
    let accepts = std::env::var_os("GRAVIMETER_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for query in Library::embedded(QUERIES).unwrap().iter() {
        let found = String::from_utf8(run(&query.name, "csv", &[])).unwrap();
        let file = folder.join(format!("{}.csv", query.name));
        if accepts {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &found).unwrap();
        } else if fs::read_to_string(&file).ok().as_ref() != Some(&found) {
            wrong.push(format!("{}:\n{found}", query.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let golden = crate::support::files(&folder).len();
    assert_eq!(golden, QUERIES.len(), "each query has one golden file, and each file its query");
}

#[test]
fn every_header_names_the_columns_and_types_that_come_out() {
    let library = Library::embedded(QUERIES).unwrap();
    assert!(library.iter().filter(|query| !query.name.contains('/')).count() >= 25);
    for query in library.iter() {
        let file = bytes::Bytes::from(run(&query.name, "parquet", &[]));
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = reader.schema();
        let found: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let said: Vec<&str> = query.header.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(said, found, "{}", query.name);
        for (column, field) in query.header.columns.iter().zip(schema.fields()) {
            assert!(column.fits(field.data_type()), "{}: {} is {}", query.name, column.name, field.data_type());
        }
        for input in &query.header.inputs {
            assert!(gravimeter::tables::Table::named(input).is_some(), "{}: {input}", query.name);
        }
    }
}

#[test]
fn queries_are_listed_shown_and_run_with_parameters() {
    let list = gravimeter(&["query", "list", "--format", "csv"]).assert().success();
    let list = String::from_utf8(list.get_output().stdout.clone()).unwrap();
    for query in Library::embedded(QUERIES).unwrap().iter() {
        assert!(list.lines().any(|line| line.starts_with(&format!("{},", query.name))), "{}", query.name);
    }
    let shown = gravimeter(&["query", "show", "cost_by_service"]).assert().success();
    let file = fs::read(Path::new(ROOT).join("queries/explore/cost_by_service.sql")).unwrap();
    assert_eq!(shown.get_output().stdout, file);

    let newest = run("top_opportunities", "csv", &["--param", "top=2"]);
    let january = run("top_opportunities", "csv", &["--param", "top=2", "--param", "month=2024-01"]);
    assert_eq!(newest, january, "the last complete month is January");
    assert_eq!(String::from_utf8(newest).unwrap().lines().count(), 3);
    let may = run("top_opportunities", "csv", &["--param", "top=2", "--param", "month=2023-05"]);
    assert_ne!(january, may);

    let error = failure(&["query", "run", "cost_by_service", "sample-cur", "-q", "--param", "nothing=1"], 2);
    assert!(error.contains("no parameter nothing"), "{error}");
    let error = failure(&["query", "run", "cost_by_tag", "sample-cur", "-q"], 2);
    assert!(error.contains("needs the parameter key") && error.contains("--param key=VALUE"), "{error}");
    let error = failure(&["query", "run", "cost_by_servise", "sample-cur", "-q"], 2);
    assert!(error.contains("did you mean") && error.contains("cost_by_service"), "{error}");
    let error = failure(&["query", "run", "cost_by_service"], 2);
    assert!(error.contains("needs a bill"), "{error}");
}

#[test]
fn a_folder_of_ones_own_queries_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let text = "-- purpose: who pays\n-- grain:   one row\n-- inputs:  line_items\n-- parameters:\n--   $who  text  an account\n\
                -- columns:\n--   n  bigint, count of line items\nselect count(*) as n from line_items where account_id = $who\n";
    fs::write(dir.path().join("who.sql"), text).unwrap();
    let folder = dir.path().to_str().unwrap();
    let run = |who: &str| {
        let param = format!("who={who}");
        let args =
            ["query", "run", "who", "sample-cur", "-q", "--queries", folder, "--format", "csv", "--param", &param];
        let text = String::from_utf8(gravimeter(&args).assert().success().get_output().stdout.clone()).unwrap();
        text.lines().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let rows =
        crate::support::sql("sample-cur", "select account_id, count(*) as n from line_items group by 1 order by 1");
    let known: BTreeMap<&str, u64> =
        rows.iter().map(|row| (row["account_id"].as_str().unwrap(), row["n"].as_u64().unwrap())).collect();
    for (account, count) in known {
        assert_eq!(run(account), count);
    }
    assert_eq!(run("' or '1' = '1"), 0, "a value is a value");
    fs::write(dir.path().join("broken.sql"), "select 1").unwrap();
    let error = failure(&["query", "list", "--queries", folder], 2);
    assert!(error.contains("the header of the query broken"), "{error}");
}

/// Shipped queries are what others copy: none of them trips over our own rules.
#[test]
fn no_shipped_query_is_lint() {
    use datafusion::sql::sqlparser::{dialect::GenericDialect, parser::Parser};
    use gravimeter::sql::lint::{Facts, Finding, Rule, lint};

    let facts = Facts {
        has_commitments: Some(true),
        has_split_rows: Some(true),
        open_months: vec!["2024-02".to_owned()],
        currencies: vec!["USD".to_owned(), "CNY".to_owned()],
    };
    // Those of doctor count what is wrong with a bill, all rows of it; those of the report count all that it charges.
    for query in Library::embedded(QUERIES).unwrap().iter().filter(|query| !query.name.starts_with("doctor/")) {
        let is_report = query.name.starts_with("report/");
        let is_meant = |finding: &Finding| is_report && matches!(finding.rule, Rule::AllChargeTypes | Rule::SplitRows);
        let statements = Parser::parse_sql(&GenericDialect {}, &query.text).unwrap();
        for statement in statements {
            let found: Vec<String> =
                lint(&statement, &facts).iter().filter(|found| !is_meant(found)).map(ToString::to_string).collect();
            assert!(found.is_empty(), "{}: {found:?}", query.name);
        }
    }
}
