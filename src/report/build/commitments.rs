//! Reserved Instances and Savings Plans of the report.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    analysis::{Coverage, Figures},
    report::model::{CommitmentLine, CoverageByService, CoverageRow, ExpiryRow},
    units::Month,
};

/// Sums coverage by month.
pub(super) fn coverage(figures: &Figures) -> Vec<CoverageRow> {
    let mut by_month: BTreeMap<Month, Coverage> = BTreeMap::new();
    for ((month, _), part) in &figures.coverage {
        by_month.entry(*month).or_default().add(part);
    }
    by_month
        .into_iter()
        .map(|(month, sum)| CoverageRow {
            month,
            on_demand_cost: sum.on_demand_cost,
            reserved_cost: sum.reserved_cost,
            savings_plan_cost: sum.savings_plan_cost,
            spot_cost: sum.spot_cost,
            unused_commitment: sum.unused_commitment,
            coverage: sum.coverage(),
            utilization: sum.utilization(),
            effective_savings_rate: sum.effective_savings_rate(),
        })
        .collect()
}

/// Lists the coverage of a month by service, dearest first.
pub(super) fn by_service(figures: &Figures, month: Month) -> Vec<CoverageByService> {
    let mut rows: Vec<CoverageByService> = figures
        .coverage
        .iter()
        .filter(|((of_month, _), _)| *of_month == month)
        .map(|((_, product_code), sum)| CoverageByService {
            product_code: product_code.to_string(),
            on_demand_cost: sum.on_demand_cost,
            reserved_cost: sum.reserved_cost,
            savings_plan_cost: sum.savings_plan_cost,
            spot_cost: sum.spot_cost,
            unused_commitment: sum.unused_commitment,
            coverage: sum.coverage(),
            utilization: sum.utilization(),
            effective_savings_rate: sum.effective_savings_rate(),
        })
        .collect();
    let cost = |row: &CoverageByService| {
        row.on_demand_cost + row.reserved_cost + row.savings_plan_cost + row.spot_cost + row.unused_commitment
    };
    rows.sort_by(|a, b| (cost(b), &a.product_code).cmp(&(cost(a), &b.product_code)));
    rows
}

/// Lists the commitments of a month, those that end first first.
pub(super) fn lines(figures: &Figures, month: Month) -> Vec<CommitmentLine> {
    let mut rows: Vec<CommitmentLine> = figures
        .commitments
        .iter()
        .filter(|row| row.month == month)
        .map(|row| {
            let terms: Vec<&str> =
                [&row.terms.term, &row.terms.payment].into_iter().flatten().map(String::as_str).collect();
            CommitmentLine {
                arn: row.arn.to_string(),
                kind: row.terms.kind.to_string(),
                offering: row.terms.offering.clone(),
                scope: row.terms.scope.clone(),
                terms: terms.join(", "),
                start_date: row.terms.start.map(|start| start.date_naive()),
                end_date: row.terms.end.map(|end| end.date_naive()),
                unlock_month: row.terms.unlock_month(),
                cost: row.cost,
                unused_cost: row.unused_cost,
                utilization: row.utilization(),
                remaining_cost: row.remaining_cost,
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.end_date.is_none(), a.end_date, b.cost, &a.arn).cmp(&(b.end_date.is_none(), b.end_date, a.cost, &b.arn))
    });
    rows
}

/// Lists when the commitments of a month end, and what of its savings that unlocks.
pub(super) fn expiry(figures: &Figures, month: Month) -> Vec<ExpiryRow> {
    // Unknown ends come last.
    let mut sums = BTreeMap::<(bool, Option<Month>, &str), (u64, Decimal, Decimal)>::new();
    for row in figures.commitments.iter().filter(|row| row.month == month) {
        let unlock = row.terms.unlock_month();
        let sum = sums.entry((unlock.is_none(), unlock, &row.product_code)).or_default();
        sum.0 += 1;
        sum.1 += row.cost;
    }
    for row in figures.opportunities.iter().filter(|row| row.month == month) {
        let Some(locked) = row.locked_saving.filter(|locked| !locked.is_zero()) else { continue };
        sums.entry((row.unlock_month.is_none(), row.unlock_month, &row.product_code)).or_default().2 += locked;
    }
    sums.into_iter()
        .map(|((_, unlock_month, product_code), (commitments, cost, locked_saving))| ExpiryRow {
            unlock_month,
            product_code: product_code.to_owned(),
            commitments,
            cost,
            locked_saving,
        })
        .collect()
}
