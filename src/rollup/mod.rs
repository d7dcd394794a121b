//! Rolls millions of line items up to the rows that every figure comes from, and keeps them for the next run.
//!
//! ```text
//! deliveries ──build (scan, tally, spill)──► folders of the cache ──read──► UsageRow, tables by day, hour, resource
//! ```
//!
//! In: the deliveries of a bill. Out: [`UsageRow`]s in a fixed order, and cells by day, hour and resource. A delivery whose
//! files are the ones of an earlier run is not read again. All sums are exact: threads and files change nothing.

mod build;
mod cache;
mod cells;
mod columns;
mod crew;
#[cfg(test)]
pub(crate) mod fixture;
mod key;
mod keys;
mod making;
mod parts;
mod portion;
#[cfg(test)]
mod portion_tests;
mod read;
mod resources;
mod spill;
mod tables;
mod tagged;
mod tally;
mod times;
mod whole;

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    normalize::{ScanCount, TagKeys},
    pricing::PriceBook,
    source::{Bill, Delivery, Export},
    units::Month,
};
pub use build::Means;
pub use cache::Cache;
use cache::Name;
pub use key::UsageKey;
pub use parts::Part;
use parts::{Facts, Folder};
pub use portion::{Elsewhere, PieceOf, Portion, files, roll_up};
pub use tables::{CellTable, Grain};
pub use times::TimeRow;

/// Values of the tags that were asked for; `None` = untagged. Empty where none was.
pub type TagValues = Arc<[Option<Arc<str>>]>;

/// Line items of one month that are alike in all that the figures ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of line_items under their own names")]
pub struct UsageRow {
    pub month: Month,
    pub payer_account_id: Option<Arc<str>>,
    pub account_id: Option<Arc<str>>,
    pub account_name: Option<Arc<str>>,
    /// The values of the tags that were asked for, in their order.
    pub tags: TagValues,
    /// What was used, shared by all rows of that usage.
    pub usage: Arc<UsageKey>,
    /// Count of line items.
    pub line_items: u64,
    /// Quantity; hours where `usage_kind` is instance hours.
    pub usage_amount: Decimal,
    pub unblended_cost: Decimal,
    pub amortized_cost: Decimal,
    pub net_unblended_cost: Option<Decimal>,
    pub net_amortized_cost: Option<Decimal>,
    pub list_cost: Option<Decimal>,
    /// Unblended cost that pays for commitments up front, or gives such payments back.
    pub upfront_cost: Decimal,
    /// Share of earlier upfront payments in the amortised cost, as fee rows state it; `None` when one does not.
    pub amortized_upfront: Option<Decimal>,
    /// Latest end of usage that spans a day or less.
    pub usage_through: Option<DateTime<Utc>>,
    /// Latest end of any usage.
    pub any_usage_through: Option<DateTime<Utc>>,
}

/// A row has the columns of its usage.
impl Deref for UsageRow {
    type Target = UsageKey;

    fn deref(&self) -> &UsageKey {
        &self.usage
    }
}

impl DerefMut for UsageRow {
    fn deref_mut(&mut self) -> &mut UsageKey {
        Arc::make_mut(&mut self.usage)
    }
}

/// The parts that [`Rollup::usage_rows`] reads.
pub const USAGE_PARTS: &[Part] = &[Part::Usages, Part::Accounts, Part::Months];

/// What a bill's rollups say of it and of the work they were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effort {
    /// Line items of the bill.
    pub line_items: u64,
    /// Bytes of its files.
    pub file_bytes: u64,
    /// Bytes of them that the figures need.
    pub needed_bytes: u64,
    /// Deliveries that were not read again.
    pub kept: usize,
    /// All deliveries.
    pub deliveries: usize,
    /// What is to be said of the data.
    pub notes: Vec<String>,
}

/// The rollups of a bill.
#[derive(Debug)]
pub struct Rollup {
    folders: Vec<Folder>,
    kept: usize,
    /// The keys of the tags that rows are told apart by, of each folder.
    tags: Vec<Vec<Option<String>>>,
}

/// What is wanted of a rollup.
#[derive(Debug, Clone)]
pub struct Wanted<'w> {
    /// The parts that have to be whole.
    pub parts: &'w [Part],
    /// The tags that rows are to be told apart by.
    pub tags: &'w Arc<TagKeys>,
}

