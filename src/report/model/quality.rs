//! How far the data can be believed.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::units::{Month, day_text, text};

/// One month of the data.
#[derive(Debug, Clone, Serialize)]
pub struct QualityRow {
    /// The billing month.
    pub month: Month,
    /// The data does not reach the end of the month.
    pub partial: bool,
    /// The day up to which there is usage, in UTC.
    #[serde(serialize_with = "day_text::optional")]
    pub data_through: Option<NaiveDate>,
    /// Number of line items.
    pub line_items: u64,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Unblended cost of commitments that the amortised cost spreads over other rows or months.
    #[serde(serialize_with = "text::serialize")]
    pub true_up: Decimal,
    /// What was paid for commitments up front.
    #[serde(serialize_with = "text::serialize")]
    pub upfront: Decimal,
    /// Unblended − amortised − true-up − upfront: 0 when the month adds up.
    #[serde(serialize_with = "text::serialize")]
    pub difference: Decimal,
}

/// Something to be known of the data.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Stable name for programs.
    pub id: &'static str,
    /// The finding in a sentence.
    pub text: String,
}
