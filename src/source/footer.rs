//! Opens files: footers and header lines, the payer account, the status flag.
//!
//! Reads no more than the footer or header and, where a value of the first row is wanted, the first page of one column.
//! Every request carries the version that was listed, so that a file replaced in between is seen.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use arrow::{array::AsArray, compute::cast, datatypes::DataType};
use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, PutPayload, coalesce_ranges};
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder, ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
        async_reader::AsyncFileReader,
    },
    errors::ParquetError,
    file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData},
};

use super::{
    DataFile, Encoding, csv,
    facts::{Facts, Memory, Payer},
    listing::{CONCURRENT, Listing, Object, store_error},
    schema::{self, Content},
};
use crate::error::{Error, Result};

/// Footers of reports with 200 columns have some 30 KiB a row group: mostly one request is enough.
const FOOTER_GUESS: usize = 64 * 1024;

/// The payer account, as CUR and as FOCUS spell it.
const PAYER_COLUMNS: [&str; 2] = ["bill_payer_account_id", "BillingAccountId"];

/// Gaps smaller than this are read along rather than with another request.
const GAP: u64 = 1024 * 1024;

/// The type of the bytes that stores and the Parquet reader exchange, by the one name that both export.
type Bytes = <PutPayload as IntoIterator>::Item;

/// Reads one version of one object for the Parquet reader.
#[derive(Debug, Clone)]
pub struct PinnedReader {
    store: Arc<dyn ObjectStore>,
    object: ObjectMeta,
}

impl PinnedReader {
    /// Returns a reader of exactly this version of the object.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, object: ObjectMeta) -> Self {
        Self { store, object }
    }

    /// Builds the error of an object that is shorter than it was.
    fn cut(&self) -> object_store::Error {
        let path = self.object.location.to_string();
        object_store::Error::Precondition { path, source: "it is shorter than it was".into() }
    }

    async fn fetch(&self, range: Range<u64>) -> parquet::errors::Result<Bytes> {
        let length = range.end.saturating_sub(range.start);
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: self.object.e_tag.clone(),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self.object.location, options).await?;
        let bytes = got.bytes().await?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(self.cut().into()) }
    }
}

impl AsyncFileReader for PinnedReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.fetch(range).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        async move { coalesce_ranges(&ranges, |range| self.fetch(range), GAP).await }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.object.size;
            let reader =
                ParquetMetaDataReader::new().with_arrow_reader_options(options).with_prefetch_hint(Some(FOOTER_GUESS));
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}

/// A file of which the columns are known: from its footer or header, or from an earlier run.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// How it is written; `None` when only an earlier run has read it.
    pub encoding: Option<Encoding>,
    /// What it is.
    pub facts: Facts,
}

/// The outcome of opening a set of files, by index of the object.
#[derive(Debug, Default)]
pub(super) struct Footers {
    opened: BTreeMap<usize, Result<Opened>>,
}

impl Footers {
    /// Opens the files.
    ///
    /// # Errors
    /// Never for a damaged file, only when the reading itself could not be run.
    pub(super) async fn of(
        listing: &Listing,
        wanted: impl IntoIterator<Item = usize>,
        memory: &Memory,
    ) -> Result<Self> {
        let tasks = wanted.into_iter().map(|index| {
            let object = listing.objects[index].clone();
            async move {
                if let Some(facts) = memory.recall(&object) {
                    return (index, Ok(Opened { encoding: None, facts }));
                }
                let name = object.name.clone();
                // A task of its own: decoding uses all cores, and a footer that makes the decoder panic stays an error.
                let outcome = tokio::spawn(async move { open(&object).await }).await;
                let outcome = outcome.unwrap_or_else(|_| Err(damaged(&name, "its footer makes no sense")));
                (index, outcome)
            }
        });
        Ok(Self { opened: stream::iter(tasks).buffer_unordered(CONCURRENT).collect().await })
    }

    /// Returns what the file is, or `None` when it could not be opened.
    pub(super) fn content(&self, index: usize) -> Option<&Content> {
        self.opened.get(&index)?.as_ref().ok().map(|opened| &opened.facts.content)
    }

    /// Returns the names of the columns, or `None` when it could not be opened.
    pub(super) fn columns(&self, index: usize) -> Option<&Arc<[String]>> {
        self.opened.get(&index)?.as_ref().ok().map(|opened| &opened.facts.columns)
    }

    /// Returns how the file is written, or `None` when this run has not opened it.
    pub(super) fn encoding(&self, index: usize) -> Option<&Encoding> {
        self.opened.get(&index)?.as_ref().ok().and_then(|opened| opened.encoding.as_ref())
    }

    /// Keeps what is known of the files for the next run.
    pub(super) fn keep(&self, listing: &Listing, memory: &Memory) {
        for (&index, opened) in &self.opened {
            if let Ok(opened) = opened {
                memory.keep(&listing.objects[index], &opened.facts);
            }
        }
    }

    /// Takes the error out of a file that could not be opened.
    pub(super) fn take_error(&mut self, index: usize) -> Option<Error> {
        match self.opened.get(&index) {
            Some(Err(_)) => self.opened.remove(&index)?.err(),
            _ => None,
        }
    }
}

