//! JSON: one array, or one object per line.

use serde_json::{Map, Value};

use super::{Cell, Lines, Out, failed};
use crate::error::{Error, Result};

fn object(header: &[String], cells: &[Cell]) -> Value {
    Value::Object(header.iter().cloned().zip(cells.iter().map(Cell::json)).collect::<Map<_, _>>())
}

/// An array of objects.
pub(super) struct JsonRows<'w> {
    header: Vec<String>,
    out: Out<'w>,
    is_first: bool,
}

impl<'w> JsonRows<'w> {
    pub(super) fn begin(header: Vec<String>, out: Out<'w>) -> Result<Self> {
        out.write_all(b"[").map_err(|error| failed(&error))?;
        Ok(Self { header, out, is_first: true })
    }
}

impl Lines for JsonRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        let text = serde_json::to_string_pretty(&object(&self.header, &cells)).map_err(|error| wrong(&error))?;
        let separator = if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" };
        let indented = text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
        write!(self.out, "{separator}{indented}").map_err(|error| failed(&error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let end: &[u8] = if self.is_first { b"]\n" } else { b"\n]\n" };
        self.out.write_all(end).map_err(|error| failed(&error))
    }
}

/// One object per line.
pub(super) struct NdjsonRows<'w> {
    header: Vec<String>,
    out: Out<'w>,
}

impl<'w> NdjsonRows<'w> {
    pub(super) fn new(header: Vec<String>, out: Out<'w>) -> Self {
        Self { header, out }
    }
}

impl Lines for NdjsonRows<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        let text = serde_json::to_string(&object(&self.header, &cells)).map_err(|error| wrong(&error))?;
        writeln!(self.out, "{text}").map_err(|error| failed(&error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

fn wrong(error: &serde_json::Error) -> Error {
    Error::runtime(format!("cannot write JSON: {error}"))
}
