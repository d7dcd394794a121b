//! The sums of a whole delivery: taken over from workers or from the portions of other machines, and written.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{
    cells::{CellKey, Cells, Sums},
    changed,
    columns::{CellColumns, CellRows, Shape},
    key::Registry,
    keys::{account_batch, accounts, usage_batch, usages},
    parts::{Facts, Folder, FolderWriter, GROUP_ROWS, Part, PartWriter},
    resources::Resources,
    spill::Spills,
    tally::{Grains, Renaming, Tally},
};
use crate::error::{Error, Result};

/// The sums of a delivery.
#[derive(Default)]
pub(super) struct Whole {
    registry: Registry,
    grains: Grains,
    spills: Spills,
}

impl Whole {
    /// Begins with nothing; what outgrows the memory is spilled to files in the folder.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { spills: Spills::new(folder), ..Self::default() }
    }

    /// Adds a worker's sums; those by resource are kept in memory as long as they fit into the budget.
    ///
    /// # Errors
    /// When they cannot be written to disk.
    pub(super) fn add(&mut self, tally: &mut Tally, budget: usize) -> Result<()> {
        let small = self.spills.kept_bytes() + tally.resources.bytes() <= budget;
        if small && self.registry.is_empty() {
            self.registry = tally.take_registry();
            self.grains = std::mem::take(&mut tally.grains);
            self.spills.keep_first(&mut tally.resources);
            return Ok(());
        }
        self.absorb(tally, small)
    }

    /// Adds a worker's sums; those by resource are written to disk.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn spill(&mut self, tally: &mut Tally) -> Result<()> {
        self.absorb(tally, false)
    }

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

    /// Adds the sums of a sealed folder; those by resource are kept in memory as long as they fit into the budget.
    ///
    /// # Errors
    /// When the folder was changed, or the disk cannot take what does not fit.
    pub(super) fn add_folder(&mut self, folder: &Folder, budget: usize) -> Result<()> {
        let rows = |part| folder.rows(part)?.ok_or_else(changed);
        let (mut their_usages, mut their_accounts) = (Vec::new(), Vec::new());
        for batch in &rows(Part::Usages)? {
            their_usages.extend(usages(batch)?);
        }
        for batch in &rows(Part::Accounts)? {
            their_accounts.extend(accounts(batch)?);
        }
        let renaming = Renaming::of_keys(&their_usages, their_accounts, &mut self.registry);
        let Grains { months, days, hours } = &mut self.grains;
        let parts = [
            (Part::Months, Shape::Months, months),
            (Part::Days, Shape::Times, days),
            (Part::Hours, Shape::Times, hours),
        ];
        for (part, shape, cells) in parts {
            each(folder, part, shape, |_, key, sums| {
                cells.add(renaming.checked(key).ok_or_else(unknown)?, sums);
                Ok(())
            })?;
        }
        let mut resources = Resources::default();
        let spills = &mut self.spills;
        each(folder, Part::Resources, Shape::Resources, |text, key, sums| {
            let key = renaming.checked(key).ok_or_else(unknown)?;
            resources.add_text(text, key.account, key.usage, sums);
            if resources.bytes() > budget { spills.spill(&mut resources, |key| key) } else { Ok(()) }
        })?;
        if spills.kept_bytes() + resources.bytes() <= budget {
            spills.keep(&mut resources, |key| key);
            Ok(())
        } else {
            spills.spill(&mut resources, |key| key)
        }
    }

    /// Returns the line items of the delivery.
    pub(super) fn line_items(&self) -> u64 {
        self.grains.months.line_items()
    }

    /// Writes and seals the delivery.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn write(self, folder: &Path, facts: Facts) -> Result<()> {
        let Self { registry, grains, spills } = self;
        let mut writer = FolderWriter::new(folder);
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

fn unknown() -> Error {
    Error::runtime("a rollup names a key that it does not hold")
}

/// Hands over the cells of a file.
fn each(
    folder: &Folder,
    part: Part,
    shape: Shape,
    mut take: impl FnMut(&str, CellKey, &Sums) -> Result<()>,
) -> Result<()> {
    for batch in folder.stream(part)?.ok_or_else(changed)? {
        let batch = batch?;
        let rows = CellRows::new(&batch, shape)?;
        for row in 0..batch.num_rows() {
            take(rows.text(row), rows.key(row), &rows.sums(row))?;
        }
    }
    Ok(())
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
