//! Why the bill changed: by effect and by service.

use rust_decimal::Decimal;

use super::{Maker, Texts};
use crate::{
    report::{
        charts::spec::{ChartSpec, Step},
        model::BridgeLine,
    },
    terms::Basis,
    units::decimals,
};

/// Returns an effect of a line.
type EffectOf = fn(&BridgeLine) -> Decimal;

/// The effects in their order, by the name of their text.
const EFFECTS: [(&str, EffectOf); 7] = [
    ("usage", |line| line.usage),
    ("list_price", |line| line.list_price),
    ("commitment", |line| line.commitment),
    ("graviton", |line| line.graviton),
    ("mix", |line| line.mix),
    ("credits_tax_fees", |line| line.credits_tax_fees),
    ("other", |line| line.other),
];

/// From one month's bill to another's by effect, in a fixed order.
pub(super) fn bridge(maker: &Maker<'_>, basis: Basis) -> Option<ChartSpec> {
    let lines: Vec<_> = maker.report.bridge.iter().filter(|line| line.basis == basis).collect();
    let line = lines.first()?;
    let (from, to) = (maker.bill(line.from_month, basis)?, maker.bill(line.to_month, basis)?);
    let places = decimals(&maker.report.currency);
    let shown: Vec<_> = EFFECTS
        .iter()
        .map(|(name, of)| (maker.say(&format!("bridge.{name}")), lines.iter().map(|line| of(line)).sum::<Decimal>()))
        .filter(|(_, amount)| !amount.round_dp(places).is_zero())
        .collect();
    if shown.is_empty() {
        return None;
    }
    let (from_month, to_month) = (maker.month(line.from_month), maker.month(line.to_month));
    let months = [("from", from_month.as_str()), ("to", to_month.as_str())];
    let mut steps = vec![Step::Total { label: from_month.clone(), amount: from }];
    steps.extend(shown.iter().map(|(name, amount)| Step::Change { label: name.clone(), amount: *amount }));
    steps.push(Step::Total { label: to_month.clone(), amount: to });
    let description = maker.fill(
        "bridge.description",
        &[
            ("basis", &maker.basis(basis)),
            months[0],
            months[1],
            ("from_bill", &maker.money(from)),
            ("to_bill", &maker.money(to)),
            ("effects", &maker.told(shown.iter().map(|(name, amount)| (name.as_str(), *amount)))),
        ],
    );
    let texts = Texts {
        title: maker.fill("bridge.title", &months),
        description,
        caption: maker.fill("bridge.caption", &[("basis", &maker.basis(basis))]),
        unit: maker.per_month(Some(basis)),
    };
    Some(maker.falling("bridge", Some(basis), texts, steps))
}

/// From the first month's bill to the report month's by service.
pub(super) fn by_service(maker: &Maker<'_>, basis: Basis) -> Option<ChartSpec> {
    let report = maker.report;
    let first = report.first_month.filter(|first| *first != report.month)?;
    let (from, to) = (maker.bill(first, basis)?, maker.bill(report.month, basis)?);
    let rows = report.since_first.iter().filter(|row| row.basis == basis && !row.change.is_zero());
    let changes: Vec<_> = rows.map(|row| (row.product_code.clone(), row.change)).collect();
    if changes.is_empty() {
        return None;
    }
    let (from_month, to_month) = (maker.month(first), maker.month(report.month));
    let months = [("from", from_month.as_str()), ("to", to_month.as_str())];
    let description = maker.fill(
        "change_waterfall.description",
        &[
            ("basis", &maker.basis(basis)),
            months[0],
            months[1],
            ("from_bill", &maker.money(from)),
            ("to_bill", &maker.money(to)),
        ],
    );
    let texts = Texts {
        title: maker.fill("change_waterfall.title", &months),
        description,
        caption: maker.fill("change_waterfall.caption", &[("basis", &maker.basis(basis))]),
        unit: maker.per_month(Some(basis)),
    };
    let steps = maker.waterfall((from_month.clone(), from), changes, (to_month.clone(), to));
    Some(maker.falling("change_waterfall", Some(basis), texts, steps))
}
