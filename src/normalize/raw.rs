//! One batch as the bill wrote it, read through a [`Binding`]: text, amounts and instants by field.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, MapArray, RecordBatch, StringArray, StringBuilder, TimestampMillisecondArray},
    compute::{cast, kernels::cmp::eq, nullif},
    datatypes::{DataType, Int32Type, TimeUnit, TimestampMillisecondType},
};

use super::{
    binding::{Binding, MapPlace, Place},
    fields::{Field, MapSpelling},
};
use crate::error::{Error, Result};

/// A text column whose distinct values have small codes; code 0 is "absent or empty".
pub(crate) struct Coded {
    codes: Vec<u32>,
    values: Vec<Option<Box<str>>>,
}

impl Coded {
    fn absent(rows: usize) -> Self {
        Self { codes: vec![0; rows], values: vec![None] }
    }

    /// Returns the code of a row.
    pub(crate) fn code(&self, row: usize) -> u32 {
        self.codes[row]
    }

    /// Returns the text of a code; `None` when it is absent or empty.
    pub(crate) fn of_code(&self, code: u32) -> Option<&str> {
        self.values[code as usize].as_deref()
    }

    /// Returns the distinct texts in the order of their codes.
    pub(crate) fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.iter().map(Option::as_deref)
    }

    /// Returns the text of a row; `None` when it is absent or empty.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.of_code(self.codes[row])
    }
}

/// A batch of line items in the file's own terms.
pub(crate) struct RawBatch<'a> {
    batch: &'a RecordBatch,
    binding: &'a Binding,
}

impl<'a> RawBatch<'a> {
    /// Reads `batch` through `binding`, whose indices are those of the batch.
    pub(crate) fn new(batch: &'a RecordBatch, binding: &'a Binding) -> Self {
        Self { batch, binding }
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Returns the text of a field as the bill wrote it; null where it says nothing or the file has no such column.
    ///
    /// Parquet may keep nothing as an empty text and CSV cannot, so an empty text is null whatever the format.
    pub(crate) fn text(&self, field: Field) -> Result<ArrayRef> {
        match self.binding.place(field) {
            None => Ok(Arc::new(StringArray::new_null(self.rows()))),
            Some(Place::Columns(columns)) if columns.len() == 1 => without_empty(self.batch.column(columns[0])),
            Some(_) => {
                let coded = self.coded(field)?;
                Ok(Arc::new((0..self.rows()).map(|row| coded.get(row)).collect::<StringArray>()))
            }
        }
    }

    /// Returns the text of a field with codes for its distinct values.
    pub(crate) fn coded(&self, field: Field) -> Result<Coded> {
        let (columns, map) = match self.binding.place(field) {
            None => return Ok(Coded::absent(self.rows())),
            Some(Place::Columns(columns)) => (columns, None),
            Some(Place::ColumnsThenMap(columns, map, keys)) => (columns, Some((*map, *keys))),
        };
        let mut coded = match columns.first() {
            Some(&first) => coded_column(self.batch.column(first))?,
            None => Coded::absent(self.rows()),
        };
        for &next in columns.iter().skip(1) {
            coded = first_present(coded, |interner| {
                let other = coded_column(self.batch.column(next))?;
                Ok((0..self.rows()).map(|row| interner.code(other.get(row))).collect())
            })?;
        }
        if let Some((map, keys)) = map {
            let column = self.batch.column(map).as_map();
            for key in keys {
                coded = first_present(coded, |interner| coded_map_value(column, key, interner))?;
            }
        }
        Ok(coded)
    }

    /// Returns the column at an index of the binding.
    pub(crate) fn at(&self, index: usize) -> &ArrayRef {
        self.batch.column(index)
    }

    /// Returns the one column of a field with its name; `None` when the file has no such column.
    pub(crate) fn column(&self, field: Field) -> Option<(&ArrayRef, &str)> {
        let Some(Place::Columns(columns)) = self.binding.place(field) else { return None };
        let index = *columns.first()?;
        Some((self.batch.column(index), self.batch.schema_ref().field(index).name()))
    }

    /// Returns a field's instants in milliseconds UTC; null where the file has no such column.
    pub(crate) fn instant(&self, field: Field) -> Result<TimestampMillisecondArray> {
        let utc = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let array = match self.binding.place(field) {
            Some(Place::Columns(columns)) => {
                let column = self.batch.column(columns[0]);
                if matches!(column.data_type(), DataType::Timestamp(_, None)) {
                    // A timestamp without a zone is UTC already: a cast to a zone would ask the calendar for each value.
                    let plain = cast(column, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
                    return Ok(plain.as_primitive::<TimestampMillisecondType>().clone().with_timezone("UTC"));
                }
                cast(column, &utc)?
            }
            _ => arrow::array::new_null_array(&utc, self.rows()),
        };
        Ok(array.as_primitive::<TimestampMillisecondType>().clone())
    }

    /// Returns a family of columns as one map per row, keys sorted as in the file, empty values left out.
    pub(crate) fn map(&self, spelling: &MapSpelling) -> Result<ArrayRef> {
        let mut builder = arrow::array::MapBuilder::new(
            Some(super::schema::map_field_names()),
            StringBuilder::new(),
            StringBuilder::new(),
        );
        match self.binding.map_place(spelling) {
            None => {
                for _ in 0..self.rows() {
                    builder.append(true)?;
                }
            }
            Some(MapPlace::Map(index)) => {
                let map = self.batch.column(*index).as_map();
                for row in 0..self.rows() {
                    for_each_entry(map, row, |key, value| {
                        builder.keys().append_value(key);
                        builder.values().append_option(value);
                    })?;
                    builder.append(true)?;
                }
            }
            Some(MapPlace::Columns(columns)) => {
                let texts = columns
                    .iter()
                    .map(|(index, key)| Ok((key, cast(self.batch.column(*index), &DataType::Utf8)?)))
                    .collect::<Result<Vec<_>>>()?;
                for row in 0..self.rows() {
                    for (key, text) in &texts {
                        let text = text.as_string::<i32>();
                        if text.is_valid(row) && !text.value(row).is_empty() {
                            builder.keys().append_value(key);
                            builder.values().append_value(text.value(row));
                        }
                    }
                    builder.append(true)?;
                }
            }
        }
        Ok(Arc::new(builder.finish()))
    }
}

/// Returns the texts of a column, empty ones as null.
fn without_empty(column: &ArrayRef) -> Result<ArrayRef> {
    let present = |texts: &ArrayRef| -> Result<ArrayRef> {
        let texts = cast(texts, &DataType::Utf8)?;
        let empty = StringArray::new_scalar("");
        Ok(nullif(&texts, &eq(&texts, &empty)?)?)
    };
    match column.as_dictionary_opt::<Int32Type>() {
        Some(dictionary) => Ok(cast(&dictionary.with_values(present(dictionary.values())?), &DataType::Utf8)?),
        None => present(column),
    }
}

/// Gives each distinct text a code, in order of appearance.
struct Interner<'v> {
    values: &'v mut Vec<Option<Box<str>>>,
    known: std::collections::HashMap<Box<str>, u32>,
}

impl Interner<'_> {
    fn code(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return 0 };
        if let Some(&code) = self.known.get(text) {
            return code;
        }
        let code = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(Some(text.into()));
        self.known.insert(text.into(), code);
        code
    }
}

