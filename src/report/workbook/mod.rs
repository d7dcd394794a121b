//! The report as an Excel workbook: a summary, native charts, and a sheet for each table with typed cells.
//!
//! In: the report and its sections. Out: bytes that are the same for the same report. It holds no formula.

pub mod cell;
mod charts;
mod look;
mod names;
mod summary;
mod table;

use rust_xlsxwriter::{Workbook, Worksheet};

use super::{
    guard,
    model::Report,
    sheets::{Section, Sheet},
    words::Words,
};
use crate::error::Result;

/// Writes the workbook.
///
/// # Errors
/// When it cannot be written, which no figure of a bill causes.
pub fn render(report: &Report, sections: &[Section], words: &Words) -> Result<Vec<u8>> {
    within(report, sections, words, guard::MOST_ROWS)
}

/// Writes the workbook with sheets of at most this many rows.
fn within(report: &Report, sections: &[Section], words: &Words, most: u32) -> Result<Vec<u8>> {
    let sheets: Vec<&Sheet> = sections.iter().flat_map(|section| &section.sheets).collect();
    let own = [words.say("workbook.summary"), words.say("workbook.charts"), words.say("workbook.chart_data")];
    let mut taken = names::Names::default();
    let [summary_name, charts_name, data_name] = own.map(|name| taken.give(&name));
    let mut name = |sheet: &Sheet| {
        let basis = sheet.basis.map(|basis| format!(" · {}", words.say(&format!("word.basis.{basis}"))));
        taken.give_with(&sheet.title, &basis.unwrap_or_default())
    };
    let named: Vec<(String, &Sheet)> = sheets.iter().map(|sheet| (name(sheet), *sheet)).collect();

    let mut workbook = cell::workbook()?;
    summary::write(add(&mut workbook, &summary_name)?, report, &named, words)?;
    let drawn = charts::charts(&sheets, &report.currency, words);
    if !drawn.is_empty() {
        charts::place(add(&mut workbook, &charts_name)?, &drawn, &data_name, &report.currency)?;
    }
    for (name, sheet) in &named {
        table::write(add(&mut workbook, name)?, sheet, &report.currency, words, most)?;
    }
    if !drawn.is_empty() {
        charts::write_data(add(&mut workbook, &data_name)?, &drawn, &report.currency, words)?;
    }
    workbook.save_to_buffer().map_err(|error| cell::failed(&error))
}

fn add<'w>(workbook: &'w mut Workbook, name: &str) -> Result<&'w mut Worksheet> {
    workbook.add_worksheet().set_name(name).map_err(|error| cell::failed(&error))
}

#[cfg(test)]
mod tests;
