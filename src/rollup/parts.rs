//! The files of a rolled up delivery: written once, sealed, and read back only if every byte is the one that was written.
//!
//! A folder holds the keys (`usages`, `accounts`), the cells (`months`, `days`, `hours`, `resources`), all Parquet, and
//! `seal`, which names the SHA-256 of each.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use bytes::Bytes;
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{columns::AMOUNTS, portion::PieceOf};
use crate::{
    error::{Error, Result},
    normalize::NotAmounts,
    sealed,
};

/// A file of a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What usages the codes stand for.
    Usages,
    /// What accounts and months the codes stand for.
    Accounts,
    /// Cells by account and usage.
    Months,
    /// Cells by day.
    Days,
    /// Cells by hour.
    Hours,
    /// Cells by resource.
    Resources,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 6] = [Self::Usages, Self::Accounts, Self::Months, Self::Days, Self::Hours, Self::Resources];

    /// Returns the name of its file.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Usages => "usages.parquet",
            Self::Accounts => "accounts.parquet",
            Self::Months => "months.parquet",
            Self::Days => "days.parquet",
            Self::Hours => "hours.parquet",
            Self::Resources => "resources.parquet",
        }
    }
}

/// The file that names the checksums of the others.
pub(super) const SEAL: &str = "seal";

/// What a rollup says of itself beside its cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Line items of the delivery.
    pub line_items: u64,
    /// Bytes of its files.
    pub file_bytes: u64,
    /// Bytes that the rollup needed of them.
    pub needed_bytes: u64,
    /// What is to be said of the data.
    pub notes: Vec<String>,
    /// Keys of the tags that the delivery has; none where no tag was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag_keys: Vec<String>,
    /// Only of a portion, which is merged with others and never kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portion: Option<PortionFacts>,
}

/// What a portion of a delivery says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PortionFacts {
    /// The files that were read, each at its version.
    pub files: Vec<String>,
    /// The pieces of them that were rolled up, in order, by number of the file in that list.
    pub pieces: Vec<PieceOf>,
    /// Rows that were read, and bytes of them.
    pub rows: u64,
    pub bytes: u64,
    /// Values that were no amounts.
    pub not_amounts: Vec<NotAmounts>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    facts: Facts,
    /// SHA-256 by file name.
    files: BTreeMap<String, String>,
}

/// Writes to a file and takes the checksum of what passes.
struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// One Parquet file being written.
pub(super) struct PartWriter {
    writer: ArrowWriter<Hashing>,
    path: std::path::PathBuf,
}

/// Rows of a row group at most.
pub(super) const GROUP_ROWS: usize = 64 * 1024;

fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    // Amounts seldom repeat: a dictionary of them costs time and saves nothing.
    let plain = AMOUNTS.iter().fold(WriterProperties::builder(), |properties, (name, _)| {
        properties.set_column_dictionary_enabled((*name).into(), false)
    });
    plain
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
        .build()
}

impl PartWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub(super) fn create(path: &Path, schema: SchemaRef) -> Result<Self> {
        let file = File::create(path).map_err(|error| Error::io("write", path, &error))?;
        let sink = Hashing { file: BufWriter::new(file), hash: Sha256::new() };
        let writer = ArrowWriter::try_new(sink, schema, Some(properties())).map_err(|error| failed(path, &error))?;
        Ok(Self { writer, path: path.to_owned() })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(|error| failed(&self.path, &error))
    }

    /// Ends the row group.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn end_group(&mut self) -> Result<()> {
        self.writer.flush().map_err(|error| failed(&self.path, &error))
    }

    /// Returns the number of row groups that are ended.
    pub(super) fn groups(&self) -> usize {
        self.writer.flushed_row_groups().len()
    }

    /// Ends the file and returns its checksum.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn close(mut self) -> Result<String> {
        self.writer.finish().map_err(|error| failed(&self.path, &error))?;
        let sink = self.writer.inner_mut();
        sink.file.flush().map_err(|error| Error::io("write", &self.path, &error))?;
        Ok(sealed::hex(&sink.hash.clone().finalize()))
    }
}

