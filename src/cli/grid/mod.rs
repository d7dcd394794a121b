//! Prints rows: as a table for eyes, as CSV, JSON, Markdown, Parquet and XLSX for programs. Money is exact in all of them.
//!
//! A format is a file with one [`Lines`] (rows of cells, one after the other) or one [`Sink`] (Arrow batches).

mod cell;
mod json;
mod markdown;
mod parquet;
mod separated;
mod table;
mod upright;
mod xlsx;

use std::io::{self, Write};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use clap::ValueEnum;

pub(super) use cell::Cell;

use crate::error::{Error, Result};

/// How rows of a command are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GridFormat {
    /// Aligned columns
    Table,
    /// Comma-separated values, RFC 4180
    Csv,
    /// An array of objects; decimals are strings
    Json,
}

/// How rows of a query are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// Aligned columns
    Table,
    /// Comma-separated values, RFC 4180
    Csv,
    /// Tab-separated values
    Tsv,
    /// An array of objects; decimals are strings
    Json,
    /// One object per line
    Ndjson,
    /// A table for tickets and wikis
    Markdown,
    /// Parquet, decimals and dates in their types
    Parquet,
    /// An Excel workbook of one sheet
    Xlsx,
    /// One line per column
    #[value(skip)]
    Upright,
}

impl From<GridFormat> for RowFormat {
    fn from(format: GridFormat) -> Self {
        match format {
            GridFormat::Table => Self::Table,
            GridFormat::Csv => Self::Csv,
            GridFormat::Json => Self::Json,
        }
    }
}

impl RowFormat {
    /// Tells whether a terminal cannot show it.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx)
    }

    /// Returns the format that the extension of a file stands for.
    pub(super) fn of_file(path: &std::path::Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "md" => Self::Markdown,
            "parquet" => Self::Parquet,
            "xlsx" => Self::Xlsx,
            "txt" => Self::Table,
            _ => return None,
        })
    }
}

/// Where a format is written to.
pub(super) type Out<'w> = &'w mut (dyn Write + Send);

/// Takes the batches of one result.
pub(super) trait Sink {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Takes rows of cells.
trait Lines {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()>;
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Begins to write a result; a table shows at most `most` rows.
pub(super) fn sink<'w>(
    format: RowFormat,
    schema: &SchemaRef,
    most: Option<usize>,
    out: Out<'w>,
) -> Result<Box<dyn Sink + 'w>> {
    let header: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    Ok(match format {
        RowFormat::Parquet => Box::new(parquet::ParquetRows::begin(schema, out)?),
        RowFormat::Xlsx => Box::new(xlsx::Sheet::begin(schema, out)?),
        _ => Box::new(Cells(lines(format, header, most, out)?)),
    })
}

fn lines<'w>(format: RowFormat, header: Vec<String>, most: Option<usize>, out: Out<'w>) -> Result<Box<dyn Lines + 'w>> {
    Ok(match format {
        RowFormat::Table => Box::new(table::TableRows::new(header, most, out)),
        RowFormat::Upright => Box::new(upright::UprightRows::new(header, most, out)),
        RowFormat::Csv => Box::new(separated::SeparatedRows::begin(b',', &header, out)?),
        RowFormat::Tsv => Box::new(separated::SeparatedRows::begin(b'\t', &header, out)?),
        RowFormat::Json => Box::new(json::JsonRows::begin(header, out)?),
        RowFormat::Ndjson => Box::new(json::NdjsonRows::new(header, out)),
        RowFormat::Markdown => Box::new(markdown::MarkdownRows::new(header, out)),
        RowFormat::Parquet | RowFormat::Xlsx => {
            return Err(Error::usage("Parquet and XLSX are written by sql and query"));
        }
    })
}

/// Reads the cells of batches.
struct Cells<'w>(Box<dyn Lines + 'w>);

impl Sink for Cells<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| Cell::of(column.as_ref(), row));
            self.0.row(cells.collect::<Result<_>>()?)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.finish()
    }
}

/// Says that rows are not shown.
fn cut(shown: usize, left_out: usize) -> String {
    format!("({shown} of {} rows; --out FILE or another --format gives all)\n", shown + left_out)
}

/// Builds the error of a result that cannot be written.
fn failed(error: &io::Error) -> Error {
    Error::runtime(format!("cannot write the result: {error}")).hint("is the disk of the temporary folder full?")
}

/// Rows with their column names, in memory.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub header: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// Starts a grid with these columns.
    pub(super) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Prints to stdout; a reader that went away is no error.
    pub(super) fn print(self, format: GridFormat) -> Result<()> {
        let bytes = self.render(format.into())?;
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}"))),
        }
    }

    /// Writes the rows in a format of text.
    pub(super) fn render(self, format: RowFormat) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut lines = lines(format, self.header, None, &mut bytes)?;
        for row in self.rows {
            lines.row(row)?;
        }
        lines.finish()?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use serde_json::Value;

    use super::*;

    fn rendered(format: RowFormat) -> String {
        let mut grid = Grid::new(&["name", "cost"]);
        grid.rows.push(vec![Cell::text("=cmd|x"), Cell::Exact(Decimal::new(-1250, 3))]);
        grid.rows.push(vec![Cell::text("a\u{1b}[31mb"), Cell::Null]);
        grid.rows.push(vec![Cell::text("c\td\ne"), Cell::Exact(Decimal::new(100_012_345, 3))]);
        String::from_utf8(grid.render(format).unwrap()).unwrap()
    }

    #[test]
    fn formulas_are_defused_and_numbers_stay_numbers() {
        assert_eq!(rendered(RowFormat::Csv), "name,cost\n'=cmd|x,-1.25\na\u{1b}[31mb,\n\"c\td\ne\",100012.345\n");
        assert_eq!(rendered(RowFormat::Tsv), "name\tcost\n'=cmd|x\t-1.25\na\u{1b}[31mb\t\n\"c\td\ne\"\t100012.345\n");
    }

    #[test]
    fn terminals_get_no_control_characters_and_aligned_money() {
        assert_eq!(
            rendered(RowFormat::Table),
            " name           cost \n─────────────────────\n =cmd|x       -1.25  \n a [31mb        NULL \n c d e    100012.345 \n"
        );
        let upright = rendered(RowFormat::Upright);
        assert_eq!(
            upright,
            "── row 1 ──\nname  =cmd|x\ncost  -1.25\n── row 2 ──\nname  a [31mb\ncost  NULL\n── row 3 ──\nname  c d e\ncost  100012.345\n"
        );
    }

    #[test]
    fn markdown_keeps_its_cells_apart() {
        assert_eq!(
            rendered(RowFormat::Markdown),
            "| name | cost |\n| --- | ---: |\n| =cmd\\|x | -1.25 |\n| a \\[31mb |  |\n| c d e | 100012.345 |\n"
        );
    }

    #[test]
    fn json_has_exact_strings() {
        let json: Value = serde_json::from_str(&rendered(RowFormat::Json)).unwrap();
        assert_eq!(json[0]["cost"], Value::String("-1.25".to_owned()));
        assert_eq!(json[1]["cost"], Value::Null);
        let lines = rendered(RowFormat::Ndjson);
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(Value::Array(lines), json);
        let none = Grid::new(&["a"]).render(RowFormat::Json).unwrap();
        assert_eq!(String::from_utf8(none).unwrap(), "[]\n");
    }
}
