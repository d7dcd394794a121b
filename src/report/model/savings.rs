//! What Graviton could save, has saved, and why the rest cannot move.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    terms::Verdict,
    units::{Month, day_text, opt_text, text},
};

/// Open saving of one service in the report month.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceSaving {
    /// AWS product code.
    pub product_code: String,
    /// List cost of the eligible usage as it is.
    #[serde(serialize_with = "text::serialize")]
    pub list_cost: Decimal,
    /// Saving at list prices.
    #[serde(serialize_with = "text::serialize")]
    pub list_saving: Decimal,
    /// The part of it that needs an engine version which the bill does not show.
    #[serde(serialize_with = "text::serialize")]
    pub conditional_saving: Decimal,
    /// Saving at the rates that are paid.
    #[serde(serialize_with = "text::serialize")]
    pub effective_saving: Decimal,
    /// What the bill falls by if the move is made now.
    #[serde(serialize_with = "text::serialize")]
    pub unlocked_saving: Decimal,
    /// The rest of the effective saving, behind commitments.
    #[serde(serialize_with = "text::serialize")]
    pub locked_saving: Decimal,
}

/// Usage of one shape in one account and region, and its Graviton target.
#[derive(Debug, Clone, Serialize)]
pub struct OpportunityRow {
    /// Account that used it.
    pub account_id: String,
    /// Name of the account, when the bill has it.
    pub account_name: Option<String>,
    /// AWS region code.
    pub region: String,
    /// AWS product code.
    pub product_code: String,
    /// Instance type as it is.
    pub instance_type: String,
    /// Operating system of EC2.
    pub operating_system: Option<String>,
    /// Engine of a database or cache.
    pub database_engine: Option<String>,
    /// Single-AZ, Multi-AZ…
    pub deployment_option: Option<String>,
    /// How it was bought.
    pub purchase_option: Option<String>,
    /// Graviton target.
    pub target_instance_type: String,
    /// Instance hours in the month.
    #[serde(serialize_with = "text::serialize")]
    pub hours: Decimal,
    /// List price of the source per hour.
    #[serde(serialize_with = "text::serialize")]
    pub source_price: Decimal,
    /// List price of the target per hour.
    #[serde(serialize_with = "text::serialize")]
    pub target_price: Decimal,
    /// Rate of the target under the commitment that covers the usage, where it is known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub target_rate: Option<Decimal>,
    /// Amortised cost in the month.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// hours × (source price − target price).
    #[serde(serialize_with = "text::serialize")]
    pub list_saving: Decimal,
    /// Saving at what is paid: by the rate of the target under the same commitment, else by what is paid ÷ list.
    #[serde(serialize_with = "opt_text::serialize")]
    pub effective_saving: Option<Decimal>,
    /// What the bill falls by if the move is made now.
    #[serde(serialize_with = "opt_text::serialize")]
    pub unlocked_saving: Option<Decimal>,
    /// The rest of the effective saving, behind commitments.
    #[serde(serialize_with = "opt_text::serialize")]
    pub locked_saving: Option<Decimal>,
    /// First month after the end of the commitment.
    pub unlock_month: Option<Month>,
    /// How much work the move is: low, medium, high.
    pub effort: Option<String>,
    /// What old and new cost side by side during the switch.
    #[serde(serialize_with = "opt_text::serialize")]
    pub transition_cost: Option<Decimal>,
    /// Days after which the saving has paid for the switch.
    #[serde(serialize_with = "opt_text::serialize")]
    pub payback_days: Option<Decimal>,
    /// Engine version the target needs, when there is one.
    pub condition: Option<String>,
    /// What is estimated or assumed in the row, when anything is.
    pub estimate: Option<String>,
    /// Date of the older of the two prices.
    #[serde(serialize_with = "day_text::serialize")]
    pub price_as_of: NaiveDate,
}

/// Compute usage that is no opportunity, and why.
#[derive(Debug, Clone, Serialize)]
pub struct HeldBackRow {
    /// graviton is left out; costlier, blocked, unpriced or unknown.
    pub verdict: Verdict,
    /// Reason code: "windows", "gpu"…
    pub reason: String,
    /// The reason in a sentence.
    pub explanation: String,
    /// AWS product code.
    pub product_code: String,
    /// Instance types concerned, most costly first.
    pub instance_types: Vec<String>,
    /// Instance hours in the month.
    #[serde(serialize_with = "text::serialize")]
    pub hours: Decimal,
    /// Amortised cost in the month.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
}

/// What Arm usage of one service saved in the report month.
#[derive(Debug, Clone, Serialize)]
pub struct RealizedRow {
    /// AWS product code.
    pub product_code: String,
    /// Amortised cost of Arm usage for which there is a baseline.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// What the x86 it replaced would have cost at the same purchase option.
    #[serde(serialize_with = "text::serialize")]
    pub baseline_cost: Decimal,
    /// Baseline cost − amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub realized_saving: Decimal,
    /// Amortised cost of Arm usage that replaced nothing documented, or is Spot: its saving is not known.
    #[serde(serialize_with = "text::serialize")]
    pub not_computed_cost: Decimal,
}

/// Savings of one month.
#[derive(Debug, Clone, Serialize)]
pub struct SavingsMonth {
    /// The billing month.
    pub month: Month,
    /// What Arm usage saved against the x86 it replaced.
    #[serde(serialize_with = "text::serialize")]
    pub realized_saving: Decimal,
    /// Open saving at list price.
    #[serde(serialize_with = "text::serialize")]
    pub list_saving: Decimal,
    /// Open saving at the rates that are paid.
    #[serde(serialize_with = "text::serialize")]
    pub effective_saving: Decimal,
    /// The part of it that is free now.
    #[serde(serialize_with = "text::serialize")]
    pub unlocked_saving: Decimal,
    /// The part of it behind commitments.
    #[serde(serialize_with = "text::serialize")]
    pub locked_saving: Decimal,
}

/// Saving that is locked in a month, by the month in which it is free.
#[derive(Debug, Clone, Serialize)]
pub struct LockedMonth {
    /// The billing month.
    pub month: Month,
    /// First month after the end of the commitments; `None` where the bill does not say it.
    pub unlock_month: Option<Month>,
    /// Saving behind them.
    #[serde(serialize_with = "text::serialize")]
    pub locked_saving: Decimal,
}
