//! CSV and TSV.

use super::{Cell, Lines, Out};
use crate::error::{Error, Result};

/// Rows as values between separators, quoted where they must be.
pub(super) struct SeparatedRows<'w> {
    writer: csv::Writer<Out<'w>>,
}

impl<'w> SeparatedRows<'w> {
    pub(super) fn begin(separator: u8, header: &[String], out: Out<'w>) -> Result<Self> {
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(out);
        writer.write_record(header).map_err(|error| failed(&error))?;
        Ok(Self { writer })
    }
}

impl Lines for SeparatedRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.writer.write_record(cells.iter().map(Cell::guarded)).map_err(|error| failed(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer.flush().map_err(|error| super::failed(&error))
    }
}

fn failed(error: &csv::Error) -> Error {
    Error::runtime(format!("cannot write the result: {error}"))
}
