//! Reads one file: the columns that are needed, batch by batch, as canonical rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Field as ArrowField, Schema, SchemaRef},
};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream, stream::BoxStream};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader},
        async_reader::{AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder},
    },
    errors::ParquetError,
    file::metadata::ParquetMetaData,
};

use super::{
    Classify,
    binding::Binding,
    build::Builder,
    coded::{CodedBatch, Coder, FileCoder, coded_fields},
    csv::{self, CsvBatches},
    fields::{Field, MAPS_OF_CODES, MapSpelling, TAGS, spelling},
    focus::{Adapter, Projection},
    raw::RawBatch,
    schema::Column,
    tags::TagKeys,
};
use crate::{
    error::Result,
    pricing::PriceBook,
    source::{Encoding, OpenFile, PinnedReader},
    units::Month,
};

/// Rows of one batch.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// What scans have read so far.
#[derive(Debug, Default)]
pub struct ScanCount {
    rows: AtomicU64,
    bytes: AtomicU64,
    files_expected: AtomicU64,
    bytes_expected: AtomicU64,
    files_done: AtomicU64,
    bytes_done: AtomicU64,
    not_amounts: Mutex<NoAmountsByFile>,
    tag_keys: Mutex<BTreeSet<String>>,
    whole: Option<Arc<ScanCount>>,
}

/// By column and file: how many values are no amounts, and the first of them.
type NoAmountsByFile = BTreeMap<(String, String), (u64, String)>;

/// Values of a column of a file that are no amounts, as another machine found them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct NotAmounts {
    column: String,
    file: String,
    count: u64,
    example: String,
}

impl ScanCount {
    /// Returns the rows read.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Returns how many files, and bytes of files, are to be read in all.
    pub fn expected(&self) -> (u64, u64) {
        (self.files_expected.load(Ordering::Relaxed), self.bytes_expected.load(Ordering::Relaxed))
    }

    /// Returns how many of them are done; a file that is done in part counts with that part of its bytes.
    pub fn done(&self) -> (u64, u64) {
        (self.files_done.load(Ordering::Relaxed), self.bytes_done.load(Ordering::Relaxed))
    }

    /// Takes down that files are to be read.
    pub(crate) fn expect(&self, files: u64, bytes: u64) {
        self.files_expected.fetch_add(files, Ordering::Relaxed);
        self.bytes_expected.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes down that a part of a file is done, or its last part.
    pub(crate) fn part_done(&self, bytes: u64, is_last: bool) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
        self.files_done.fetch_add(u64::from(is_last), Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.part_done(bytes, is_last);
        }
    }

    /// Returns a count of its own whose rows and bytes count in the whole, too.
    pub(crate) fn part_of(whole: &Arc<Self>) -> Self {
        Self { whole: Some(Arc::clone(whole)), ..Self::default() }
    }

    fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.add_rows(rows);
        }
    }

    fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.add_bytes(bytes);
        }
    }

    /// Returns the bytes read: those of column chunks, or of whole CSV files.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Says which values of optional columns were no amounts and count as unknown.
    pub fn notes(&self) -> Vec<String> {
        let found = self.not_amounts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut columns: BTreeMap<&str, (u64, &str, &str)> = BTreeMap::new();
        for ((column, file), (count, example)) in found.iter() {
            columns.entry(column).or_insert((0, example, file)).0 += count;
        }
        let notes = columns.into_iter().map(|(column, (count, example, file))| {
            let what = if count == 1 { "value is no amount and counts" } else { "values are no amounts and count" };
            format!("{column}: {count} {what} as unknown, such as \"{example}\" in {file}")
        });
        notes.collect()
    }

    /// Takes down the values of one scan; a second scan of the file finds the same ones.
    pub(crate) fn not_amounts(&self, file: &str, column: &str, count: u64, example: &str) {
        let mut found = self.not_amounts.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = found.entry((column.to_owned(), file.to_owned())).or_insert_with(|| (0, example.to_owned()));
        noted.0 = noted.0.max(count);
    }

    /// Returns what values are no amounts, to be taken over by the count of another machine.
    pub(crate) fn all_not_amounts(&self) -> Vec<NotAmounts> {
        let found = self.not_amounts.lock().unwrap_or_else(PoisonError::into_inner);
        let all = found.iter().map(|((column, file), (count, example))| NotAmounts {
            column: column.clone(),
            file: file.clone(),
            count: *count,
            example: example.clone(),
        });
        all.collect()
    }

    /// Takes down keys of tags that the bill has.
    fn saw_tags(&self, keys: impl IntoIterator<Item = String>) {
        self.tag_keys.lock().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    /// Returns the keys of the tags that were seen; none where no tag was asked for.
    pub(crate) fn tag_keys(&self) -> Vec<String> {
        self.tag_keys.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Takes down what another machine has read.
    pub(crate) fn read_elsewhere(&self, rows: u64, bytes: u64, not_amounts: &[NotAmounts]) {
        for NotAmounts { column, file, count, example } in not_amounts {
            self.not_amounts(file, column, *count, example);
        }
        self.add_rows(usize::try_from(rows).unwrap_or(usize::MAX));
        self.add_bytes(bytes);
    }
}

/// A file of one billing month, with what every scan of it shares.
#[derive(Clone)]
pub(crate) struct FileScan {
    pub file: Arc<OpenFile>,
    pub month: Option<Month>,
    pub book: &'static PriceBook,
    pub count: Arc<ScanCount>,
}

impl FileScan {
    /// Binds the columns to the file without reading it.
    ///
    /// # Errors
    /// When a required column is missing or has the wrong type.
    /// `by_resource` = the bucket of a line item depends on its resource too.
    pub(crate) fn bind(&self, columns: &[Column], by_resource: bool) -> Result<Reading> {
        let mut fields: Vec<_> = columns.iter().flat_map(|column| column.inputs()).collect();
        if by_resource && columns.iter().any(|column| column.is_bucket()) {
            fields.extend([Field::Resource, Field::Account, Field::BillingPeriod]);
        }
        if self.month.is_some() {
            fields.push(Field::BillingPeriod);
        }
        fields.sort_unstable();
        fields.dedup();
        let maps: Vec<_> = columns.iter().filter_map(|column| column.family()).collect();
        self.bind_fields(&fields, &maps, &Arc::default())
    }

    fn bind_fields(&self, fields: &[Field], maps: &[MapSpelling], tags: &Arc<TagKeys>) -> Result<Reading> {
        let (schema, place) = (self.schema(), self.place());
        let tags = Arc::clone(tags);
        let Some(focus) = Adapter::of(&schema, &place)? else {
            let mut binding = Binding::new(&schema, fields, maps, &place)?;
            if !tags.is_empty() {
                self.count.saw_tags(binding.keep(&TAGS, |key| tags.takes(key)));
            }
            let roots = binding.roots();
            return Ok(Reading { binding: Arc::new(binding.projected(&roots)), roots, focus: None, tags });
        };
        let binding = Binding::new(focus.schema(), fields, maps, &place)?;
        let derived = binding.roots();
        let focus = focus.only(&derived);
        let roots = focus.sources().to_vec();
        Ok(Reading { binding: Arc::new(binding.projected(&derived)), roots, focus: Some(Arc::new(focus)), tags })
    }

    /// Returns the columns of the file itself.
    fn schema(&self) -> SchemaRef {
        match &self.file.encoding {
            Encoding::Parquet(footer) => Arc::clone(footer.schema()),
            Encoding::Csv(head) => Arc::new(csv::schema(head)),
        }
    }

    /// Names the file and its month.
    fn place(&self) -> String {
        match self.month {
            Some(month) => format!("{} ({month})", self.file.data.name),
            None => self.file.data.name.clone(),
        }
    }

    /// Streams the canonical rows of a piece.
    pub(crate) fn rows(
        self,
        piece: Piece,
        columns: Vec<Column>,
        schema: SchemaRef,
        classifier: Arc<dyn Classify>,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let reading = self.bind(&columns, classifier.versions().is_some())?;
        let batches = match self.start(&reading.roots, piece, Hints::Rows)? {
            Started::Parquet(stream) => {
                let file = Arc::clone(&self.file);
                stream.map_err(move |error| file.data.read_error(error)).boxed()
            }
            Started::Csv(batches) => batches,
        };
        let count = self.count;
        let name = self.file.data.name.clone();
        let mut builder = Builder::new(columns, schema, self.book, classifier, self.month, name);
        let rows = batches.map(move |batch| {
            let batch = reading.adapt(batch?)?;
            count.add_rows(batch.num_rows());
            builder.build(&RawBatch::new(&batch, &reading.binding))
        });
        Ok(rows.boxed())
    }

    /// Begins to read columns of a piece.
    fn start(&self, roots: &[usize], piece: Piece, hints: Hints) -> Result<Started> {
        let reader = Counted { inner: self.file.data.reader(), count: Arc::clone(&self.count) };
        let footer = match &self.file.encoding {
            Encoding::Parquet(footer) => footer,
            Encoding::Csv(head) => {
                let records = self.file.records(reader)?;
                let batches = CsvBatches::new(records, head, roots, self.place(), Arc::clone(&self.count))?;
                let batches = stream::try_unfold(batches, |mut batches| async move {
                    Ok(batches.next().await?.map(|batch| (batch, batches)))
                });
                return Ok(Started::Csv(batches.boxed()));
            }
        };
        let wrong = |error| self.file.data.read_error(error);
        let footer = hinted(footer, roots, hints).map_err(wrong)?;
        let mask = ProjectionMask::roots(footer.parquet_schema(), roots.iter().copied());
        let mut stream = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, footer)
            .with_projection(mask)
            .with_batch_size(hints.batch_rows());
        if let Piece::RowGroup(index) = piece {
            stream = stream.with_row_groups(vec![index]);
        }
        Ok(Started::Parquet(stream.build().map_err(wrong)?))
    }

    /// Cuts the file into pieces that can be read side by side, with the bytes of the columns in each.
    pub(crate) fn pieces(&self, reading: &Reading) -> Vec<(Piece, u64)> {
        let Encoding::Parquet(footer) = &self.file.encoding else {
            return vec![(Piece::All, CSV_WINDOW.min(self.file.data.object.size))];
        };
        let roots = &reading.roots;
        let schema = footer.parquet_schema();
        let groups = footer.metadata().row_groups().iter().enumerate();
        groups
            .map(|(index, group)| {
                let wanted = group.columns().iter().enumerate();
                let wanted = wanted.filter(|(leaf, _)| roots.binary_search(&schema.get_column_root_idx(*leaf)).is_ok());
                (Piece::RowGroup(index), wanted.map(|(_, chunk)| chunk.byte_range().1).sum())
            })
            .collect()
    }

    /// Binds what the coding of the file reads, and the tags that are asked for.
    ///
    /// # Errors
    /// When a required column is missing or has the wrong type.
    pub(crate) fn bind_coded(&self, tags: &Arc<TagKeys>) -> Result<Reading> {
        let maps: &[MapSpelling] = if tags.is_empty() { &[] } else { &[TAGS] };
        self.bind_fields(&coded_fields(), maps, tags)
    }

    /// Fetches the bytes of a piece, as far as they can be had without decoding.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn fetch(self, reading: Reading, piece: Piece) -> Result<Fetched> {
        let batches = match self.start(&reading.roots, piece, Hints::Codes)? {
            Started::Csv(batches) => Batches::Csv(batches),
            Started::Parquet(mut stream) => {
                let reader = stream.next_row_group().await.map_err(|error| self.file.data.read_error(error))?;
                Batches::Parquet(reader.map(Box::new))
            }
        };
        Ok(Fetched { batches, origin: Arc::new((self, reading)) })
    }
}

