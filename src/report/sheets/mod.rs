//! The tables of the report, once for every form: which columns, in which order, with which headings and units.
//!
//! In: the [`Report`] and the [`Words`]. Out: [`Section`]s of [`Sheet`]s, which the page, the workbook, Markdown and CSV
//! present. A sheet computes nothing but its total.

mod change;
mod commitments;
mod costs;
mod course;
mod making;
mod quality;
mod revision;
mod savings;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{model::Report, words::Words};
use crate::{terms::Basis, units::Month};

/// Returns the sections of the report that have something to show, in the order of the page.
///
/// `top` is the number of rows that the page shows of the longest tables; the files have all.
pub fn sections(report: &Report, words: &Words, top: usize) -> Vec<Section> {
    let making = making::Making { report, words, top };
    let mut sections = revision::sections(&making);
    sections.extend(change::sections(&making));
    sections.extend(costs::sections(&making));
    sections.extend(course::sections(&making));
    sections.extend(commitments::coverage(&making));
    sections.extend(savings::sections(&making));
    sections.extend(commitments::commitments(&making));
    sections.extend(savings::work(&making));
    sections.extend(costs::breakdowns(&making));
    sections.extend(quality::sections(&making));
    sections.retain(|section| !section.charts.is_empty() || !section.sheets.is_empty());
    sections
}

/// A part of the report: heading, one paragraph, charts and tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Stable name; the anchor on the page.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// Short name in the navigation.
    pub short: String,
    /// What the section shows and how to read it; may be empty.
    pub lead: String,
    /// The charts of the section by [`ChartSpec::id`](super::charts::ChartSpec::id), in order; one without data is absent.
    pub charts: Vec<&'static str>,
    /// The tables.
    pub sheets: Vec<Sheet>,
}

/// A table of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Stable name: of the CSV file, of the field in JSON, of the table on the page.
    pub id: &'static str,
    /// Name: of the sheet in the workbook, of the table for screen readers.
    pub title: String,
    /// What the rows are and in which unit.
    pub caption: String,
    /// Cost basis, where the table is there once for each: then the page shows the one that is switched on.
    pub basis: Option<Basis>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has a cell for each column.
    pub rows: Vec<Row>,
    /// The sums under the rows, a cell for each column.
    pub total: Option<Vec<Cell>>,
    /// A sentence under the table: how many rows are not on the page, and where they are.
    pub after: Option<String>,
    /// The named query that gives the same figures: `gravimeter query run NAME SOURCE`; with its parameters.
    pub query: Option<Query>,
}

/// A named query with the values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Name below `queries/`.
    pub name: String,
    /// Parameters.
    pub parameters: Vec<(&'static str, String)>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Stable name: the field of the model, the header in CSV.
    pub key: &'static str,
    /// Heading for readers.
    pub heading: String,
    /// What its cells hold.
    pub kind: Kind,
    /// Where the page shows it.
    pub place: Place,
}

/// What the cells of a column hold, and so how they are written and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words of the bill or of ours.
    Text,
    /// A name that is read letter by letter: a type, a region, an ARN.
    Code,
    /// Money in the report's currency.
    Money,
    /// A change of money: with its sign, less is better.
    Change,
    /// Money per hour or unit, with four to six places.
    Price,
    /// A ratio of 0 to 1, shown as per cent.
    Ratio,
    /// A whole number.
    Count,
    /// Hours, days or units, with one place.
    Quantity,
    /// A billing month.
    Month,
    /// A day.
    Day,
}

impl Kind {
    /// Tells whether cells are right-aligned numbers.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Code | Self::Month | Self::Day)
    }
}

/// Where the page shows a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// As a column.
    Own,
    /// In small letters under the column with this key.
    Under(&'static str),
    /// Not on the page and not in Markdown: in the workbook, CSV and JSON only.
    Files,
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// A cell for each column.
    pub cells: Vec<Cell>,
    /// The row of the report month among those of others.
    pub is_current: bool,
    /// Too far down for the page: in the files only.
    pub is_beyond: bool,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cell {
    /// Not known, or none: never zero.
    #[default]
    Missing,
    /// Text as it is.
    Text(String),
    /// A word of ours: its code for programs, its name for readers.
    Word {
        /// In CSV and JSON.
        code: String,
        /// On the page.
        name: String,
    },
    /// An exact number.
    Number(Decimal),
    /// A billing month.
    Month(Month),
    /// A day.
    Day(NaiveDate),
}

impl Cell {
    /// Returns the number, where it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

impl Sheet {
    /// Returns the column with this key and its place.
    pub fn column(&self, key: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{charts::fixture, words::Language};

    #[test]
    fn every_text_is_there_and_every_row_has_a_cell_for_each_column() {
        for language in Language::ALL {
            let words = Words::of(language).unwrap();
            let sections = sections(&fixture::report(), &words, 25);
            assert!(sections.len() > 9, "{}", sections.len());
            for section in &sections {
                for sheet in &section.sheets {
                    let texts = [&section.title, &section.short, &section.lead, &sheet.title, &sheet.caption];
                    let headings = sheet.columns.iter().map(|column| &column.heading);
                    for text in texts.into_iter().chain(headings).chain(&sheet.after) {
                        assert!(!text.starts_with('[') && !text.contains('{'), "{}: {text}", sheet.id);
                    }
                    let cells = sheet.rows.iter().map(|row| row.cells.len()).chain(sheet.total.iter().map(Vec::len));
                    for count in cells {
                        assert_eq!(count, sheet.columns.len(), "{}", sheet.id);
                    }
                }
            }
        }
    }

    #[test]
    fn totals_are_sums_and_name_themselves_once() {
        let words = Words::of(Language::English).unwrap();
        let report = fixture::report();
        let sections = sections(&report, &words, 25);
        let sheets = || sections.iter().flat_map(|section| &section.sheets);
        let verdicts = sheets().find(|sheet| sheet.id == "verdicts").unwrap();
        let (at, _) = verdicts.column("amortized_cost").unwrap();
        let bill: Decimal = report.buckets.iter().map(|bucket| bucket.amortized_cost).sum();
        assert_eq!(verdicts.total.as_ref().unwrap()[at], Cell::Number(bill));
        for total in sheets().filter_map(|sheet| sheet.total.as_ref()) {
            assert_eq!(total.iter().filter(|cell| matches!(cell, Cell::Text(_))).count(), 1);
        }
        let opportunities = sheets().find(|sheet| sheet.id == "graviton_opportunities").unwrap();
        assert_eq!(opportunities.rows.iter().filter(|row| row.is_beyond).count(), report.opportunities.len() - 25);
    }
}
