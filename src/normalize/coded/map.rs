//! A map column as one code a row: rows of one product, or with the same tags, have the same entries, which are read once.

use std::{collections::BTreeMap, hash::BuildHasher, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, DictionaryArray, MapArray, StringArray},
    compute::cast,
    datatypes::{DataType, Int32Type},
};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::{Pool, columns::same, pack::Packer, tags::written};
use crate::{
    error::{Error, Result},
    normalize::tags::TagKeys,
};

/// Marks a null value among the codes of entries.
const NULL: i32 = -1;

/// What is read of the entries.
#[derive(Debug)]
enum Wanted {
    /// The values under these map keys, slot by slot.
    Facts(Vec<&'static str>),
    /// The tags that are asked for, together in one slot.
    Tags {
        keys: Arc<TagKeys>,
        /// Keys that were seen since somebody asked.
        seen: Vec<String>,
        /// Small code by pool code; most rows differ in other tags only.
        small_of: HashMap<u32, u32>,
        /// Small code by number of the entries.
        smalls: Vec<u32>,
    },
}

/// A map column of a file.
#[derive(Debug)]
pub(super) struct MapColumn {
    index: usize,
    wanted: Wanted,
    dictionaries: Option<(ArrayRef, ArrayRef)>,
    /// Slot by code of the key dictionary.
    slot_of: Vec<Option<usize>>,
    /// Each known combination of entries: its key codes, then its value codes.
    known: Vec<Box<[i32]>>,
    by_hash: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Pool codes of each known combination, slot by slot.
    codes: Vec<u32>,
    of_row: Vec<u32>,
}

impl MapColumn {
    fn new(index: usize, wanted: Wanted) -> Self {
        Self {
            index,
            wanted,
            dictionaries: None,
            slot_of: Vec::new(),
            known: Vec::new(),
            by_hash: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            codes: Vec::new(),
            of_row: Vec::new(),
        }
    }

    /// Reads facts of the map at the index.
    pub(super) fn of_facts(index: usize) -> Self {
        Self::new(index, Wanted::Facts(Vec::new()))
    }

    /// Reads tags of the map at the index.
    pub(super) fn of_tags(index: usize, keys: Arc<TagKeys>) -> Self {
        let small_of = HashMap::from([(0, 0)]);
        Self::new(index, Wanted::Tags { keys, seen: Vec::new(), small_of, smalls: Vec::new() })
    }

