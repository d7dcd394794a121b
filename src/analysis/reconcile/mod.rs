//! Proves each month of the bill: by basis and cause, and that cash and amortised cost agree.
//!
//! `unblended = amortised + true-up + upfront` (product.md 2.4; AWS's own terms, Cloud Intelligence Dashboards): what the
//! month's amortised cost carries of earlier upfront payments is taken back by the true-up, what the month pays up front is
//! added. The amortised cost comes from effective costs and unused parts, the true-up from the columns of the amortised
//! upfront fee: two sources, so that the difference is a real check.

mod cause;
mod difference;
mod invoice;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

pub use cause::Cause;
pub use difference::{Trace, TraceRow};
pub use invoice::{Explanation, Invoice, Outcome, explain_invoice};

use super::costs::{Costs, month_totals};
use crate::{
    error::{Error, Result},
    rollup::UsageRow,
    units::Month,
};

/// What a month's amortised cost carries of earlier upfront payments, with the sign of the true-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrueUp {
    /// Of Reserved Instances; `None` when there are fee rows and the bill has no column for it.
    pub reserved: Option<Decimal>,
    /// Of Savings Plans; the same.
    pub plans: Option<Decimal>,
}

impl TrueUp {
    /// Returns the sum, or `None` when a part is unknown.
    pub fn total(&self) -> Option<Decimal> {
        Some(self.reserved? + self.plans?)
    }

    /// Returns what is known of it.
    pub fn known(&self) -> Decimal {
        self.reserved.unwrap_or_default() + self.plans.unwrap_or_default()
    }
}

/// The proof of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The billing month.
    pub month: Month,
    /// The data does not reach the last day.
    pub partial: bool,
    /// The month under every basis.
    pub costs: Costs,
    /// Cash for commitments in advance, less refunds of it.
    pub upfront: Decimal,
    /// What the month carries of earlier payments.
    pub true_up: TrueUp,
    /// Unblended − (amortised + true-up + upfront), with the parts of the true-up that are known.
    pub difference: Decimal,
    /// The month by cause, each line item in one.
    pub causes: BTreeMap<Cause, Costs>,
    /// Where a difference arises; empty when there is none.
    pub traces: Vec<Trace>,
    /// What may be the reason of a difference.
    pub suspects: Vec<String>,
}

impl Proof {
    /// Tells whether the difference rounds to 0.00.
    pub fn holds(&self) -> bool {
        self.difference.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).is_zero()
    }

    /// Names the columns that would prove the true-up and are not there.
    pub fn unproven(&self) -> Vec<&'static str> {
        let columns = [
            (self.true_up.reserved, "reservation_amortized_upfront_fee_for_billing_period"),
            (self.true_up.plans, "savings_plan_amortized_upfront_commitment_for_billing_period"),
        ];
        columns.into_iter().filter(|(part, _)| part.is_none()).map(|(_, column)| column).collect()
    }
}

/// Proves each month of the rows, in order.
///
/// # Errors
/// When the causes do not add up to the month to the last decimal.
pub fn reconcile(rows: &[UsageRow]) -> Result<Vec<Proof>> {
    let mut by_month: BTreeMap<Month, Vec<&UsageRow>> = BTreeMap::new();
    for row in rows {
        by_month.entry(row.month).or_default().push(row);
    }
    let totals = month_totals(rows);
    let mut proofs = Vec::with_capacity(totals.len());
    for total in totals {
        let rows = by_month.remove(&total.month).unwrap_or_default();
        let mut causes: BTreeMap<Cause, Costs> = BTreeMap::new();
        for part in rows.iter().flat_map(|row| cause::parts(row)) {
            causes.entry(Cause::of(&part)).or_default().add(&part);
        }
        check_parts(total.month, &total.costs, &causes)?;
        let true_up = TrueUp { reserved: carried(&rows, "RIFee"), plans: carried(&rows, "SavingsPlanRecurringFee") };
        let upfront: Decimal = rows.iter().map(|row| row.upfront_cost).sum();
        let difference = total.costs.unblended - (total.costs.amortized + true_up.known() + upfront);
        let mut proof = Proof {
            month: total.month,
            partial: total.partial,
            costs: total.costs,
            upfront,
            true_up,
            difference,
            causes,
            traces: Vec::new(),
            suspects: Vec::new(),
        };
        if !proof.holds() {
            proof.traces = difference::traces(&rows);
            proof.suspects = difference::suspects(&proof, &rows);
        }
        proofs.push(proof);
    }
    Ok(proofs)
}

/// Returns the months that do not add up, with the difference of each: what [`reconcile`] proves, without the causes.
pub fn broken_months(rows: &[UsageRow]) -> Vec<(Month, Decimal)> {
    let mut sums: BTreeMap<Month, Decimal> = BTreeMap::new();
    for row in rows {
        // The true-up takes back what fees carry of earlier upfront payments.
        *sums.entry(row.month).or_default() +=
            row.unblended_cost - row.amortized_cost - row.upfront_cost + row.amortized_upfront.unwrap_or_default();
    }
    let is_broken =
        |difference: &Decimal| !difference.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).is_zero();
    sums.into_iter().filter(|(_, difference)| is_broken(difference)).collect()
}

/// Returns the true-up of the fees of one kind; `None` when one of them does not state it.
fn carried(rows: &[&UsageRow], charge_type: &str) -> Option<Decimal> {
    rows.iter()
        .filter(|row| *row.charge_type == *charge_type)
        .try_fold(Decimal::ZERO, |sum, row| Some(sum - row.amortized_upfront?))
}

/// Takes one basis out of the money.
type Basis = fn(&Costs) -> Decimal;

/// Checks that the causes add up to the month, on every basis.
fn check_parts(month: Month, whole: &Costs, causes: &BTreeMap<Cause, Costs>) -> Result<()> {
    let sum = |of: Basis| -> Decimal { causes.values().map(of).sum() };
    let bases: [(&str, Basis); 5] = [
        ("unblended", |costs| costs.unblended),
        ("amortised", |costs| costs.amortized),
        ("net unblended", |costs| costs.net_unblended.unwrap_or_default()),
        ("net amortised", |costs| costs.net_amortized.unwrap_or_default()),
        ("list", |costs| costs.list.unwrap_or_default()),
    ];
    for (basis, of) in bases {
        if sum(of) != of(whole) {
            return Err(Error::incomplete(format!(
                "{month}: the causes add up to {} {basis}, the month to {}",
                sum(of),
                of(whole)
            ))
            .hint("this is a fault of Gravimeter: please report it with this message"));
        }
    }
    let lines: u64 = causes.values().map(|costs| costs.line_items).sum();
    if lines != whole.line_items {
        return Err(Error::incomplete(format!(
            "{month}: the causes hold {lines} line items, the month {}",
            whole.line_items
        ))
        .hint("this is a fault of Gravimeter: please report it with this message"));
    }
    Ok(())
}
