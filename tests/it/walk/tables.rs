//! CSV against JSON: the same rows in the same order, cell by cell.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Made;

/// A table of text.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads CSV with a header.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(plain).collect()).collect();
        Self { header, rows }
    }

    /// Returns the number of a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    /// Returns the numbers of the columns that hold numbers.
    pub(super) fn numeric(&self) -> Vec<usize> {
        (0..self.header.len()).filter(|&at| self.rows.iter().any(|row| number(&row[at]).is_some())).collect()
    }

    /// Returns these rows of these columns.
    pub(super) fn project(&self, columns: &[&str], keep: impl Fn(&[String]) -> bool) -> Vec<Vec<Cell>> {
        let places: Vec<(usize, &str)> = columns.iter().map(|name| (self.place(name).unwrap(), *name)).collect();
        let rows = self.rows.iter().filter(|row| keep(row));
        rows.map(|row| places.iter().map(|&(at, name)| Cell::of(name, &row[at])).collect()).collect()
    }
}

/// A cell by its value: a number without trailing zeros, a month without its day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Text(String),
    Number(Decimal),
}

impl Cell {
    pub(super) fn of(column: &str, text: &str) -> Self {
        // What begins like a number and is a name stays a name: an account.
        let is_name = matches!(column, "account_id" | "key" | "name" | "account_name" | "arn" | "instance_type");
        match number(text).filter(|_| !is_name) {
            Some(number) => Self::Number(number),
            None if column.ends_with("month") && text.len() == 10 => Self::Text(text[..7].to_owned()),
            None => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Reads an exact number.
pub(super) fn number(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().ok().map(|number| number.normalize())
}

/// Takes the apostrophe off that keeps a spreadsheet from taking text for a formula.
fn plain(cell: &str) -> String {
    let defused = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']));
    defused.unwrap_or(cell).to_owned()
}

/// Returns the rows of a table in JSON.
fn rows<'a>(json: &'a Value, table: &str) -> &'a Value {
    match table {
        "verdicts" => &json["buckets"],
        "commitment_coverage" => &json["coverage"],
        "graviton_adoption" => &json["adoption"],
        "graviton_realized" => &json["realized"],
        "graviton_opportunities" => &json["opportunities"],
        "groups" => &json["groups"]["lines"],
        "group_costs" => &json["groups"]["costs"],
        _ => &json[table],
    }
}

/// Returns a value of JSON as CSV writes it.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(written).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Finds every cell of every CSV file in JSON; returns how many of them are numbers.
pub(super) fn walk(made: &Made) -> usize {
    let mut count = 0;
    for (name, table) in &made.tables {
        let rows = rows(&made.json, name).as_array().unwrap_or_else(|| panic!("JSON has no table {name}"));
        assert_eq!(rows.len(), table.rows.len(), "rows of {name}.csv");
        let numeric = table.numeric();
        for (line, (row, cells)) in rows.iter().zip(&table.rows).enumerate() {
            let fields = row.as_object().unwrap();
            let unwritten: Vec<_> = fields.keys().filter(|field| table.place(field).is_none()).collect();
            assert!(unwritten.is_empty(), "{name}.csv lacks {unwritten:?}");
            for (at, (column, cell)) in table.header.iter().zip(cells).enumerate() {
                // What is a word for readers may be missing in JSON, a number may not.
                let Some(value) = fields.get(column) else {
                    assert!(!numeric.contains(&at), "{name}: JSON has no field {column}");
                    continue;
                };
                assert_eq!(&written(value), cell, "{name}.csv, row {line}, {column}");
                count += usize::from(number(cell).is_some());
            }
        }
    }
    let empty: Vec<_> = made.tables.iter().filter(|(_, table)| table.header.len() < 2).collect();
    assert!(empty.is_empty(), "{empty:?}");
    count
}
