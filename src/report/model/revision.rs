//! What differs from the report that was made of the month before this one.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::units::{Month, opt_text, text};

/// The comparison with the report that this one takes the place of.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    /// Counts the reports of the month, from 1.
    pub number: u32,
    /// The report before it.
    pub previous: u32,
    /// Why there is a new one.
    pub causes: Vec<Cause>,
    /// The months whose figures differ, oldest first; none where the currencies differ.
    pub months: Vec<RevisedMonth>,
    /// The services of the report month whose figures differ; their changes add up to that of the month.
    pub services: Vec<RevisedService>,
    /// Other amounts that differ; none where the currencies differ.
    pub amounts: Vec<RevisedAmount>,
    /// Ratios that differ.
    pub ratios: Vec<RevisedRatio>,
}

/// Why there is a new report.
#[derive(Debug, Clone, Serialize)]
pub struct Cause {
    /// `delivery`, `settings`, `prices`, or `damaged` for files that were not there any more.
    pub id: &'static str,
    /// What is new: months, settings, price tables.
    pub detail: String,
}

/// A month in two reports; 0 where it was not in one of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisedMonth {
    /// The billing month.
    pub month: Month,
    /// Number of line items before.
    pub line_items_before: u64,
    /// Number of line items now.
    pub line_items: u64,
    /// Cash cost before.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_before: Decimal,
    /// Cash cost now.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Now minus before.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_change: Decimal,
    /// Amortised cost before.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_before: Decimal,
    /// Amortised cost now.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Now minus before.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_change: Decimal,
}

/// A service of the report month in two reports; 0 where it was not in one of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisedService {
    /// AWS product code.
    pub product_code: String,
    /// Cash cost before.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_before: Decimal,
    /// Cash cost now.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Now minus before.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_change: Decimal,
    /// Amortised cost before.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_before: Decimal,
    /// Amortised cost now.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Now minus before.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_change: Decimal,
}

/// An amount of the report month in two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisedAmount {
    /// Its name in thresholds: `unlocked_saving`.
    pub figure: &'static str,
    /// Before; `None` when it was not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub before: Option<Decimal>,
    /// Now; `None` when it is not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub now: Option<Decimal>,
}

/// A ratio of the report month in two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisedRatio {
    /// Its name in thresholds: `coverage`.
    pub figure: &'static str,
    /// Before; `None` when it was not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub ratio_before: Option<Decimal>,
    /// Now; `None` when it is not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub ratio: Option<Decimal>,
}
