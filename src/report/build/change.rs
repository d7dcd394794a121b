//! Why the bill changed, by service and effect.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    analysis::Figures,
    error::{Error, Result},
    report::{model::BridgeLine, months::Months},
    terms::{Basis, Effect},
    units::Month,
};

/// Returns the months whose difference is explained: those asked for, else the first complete one and the one reported.
///
/// # Errors
/// When the bill lacks a month that was asked for.
pub(super) fn compared(
    figures: &Figures,
    months: &Months<'_>,
    asked: Option<(Month, Month)>,
) -> Result<Option<(Month, Month)>> {
    let Some((from, to)) = asked else { return Ok(months.first.map(|first| (first, months.reported))) };
    if from == to {
        return Err(Error::usage(format!("--compare: {from} is compared with itself")));
    }
    for month in [from, to] {
        if !figures.months.iter().any(|total| total.month == month) {
            let known: Vec<String> = figures.months.iter().map(|total| total.month.to_string()).collect();
            return Err(Error::usage(format!("--compare: the export has no month {month}"))
                .hint(format!("it has {}", known.join(", "))));
        }
    }
    Ok(Some((from, to)))
}

/// Returns the effects on each service on each basis, largest change first; each line adds up to its change.
pub(super) fn bridge(figures: &Figures, from_month: Month, to_month: Month) -> Vec<BridgeLine> {
    Basis::ALL.iter().flat_map(|&basis| bridge_on(basis, figures, from_month, to_month)).collect()
}

fn bridge_on(basis: Basis, figures: &Figures, from_month: Month, to_month: Month) -> Vec<BridgeLine> {
    let mut lines: BTreeMap<String, BridgeLine> = BTreeMap::new();
    for row in figures.bridges.between(from_month, to_month, basis) {
        let line = lines.entry(row.product_code.to_string()).or_insert_with(|| BridgeLine {
            from_month,
            to_month,
            basis,
            product_code: row.product_code.to_string(),
            usage: Decimal::ZERO,
            list_price: Decimal::ZERO,
            commitment: Decimal::ZERO,
            graviton: Decimal::ZERO,
            mix: Decimal::ZERO,
            credits_tax_fees: Decimal::ZERO,
            other: Decimal::ZERO,
            change: Decimal::ZERO,
        });
        let sum = match row.effect {
            Effect::Usage => &mut line.usage,
            Effect::ListPrice => &mut line.list_price,
            Effect::Commitment => &mut line.commitment,
            Effect::Graviton => &mut line.graviton,
            Effect::Mix => &mut line.mix,
            Effect::CreditsTaxFees => &mut line.credits_tax_fees,
            Effect::Other => &mut line.other,
        };
        *sum += row.amount;
        line.change += row.amount;
    }
    let mut lines: Vec<BridgeLine> = lines.into_values().collect();
    lines.sort_by(|a, b| (b.change.abs(), &a.product_code).cmp(&(a.change.abs(), &b.product_code)));
    lines
}
