//! The plan that reads line items: pieces of files, dealt to partitions that are read side by side.
//!
//! It names what it reads, so that a cluster can have the same partitions read by other machines.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::{DataFusionError, Result as DfResult, tree_node::TreeNodeRecursion},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};

use super::{
    Classify, ScanCount, open_files,
    scan::{FileScan, Piece},
    schema::{Column, schema},
};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
    source::{DataFile, Delivery},
    units::Month,
};

/// A piece of a file as other machines know it.
#[derive(Debug, Clone)]
pub struct FilePiece {
    /// The file.
    pub file: DataFile,
    /// Its month, where manifest or path say it.
    pub month: Option<Month>,
    /// Number of the row group; `None` = the whole file.
    pub group: Option<usize>,
}

/// Reads line items.
pub struct LineItemsExec {
    columns: Vec<Column>,
    partitions: Vec<Vec<(FileScan, Piece)>>,
    classifier: Arc<dyn Classify>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl LineItemsExec {
    /// Deals the pieces to so many partitions at most, one after the other.
    pub(super) fn new(
        columns: Vec<Column>,
        schema: SchemaRef,
        pieces: Vec<(FileScan, Piece)>,
        partitions: usize,
        classifier: Arc<dyn Classify>,
    ) -> Self {
        let slots = partitions.clamp(1, pieces.len().max(1));
        let mut dealt: Vec<Vec<(FileScan, Piece)>> = vec![Vec::new(); slots];
        for (index, piece) in pieces.into_iter().enumerate() {
            dealt[index % slots].push(piece);
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(slots),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { columns, partitions: dealt, classifier, schema, properties: Arc::new(properties) }
    }

    /// Returns the numbers of the columns among those of the table.
    pub fn columns(&self) -> Vec<usize> {
        self.columns.iter().filter_map(|column| Column::ALL.iter().position(|known| known == column)).collect()
    }

    /// Returns who judges the lines.
    pub fn classifier(&self) -> &Arc<dyn Classify> {
        &self.classifier
    }

    /// Returns what each partition reads.
    pub fn pieces(&self) -> Vec<Vec<FilePiece>> {
        let of_piece = |(scan, piece): &(FileScan, Piece)| FilePiece {
            file: scan.file.data.clone(),
            month: scan.month,
            group: match piece {
                Piece::All => None,
                Piece::RowGroup(group) => Some(*group),
            },
        };
        self.partitions.iter().map(|pieces| pieces.iter().map(of_piece).collect()).collect()
    }
}

impl fmt::Debug for LineItemsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineItemsExec").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl DisplayAs for LineItemsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let pieces: usize = self.partitions.iter().map(Vec::len).sum();
        write!(
            f,
            "LineItemsExec: columns=[{}], pieces={pieces}, partitions={}",
            names.join(", "),
            self.partitions.len()
        )
    }
}

impl ExecutionPlan for LineItemsExec {
    fn name(&self) -> &'static str {
        "LineItemsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let pieces = self.partitions.get(partition).cloned().unwrap_or_default();
        let rows = rows(pieces, self.columns.clone(), Arc::clone(&self.schema), Arc::clone(&self.classifier));
        let rows = rows.map_err(DataFusionError::from);
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }
}

/// Streams the lines of pieces, one piece after the other.
fn rows(
    pieces: Vec<(FileScan, Piece)>,
    columns: Vec<Column>,
    schema: SchemaRef,
    classifier: Arc<dyn Classify>,
) -> BoxStream<'static, Result<arrow::array::RecordBatch>> {
    stream::iter(pieces)
        .map(move |(scan, piece)| scan.rows(piece, columns.clone(), Arc::clone(&schema), Arc::clone(&classifier)))
        .try_flatten()
        .boxed()
}

/// Returns the columns of lines that have only those with these numbers.
///
/// # Errors
/// When there is no such column.
pub fn line_schema(columns: &[usize]) -> Result<SchemaRef> {
    Ok(Arc::new(schema().project(columns)?))
}

/// Streams lines of the pieces of a delivery (number of the file, number of the row group), as [`LineItemsExec`] does.
///
/// # Errors
/// When a file cannot be opened, or lacks a required column.
pub async fn lines(
    delivery: &Delivery,
    pieces: &[(usize, Option<usize>)],
    columns: &[usize],
    classifier: Arc<dyn Classify>,
    book: &'static PriceBook,
) -> Result<BoxStream<'static, Result<arrow::array::RecordBatch>>> {
    let schema = line_schema(columns)?;
    let scans = open_files(delivery, book, &Arc::<ScanCount>::default()).await?;
    let unknown = || Error::runtime("a piece of a file is asked for that it does not have");
    let pieces = pieces.iter().map(|&(file, group)| {
        let scan: &FileScan = scans.get(file).ok_or_else(unknown)?;
        Ok((scan.clone(), group.map_or(Piece::All, Piece::RowGroup)))
    });
    let columns = columns.iter().map(|&column| Column::ALL.get(column).copied().ok_or_else(unknown));
    Ok(rows(pieces.collect::<Result<_>>()?, columns.collect::<Result<_>>()?, schema, classifier))
}
