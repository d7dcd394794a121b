//! How sheets are put together: columns by name, headings from the texts, cells from figures.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Cell, Column, Kind, Place, Query, Row, Section, Sheet};
use crate::{
    report::{model::Report, words::Words},
    terms::Basis,
    units::Month,
};

/// What every sheet is made from.
pub(super) struct Making<'a> {
    pub report: &'a Report,
    pub words: &'a Words,
    /// Rows on the page of the longest tables.
    pub top: usize,
}

/// A column before it has its heading.
#[derive(Clone, Copy)]
pub(super) struct Spec {
    key: &'static str,
    kind: Kind,
    place: Place,
    sums: bool,
}

/// A column of the page.
pub(super) const fn own(key: &'static str, kind: Kind) -> Spec {
    Spec { key, kind, place: Place::Own, sums: false }
}

/// A column of the page with its sum under it.
pub(super) const fn sum(key: &'static str, kind: Kind) -> Spec {
    Spec { key, kind, place: Place::Own, sums: true }
}

/// A column in small letters under another one.
pub(super) const fn under(key: &'static str, kind: Kind, above: &'static str) -> Spec {
    Spec { key, kind, place: Place::Under(above), sums: false }
}

/// A column of the files.
pub(super) const fn file(key: &'static str, kind: Kind) -> Spec {
    Spec { key, kind, place: Place::Files, sums: false }
}

impl Making<'_> {
    /// Makes a section; its texts are `section.<id>.…`.
    pub(super) fn section(&self, id: &'static str, charts: &[&'static str], sheets: Vec<Sheet>) -> Section {
        let text = |name: &str| self.fill(&format!("section.{id}.{name}"));
        Section { id, title: text("title"), short: text("short"), lead: text("lead"), charts: charts.to_vec(), sheets }
    }

    /// Makes a sheet; its texts are `sheet.<id>.…` and, for the columns, `column.<id>.<key>` or `column.<key>`.
    pub(super) fn sheet(&self, id: &'static str, specs: &[Spec], rows: Vec<Row>) -> Sheet {
        let heading = |key: &str| {
            let special = self.words.find(&format!("column.{id}.{key}"));
            special.map_or_else(|| self.fill(&format!("column.all.{key}")), |text| self.places(text))
        };
        let columns: Vec<Column> = specs
            .iter()
            .map(|spec| Column { key: spec.key, heading: heading(spec.key), kind: spec.kind, place: spec.place })
            .collect();
        let total = specs.iter().any(|spec| spec.sums).then(|| self.total(specs, &rows));
        Sheet {
            id,
            title: self.fill(&format!("sheet.{id}.title")),
            caption: self.fill(&format!("sheet.{id}.caption")),
            basis: None,
            columns,
            rows,
            total,
            after: None,
            query: None,
        }
    }

    /// Makes a sheet from the rows of the model.
    pub(super) fn of<R>(&self, id: &'static str, specs: &[Spec], rows: &[R], cells: impl Fn(&R) -> Vec<Cell>) -> Sheet {
        let rows = rows.iter().map(|row| Row { cells: cells(row), ..Row::default() }).collect();
        self.sheet(id, specs, rows)
    }

    fn total(&self, specs: &[Spec], rows: &[Row]) -> Vec<Cell> {
        let mut is_named = false;
        specs
            .iter()
            .enumerate()
            .map(|(at, spec)| {
                if spec.sums {
                    return Cell::Number(rows.iter().filter_map(|row| row.cells.get(at)?.number()).sum());
                }
                let names = !is_named && spec.place == Place::Own;
                is_named |= names;
                if names { Cell::Text(self.words.say("sheet.total")) } else { Cell::Missing }
            })
            .collect()
    }

    /// Returns a text in which the months and the currency of the report are filled in.
    pub(super) fn fill(&self, name: &str) -> String {
        self.places(&self.words.say(name))
    }

    fn places(&self, text: &str) -> String {
        let report = self.report;
        let month = |month: Option<Month>| month.map_or_else(String::new, |month| self.words.month(month));
        let prices = match report.footer.prices_used {
            Some((oldest, newest)) if oldest == newest => oldest.to_string(),
            Some((oldest, newest)) => format!("{oldest}–{newest}"),
            None => report.footer.prices_as_of.to_string(),
        };
        let compared = report.bridge.first();
        crate::report::words::filled(
            text,
            &[
                ("month", &self.words.month(report.month)),
                ("previous", &month(report.previous_month)),
                ("first", &month(report.first_month)),
                ("from", &month(compared.map(|line| line.from_month))),
                ("to", &month(compared.map(|line| line.to_month))),
                ("currency", &report.currency),
                ("prices", &prices),
                ("table", &report.footer.prices_as_of.to_string()),
            ],
        )
    }

    /// Returns the section's text about rows that are not on the page, where there are any.
    pub(super) fn beyond(&self, sheet: &mut Sheet, shown: usize) {
        let count = sheet.rows.len().saturating_sub(shown);
        if count == 0 {
            return;
        }
        for row in &mut sheet.rows[shown..] {
            row.is_beyond = true;
        }
        let count = crate::units::grouped(Decimal::from(count), 0);
        sheet.after = Some(self.words.fill("sheet.beyond", &[("count", &count), ("file", sheet.id)]));
    }

    /// Returns the word of a vocabulary, `word.<list>.<code>`.
    pub(super) fn word(&self, list: &str, code: &str) -> Cell {
        let name = self.words.find(&format!("word.{list}.{code}")).unwrap_or(code).to_owned();
        Cell::Word { code: code.to_owned(), name }
    }
}

impl Sheet {
    /// Names the basis that the sheet is about.
    pub(super) fn on(mut self, basis: Basis) -> Self {
        self.basis = Some(basis);
        self
    }

    /// Names the query that gives the same figures.
    pub(super) fn asked(mut self, parameters: &[(&'static str, String)]) -> Self {
        self.query = Some(Query { name: format!("report/{}", self.id), parameters: parameters.to_vec() });
        self
    }
}

pub(super) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub(super) fn opt_text(text: Option<&str>) -> Cell {
    text.map_or(Cell::Missing, |text| Cell::Text(text.to_owned()))
}

pub(super) fn number(number: Decimal) -> Cell {
    Cell::Number(number)
}

pub(super) fn opt_number(number: Option<Decimal>) -> Cell {
    number.map_or(Cell::Missing, Cell::Number)
}

pub(super) fn count(count: u64) -> Cell {
    Cell::Number(Decimal::from(count))
}

pub(super) fn month(month: Month) -> Cell {
    Cell::Month(month)
}

pub(super) fn opt_month(month: Option<Month>) -> Cell {
    month.map_or(Cell::Missing, Cell::Month)
}

pub(super) fn day(day: NaiveDate) -> Cell {
    Cell::Day(day)
}

pub(super) fn opt_day(day: Option<NaiveDate>) -> Cell {
    day.map_or(Cell::Missing, Cell::Day)
}
