//! Builds a table column by column from plain rows.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray},
    datatypes::{Field, Schema},
};
use chrono::NaiveDate;
use datafusion::datasource::MemTable;
use rust_decimal::Decimal;

use crate::{
    error::Result,
    units::{Month, PRECISION, SCALE, to_scaled},
};

/// A table of `R` rows in the making.
pub(super) struct TableBuilder<'a, R> {
    rows: &'a [R],
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
}

impl<'a, R> TableBuilder<'a, R> {
    pub(super) fn new(rows: &'a [R]) -> Self {
        Self { rows, fields: Vec::new(), columns: Vec::new() }
    }

    fn push(mut self, name: &str, column: ArrayRef) -> Self {
        self.fields.push(Field::new(name, column.data_type().clone(), true));
        self.columns.push(column);
        self
    }

    /// Adds a text column.
    pub(super) fn text(self, name: &str, of: impl Fn(&'a R) -> Option<&'a str>) -> Self {
        let column = self.rows.iter().map(of).collect::<StringArray>();
        self.push(name, Arc::new(column))
    }

    /// Adds a column of first days of months.
    pub(super) fn month(self, name: &str, of: impl Fn(&'a R) -> Month) -> Self {
        let column = self.rows.iter().map(|row| Some(of(row).to_date32())).collect::<Date32Array>();
        self.push(name, Arc::new(column))
    }

    /// Adds a column of days.
    pub(super) fn day(self, name: &str, of: impl Fn(&'a R) -> Option<NaiveDate>) -> Self {
        let days = |day: NaiveDate| {
            i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
        };
        let column = self.rows.iter().map(|row| of(row).map(days)).collect::<Date32Array>();
        self.push(name, Arc::new(column))
    }

    /// Adds a decimal column.
    pub(super) fn amount(self, name: &str, of: impl Fn(&'a R) -> Option<Decimal>) -> Result<Self> {
        let column = self
            .rows
            .iter()
            .map(|row| of(row).map(to_scaled))
            .collect::<Decimal128Array>()
            .with_precision_and_scale(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))?;
        Ok(self.push(name, Arc::new(column)))
    }

    /// Adds a count.
    pub(super) fn count(self, name: &str, of: impl Fn(&'a R) -> u64) -> Self {
        let column = self.rows.iter().map(|row| i64::try_from(of(row)).ok()).collect::<Int64Array>();
        self.push(name, Arc::new(column))
    }

    /// Adds a small whole number.
    pub(super) fn whole(self, name: &str, of: impl Fn(&'a R) -> Option<i32>) -> Self {
        let column = self.rows.iter().map(of).collect::<Int32Array>();
        self.push(name, Arc::new(column))
    }

    /// Adds a flag.
    pub(super) fn flag(self, name: &str, of: impl Fn(&'a R) -> bool) -> Self {
        let column = self.rows.iter().map(|row| Some(of(row))).collect::<BooleanArray>();
        self.push(name, Arc::new(column))
    }

    /// Closes the table.
    pub(super) fn build(self) -> Result<Arc<MemTable>> {
        let schema = Arc::new(Schema::new(self.fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), self.columns)?;
        Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
    }
}
