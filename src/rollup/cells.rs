//! Sums of line items by code: the innermost loop of the product.
//!
//! A cell is told apart by a time (a day, an hour or none), an account and a usage. All sums are whole numbers of 10^-12,
//! so that neither threads nor the order of files can change a digit.

use std::hash::BuildHasher;

use hashbrown::{HashMap, HashTable, hash_table::Entry};

use super::resources::IdHash;
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
}

/// What tells cells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CellKey {
    /// Day or hour since 1970, or the number of a resource; 0 where the cell has none.
    pub place: i32,
    pub account: u32,
    pub usage: u32,
}

/// The innermost part of a cell: one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Core {
    key: CellKey,
    known: Known,
    line_items: u32,
    /// The low 64 bits of quantity, unblended, amortised and list cost; what does not fit is in `Cells::high`.
    low: [u64; CORE],
}

/// Amounts in the core of a cell, the first ones of [`super::columns::AMOUNTS`] in its own order.
const CORE: usize = 4;

/// Cells by their keys.
#[derive(Debug, Default)]
pub(super) struct Cells {
    index: HashTable<u32>,
    cores: Vec<Core>,
    /// What the low halves of the core amounts cannot hold, by cell.
    high: HashMap<u32, [i64; CORE]>,
    /// Line items beyond 32 bits, by cell.
    more_line_items: HashMap<u32, u64>,
    /// Net unblended and net amortised cost; empty as long as the bill has none.
    net: Vec<[i128; 2]>,
    /// Upfront cost and amortised upfront cost, of the few cells that have any.
    upfront: HashMap<u32, [i128; 2]>,
    /// Ends of usage; empty as long as nobody asks for them.
    through: Vec<[i64; 2]>,
    /// Where the rows of the last batch went.
    found: Vec<u32>,
}

/// Bytes of memory that a cell takes, the index included.
const CELL_BYTES: usize = size_of::<Core>() * 3 / 2 + 2 * size_of::<(u8, u32)>();

fn hash(key: CellKey) -> u64 {
    IdHash.hash_one((u64::from(key.account) << 32 | u64::from(key.usage), key.place))
}

impl Cells {
    /// Adds lines to the cells of their keys; `rows` says which line each key is for.
    ///
    /// Looking all cells up first keeps many memory accesses under way at a time: that, not the sums, is what a large
    /// bill costs. The same key often follows itself: a bill lists the hours of a resource one after the other.
    pub(super) fn add_all(&mut self, keys: &[CellKey], rows: impl Iterator<Item = usize>, lines: &[Sums]) {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let mut last: Option<(CellKey, u32)> = None;
        for &key in keys {
            let cell = match last {
                Some((known, cell)) if known == key => cell,
                _ => self.find(key),
            };
            last = Some((key, cell));
            found.push(cell);
        }
        for (&cell, row) in found.iter().zip(rows) {
            self.add_to(cell, &lines[row]);
        }
        self.found = found;
    }

    /// Adds to one cell.
    pub(super) fn add(&mut self, key: CellKey, sums: &Sums) {
        let cell = self.find(key);
        self.add_to(cell, sums);
    }

    /// Returns the cell of a key, which is made when it is not there.
    #[inline]
    fn find(&mut self, key: CellKey) -> u32 {
        let cores = &self.cores;
        let entry = self.index.entry(
            hash(key),
            |&cell| cores[cell as usize].key == key,
            |&cell| hash(cores[cell as usize].key),
        );
        match entry {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(free) => {
                let cell = u32::try_from(self.cores.len()).unwrap_or(u32::MAX);
                free.insert(cell);
                self.cores.push(Core { key, known: Known::default(), line_items: 0, low: [0; CORE] });
                cell
            }
        }
    }

    #[inline]
    fn add_to(&mut self, cell: u32, sums: &Sums) {
        let core = &mut self.cores[cell as usize];
        core.known.0 |= sums.known.0;
        match u32::try_from(sums.line_items).ok().and_then(|count| core.line_items.checked_add(count)) {
            Some(count) => core.line_items = count,
            None => *self.more_line_items.entry(cell).or_default() += sums.line_items,
        }
        let mut carries = [0; CORE];
        for ((low, carry), amount) in
            core.low.iter_mut().zip(&mut carries).zip([sums.usage_amount, sums.unblended, sums.amortized, sums.list])
        {
            let whole = i128::from(*low) + amount;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the rest is the carry")]
            {
                *low = whole as u64;
                *carry = (whole >> 64) as i64;
            }
        }
        if carries != [0; CORE] {
            self.carry(cell, carries);
        }
        if sums.net_unblended != 0 || sums.net_amortized != 0 {
            self.net.resize(self.cores.len().max(self.net.len()), [0; 2]);
            let net = &mut self.net[cell as usize];
            net[0] += sums.net_unblended;
            net[1] += sums.net_amortized;
        }
        if sums.upfront != 0 || sums.amortized_upfront != 0 {
            let upfront = self.upfront.entry(cell).or_default();
            upfront[0] += sums.upfront;
            upfront[1] += sums.amortized_upfront;
        }
        if sums.any_usage_through != 0 {
            if self.through.len() <= cell as usize {
                self.through.resize(self.cores.len(), [0; 2]);
            }
            let through = &mut self.through[cell as usize];
            through[0] = through[0].max(sums.usage_through);
            through[1] = through[1].max(sums.any_usage_through);
        }
    }

