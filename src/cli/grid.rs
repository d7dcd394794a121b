//! Prints rows: as a table for eyes, as CSV and JSON for programs. Money is exact in all of them.

use std::io::{self, Write};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type},
    util::display::{ArrayFormatter, FormatOptions},
};
use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets::NOTHING};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    report::csv::guarded_cell,
};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GridFormat {
    /// Aligned columns
    Table,
    /// Comma-separated values, RFC 4180
    Csv,
    /// An array of objects; decimals are strings
    Json,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    /// An exact number; a string in JSON.
    Exact(Decimal),
    /// A count or double; a number in JSON.
    Number(serde_json::Number),
    Flag(bool),
    /// A map or list.
    Nested(Value),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(super) fn exact(amount: Option<Decimal>) -> Self {
        amount.map_or(Self::Null, Self::Exact)
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Exact(_) | Self::Number(_))
    }

    /// Returns the cell as text; null is empty.
    fn plain(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Exact(amount) => amount.normalize().to_string(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Nested(value) => value.to_string(),
        }
    }

    /// Returns the cell as eyes should see it: null named, control characters stripped.
    fn shown(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            other => other.plain().chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        }
    }

    /// Returns the cell for CSV; text that a spreadsheet would run as a formula is defused.
    fn csv(&self) -> String {
        match self {
            Self::Text(text) => guarded_cell(text),
            other => other.plain(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Exact(amount) => Value::String(amount.normalize().to_string()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Nested(value) => value.clone(),
        }
    }
}

/// Rows with their column names.
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

    /// Reads the rows of a query.
    pub(super) fn from_batches(schema: &arrow::datatypes::Schema, batches: &[RecordBatch]) -> Result<Self> {
        let mut grid =
            Self { header: schema.fields().iter().map(|field| field.name().clone()).collect(), rows: Vec::new() };
        for batch in batches {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().map(|column| cell(column.as_ref(), row));
                grid.rows.push(cells.collect::<Result<_>>()?);
            }
        }
        Ok(grid)
    }

    /// Prints to stdout; a reader that went away is no error.
    pub(super) fn print(&self, format: GridFormat) -> Result<()> {
        let bytes = self.render(format)?;
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}"))),
        }
    }

    fn render(&self, format: GridFormat) -> Result<Vec<u8>> {
        match format {
            GridFormat::Table => Ok(format!("{}\n", self.table()).into_bytes()),
            GridFormat::Csv => self.csv(),
            GridFormat::Json => {
                let rows: Vec<Value> = self.rows.iter().map(|row| self.object(row)).collect();
                let mut bytes = serde_json::to_vec_pretty(&rows)
                    .map_err(|error| Error::runtime(format!("cannot write JSON: {error}")))?;
                bytes.push(b'\n');
                Ok(bytes)
            }
        }
    }

    fn object(&self, row: &[Cell]) -> Value {
        let pairs = self.header.iter().cloned().zip(row.iter().map(Cell::json));
        Value::Object(pairs.collect::<Map<_, _>>())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_style(TableComponent::HeaderLines, '─');
        table.set_header(&self.header);
        for row in &self.rows {
            table.add_row(row.iter().map(Cell::shown));
        }
        for index in 0..self.header.len() {
            let mut cells = self.rows.iter().map(|row| &row[index]).filter(|cell| **cell != Cell::Null).peekable();
            if cells.peek().is_some()
                && cells.all(Cell::is_number)
                && let Some(column) = table.column_mut(index)
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let failed = |error: csv::Error| Error::runtime(format!("cannot write CSV: {error}"));
        writer.write_record(&self.header).map_err(failed)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(Cell::csv)).map_err(failed)?;
        }
        writer.into_inner().map_err(|error| Error::runtime(format!("cannot write CSV: {error}")))
    }
}

fn cell(column: &dyn Array, row: usize) -> Result<Cell> {
    if column.is_null(row) {
        return Ok(Cell::Null);
    }
    Ok(match column.data_type() {
        DataType::Utf8 => Cell::text(column.as_string::<i32>().value(row)),
        DataType::Boolean => Cell::Flag(column.as_boolean().value(row)),
        DataType::Int32 => Cell::Number(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Cell::Number(column.as_primitive::<Int64Type>().value(row).into()),
        DataType::Float64 => match serde_json::Number::from_f64(column.as_primitive::<Float64Type>().value(row)) {
            Some(number) => Cell::Number(number),
            None => Cell::text("NaN"),
        },
        DataType::Decimal128(_, scale) => decimal(column, row, *scale)?,
        DataType::Map(..) => nested_map(column, row)?,
        _ => formatted(column, row)?,
    })
}

/// Reads a decimal; one that is wider than 28 digits keeps its text.
fn decimal(column: &dyn Array, row: usize, scale: i8) -> Result<Cell> {
    let value = column.as_primitive::<Decimal128Type>().value(row);
    match u32::try_from(scale).ok().and_then(|scale| Decimal::try_from_i128_with_scale(value, scale).ok()) {
        Some(amount) => Ok(Cell::Exact(amount)),
        None => formatted(column, row),
    }
}

fn nested_map(column: &dyn Array, row: usize) -> Result<Cell> {
    let entries = column.as_map().value(row);
    let (keys, values) = (entries.column(0), entries.column(1));
    let mut object = Map::new();
    for entry in 0..entries.len() {
        let Cell::Text(key) = cell(keys.as_ref(), entry)? else { continue };
        object.insert(key, cell(values.as_ref(), entry)?.json());
    }
    Ok(Cell::Nested(Value::Object(object)))
}

fn formatted(column: &dyn Array, row: usize) -> Result<Cell> {
    let formatter = ArrayFormatter::try_new(column, &FormatOptions::default())?;
    Ok(Cell::text(formatter.value(row).try_to_string()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&["name", "cost"]);
        grid.rows.push(vec![Cell::text("=cmd|x"), Cell::Exact(Decimal::new(-1250, 3))]);
        grid.rows.push(vec![Cell::text("a\u{1b}[31mb"), Cell::Null]);
        grid
    }

    #[test]
    fn formulas_are_defused_and_numbers_stay_numbers() {
        let csv = String::from_utf8(grid().render(GridFormat::Csv).unwrap()).unwrap();
        assert_eq!(csv, "name,cost\n'=cmd|x,-1.25\na\u{1b}[31mb,\n");
    }

    #[test]
    fn terminals_get_no_control_characters_and_json_exact_strings() {
        let table = String::from_utf8(grid().render(GridFormat::Table).unwrap()).unwrap();
        assert!(!table.contains('\u{1b}') && table.contains("NULL"));
        let json: Value = serde_json::from_slice(&grid().render(GridFormat::Json).unwrap()).unwrap();
        assert_eq!(json[0]["cost"], Value::String("-1.25".to_owned()));
        assert_eq!(json[1]["cost"], Value::Null);
    }
}
