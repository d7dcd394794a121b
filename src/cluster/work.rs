//! What executors are asked to do, as it travels.

use std::sync::Arc;

use arrow::{
    array::{AsArray, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use datafusion::{
    datasource::{memory::MemorySourceConfig, source::DataSourceExec},
    physical_plan::ExecutionPlan,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::{Error, Result},
    normalize::{FilePiece, line_schema},
    rollup::PieceOf,
    source::{DataFile, Delivery, Stores, Ticket, Way},
};

/// The kinds of errands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Work {
    /// Roll portions of the bill up.
    RollUp,
    /// Read line items: which columns, and by whom they are judged.
    Lines { columns: Vec<usize>, judge: String },
}

impl Work {
    /// Returns the columns of the answer.
    ///
    /// # Errors
    /// When a column is asked for that there is not.
    pub(super) fn schema(&self) -> Result<SchemaRef> {
        Ok(match self {
            Self::Lines { columns, .. } => line_schema(columns)?,
            Self::RollUp => Arc::new(Schema::new(vec![
                Field::new("portion", DataType::UInt32, false),
                Field::new("file", DataType::Utf8, false),
                Field::new("chunk", DataType::UInt32, false),
                Field::new("bytes", DataType::Binary, false),
            ])),
        })
    }
}

/// Files of a month and what of them is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    /// The month from manifest or path.
    month: Option<String>,
    way: Way,
    files: Vec<Ticket>,
    /// By number of the file in this list.
    pub pieces: Vec<PieceOf>,
}

impl Reading {
    /// Describes pieces of a delivery; only their files travel, in their order.
    pub(super) fn new(delivery: &Delivery, pieces: &[PieceOf], way: &Way) -> Self {
        let mut files: Vec<usize> = pieces.iter().map(|piece| piece.file).collect();
        files.sort_unstable();
        files.dedup();
        let renumbered = pieces
            .iter()
            .filter_map(|piece| Some(PieceOf { file: files.binary_search(&piece.file).ok()?, group: piece.group }));
        Self {
            month: delivery.month.map(|month| month.to_string()),
            way: way.clone(),
            pieces: renumbered.collect(),
            files: files.iter().filter_map(|&file| delivery.files.get(file)).map(DataFile::ticket).collect(),
        }
    }

    /// Describes pieces of files, each month by itself.
    pub(super) fn all(pieces: &[FilePiece], way: &Way) -> Vec<Self> {
        let mut readings: Vec<Self> = Vec::new();
        for FilePiece { file, month, group } in pieces {
            let (ticket, month) = (file.ticket(), month.map(|month| month.to_string()));
            let found = readings.iter().position(|reading| reading.month == month);
            let index = found.unwrap_or_else(|| {
                readings.push(Self { month, way: way.clone(), files: Vec::new(), pieces: Vec::new() });
                readings.len() - 1
            });
            let reading = &mut readings[index];
            let file = reading.files.iter().position(|known| *known == ticket).unwrap_or_else(|| {
                reading.files.push(ticket);
                reading.files.len() - 1
            });
            reading.pieces.push(PieceOf { file, group: *group });
        }
        readings
    }

    /// Returns the files as a delivery of this machine.
    ///
    /// # Errors
    /// When one is not there.
    pub(super) async fn delivery(&self, stores: &Stores) -> Result<Delivery> {
        let mut files = Vec::with_capacity(self.files.len());
        for ticket in &self.files {
            files.push(stores.file(ticket, &self.way).await?);
        }
        let month = self.month.as_deref().map(str::parse).transpose()?;
        Ok(Delivery { month, manifest: None, files })
    }
}

/// A portion to be rolled up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RollUp {
    /// Number of the portion at the client.
    pub number: u32,
    pub reading: Reading,
}

/// Lines to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lines {
    pub readings: Vec<Reading>,
}

/// Returns a table in memory: each errand is a partition of one row.
///
/// # Errors
/// When an errand cannot be written down.
pub(super) fn table<E: Serialize>(errands: &[E]) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = Arc::new(Schema::new(vec![Field::new("errand", DataType::Utf8, false)]));
    let partition = |errand: &E| {
        let text = serde_json::to_string(errand)
            .map_err(|error| Error::runtime(format!("cannot write an errand down: {error}")))?;
        let column = Arc::new(StringArray::from(vec![text]));
        Ok(vec![RecordBatch::try_new(Arc::clone(&schema), vec![column])?])
    };
    let partitions = errands.iter().map(partition).collect::<Result<Vec<Vec<RecordBatch>>>>()?;
    let source = MemorySourceConfig::try_new(&partitions, schema, None)?;
    Ok(DataSourceExec::from_data_source(source))
}

/// Reads the errands of a batch.
///
/// # Errors
/// When they were written by another version.
pub(super) fn errands<E: DeserializeOwned>(batch: &RecordBatch) -> Result<Vec<E>> {
    let texts = batch.columns().first().and_then(|column| column.as_string_opt::<i32>());
    let texts = texts.ok_or_else(|| Error::runtime("an errand came in a form that is not known"))?;
    let read = |text: Option<&str>| {
        serde_json::from_str(text.unwrap_or(""))
            .map_err(|error| Error::runtime(format!("an errand cannot be understood: {error}")))
    };
    texts.iter().map(read).collect()
}
