//! The bill by account, by region and by whatever else it is grouped by; and the part of it that is shown.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::units::{Month, opt_text, text};

/// One account, region or tag value in the report month.
#[derive(Debug, Clone, Serialize)]
pub struct BreakdownLine {
    /// Account id, region or tag value; `None` for what states none.
    pub key: Option<String>,
    /// Name of the account, when the bill has it.
    pub name: Option<String>,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Amortised cost of the month before it, when it is in the data and complete.
    #[serde(serialize_with = "opt_text::serialize")]
    pub previous_cost: Option<Decimal>,
    /// Amortised cost minus that of the month before.
    #[serde(serialize_with = "opt_text::serialize")]
    pub change: Option<Decimal>,
    /// Share of the amortised cost of the month; `None` when the month costs nothing.
    #[serde(serialize_with = "opt_text::serialize")]
    pub share: Option<Decimal>,
    /// Amortised cost of compute.
    #[serde(serialize_with = "text::serialize")]
    pub compute_cost: Decimal,
    /// Amortised cost of compute on Arm ÷ that of all compute.
    #[serde(serialize_with = "opt_text::serialize")]
    pub graviton_share: Option<Decimal>,
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
    /// What Arm usage has saved.
    #[serde(serialize_with = "text::serialize")]
    pub realized_saving: Decimal,
}

/// What `--group-by` asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Groups {
    /// `account`, `region` or `tag:KEY`.
    pub by: String,
    /// The groups of the report month, dearest first.
    pub lines: Vec<BreakdownLine>,
    /// Cost of each month and group, oldest month first, dearest group first.
    pub costs: Vec<GroupCost>,
}

/// Cost of one group in one month.
#[derive(Debug, Clone, Serialize)]
pub struct GroupCost {
    /// The billing month.
    pub month: Month,
    /// Account id, region or tag value; `None` for what states none.
    pub key: Option<String>,
    /// Name of the account, when the bill has it.
    pub name: Option<String>,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
}

/// The part of the bill that a report shows.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Accounts by id; empty for all.
    pub accounts: Vec<String>,
    /// Tags as `KEY=VALUE`; empty for all.
    pub tags: Vec<String>,
    /// Amortised cost of the whole bill in the report month.
    #[serde(serialize_with = "text::serialize")]
    pub whole_cost: Decimal,
    /// Share of it that is shown; `None` when it is nothing.
    #[serde(serialize_with = "opt_text::serialize")]
    pub share: Option<Decimal>,
}
