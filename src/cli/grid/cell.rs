//! One value of a row, and how it is read from a column.

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, UInt64Type},
    util::display::{ArrayFormatter, FormatOptions},
};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::{error::Result, report::guard};

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) enum Cell {
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
    pub(in crate::cli) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(in crate::cli) fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(in crate::cli) fn exact(amount: Option<Decimal>) -> Self {
        amount.map_or(Self::Null, Self::Exact)
    }

    /// Reads a value of a column.
    ///
    /// # Errors
    /// When the engine cannot show it.
    pub(super) fn of(column: &dyn Array, row: usize) -> Result<Self> {
        if column.is_null(row) || column.data_type() == &DataType::Null {
            return Ok(Self::Null);
        }
        Ok(match column.data_type() {
            DataType::Utf8 => Self::text(column.as_string::<i32>().value(row)),
            DataType::Boolean => Self::Flag(column.as_boolean().value(row)),
            DataType::Int32 => Self::Number(column.as_primitive::<Int32Type>().value(row).into()),
            DataType::Int64 => Self::Number(column.as_primitive::<Int64Type>().value(row).into()),
            DataType::UInt64 => Self::Number(column.as_primitive::<UInt64Type>().value(row).into()),
            DataType::Float64 => match serde_json::Number::from_f64(column.as_primitive::<Float64Type>().value(row)) {
                Some(number) => Self::Number(number),
                None => Self::text("NaN"),
            },
            DataType::Decimal128(_, scale) => decimal(column, row, *scale)?,
            DataType::Map(..) => nested_map(column, row)?,
            DataType::List(_) => nested_list(column, row)?,
            _ => formatted(column, row)?,
        })
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Exact(_) | Self::Number(_))
    }

    /// Returns the cell as text; null is empty.
    pub(super) fn plain(&self) -> String {
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
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            other => guard::eyes(&other.plain()),
        }
    }

    /// Returns the cell for spreadsheets; text that one would run as a formula is defused.
    pub(super) fn guarded(&self) -> String {
        match self {
            Self::Text(text) => guard::spreadsheet(text),
            other => other.plain(),
        }
    }

    pub(super) fn json(&self) -> Value {
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
        let Cell::Text(key) = Cell::of(keys.as_ref(), entry)? else { continue };
        object.insert(key, Cell::of(values.as_ref(), entry)?.json());
    }
    Ok(Cell::Nested(Value::Object(object)))
}

fn nested_list(column: &dyn Array, row: usize) -> Result<Cell> {
    let values = column.as_list::<i32>().value(row);
    let values = (0..values.len()).map(|at| Ok(Cell::of(values.as_ref(), at)?.json()));
    Ok(Cell::Nested(Value::Array(values.collect::<Result<_>>()?)))
}

fn formatted(column: &dyn Array, row: usize) -> Result<Cell> {
    let formatter = ArrayFormatter::try_new(column, &FormatOptions::default())?;
    Ok(Cell::text(formatter.value(row).try_to_string()?))
}