/// Reads the footer or header of a file.
pub(super) async fn open(object: &Object) -> Result<Opened> {
    if !object.is_parquet && [".csv", ".gz", ".zip"].iter().any(|ending| object.ends_with(ending)) {
        let (head, content) = csv::open(object).await?;
        let facts = Facts::new(content, head.columns.iter().map(|column| column.name.as_str()));
        return Ok(Opened { encoding: Some(Encoding::Csv(head)), facts });
    }
    let mut reader = PinnedReader::new(Arc::clone(&object.store), object.meta.clone());
    // The Arrow schema that some writers embed is left aside: types come from Parquet alone, whoever wrote the file.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let footer = ArrowReaderMetadata::load_async(&mut reader, options)
        .await
        .map_err(|error| parquet_error(&object.name, error))?;
    for chunk in footer.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns) {
        let (start, length) = chunk.byte_range();
        if start.checked_add(length).is_none_or(|end| end > object.meta.size) {
            return Err(damaged(&object.name, "its footer describes more bytes than it has"));
        }
    }
    let names = footer.schema().fields().iter().map(|field| field.name().as_str());
    let facts = Facts::new(schema::content(footer.schema()), names);
    Ok(Opened { encoding: Some(Encoding::Parquet(footer)), facts })
}

/// Reads the footer or header of a file that an earlier run knew.
///
/// # Errors
/// When the file cannot be read.
pub(super) async fn open_data(file: &DataFile) -> Result<Encoding> {
    let name = file.name.rsplit('/').next().unwrap_or("").to_owned();
    let object = Object {
        name: file.name.clone(),
        parts: vec![name],
        sources: Vec::new(),
        store: Arc::clone(&file.store),
        meta: file.object.clone(),
        is_parquet: file.is_parquet,
        is_csv: !file.is_parquet,
    };
    let opened = open(&object).await?;
    opened.encoding.ok_or_else(|| Error::runtime(format!("{} was not opened", file.name)))
}

/// Builds the error of a file whose bytes are not what AWS wrote.
pub(super) fn damaged(name: &str, reason: &str) -> Error {
    let error = Error::incomplete(format!("{name} is truncated or damaged: {reason}"));
    if name.starts_with("s3://") {
        return error
            .hint("the object itself is damaged: restore the version that AWS delivered, or ask for a refresh");
    }
    error.hint("copy the file again and compare its size with that in the bucket")
}

/// Builds the error of a file that the Parquet crate could not read.
pub(super) fn parquet_error(name: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(store) => store_error(name, &store),
            Err(other) => damaged(name, &other.to_string()),
        },
        other => damaged(name, &other.to_string()),
    }
}

/// Returns the payer account of the first row of the first file that has rows.
///
/// # Errors
/// When the first page of the column cannot be read.
pub(super) async fn payer(listing: &Listing, footers: &mut Footers, files: &[usize]) -> Result<Option<String>> {
    for &index in files {
        let known = match footers.opened.get(&index) {
            Some(Ok(opened)) => opened.facts.payer.clone(),
            _ => Payer::NotAsked,
        };
        let payer = match known {
            Payer::Named(payer) => Some(payer),
            Payer::Unnamed => None,
            Payer::NotAsked => named_payer(listing, footers, index).await?,
        };
        if let Some(Ok(opened)) = footers.opened.get_mut(&index) {
            opened.facts.payer = payer.clone().map_or(Payer::Unnamed, Payer::Named);
        }
        if payer.is_some() {
            return Ok(payer);
        }
    }
    Ok(None)
}

async fn named_payer(listing: &Listing, footers: &Footers, index: usize) -> Result<Option<String>> {
    for column in PAYER_COLUMNS {
        if let Some(payer) = first_text(listing, footers, index, column).await? {
            return Ok(Some(payer));
        }
    }
    Ok(None)
}

/// Tells whether a status file says that AWS is still writing.
///
/// # Errors
/// When the file cannot be read.
pub(super) async fn is_updating(listing: &Listing, footers: &Footers, index: usize) -> Result<bool> {
    let status = first_text(listing, footers, index, "status").await?;
    Ok(status.is_some_and(|status| status.eq_ignore_ascii_case("updating")))
}

/// Reads the first value of a column as text; `None` when it is absent, null or empty.
async fn first_text(listing: &Listing, footers: &Footers, index: usize, column: &str) -> Result<Option<String>> {
    let object = &listing.objects[index];
    if footers.content(index).is_none() {
        return Ok(None);
    }
    let encoding = match footers.encoding(index) {
        Some(encoding) => Some(encoding.clone()),
        None => open(object).await?.encoding,
    };
    let footer = match &encoding {
        None => return Ok(None),
        Some(Encoding::Csv(head)) => return csv::first_text(object, head, column).await,
        Some(Encoding::Parquet(footer)) => footer,
    };
    if footer.metadata().file_metadata().num_rows() == 0 {
        return Ok(None);
    }
    let Some(root) = footer.schema().fields().iter().position(|field| field.name() == column) else {
        return Ok(None);
    };
    let reader = PinnedReader::new(Arc::clone(&object.store), object.meta.clone());
    let mask = ProjectionMask::roots(footer.parquet_schema(), [root]);
    let rows = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, footer.clone())
        .with_projection(mask)
        .with_limit(1)
        .build()
        .map_err(|error| parquet_error(&object.name, error))?;
    let batches: Vec<_> = rows.try_collect().await.map_err(|error| parquet_error(&object.name, error))?;
    let Some(batch) = batches.first().filter(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let text = cast(batch.column(0), &DataType::Utf8)?;
    let value = text.as_string::<i32>().iter().next().flatten().unwrap_or("").trim().to_owned();
    Ok((!value.is_empty()).then_some(value))
}
