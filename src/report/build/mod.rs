//! Builds the [`Report`] of one month from the figures of the bill.

mod breakdown;
mod change;
mod commitments;
mod course;
mod savings;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    exchange::{Conversion, convert},
    model::{Bucket, ChangeRow, Footer, MonthRow, QualityRow, Report, SCHEMA_VERSION, ServiceCost},
    months::Months,
    story::{Remark, tell},
    words::{Language, Words},
};
use crate::{
    analysis::{Dimension, Figures, MonthTotal, Selection, bursts::Course, price_coverage_of_all},
    calendar::{Calendar, Span},
    error::{Error, Result},
    pricing::PriceBook,
    terms::{Basis, Verdict},
    units::{Month, ratio},
};

/// What a report needs to know beside the figures.
#[derive(Debug)]
pub struct Origin {
    /// Exports read, in words.
    pub sources: Vec<String>,
    /// Rows read, over all months.
    pub rows_read: u64,
    /// Bytes of the columns that the figures need.
    pub bytes_read: u64,
    /// Bytes of the files that no figure needs.
    pub bytes_skipped: u64,
    /// What was not read or is switched off.
    pub notes: Vec<String>,
    /// Months that do not add up, and by how much.
    pub broken: Vec<(Month, Decimal)>,
}

/// Returns what Athena charges to scan so many bytes: 5 USD a TB of 10^12 bytes, and 10 MB at least.
fn athena_usd(bytes: u64) -> Decimal {
    const USD_A_TB: Decimal = Decimal::from_parts(5, 0, 0, false, 0);
    const LEAST: u64 = 10_000_000;
    const TB: u64 = 1_000_000_000_000;
    (Decimal::from(bytes.max(LEAST)) * USD_A_TB / Decimal::from(TB)).round_dp(6).normalize()
}

/// What the reader asks of a report.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Month to report; by default the last complete one.
    pub month: Option<Month>,
    /// Months whose difference is explained; by default the first complete one and the one reported.
    pub compare: Option<(Month, Month)>,
    /// Opportunities that save less a month are left out.
    pub min_saving: Decimal,
    /// The line items that the figures are of.
    pub selection: Selection,
    /// What the bill is broken down by.
    pub group_by: Option<Dimension>,
    /// Language of the texts.
    pub language: Language,
    /// Cost basis of the headline and of what is shown first; amortised by default.
    pub basis: Option<Basis>,
    /// Another currency than the bill's.
    pub conversion: Option<Conversion>,
    /// The month by day and by hour, of the whole bill; `None` where a part of it is shown.
    pub course: Option<Course>,
    /// Planned events.
    pub calendar: Option<Calendar>,
}

/// Returns the month that a report would be of.
///
/// # Errors
/// When the bill has no such month.
pub fn reported(figures: &Figures, wishes: &Wishes) -> Result<Month> {
    Months::choose(&figures.months, wishes.month, wishes.compare).map(|months| months.reported)
}

/// Returns the span of all months of the bill; `None` without any.
pub fn span(figures: &Figures) -> Option<Span> {
    let (first, last) = (figures.months.first()?.month, figures.months.last()?.month);
    Some(course::span_of(first).start..course::span_of(last).end)
}

/// Builds the report.
///
/// # Errors
/// When the bill has no such month, or the parts do not add up to it.
pub fn build(figures: &Figures, book: &PriceBook, wishes: &Wishes, origin: Origin) -> Result<Report> {
    let words = Words::of(wishes.language)?;
    let (mut report, mut remarks) = data(figures, book, wishes, origin)?;
    if let Some(conversion) = wishes.conversion.as_ref().filter(|conversion| conversion.to != report.currency) {
        convert(&mut report, conversion);
        for remark in &mut remarks {
            remark.convert(conversion.rate);
        }
        let from = figures.currency.clone();
        remarks.insert(0, Remark::Converted { from, to: conversion.to.clone(), rate: conversion.rate });
    }
    tell(&mut report, &remarks, &words);
    Ok(report)
}

