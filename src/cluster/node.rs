//! An executor at work: rolls portions up and hands the sealed files over.

use std::{fs::File, io::Read, path::PathBuf, sync::Arc};

use arrow::{
    array::{BinaryArray, RecordBatch, StringArray, UInt32Array},
    datatypes::SchemaRef,
};
use futures::stream::BoxStream;
use tempfile::TempDir;

use super::work::{Reading, RollUp};
use crate::{
    analysis::classifier_of,
    error::{Error, Result},
    normalize::{Classify, lines},
    pricing::PriceBook,
    rollup::{self, Means},
    source::Stores,
};

/// Bytes of one row of an answer at most.
pub(super) const CHUNK: usize = 1024 * 1024;

/// How the names of folders with portions begin.
const PORTION: &str = "portion-";

/// What an executor works with.
#[derive(Debug)]
pub(super) struct Node {
    pub stores: Stores,
    pub book: &'static PriceBook,
    /// What one slot may use.
    pub means: Means,
    /// Where it keeps what it works on.
    pub folder: PathBuf,
}

impl Node {
    /// Rolls a portion up and returns its files, piece by piece.
    ///
    /// # Errors
    /// When a file of the bill cannot be read, or the disk is full.
    pub(super) async fn roll_up(&self, errand: &RollUp, schema: SchemaRef) -> Result<Chunks> {
        let delivery = errand.reading.delivery(&self.stores).await?;
        let folder = tempfile::Builder::new().prefix(PORTION).tempdir_in(&self.folder);
        let folder = folder.map_err(|error| Error::io("write to", &self.folder, &error))?;
        rollup::roll_up(&delivery, &errand.reading.pieces, folder.path(), self.book, self.means).await?;
        Ok(Chunks { number: errand.number, schema, folder, files: rollup::files().collect(), open: None })
    }
}

impl Node {
    /// Returns the classifier of a judge that a client describes.
    ///
    /// # Errors
    /// When the client is another version.
    pub(super) fn classifier(&self, judge: &str) -> Result<Arc<dyn Classify>> {
        classifier_of(judge, self.book)
    }

    /// Streams line items.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub(super) async fn lines(
        &self,
        reading: &Reading,
        columns: &[usize],
        classifier: Arc<dyn Classify>,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let delivery = reading.delivery(&self.stores).await?;
        let pieces: Vec<(usize, Option<usize>)> =
            reading.pieces.iter().map(|piece| (piece.file, piece.group)).collect();
        lines(&delivery, &pieces, columns, classifier, self.book).await
    }
}

/// The files of a portion as rows.
pub(super) struct Chunks {
    number: u32,
    schema: SchemaRef,
    folder: TempDir,
    /// Still to come.
    files: std::collections::VecDeque<&'static str>,
    open: Option<(&'static str, File, u32)>,
}

impl Chunks {
    fn failed(&self, name: &str, error: &std::io::Error) -> Error {
        Error::io("read", &self.folder.path().join(name), error)
    }

    fn next_chunk(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some((name, mut file, number)) = self.open.take() else {
                let Some(name) = self.files.pop_front() else { return Ok(None) };
                let file = File::open(self.folder.path().join(name)).map_err(|error| self.failed(name, &error))?;
                self.open = Some((name, file, 0));
                continue;
            };
            let mut bytes = Vec::new();
            let taken = (&mut file).take(CHUNK as u64).read_to_end(&mut bytes);
            taken.map_err(|error| self.failed(name, &error))?;
            if bytes.is_empty() && number > 0 {
                continue;
            }
            self.open = Some((name, file, number + 1));
            return Ok(Some(RecordBatch::try_new(
                Arc::clone(&self.schema),
                vec![
                    Arc::new(UInt32Array::from(vec![self.number])),
                    Arc::new(StringArray::from(vec![name])),
                    Arc::new(UInt32Array::from(vec![number])),
                    Arc::new(BinaryArray::from_vec(vec![bytes.as_slice()])),
                ],
            )?));
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_chunk().transpose()
    }
}
