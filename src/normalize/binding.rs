//! Binds the fields a query needs to the columns that one file has.
//!
//! A required column that is missing, renamed or retyped is an error that names the month, the file and the column;
//! all of them at once, not only the first.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Schema};

use super::fields::{Field, MapSpelling, SPELLINGS, Shape, spelling};
use crate::error::{Error, Result};

/// Where a field stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Columns of their own, the first non-empty one counts.
    Columns(Vec<usize>),
    /// Columns first, then keys of the map column at the index.
    ColumnsThenMap(Vec<usize>, usize, &'static [&'static str]),
}

/// Where a family of columns stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MapPlace {
    /// A map column.
    Map(usize),
    /// Flat columns: index and key.
    Columns(Vec<(usize, String)>),
}

/// The fields of one file, by root column index of its schema.
#[derive(Debug, Default)]
pub(crate) struct Binding {
    places: BTreeMap<Field, Place>,
    maps: BTreeMap<&'static str, MapPlace>,
}

impl Binding {
    /// Finds the fields and families in the schema of a file.
    ///
    /// # Errors
    /// When a required column is missing, or a column has a type that cannot mean what its name says.
    pub(crate) fn new(schema: &Schema, fields: &[Field], maps: &[MapSpelling], file: &str) -> Result<Self> {
        let mut wrong = Vec::new();
        let mut binding = Self::default();
        for required in SPELLINGS.iter().filter(|spelling| spelling.required) {
            if column_index(schema, required.columns[0]).is_none() {
                wrong.push(missing(schema, required.columns[0]));
            }
        }
        for &field in fields {
            let spelling = spelling(field);
            let columns: Vec<usize> = spelling.columns.iter().filter_map(|name| column_index(schema, name)).collect();
            for &index in &columns {
                let found = schema.field(index);
                if !fits(found.data_type(), spelling.shape) {
                    wrong.push(format!("{} is {}, not {}", found.name(), found.data_type(), wanted(spelling.shape)));
                }
            }
            let map = (!spelling.product_keys.is_empty())
                .then(|| column_index(schema, "product"))
                .flatten()
                .filter(|&index| is_text_map(schema.field(index).data_type()));
            match map {
                Some(map) => {
                    binding.places.insert(field, Place::ColumnsThenMap(columns, map, spelling.product_keys));
                }
                None if !columns.is_empty() => {
                    binding.places.insert(field, Place::Columns(columns));
                }
                None => {}
            }
        }
        for spelling in maps {
            if let Some(place) = map_place(schema, spelling) {
                binding.maps.insert(spelling.prefix, place);
            }
        }
        if wrong.is_empty() {
            return Ok(binding);
        }
        Err(Error::incomplete(format!("{file}: {}", wrong.join("; "))).hint(
            "the export must hold the standard line_item_* and bill_* columns under AWS's own names; \
             add them to the export and ask AWS to deliver the month again",
        ))
    }

    /// Returns where the field stands, or `None` when the file lacks it.
    pub(crate) fn place(&self, field: Field) -> Option<&Place> {
        self.places.get(&field)
    }

    /// Returns where the family stands, or `None` when the file lacks it.
    pub(crate) fn map_place(&self, spelling: &MapSpelling) -> Option<&MapPlace> {
        self.maps.get(spelling.prefix)
    }

    /// Leaves only those columns of a family whose keys are wanted, and returns all keys; a map column stays.
    pub(crate) fn keep(&mut self, spelling: &MapSpelling, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(MapPlace::Columns(columns)) = self.maps.get_mut(spelling.prefix) else { return Vec::new() };
        let keys = columns.iter().map(|(_, key)| key.clone()).collect();
        columns.retain(|(_, key)| wanted(key));
        keys
    }

    /// Returns the root columns to read, sorted.
    pub(crate) fn roots(&self) -> Vec<usize> {
        let mut roots: Vec<usize> = Vec::new();
        for place in self.places.values() {
            match place {
                Place::Columns(columns) => roots.extend(columns),
                Place::ColumnsThenMap(columns, map, _) => {
                    roots.extend(columns);
                    roots.push(*map);
                }
            }
        }
        for place in self.maps.values() {
            match place {
                MapPlace::Map(index) => roots.push(*index),
                MapPlace::Columns(columns) => roots.extend(columns.iter().map(|(index, _)| index)),
            }
        }
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// Rewrites all indices from the file's columns to those of a batch that holds only `roots`.
    #[must_use]
    pub(crate) fn projected(&self, roots: &[usize]) -> Self {
        let at = |index: &usize| roots.binary_search(index).unwrap_or(usize::MAX);
        let places = self.places.iter().map(|(&field, place)| {
            let place = match place {
                Place::Columns(columns) => Place::Columns(columns.iter().map(at).collect()),
                Place::ColumnsThenMap(columns, map, keys) => {
                    Place::ColumnsThenMap(columns.iter().map(at).collect(), at(map), keys)
                }
            };
            (field, place)
        });
        let maps = self.maps.iter().map(|(&name, place)| {
            let place = match place {
                MapPlace::Map(index) => MapPlace::Map(at(index)),
                MapPlace::Columns(columns) => {
                    MapPlace::Columns(columns.iter().map(|(index, key)| (at(index), key.clone())).collect())
                }
            };
            (name, place)
        });
        Self { places: places.collect(), maps: maps.collect() }
    }
}

fn column_index(schema: &Schema, name: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name() == name)
}

fn missing(schema: &Schema, name: &str) -> String {
    let alike = schema.fields().iter().find(|field| field.name().eq_ignore_ascii_case(name));
    match alike {
        Some(alike) => format!("required column {name} is missing ({} differs in letter case)", alike.name()),
        None => format!("required column {name} is missing"),
    }
}

fn map_place(schema: &Schema, spelling: &MapSpelling) -> Option<MapPlace> {
    let map = spelling
        .columns
        .iter()
        .find_map(|name| column_index(schema, name).filter(|&index| is_text_map(schema.field(index).data_type())));
    if let Some(index) = map {
        return Some(MapPlace::Map(index));
    }
    let columns: Vec<(usize, String)> = schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| fits(field.data_type(), Shape::Text))
        .filter_map(|(index, field)| Some((index, field.name().strip_prefix(spelling.prefix)?.to_owned())))
        .collect();
    (!columns.is_empty()).then_some(MapPlace::Columns(columns))
}

pub(super) fn is_text_map(data_type: &DataType) -> bool {
    let DataType::Map(entries, _) = data_type else { return false };
    let DataType::Struct(pair) = entries.data_type() else { return false };
    pair.len() == 2 && pair.iter().all(|field| fits(field.data_type(), Shape::Text))
}

pub(super) fn fits(data_type: &DataType, shape: Shape) -> bool {
    match shape {
        Shape::Text => match data_type {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Dictionary(_, value) => fits(value, shape),
            _ => false,
        },
        Shape::Amount => {
            matches!(
                data_type,
                DataType::Float64
                    | DataType::Float32
                    | DataType::Int32
                    | DataType::Int64
                    | DataType::Decimal32(..)
                    | DataType::Decimal64(..)
                    | DataType::Decimal128(..)
            )
        }
        Shape::Instant => matches!(data_type, DataType::Timestamp(..)),
    }
}

pub(super) fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::Amount => "a double",
        Shape::Instant => "a timestamp",
    }
}
