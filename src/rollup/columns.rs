//! The cells of a rollup as Arrow columns, and back.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray, StringBuilder,
        TimestampMillisecondArray,
    },
    datatypes::{
        DataType, Decimal128Type, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMillisecondType,
    },
};

use super::cells::{CellKey, Known, Sums};
use crate::{
    error::{Error, Result},
    units::{PRECISION, SCALE},
};

/// The amounts of a cell: name, and the mark of those that may be unknown.
pub(super) const AMOUNTS: [(&str, Option<u8>); 8] = [
    ("usage_amount", None),
    ("unblended_cost", None),
    ("amortized_cost", None),
    ("net_unblended_cost", Some(Known::NET_UNBLENDED)),
    ("net_amortized_cost", Some(Known::NET_AMORTIZED)),
    ("list_cost", Some(Known::LIST)),
    ("upfront_cost", None),
    ("amortized_upfront", Some(Known::UPFRONT_UNKNOWN)),
];

/// Tells whether the amount with this mark is known.
pub(super) fn is_known(known: Known, mark: Option<u8>) -> bool {
    match mark {
        None => true,
        Some(Known::UPFRONT_UNKNOWN) => !known.has(Known::UPFRONT_UNKNOWN),
        Some(mark) => known.has(mark),
    }
}

/// Which columns a file of cells has beside codes and amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The ends of usage.
    Months,
    /// The number of the day or hour since 1970.
    Times,
    /// The resource id.
    Resources,
}

fn amount_type() -> DataType {
    DataType::Decimal128(PRECISION, i8::try_from(SCALE).unwrap_or(i8::MAX))
}

/// Returns the Arrow type of the ends of usage.
fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

impl Shape {
    /// Returns the schema of a file of cells.
    pub(super) fn schema(self) -> SchemaRef {
        let mut fields = match self {
            Self::Months => Vec::new(),
            Self::Times => vec![Field::new("time", DataType::Int32, false)],
            Self::Resources => vec![Field::new("resource_id", DataType::Utf8, false)],
        };
        fields.push(Field::new("account", DataType::Int32, false));
        fields.push(Field::new("usage", DataType::Int32, false));
        fields.push(Field::new("line_items", DataType::Int64, false));
        fields.extend(AMOUNTS.map(|(name, optional)| Field::new(name, amount_type(), optional.is_some())));
        if self == Self::Months {
            fields.extend(["usage_through", "any_usage_through"].map(|name| Field::new(name, instant_type(), true)));
        }
        Arc::new(Schema::new(fields))
    }
}

/// Builds batches of cells.
#[derive(Default)]
pub(super) struct CellColumns {
    texts: StringBuilder,
    places: Vec<i32>,
    accounts: Vec<i32>,
    usages: Vec<i32>,
    sums: Vec<Sums>,
}

impl CellColumns {
    /// Adds a cell; `text` is the id of a resource, empty for other cells.
    pub(super) fn push(&mut self, text: &str, key: CellKey, sums: &Sums) {
        self.texts.append_value(text);
        self.places.push(key.place);
        self.accounts.push(key.account.cast_signed());
        self.usages.push(key.usage.cast_signed());
        self.sums.push(*sums);
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// Returns the cells as a batch, and begins anew.
    ///
    /// # Errors
    /// When an amount is out of range.
    pub(super) fn finish(&mut self, shape: Shape) -> Result<RecordBatch> {
        let texts = self.texts.finish();
        let places = std::mem::take(&mut self.places);
        let mut columns: Vec<ArrayRef> = match shape {
            Shape::Months => Vec::new(),
            Shape::Times => vec![Arc::new(Int32Array::from(places))],
            Shape::Resources => vec![Arc::new(texts)],
        };
        columns.push(Arc::new(Int32Array::from(std::mem::take(&mut self.accounts))));
        columns.push(Arc::new(Int32Array::from(std::mem::take(&mut self.usages))));
        let sums = std::mem::take(&mut self.sums);
        columns.push(Arc::new(
            sums.iter().map(|sums| i64::try_from(sums.line_items).unwrap_or(i64::MAX)).collect::<Int64Array>(),
        ));
        for (index, (_, mark)) in AMOUNTS.iter().enumerate() {
            let known = |sums: &Sums| is_known(sums.known, *mark);
            let values: Decimal128Array = sums.iter().map(|sums| known(sums).then(|| sums.amounts()[index])).collect();
            let values = values.with_data_type(amount_type());
            values.validate_decimal_precision(PRECISION).map_err(|_| {
                Error::runtime("an amount of the bill is out of range: it has more than 26 digits before the point")
            })?;
            columns.push(Arc::new(values));
        }
        if shape == Shape::Months {
            let through: [fn(&Sums) -> i64; 2] = [|sums| sums.usage_through, |sums| sums.any_usage_through];
            for of in through {
                let ends = sums.iter().map(|sums| Some(of(sums)).filter(|&end| end != 0));
                columns.push(Arc::new(ends.collect::<TimestampMillisecondArray>().with_timezone("UTC")));
            }
        }
        Ok(RecordBatch::try_new(shape.schema(), columns)?)
    }
}

/// Reads the cells of a batch that [`CellColumns`] built.
pub(super) struct CellRows<'b> {
    texts: Option<&'b StringArray>,
    places: Option<&'b Int32Array>,
    accounts: &'b Int32Array,
    usages: &'b Int32Array,
    line_items: &'b Int64Array,
    amounts: Vec<&'b Decimal128Array>,
    through: Option<[&'b TimestampMillisecondArray; 2]>,
}

impl<'b> CellRows<'b> {
    /// Reads the batch.
    ///
    /// # Errors
    /// When the batch has other columns.
    pub(super) fn new(batch: &'b RecordBatch, shape: Shape) -> Result<Self> {
        if batch.schema_ref().fields() != shape.schema().fields() {
            return Err(Error::runtime("a rollup has other columns than this version writes"));
        }
        let mut columns = batch.columns().iter();
        let mut next = || columns.next().ok_or_else(|| Error::runtime("a rollup has too few columns"));
        let texts = if shape == Shape::Resources { Some(next()?.as_string::<i32>()) } else { None };
        let places = if shape == Shape::Times { Some(next()?.as_primitive::<Int32Type>()) } else { None };
        Ok(Self {
            texts,
            places,
            accounts: next()?.as_primitive::<Int32Type>(),
            usages: next()?.as_primitive::<Int32Type>(),
            line_items: next()?.as_primitive::<Int64Type>(),
            amounts: AMOUNTS
                .iter()
                .map(|_| Ok(next()?.as_primitive::<Decimal128Type>()))
                .collect::<Result<Vec<_>>>()?,
            through: if shape == Shape::Months {
                Some([
                    next()?.as_primitive::<TimestampMillisecondType>(),
                    next()?.as_primitive::<TimestampMillisecondType>(),
                ])
            } else {
                None
            },
        })
    }