/// Bytes of a CSV file that are in memory at a time, roughly.
const CSV_WINDOW: u64 = 16 * 1024 * 1024;

/// A file being read.
enum Started {
    Parquet(ParquetRecordBatchStream<Counted>),
    Csv(BoxStream<'static, Result<RecordBatch>>),
}

enum Batches {
    Parquet(Option<Box<ParquetRecordBatchReader>>),
    Csv(BoxStream<'static, Result<RecordBatch>>),
}

/// A piece whose bytes are at hand.
pub(crate) struct Fetched {
    batches: Batches,
    origin: Origin,
}

/// The file that batches are of, and what is read of it.
pub(crate) type Origin = Arc<(FileScan, Reading)>;

impl Fetched {
    /// Returns what the batches are of.
    pub(crate) fn origin(&self) -> Origin {
        Arc::clone(&self.origin)
    }

    /// Decodes the next batch; `None` at the end. It blocks: for a thread of its own.
    ///
    /// # Errors
    /// When the piece cannot be decoded.
    pub(crate) fn next(&mut self, runtime: &tokio::runtime::Handle) -> Result<Option<RecordBatch>> {
        let (scan, reading) = &*self.origin;
        let batch = match &mut self.batches {
            Batches::Parquet(reader) => reader
                .as_mut()
                .and_then(Iterator::next)
                .transpose()
                .map_err(|error| scan.file.data.read_error(ParquetError::ArrowError(error.to_string())))?,
            Batches::Csv(stream) => runtime.block_on(stream.next()).transpose()?,
        };
        let Some(batch) = batch else { return Ok(None) };
        scan.count.add_rows(batch.num_rows());
        reading.adapt(batch).map(Some)
    }
}

/// Codes the batches of one piece.
pub(crate) struct BatchCoder {
    origin: Origin,
    coder: FileCoder,
}

impl BatchCoder {
    /// Builds the coder of a piece.
    pub(crate) fn new(origin: &Origin) -> Self {
        let (scan, reading) = &**origin;
        let coder = FileCoder::new(scan.file.data.name.clone(), scan.month, &reading.binding, &reading.tags);
        Self { origin: Arc::clone(origin), coder }
    }

