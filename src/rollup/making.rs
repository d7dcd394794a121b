//! A delivery while it is rolled up: collects the sums of the workers; the last to hand over writes its files.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    parts::{Facts, PortionFacts},
    tally::Tally,
    whole::Whole,
};
use crate::{error::Result, normalize::ScanCount};

/// A delivery in the making.
pub(super) struct Making {
    folder: PathBuf,
    /// What was read of it.
    pub count: Arc<ScanCount>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    facts: Facts,
    /// Pieces and lent batches that are not worked off.
    work_left: usize,
    workers: usize,
    whole: Whole,
}

impl Making {
    /// Begins in an empty folder.
    pub(super) fn new(folder: &Path, count: &Arc<ScanCount>) -> Self {
        let shared = Shared { whole: Whole::new(folder.to_owned()), ..Shared::default() };
        let count = Arc::new(ScanCount::part_of(count));
        Self { folder: folder.to_owned(), count, shared: Mutex::new(shared) }
    }

    /// Says how many pieces there are, before the first one is worked on.
    pub(super) fn begin(&self, pieces: usize, facts: Facts) {
        let mut shared = self.locked();
        shared.work_left = pieces;
        shared.facts = facts;
    }

    /// Takes down that a worker begins with it.
    pub(super) fn join(&self) {
        self.locked().workers += 1;
    }

    /// Takes down that there is another batch to be worked off.
    pub(super) fn work_added(&self) {
        self.locked().work_left += 1;
    }

    /// Takes down that a piece or a batch is worked off.
    pub(super) fn work_done(&self) {
        self.locked().work_left -= 1;
    }

    fn locked(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a worker's sums over, and writes the delivery when they are the last.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub(super) fn hand_over(&self, mut tally: Tally, budget: usize) -> Result<()> {
        let finished = {
            let mut shared = self.locked();
            shared.whole.add(&mut tally, budget)?;
            shared.workers -= 1;
            shared.workers == 0 && shared.work_left == 0
        };
        if finished { self.finish() } else { Ok(()) }
    }

    /// Takes the sums over, so that the worker has memory again.
    ///
    /// # Errors
    /// When they cannot be written to disk.
    pub(super) fn relieve(&self, tally: &mut Tally) -> Result<()> {
        self.locked().whole.spill(tally)
    }

    /// Writes and seals the delivery.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn finish(&self) -> Result<()> {
        let Shared { mut facts, whole, .. } = std::mem::take(&mut *self.locked());
        if let Some(portion) = &mut facts.portion {
            let (rows, bytes) = (self.count.rows(), self.count.bytes());
            *portion = PortionFacts { rows, bytes, not_amounts: self.count.all_not_amounts(), ..portion.clone() };
        }
        facts.line_items = whole.line_items();
        facts.notes = self.count.notes();
        facts.tag_keys = self.count.tag_keys();
        whole.write(&self.folder, facts)
    }
}
