//! Sums of line items by code: the innermost loop of the product.
//!
//! A cell is told apart by a time (a day, an hour or none), an account and a usage. All sums are whole numbers of 10^-12,
//! so that neither threads nor the order of files can change a digit.

use hashbrown::HashMap;

use crate::normalize::RowMoney;

/// What is summed of the line items of a cell; `known` marks the sums of columns that the bill has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub line_items: u64,
    pub usage_amount: i128,
    pub unblended: i128,
    pub amortized: i128,
    pub net_unblended: i128,
    pub net_amortized: i128,
    pub list: i128,
    pub upfront: i128,
    pub amortized_upfront: i128,
    pub known: Known,
    /// Latest end of usage that spans a day or less, in milliseconds since 1970; 0 = none.
    pub usage_through: i64,
    /// Latest end of any usage.
    pub any_usage_through: i64,
}

/// Which optional sums have at least one part that is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Known(u8);

impl Known {
    pub(super) const NET_UNBLENDED: u8 = 1;
    pub(super) const NET_AMORTIZED: u8 = 2;
    pub(super) const LIST: u8 = 4;
    /// The other way round: one part that is not known makes this sum unknown.
    pub(super) const UPFRONT_UNKNOWN: u8 = 8;

    /// Tells whether the sum is known.
    pub(super) fn has(self, which: u8) -> bool {
        self.0 & which != 0
    }

    /// Marks the sum as known.
    pub(super) fn mark(&mut self, which: u8) {
        self.0 |= which;
    }
}

impl Sums {
    /// Returns the sums of one line item.
    #[inline]
    pub(super) fn of(money: &RowMoney, usage_amount: i128) -> Self {
        let mut sums = Self {
            line_items: 1,
            usage_amount,
            unblended: money.unblended,
            amortized: money.amortized,
            upfront: money.upfront,
            ..Self::default()
        };
        let mut optional = |sum: &mut i128, part: Option<i128>, which| {
            if let Some(part) = part {
                *sum = part;
                sums.known.mark(which);
            }
        };
        optional(&mut sums.net_unblended, money.net_unblended, Known::NET_UNBLENDED);
        optional(&mut sums.net_amortized, money.net_amortized, Known::NET_AMORTIZED);
        optional(&mut sums.list, money.list, Known::LIST);
        match money.amortized_upfront {
            Some(part) => sums.amortized_upfront = part,
            None => sums.known.mark(Known::UPFRONT_UNKNOWN),
        }
        sums
    }

    /// Returns the amounts in the order of [`super::columns::AMOUNTS`].
    pub(super) fn amounts(&self) -> [i128; 8] {
        [
            self.usage_amount,
            self.unblended,
            self.amortized,
            self.net_unblended,
            self.net_amortized,
            self.list,
            self.upfront,
            self.amortized_upfront,
        ]
    }

    /// Sets the amounts, in the order of [`super::columns::AMOUNTS`].
    pub(super) fn set_amounts(&mut self, amounts: [i128; 8]) {
        [
            self.usage_amount,
            self.unblended,
            self.amortized,
            self.net_unblended,
            self.net_amortized,
            self.list,
            self.upfront,
            self.amortized_upfront,
        ] = amounts;
    }

    /// Adds the other sums.
    #[inline]
    pub(super) fn add(&mut self, other: &Self) {
        self.line_items += other.line_items;
        self.usage_amount += other.usage_amount;
        self.unblended += other.unblended;
        self.amortized += other.amortized;
        self.net_unblended += other.net_unblended;
        self.net_amortized += other.net_amortized;
        self.list += other.list;
        self.upfront += other.upfront;
        self.amortized_upfront += other.amortized_upfront;
        self.known.0 |= other.known.0;
        self.usage_through = self.usage_through.max(other.usage_through);
        self.any_usage_through = self.any_usage_through.max(other.any_usage_through);
    }
}

/// What tells cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CellKey {
    /// Day or hour since 1970, or the number of a resource; 0 where the cell has none.
    pub place: i32,
    pub account: u32,
    pub usage: u32,
}

impl CellKey {
    fn packed(self) -> u128 {
        u128::from(self.place.cast_unsigned()) << 64 | u128::from(self.account) << 32 | u128::from(self.usage)
    }

    fn unpacked(packed: u128) -> Self {
        let [_, place, account, usage] =
            [96, 64, 32, 0].map(|shift| u32::try_from(packed >> shift & u128::from(u32::MAX)).unwrap_or(0));
        Self { place: place.cast_signed(), account, usage }
    }
}

/// Cells by their keys.
#[derive(Debug, Default)]
pub(super) struct Cells {
    index: HashMap<u128, u32>,
    sums: Vec<Sums>,
}

/// Bytes of memory that a cell takes, the index included.
pub(super) const CELL_BYTES: usize = size_of::<Sums>() * 3 / 2 + 2 * (size_of::<u128>() + 8);

impl Cells {
    /// Adds to a cell.
    #[inline]
    pub(super) fn add(&mut self, key: CellKey, sums: &Sums) {
        let next = u32::try_from(self.sums.len()).unwrap_or(u32::MAX);
        let index = *self.index.entry(key.packed()).or_insert(next);
        if index == next {
            self.sums.push(*sums);
        } else {
            self.sums[index as usize].add(sums);
        }
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    /// Adds all cells of the other one under the keys that `rename` gives, and empties it.
    pub(super) fn absorb(&mut self, other: &mut Self, rename: impl Fn(CellKey) -> CellKey) {
        for (packed, index) in other.index.drain() {
            self.add(rename(CellKey::unpacked(packed)), &other.sums[index as usize]);
        }
        other.sums.clear();
    }

    /// Returns the cells in the order of their keys.
    pub(super) fn sorted(&self) -> Vec<(CellKey, &Sums)> {
        let mut cells: Vec<(CellKey, &Sums)> = self
            .index
            .iter()
            .map(|(&packed, &index)| (CellKey::unpacked(packed), &self.sums[index as usize]))
            .collect();
        cells.sort_unstable_by_key(|(key, _)| *key);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_packing() {
        for key in [
            CellKey { place: 0, account: 0, usage: 0 },
            CellKey { place: -1, account: u32::MAX, usage: 7 },
            CellKey { place: i32::MAX, account: 1, usage: u32::MAX },
        ] {
            assert_eq!(CellKey::unpacked(key.packed()), key);
        }
    }

    #[test]
    fn unknown_parts_leave_a_sum_unknown() {
        let row = |list| RowMoney {
            unblended: 5,
            amortized: 4,
            net_unblended: None,
            net_amortized: None,
            list,
            upfront: 0,
            amortized_upfront: None,
        };
        let key = CellKey { place: 3, account: 1, usage: 2 };
        let mut cells = Cells::default();
        cells.add(key, &Sums::of(&row(None), 10));
        assert!(!cells.sorted()[0].1.known.has(Known::LIST));
        cells.add(key, &Sums::of(&row(Some(0)), 10));
        let mut all = Cells::default();
        all.absorb(&mut cells, |key| CellKey { account: key.account + 1, ..key });
        let sorted = all.sorted();
        assert_eq!((sorted[0].0.account, sorted[0].1.line_items, sorted[0].1.usage_amount), (2, 2, 20));
        assert!(sorted[0].1.known.has(Known::LIST) && !sorted[0].1.known.has(Known::NET_UNBLENDED));
        assert_eq!(cells.len(), 0);
    }
}
