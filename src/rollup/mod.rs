//! Rolls millions of line items up to the rows that every figure comes from.
//!
//! In: the `line_items` table of a session. Out: [`UsageRow`]s in a fixed order. The sums are exact decimals, so they
//! do not depend on the order in which files and threads finish.

#[cfg(test)]
pub(crate) mod fixture;
mod read;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    engine::{Engine, query},
    error::Result,
    normalize::UsageKind,
    terms::{Architecture, PurchaseOption, Verdict},
    units::Month,
};

/// Line items of one month that are alike in all that the figures ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of line_items under their own names")]
pub struct UsageRow {
    pub month: Month,
    pub payer_account_id: Option<String>,
    pub account_id: Option<String>,
    pub account_name: Option<String>,
    pub region: Option<String>,
    pub product_code: String,
    pub charge_type: String,
    pub purchase_option: Option<PurchaseOption>,
    pub usage_kind: UsageKind,
    pub instance_type: Option<String>,
    pub architecture: Option<Architecture>,
    pub vcpu: Option<i32>,
    pub operating_system: Option<String>,
    pub database_engine: Option<String>,
    pub deployment_option: Option<String>,
    pub tenancy: Option<String>,
    pub licensed_software: Option<String>,
    pub price_variant: Option<String>,
    /// Public on-demand rate per hour that the bill states.
    pub public_rate: Option<Decimal>,
    pub currency: String,
    pub verdict: Verdict,
    pub reason: Option<String>,
    /// Count of line items.
    pub line_items: u64,
    /// Quantity; hours where `usage_kind` is instance hours.
    pub usage_amount: Decimal,
    pub unblended_cost: Decimal,
    pub amortized_cost: Decimal,
    pub net_unblended_cost: Option<Decimal>,
    pub net_amortized_cost: Option<Decimal>,
    pub list_cost: Option<Decimal>,
    /// Cash that pays for commitments in advance, or its refund; a part of `unblended_cost`.
    pub upfront_cost: Decimal,
    /// Share of earlier upfront payments that the month carries; `None` when it is unknown for any of the line items.
    pub amortized_upfront: Option<Decimal>,
    /// Latest end of usage that spans a day or less.
    pub usage_through: Option<DateTime<Utc>>,
    /// Latest end of any usage.
    pub any_usage_through: Option<DateTime<Utc>>,
}

/// Rolls the session's `line_items` up, in one scan.
///
/// # Errors
/// When a file cannot be read, or the data breaks a rule of the canonical schema.
pub async fn usage_by_month(engine: &Engine) -> Result<Vec<UsageRow>> {
    let batches = engine.run(query("rollup/usage_by_month")?).await?;
    let mut rows = Vec::new();
    for batch in &batches {
        read::rows(batch, &mut rows)?;
    }
    rows.sort_by(|a, b| read::order(a).cmp(&read::order(b)));
    Ok(rows)
}
