//! Writes the rows of a file as parquet-mr does: snappy, a dictionary of at most 1 MiB for each column and then plain
//! values, pages of 20,000 rows, and row groups that fill about 128 MiB of its buffers.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int96, Int96Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

use super::columns::{COLUMNS, Column, View};
use super::plan::{Period, Plan};
use super::rows::{Row, Rows, Sums, blocks, fill, sku_of};
use super::sku::{Text, UNIT};
use crate::error::{Error, Result};

/// Rows after which a row group ends with the block it is in.
const GROUP_ROWS: usize = 800_000;
/// Rows of one call of the writer.
const BATCH: usize = 8_192;
/// Julian day of 1 January 1970.
const EPOCH: u32 = 2_440_588;
const DAY: i64 = 86_400_000;

/// Returns the schema of the files.
fn schema() -> ParquetResult<TypePtr> {
    let columns: Vec<String> = COLUMNS.iter().map(|(name, column)| column.declaration(name)).collect();
    Ok(Arc::new(parse_message_type(&format!("message spark_schema {{ {} }}", columns.join("\n")))?))
}

fn properties() -> WriterPropertiesPtr {
    let properties = WriterProperties::builder()
        .set_created_by("gravimeter sample".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(true)
        .set_dictionary_page_size_limit(1024 * 1024)
        .set_data_page_row_count_limit(20_000)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build();
    Arc::new(properties)
}

/// Returns the time intervals of the month: one for each hour, the last one for the month itself.
fn intervals(period: &Period) -> Vec<ByteArray> {
    let spelled = |millis: i64| {
        chrono::DateTime::from_timestamp_millis(millis)
            .map_or_else(String::new, |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    };
    let at = |hour: u32| period.first + i64::from(hour) * 3_600_000;
    (0..period.hours)
        .map(|hour| (at(hour), at(hour + 1)))
        .chain([(period.first, at(period.hours))])
        .map(|(from, to)| ByteArray::from(format!("{}/{}", spelled(from), spelled(to)).into_bytes()))
        .collect()
}

/// Writes one file of the month and returns the sums of its rows.
pub(super) fn write(path: &Path, plan: &Plan, period: usize, file: usize, files: usize) -> Result<Sums> {
    let failed = |error: ParquetError| Error::runtime(format!("cannot write {}: {error}", path.display()));
    let target = File::create(path).map_err(|error| Error::io("create", path, &error))?;
    let mut writer = SerializedFileWriter::new(target, schema().map_err(failed)?, properties()).map_err(failed)?;
    let intervals = intervals(&plan.periods[period]);
    let mut sums = Sums::default();
    let mut rows = Rows::default();
    let blocks = blocks(plan, period, file, files);
    for (index, block) in blocks.iter().enumerate() {
        fill(plan, period, *block, &mut rows);
        if rows.rows.len() >= GROUP_ROWS || index + 1 == blocks.len() {
            sums.add(&rows);
            let group = Group { plan, period: &plan.periods[period], rows: &rows, intervals: &intervals };
            group.write(&mut writer).map_err(failed)?;
            rows = Rows::default();
        }
    }
    writer.close().map_err(failed)?;
    Ok(sums)
}

fn next<'a>(group: &'a mut SerializedRowGroupWriter<'_, File>) -> ParquetResult<SerializedColumnWriter<'a>> {
    group.next_column()?.ok_or_else(|| ParquetError::General("the schema has too few columns".to_owned()))
}

/// The rows of a row group.
struct Group<'a> {
    plan: &'a Plan,
    period: &'a Period,
    rows: &'a Rows,
    intervals: &'a [ByteArray],
}

impl<'a> Group<'a> {
    fn write(&self, writer: &mut SerializedFileWriter<File>) -> ParquetResult<()> {
        let mut group_writer = writer.next_row_group()?;
        let group = &mut group_writer;
        for (_, column) in COLUMNS {
            match *column {
                Column::Map(_) => {
                    self.map(*column, true, next(group)?)?;
                    self.map(*column, false, next(group)?)?;
                }
                Column::NoNumbers => {
                    self.empty::<ByteArrayType>(1, next(group)?)?;
                    self.empty::<DoubleType>(1, next(group)?)?;
                }
                Column::NoText => self.empty::<ByteArrayType>(0, next(group)?)?,
                Column::NoNumber => self.empty::<DoubleType>(0, next(group)?)?,
                Column::Text(of) => self.item_texts(of, next(group)?)?,
                Column::RowText(of) => self.values::<ByteArrayType>(of, next(group)?)?,
                Column::Number(of) => self.values::<DoubleType>(|view| Some(double(of(view))), next(group)?)?,
                Column::Zero => self.values::<DoubleType>(|_| Some(0.0), next(group)?)?,
                Column::Time(of) => self.values::<Int96Type>(|view| Some(instant(of(view))), next(group)?)?,
            }
        }
        group_writer.close()?;
        Ok(())
    }

    fn view(&self, row: &'a Row) -> View<'a> {
        let item = &self.rows.items[row.item as usize];
        let interval = row.hour.map_or(self.intervals.len() - 1, |hour| hour as usize);
        View {
            plan: self.plan,
            period: self.period,
            item,
            sku: sku_of(self.plan, item),
            account: &self.plan.accounts[item.account as usize],
            row,
            interval: &self.intervals[interval],
        }
    }

    fn values<T: DataType>(
        &self,
        of: impl Fn(&View<'_>) -> Option<T::T>,
        mut column: SerializedColumnWriter<'_>,
    ) -> ParquetResult<()> {
        let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        for chunk in self.rows.rows.chunks(BATCH) {
            values.clear();
            levels.clear();
            for row in chunk {
                let value = of(&self.view(row));
                levels.push(i16::from(value.is_some()));
                values.extend(value);
            }
            column.typed::<T>().write_batch(&values, Some(&levels), None)?;
        }
        column.close()
    }

    /// Writes texts that are made once for each item.
    fn item_texts(&self, of: fn(&View<'_>) -> Text, mut column: SerializedColumnWriter<'_>) -> ParquetResult<()> {
        let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let mut last: Option<(u32, Text)> = None;
        for chunk in self.rows.rows.chunks(BATCH) {
            values.clear();
            levels.clear();
            for row in chunk {
                let text = match &last {
                    Some((item, text)) if *item == row.item => text.clone(),
                    _ => {
                        let text = of(&self.view(row));
                        last = Some((row.item, text.clone()));
                        text
                    }
                };
                levels.push(i16::from(text.is_some()));
                values.extend(text);
            }
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
        column.close()
    }

    /// Writes one leaf of a map that has no entries, or of a column without values.
    fn empty<T: DataType>(&self, level: i16, mut column: SerializedColumnWriter<'_>) -> ParquetResult<()> {
        let levels = vec![level; BATCH];
        let repetition = vec![0; BATCH];
        for chunk in self.rows.rows.chunks(BATCH) {
            let repetition = (level > 0).then(|| &repetition[..chunk.len()]);
            column.typed::<T>().write_batch(&[], Some(&levels[..chunk.len()]), repetition)?;
        }
        column.close()
    }

    /// Writes the keys or the values of a map.
    fn map(&self, of: Column, keys: bool, mut column: SerializedColumnWriter<'_>) -> ParquetResult<()> {
        let Column::Map(of) = of else { return Ok(()) };
        let present = if keys { 2 } else { 3 };
        for chunk in self.rows.rows.chunks(BATCH) {
            let (mut values, mut levels, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
            for row in chunk {
                let (entries, more) = of(&self.view(row));
                if entries.is_empty() && more.is_none() {
                    levels.push(1);
                    repetition.push(0);
                }
                for (index, (key, value)) in entries.iter().chain(more.as_ref()).enumerate() {
                    levels.push(present);
                    repetition.push(i16::from(index > 0));
                    values.push(if keys { key.clone() } else { value.clone() });
                }
            }
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&repetition))?;
        }
        column.close()
    }
}

/// Returns the double that is nearest to the amount.
#[expect(clippy::cast_precision_loss, reason = "amounts below 2^53 are exact, the division rounds once")]
fn double(units: i64) -> f64 {
    units as f64 / UNIT as f64
}

/// Spells an instant as Spark does.
fn instant(millis: i64) -> Int96 {
    let day = u32::try_from(millis.div_euclid(DAY)).unwrap_or(0) + EPOCH;
    let nanos = u64::try_from(millis.rem_euclid(DAY)).unwrap_or(0) * 1_000_000;
    let mut value = Int96::new();
    let low = u32::try_from(nanos & u64::from(u32::MAX)).unwrap_or(0);
    value.set_data(low, u32::try_from(nanos >> 32).unwrap_or(0), day);
    value
}
