//! `line_items` as a DataFusion table: explicit files, only the months and columns a query needs.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::Result as DfResult,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::ExecutionPlan,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    Classify, Judges, Unjudged,
    lines::LineItemsExec,
    months::{MonthFilter, is_about_months},
    scan::{FileScan, ScanCount},
    schema::{Column, schema},
};
use crate::{
    error::Result,
    pricing::PriceBook,
    source::{Bill, DataFile, Delivery},
};

/// The table of all line items of a bill.
pub struct LineItems {
    schema: SchemaRef,
    scans: Vec<FileScan>,
    judges: Arc<dyn Judges>,
}

impl LineItems {
    /// Offers the files of the bill as one table; checks the required columns of every file first.
    ///
    /// # Errors
    /// When a file lacks a required column.
    pub async fn open(
        bill: &Bill,
        book: &'static PriceBook,
        judges: Arc<dyn Judges>,
        count: Arc<ScanCount>,
    ) -> Result<Self> {
        let mut scans = Vec::new();
        for delivery in bill.exports.iter().flat_map(|export| &export.deliveries) {
            for scan in open_files(delivery, book, &count).await? {
                scan.bind(Column::ALL, true)?;
                scans.push(scan);
            }
        }
        Ok(Self { schema: schema(), scans, judges })
    }

    /// Says which filters spare the reading of files.
    pub fn takes_filters(filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
        // A month is one file or several: what a file without a known month holds is filtered row by row.
        let support = |filter: &&Expr| {
            if is_about_months(filter) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        filters.iter().map(support).collect()
    }
}

/// Files that are opened at the same time.
const CONCURRENT: usize = 16;

/// Opens the files of a delivery.
///
/// # Errors
/// When one of them cannot be read.
pub(crate) async fn open_files(
    delivery: &Delivery,
    book: &'static PriceBook,
    count: &Arc<ScanCount>,
) -> Result<Vec<FileScan>> {
    let month = delivery.month;
    let files: Vec<_> =
        stream::iter(delivery.files.iter().map(DataFile::open)).buffered(CONCURRENT).try_collect().await?;
    let scan = |file| FileScan { file: Arc::new(file), month, book, count: Arc::clone(count) };
    Ok(files.into_iter().map(scan).collect())
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

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(Self::takes_filters(filters))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..Column::ALL.len()).collect());
        let schema = Arc::new(self.schema.project(&wanted)?);
        let columns: Vec<Column> = wanted.iter().map(|&index| Column::ALL[index]).collect();
        let classifier: Arc<dyn Classify> = if columns.iter().any(|column| column.is_bucket()) {
            self.judges.classifier().await?
        } else {
            Arc::new(Unjudged)
        };
        let months = MonthFilter::new(filters, state)?;
        // Shares are dealt piece by piece; sums are exact, so which thread reads which piece changes nothing.
        let mut pieces = Vec::new();
        for scan in &self.scans {
            if !months.may_hold(scan.month)? {
                continue;
            }
            let reading = scan.bind(&columns, classifier.versions().is_some())?;
            pieces.extend(scan.pieces(&reading).into_iter().map(|(piece, _)| (scan.clone(), piece)));
        }
        let partitions = state.config().target_partitions();
        Ok(Arc::new(LineItemsExec::new(columns, schema, pieces, partitions, classifier)))
    }
}
