//! CSV against SQL: the named query of each table gives its rows again, exactly.

use std::collections::{BTreeMap, BTreeSet};

use gravimeter::{engine::QUERIES, sql::library::Library};

use super::{
    Made,
    tables::{Cell, Table, number},
};
use crate::support::{Runs, gravimeter};

/// Tables that no query gives: what they are grouped by is a matter of the call, what was found a matter of `doctor`;
/// events stand in a calendar, and the hours of `hourly_usage` do not tell the systems of a type apart.
const WITHOUT: [&str; 5] = ["groups", "group_costs", "findings", "events", "steady_usage"];

/// Tables whose order SQL does not know: that of work rests on what a service takes to move.
const UNORDERED: [&str; 1] = ["graviton_opportunities"];

/// Returns the command that stands under a table of the page; `None` where no query gives the table.
pub(super) fn command(made: &Made, name: &str, basis: Option<&str>) -> Option<String> {
    let params = params(made, name, basis).filter(|_| !WITHOUT.contains(&name))?;
    let mut words = vec![format!("gravimeter query run report/{name} SOURCE")];
    words.extend(params.iter().map(|(name, value)| format!("--param {name}={value}")));
    Some(words.join(" "))
}

/// Runs a query of the report.
fn ask(made: &Made, name: &str, params: &BTreeMap<&str, String>) -> Table {
    let query = format!("report/{name}");
    let params: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut args = vec!["query", "run", &query, &made.source, "-q", "--format", "csv"];
    for param in &params {
        args.extend(["--param", param]);
    }
    let output = gravimeter(&args).assert().success().get_output().stdout.clone();
    Table::read(&String::from_utf8(output).unwrap())
}

/// Returns the parameters with which a query gives a table; `None` when the report has no such months.
fn params(made: &Made, name: &str, basis: Option<&str>) -> Option<BTreeMap<&'static str, String>> {
    let query = Library::embedded(QUERIES).unwrap().find(&format!("report/{name}")).ok()?.clone();
    let month = |field: &str| made.text(field).map(str::to_owned);
    let of_rows = |field: &str| Some(made.json[name].as_array()?.first()?[field].as_str()?.to_owned());
    let mut params = BTreeMap::new();
    for parameter in &query.header.parameters {
        let (key, value) = match parameter.name.as_str() {
            "month" => ("month", month("month")?),
            "product" => ("product", of_rows("product_code")?),
            "region" => ("region", of_rows("region")?),
            "basis" => ("basis", basis?.to_owned()),
            "from" if name == "month_over_month" => ("from", month("previous_month")?),
            "from" if name == "since_first" => ("from", month("first_month")?),
            "from" => ("from", of_rows("from_month")?),
            "to" if name.starts_with("bridge") => ("to", of_rows("to_month")?),
            "to" => ("to", month("month")?),
            // A report that compares with no month is one that compares with itself: there is no change.
            "first" => ("first", month("first_month").or(month("month"))?),
            "previous" => ("previous", month("previous_month").or(month("month"))?),
            other => panic!("report/{name} takes {other}, of which the report says nothing"),
        };
        params.insert(key, value);
    }
    Some(params)
}

/// Returns the cost bases of a table; one `None` for a table without any.
fn bases(table: &Table) -> Vec<Option<String>> {
    match table.place("basis") {
        None => vec![None],
        Some(at) => table.rows.iter().map(|row| Some(row[at].clone())).collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

/// Finds every number of every CSV file by its query; returns how many there are.
pub(super) fn walk(made: &Made) -> usize {
    let mut count = cards(made);
    for (name, table) in made.tables.iter().filter(|(name, _)| !WITHOUT.contains(&name.as_str())) {
        for basis in bases(table) {
            let Some(params) = params(made, name, basis.as_deref()) else {
                assert!(table.rows.is_empty(), "{name} has rows of unknown months");
                continue;
            };
            let found = ask(made, name, &params);
            for at in table.numeric() {
                assert!(found.place(&table.header[at]).is_some(), "report/{name} has no column {}", table.header[at]);
            }
            let shared: Vec<&str> =
                table.header.iter().map(String::as_str).filter(|column| found.place(column).is_some()).collect();
            let at = table.place("basis");
            let shown = table.project(&shared, |row| at.is_none_or(|at| basis.as_deref() == Some(row[at].as_str())));
            let asked = found.project(&shared, |_| true);
            compare(made, name, &shared, shown, asked);
            let of_basis = |row: &&Vec<String>| at.is_none_or(|at| basis.as_deref() == Some(row[at].as_str()));
            count += table.rows.iter().filter(of_basis).flatten().filter(|cell| number(cell).is_some()).count();
        }
    }
    count
}

fn compare(made: &Made, name: &str, columns: &[&str], mut shown: Vec<Vec<Cell>>, mut asked: Vec<Vec<Cell>>) {
    if UNORDERED.contains(&name) {
        shown.sort();
        asked.sort();
    }
    let line = |row: &[Cell]| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let mut wrong: Vec<String> = shown
        .iter()
        .zip(&asked)
        .filter(|(shown, asked)| shown != asked)
        .map(|(shown, asked)| format!("report: {}\n   SQL: {}", line(shown), line(asked)))
        .collect();
    let (many, few) = if shown.len() > asked.len() { (&shown, &asked) } else { (&asked, &shown) };
    wrong.extend(many[few.len()..].iter().map(|row| format!("alone:  {}", line(row))));
    let (rows, found) = (shown.len(), asked.len());
    assert!(
        wrong.is_empty(),
        "{}: {name}: {rows} rows in the report, {found} by SQL\n{}\n{}",
        made.source,
        columns.join(","),
        wrong[..wrong.len().min(12)].join("\n")
    );
}

/// Finds the figure of each card and its change; returns how many there are.
fn cards(made: &Made) -> usize {
    let found = ask(made, "kpis", &params(made, "kpis", None).unwrap());
    let found = found.project(&["id", "basis", "value", "change"], |_| true);
    let cards = made.json["kpis"].as_array().unwrap();
    assert_eq!(cards.len(), found.len(), "cards");
    for (card, row) in cards.iter().zip(&found) {
        for (field, cell) in ["id", "basis", "value", "change"].iter().zip(row) {
            let shown = Cell::of(field, card[*field].as_str().unwrap_or(""));
            assert_eq!(cell, &shown, "{}: {field} of the card {}", made.source, card["id"]);
        }
    }
    cards.iter().flat_map(|card| [&card["value"], &card["change"]]).filter(|value| value.is_string()).count()
}
