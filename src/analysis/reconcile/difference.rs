//! Where a difference arises, and what may be its reason.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Proof;
use crate::{rollup::UsageRow, units::grouped};

/// A family of rows whose fees and usage should cancel out, and do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// "Reserved Instances of `AmazonEC2`", "Savings Plans".
    pub family: String,
    /// Its part of the difference.
    pub difference: Decimal,
    /// Its rows by account, product and charge type.
    pub rows: Vec<TraceRow>,
}

/// What one account, product and charge type brings into a family.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of line_items and of the proof under their own names")]
pub struct TraceRow {
    pub account_id: Option<String>,
    pub product_code: String,
    pub charge_type: String,
    pub unblended: Decimal,
    pub amortized: Decimal,
    pub true_up: Decimal,
    pub upfront: Decimal,
}

impl TraceRow {
    /// Returns its part of the difference.
    pub fn difference(&self) -> Decimal {
        self.unblended - (self.amortized + self.true_up + self.upfront)
    }
}

/// The family of a row; `None` where both bases are one amount.
fn family(row: &UsageRow) -> Option<String> {
    match row.charge_type.as_str() {
        "DiscountedUsage" | "RIFee" => Some(format!("Reserved Instances of {}", row.product_code)),
        charge if charge.starts_with("SavingsPlan") => Some("Savings Plans".to_owned()),
        _ if row.unblended_cost != row.amortized_cost + row.upfront_cost => Some(format!("{} rows", row.charge_type)),
        _ => None,
    }
}

/// Returns the families that do not cancel out, the largest difference first.
pub(super) fn traces(rows: &[&UsageRow]) -> Vec<Trace> {
    let mut families: BTreeMap<String, BTreeMap<_, TraceRow>> = BTreeMap::new();
    for row in rows {
        let Some(family) = family(row) else { continue };
        let key = (&row.account_id, &row.product_code, &row.charge_type);
        let sum = families.entry(family).or_default().entry(key).or_insert_with(|| TraceRow {
            account_id: row.account_id.clone(),
            product_code: row.product_code.clone(),
            charge_type: row.charge_type.clone(),
            unblended: Decimal::ZERO,
            amortized: Decimal::ZERO,
            true_up: Decimal::ZERO,
            upfront: Decimal::ZERO,
        });
        sum.unblended += row.unblended_cost;
        sum.amortized += row.amortized_cost;
        sum.true_up -= row.amortized_upfront.unwrap_or_default();
        sum.upfront += row.upfront_cost;
    }
    let mut traces: Vec<Trace> = families
        .into_iter()
        .map(|(family, rows)| {
            let mut rows: Vec<TraceRow> = rows.into_values().collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.difference().abs()));
            Trace { family, difference: rows.iter().map(TraceRow::difference).sum(), rows }
        })
        .filter(|trace| !trace.difference.is_zero())
        .collect();
    traces.sort_by_key(|trace| std::cmp::Reverse(trace.difference.abs()));
    traces
}

/// Names what may be the reason of a difference: only what the rows show.
pub(super) fn suspects(proof: &Proof, rows: &[&UsageRow]) -> Vec<String> {
    let sum = |charge_type: &str| -> Decimal {
        rows.iter().filter(|row| row.charge_type == charge_type).map(|row| row.unblended_cost).sum()
    };
    let products = |charge_type: &str| -> BTreeSet<&str> {
        let of_type = rows.iter().filter(|row| row.charge_type == charge_type);
        of_type.map(|row| row.product_code.as_str()).collect()
    };
    let has = |charge_type: &str| rows.iter().any(|row| row.charge_type == charge_type);
    let mut suspects = Vec::new();
    for column in proof.unproven() {
        suspects.push(format!("no column {column}, though there are fees that need it: the true-up is not known"));
    }
    let covered = sum("DiscountedUsage");
    if !covered.is_zero() {
        suspects.push(format!(
            "usage under Reserved Instances carries {} of unblended cost, where AWS writes 0: its fee may stand beside it",
            grouped(covered, 2)
        ));
    }
    let negated = sum("SavingsPlanCoveredUsage") + sum("SavingsPlanNegation");
    if !negated.round_dp(2).is_zero() {
        suspects.push(format!(
            "usage under Savings Plans and its negation leave {} unblended, where they should cancel out",
            grouped(negated, 2)
        ));
    }
    let (used, paid) = (products("DiscountedUsage"), products("RIFee"));
    for product in used.difference(&paid) {
        suspects.push(format!(
            "{product} has usage under Reserved Instances but no RIFee row: the fee stands in another month, or on the \
             bill of another payer"
        ));
    }
    for product in paid.difference(&used) {
        suspects.push(format!(
            "{product} has RIFee rows but no usage under them: it lies in another month, or is all unused"
        ));
    }
    match (has("SavingsPlanCoveredUsage"), has("SavingsPlanRecurringFee")) {
        (true, false) => suspects.push(
            "usage under Savings Plans but no SavingsPlanRecurringFee row: the plan is on the bill of another payer or \
             account that the export leaves out"
                .to_owned(),
        ),
        (false, true) => suspects
            .push("SavingsPlanRecurringFee rows but no usage under them: it lies in another month".to_owned()),
        _ => {}
    }
    if proof.partial {
        suspects
            .push("the month is partial: fees of the whole month may stand beside the usage of some days".to_owned());
    }
    suspects
}
