//! The report as Markdown for a ticket or wiki: the cards and the page's columns of each table.
//!
//! GitHub takes 65,536 letters in a comment. What would make the text longer than [`MOST_BYTES`] is left out by whole
//! tables from the end, and a sentence says which.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::{
    guard,
    html::text::shown,
    model::{KpiUnit, Report},
    sheets::{Cell, Column, Kind, Place, Row, Section, Sheet},
    words::Words,
};
use crate::units::grouped;

/// Bytes of the text at most.
pub const MOST_BYTES: usize = 60_000;

/// Rows of a table at most.
pub const MOST_ROWS: usize = 20;

/// Writes the report.
pub fn render(report: &Report, sections: &[Section], words: &Words) -> String {
    within(report, sections, words, MOST_ROWS, MOST_BYTES)
}

/// Writes the report in so many rows for each table and bytes for all.
fn within(report: &Report, sections: &[Section], words: &Words, most_rows: usize, most_bytes: usize) -> String {
    let writer = Writer { words, currency: &report.currency, most_rows };
    let mut out = format!("# {}\n\n{}\n\n", guard::markdown(&report.title), guard::markdown(&report.headline));
    writer.cards(report, &mut out);
    let (version, day) = (report.footer.gravimeter, report.footer.prices_as_of.to_string());
    let made = format!("{}\n", words.fill("markdown.made", &[("version", version), ("day", &day)]));

    // The heading of a section comes with its first table: no heading stands over nothing.
    let mut blocks = Vec::new();
    for section in sections {
        let mut heading = format!("## {}\n\n", guard::markdown(&section.title));
        if !section.lead.is_empty() {
            let _ = writeln!(heading, "{}\n", guard::markdown(&section.lead));
        }
        for sheet in &section.sheets {
            // Of tables that are there for each cost basis, that of the report; none that is for the files alone.
            let is_files = !sheet.rows.is_empty() && sheet.rows.iter().all(|row| row.is_beyond);
            if !is_files && sheet.basis.is_none_or(|basis| basis == report.basis) {
                blocks.push((sheet, format!("{}{}", std::mem::take(&mut heading), writer.table(sheet))));
            }
        }
    }
    let said = |left: &[(&Sheet, String)]| {
        let tables = left.iter().map(|(sheet, _)| guard::markdown(&sheet.title)).collect::<Vec<_>>().join(", ");
        format!("{}\n\n", words.fill("markdown.tables_cut", &[("tables", &tables)]))
    };
    let mut shown = blocks.len();
    loop {
        let left = if shown < blocks.len() { said(&blocks[shown..]) } else { String::new() };
        let length = blocks[..shown].iter().map(|(_, block)| block.len()).sum::<usize>();
        if shown == 0 || out.len() + length + left.len() + made.len() <= most_bytes {
            out.extend(blocks[..shown].iter().map(|(_, block)| block.as_str()));
            out.push_str(&left);
            out.push_str(&made);
            return out;
        }
        shown -= 1;
    }
}

/// What writes the tables.
struct Writer<'a> {
    words: &'a Words,
    currency: &'a str,
    most_rows: usize,
}

impl Writer<'_> {
    fn cards(&self, report: &Report, out: &mut String) {
        let names = ["card", "value", "detail"].map(|name| self.words.say(&format!("markdown.{name}")));
        let _ = writeln!(out, "| {} |\n| --- | ---: | --- |", names.join(" | "));
        for kpi in report.kpis.iter().filter(|kpi| kpi.basis.is_none_or(|basis| basis == report.basis)) {
            let value = match (kpi.value, kpi.unit) {
                (None, _) => self.words.say("markdown.none"),
                (Some(value), KpiUnit::Money) => self.words.money(value, self.currency),
                (Some(value), KpiUnit::Ratio) => self.words.percent(value),
            };
            let (label, detail) = (guard::markdown(&kpi.label), guard::markdown(&kpi.detail));
            let _ = writeln!(out, "| {label} | {value} | {detail} |");
        }
        out.push('\n');
    }

    /// Writes a table with its name and caption.
    fn table(&self, sheet: &Sheet) -> String {
        let mut out = format!("### {}\n\n", guard::markdown(&sheet.title));
        if !sheet.caption.is_empty() {
            let _ = writeln!(out, "{}\n", guard::markdown(&sheet.caption));
        }
        if sheet.rows.is_empty() {
            let _ = writeln!(out, "{}\n", self.words.say("markdown.nothing"));
            return out;
        }
        let own: Vec<(usize, &Column)> = indexed(sheet).filter(|(_, column)| column.place == Place::Own).collect();
        line(&mut out, own.iter().map(|(_, column)| guard::markdown(&column.heading)));
        line(&mut out, own.iter().map(|(_, column)| if column.kind.is_number() { "---:" } else { "---" }.to_owned()));
        let rows = self.rows(sheet);
        for row in &rows {
            line(&mut out, own.iter().map(|(at, column)| self.merged(sheet, &row.cells, *at, column)));
        }
        if let Some(total) = &sheet.total {
            line(&mut out, own.iter().map(|(at, column)| strong(&self.merged(sheet, total, *at, column))));
        }
        if rows.len() < sheet.rows.iter().filter(|row| !row.is_beyond).count() {
            let [shown, all] = [rows.len(), sheet.rows.len()].map(|count| grouped(Decimal::from(count), 0));
            let places = [("shown", shown.as_str()), ("all", &all), ("id", sheet.id)];
            let _ = writeln!(out, "\n{}", self.words.fill("markdown.rows_cut", &places));
        } else if let Some(after) = &sheet.after {
            let _ = writeln!(out, "\n{}", guard::markdown(after));
        }
        out.push('\n');
        out
    }

    /// Returns the rows to be shown: the first ones, or those that end with the report month.
    fn rows<'s>(&self, sheet: &'s Sheet) -> Vec<&'s Row> {
        let mut rows: Vec<&Row> = sheet.rows.iter().filter(|row| !row.is_beyond).collect();
        let last = rows.iter().rposition(|row| row.is_current).map_or(0, |at| at + 1);
        rows.truncate(last.max(self.most_rows));
        rows.split_off(rows.len().saturating_sub(self.most_rows))
    }

    /// Returns the cell with what the page shows in small letters under it.
    fn merged(&self, sheet: &Sheet, cells: &[Cell], at: usize, column: &Column) -> String {
        let small = under(sheet, column.key).map(|(at, column)| self.shown(&cells[at], column.kind));
        let shown = std::iter::once(self.shown(&cells[at], column.kind)).chain(small);
        shown.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    fn shown(&self, cell: &Cell, kind: Kind) -> String {
        let text = shown(cell, kind, self.currency, self.words).text;
        if matches!(cell, Cell::Number(_)) { text } else { guard::markdown(&text) }
    }
}

