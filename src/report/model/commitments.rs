//! Reserved Instances and Savings Plans: what they cover, what is wasted, when they end.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::units::{Month, day_text, opt_text, text};

/// How the usage of one service that commitments can cover was bought in the report month, at amortised cost.
#[derive(Debug, Clone, Serialize)]
pub struct CoverageByService {
    /// AWS product code.
    pub product_code: String,
    /// On-demand usage.
    #[serde(serialize_with = "text::serialize")]
    pub on_demand_cost: Decimal,
    /// Usage covered by Reserved Instances.
    #[serde(serialize_with = "text::serialize")]
    pub reserved_cost: Decimal,
    /// Usage covered by Savings Plans.
    #[serde(serialize_with = "text::serialize")]
    pub savings_plan_cost: Decimal,
    /// Spot usage.
    #[serde(serialize_with = "text::serialize")]
    pub spot_cost: Decimal,
    /// Commitment paid for and not used.
    #[serde(serialize_with = "text::serialize")]
    pub unused_commitment: Decimal,
    /// List cost of covered usage ÷ list cost of covered and on-demand usage.
    #[serde(serialize_with = "opt_text::serialize")]
    pub coverage: Option<Decimal>,
    /// Used commitment ÷ (used + unused).
    #[serde(serialize_with = "opt_text::serialize")]
    pub utilization: Option<Decimal>,
    /// (List cost − amortised cost − unused commitment) ÷ list cost.
    #[serde(serialize_with = "opt_text::serialize")]
    pub effective_savings_rate: Option<Decimal>,
}

/// A commitment in the report month, at amortised cost.
#[derive(Debug, Clone, Serialize)]
pub struct CommitmentLine {
    /// Name in AWS.
    pub arn: String,
    /// `ReservedInstance` or `SavingsPlan`.
    pub kind: String,
    /// "standard", "convertible", `ComputeSavingsPlans`…
    pub offering: Option<String>,
    /// Where and for what it holds.
    pub scope: String,
    /// Term and payment: "1yr, No Upfront".
    pub terms: String,
    /// Begin.
    #[serde(serialize_with = "day_text::optional")]
    pub start_date: Option<NaiveDate>,
    /// End.
    #[serde(serialize_with = "day_text::optional")]
    pub end_date: Option<NaiveDate>,
    /// First month after the end.
    pub unlock_month: Option<Month>,
    /// Used and unused.
    #[serde(serialize_with = "text::serialize")]
    pub cost: Decimal,
    /// Unused.
    #[serde(serialize_with = "text::serialize")]
    pub unused_cost: Decimal,
    /// Used ÷ (used + unused).
    #[serde(serialize_with = "opt_text::serialize")]
    pub utilization: Option<Decimal>,
    /// What is still to be paid from the end of the month on.
    #[serde(serialize_with = "opt_text::serialize")]
    pub remaining_cost: Option<Decimal>,
}

/// Commitments of one service that are over by a month.
#[derive(Debug, Clone, Serialize)]
pub struct ExpiryRow {
    /// First month after their end; `None` where the bill does not say it.
    pub unlock_month: Option<Month>,
    /// AWS product code.
    pub product_code: String,
    /// Number of commitments.
    pub commitments: u64,
    /// What they cost in the report month.
    #[serde(serialize_with = "text::serialize")]
    pub cost: Decimal,
    /// Saving of the report month that is free from then on.
    #[serde(serialize_with = "text::serialize")]
    pub locked_saving: Decimal,
}
