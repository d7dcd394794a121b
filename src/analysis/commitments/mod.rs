//! What the payer has committed to: Reserved Instances and Savings Plans, how far they are used, and until when they bind.
//!
//! In: rows of the rollup. Out: the terms of each commitment, put together from all rows that carry its ARN; a row per
//! commitment and month; coverage by month and product.

mod coverage;
mod ledger;
mod terms;

pub(super) use coverage::is_coverable;
pub use coverage::{Coverage, CoverageByProduct, coverage};
pub use ledger::{CommitmentMonth, commitments};
pub use terms::{Commitments, Reach, Terms};

use crate::{normalize::LineType, rollup::UsageKey, terms::PurchaseOption};

/// Returns how usage was bought, of instances and of meters alike; `None` for what is no compute.
pub(super) fn bought(usage: &UsageKey) -> Option<PurchaseOption> {
    if usage.purchase_option.is_some() {
        return usage.purchase_option;
    }
    if !usage.usage_kind.is_compute() {
        return None;
    }
    Some(match LineType::parse(&usage.charge_type) {
        LineType::SavingsPlanCoveredUsage => PurchaseOption::SavingsPlan,
        LineType::DiscountedUsage => PurchaseOption::Reserved,
        _ if usage.is_spot => PurchaseOption::Spot,
        _ => PurchaseOption::OnDemand,
    })
}
