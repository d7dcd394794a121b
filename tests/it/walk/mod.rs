//! Every number of the report: the same in CSV and in JSON, given again by the named query of its table, and shown so on
//! the page. A number that cannot be found fails.

mod charts;
mod html;
mod page;
mod prose;
mod queries;
mod tables;

use std::{
    collections::BTreeMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use serde_json::Value;
use tables::Table;

use crate::{
    real_bills::{ALL, bill},
    support::{Runs, gravimeter},
};

/// A report in the forms that programs read.
struct Made {
    source: String,
    json: Value,
    /// The CSV files by the name of their table.
    tables: BTreeMap<String, Table>,
    page: String,
}

impl Made {
    fn of(source: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().to_str().unwrap();
        gravimeter(&["report", source, "-q", "--format", "html,json,csv", "--out", out]).assert().success();
        Self::read(source, dir.path())
    }

    fn read(source: &str, folder: &Path) -> Self {
        let json: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
        let mut tables = BTreeMap::new();
        for entry in fs::read_dir(folder.join("csv")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            tables.insert(name, Table::read(&fs::read_to_string(path).unwrap()));
        }
        let page = fs::read_to_string(folder.join("report.html")).unwrap();
        Self { source: source.to_owned(), json, tables, page }
    }

    /// Walks everything; returns how many numbers were found in JSON, by SQL and on the page.
    fn walk(&self) -> [usize; 3] {
        let found = [tables::walk(self), queries::walk(self), page::walk(self)];
        eprintln!("walked: {}: {found:?} numbers in CSV and JSON, by SQL, on the page", self.source);
        found
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.json[name].as_str()
    }
}

#[test]
fn every_number_of_the_sample_is_in_json_and_comes_by_sql() {
    let found = Made::of("sample-cur").walk();
    assert!(found.iter().all(|count| *count > 1000), "{found:?}");
}

/// The first two months of the sample: before there is any commitment, and two months only.
#[test]
fn every_number_of_a_bill_without_commitments_comes_by_sql() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("bill");
    let folder = folder.to_str().unwrap();
    gravimeter(&["sample", folder, "--months", "2", "--seed", "7", "-q"]).assert().success();
    let made = Made::of(folder);
    assert_eq!(made.json["commitments"], serde_json::json!([]));
    made.walk();
}

/// A month with payments in advance, of which a Savings Plan and a reservation carry their parts.
#[test]
fn every_number_of_a_month_of_payments_in_advance_comes_by_sql() {
    let dir = crate::reconcile::bought(&[], false);
    Made::of(dir.path().to_str().unwrap()).walk();
}

/// A month by the hour, with bursts and planned events.
#[test]
fn every_number_of_a_month_with_events_and_bursts_comes_by_sql() {
    let dir = crate::calendar::hourly(&crate::calendar::BURSTS);
    let out = tempfile::tempdir().unwrap();
    let source = dir.path().to_str().unwrap();
    let arguments = ["--format", "html,json,csv", "--calendar", "docs/examples/launches.ics", "--out"];
    let arguments = [&["report", source, "-q"], &arguments[..], &[out.path().to_str().unwrap()]].concat();
    gravimeter(&arguments).assert().success();
    let made = Made::read(source, out.path());
    for table in ["events", "bursts", "steady_usage", "daily_costs", "hourly_instances"] {
        assert!(made.tables.contains_key(table), "{table}");
    }
    made.walk();
}

/// The walk is worth something: one digit that is changed, wherever it stands, is found.
#[test]
fn a_number_that_is_changed_anywhere_is_missed() {
    let dir = crate::reconcile::bought(&[], false);
    let mut made = Made::of(dir.path().to_str().unwrap());
    let fails = |walk: &dyn Fn() -> usize| catch_unwind(AssertUnwindSafe(walk)).is_err();
    let (page, bill, other) = (made.page.clone(), "820.2", "821.2");
    let places: Vec<usize> = page.match_indices(bill).map(|(at, _)| at).collect();
    assert!(places.len() > 20, "{}", places.len());
    for at in places {
        made.page = format!("{}{other}{}", &page[..at], &page[at + bill.len()..]);
        let around = &page[page.floor_char_boundary(at.saturating_sub(80))..page.ceil_char_boundary(at + 40)];
        assert!(fails(&|| page::walk(&made)), "nobody misses {bill} in: {around}");
    }
    let known = made.json["months"][0]["amortized_cost"].take();
    assert!(fails(&|| tables::walk(&made)));
    made.json["months"][0]["amortized_cost"] = known;
    made.tables.get_mut("months").unwrap().rows[0].iter_mut().filter(|cell| *cell == bill).for_each(|cell| {
        other.clone_into(cell);
    });
    assert!(fails(&|| tables::walk(&made)) && fails(&|| queries::walk(&made)));
}

#[test]
fn every_number_of_real_bills_comes_by_sql() {
    for source in ALL.iter().filter_map(|name| bill(name)) {
        Made::of(&source).walk();
    }
}
