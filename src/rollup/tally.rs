//! One worker's sums: takes coded batches in, keeps cells by month, day, hour and resource.

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
    payers: Vec<u32>,
    pub grains: Grains,
    pub resources: Resources,
}

impl Tally {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// When a value is not what its column says.
    pub(super) fn add(&mut self, coder: &Coder, batch: &CodedBatch<'_>) -> Result<()> {
        self.learn(coder);
        let ids = batch.resources.as_ref().map(|column| self.resources.numbers(column)).transpose()?;
        let no_id = self.resources.absent();
        for row in 0..batch.rows() {
            let (usage, line_type, money) = batch.row(row)?;
            let usage = self.usages[usage as usize];
            let local_account = batch.accounts[row] as usize;
            let account = self.accounts[local_account];
            let mut sums = Sums::of(&money, batch.quantity.get(row)?.unwrap_or(0));
            let start = if batch.starts.is_valid(row) { batch.starts.value(row) } else { 0 };
            let id = ids.as_ref().map_or(no_id, |ids| ids[row]);
            self.resources.add(CellKey { place: id.cast_signed(), account, usage: usage.usage }, &sums);
            let place = i32::try_from(start.div_euclid(DAY)).unwrap_or(0);
            self.grains.days.add(CellKey { place, account, usage: usage.by_day }, &sums);
            if let Some(by_hour) = usage.by_hour {
                let place = i32::try_from(start.div_euclid(HOUR)).unwrap_or(0);
                let account = self.payers[local_account];
                self.grains.hours.add(CellKey { place, account, usage: by_hour }, &sums);
            }
            if line_type.is_usage() {
                let end = if batch.ends.is_valid(row) { batch.ends.value(row) } else { start };
                sums.any_usage_through = end;
                if batch.ends.is_valid(row) && end <= start + DAY {
                    sums.usage_through = end;
                }
            }
            self.grains.months.add(CellKey { place: 0, account, usage: usage.usage }, &sums);
        }
        if let Some(ids) = ids {
            self.resources.give_back(ids);
        }
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
            let payer = Account { account_id: None, account_name: None, ..account.clone() };
            self.payers.push(self.registry.accounts.of(payer));
            self.accounts.push(self.registry.accounts.of(account.clone()));
        }
    }

    /// Returns the bytes of memory that the sums take, roughly.
    pub(super) fn bytes(&self) -> usize {
        let cells = self.grains.months.len() + self.grains.days.len() + self.grains.hours.len();
        cells * super::cells::CELL_BYTES + self.resources.bytes()
    }

    /// Returns the keys by the numbers that the cells use.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
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

    /// Returns the key in the other numbers.
    pub(super) fn rename(&self, key: CellKey) -> CellKey {
        CellKey {
            place: key.place,
            account: self.accounts[key.account as usize],
            usage: self.usages[key.usage as usize],
        }
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
