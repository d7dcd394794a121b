//! The reference tables: prices and instance shapes.

use std::sync::Arc;

use datafusion::datasource::MemTable;

use super::columns::TableBuilder;
use crate::{
    error::Result,
    pricing::{Family, PriceRow, Shape},
};

/// `prices`.
pub(super) fn prices(rows: &[PriceRow<'_>]) -> Result<Arc<MemTable>> {
    TableBuilder::new(rows)
        .text("service", |row| Some(row.service))
        .text("region", |row| Some(row.region))
        .text("item", |row| Some(row.item))
        .text("variant", |row| Some(row.variant))
        .text("term", |row| Some(row.term.as_str()))
        .text("unit", |row| Some(row.unit))
        .amount("price", |row| Some(row.price))?
        .text("currency", |row| Some(row.currency))
        .day("as_of", |row| Some(row.as_of))
        .text("source", |row| Some(row.source))
        .build()
}

/// `instance_types`.
pub(super) fn instance_types(rows: &[(&Shape, Option<&Family>)]) -> Result<Arc<MemTable>> {
    TableBuilder::new(rows)
        .text("instance_type", |row| Some(&row.0.instance_type))
        .text("family", |row| Some(&row.0.family))
        .text("size", |row| Some(&row.0.size))
        .whole("vcpu", |row| i32::try_from(row.0.vcpu).ok())
        .amount("memory_gib", |row| Some(row.0.memory_gib))?
        .text("architecture", |row| Some(row.0.architecture.as_str()))
        .amount("local_storage_gb", |row| Some(row.0.local_storage_gb))?
        .amount("network_gbps", |row| row.0.network_gbps)?
        .text("processor", |row| row.1.map(|family| family.processor.as_str()))
        .whole("generation", |row| row.1.and_then(|family| family.generation).map(i32::from))
        .build()
}
