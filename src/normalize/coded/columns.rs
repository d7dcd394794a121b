//! The text columns of a file as small codes, and the codes of the facts that stand in them.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, DictionaryArray},
    buffer::{NullBuffer, ScalarBuffer},
    compute::cast,
    datatypes::{DataType, Int32Type},
};

use super::{
    Pool,
    map::MapColumn,
    pack::{Locals, Packer},
    tags::TagColumns,
};
use crate::{
    error::Result,
    normalize::{
        binding::{Binding, Place},
        fields::Field,
        line_type::SP_UPFRONT_REFUND,
        raw::RawBatch,
        tags::TagKeys,
        usage::DESCRIBED_SYSTEMS,
    },
};

/// Reduces a text to what the derivation of a usage reads of it.
fn digest(field: Field, text: &str) -> &str {
    match field {
        // Descriptions hold prices, tiers and names: only the words that are looked for count.
        Field::Description if text.starts_with(SP_UPFRONT_REFUND) => SP_UPFRONT_REFUND,
        Field::Description => DESCRIBED_SYSTEMS.into_iter().find(|name| text.contains(name)).unwrap_or(""),
        _ => text,
    }
}

/// A text column of the file.
#[derive(Debug)]
pub(super) struct TextColumn {
    index: usize,
    field: Field,
    /// The dictionary of the last batch, of which `codes` are the codes.
    dictionary: Option<ArrayRef>,
    codes: Vec<u32>,
    /// Pool code by small code; small code 0 is "absent or empty".
    pool_codes: Vec<u32>,
    small_of: hashbrown::HashMap<u32, u32>,
    keys: ScalarBuffer<i32>,
    nulls: Option<NullBuffer>,
    /// The one small code of the whole batch, where there is only one.
    constant: Option<u32>,
}

impl TextColumn {
    pub(super) fn new(index: usize, field: Field) -> Self {
        Self {
            index,
            field,
            dictionary: None,
            codes: Vec::new(),
            pool_codes: vec![0],
            small_of: hashbrown::HashMap::from([(0, 0)]),
            keys: ScalarBuffer::default(),
            nulls: None,
            constant: None,
        }
    }

    /// Takes the column of a batch.
    pub(super) fn take(&mut self, raw: &RawBatch<'_>, pool: &mut Pool) -> Result<()> {
        let column = raw.at(self.index);
        let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let column = if *column.data_type() == wanted { Arc::clone(column) } else { cast(column, &wanted)? };
        let dictionary: &DictionaryArray<Int32Type> = column.as_dictionary();
        let values = dictionary.values();
        let known = self.dictionary.as_ref().is_some_and(|known| same(known, values));
        if !known {
            self.codes.clear();
            for text in values.as_string::<i32>() {
                let code = pool.code(digest(self.field, text.unwrap_or("")));
                let next = u32::try_from(self.pool_codes.len()).unwrap_or(u32::MAX);
                let small = *self.small_of.entry(code).or_insert(next);
                if small == next {
                    self.pool_codes.push(code);
                }
                self.codes.push(small);
            }
            self.dictionary = Some(Arc::clone(values));
        }
        self.keys = dictionary.keys().values().clone();
        self.nulls = dictionary.keys().nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        self.constant = match (&self.nulls, self.codes.as_slice()) {
            (Some(nulls), _) if nulls.null_count() == self.keys.len() => Some(0),
            (Some(_), codes) => codes.iter().all(|&code| code == 0).then_some(0),
            (None, [first, rest @ ..]) => rest.iter().all(|code| code == first).then_some(*first),
            (None, []) => Some(0),
        };
        Ok(())
    }

    #[inline]
    fn small(&self, row: usize) -> u32 {
        if let Some(code) = self.constant {
            return code;
        }
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return 0;
        }
        self.codes[usize::try_from(self.keys[row]).unwrap_or(0)]
    }

    /// Returns the pool code of a row.
    pub(super) fn code(&self, row: usize) -> u32 {
        self.pool_codes[self.small(row) as usize]
    }

    /// Adds the column to what tells the rows of the batch apart.
    pub(super) fn pack(&self, packer: &mut Packer) {
        if self.constant.is_some() {
            return;
        }
        let count = self.pool_codes.len();
        let code = |key: i32| self.codes.get(usize::try_from(key).unwrap_or(0)).copied().unwrap_or(0);
        match &self.nulls {
            None => packer.add(count, self.keys.iter().map(|&key| code(key))),
            Some(nulls) => {
                packer.add(count, self.keys.iter().zip(nulls).map(|(&key, valid)| if valid { code(key) } else { 0 }));
            }
        }
    }
}

