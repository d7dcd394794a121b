//! The floor of the cold report: decodes the columns that the rollup reads into Arrow arrays and throws them away.
//!
//! `cargo run --release --example decode -- FOLDER [--dictionary] [--threads N]`, usually started by `bench/run`. Row groups
//! in parallel, 8,192 rows a batch, texts, those of the product map too, as plain strings or
//! as dictionaries. No figure is computed: what a report takes
//! beyond this is ours.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

/// The allocator of the program, so that the two compare.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of one batch.
const BATCH_ROWS: usize = 8_192;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A file with its footer, and how many row groups it has.
struct Opened {
    path: PathBuf,
    footer: ArrowReaderMetadata,
    mask: ProjectionMask,
}

fn main() -> Outcome<()> {
    let mut folder = None;
    let (mut dictionary, mut threads) = (false, std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dictionary" => dictionary = true,
            "--threads" => threads = arguments.next().ok_or("--threads needs a number")?.parse()?,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.ok_or("name a folder of Parquet files")?;
    let columns = gravimeter::normalize::rollup_columns();
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "parquet") {
            files.push(open(path, &columns, dictionary)?);
        }
    }
    let groups: Vec<(usize, usize)> = files
        .iter()
        .enumerate()
        .flat_map(|(file, opened)| (0..opened.footer.metadata().num_row_groups()).map(move |group| (file, group)))
        .collect();
    let (next, rows) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| -> Outcome<()> {
                    while let Some((file, group)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                        rows.fetch_add(decode(&files[*file], *group)?, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread failed")?)
    })?;
    let rows = rows.into_inner();
    let mut out = std::io::stdout().lock();
    std::io::Write::write_fmt(
        &mut out,
        format_args!("{rows} rows, {} columns of the bill, {} files\n", columns.len(), files.len()),
    )?;
    Ok(())
}

fn open(path: PathBuf, columns: &[&str], dictionary: bool) -> Outcome<Opened> {
    let mut footer = ArrowReaderMetadata::load(&File::open(&path)?, ArrowReaderOptions::new())?;
    if dictionary {
        let schema = with_dictionaries(footer.schema());
        footer =
            ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), ArrowReaderOptions::new().with_schema(schema))?;
    }
    let wanted = footer.schema().fields().iter().enumerate();
    let roots: Vec<usize> =
        wanted.filter(|(_, field)| columns.contains(&field.name().as_str())).map(|(index, _)| index).collect();
    let mask = ProjectionMask::roots(footer.parquet_schema(), roots);
    Ok(Opened { path, footer, mask })
}

fn with_dictionaries(schema: &Schema) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(coded).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// Asks for texts as dictionaries; within maps, too.
fn coded(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        DataType::Map(entries, sorted) => DataType::Map(coded(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(coded).collect()),
        other => other.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

fn decode(opened: &Opened, group: usize) -> Outcome<usize> {
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&opened.path)?, opened.footer.clone())
        .with_projection(opened.mask.clone())
        .with_row_groups(vec![group])
        .with_batch_size(BATCH_ROWS)
        .build()?;
    let mut rows = 0;
    for batch in reader {
        rows += std::hint::black_box(batch?).num_rows();
    }
    Ok(rows)
}