    /// Returns the id of the resource of a row.
    pub(super) fn text(&self, row: usize) -> &'b str {
        self.texts.map_or("", |texts| texts.value(row))
    }

    /// Returns the key of a row.
    pub(super) fn key(&self, row: usize) -> CellKey {
        CellKey {
            place: self.places.map_or(0, |places| places.value(row)),
            account: self.accounts.value(row).cast_unsigned(),
            usage: self.usages.value(row).cast_unsigned(),
        }
    }

    /// Returns the sums of a row.
    pub(super) fn sums(&self, row: usize) -> Sums {
        let mut sums = Sums { line_items: u64::try_from(self.line_items.value(row)).unwrap_or(0), ..Sums::default() };
        let mut amounts = [0; AMOUNTS.len()];
        for (index, (_, mark)) in AMOUNTS.iter().enumerate() {
            let is_valid = self.amounts[index].is_valid(row);
            if is_valid {
                amounts[index] = self.amounts[index].value(row);
            }
            if let Some(mark) = mark
                && is_valid != (*mark == Known::UPFRONT_UNKNOWN)
            {
                sums.known.mark(*mark);
            }
        }
        sums.set_amounts(amounts);
        if let Some([usage, any]) = self.through {
            let end = |ends: &TimestampMillisecondArray| if ends.is_valid(row) { ends.value(row) } else { 0 };
            (sums.usage_through, sums.any_usage_through) = (end(usage), end(any));
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_the_way_through_columns() {
        let mut sums = Sums { line_items: 3, usage_through: 5, any_usage_through: 9, ..Sums::default() };
        sums.set_amounts([1, -2, 3, 4, 0, 6, 7, 8]);
        sums.known.mark(Known::NET_UNBLENDED);
        sums.known.mark(Known::LIST);
        let key = CellKey { place: -4, account: 1, usage: 2 };
        for shape in [Shape::Months, Shape::Times, Shape::Resources] {
            let mut columns = CellColumns::default();
            columns.push("i-1", key, &sums);
            let batch = columns.finish(shape).unwrap();
            assert_eq!(batch.schema(), shape.schema());
            let rows = CellRows::new(&batch, shape).unwrap();
            let read = rows.sums(0);
            assert_eq!((read.amounts(), read.known, read.line_items), (sums.amounts(), sums.known, 3));
            assert_eq!(read.any_usage_through, if shape == Shape::Months { 9 } else { 0 });
            assert_eq!(rows.key(0).place, if shape == Shape::Times { -4 } else { 0 });
            assert_eq!(rows.text(0), if shape == Shape::Resources { "i-1" } else { "" });
        }
    }

    #[test]
    fn an_amount_out_of_range_is_an_error() {
        let sums = Sums { unblended: 10_i128.pow(38), ..Sums::default() };
        let mut columns = CellColumns::default();
        columns.push("", CellKey { place: 0, account: 0, usage: 0 }, &sums);
        assert!(columns.finish(Shape::Months).is_err());
    }
}
