//! The tables of the report as CSV: one file for each name, the names of the columns as header, every column and row.
//!
//! Spreadsheets run a cell that begins like a formula: text that does gets an apostrophe in front, numbers stay
//! numbers.

use csv::{Error as CsvError, Writer};

use super::{
    guard,
    sheets::{Cell, Section, Sheet},
};
use crate::error::{Error, Result};

/// Returns each table as its file name and its content; tables of one name (a cost basis each) are one file.
///
/// # Errors
/// When a row cannot be written as CSV, or tables of one name have other columns.
pub fn tables(sections: &[Section]) -> Result<Vec<(String, Vec<u8>)>> {
    let sheets: Vec<&Sheet> = sections.iter().flat_map(|section| &section.sheets).collect();
    let mut files = Vec::new();
    for (at, sheet) in sheets.iter().enumerate() {
        if sheets[..at].iter().all(|before| before.id != sheet.id) {
            let parts: Vec<&Sheet> = sheets[at..].iter().copied().filter(|other| other.id == sheet.id).collect();
            files.push((format!("{}.csv", sheet.id), table(&parts)?));
        }
    }
    Ok(files)
}

fn table(parts: &[&Sheet]) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::runtime(format!("cannot write {}.csv: {error}", parts[0].id));
    let keys = |sheet: &Sheet| sheet.columns.iter().map(|column| column.key).collect::<Vec<_>>();
    let header = keys(parts[0]);
    if parts.iter().any(|part| keys(part) != header) {
        return Err(failed(&"its parts have different columns"));
    }
    let mut writer = Writer::from_writer(Vec::new());
    let rows = parts.iter().flat_map(|part| &part.rows).map(|row| row.cells.iter().map(written).collect::<Vec<_>>());
    writer.write_record(&header).map_err(|error: CsvError| failed(&error))?;
    for row in rows {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

/// Returns the cell for programs: exact, in plain letters.
fn written(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) | Cell::Word { code: text, .. } => guard::spreadsheet(text),
        Cell::Number(number) => number.normalize().to_string(),
        Cell::Month(month) => month.to_string(),
        Cell::Day(day) => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use csv::ReaderBuilder;

    use super::*;
    use crate::report::sections_fixture::{self as fixture, NASTY};

    fn text(name: &str) -> String {
        let tables = tables(&fixture::sections()).unwrap();
        let (_, content) = tables.into_iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(content).unwrap()
    }

    #[test]
    fn files_come_in_the_order_of_the_sections_and_once_each() {
        let names: Vec<_> = tables(&fixture::sections()).unwrap().into_iter().map(|(name, _)| name).collect();
        let expected = [
            "cost_by_service.csv",
            "commitment_coverage.csv",
            "graviton_adoption.csv",
            "savings_by_month.csv",
            "bridge.csv",
            "opportunities.csv",
            "empty.csv",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn numbers_are_exact_words_are_codes_and_missing_is_empty() {
        let bridge = text("bridge.csv");
        let mut lines = bridge.lines();
        assert_eq!(
            lines.next().unwrap(),
            "from_month,to_month,basis,product_code,usage,list_price,commitment,graviton,mix,credits_tax_fees,other,change"
        );
        assert_eq!(lines.next().unwrap(), "2023-12,2024-01,amortized,AmazonEC2,100.25,0,-20.5,-30,5.1,0,0,54.85");
        // Both parts, without their sums.
        assert_eq!(lines.filter(|line| line.contains(",unblended,")).count(), 2);
        assert_eq!(bridge.lines().count(), 1 + 4);
        assert!(text("commitment_coverage.csv").contains("2023-11,"));
        assert!(text("commitment_coverage.csv").lines().nth(1).unwrap().ends_with(",,"), "missing is empty");
        assert_eq!(text("empty.csv"), "month,note\n");
        assert!(text("opportunities.csv").contains(",2024-01-15,"));
    }

    #[test]
    fn every_cell_comes_back() {
        let sections = fixture::sections();
        for sheet in sections.iter().flat_map(|section| &section.sheets).filter(|sheet| sheet.basis.is_none()) {
            let text = text(&format!("{}.csv", sheet.id));
            let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
            let keys: Vec<_> = sheet.columns.iter().map(|column| column.key).collect();
            assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), keys);
            let records: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!(records.len(), sheet.rows.len(), "{}", sheet.id);
            for (record, row) in records.iter().zip(&sheet.rows) {
                let (found, cells): (Vec<_>, Vec<_>) = record.iter().zip(&row.cells).unzip();
                for (found, cell) in found.into_iter().zip(cells) {
                    match cell {
                        Cell::Missing => assert_eq!(found, ""),
                        Cell::Number(number) => assert_eq!(found.parse(), Ok(*number)),
                        Cell::Month(month) => assert_eq!(found.parse().ok(), Some(*month)),
                        Cell::Day(day) => assert_eq!(found.parse(), Ok(*day)),
                        Cell::Text(text) | Cell::Word { code: text, .. } => {
                            assert!(found == text || found.strip_prefix('\'') == Some(text), "{found:?} of {text:?}");
                        }
                    }
                }
            }
        }
        let opportunities = text("opportunities.csv");
        assert!(opportunities.contains("\n'=cmd|"), "{opportunities}");
        assert_eq!(fixture::sections()[3].sheets[0].rows.len(), NASTY.len());
    }
}
