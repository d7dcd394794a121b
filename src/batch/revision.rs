//! What changed between the report of a month and the one before it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{
    key::{Input, Settings},
    record::{Record, Service, Total, figures},
    threshold::Metric,
};
use crate::{
    report::model::{Cause, Report, RevisedAmount, RevisedMonth, RevisedRatio, RevisedService, Revision},
    units::Month,
};

/// What a new report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// Counts the reports of the month, from 1.
    pub number: u32,
    /// What was read.
    pub inputs: &'a [Input],
    /// The settings that change what the report says.
    pub settings: &'a Settings,
}

/// Compares a new report with the record of the one before.
pub fn compare(before: &Record, report: &Report, made: Made<'_>) -> Revision {
    // Amounts of two currencies are not compared.
    let is_comparable = before.currency == report.currency;
    let (months, services) =
        if is_comparable { (months(before, report), services(before, report)) } else { (Vec::new(), Vec::new()) };
    Revision {
        number: made.number,
        previous: before.revision,
        causes: causes(before, report, made),
        months,
        services,
        amounts: if is_comparable { amounts(before, report) } else { Vec::new() },
        ratios: ratios(before, report),
    }
}

fn causes(before: &Record, report: &Report, made: Made<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let new = new_deliveries(&before.inputs, made.inputs);
    if !new.is_empty() {
        causes.push(Cause { id: "delivery", detail: new.join("; ") });
    }
    let settings = changed_settings(&before.settings, made.settings);
    if !settings.is_empty() {
        causes.push(Cause { id: "settings", detail: settings.join(", ") });
    }
    let (from, to) = (&before.versions.price_table, &report.footer.price_table);
    if from != to {
        let days = (&before.versions.prices_as_of, report.footer.prices_as_of);
        causes.push(Cause { id: "prices", detail: format!("{from} ({}) → {to} ({})", days.0, days.1) });
    }
    if causes.is_empty() {
        causes.push(Cause { id: "damaged", detail: String::new() });
    }
    causes
}

/// Names the months that were delivered anew, came or went, by export.
fn new_deliveries(before: &[Input], now: &[Input]) -> Vec<String> {
    let known = |inputs: &[Input], input: &Input| inputs.iter().any(|other| other.is_same(input));
    let changed =
        now.iter().filter(|input| !known(before, input)).chain(before.iter().filter(|input| !known(now, input)));
    let mut by_export: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for input in changed {
        let month = input.month.map_or_else(|| "?".to_owned(), |month| month.to_string());
        by_export.entry(&input.export).or_default().insert(month);
    }
    let named = by_export
        .into_iter()
        .map(|(export, months)| format!("{export} {}", months.into_iter().collect::<Vec<_>>().join(", ")));
    named.collect()
}

fn changed_settings(before: &Settings, now: &Settings) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != now.get(*key)).cloned().collect()
}

fn months(before: &Record, report: &Report) -> Vec<RevisedMonth> {
    let zero = |month: Month| Total {
        month,
        partial: false,
        line_items: 0,
        unblended_cost: Decimal::ZERO,
        amortized_cost: Decimal::ZERO,
    };
    let old: BTreeMap<Month, &Total> = before.totals.iter().map(|total| (total.month, total)).collect();
    let new: BTreeMap<Month, Total> = report
        .months
        .iter()
        .map(|row| {
            let total = Total {
                month: row.month,
                partial: row.partial,
                line_items: row.line_items,
                unblended_cost: row.unblended_cost,
                amortized_cost: row.amortized_cost,
            };
            (row.month, total)
        })
        .collect();
    let all: BTreeSet<Month> = old.keys().chain(new.keys()).copied().collect();
    let revised = all.into_iter().map(|month| {
        let old = old.get(&month).map_or_else(|| zero(month), |total| (*total).clone());
        let new = new.get(&month).cloned().unwrap_or_else(|| zero(month));
        RevisedMonth {
            month,
            line_items_before: old.line_items,
            line_items: new.line_items,
            unblended_before: old.unblended_cost,
            unblended_cost: new.unblended_cost,
            unblended_change: new.unblended_cost - old.unblended_cost,
            amortized_before: old.amortized_cost,
            amortized_cost: new.amortized_cost,
            amortized_change: new.amortized_cost - old.amortized_cost,
        }
    });
    let differs = |row: &RevisedMonth| {
        row.line_items != row.line_items_before || !row.unblended_change.is_zero() || !row.amortized_change.is_zero()
    };
    revised.filter(differs).collect()
}

fn services(before: &Record, report: &Report) -> Vec<RevisedService> {
    let old: BTreeMap<&str, &Service> = before.services.iter().map(|row| (row.product_code.as_str(), row)).collect();
    let of_month = report.cost_by_service.iter().filter(|row| row.month == report.month);
    let new: BTreeMap<&str, (Decimal, Decimal)> =
        of_month.map(|row| (row.product_code.as_str(), (row.unblended_cost, row.amortized_cost))).collect();
    let all: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let mut revised: Vec<RevisedService> = all
        .into_iter()
        .map(|product| {
            let (unblended_before, amortized_before) =
                old.get(product).map_or_else(Default::default, |row| (row.unblended_cost, row.amortized_cost));
            let (unblended_cost, amortized_cost) = new.get(product).copied().unwrap_or_default();
            RevisedService {
                product_code: product.to_owned(),
                unblended_before,
                unblended_cost,
                unblended_change: unblended_cost - unblended_before,
                amortized_before,
                amortized_cost,
                amortized_change: amortized_cost - amortized_before,
            }
        })
        .filter(|row| !row.unblended_change.is_zero() || !row.amortized_change.is_zero())
        .collect();
    revised.sort_by(|a, b| {
        let size = |row: &RevisedService| row.amortized_change.abs().max(row.unblended_change.abs());
        (size(b), &a.product_code).cmp(&(size(a), &b.product_code))
    });
    revised
}

fn amounts(before: &Record, report: &Report) -> Vec<RevisedAmount> {
    let now = figures(report);
    let all = Metric::ALL.into_iter().filter(|metric| !metric.is_ratio()).map(|metric| RevisedAmount {
        figure: metric.as_str(),
        before: before.figure(metric),
        now: now.get(&metric).and_then(|figure| figure.0),
    });
    all.filter(|row| row.before != row.now).collect()
}

fn ratios(before: &Record, report: &Report) -> Vec<RevisedRatio> {
    let now = figures(report);
    let all = Metric::ALL.into_iter().filter(|metric| metric.is_ratio()).map(|metric| RevisedRatio {
        figure: metric.as_str(),
        ratio_before: before.figure(metric),
        ratio: now.get(&metric).and_then(|figure| figure.0),
    });
    all.filter(|row| row.ratio_before != row.ratio).collect()
}

#[cfg(test)]
mod tests;
