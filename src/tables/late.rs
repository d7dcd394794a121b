//! A table whose columns are known and whose rows are made when a query first scans it.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::Result as DfResult,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::ExecutionPlan,
};

use super::Table;
use crate::{error::Result, normalize::LineItems};

/// Where the rows of tables come from.
#[async_trait]
pub trait Origin: fmt::Debug + Send + Sync {
    /// Returns the table with its rows; asked again, the same one.
    ///
    /// # Errors
    /// When there is no bill, or it cannot be read.
    async fn open(&self, table: Table) -> Result<Arc<dyn TableProvider>>;
}

/// A table of the product contract.
#[derive(Debug)]
pub struct Late {
    table: Table,
    schema: SchemaRef,
    origin: Arc<dyn Origin>,
}

impl Late {
    /// Offers the table.
    ///
    /// # Errors
    /// When its columns cannot be told.
    pub(super) fn new(table: Table, origin: Arc<dyn Origin>) -> Result<Self> {
        Ok(Self { table, schema: table.schema()?, origin })
    }

    /// Returns which table it is.
    pub fn table(&self) -> Table {
        self.table
    }

    /// Returns the table with its rows.
    ///
    /// # Errors
    /// When there is no bill, or it cannot be read.
    pub async fn open(&self) -> Result<Arc<dyn TableProvider>> {
        self.origin.open(self.table).await
    }
}

#[async_trait]
impl TableProvider for Late {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(match self.table {
            Table::LineItems => LineItems::takes_filters(filters),
            _ => vec![TableProviderFilterPushDown::Unsupported; filters.len()],
        })
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        self.open().await?.scan(state, projection, filters, limit).await
    }
}
