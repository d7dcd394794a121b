//! Reads one file: the columns that are needed, batch by batch, as canonical rows. A FOCUS file passes as one of CUR.

use std::{
    collections::BTreeMap,
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
use futures::{StreamExt, future::BoxFuture, stream, stream::BoxStream};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
        async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder},
    },
    errors::ParquetError,
    file::metadata::ParquetMetaData,
};

use super::{
    Classify,
    binding::Binding,
    build::Builder,
    csv::{self, CsvBatches},
    fields::Field,
    focus::Adapter,
    raw::RawBatch,
    schema::Column,
};
use crate::{
    error::Result,
    pricing::PriceBook,
    source::{DataFile, Encoding, PinnedReader},
    units::Month,
};

/// Rows of one batch.
pub(crate) const BATCH_ROWS: usize = 8_192;

/// What scans have read so far.
#[derive(Debug, Default)]
pub struct ScanCount {
    rows: AtomicU64,
    bytes: AtomicU64,
    not_amounts: Mutex<NotAmounts>,
}

/// By column and file: how many values are no amounts, and the first of them.
type NotAmounts = BTreeMap<(&'static str, String), (u64, String)>;

impl ScanCount {
    /// Returns the rows read.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
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
    pub(crate) fn not_amounts(&self, file: &str, column: &'static str, count: u64, example: &str) {
        let mut found = self.not_amounts.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = found.entry((column, file.to_owned())).or_insert_with(|| (0, example.to_owned()));
        noted.0 = noted.0.max(count);
    }
}

/// A file of one billing month, with what every scan of it shares.
#[derive(Clone)]
pub(crate) struct FileScan {
    pub file: Arc<DataFile>,
    pub month: Option<Month>,
    pub book: &'static PriceBook,
    pub classifier: Arc<dyn Classify>,
    pub count: Arc<ScanCount>,
}

impl FileScan {
    /// Binds the columns to the file without reading it; those of FOCUS as the columns of CUR that they give.
    ///
    /// # Errors
    /// When a required column is missing or has the wrong type.
    pub(crate) fn bind(&self, columns: &[Column]) -> Result<Binding> {
        let mut fields: Vec<_> = columns.iter().flat_map(|column| column.inputs()).collect();
        if self.month.is_some() {
            fields.push(Field::BillingPeriod);
        }
        fields.sort_unstable();
        fields.dedup();
        let maps: Vec<_> = columns.iter().filter_map(|column| column.family()).collect();
        let (schema, place) = (self.schema(), self.place());
        match Adapter::of(&schema, &place)? {
            Some(focus) => Binding::new(focus.schema(), &fields, &maps, &place),
            None => Binding::new(&schema, &fields, &maps, &place),
        }
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
            Some(month) => format!("{} ({month})", self.file.name),
            None => self.file.name.clone(),
        }
    }

    /// Streams the canonical rows of the file.
    pub(crate) fn rows(
        self,
        columns: Vec<Column>,
        schema: SchemaRef,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let (binding, batches) = self.batches(&columns)?;
        let mut builder = Builder::new(columns, schema, self.book, self.classifier, self.month, self.file.name.clone());
        Ok(batches.map(move |batch| builder.build(&RawBatch::new(&batch?, &binding))).boxed())
    }

    /// Streams what the columns need of the file, under the names of CUR, with the binding that reads such a batch.
    pub(crate) fn batches(&self, columns: &[Column]) -> Result<(Binding, BoxStream<'static, Result<RecordBatch>>)> {
        let binding = self.bind(columns)?;
        let roots = binding.roots();
        let binding = binding.projected(&roots);
        let focus = Adapter::of(&self.schema(), &self.place())?.map(|focus| focus.only(&roots));
        let roots = focus.as_ref().map_or(roots, |focus| focus.sources().to_vec());
        let count = Arc::clone(&self.count);
        let batches = self.own_batches(&roots)?.map(move |batch| {
            let batch = batch?;
            count.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            match &focus {
                Some(focus) => focus.adapt(&batch),
                None => Ok(batch),
            }
        });
        Ok((binding, batches.boxed()))
    }

    /// Streams the columns at `roots` as the file has them.
    fn own_batches(&self, roots: &[usize]) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let file = Arc::clone(&self.file);
        let reader = Counted { inner: file.reader(), count: Arc::clone(&self.count) };
        let footer = match &file.encoding {
            Encoding::Parquet(footer) => footer,
            Encoding::Csv(head) => {
                let records = file.records(reader)?;
                let batches = CsvBatches::new(records, head, roots, self.place(), Arc::clone(&self.count))?;
                let batches = stream::try_unfold(batches, |mut batches| async move {
                    Ok(batches.next().await?.map(|batch| (batch, batches)))
                });
                return Ok(batches.boxed());
            }
        };
        let footer = with_dictionaries(footer, roots).map_err(|error| file.read_error(error))?;
        let mask = ProjectionMask::roots(footer.parquet_schema(), roots.iter().copied());
        let batches = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, footer)
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| file.read_error(error))?;
        Ok(batches.map(move |batch| batch.map_err(|error| file.read_error(error))).boxed())
    }
}

/// Asks for dictionaries where the file has text, so that repeated texts are decoded once.
fn with_dictionaries(footer: &ArrowReaderMetadata, roots: &[usize]) -> Result<ArrowReaderMetadata, ParquetError> {
    let schema = footer.schema();
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            if *field.data_type() == DataType::Utf8 && roots.binary_search(&index).is_ok() {
                let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Arc::new(ArrowField::new(field.name(), dictionary, field.is_nullable()))
            } else {
                Arc::clone(field)
            }
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
        self.count.bytes.fetch_add(range.end - range.start, Ordering::Relaxed);
        self.inner.get_bytes(range)
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<bytes::Bytes>, ParquetError>> {
        let bytes = ranges.iter().map(|range| range.end - range.start).sum();
        self.count.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.inner.get_byte_ranges(ranges)
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        self.inner.get_metadata(options)
    }
}