impl Rollup {
    /// Finds the rollups of the bill's deliveries in the cache, and builds those that are not there or whose parts are
    /// not whole; where others do that work, by having them do it.
    ///
    /// # Errors
    /// When a file of the bill cannot be read, or the cache not be written; when the bill has no such tag.
    pub async fn of(
        bill: &Bill,
        wanted: Wanted<'_>,
        cache: &Cache,
        book: &'static PriceBook,
        means: Means,
        count: &Arc<ScanCount>,
        elsewhere: Option<&dyn Elsewhere>,
    ) -> Result<Self> {
        let Wanted { parts, tags } = wanted;
        if !tags.is_empty() {
            tagged::check(bill, tags, elsewhere.is_some())?;
        }
        let all: Vec<(&Export, &Delivery)> = bill
            .exports
            .iter()
            .flat_map(|export| export.deliveries.iter().map(move |delivery| (export, delivery)))
            .collect();
        let names: Vec<Option<Name>> = all.iter().map(|(export, delivery)| Name::of(export, delivery, tags)).collect();
        let found = |name: &Option<Name>| cache.find(name.as_ref()?).filter(|folder| folder.is_whole(parts));
        let mut folders: Vec<Option<Folder>> = names.iter().map(found).collect();
        let kept = folders.iter().flatten().count();

        let missing: Vec<usize> = (0..all.len()).filter(|&index| folders[index].is_none()).collect();
        for &index in &missing {
            let files = &all[index].1.files;
            count.expect(files.len() as u64, files.iter().map(|file| file.object.size).sum());
        }
        let work = missing.iter().map(|_| cache.begin()).collect::<Result<Vec<_>>>()?;
        let jobs = missing.iter().zip(&work).map(|(&index, folder)| (all[index].1, folder.path()));
        if let Some(elsewhere) = elsewhere {
            let jobs: Vec<(&Delivery, &Path)> = jobs.collect();
            portion::build_elsewhere(&jobs, elsewhere, cache, book, means, count).await?;
        } else {
            let jobs = jobs.map(|(delivery, folder)| build::Job { delivery, folder, portion: None, tags });
            build::build(&jobs.collect::<Vec<_>>(), book, means, count).await?;
        }
        for (index, folder) in missing.into_iter().zip(work) {
            // A file without a version is rolled up under a name that no later run asks for.
            let name = names[index].clone().unwrap_or_else(|| Name::once(index));
            folders[index] = Some(cache.store(folder, &name)?);
        }
        let folders: Vec<Folder> = folders.into_iter().flatten().collect();
        let tags = tagged::resolve(bill, &folders, tags)?;
        Ok(Self { folders, kept, tags })
    }

    /// Returns the rows by account, month and usage, in their fixed order.
    ///
    /// # Errors
    /// When the cache was changed since it was checked.
    pub fn usage_rows(&self) -> Result<Vec<UsageRow>> {
        read::all(&self.folders, &self.tags)
    }

    /// Returns the rows by resource of the usages that are wanted, with the id of each; they need [`Part::Resources`].
    ///
    /// # Errors
    /// When the cache was changed since it was checked.
    pub fn resource_rows(&self, wanted: impl Fn(&UsageKey) -> bool) -> Result<Vec<(Arc<str>, UsageRow)>> {
        read::by_resource(&self.folders, &self.tags, wanted)
    }

    /// Returns the cells of a month by day or by hour; `None` when a byte of their files has changed since they were
    /// written, which asking for their [`Part`] mends.
    ///
    /// # Errors
    /// When the cache was changed since it was checked.
    pub fn time_rows(&self, grain: Grain, month: Month) -> Result<Option<Vec<TimeRow>>> {
        times::of_month(&self.folders, grain, month)
    }

    /// Returns what the rollups say of the bill.
    pub fn effort(&self) -> Effort {
        let mut effort = Effort { kept: self.kept, deliveries: self.folders.len(), ..Effort::default() };
        for Facts { line_items, file_bytes, needed_bytes, notes, .. } in self.folders.iter().map(|folder| &folder.facts)
        {
            effort.line_items += line_items;
            effort.file_bytes += file_bytes;
            effort.needed_bytes += needed_bytes;
            effort.notes.extend(notes.iter().cloned());
        }
        effort
    }

    /// Returns the cells of a grain as a table for SQL.
    pub fn table(&self, grain: Grain) -> CellTable {
        CellTable::new(grain, self.folders.clone())
    }
}

/// Builds the error of a cache that changed under a run.
fn changed() -> Error {
    Error::runtime("the cache was changed while it was read").hint("run the command again")
}
