//! Tells the rows of a batch apart by several small codes at once, exactly: the codes are packed into one word.

use hashbrown::HashMap;

/// Packs columns of small codes into one 64-bit word a row.
///
/// When the next column does not fit, the words so far are numbered in order of appearance, and the numbers take their
/// place: nothing is hashed away.
#[derive(Debug, Default)]
pub(super) struct Packer {
    words: Vec<u64>,
    bits: u32,
    numbers: HashMap<u64, u32>,
}

/// The distinct combinations of a batch.
#[derive(Debug, Default)]
pub(super) struct Locals {
    /// Number of the combination by row.
    pub of_row: Vec<u32>,
    /// First row of each combination.
    pub first_rows: Vec<u32>,
}

/// Returns how many bits hold the codes below `count`.
fn bits_for(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

impl Packer {
    /// Begins a batch.
    pub(super) fn begin(&mut self, rows: usize) {
        self.words.clear();
        self.words.resize(rows, 0);
        self.bits = 0;
    }

    /// Adds a column of codes below `count`.
    pub(super) fn add(&mut self, count: usize, codes: impl Iterator<Item = u32>) {
        let width = bits_for(count);
        if width == 0 {
            return;
        }
        if self.bits + width > u64::BITS {
            self.renumber();
        }
        let shift = self.bits;
        for (word, code) in self.words.iter_mut().zip(codes) {
            *word |= u64::from(code) << shift;
        }
        self.bits += width;
    }

    /// Adds a column of any 64-bit values.
    pub(super) fn add_wide(&mut self, values: &[i64]) {
        let Some(&first) = values.first() else { return };
        if values.iter().all(|&value| value == first) {
            return;
        }
        self.numbers.clear();
        let mut codes = Vec::with_capacity(values.len());
        for &value in values {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            codes.push(*self.numbers.entry(value.cast_unsigned()).or_insert(next));
        }
        let count = self.numbers.len();
        self.add(count, codes.into_iter());
    }

    fn renumber(&mut self) {
        self.numbers.clear();
        for word in &mut self.words {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            *word = u64::from(*self.numbers.entry(*word).or_insert(next));
        }
        self.bits = bits_for(self.numbers.len());
    }

    /// Numbers the combinations of the batch.
    pub(super) fn finish(&mut self, locals: &mut Locals) {
        locals.of_row.clear();
        locals.first_rows.clear();
        if self.bits == 0 {
            locals.of_row.resize(self.words.len(), 0);
            if !self.words.is_empty() {
                locals.first_rows.push(0);
            }
            return;
        }
        self.numbers.clear();
        for (row, &word) in self.words.iter().enumerate() {
            let next = u32::try_from(locals.first_rows.len()).unwrap_or(u32::MAX);
            let number = *self.numbers.entry(word).or_insert(next);
            if number == next {
                locals.first_rows.push(u32::try_from(row).unwrap_or(u32::MAX));
            }
            locals.of_row.push(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs columns and compares with the plain comparison of whole rows.
    fn check(columns: &[Vec<u32>]) {
        let rows = columns[0].len();
        let mut packer = Packer::default();
        packer.begin(rows);
        for column in columns {
            let count = column.iter().max().map_or(0, |max| *max as usize + 1);
            packer.add(count, column.iter().copied());
        }
        let mut locals = Locals::default();
        packer.finish(&mut locals);
        let mut known: Vec<Vec<u32>> = Vec::new();
        for row in 0..rows {
            let whole: Vec<u32> = columns.iter().map(|column| column[row]).collect();
            let number = known.iter().position(|other| *other == whole).unwrap_or_else(|| {
                known.push(whole.clone());
                assert_eq!(locals.first_rows[known.len() - 1] as usize, row);
                known.len() - 1
            });
            assert_eq!(locals.of_row[row] as usize, number, "row {row}");
        }
        assert_eq!(locals.first_rows.len(), known.len());
    }

    #[test]
    fn combinations_are_told_apart_whatever_their_number() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((state >> 33) % below).unwrap()
        };
        for (columns, below) in [(1, 5), (3, 2), (12, 3), (9, 40_000), (30, 1_000), (2, 1)] {
            let columns: Vec<Vec<u32>> = (0..columns).map(|_| (0..300).map(|_| next(below)).collect()).collect();
            check(&columns);
        }
    }

    #[test]
    fn wide_values_are_told_apart() {
        let mut packer = Packer::default();
        packer.begin(4);
        packer.add_wide(&[i64::MIN, 5, i64::MIN, -1]);
        packer.add(2, [0, 0, 1, 0].into_iter());
        let mut locals = Locals::default();
        packer.finish(&mut locals);
        assert_eq!(locals.of_row, [0, 1, 2, 3]);
    }
}
