//! A delivery while it is rolled up: collects the sums of the workers; the last to hand over writes its files.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;

use super::{
    cells::{CellKey, Cells, Sums},
    columns::{CellColumns, Shape},
    key::Registry,
    keys::{account_batch, usage_batch},
    parts::{Facts, FolderWriter, GROUP_ROWS, Part, PartWriter},
    spill::Spills,
    tally::{Grains, Renaming, Tally},
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
    registry: Registry,
    grains: Grains,
    spills: Spills,
}

impl Making {
    /// Begins in an empty folder.
    pub(super) fn new(folder: &Path, count: &Arc<ScanCount>) -> Self {
        let shared = Shared { spills: Spills::new(folder.to_owned()), ..Shared::default() };
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
            let small = shared.spills.kept_bytes() + tally.resources.bytes() <= budget;
            if small && shared.registry.is_empty() {
                shared.take_first(&mut tally);
            } else {
                shared.absorb(&mut tally, small)?;
            }
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
        self.locked().absorb(tally, false)
    }

    /// Writes and seals the delivery.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn finish(&self) -> Result<()> {
        let Shared { mut facts, registry, grains, spills, .. } = std::mem::take(&mut *self.locked());
        facts.line_items = grains.months.line_items();
        facts.notes = self.count.notes();
        let mut writer = FolderWriter::new(&self.folder);
        let grains = || {
            let parts = [
                (Part::Months, Shape::Months, &grains.months),
                (Part::Days, Shape::Times, &grains.days),
                (Part::Hours, Shape::Times, &grains.hours),
            ];
            let written = parts.into_par_iter().map(|(part, shape, cells)| write_cells(&writer, part, shape, cells));
            written.collect::<Result<Vec<_>>>()
        };
        let resources = || {
            let mut part = CellWriter::new(&writer, Part::Resources, Shape::Resources)?;
            spills.finish(|text, key, sums| part.push(text, key, sums))?;
            part.close()
        };
        let (grains, resources) = rayon::join(grains, resources);
        for (part, checksum) in grains?.into_iter().chain([resources?]) {
            writer.finished(part, checksum);
        }
        writer.whole(Part::Usages, &usage_batch(registry.usages.keys())?)?;
        writer.whole(Part::Accounts, &account_batch(registry.accounts.keys())?)?;
        writer.seal(facts)
    }
}

impl Shared {
    /// Takes the first worker's sums as they are.
    fn take_first(&mut self, tally: &mut Tally) {
        self.registry = tally.take_registry();
        self.grains = std::mem::take(&mut tally.grains);
        self.spills.keep_first(&mut tally.resources);
    }

    /// Adds a worker's sums; those by resource are kept in memory or written to disk.
    fn absorb(&mut self, tally: &mut Tally, keep: bool) -> Result<()> {
        let renaming = Renaming::new(tally.registry(), &mut self.registry);
        self.grains.absorb(&mut tally.grains, &renaming);
        if keep {
            self.spills.keep(&mut tally.resources, |key| renaming.rename(key));
            Ok(())
        } else {
            self.spills.spill(&mut tally.resources, |key| renaming.rename(key))
        }
    }
}

/// Writes cells to a file of the folder.
struct CellWriter {
    part: Part,
    shape: Shape,
    writer: PartWriter,
    columns: CellColumns,
}

impl CellWriter {
    fn new(folder: &FolderWriter<'_>, part: Part, shape: Shape) -> Result<Self> {
        let writer = folder.part(part, shape.schema())?;
        Ok(Self { part, shape, writer, columns: CellColumns::default() })
    }

    fn push(&mut self, text: &str, key: CellKey, sums: &Sums) -> Result<()> {
        self.columns.push(text, key, sums);
        if self.columns.len() >= GROUP_ROWS { self.writer.write(&self.columns.finish(self.shape)?) } else { Ok(()) }
    }

    /// Ends the file and returns its checksum.
    fn close(mut self) -> Result<(Part, String)> {
        if self.columns.len() > 0 {
            self.writer.write(&self.columns.finish(self.shape)?)?;
        }
        Ok((self.part, self.writer.close()?))
    }
}

fn write_cells(folder: &FolderWriter<'_>, part: Part, shape: Shape, cells: &Cells) -> Result<(Part, String)> {
    let mut writer = CellWriter::new(folder, part, shape)?;
    for (key, sums) in cells.sorted() {
        writer.push("", key, &sums)?;
    }
    writer.close()
}
