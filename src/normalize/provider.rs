//! `line_items` as a DataFusion table: explicit files, only the columns a query needs.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DataFusionError, Result as DfResult},
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableType},
    physical_plan::{
        ExecutionPlan,
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    Classify,
    scan::{FileScan, ScanCount},
    schema::{Column, schema},
};
use crate::{error::Result, pricing::PriceBook, source::Bill};

/// The table of all line items of a bill.
pub struct LineItems {
    schema: SchemaRef,
    scans: Vec<FileScan>,
    count: Arc<ScanCount>,
}

impl LineItems {
    /// Offers the files of the bill as one table; checks the required columns of every file first.
    ///
    /// # Errors
    /// When a file lacks a required column.
    pub fn new(bill: &Bill, book: &'static PriceBook, classifier: &Arc<dyn Classify>) -> Result<Self> {
        let count = Arc::new(ScanCount::default());
        let mut scans = Vec::new();
        for delivery in bill.exports.iter().flat_map(|export| &export.deliveries) {
            for file in &delivery.files {
                let scan = FileScan {
                    file: Arc::new(file.clone()),
                    month: delivery.month,
                    book,
                    classifier: Arc::clone(classifier),
                    count: Arc::clone(&count),
                };
                scan.bind(Column::ALL)?;
                scans.push(scan);
            }
        }
        Ok(Self { schema: schema(), scans, count })
    }

    /// Returns the counter that all scans of this table share.
    pub fn count(&self) -> Arc<ScanCount> {
        Arc::clone(&self.count)
    }
}

impl fmt::Debug for LineItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineItems").field("files", &self.scans.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for LineItems {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..Column::ALL.len()).collect());
        let schema = Arc::new(self.schema.project(&wanted)?);
        let columns: Vec<Column> = wanted.iter().map(|&index| Column::ALL[index]).collect();
        // Shares are dealt file by file; sums are exact, so which thread reads which file changes nothing.
        let slots = state.config().target_partitions().clamp(1, self.scans.len().max(1));
        let mut shares: Vec<Vec<FileScan>> = vec![Vec::new(); slots];
        for (index, scan) in self.scans.iter().enumerate() {
            shares[index % slots].push(scan.clone());
        }
        let partitions = shares.into_iter().map(|scans| {
            let share = Share { schema: Arc::clone(&schema), columns: columns.clone(), scans };
            Arc::new(share) as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), partitions.collect(), None, [], false, limit)?))
    }
}

/// The files that one partition reads, one after the other.
struct Share {
    schema: SchemaRef,
    columns: Vec<Column>,
    scans: Vec<FileScan>,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<&str> = self.scans.iter().map(|scan| scan.file.name.as_str()).collect();
        f.debug_struct("Share").field("files", &files).finish_non_exhaustive()
    }
}

impl PartitionStream for Share {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (columns, schema) = (self.columns.clone(), Arc::clone(&self.schema));
        let batches = stream::iter(self.scans.clone())
            .map(move |scan| scan.rows(columns.clone(), Arc::clone(&schema)))
            .try_flatten()
            .map_err(DataFusionError::from);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches.boxed()))
    }
}
