//! One worker's sums: takes coded batches in, keeps cells by month, day, hour and resource.

use std::sync::Arc;

use arrow::array::Array;

use super::{
    cells::{CellKey, Cells, Sums},
    key::{Registry, UsageKey},
    resources::Resources,
};
use crate::{
    error::Result,
    normalize::{Account, CodedBatch, Coder},
};

/// Milliseconds of an hour and a day.
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The numbers that a worker's codes have in the registry.
#[derive(Debug, Clone, Copy)]
struct UsageNumbers {
    usage: u32,
    by_day: u32,
    by_hour: Option<u32>,
}

/// Sums by every grain that the rollup keeps.
#[derive(Debug, Default)]
pub(super) struct Grains {
    /// By account and usage.
    pub months: Cells,
    /// By day, account and coarse usage.
    pub days: Cells,
    /// By hour, payer and compute usage.
    pub hours: Cells,
}

/// A worker's part of a month.
#[derive(Default)]
pub(super) struct Tally {
    registry: Registry,
    usages: Vec<UsageNumbers>,
    accounts: Vec<u32>,
    /// The accounts without their tags.
    plain: Vec<u32>,
    payers: Vec<u32>,
    pub grains: Grains,
    pub resources: Resources,
    // Of the last batch, so that their memory serves the next one.
    places: Vec<Place>,
    lines: Vec<Sums>,
    keys: Vec<CellKey>,
    rows: Vec<usize>,
}

/// Where and when a line item belongs, in the codes of the coder.
#[derive(Debug, Clone, Copy)]
struct Place {
    hour: i32,
    account: u32,
    usage: u32,
}

impl Tally {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// When a value is not what its column says.
    pub(super) fn add(&mut self, coder: &Coder, batch: &CodedBatch<'_>) -> Result<()> {
        self.learn(coder);
        self.places.clear();
        self.lines.clear();
        for row in 0..batch.rows() {
            let (usage, line_type, money) = batch.row(row)?;
            let mut line = Sums::of(&money, batch.quantity.get(row)?.unwrap_or(0));
            let start = if batch.starts.is_valid(row) { batch.starts.value(row) } else { 0 };
            if line_type.is_usage() {
                let end = if batch.ends.is_valid(row) { batch.ends.value(row) } else { start };
                line.any_usage_through = end;
                if batch.ends.is_valid(row) && end <= start + DAY {
                    line.usage_through = end;
                }
            }
            self.lines.push(line);
            let hour = i32::try_from(start.div_euclid(HOUR)).unwrap_or(0);
            self.places.push(Place { hour, account: batch.accounts[row], usage });
        }
        let (usages, accounts, payers) = (&self.usages, &self.accounts, &self.payers);
        let usage = |place: &Place| usages[place.usage as usize];
        let account = |place: &Place| accounts[place.account as usize];
        let every = 0..self.lines.len();

        self.keys.clear();
        self.keys.extend(self.places.iter().map(|at| CellKey {
            place: 0,
            account: account(at),
            usage: usage(at).usage,
        }));
        self.grains.months.add_all(&self.keys, every.clone(), &self.lines);

        // How far usage reaches is a matter of the month alone.
        for line in &mut self.lines {
            (line.usage_through, line.any_usage_through) = (0, 0);
        }
        if let Some(column) = &batch.resources {
            let ids = self.resources.numbers(column)?;
            for (key, id) in self.keys.iter_mut().zip(&ids) {
                key.place = id.cast_signed();
            }
            self.resources.give_back(ids);
        } else {
            let absent = self.resources.absent().cast_signed();
            self.keys.iter_mut().for_each(|key| key.place = absent);
        }
        self.resources.add_all(&self.keys, &self.lines);

        self.keys.clear();
        self.keys.extend(self.places.iter().map(|at| CellKey {
            place: at.hour.div_euclid(24),
            account: self.plain[at.account as usize],
            usage: usage(at).by_day,
        }));
        self.grains.days.add_all(&self.keys, every, &self.lines);

        self.keys.clear();
        self.rows.clear();
        for (row, at) in self.places.iter().enumerate() {
            if let Some(by_hour) = usage(at).by_hour {
                self.rows.push(row);
                self.keys.push(CellKey { place: at.hour, account: payers[at.account as usize], usage: by_hour });
            }
        }
        self.grains.hours.add_all(&self.keys, self.rows.iter().copied(), &self.lines);
        Ok(())
    }

    /// Numbers the codes that the coder has given since the last batch.
    fn learn(&mut self, coder: &Coder) {
        for charged in &coder.usages()[self.usages.len()..] {
            let key = UsageKey::of(charged);
            let numbers = &mut self.registry.usages;
            let by_hour = key.by_hour().map(|key| numbers.of(key));
            let by_day = numbers.of(key.by_day());
            self.usages.push(UsageNumbers { usage: numbers.of(key), by_day, by_hour });
        }
        for account in &coder.accounts()[self.accounts.len()..] {
            let plain = Account { tags: None, ..account.clone() };
            let payer = Account { account_id: None, account_name: None, ..plain.clone() };
            self.payers.push(self.registry.accounts.of(payer));
            self.accounts.push(self.registry.accounts.of(account.clone()));
            self.plain.push(self.registry.accounts.of(plain));
        }
    }

    /// Returns the bytes of memory that the sums take, roughly.
    pub(super) fn bytes(&self) -> usize {
        let Grains { months, days, hours } = &self.grains;
        months.bytes() + days.bytes() + hours.bytes() + self.resources.bytes()
    }

    /// Returns the keys by the numbers that the cells use.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Takes the keys out, when the cells go with them.
    pub(super) fn take_registry(&mut self) -> Registry {
        std::mem::take(&mut self.registry)
    }
}

/// Numbers the keys of one registry in another.
pub(super) struct Renaming {
    usages: Vec<u32>,
    accounts: Vec<u32>,
}

impl Renaming {
    /// Finds the numbers that the keys of `from` have in `into`, which learns the new ones.
    pub(super) fn new(from: &Registry, into: &mut Registry) -> Self {
        Self {
            usages: from.usages.keys().iter().map(|key| into.usages.of_shared(key)).collect(),
            accounts: from.accounts.keys().iter().map(|key| into.accounts.of_shared(key)).collect(),
        }
    }

    /// Finds the numbers that keys have in `into`, which learns the new ones.
    pub(super) fn of_keys(usages: &[Arc<UsageKey>], accounts: Vec<Account>, into: &mut Registry) -> Self {
        Self {
            usages: usages.iter().map(|key| into.usages.of_shared(key)).collect(),
            accounts: accounts.into_iter().map(|account| into.accounts.of(account)).collect(),
        }
    }

    /// Returns the key in the other numbers.
    pub(super) fn rename(&self, key: CellKey) -> CellKey {
        CellKey {
            place: key.place,
            account: self.accounts[key.account as usize],
            usage: self.usages[key.usage as usize],
        }
    }

    /// Returns the key in the other numbers; `None` for one that the registry does not hold.
    pub(super) fn checked(&self, key: CellKey) -> Option<CellKey> {
        let (account, usage) = (self.accounts.get(key.account as usize)?, self.usages.get(key.usage as usize)?);
        Some(CellKey { place: key.place, account: *account, usage: *usage })
    }
}

impl Grains {
    /// Adds all cells of the other one and empties it.
    pub(super) fn absorb(&mut self, other: &mut Self, renaming: &Renaming) {
        self.months.absorb(&mut other.months, |key| renaming.rename(key));
        self.days.absorb(&mut other.days, |key| renaming.rename(key));
        self.hours.absorb(&mut other.hours, |key| renaming.rename(key));
    }
}