    /// Returns the index of the column.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Returns the slot of a map key; tags have one slot in all.
    pub(super) fn slot(&mut self, key: &'static str) -> usize {
        let Wanted::Facts(keys) = &mut self.wanted else { return 0 };
        keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            keys.push(key);
            keys.len() - 1
        })
    }

    /// Takes the keys of tags that were seen since the last time.
    pub(super) fn take_seen(&mut self) -> Vec<String> {
        match &mut self.wanted {
            Wanted::Facts(_) => Vec::new(),
            Wanted::Tags { seen, .. } => std::mem::take(seen),
        }
    }

    /// Takes the column of a batch.
    pub(super) fn take(&mut self, column: &ArrayRef, pool: &mut Pool) -> Result<()> {
        let map: &MapArray = column.as_map();
        let keys = coded(map.keys())?;
        let values = coded(map.values())?;
        let (keys, values) = (keys.as_dictionary::<Int32Type>(), values.as_dictionary::<Int32Type>());
        self.renew(keys, values);
        let key_codes: &[i32] = keys.keys().values();
        // The slots of null values hold any code: one that no dictionary has takes their place.
        let with_nulls: Vec<i32>;
        let value_codes: &[i32] = match values.keys().nulls().filter(|nulls| nulls.null_count() > 0) {
            None => values.keys().values(),
            Some(nulls) => {
                let codes = values.keys().values().iter().zip(nulls);
                with_nulls = codes.map(|(&code, valid)| if valid { code } else { NULL }).collect();
                &with_nulls
            }
        };
        let offsets = map.value_offsets();
        self.of_row.clear();
        self.of_row.reserve(map.len());
        for row in 0..map.len() {
            let range = if map.is_null(row) {
                0..0
            } else {
                usize::try_from(offsets[row]).unwrap_or(0)..usize::try_from(offsets[row + 1]).unwrap_or(0)
            };
            let (row_keys, row_values) = (&key_codes[range.clone()], &value_codes[range]);
            let number = self.number(row_keys, row_values, keys, values, pool);
            self.of_row.push(number);
        }
        Ok(())
    }

    /// Forgets the combinations when the codes of their entries mean something else now.
    fn renew(&mut self, keys: &DictionaryArray<Int32Type>, values: &DictionaryArray<Int32Type>) {
        let known = self.dictionaries.as_ref().is_some_and(|(known_keys, known_values)| {
            same(known_keys, keys.values()) && same(known_values, values.values())
        });
        if known {
            return;
        }
        self.known.clear();
        self.by_hash.clear();
        self.codes.clear();
        let texts = keys.values().as_string::<i32>();
        match &mut self.wanted {
            Wanted::Facts(facts) => {
                let slot = |text: Option<&str>| facts.iter().position(|key| Some(*key) == text);
                self.slot_of = texts.iter().map(slot).collect();
            }
            Wanted::Tags { keys, seen, smalls, .. } => {
                smalls.clear();
                seen.extend(texts.iter().flatten().map(str::to_owned));
                self.slot_of = texts.iter().map(|text| text.filter(|text| keys.takes(text)).map(|_| 0)).collect();
            }
        }
        self.dictionaries = Some((Arc::clone(keys.values()), Arc::clone(values.values())));
    }

    /// Returns the number of a combination of entries.
    fn number(
        &mut self,
        keys: &[i32],
        values: &[i32],
        key_texts: &DictionaryArray<Int32Type>,
        value_texts: &DictionaryArray<Int32Type>,
        pool: &mut Pool,
    ) -> u32 {
        let hash = self.hasher.hash_one((keys, values));
        let is_known = |&number: &u32| {
            let entries = &self.known[number as usize];
            entries.len() == 2 * keys.len() && entries[..keys.len()] == *keys && entries[keys.len()..] == *values
        };
        if let Some(&number) = self.by_hash.find(hash, is_known) {
            return number;
        }
        let texts = value_texts.values().as_string::<i32>();
        let slot = |key: i32| usize::try_from(key).ok().and_then(|key| self.slot_of.get(key).copied().flatten());
        let wanted = keys.iter().zip(values).filter_map(|(&key, &value)| Some((slot(key)?, key, text(texts, value))));
        match &mut self.wanted {
            Wanted::Facts(facts) => {
                let mut codes = vec![0; facts.len()];
                for (slot, _, text) in wanted {
                    codes[slot] = text.map_or(0, |text| pool.code(text));
                }
                self.codes.extend(codes);
            }
            Wanted::Tags { small_of, smalls, .. } => {
                let names = key_texts.values().as_string::<i32>();
                let tags: BTreeMap<&str, &str> =
                    wanted.filter_map(|(_, key, value)| Some((text(names, key)?, value.unwrap_or("")))).collect();
                let code = pool.code(&written(&tags));
                let next = u32::try_from(small_of.len()).unwrap_or(u32::MAX);
                smalls.push(*small_of.entry(code).or_insert(next));
                self.codes.push(code);
            }
        }
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push([keys, values].concat().into());
        let (known, hasher) = (&self.known, &self.hasher);
        self.by_hash.insert_unique(hash, number, |&number| {
            let entries = &known[number as usize];
            let (keys, values) = entries.split_at(entries.len() / 2);
            hasher.hash_one((keys, values))
        });
        number
    }

    /// Adds the column to what tells the rows of the batch apart.
    pub(super) fn pack(&self, packer: &mut Packer) {
        match &self.wanted {
            Wanted::Facts(_) => packer.add(self.known.len(), self.of_row.iter().copied()),
            Wanted::Tags { small_of, smalls, .. } => {
                packer.add(small_of.len(), self.of_row.iter().map(|&number| smalls[number as usize]));
            }
        }
    }

    /// Returns the pool code of a slot in a row of the last batch.
    pub(super) fn code(&self, row: usize, slot: usize) -> u32 {
        let slots = match &self.wanted {
            Wanted::Facts(facts) => facts.len(),
            Wanted::Tags { .. } => 1,
        };
        self.codes[self.of_row[row] as usize * slots + slot]
    }
}

/// Returns the text of a code; `None` for null.
fn text(texts: &StringArray, code: i32) -> Option<&str> {
    usize::try_from(code).ok().filter(|&code| code < texts.len() && texts.is_valid(code)).map(|code| texts.value(code))
}

/// Returns texts with dictionary codes.
fn coded(texts: &ArrayRef) -> Result<ArrayRef> {
    let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    if *texts.data_type() == wanted {
        return Ok(Arc::clone(texts));
    }
    cast(texts, &wanted).map_err(|_| Error::incomplete("a map column holds something else than text"))
}