fn indexed(sheet: &Sheet) -> impl Iterator<Item = (usize, &Column)> {
    sheet.columns.iter().enumerate()
}

/// Returns the columns that stand in small letters under another.
fn under<'a>(sheet: &'a Sheet, key: &'a str) -> impl Iterator<Item = (usize, &'a Column)> {
    indexed(sheet).filter(move |(_, column)| matches!(column.place, Place::Under(above) if above == key))
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    let _ = writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "));
}

fn strong(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("**{text}**") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        charts::fixture,
        sections_fixture::{self, NASTY},
        words::Language,
    };

    fn text(most_rows: usize, most_bytes: usize) -> String {
        let words = Words::of(Language::English).unwrap();
        within(&fixture::report(), &sections_fixture::sections(), &words, most_rows, most_bytes)
    }

    /// Cells of a line of a table, split as GitHub does.
    fn cells(line: &str) -> usize {
        line.replace("\\\\", "").replace("\\|", "").matches('|').count()
    }

    #[test]
    fn tables_have_the_columns_of_the_page() {
        let text = text(MOST_ROWS, MOST_BYTES);
        assert!(text.starts_with("# AWS bill"), "{text}");
        for expected in [
            "## Savings: all of \\[them\\]\n",
            "### Bridge\n\nBridge, in USD.\n\n| From | To | Service | usage |",
            "| Dec 2023 | Jan 2024 | AmazonEC2 | +100.25 | 0.00 | −20.50 |",
            "| **Total** |  |  | **+110.25** |",
            "| Account | Instance type | Price | Hours | Commitments | Effort |\n\
             | --- | --- | ---: | ---: | ---: | --- |\n",
            "| plain | m5.large · Linux | 0.0960 · 0.077000 | 744.0 | 12,345 | Low \\| simple |",
            "| =cmd\\|' /C calc'!A0 | m5.large | 0.0960",
            "\n2 more rows are in the files.\n",
            "### Opportunities\n\nOpportunities, in USD.\n\nNo rows.\n",
            "| Jan 2024 | 10.00 | 20.50 | 30.00 | 0.00 | 1.25 | 45.7 % | 100.0 % |",
        ] {
            assert!(text.contains(&expected.replace("'!A0", "'\\!A0")), "{expected} in {text}");
        }
        assert_eq!(text.matches("### Bridge\n").count(), 1, "one cost basis");
        assert!(!text.contains("2024-01-15"), "a column of the files");
    }

    #[test]
    fn names_stay_in_their_cells() {
        let text = text(MOST_ROWS, MOST_BYTES);
        let table = text.split("### Opportunities").nth(1).unwrap();
        let rows: Vec<_> = table.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + NASTY.len() - 2);
        assert!(rows.iter().all(|row| cells(row) == 7), "{rows:#?}");
        assert!(!text.contains(['<', '\u{1b}', '\u{202e}']) && !text.replace("\\]", "").contains("]("), "{text}");
    }

    #[test]
    fn long_tables_show_the_report_month_and_say_what_is_missing() {
        let text = text(2, MOST_BYTES);
        assert!(text.contains("2 of 20 rows; csv/cost_by_service.csv and report.xlsx have all of them."), "{text}");
        let coverage = text.split("### Coverage").nth(1).unwrap().split("###").next().unwrap();
        assert!(!coverage.contains("Nov 2023") && coverage.contains("Dec 2023") && coverage.contains("Jan 2024"));
    }

    #[test]
    fn tables_at_the_end_are_left_out_whole() {
        let whole = text(MOST_ROWS, MOST_BYTES);
        for most in [whole.len() - 1, 3_000, 2_500] {
            let text = text(MOST_ROWS, most);
            assert!(text.len() <= most, "{} of {most}", text.len());
            assert!(text.contains("Left out here because tickets take no more text: "), "{text}");
            assert!(!text.contains("### Opportunities\n\nOpportunities, in USD.\n\nNo rows."));
            let last = text.lines().rfind(|line| line.starts_with('#')).unwrap();
            assert!(last.starts_with("### "), "a heading over nothing: {last}");
        }
        assert!(text(MOST_ROWS, 2_500).contains("take no more text: "));
    }
}