    #[cold]
    fn carry(&mut self, cell: u32, carries: [i64; CORE]) {
        let high = self.high.entry(cell).or_default();
        for (high, carry) in high.iter_mut().zip(carries) {
            *high += carry;
        }
    }

    /// Returns the line items of all cells.
    pub(super) fn line_items(&self) -> u64 {
        self.cores.iter().map(|core| u64::from(core.line_items)).sum::<u64>()
            + self.more_line_items.values().sum::<u64>()
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.cores.len()
    }

    /// Returns the bytes of memory that the cells take, roughly.
    pub(super) fn bytes(&self) -> usize {
        let rare = self.high.len() + self.upfront.len();
        self.len() * CELL_BYTES + self.net.len() * size_of::<[i128; 2]>() + rare * 2 * size_of::<[i128; 3]>()
    }

    /// Adds all cells of the other one under the keys that `rename` gives, and empties it.
    pub(super) fn absorb(&mut self, other: &mut Self, rename: impl Fn(CellKey) -> CellKey) {
        for cell in 0..other.cores.len() {
            let (key, sums) = other.cell(cell);
            self.add(rename(key), &sums);
        }
        *other = Self::default();
    }

    /// Returns key and sums of a cell.
    fn cell(&self, cell: usize) -> (CellKey, Sums) {
        let core = &self.cores[cell];
        let number = u32::try_from(cell).unwrap_or(u32::MAX);
        let high = self.high.get(&number).copied().unwrap_or_default();
        let whole = |index: usize| (i128::from(high[index]) << 64) + i128::from(core.low[index]);
        let [net_unblended, net_amortized] = self.net.get(cell).copied().unwrap_or_default();
        let [upfront, amortized_upfront] = self.upfront.get(&number).copied().unwrap_or_default();
        let [usage_through, any_usage_through] = self.through.get(cell).copied().unwrap_or_default();
        let sums = Sums {
            line_items: u64::from(core.line_items) + self.more_line_items.get(&number).copied().unwrap_or_default(),
            usage_amount: whole(0),
            unblended: whole(1),
            amortized: whole(2),
            list: whole(3),
            net_unblended,
            net_amortized,
            upfront,
            amortized_upfront,
            known: core.known,
            usage_through,
            any_usage_through,
        };
        (core.key, sums)
    }

    /// Returns the cells in the order of their keys.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (CellKey, Sums)> + '_ {
        self.sorted_by(|key| *key)
    }

    /// Returns the cells in the order that `rank` gives their keys.
    pub(super) fn sorted_by<R: Ord>(&self, rank: impl Fn(&CellKey) -> R) -> impl Iterator<Item = (CellKey, Sums)> + '_ {
        let mut order: Vec<u32> = (0..u32::try_from(self.cores.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by_key(|&cell| rank(&self.cores[cell as usize].key));
        order.into_iter().map(|cell| self.cell(cell as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: CellKey = CellKey { place: 3, account: 1, usage: 2 };

    fn row(list: Option<i128>) -> RowMoney {
        RowMoney {
            unblended: 5,
            amortized: 4,
            net_unblended: None,
            net_amortized: None,
            list,
            upfront: 0,
            amortized_upfront: Some(0),
        }
    }

    #[test]
    fn unknown_parts_leave_a_sum_unknown() {
        let mut cells = Cells::default();
        cells.add(KEY, &Sums::of(&row(None), 10));
        assert!(!cells.sorted().next().unwrap().1.known.has(Known::LIST));
        cells.add(KEY, &Sums::of(&row(Some(0)), 10));
        let mut all = Cells::default();
        all.absorb(&mut cells, |key| CellKey { account: key.account + 1, ..key });
        let (key, sums) = all.sorted().next().unwrap();
        assert_eq!((key.account, sums.line_items, sums.usage_amount), (2, 2, 20));
        assert!(sums.known.has(Known::LIST) && !sums.known.has(Known::NET_UNBLENDED));
        assert!(!sums.known.has(Known::UPFRONT_UNKNOWN));
        assert_eq!(cells.len(), 0);
    }

    /// Amounts of every size and sign, against plain sums of 128 bits.
    #[test]
    fn sums_are_exact_whatever_their_size() {
        let mut state = 11_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 20
        };
        let mut cells = Cells::default();
        let mut plain: std::collections::BTreeMap<CellKey, [i128; 8]> = std::collections::BTreeMap::new();
        for _ in 0..20_000 {
            let key = CellKey { place: i32::try_from(next() % 7).unwrap() - 3, account: 0, usage: 1 };
            let mut amounts = [0_i128; 8];
            for amount in &mut amounts {
                let size = next() % 100;
                let sign = if next() % 2 == 0 { 1 } else { -1 };
                *amount = sign * (i128::from(next()) << size >> 30);
            }
            let mut sums = Sums { line_items: 1, ..Sums::default() };
            sums.set_amounts(amounts);
            cells.add_all(&[key], std::iter::once(0), &[sums]);
            for (sum, amount) in plain.entry(key).or_default().iter_mut().zip(amounts) {
                *sum += amount;
            }
        }
        let read: Vec<(CellKey, [i128; 8])> = cells.sorted().map(|(key, sums)| (key, sums.amounts())).collect();
        assert_eq!(read, plain.into_iter().collect::<Vec<_>>());
    }
}
