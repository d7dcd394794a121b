//! Where a difference arises, and what may be its reason.

use std::{collections::BTreeMap, sync::Arc};

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
    pub account_id: Option<Arc<str>>,
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
    match &*row.charge_type {
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
            product_code: row.product_code.to_string(),
            charge_type: row.charge_type.to_string(),
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

/// Names what may be the reason of a difference: only what the rows of the families in question show.
pub(super) fn suspects(proof: &Proof, rows: &[&UsageRow]) -> Vec<String> {
    let mut suspects = Vec::new();
    for column in proof.unproven() {
        suspects.push(format!("no column {column}, though there are fees that need it: the true-up is not known"));
    }
    for trace in &proof.traces {
        let inside: Vec<&UsageRow> =
            rows.iter().copied().filter(|row| family(row).is_some_and(|family| family == trace.family)).collect();
        let sum = |charge_type: &str, of: fn(&UsageRow) -> Decimal| -> Decimal {
            inside.iter().filter(|row| *row.charge_type == *charge_type).map(|row| of(row)).sum()
        };
        let has = |charge_type: &str| inside.iter().any(|row| *row.charge_type == *charge_type);
        let unblended = |row: &UsageRow| row.unblended_cost;
        let (usage, fee) = if has("DiscountedUsage") || has("RIFee") { RESERVED } else { PLANS };
        let known = suspects.len();
        let covered = sum("DiscountedUsage", unblended);
        if !covered.is_zero() {
            suspects.push(format!(
                "usage under {} carries {} of unblended cost, where AWS writes 0: its fee may stand beside it",
                trace.family,
                grouped(covered, 2)
            ));
        }
        let negated = sum("SavingsPlanCoveredUsage", unblended) + sum("SavingsPlanNegation", unblended);
        if !negated.round_dp(2).is_zero() {
            suspects.push(format!(
                "usage under Savings Plans and its negation leave {} unblended, where they should cancel out",
                grouped(negated, 2)
            ));
        }
        match (has(usage), has(fee)) {
            (true, false) => suspects.push(format!(
                "{}: {usage} rows but no {fee} row: the fee stands in another month, or on the bill of another payer",
                trace.family
            )),
            (false, true) => {
                suspects
                    .push(format!("{}: {fee} rows but no {usage} row: the usage lies in another month", trace.family));
            }
            _ => {}
        }
        if suspects.len() == known && proof.unproven().is_empty() {
            let carried: Decimal = inside.iter().filter_map(|row| row.amortized_upfront).sum();
            let amortized = |row: &UsageRow| row.amortized_cost;
            suspects.push(format!(
                "{}: fees of {} and {} carried of upfront payments, but {} at effective cost and {} unused: usage that is \
                 covered in part, or fees and usage of different months",
                trace.family,
                grouped(sum(fee, unblended), 2),
                grouped(carried, 2),
                grouped(sum(usage, amortized), 2),
                grouped(sum(fee, amortized), 2)
            ));
        }
    }
    if proof.partial {
        suspects
            .push("the month is partial: fees of the whole month may stand beside the usage of some days".to_owned());
    }
    suspects
}

/// Charge types of covered usage and of its fee: Reserved Instances.
const RESERVED: (&str, &str) = ("DiscountedUsage", "RIFee");

/// The same: Savings Plans.
const PLANS: (&str, &str) = ("SavingsPlanCoveredUsage", "SavingsPlanRecurringFee");
