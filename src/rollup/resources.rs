//! Sums by resource, in bounded memory.
//!
//! A bill may have millions of resources. Their cells are kept until they outgrow the share of memory that the worker
//! has; then they are spilled to a temporary file, cut into parts by a hash of the resource id. In the end part after
//! part is added up: what is in memory at a time is one part of all.

use std::hash::{BuildHasher, Hasher};

use arrow::{
    array::{Array, ArrayRef, AsArray},
    compute::cast,
    datatypes::DataType,
};
use hashbrown::{HashTable, hash_table::Entry};

use super::cells::{CellKey, Cells, Sums};
use crate::error::{Error, Result};

/// Parts that spilled resources are cut into.
pub(super) const PARTS: usize = 64;

/// Hashes resource ids; the same on every run and machine, for it decides which part a resource lies in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct IdHash;

impl BuildHasher for IdHash {
    type Hasher = foldhash::fast::FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        foldhash::fast::FixedState::with_seed(0x6772_6176).build_hasher()
    }
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = IdHash.build_hasher();
    hasher.write(text);
    hasher.finish()
}

/// Returns the part that a resource lies in.
fn part_of(text: &[u8]) -> usize {
    // The top bits: the low ones choose the place in hash tables.
    usize::try_from(hash(text) >> 58).unwrap_or(0)
}

/// Distinct texts by number.
#[derive(Debug, Default)]
struct Texts {
    numbers: HashTable<(u64, u32)>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// Returns the number of a text.
    #[inline]
    fn number(&mut self, text: &str) -> u32 {
        self.number_of(text.as_bytes())
    }

    #[inline]
    fn number_of(&mut self, text: &[u8]) -> u32 {
        let hash = hash(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let is_it = |&(known, number): &(u64, u32)| known == hash && slice(bytes, ends, number) == text;
        match self.numbers.entry(hash, is_it, |&(hash, _)| hash) {
            Entry::Occupied(found) => found.get().1,
            Entry::Vacant(free) => {
                let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                free.insert((hash, number));
                self.bytes.extend_from_slice(text);
                self.ends.push(self.bytes.len());
                number
            }
        }
    }

    /// Returns the text of a number.
    fn bytes_of(&self, number: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, number)
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn bytes(&self) -> usize {
        self.bytes.len() * 3 / 2 + self.ends.len() * (16 * 2 + 8 + 4)
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

fn slice<'t>(bytes: &'t [u8], ends: &[usize], number: u32) -> &'t [u8] {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &bytes[start..ends[number]]
}

/// A worker's cells by resource.
#[derive(Debug, Default)]
pub(super) struct Resources {
    texts: Texts,
    cells: Cells,
    ids: Vec<u32>,
}

impl Resources {
    /// Returns the number of the resource of each row; an absent id is a resource of its own, the empty one.
    pub(super) fn numbers(&mut self, column: &ArrayRef) -> Result<Vec<u32>> {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        match column.data_type() {
            DataType::Utf8View => {
                // Runs of one resource are common: a comparison is cheaper than a look-up.
                let mut last: Option<(&str, u32)> = None;
                for text in column.as_string_view().iter().map(Option::unwrap_or_default) {
                    let id = match last {
                        Some((known, id)) if known == text => id,
                        _ => self.texts.number(text),
                    };
                    last = Some((text, id));
                    ids.push(id);
                }
            }
            DataType::Dictionary(..) => {
                let dictionary = column.as_any_dictionary();
                // A batch in which no row names its resource may have no dictionary at all.
                if dictionary.values().is_empty() {
                    ids.resize(column.len(), self.texts.number(""));
                    return Ok(ids);
                }
                let values = cast(dictionary.values(), &DataType::Utf8)?;
                let values = values.as_string::<i32>();
                let mut known: Vec<Option<u32>> = vec![None; values.len()];
                let keys = dictionary.normalized_keys();
                for (row, key) in keys.into_iter().enumerate() {
                    ids.push(if column.is_null(row) || values.is_null(key) {
                        self.texts.number("")
                    } else {
                        *known[key].get_or_insert_with(|| self.texts.number(values.value(key)))
                    });
                }
            }
            _ => {
                let texts = cast(column, &DataType::Utf8)?;
                ids.extend(texts.as_string::<i32>().iter().map(|text| self.texts.number(text.unwrap_or(""))));
            }
        }
        Ok(ids)
    }

