//! Builds the [`Report`] of one month from the figures of the bill.

mod change;
mod commitments;
mod savings;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{
    definitions::definitions,
    model::{Bucket, ChangeRow, Footer, MonthRow, Report, SCHEMA_VERSION, ServiceCost},
    months::Months,
    summary::{OpenSaving, headline, kpis},
};
use crate::{
    analysis::{Dimension, Figures, MonthTotal, Selection, price_coverage_of_all},
    error::{Error, Result},
    pricing::PriceBook,
    terms::Verdict,
    units::{Month, money, ratio},
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
}

/// Builds the report.
///
/// # Errors
/// When the bill has no such month.
pub fn build(figures: &Figures, book: &PriceBook, wishes: &Wishes, origin: Origin) -> Result<Report> {
    let months = Months::choose(&figures.months, wishes.month)?;
    let compared = change::compared(figures, &months, wishes.compare)?;
    let cost_by_service = cost_by_service(figures);
    let month_over_month =
        months.previous.map_or_else(Vec::new, |from| changes(&cost_by_service, from, months.reported));
    let since_first = months.first.map_or_else(Vec::new, |from| changes(&cost_by_service, from, months.reported));
    let coverage = commitments::coverage(figures);
    let adoption = savings::adoption(figures);
    let (opportunities, too_small) = savings::opportunities(figures, book, months.reported, wishes.min_saving);
    let savings_by_service = savings::savings_by_service(&opportunities);
    let savings_by_month = savings::savings_by_month(figures);
    let of_month = savings_by_month.iter().find(|row| row.month == months.reported);
    let unpriced_share = unpriced_share(figures, months.reported);
    let saving = OpenSaving {
        total: opportunities.iter().map(|row| row.list_saving).sum(),
        conditional: savings_by_service.iter().map(|row| row.conditional_saving).sum(),
        unpriced_share,
        unlocked: savings_by_service.iter().map(|row| row.unlocked_saving).sum(),
        locked: savings_by_service.iter().map(|row| row.locked_saving).sum(),
        realized: of_month.map_or(Decimal::ZERO, |row| row.realized_saving),
    };
    let bridge_previous = months.previous.map_or_else(Vec::new, |from| change::bridge(figures, from, months.reported));
    let bridge = compared.map_or_else(Vec::new, |(from, to)| change::bridge(figures, from, to));
    let kpis = kpis(&months, &coverage, &adoption, &saving, &figures.currency);
    let cause = change::cause(&bridge, months.first.zip(Some(months.reported)), &figures.currency);
    let headline = headline(&months, &saving, cause.as_deref(), &figures.currency);
    let prices = price_coverage_of_all(figures.opportunities.iter().filter(|row| row.month == months.reported));
    let (prices_used, price_warning) = (prices.oldest.zip(prices.newest), prices.warning());
    let mut notes = origin.notes;
    notes.extend(months.notes());
    notes.extend(unanalysed(figures, months.reported));
    notes.extend(savings::unpriced_targets(figures, months.reported));
    notes.extend(too_small);
    notes.extend(savings::unsized_types(figures, months.reported));
    let buckets = buckets(figures, months.reported);
    add_up(&buckets, &months.total(months.reported))?;
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        title: format!("AWS bill and Graviton savings, {}", months.reported.label()),
        headline,
        month: months.reported,
        previous_month: months.previous,
        first_month: months.first,
        currency: figures.currency.clone(),
        language: super::words::Language::English,
        exchange: None,
        basis: crate::terms::Basis::Amortized,
        shown: None,
        months: figures.months.iter().map(month_row).collect(),
        kpis,
        cost_by_service,
        groups: None,
        coverage,
        adoption,
        month_over_month,
        since_first,
        buckets,
        bridge_previous,
        bridge,
        savings_by_service,
        savings_by_month,
        locked_by_month: Vec::new(),
        accounts: Vec::new(),
        regions: Vec::new(),
        quality: Vec::new(),
        findings: Vec::new(),
        realized: savings::realized(figures, months.reported),
        coverage_by_service: commitments::by_service(figures, months.reported),
        commitments: commitments::lines(figures, months.reported),
        expiry: commitments::expiry(figures, months.reported),
        held_back: savings::held_back(figures, months.reported),
        opportunities,
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
            price_warning,
            prices_used,
            unpriced_share,
            notes,
            definitions: definitions(),
        },
    })
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

/// Compares the services of two months; the changes add up to the change of the bill.
fn changes(costs: &[ServiceCost], from: Month, to: Month) -> Vec<ChangeRow> {
    let of = |month: Month, product: &str| {
        costs.iter().find(|row| row.month == month && row.product_code == product).map(|row| row.amortized_cost)
    };
    let products: BTreeSet<&str> =
        costs.iter().filter(|row| row.month == from || row.month == to).map(|row| row.product_code.as_str()).collect();
    let mut rows: Vec<ChangeRow> = products
        .into_iter()
        .map(|product| {
            let (from_cost, to_cost) = (of(from, product).unwrap_or_default(), of(to, product).unwrap_or_default());
            ChangeRow {
                basis: crate::terms::Basis::Amortized,
                product_code: product.to_owned(),
                from_cost,
                to_cost,
                change: to_cost - from_cost,
            }
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
fn unanalysed(figures: &Figures, month: Month) -> Option<String> {
    let rows = figures
        .rows
        .iter()
        .filter(|row| row.month == month && row.usage_kind == crate::normalize::UsageKind::OtherCompute);
    let mut products: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in rows {
        *products.entry(&row.product_code).or_default() += row.amortized_cost;
    }
    let named: Vec<String> =
        products.iter().map(|(product, cost)| format!("{product} {}", money(*cost, &figures.currency))).collect();
    (!named.is_empty()).then(|| format!("compute for which there is no rule, counted as unknown: {}", named.join(", ")))
}

#[cfg(test)]
mod tests;
