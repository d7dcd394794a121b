//! The second engine: every total of the bill once more, from the raw files, and what differs from the first.
//!
//! In: the list of files that `source` found, and the numbers that the first engine printed. Out: a [`Comparison`]. It
//! reads with polars, not with Arrow, and shares no decoding, no formula and no rounding with `normalize` and `rollup`:
//! what both get wrong, both must have got wrong by themselves. What the columns mean is written down anew from AWS's
//! documentation (`columns`, `formula`). It always reads the files, whatever a cache may know.

mod amount;
mod columns;
mod compare;
mod csv_file;
mod fetch;
mod formula;
mod frame;
mod parquet_file;
#[cfg(test)]
mod tests;
mod totals;

pub use amount::Amount;
pub use compare::{Comparison, Difference, Figure, Level, compare};
pub use totals::{Claim, Key, Sums, Totals};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    source::{Bill, DataFile},
    units::Month,
};

/// Computes the totals of the bill from its files, `threads` files at a time.
///
/// # Errors
/// When a file cannot be read, was replaced since it was listed, or holds no number where one is needed.
pub async fn recompute(bill: &Bill, threads: usize) -> Result<Totals> {
    let deliveries = bill.exports.iter().flat_map(|export| &export.deliveries);
    let files: Vec<(DataFile, Option<Month>)> =
        deliveries.flat_map(|delivery| delivery.files.iter().map(|file| (file.clone(), delivery.month))).collect();
    let handle = Handle::current();
    let tasks = files.into_iter().map(|(file, month)| {
        let (handle, name) = (handle.clone(), file.name.clone());
        let task = tokio::task::spawn_blocking(move || read(&file, month, &handle));
        async move {
            let outcome = task.await;
            outcome.unwrap_or_else(|_| Err(Error::runtime(format!("the second engine broke down on {name}"))))
        }
    });
    // A task begins when it is built, and this builds no more of them than may run.
    stream::iter(tasks)
        .buffer_unordered(threads.max(1))
        .try_fold(Totals::default(), |mut all, of_file| async move {
            all.merge(of_file);
            Ok(all)
        })
        .await
}

/// Reads one file; what it is its first bytes say.
fn read(file: &DataFile, month: Option<Month>, handle: &Handle) -> Result<Totals> {
    let mut start = fetch::Reader::new(file, handle);
    let magic = start.peek(4)?;
    if magic == b"PAR1" { parquet_file::read(file, month, start) } else { csv_file::read(file, month, start, &magic) }
}
