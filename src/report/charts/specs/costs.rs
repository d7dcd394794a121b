//! Cost of each month, by service and by what it is grouped by.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Maker, Named, Texts, cost_of, largest, places};
use crate::{
    report::charts::{
        palette::{LAYERS, NAMELESS, OTHER, plain},
        spec::{ChartSpec, Series, Stacked},
    },
    terms::Basis,
};

/// Stacks the bill of each month by service.
pub(super) fn by_service(maker: &Maker<'_>, basis: Basis) -> Option<ChartSpec> {
    let report = maker.report;
    let places = places(report);
    let mut sums: BTreeMap<&str, Vec<Decimal>> = BTreeMap::new();
    for cost in &report.cost_by_service {
        if let Some(&slot) = places.get(&cost.month) {
            let values = sums.entry(&cost.product_code).or_insert_with(|| vec![Decimal::ZERO; places.len()]);
            values[slot] += match basis {
                Basis::Amortized => cost.amortized_cost,
                Basis::Unblended => cost.unblended_cost,
            };
        }
    }
    let series = layers(sums.into_iter().map(|(name, values)| (name.to_owned(), values)).collect(), |count| {
        maker.fill("other_services", &[("count", &count.to_string())])
    });
    let title = maker.say("cost_by_service.title");
    let caption = maker.fill("cost_by_service.caption", &[("basis", &maker.basis(basis))]);
    by_month(maker, "cost_by_service", basis, (title, caption), series)
}

/// Stacks the bill of each month by account, region or value of a tag.
pub(super) fn by_group(maker: &Maker<'_>, basis: Basis) -> Option<ChartSpec> {
    let groups = maker.report.groups.as_ref()?;
    let tag = groups.by.strip_prefix("tag:");
    let (title, caption, none) = match (tag, groups.by.as_str()) {
        (Some(_), _) => ("by_tag", "caption_tag", "no_tag"),
        (None, "region") => ("by_region", "caption_region", "no_region"),
        (None, _) => ("by_account", "caption_account", "no_account"),
    };
    let say = |name: &str| format!("cost_by_group.{name}");
    let places = places(maker.report);
    let mut sums: BTreeMap<Option<&str>, (Option<&str>, Vec<Decimal>)> = BTreeMap::new();
    for cost in &groups.costs {
        if let Some(&slot) = places.get(&cost.month) {
            let entry = sums.entry(cost.key.as_deref()).or_insert_with(|| (None, vec![Decimal::ZERO; places.len()]));
            entry.0 = cost.name.as_deref().or(entry.0);
            entry.1[slot] += match basis {
                Basis::Amortized => cost.amortized_cost,
                Basis::Unblended => cost.unblended_cost,
            };
        }
    }
    let without = sums.remove(&None).map(|(_, values)| values);
    let named = sums.into_iter().map(|(key, (name, values))| (name.or(key).unwrap_or_default().to_owned(), values));
    let mut series = layers(named.collect(), |count| maker.fill("other_groups", &[("count", &count.to_string())]));
    if let Some(values) = without.filter(|values| values.iter().any(|value| !value.is_zero())) {
        let name = maker.say(&say(none));
        series.push(Series { name, paint: NAMELESS, values });
    }
    let title = match tag {
        Some(key) => maker.fill(&say(title), &[("key", key)]),
        None => maker.say(&say(title)),
    };
    let caption = maker.fill(&say(caption), &[("basis", &maker.basis(basis))]);
    by_month(maker, "cost_by_group", basis, (title, caption), series)
}

fn by_month(
    maker: &Maker<'_>,
    id: &'static str,
    basis: Basis,
    (title, caption): (String, String),
    series: Vec<Series>,
) -> Option<ChartSpec> {
    let months = &maker.report.months;
    let (first, last) = (months.first()?, months.last()?);
    if series.is_empty() {
        return None;
    }
    let names: Vec<_> = series.iter().map(|series| series.name.as_str()).collect();
    let description = maker.fill(
        "cost_by_service.description",
        &[
            ("basis", &maker.basis(basis)),
            ("months", &maker.months(first.month, last.month)),
            ("last", &maker.month(last.month)),
            ("bill", &maker.money(cost_of(last, basis))),
            ("layers", &names.join(&maker.say("list"))),
        ],
    );
    let slots = months.iter().map(|row| maker.slot(row.month, Some(cost_of(row, basis)))).collect();
    let unit = maker.per_month(Some(basis));
    let chart = Stacked { slots, series, lines: Vec::new(), partial_name: String::new() };
    Some(maker.spec(id, Some(basis), Texts { title, description, caption, unit }, maker.stacked(chart)))
}

/// Returns the largest entries as layers, largest at the bottom, and the others as one on top.
fn layers(mut entries: Named<Vec<Decimal>>, other_name: impl Fn(usize) -> String) -> Vec<Series> {
    entries.retain(|(_, values)| values.iter().any(|value| !value.is_zero()));
    let (named, other) = largest(entries, |values| values.iter().map(Decimal::abs).sum());
    let mut series: Vec<_> = named
        .into_iter()
        .zip(LAYERS)
        .map(|((name, values), color)| Series { name, paint: plain(color), values })
        .collect();
    if let Some((_, first)) = other.first() {
        let sum = |slot: usize| other.iter().filter_map(|(_, values)| values.get(slot)).sum();
        let values = (0..first.len()).map(sum).collect();
        series.push(Series { name: other_name(other.len()), paint: plain(OTHER), values });
    }
    series
}