/// Computes every figure, and what is to be remarked; the words come later.
fn data(figures: &Figures, book: &PriceBook, wishes: &Wishes, origin: Origin) -> Result<(Report, Vec<Remark>)> {
    let months = Months::choose(&figures.months, wishes.month, wishes.compare)?;
    let month = months.reported;
    let compared = change::compared(figures, &months, wishes.compare)?;
    let cost_by_service = cost_by_service(figures);
    let changed = |from: Option<Month>| from.map_or_else(Vec::new, |from| changes(&cost_by_service, from, month));
    let (month_over_month, since_first) = (changed(months.previous), changed(months.first));
    let (opportunities, too_small) = savings::opportunities(figures, book, month, wishes.min_saving);
    let unpriced_share = unpriced_share(figures, month);
    let prices = price_coverage_of_all(figures.opportunities.iter().filter(|row| row.month == month));
    let mut remarks: Vec<Remark> = origin.notes.into_iter().map(Remark::Said).collect();
    let shown = breakdown::shown(figures, &wishes.selection, month);
    remarks.extend(shown.as_ref().map(|shown| Remark::Shown {
        what: wishes.selection.clone(),
        cost: months.total(month).costs.amortized,
        whole: shown.whole_cost,
        share: shown.share,
    }));
    remarks.extend(origin.broken.into_iter().map(|(month, difference)| Remark::Broken { month, difference }));
    remarks.extend(months.remarks());
    remarks.extend(unanalysed(figures, month));
    remarks.extend(savings::unpriced_targets(figures, month));
    remarks.extend(too_small);
    remarks.extend(savings::unsized_types(figures, month));
    let (course, of_course) = course::tables(figures, book, month, wishes.course.as_ref(), wishes.calendar.as_ref());
    remarks.extend(of_course);
    let buckets = buckets(figures, month);
    add_up(&buckets, &months.total(month))?;
    let lines = |by: &Dimension| breakdown::lines(figures, by, month, months.previous);
    let bridge =
        |pair: Option<(Month, Month)>| pair.map_or_else(Vec::new, |(from, to)| change::bridge(figures, from, to));
    let report = Report {
        schema_version: SCHEMA_VERSION,
        title: String::new(),
        headline: String::new(),
        month,
        previous_month: months.previous,
        first_month: months.first,
        language: wishes.language,
        currency: figures.currency.clone(),
        exchange: None,
        basis: wishes.basis.unwrap_or(Basis::Amortized),
        shown,
        revision: None,
        months: figures.months.iter().map(month_row).collect(),
        kpis: Vec::new(),
        cost_by_service,
        groups: wishes.group_by.as_ref().map(|by| breakdown::groups(figures, by, month, months.previous)),
        coverage: commitments::coverage(figures),
        adoption: savings::adoption(figures),
        month_over_month,
        since_first,
        buckets,
        bridge_previous: bridge(months.previous.map(|from| (from, month))),
        bridge: bridge(compared),
        savings_by_service: savings::savings_by_service(&opportunities),
        savings_by_month: savings::savings_by_month(figures),
        locked_by_month: savings::locked_by_month(figures),
        realized: savings::realized(figures, month),
        coverage_by_service: commitments::by_service(figures, month),
        commitments: commitments::lines(figures, month),
        expiry: commitments::expiry(figures, month),
        held_back: savings::held_back(figures, month),
        opportunities,
        accounts: lines(&Dimension::Account),
        regions: lines(&Dimension::Region),
        events: course.events,
        bursts: course.bursts,
        steady_usage: course.steady_usage,
        daily_costs: course.daily_costs,
        hourly_instances: course.hourly_instances,
        quality: quality(figures),
        findings: Vec::new(),
        footer: Footer {
            gravimeter: env!("CARGO_PKG_VERSION"),
            sources: origin.sources,
            rows_read: origin.rows_read,
            bytes_read: origin.bytes_read,
            bytes_skipped: origin.bytes_skipped,
            athena_usd: athena_usd(origin.bytes_read),
            target_policy: figures.policy.to_string(),
            prices_as_of: book.snapshot(),
            price_table: book.version().to_owned(),
            price_warning: prices.warning(),
            prices_used: prices.oldest.zip(prices.newest),
            unpriced_share,
            notes: Vec::new(),
            definitions: Vec::new(),
        },
    };
    Ok((report, remarks))
}

/// Proves each month: unblended = amortised + true-up + upfront.
fn quality(figures: &Figures) -> Vec<QualityRow> {
    let mut sums: BTreeMap<Month, (Decimal, Decimal)> = BTreeMap::new();
    for row in &figures.rows {
        let (upfront, true_up) = sums.entry(row.month).or_default();
        *upfront += row.upfront_cost;
        *true_up -= row.amortized_upfront.unwrap_or_default();
    }
    figures
        .months
        .iter()
        .map(|total| {
            let (upfront, true_up) = sums.get(&total.month).copied().unwrap_or_default();
            QualityRow {
                month: total.month,
                partial: total.partial,
                data_through: total.data_through,
                line_items: total.costs.line_items,
                unblended_cost: total.costs.unblended,
                amortized_cost: total.costs.amortized,
                true_up,
                upfront,
                difference: total.costs.unblended - (total.costs.amortized + true_up + upfront),
            }
        })
        .collect()
}

fn month_row(total: &MonthTotal) -> MonthRow {
    MonthRow {
        month: total.month,
        partial: total.partial,
        data_through: total.data_through,
        line_items: total.costs.line_items,
        unblended_cost: total.costs.unblended,
        amortized_cost: total.costs.amortized,
        net_unblended_cost: total.costs.net_unblended,
        net_amortized_cost: total.costs.net_amortized,
    }
}