fn failed(path: &Path, error: &parquet::errors::ParquetError) -> Error {
    Error::runtime(format!("cannot write {}: {error}", path.display()))
        .hint("the rollup lies in the cache folder: is the disk full? choose another with --cache-dir")
}

/// The files of a rollup in the making.
pub(super) struct FolderWriter<'p> {
    folder: &'p Path,
    files: BTreeMap<String, String>,
}

impl<'p> FolderWriter<'p> {
    /// Begins in an empty folder.
    pub(super) fn new(folder: &'p Path) -> Self {
        Self { folder, files: BTreeMap::new() }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub(super) fn part(&self, part: Part, schema: SchemaRef) -> Result<PartWriter> {
        PartWriter::create(&self.folder.join(part.file()), schema)
    }

    /// Takes down the checksum of a finished file.
    pub(super) fn finished(&mut self, part: Part, checksum: String) {
        self.files.insert(part.file().to_owned(), checksum);
    }

    /// Writes a file of one batch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn whole(&mut self, part: Part, batch: &RecordBatch) -> Result<()> {
        let mut writer = self.part(part, batch.schema())?;
        writer.write(batch)?;
        let checksum = writer.close()?;
        self.finished(part, checksum);
        Ok(())
    }

    /// Seals the folder.
    ///
    /// # Errors
    /// When the seal cannot be written.
    pub(super) fn seal(self, facts: Facts) -> Result<()> {
        let path = self.folder.join(SEAL);
        let seal = Seal { facts, files: self.files };
        let text =
            serde_json::to_vec(&seal).map_err(|error| Error::runtime(format!("cannot seal a rollup: {error}")))?;
        sealed::write(&path, &text).map_err(|error| Error::io("write", &path, &error))
    }
}

/// A sealed folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: std::path::PathBuf,
    files: BTreeMap<String, String>,
    pub facts: Facts,
}

impl Folder {
    /// Opens a sealed folder; `None` when it is absent, or its seal broken.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let seal: Seal = serde_json::from_slice(&sealed::read(&path.join(SEAL))?).ok()?;
        let complete = Part::ALL.iter().all(|part| seal.files.contains_key(part.file()));
        complete.then(|| Self { path: path.to_owned(), files: seal.files, facts: seal.facts })
    }

    /// Tells whether the files are still what they were when they were sealed.
    pub(super) fn is_whole(&self, parts: &[Part]) -> bool {
        parts.iter().all(|&part| self.bytes(part).is_some())
    }

    /// Reads a file; `None` when a byte of it has changed.
    fn bytes(&self, part: Part) -> Option<Bytes> {
        let bytes = std::fs::read(self.path.join(part.file())).ok()?;
        (Some(&sealed::digest(&bytes)) == self.files.get(part.file())).then(|| Bytes::from(bytes))
    }

    /// Reads the rows of a file; `None` when a byte of it has changed.
    ///
    /// # Errors
    /// When its Parquet cannot be read though it is what was written.
    pub(super) fn rows(&self, part: Part) -> Result<Option<Vec<RecordBatch>>> {
        self.stream(part)?.map(Iterator::collect).transpose()
    }

    /// Reads the rows of a file batch by batch; `None` when a byte of it has changed.
    ///
    /// # Errors
    /// When its Parquet cannot be read though it is what was written.
    pub(super) fn stream(&self, part: Part) -> Result<Option<Batches>> {
        let Some(bytes) = self.bytes(part) else { return Ok(None) };
        let path = self.path.join(part.file());
        let failed = move |error: String| Error::runtime(format!("cannot read {}: {error}", path.display()));
        let rows = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .and_then(|rows| rows.with_batch_size(BATCH_ROWS).build())
            .map_err(|error| failed(error.to_string()))?;
        Ok(Some(Box::new(rows.map(move |batch| batch.map_err(|error| failed(error.to_string()))))))
    }
}

/// The rows of a file, batch by batch.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// Rows of one batch.
const BATCH_ROWS: usize = 8_192;
