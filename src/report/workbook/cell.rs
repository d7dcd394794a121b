//! Cells of an Excel workbook: text that never is a formula or mark-up, within the letters that Excel takes.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::{
    error::{Error, Result},
    report::guard,
};

/// Begins a workbook; the clock would make two runs differ.
///
/// # Errors
/// Never: the date is a valid one.
pub fn workbook() -> Result<Workbook> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| failed(&error))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(workbook)
}

/// Writes text as it is; returns whether it had to be cut.
///
/// # Errors
/// When the cell is outside of the sheet.
pub fn text(sheet: &mut Worksheet, (row, column): (u32, u16), text: &str, format: &Format) -> Result<bool> {
    let cut = guard::letters(text);
    let kept = cut.unwrap_or(text);
    // The writer takes text in these for mark-up of its own and would not escape it.
    let written = if kept.starts_with("<r>") && kept.ends_with("</r>") {
        sheet.write_rich_string_with_format(row, column, &[(&Format::default(), kept)], format)
    } else {
        sheet.write_string_with_format(row, column, kept, format)
    };
    written.map_err(|error| failed(&error))?;
    Ok(cut.is_some())
}

/// Builds the error of a workbook that cannot be written.
pub fn failed(error: &XlsxError) -> Error {
    Error::runtime(format!("cannot write the result as XLSX: {error}"))
}