/// Fills the absent rows of `coded` from a second place.
fn first_present(mut first: Coded, other: impl FnOnce(&mut Interner<'_>) -> Result<Vec<u32>>) -> Result<Coded> {
    if first.codes.iter().all(|&code| code != 0) {
        return Ok(first);
    }
    let known = first
        .values
        .iter()
        .enumerate()
        .filter_map(|(code, text)| Some((text.clone()?, u32::try_from(code).ok()?)))
        .collect();
    let fallbacks = other(&mut Interner { values: &mut first.values, known })?;
    for (code, fallback) in first.codes.iter_mut().zip(fallbacks) {
        if *code == 0 {
            *code = fallback;
        }
    }
    Ok(first)
}

fn coded_column(column: &ArrayRef) -> Result<Coded> {
    let mut values = vec![None];
    let mut interner = Interner { values: &mut values, known: std::collections::HashMap::new() };
    if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() {
        let texts = cast(dictionary.values(), &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        let of_key: Vec<u32> = texts.iter().map(|text| interner.code(text)).collect();
        let codes = dictionary.keys().iter().map(|key| match key {
            Some(key) => usize::try_from(key).ok().and_then(|key| of_key.get(key).copied()).unwrap_or(0),
            None => 0,
        });
        return Ok(Coded { codes: codes.collect(), values });
    }
    let texts = cast(column, &DataType::Utf8)?;
    let codes = texts.as_string::<i32>().iter().map(|text| interner.code(text)).collect();
    Ok(Coded { codes, values })
}

fn coded_map_value(map: &MapArray, key: &str, interner: &mut Interner<'_>) -> Result<Vec<u32>> {
    (0..map.len())
        .map(|row| {
            let mut code = 0;
            for_each_entry(map, row, |entry, value| {
                if entry == key {
                    code = interner.code(value);
                }
            })?;
            Ok(code)
        })
        .collect()
}

fn for_each_entry(map: &MapArray, row: usize, mut visit: impl FnMut(&str, Option<&str>)) -> Result<()> {
    if map.is_null(row) {
        return Ok(());
    }
    let (Some(keys), Some(values)) = (map.keys().as_string_opt::<i32>(), map.values().as_string_opt::<i32>()) else {
        return Err(Error::incomplete("a map column holds something else than text"));
    };
    let offsets = map.value_offsets();
    let range = usize::try_from(offsets[row]).unwrap_or(0)..usize::try_from(offsets[row + 1]).unwrap_or(0);
    for entry in range {
        visit(keys.value(entry), values.is_valid(entry).then(|| values.value(entry)));
    }
    Ok(())
}
