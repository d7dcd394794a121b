//! Writes columns to a Parquet file whose bytes depend on its rows alone.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use rust_decimal::Decimal;

use super::columns::{Column, Kind, Value};
use super::lines::Line;
use crate::error::{Error, Result};

/// Who wrote the file; without a version, so that the bytes outlive releases.
const CREATED_BY: &str = "gravimeter sample";

/// How a dialect writes what a line does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Columns are required: an empty text, 0.0.
    Empty,
    /// Columns are optional: null.
    Null,
}

/// Builds the field and the array of a column.
pub(super) fn array(column: &Column, lines: &[Line], absent: Absent) -> (Field, ArrayRef) {
    let nullable = absent == Absent::Null;
    let (data_type, array): (DataType, ArrayRef) = match column.kind {
        Kind::Text => {
            let mut texts = StringBuilder::new();
            for line in lines {
                match (column.get)(line) {
                    Value::Text(text) => texts.append_value(text),
                    _ if nullable => texts.append_null(),
                    _ => texts.append_value(""),
                }
            }
            (DataType::Utf8, Arc::new(texts.finish()))
        }
        Kind::Number => {
            let mut numbers = Float64Builder::new();
            for line in lines {
                match (column.get)(line) {
                    Value::Number(amount) => numbers.append_value(double(amount)),
                    _ if nullable => numbers.append_null(),
                    _ => numbers.append_value(0.0),
                }
            }
            (DataType::Float64, Arc::new(numbers.finish()))
        }
        Kind::Time => {
            let mut times = TimestampMillisecondBuilder::new().with_timezone("UTC");
            for line in lines {
                match (column.get)(line) {
                    Value::Time(millis) => times.append_value(millis),
                    _ if nullable => times.append_null(),
                    _ => times.append_value(0),
                }
            }
            (DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), Arc::new(times.finish()))
        }
    };
    (Field::new(&column.name, data_type, nullable), array)
}

/// Returns the double that is nearest to the decimal: reading its shortest spelling gives the decimal back.
fn double(amount: Decimal) -> f64 {
    amount.normalize().to_string().parse().unwrap_or(f64::NAN)
}

/// Writes the columns as one row group.
pub(super) fn write(path: &Path, root: &str, columns: Vec<(Field, ArrayRef)>, statistics: bool) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| Error::runtime(format!("cannot write {}: {error}", path.display()));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| failed(&error))?;
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(true)
        .set_statistics_enabled(if statistics { EnabledStatistics::Chunk } else { EnabledStatistics::None })
        .build();
    // Without the Arrow schema in the footer the file looks as AWS's does.
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true)
        .with_schema_root(root.to_owned());
    let file = File::create(path).map_err(|error| Error::io("create", path, &error))?;
    let mut writer = ArrowWriter::try_new_with_options(file, schema, options).map_err(|error| failed(&error))?;
    writer.write(&batch).map_err(|error| failed(&error))?;
    writer.close().map_err(|error| failed(&error))?;
    Ok(())
}