    /// Tells whether it is of this piece.
    pub(crate) fn is_of(&self, origin: &Origin) -> bool {
        Arc::ptr_eq(&self.origin, origin)
    }

    /// Codes the rows of a batch, and hands them over.
    ///
    /// # Errors
    /// When a value is not what its column says, or the receiver fails.
    pub(crate) fn code(
        &mut self,
        coder: &mut Coder,
        batch: &RecordBatch,
        mut receive: impl FnMut(&Coder, &CodedBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        let (scan, reading) = &*self.origin;
        self.coder.code(coder, &RawBatch::new(batch, &reading.binding), &mut receive)?;
        let seen = self.coder.take_seen_tags();
        if !seen.is_empty() {
            scan.count.saw_tags(seen);
        }
        Ok(())
    }
}

/// What is read of a file, and where the fields stand in it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Columns of the file, sorted.
    roots: Vec<usize>,
    /// The fields, in batches of those columns.
    binding: Arc<Binding>,
    /// Turns the batches of a FOCUS file into those of a Cost and Usage Report first.
    focus: Option<Arc<Projection>>,
    /// The tags that are asked for.
    tags: Arc<TagKeys>,
}

impl Reading {
    fn adapt(&self, batch: RecordBatch) -> Result<RecordBatch> {
        match &self.focus {
            Some(focus) => focus.adapt(&batch),
            None => Ok(batch),
        }
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The whole file.
    All,
    /// One row group.
    RowGroup(usize),
}

/// What the batches are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hints {
    /// Rows for SQL.
    Rows,
    /// Codes for the rollup: texts and maps as dictionaries, resource ids as they lie.
    Codes,
}

impl Hints {
    fn batch_rows(self) -> usize {
        match self {
            Self::Rows => BATCH_ROWS,
            Self::Codes => 2 * BATCH_ROWS,
        }
    }

    /// Returns the type to read a column as.
    fn data_type(self, field: &ArrowField) -> DataType {
        let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        match (self, field.data_type()) {
            // Nearly every row has another one: a dictionary would only be built to be taken apart.
            (Self::Codes, DataType::Utf8) if spelling(Field::Resource).columns.contains(&field.name().as_str()) => {
                DataType::Utf8View
            }
            (_, DataType::Utf8) => dictionary(),
            (Self::Codes, DataType::Map(entries, sorted)) if MAPS_OF_CODES.contains(&field.name().as_str()) => {
                let DataType::Struct(pair) = entries.data_type() else { return field.data_type().clone() };
                let pair: Vec<ArrowField> =
                    pair.iter().map(|part| part.as_ref().clone().with_data_type(self.data_type(part))).collect();
                let entries = entries.as_ref().clone().with_data_type(DataType::Struct(pair.into()));
                DataType::Map(Arc::new(entries), *sorted)
            }
            (_, other) => other.clone(),
        }
    }
}

/// Asks for the columns in the types that their use wants, so that repeated texts are decoded once.
fn hinted(footer: &ArrowReaderMetadata, roots: &[usize], hints: Hints) -> Result<ArrowReaderMetadata, ParquetError> {
    let schema = footer.schema();
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            if roots.binary_search(&index).is_err() {
                return Arc::clone(field);
            }
            Arc::new(field.as_ref().clone().with_data_type(hints.data_type(field)))
        })
        .collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), ArrowReaderOptions::new().with_schema(schema))
}

/// Counts the bytes that pass through a reader.
struct Counted {
    inner: PinnedReader,
    count: Arc<ScanCount>,
}

impl AsyncFileReader for Counted {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<bytes::Bytes, ParquetError>> {
        self.count.add_bytes(range.end - range.start);
        self.inner.get_bytes(range)
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<bytes::Bytes>, ParquetError>> {
        let bytes = ranges.iter().map(|range| range.end - range.start).sum();
        self.count.add_bytes(bytes);
        self.inner.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        self.inner.get_metadata(options)
    }
}
