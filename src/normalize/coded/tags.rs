//! The tags that are asked for as one code a row: columns of their own in CUR 1, entries of a map elsewhere.

use std::{collections::BTreeMap, sync::Arc};

use super::{Pool, columns::TextColumn, map::MapColumn, pack::Packer};
use crate::{
    error::Result,
    normalize::{
        binding::{Binding, MapPlace},
        fields::{Field, TAGS},
        raw::RawBatch,
        tags::TagKeys,
    },
};

/// The columns of a file in which tags stand.
#[derive(Debug)]
pub(super) enum TagColumns {
    /// A map column.
    Map(Box<MapColumn>),
    /// Columns with their keys.
    Columns(Vec<(TextColumn, String)>),
}

impl TagColumns {
    /// Finds the columns; `None` when no tag is asked for, or the file has none.
    pub(super) fn new(binding: &Binding, keys: &Arc<TagKeys>) -> Option<Self> {
        if keys.is_empty() {
            return None;
        }
        Some(match binding.map_place(&TAGS)? {
            MapPlace::Map(index) => Self::Map(Box::new(MapColumn::of_tags(*index, Arc::clone(keys)))),
            MapPlace::Columns(columns) => {
                // The values of tags are taken as they are, like account ids.
                let column = |(index, key): &(usize, String)| (TextColumn::new(*index, Field::Account), key.clone());
                Self::Columns(columns.iter().map(column).collect())
            }
        })
    }

    /// Takes the columns of a batch.
    pub(super) fn take(&mut self, raw: &RawBatch<'_>, pool: &mut Pool) -> Result<()> {
        match self {
            Self::Map(map) => map.take(raw.at(map.index()), pool),
            Self::Columns(columns) => columns.iter_mut().try_for_each(|(column, _)| column.take(raw, pool)),
        }
    }

    /// Adds the tags of the batch to what tells its rows apart.
    pub(super) fn pack(&self, packer: &mut Packer) {
        match self {
            Self::Map(map) => map.pack(packer),
            Self::Columns(columns) => columns.iter().for_each(|(column, _)| column.pack(packer)),
        }
    }

    /// Returns the pool code of the tags in a row of the last batch.
    pub(super) fn code(&self, row: usize, pool: &mut Pool) -> u32 {
        match self {
            Self::Map(map) => map.code(row, 0),
            Self::Columns(columns) => {
                let code = |(column, key): &(TextColumn, String)| {
                    Some((key.clone(), column.code(row))).filter(|(_, code)| *code != 0)
                };
                let codes: Vec<(String, u32)> = columns.iter().filter_map(code).collect();
                let tags: BTreeMap<&str, &str> =
                    codes.iter().filter_map(|(key, code)| Some((key.as_str(), &**pool.text(*code)?))).collect();
                let text = written(&tags);
                pool.code(&text)
            }
        }
    }

    /// Takes the keys that were seen in maps since the last time; those of columns are known without reading.
    pub(super) fn take_seen(&mut self) -> Vec<String> {
        match self {
            Self::Map(map) => map.take_seen(),
            Self::Columns(_) => Vec::new(),
        }
    }
}

/// Writes tags as text, those without a value left out; empty when there are none.
pub(super) fn written(tags: &BTreeMap<&str, &str>) -> String {
    let tags: BTreeMap<&&str, &&str> = tags.iter().filter(|(_, value)| !value.is_empty()).collect();
    if tags.is_empty() { String::new() } else { serde_json::to_string(&tags).unwrap_or_default() }
}