/// Tells whether two arrays are one and the same in memory.
pub(super) fn same(left: &ArrayRef, right: &ArrayRef) -> bool {
    left.len() == right.len() && {
        let (left, right) = (left.as_string::<i32>(), right.as_string::<i32>());
        std::ptr::eq(left.value_data().as_ptr(), right.value_data().as_ptr())
            && std::ptr::eq(left.value_offsets().as_ptr(), right.value_offsets().as_ptr())
    }
}

/// Where a fact stands: columns first, then slots of the product map.
#[derive(Debug, Default)]
struct FieldPlace {
    columns: Vec<usize>,
    slots: Vec<usize>,
}

/// The columns of a file in which a set of facts stands.
#[derive(Debug)]
pub(super) struct TextColumns {
    columns: Vec<TextColumn>,
    product: Option<MapColumn>,
    places: Vec<FieldPlace>,
    tags: Option<TagColumns>,
    packer: Packer,
    spare: Locals,
}

impl TextColumns {
    /// Finds the columns of the fields.
    pub(super) fn new(binding: &Binding, fields: &[Field]) -> Self {
        let mut columns: Vec<TextColumn> = Vec::new();
        let mut product: Option<MapColumn> = None;
        let mut places = Vec::with_capacity(fields.len());
        for &field in fields {
            let mut place = FieldPlace::default();
            let (indices, map): (&[usize], _) = match binding.place(field) {
                None => (&[], None),
                Some(Place::Columns(indices)) => (indices, None),
                Some(Place::ColumnsThenMap(indices, map, keys)) => (indices, Some((*map, *keys))),
            };
            for &index in indices {
                place.columns.push(columns.len());
                columns.push(TextColumn::new(index, field));
            }
            if let Some((map, keys)) = map {
                let product = product.get_or_insert_with(|| MapColumn::of_facts(map));
                place.slots.extend(keys.iter().map(|key| product.slot(key)));
            }
            places.push(place);
        }
        Self { columns, product, places, tags: None, packer: Packer::default(), spare: Locals::default() }
    }

    /// Tells rows apart by the tags that are asked for, too.
    pub(super) fn with_tags(self, binding: &Binding, keys: &Arc<TagKeys>) -> Self {
        Self { tags: TagColumns::new(binding, keys), ..self }
    }

    /// Returns the pool code of the tags in a row of the last batch.
    pub(super) fn tags(&self, row: usize, pool: &mut Pool) -> u32 {
        self.tags.as_ref().map_or(0, |tags| tags.code(row, pool))
    }

    /// Takes the keys of tags that were seen since the last time.
    pub(super) fn take_seen_tags(&mut self) -> Vec<String> {
        self.tags.as_mut().map(TagColumns::take_seen).unwrap_or_default()
    }

    /// Tells the rows of a batch apart by all the columns and, where given, by the values.
    ///
    /// The result is handed back with [`Self::give_back`], so that its memory serves the next batch.
    pub(super) fn local_codes(
        &mut self,
        raw: &RawBatch<'_>,
        pool: &mut Pool,
        values: Option<&[i64]>,
    ) -> Result<Locals> {
        self.packer.begin(raw.rows());
        for column in &mut self.columns {
            column.take(raw, pool)?;
            column.pack(&mut self.packer);
        }
        if let Some(product) = &mut self.product {
            product.take(raw.at(product.index()), pool)?;
            product.pack(&mut self.packer);
        }
        if let Some(tags) = &mut self.tags {
            tags.take(raw, pool)?;
            tags.pack(&mut self.packer);
        }
        if let Some(values) = values {
            self.packer.add_wide(values);
        }
        let mut locals = std::mem::take(&mut self.spare);
        self.packer.finish(&mut locals);
        Ok(locals)
    }

    /// Takes the memory of a result back.
    pub(super) fn give_back(&mut self, locals: Locals) {
        self.spare = locals;
    }

    /// Returns the pool codes of the facts in a row of the last batch.
    pub(super) fn field_codes<const N: usize>(&self, row: usize) -> [u32; N] {
        let mut codes = [0; N];
        for (code, place) in codes.iter_mut().zip(&self.places) {
            *code = self.field_code(place, row);
        }
        codes
    }

    fn field_code(&self, place: &FieldPlace, row: usize) -> u32 {
        for &column in &place.columns {
            let column = &self.columns[column];
            let code = column.code(row);
            if code != 0 {
                return code;
            }
        }
        let Some(product) = &self.product else { return 0 };
        place.slots.iter().map(|&slot| product.code(row, slot)).find(|&code| code != 0).unwrap_or(0)
    }
}
