//! From the batches of the doctor's queries to typed values.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, TimeUnit, TimestampMillisecondType},
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    units::{Month, from_scaled},
};

/// One row of a result.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

/// Returns the rows of a result.
pub(super) fn rows(batches: &[RecordBatch]) -> impl Iterator<Item = Row<'_>> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| Row { batch, row }))
}

impl Row<'_> {
    fn column(&self, name: &str) -> Result<Option<&ArrayRef>> {
        let column =
            self.batch.column_by_name(name).ok_or_else(|| Error::runtime(format!("the query lacks its column {name}")));
        Ok(Some(column?).filter(|column| column.is_valid(self.row)))
    }

    /// Returns the month of the row.
    pub(super) fn month(&self) -> Result<Month> {
        let day = self.column("month")?.map(|column| column.as_primitive::<Date32Type>().value(self.row));
        day.and_then(Month::from_date32).ok_or_else(|| Error::runtime("a row of the query has no month"))
    }

    /// Returns a text, empty when it is null.
    pub(super) fn text(&self, name: &str) -> Result<String> {
        let text = self.column(name)?.map(|column| match column.data_type() {
            DataType::Utf8View => column.as_string_view().value(self.row).to_owned(),
            _ => column.as_string::<i32>().value(self.row).to_owned(),
        });
        Ok(text.unwrap_or_default())
    }

    /// Returns a count.
    pub(super) fn count(&self, name: &str) -> Result<u64> {
        let count = self.column(name)?.map_or(0, |column| column.as_primitive::<Int64Type>().value(self.row));
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Returns an amount, 0 when it is null.
    pub(super) fn amount(&self, name: &str) -> Result<Decimal> {
        match self.column(name)? {
            Some(column) => from_scaled(column.as_primitive::<Decimal128Type>().value(self.row)),
            None => Ok(Decimal::ZERO),
        }
    }

    /// Returns an instant.
    pub(super) fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let column = self.column(name)?;
        let known = column.filter(|column| matches!(column.data_type(), DataType::Timestamp(TimeUnit::Millisecond, _)));
        Ok(known.and_then(|column| {
            DateTime::from_timestamp_millis(column.as_primitive::<TimestampMillisecondType>().value(self.row))
        }))
    }
}
