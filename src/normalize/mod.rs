//! Normalizes: CUR 1, CUR 2.0 and FOCUS in, one canonical `line_items` out.
//!
//! In: the files that `source` found, with their footers or header lines. Out: a table of the canonical schema that reads only the
//! columns a query needs, in decimals, one row for each row of the delivery. It sums nothing. What a verdict is comes in
//! through [`Classify`]; reference facts (region prefixes, instance shapes) come from `pricing`.

mod binding;
mod build;
mod coded;
mod commitment;
mod csv;
mod fields;
#[cfg(test)]
mod fixture;
mod focus;
mod instant;
mod line_type;
mod lines;
mod money;
mod months;
mod number;
mod provider;
mod raw;
mod scan;
mod schema;
mod tags;
mod usage;

pub(crate) use coded::{Account, ChargedUsage, CodedBatch, Coder};
pub use commitment::Commitment;
pub use line_type::LineType;
pub use lines::{FilePiece, LineItemsExec, line_schema, lines};
pub use money::RowMoney;
pub use provider::LineItems;
pub(crate) use provider::open_files;
pub use scan::ScanCount;
pub(crate) use scan::{BatchCoder, Fetched, FileScan, NotAmounts, Origin, Piece, Reading};
pub use schema::schema as line_items_schema;
pub use tags::{TagKeys, same_tag};
pub(crate) use usage::service_of;
pub use usage::{Usage, UsageKind};

use std::sync::Arc;

use crate::{
    terms::{Service, Verdict},
    units::Month,
};

/// Returns the usage of a line of a product in us-east-1, as its usage type tells it.
#[cfg(test)]
pub(crate) fn metered(product_code: &str, usage_type: &str) -> Usage {
    let facts = usage::Facts { charge_type: "Usage", product_code, usage_type, ..usage::Facts::default() };
    let book = crate::pricing::PriceBook::embedded().unwrap();
    Usage { region: Some("us-east-1".to_owned()), ..usage::derive(&facts, book) }
}

/// The bucket of a line item and why it is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The one bucket.
    pub verdict: Verdict,
    /// Reason code, where the verdict has one.
    pub reason: Option<String>,
}

/// Puts usage into its bucket; the same usage always lands in the same one.
pub trait Classify: std::fmt::Debug + Send + Sync {
    /// Returns the bucket of the usage, which runs an engine of this version where one is proven.
    fn classify(&self, usage: &Usage, engine_version: Option<&str>) -> Classified;

    /// Returns what is proven of the engine versions of resources; `None` where nothing is.
    fn versions(&self) -> Option<&dyn EngineVersions> {
        None
    }

    /// Describes itself, so that another machine can classify alike; `None` where that cannot be.
    fn description(&self) -> Option<String> {
        None
    }
}

/// Says by whom line items are judged, once a query asks for their buckets: that may take a look at the whole bill.
#[async_trait::async_trait]
pub trait Judges: std::fmt::Debug + Send + Sync {
    /// Returns the classifier.
    async fn classifier(&self) -> crate::error::Result<Arc<dyn Classify>>;
}

/// Judges nothing: for queries that do not ask for buckets.
#[derive(Debug)]
pub struct Unjudged;

impl Classify for Unjudged {
    fn classify(&self, _: &Usage, _: Option<&str>) -> Classified {
        Classified { verdict: Verdict::Unknown, reason: None }
    }

    fn description(&self) -> Option<String> {
        Some(String::new())
    }
}

#[async_trait::async_trait]
impl Judges for Unjudged {
    async fn classifier(&self) -> crate::error::Result<Arc<dyn Classify>> {
        Ok(Arc::new(Self))
    }
}

/// A resource in a month.
#[derive(Debug, Clone, Copy)]
pub struct ResourceMonth<'a> {
    /// Id or ARN.
    pub id: &'a str,
    /// The billing month.
    pub month: Month,
    /// Account that used it.
    pub account_id: Option<&'a str>,
    /// AWS region code.
    pub region: Option<&'a str>,
    /// Compute service.
    pub service: Option<Service>,
}

/// Knows which engine version a resource runs.
pub trait EngineVersions {
    /// Tells whether the version decides the bucket of the usage.
    fn decide(&self, usage: &Usage) -> bool;

    /// Returns the version that is proven.
    fn of(&self, resource: &ResourceMonth<'_>) -> Option<Arc<str>>;
}

/// Names the columns of the bill that the rollup reads, those of a map column by the name of the map.
pub fn rollup_columns() -> Vec<&'static str> {
    let mut names: Vec<&str> = coded::coded_fields()
        .into_iter()
        .map(fields::spelling)
        .flat_map(|spelling| {
            let map = (!spelling.product_keys.is_empty()).then_some("product");
            spelling.columns.iter().copied().chain(map)
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the keys of the tags of a file with these columns; `None` where they stand in a map, and only its rows tell.
pub fn flat_tags(columns: &[String]) -> Option<Vec<String>> {
    if columns.iter().any(|column| fields::TAGS.columns.contains(&column.as_str()) || column == focus::TAGS) {
        return None;
    }
    Some(columns.iter().filter_map(|column| column.strip_prefix(fields::TAGS.prefix)).map(str::to_owned).collect())
}

/// Names the optional columns that no file of the bill has, and what that switches off.
pub fn absent_columns(bill: &crate::source::Bill) -> Vec<String> {
    let has = |name: &str| {
        bill.exports
            .iter()
            .flat_map(|export| &export.deliveries)
            .flat_map(|delivery| &delivery.files)
            .any(|file| file.has_column(name) || focus::twin(name).is_some_and(|twin| file.has_column(twin)))
    };
    let (all, focus) = (bill.exports.len(), bill.exports.iter().filter(|export| export.format.is_focus()).count());
    let absent = fields::OPTIONAL_GROUPS
        .iter()
        .filter(|(column, _)| !has(column) && (focus < all || *column != fields::NET_COST))
        .map(|(column, meaning)| format!("no column {column}: {meaning}"));
    absent.chain((focus > 0).then(|| focus::AFTER_DISCOUNTS.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rollup_reads_money_facts_and_resources_and_no_tags() {
        let columns = rollup_columns();
        for read in ["line_item_unblended_cost", "line_item_resource_id", "product", "product_region_code"] {
            assert!(columns.contains(&read), "{read}");
        }
        assert!(!columns.contains(&"resource_tags") && !columns.contains(&"identity_line_item_id"));
    }
}
