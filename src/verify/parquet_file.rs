//! Parquet files: copied whole to a temporary file, at the version that was listed, and decoded in slices by polars.
//!
//! polars maps the file into memory. A file that others may cut while it is mapped would end the process, so it is
//! always a copy that is mapped, wherever the file came from.

use std::{fs::File, io, sync::Arc};

use polars::prelude::{DataFrame, ParallelStrategy, ParquetReader, SerReader};

use super::{columns::Places, fetch, formula::Ledger, totals::Totals};
use crate::{
    error::{Error, Result},
    source::DataFile,
    units::Month,
};

/// Rows that are decoded at a time.
const SLICE: usize = 128 * 1024;

/// Sums the file up.
pub(super) fn read(file: &DataFile, month: Option<Month>, mut bytes: fetch::Reader) -> Result<Totals> {
    let mut copy = tempfile::tempfile()
        .map_err(|error| Error::io("create a file in", &std::env::temp_dir(), &error).hint("set TMPDIR"))?;
    io::copy(&mut bytes, &mut copy).map_err(|error| copy_error(&file.name, error))?;
    sum(&file.name, month, &copy, SLICE)
}

/// Sums up a Parquet file that lies here, `slice` rows at a time, never more than a row group.
pub(super) fn sum(name: &str, month: Option<Month>, copy: &File, slice: usize) -> Result<Totals> {
    let failed = |error: polars::error::PolarsError| fetch::damaged(name, &error.to_string());
    let open = || copy.try_clone().map(ParquetReader::new).map_err(|error| fetch::read_error(name, error));
    let mut reader = open()?;
    let metadata = Arc::clone(reader.get_metadata().map_err(failed)?);
    let schema = reader.schema().map_err(failed)?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let places = Places::find(&names).map_err(|column| fetch::damaged(name, &format!("it has no column {column}")))?;
    let columns = places.columns();
    let mut ledger = Ledger::new(name, month, places);
    let mut start = 0;
    for group in &metadata.row_groups {
        let end = start + group.num_rows();
        while start < end {
            let rows = slice.min(end - start);
            let mut reader = open()?.with_projection(Some(columns.clone())).with_slice(Some((start, rows)));
            reader.set_metadata(Arc::clone(&metadata));
            // Only this strategy leaves the row groups outside the slice alone.
            let frame: DataFrame = reader.read_parallel(ParallelStrategy::RowGroups).finish().map_err(failed)?;
            if frame.height() != rows {
                return Err(fetch::damaged(name, &format!("{} rows where its footer says {rows}", frame.height())));
            }
            ledger.add(&frame, &columns)?;
            start += rows;
        }
    }
    Ok(ledger.totals())
}

/// Tells a full disk from a file that cannot be read.
fn copy_error(name: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::io("write to", &std::env::temp_dir(), &error)
                .hint(format!("{name} is copied there to be read: set TMPDIR to a folder with more room"))
        }
        _ => fetch::read_error(name, error),
    }
}
