//! The file of a version: CSV with a line per price, sorted, so that `diff` and a spreadsheet can read it.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{
    error::Result,
    pricing::{
        Line, RateCode, Sheet, Term,
        text::{Reader, Writer, date, or_empty, plain, price as money, shared},
    },
};

/// Columns of the file.
const COLUMNS: [&str; 8] = ["term", "variant", "item", "unit", "price", "upfront", "as_of", "rate_code"];

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pricing) struct Row {
    /// Which price.
    pub line: Line,
    /// US dollars for one unit.
    pub usd: Decimal,
    /// What is counted.
    pub unit: &'static str,
    /// Day of publication.
    pub as_of: NaiveDate,
}

/// Returns the text of a sheet.
pub(super) fn text(sheet: &Sheet) -> Result<Vec<u8>> {
    let mut writer = Writer::new(COLUMNS)?;
    for (line, price) in &sheet.prices {
        writer.push([
            line.term.to_string(),
            line.variant.clone(),
            line.item.clone(),
            price.unit.to_owned(),
            plain(price.usd),
            or_empty(price.upfront.map(plain)),
            price.as_of.to_string(),
            price.rate_code.to_string(),
        ])?;
    }
    writer.finish()
}

/// Reads a file back.
pub(in crate::pricing) fn rows(name: &str, text: &[u8]) -> Result<Vec<Row>> {
    let mut reader = Reader::new(name, text)?;
    let [term, variant, item, unit, price, _, as_of, _] = reader.columns(COLUMNS)?;
    let mut rows: Vec<Row> = Vec::new();
    while reader.advance()? {
        let row = Row {
            line: Line {
                term: reader.field(term).parse::<Term>().map_err(|_| reader.wrong(term))?,
                variant: reader.field(variant).to_owned(),
                item: reader.field(item).to_owned(),
            },
            usd: money(reader.field(price)).ok_or_else(|| reader.wrong(price))?,
            unit: shared(reader.field(unit)),
            as_of: date(reader.field(as_of)).ok_or_else(|| reader.wrong(as_of))?,
        };
        if rows.last().is_some_and(|last| last.line >= row.line) {
            return Err(reader.fault("the price is there twice or out of order"));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Reads the rate codes of a file, of the prices that have one.
pub(super) fn codes(name: &str, text: &[u8]) -> Result<Vec<(RateCode, Line)>> {
    let mut reader = Reader::new(name, text)?;
    let [term, variant, item, code] = reader.columns(["term", "variant", "item", "rate_code"])?;
    let mut codes = Vec::new();
    while reader.advance()? {
        let Ok(code) = reader.field(code).parse::<RateCode>() else { continue };
        let line = Line {
            term: reader.field(term).parse::<Term>().map_err(|_| reader.wrong(term))?,
            variant: reader.field(variant).to_owned(),
            item: reader.field(item).to_owned(),
        };
        codes.push((code, line));
    }
    Ok(codes)
}
