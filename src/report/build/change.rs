//! Why the bill changed, by service and effect.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    analysis::Figures,
    error::{Error, Result},
    report::{model::BridgeLine, months::Months},
    terms::{Basis, Effect},
    units::{Month, money},
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

/// Returns the effects on each service, largest change first; each line adds up to its change.
pub(super) fn bridge(figures: &Figures, from_month: Month, to_month: Month) -> Vec<BridgeLine> {
    let mut lines: BTreeMap<String, BridgeLine> = BTreeMap::new();
    for row in figures.bridges.between(from_month, to_month, Basis::Amortized) {
        let line = lines.entry(row.product_code.to_string()).or_insert_with(|| BridgeLine {
            from_month,
            to_month,
            basis: Basis::Amortized,
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

/// Says what changed the bill, largest effect first; `None` when the bridge is about other months than those told of.
pub(super) fn cause(bridge: &[BridgeLine], told: Option<(Month, Month)>, currency: &str) -> Option<String> {
    let first = bridge.first()?;
    if told != Some((first.from_month, first.to_month)) {
        return None;
    }
    let sum = |of: fn(&BridgeLine) -> Decimal| bridge.iter().map(of).sum::<Decimal>();
    let mut effects = [
        ("usage", sum(|line| line.usage)),
        ("list prices", sum(|line| line.list_price)),
        ("commitments", sum(|line| line.commitment)),
        ("Graviton", sum(|line| line.graviton)),
        ("mix", sum(|line| line.mix)),
        ("credits, tax and fees", sum(|line| line.credits_tax_fees)),
        ("other", sum(|line| line.other)),
    ];
    effects.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
    let told: Vec<String> = effects
        .iter()
        .filter(|(_, amount)| !amount.round_dp(2).is_zero())
        .take(3)
        .map(|(name, amount)| {
            let sign = if amount.is_sign_negative() { "−" } else { "+" };
            format!("{name} {sign}{}", money(amount.abs(), currency))
        })
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}