    /// Returns the number of the resource of rows that state none.
    pub(super) fn absent(&mut self) -> u32 {
        self.texts.number("")
    }

    /// Gives the memory of numbers back.
    pub(super) fn give_back(&mut self, ids: Vec<u32>) {
        self.ids = ids;
    }

    /// Adds lines to the cells of their resources.
    pub(super) fn add_all(&mut self, keys: &[CellKey], lines: &[Sums]) {
        self.cells.add_all(keys, 0..lines.len(), lines);
    }

    /// Adds to the cell of a resource by its id.
    pub(super) fn add_text(&mut self, text: &str, account: u32, usage: u32, sums: &Sums) {
        let place = self.texts.number(text).cast_signed();
        self.cells.add(CellKey { place, account, usage }, sums);
    }

    /// Returns the bytes of memory that the cells take, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.texts.bytes() + self.cells.bytes()
    }

    /// Tells whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.len() == 0
    }

    /// Adds all cells of the other one under the keys that `rename` gives, and empties it.
    pub(super) fn absorb(&mut self, other: &mut Self, rename: impl Fn(CellKey) -> CellKey) {
        let count = u32::try_from(other.texts.len()).unwrap_or(u32::MAX);
        let numbers: Vec<u32> = (0..count).map(|number| self.texts.number_of(other.texts.bytes_of(number))).collect();
        self.cells.absorb(&mut other.cells, |key| {
            let place = numbers[key.place.cast_unsigned() as usize].cast_signed();
            CellKey { place, ..rename(key) }
        });
        other.texts.clear();
    }

    /// Takes all cells out, sorted by part, id, account and usage.
    pub(super) fn drain(&mut self, mut take: impl FnMut(usize, &str, CellKey, &Sums) -> Result<()>) -> Result<()> {
        let count = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut order: Vec<(usize, &[u8], u32)> = (0..count)
            .map(|number| {
                let text = self.texts.bytes_of(number);
                (part_of(text), text, number)
            })
            .collect();
        order.sort_unstable();
        let mut ranks = vec![0_u32; order.len()];
        for (rank, &(_, _, number)) in (0..).zip(&order) {
            ranks[number as usize] = rank;
        }
        let rank_of = |key: &CellKey| ranks[key.place.cast_unsigned() as usize];
        for (key, sums) in self.cells.sorted_by(|key| (rank_of(key), key.account, key.usage)) {
            let (part, text, _) = order[rank_of(&key) as usize];
            let text = std::str::from_utf8(text).map_err(|_| Error::runtime("a resource id is no text"))?;
            take(part, text, key, &sums)?;
        }
        self.texts.clear();
        self.cells = Cells::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{array::DictionaryArray, datatypes::Int32Type};

    use super::*;

    /// Found in acceptance: a batch of a CSV in which no row names its resource.
    #[test]
    fn a_batch_without_any_resource_has_the_empty_one() {
        let mut resources = Resources::default();
        let none: DictionaryArray<Int32Type> = [None, None, None::<&str>].into_iter().collect();
        assert!(none.values().is_empty());
        let absent = resources.absent();
        assert_eq!(resources.numbers(&(Arc::new(none) as ArrayRef)).unwrap(), [absent; 3]);
        let some: DictionaryArray<Int32Type> = [Some("i-1"), None, Some("i-1")].into_iter().collect();
        let ids = resources.numbers(&(Arc::new(some) as ArrayRef)).unwrap();
        assert_eq!((ids[1], ids[0] == ids[2], ids[0] == absent), (absent, true, false));
    }
}
