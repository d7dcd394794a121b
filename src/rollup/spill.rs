//! Cells by resource that outgrew the memory: temporary files in parts, and their sum.

use std::{fs::File, ops::Range, path::PathBuf};

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::{
    cells::{CellKey, Sums},
    columns::{CellColumns, CellRows, Shape},
    parts::{GROUP_ROWS, PartWriter},
    resources::{PARTS, Resources},
};
use crate::error::{Error, Result};

/// The cells by resource of one delivery, in memory and on disk.
#[derive(Default)]
pub(super) struct Spills {
    folder: PathBuf,
    runs: Vec<Run>,
    kept: Resources,
}

/// A file of cells, sorted by part.
struct Run {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    /// Row groups of each part.
    groups: Vec<Range<usize>>,
}

impl Spills {
    /// Spills to files in the folder.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Keeps cells in memory.
    pub(super) fn keep(&mut self, resources: &mut Resources, rename: impl Fn(CellKey) -> CellKey) {
        self.kept.absorb(resources, rename);
    }

    /// Keeps the first cells in memory, as they are.
    pub(super) fn keep_first(&mut self, resources: &mut Resources) {
        debug_assert!(self.kept.is_empty(), "cells would be lost");
        self.kept = std::mem::take(resources);
    }

    /// Returns the bytes of memory that the kept cells take, roughly.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Writes cells to a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn spill(&mut self, resources: &mut Resources, rename: impl Fn(CellKey) -> CellKey) -> Result<()> {
        if resources.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(format!("run-{}", self.runs.len()));
        let mut writer = PartWriter::create(&path, Shape::Resources.schema())?;
        let mut groups: Vec<Range<usize>> = Vec::with_capacity(PARTS);
        let mut columns = CellColumns::default();
        let mut begin = 0;
        let mut close = |writer: &mut PartWriter, columns: &mut CellColumns, until: usize, groups: &mut Vec<_>| {
            if columns.len() > 0 {
                writer.write(&columns.finish(Shape::Resources)?)?;
                writer.end_group()?;
            }
            let end = writer.groups();
            groups.push(begin..end);
            begin = end;
            groups.resize(until, end..end);
            Ok::<_, Error>(())
        };
        resources.drain(|part, text, key, sums| {
            if part > groups.len() {
                close(&mut writer, &mut columns, part, &mut groups)?;
            } else if columns.len() >= GROUP_ROWS {
                writer.write(&columns.finish(Shape::Resources)?)?;
            }
            columns.push(text, rename(key), sums);
            Ok(())
        })?;
        close(&mut writer, &mut columns, PARTS, &mut groups)?;
        writer.close()?;
        let failed = |error: String| Error::runtime(format!("cannot read {} back: {error}", path.display()));
        let file = File::open(&path).map_err(|error| failed(error.to_string()))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
        let metadata = metadata.map_err(|error| failed(error.to_string()))?;
        self.runs.push(Run { path, file, metadata, groups });
        Ok(())
    }

    /// Hands over the sums of all cells, part by part, and removes the files.
    ///
    /// # Errors
    /// When a file cannot be read back, or the receiver fails.
    pub(super) fn finish(mut self, mut take: impl FnMut(&str, CellKey, &Sums) -> Result<()>) -> Result<()> {
        if self.runs.is_empty() {
            return self.kept.drain(|_, text, key, sums| take(text, key, sums));
        }
        let mut kept = std::mem::take(&mut self.kept);
        self.spill(&mut kept, |key| key)?;
        for part in 0..PARTS {
            let mut sum = Resources::default();
            for run in &self.runs {
                run.read(part, &mut sum)?;
            }
            sum.drain(|_, text, key, sums| take(text, key, sums))?;
        }
        for run in self.runs {
            std::fs::remove_file(&run.path).map_err(|error| Error::io("remove", &run.path, &error))?;
        }
        Ok(())
    }
}

impl Run {
    /// Adds the cells of a part.
    fn read(&self, part: usize, sum: &mut Resources) -> Result<()> {
        let failed = |error: String| Error::runtime(format!("cannot read {} back: {error}", self.path.display()));
        let file = self.file.try_clone().map_err(|error| failed(error.to_string()))?;
        let rows = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_row_groups(self.groups[part].clone().collect())
            .build()
            .map_err(|error| failed(error.to_string()))?;
        for batch in rows {
            let batch = batch?;
            let rows = CellRows::new(&batch, Shape::Resources)?;
            for row in 0..batch.num_rows() {
                let key = rows.key(row);
                sum.add_text(rows.text(row), key.account, key.usage, &rows.sums(row));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn cell(resources: &mut Resources, number: u32, amount: i128) {
        let sums = Sums { line_items: 1, unblended: amount, ..Sums::default() };
        resources.add_text(&format!("i-{number}"), number % 7, number % 3, &sums);
    }

    /// Adds the same cells with and without spilling, and compares.
    #[test]
    fn spilled_cells_add_up_to_what_memory_gives() {
        let dir = tempfile::tempdir().unwrap();
        let mut sums = Vec::new();
        for runs in [0_u32, 3] {
            let mut spills = Spills::new(dir.path().to_owned());
            for round in 0..=runs.max(1) {
                let mut resources = Resources::default();
                let range = if runs == 0 { 0..4_000 } else { round * 1_000..(round + 1) * 1_000 };
                for number in range {
                    cell(&mut resources, number % 2_500, i128::from(number));
                }
                if round == runs {
                    spills.keep(&mut resources, |key| key);
                } else if runs > 0 {
                    spills.spill(&mut resources, |key| key).unwrap();
                }
            }
            let mut all: BTreeMap<(String, u32, u32), (u64, i128)> = BTreeMap::new();
            spills
                .finish(|text, key, sums| {
                    let old = all.insert((text.to_owned(), key.account, key.usage), (sums.line_items, sums.unblended));
                    assert_eq!(old, None, "{text} twice");
                    Ok(())
                })
                .unwrap();
            sums.push(all);
        }
        assert_eq!(sums[0].len(), 2_500);
        assert_eq!(sums[0], sums[1]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "runs stay behind");
    }
}
