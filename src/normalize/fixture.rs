//! Reads bills in tests: discovery, `line_items`, SQL, rows as text.

use std::sync::Arc;

use arrow::{
    array::RecordBatch,
    compute::concat_batches,
    datatypes::SchemaRef,
    util::display::{ArrayFormatter, FormatOptions},
};
use datafusion::prelude::SessionContext;

use super::{LineItems, ScanCount, Unjudged};
use crate::{
    error::Result,
    pricing::PriceBook,
    source::{Access, Memory, discover},
};

/// A bill in one folder, with what its scans counted.
pub(super) struct Read {
    context: SessionContext,
    pub(super) count: Arc<ScanCount>,
    pub(super) notes: Vec<String>,
}

impl Read {
    pub(super) async fn of(source: &str) -> Result<Self> {
        let bill = discover(&[source.to_owned()], None, &Access::default(), &Memory::none()).await?;
        let count = Arc::<ScanCount>::default();
        let items = LineItems::open(&bill, PriceBook::embedded()?, Arc::new(Unjudged), Arc::clone(&count)).await?;
        let context = SessionContext::new();
        context.register_table("line_items", Arc::new(items))?;
        Ok(Self { context, count, notes: bill.notes })
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<RecordBatch> {
        let frame = self.context.sql(sql).await?;
        let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        Ok(concat_batches(&schema, &frame.collect().await?)?)
    }

    /// Returns the rows as text, fields joined by a bar.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<String>> {
        let batch = self.batch(sql).await?;
        let options = FormatOptions::default().with_null("-");
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        let row = |row| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join("|");
        Ok((0..batch.num_rows()).map(row).collect())
    }
}