fn cost_by_service(figures: &Figures) -> Vec<ServiceCost> {
    let mut sums: BTreeMap<(Month, &str), (Decimal, Decimal)> = BTreeMap::new();
    for row in &figures.monthly_costs {
        let sum = sums.entry((row.month, &row.product_code)).or_default();
        sum.0 += row.costs.unblended;
        sum.1 += row.costs.amortized;
    }
    let mut rows: Vec<ServiceCost> = sums
        .into_iter()
        .map(|((month, product_code), (unblended_cost, amortized_cost))| ServiceCost {
            month,
            product_code: product_code.to_owned(),
            unblended_cost,
            amortized_cost,
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.month, b.amortized_cost, &a.product_code).cmp(&(b.month, a.amortized_cost, &b.product_code))
    });
    rows
}

/// Compares the services of two months on each basis; the changes add up to the change of the bill.
fn changes(costs: &[ServiceCost], from: Month, to: Month) -> Vec<ChangeRow> {
    Basis::ALL.iter().flat_map(|&basis| changes_on(basis, costs, from, to)).collect()
}

fn changes_on(basis: Basis, costs: &[ServiceCost], from: Month, to: Month) -> Vec<ChangeRow> {
    let mut sums: BTreeMap<&str, (Decimal, Decimal)> = BTreeMap::new();
    for row in costs.iter().filter(|row| row.month == from || row.month == to) {
        let cost = match basis {
            Basis::Amortized => row.amortized_cost,
            Basis::Unblended => row.unblended_cost,
        };
        let (before, after) = sums.entry(&row.product_code).or_default();
        *(if row.month == from { before } else { after }) += cost;
    }
    let mut rows: Vec<ChangeRow> = sums
        .into_iter()
        .map(|(product, (from_cost, to_cost))| ChangeRow {
            basis,
            product_code: product.to_owned(),
            from_cost,
            to_cost,
            change: to_cost - from_cost,
        })
        .collect();
    rows.sort_by(|a, b| (b.change.abs(), &a.product_code).cmp(&(a.change.abs(), &b.product_code)));
    rows
}

fn buckets(figures: &Figures, month: Month) -> Vec<Bucket> {
    Verdict::ALL
        .iter()
        .filter_map(|&verdict| {
            let mut bucket =
                Bucket { verdict, line_items: 0, unblended_cost: Decimal::ZERO, amortized_cost: Decimal::ZERO };
            let rows = figures.rows.iter().zip(&figures.verdicts);
            for (row, _) in rows.filter(|(row, of_row)| row.month == month && **of_row == verdict) {
                bucket.line_items += row.line_items;
                bucket.unblended_cost += row.unblended_cost;
                bucket.amortized_cost += row.amortized_cost;
            }
            (bucket.line_items > 0).then_some(bucket)
        })
        .collect()
}

/// Checks that the buckets are the bill.
fn add_up(buckets: &[Bucket], total: &MonthTotal) -> Result<()> {
    let unblended: Decimal = buckets.iter().map(|bucket| bucket.unblended_cost).sum();
    let amortized: Decimal = buckets.iter().map(|bucket| bucket.amortized_cost).sum();
    let line_items: u64 = buckets.iter().map(|bucket| bucket.line_items).sum();
    if (unblended, amortized, line_items) == (total.costs.unblended, total.costs.amortized, total.costs.line_items) {
        return Ok(());
    }
    Err(Error::incomplete(format!(
        "{}: the verdicts add up to {unblended} unblended and {amortized} amortised in {line_items} line items, \
         the bill to {}, {} and {}",
        total.month, total.costs.unblended, total.costs.amortized, total.costs.line_items
    ))
    .hint("this is a fault of gravimeter: please report it with the month and the version"))
}

/// Returns the share of the month's instance cost that is unpriced or unknown.
fn unpriced_share(figures: &Figures, month: Month) -> Option<Decimal> {
    let rows = || figures.opportunities.iter().filter(|row| row.month == month);
    let all: Decimal = rows().map(|row| row.amortized_cost).sum();
    let open = rows().filter(|row| matches!(row.verdict, Verdict::Unpriced | Verdict::Unknown));
    ratio(open.map(|row| row.amortized_cost).sum(), all)
}

/// Says what compute the month has for which there is no rule.
fn unanalysed(figures: &Figures, month: Month) -> Option<Remark> {
    let rows = figures
        .rows
        .iter()
        .filter(|row| row.month == month && row.usage_kind == crate::normalize::UsageKind::OtherCompute);
    let mut products: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in rows {
        *products.entry(&row.product_code).or_default() += row.amortized_cost;
    }
    let named: Vec<(String, Decimal)> =
        products.into_iter().map(|(product, cost)| (product.to_owned(), cost)).collect();
    (!named.is_empty()).then_some(Remark::NoRule(named))
}

#[cfg(test)]
mod tests;
