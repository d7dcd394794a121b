//! Parquet: decimals, dates and maps keep their types.

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};

use super::{Out, Sink};
use crate::error::{Error, Result};

/// One file of rows.
pub(super) struct ParquetRows<'w> {
    writer: ArrowWriter<Out<'w>>,
}

impl<'w> ParquetRows<'w> {
    pub(super) fn begin(schema: &SchemaRef, out: Out<'w>) -> Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("gravimeter ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(out, SchemaRef::clone(schema), Some(properties));
        Ok(Self { writer: writer.map_err(|error| failed(&error))? })
    }
}

impl Sink for ParquetRows<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(|error| failed(&error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.writer.close().map(|_| ()).map_err(|error| failed(&error))
    }
}

fn failed(error: &ParquetError) -> Error {
    Error::runtime(format!("cannot write the result as Parquet: {error}"))
}
