//! The `product` map of CUR 2.0 as one code a row: rows of one product have the same entries, which are read once.

use std::{hash::BuildHasher, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, DictionaryArray, MapArray},
    compute::cast,
    datatypes::{DataType, Int32Type},
};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Pool, columns::same, pack::Packer};
use crate::error::{Error, Result};

/// Marks a null value among the codes of entries.
const NULL: i32 = -1;

/// The map column of a file.
#[derive(Debug)]
pub(super) struct ProductColumn {
    index: usize,
    /// The map keys that facts stand under, by slot.
    keys: Vec<&'static str>,
    dictionaries: Option<(ArrayRef, ArrayRef)>,
    /// Slot by code of the key dictionary.
    slot_of: Vec<Option<usize>>,
    /// Entries of each known product: its key codes, then its value codes.
    known: Vec<Box<[i32]>>,
    by_hash: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Pool codes of each known product, slot by slot.
    codes: Vec<u32>,
    of_row: Vec<u32>,
}

impl ProductColumn {
    /// Reads the map at the index.
    pub(super) fn new(index: usize) -> Self {
        Self {
            index,
            keys: Vec::new(),
            dictionaries: None,
            slot_of: Vec::new(),
            known: Vec::new(),
            by_hash: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            codes: Vec::new(),
            of_row: Vec::new(),
        }
    }

    /// Returns the index of the column.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Returns the slot of a map key.
    pub(super) fn slot(&mut self, key: &'static str) -> usize {
        self.keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        })
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
            let product = self.product(row_keys, row_values, values, pool);
            self.of_row.push(product);
        }
        Ok(())
    }

    /// Forgets the products when the codes of their entries mean something else now.
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
        let slot = |text: Option<&str>| self.keys.iter().position(|key| Some(*key) == text);
        self.slot_of = texts.iter().map(slot).collect();
        self.dictionaries = Some((Arc::clone(keys.values()), Arc::clone(values.values())));
    }

    fn product(
        &mut self,
        keys: &[i32],
        values: &[i32],
        dictionary: &DictionaryArray<Int32Type>,
        pool: &mut Pool,
    ) -> u32 {
        let hash = self.hasher.hash_one((keys, values));
        let is_known = |&product: &u32| {
            let entries = &self.known[product as usize];
            entries.len() == 2 * keys.len() && entries[..keys.len()] == *keys && entries[keys.len()..] == *values
        };
        if let Some(&product) = self.by_hash.find(hash, is_known) {
            return product;
        }
        let texts = dictionary.values().as_string::<i32>();
        let mut codes = vec![0; self.keys.len()];
        for (&key, &value) in keys.iter().zip(values) {
            let slot = usize::try_from(key).ok().and_then(|key| self.slot_of.get(key).copied().flatten());
            let text =
                usize::try_from(value).ok().filter(|&value| texts.is_valid(value)).map(|value| texts.value(value));
            if let Some(slot) = slot {
                codes[slot] = text.map_or(0, |text| pool.code(text));
            }
        }
        let product = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.codes.extend(codes);
        self.known.push([keys, values].concat().into());
        let (known, hasher) = (&self.known, &self.hasher);
        self.by_hash.insert_unique(hash, product, |&product| {
            let entries = &known[product as usize];
            let (keys, values) = entries.split_at(entries.len() / 2);
            hasher.hash_one((keys, values))
        });
        product
    }

    /// Adds the products of the batch to what tells its rows apart.
    pub(super) fn pack(&self, packer: &mut Packer) {
        packer.add(self.known.len(), self.of_row.iter().copied());
    }

    /// Returns the pool code of a fact in a row of the last batch.
    pub(super) fn code(&self, row: usize, slot: usize) -> u32 {
        self.codes[self.of_row[row] as usize * self.keys.len() + slot]
    }
}

/// Returns texts with dictionary codes.
fn coded(texts: &ArrayRef) -> Result<ArrayRef> {
    let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    if *texts.data_type() == wanted {
        return Ok(Arc::clone(texts));
    }
    cast(texts, &wanted).map_err(|_| Error::incomplete("a map column holds something else than text"))
}
