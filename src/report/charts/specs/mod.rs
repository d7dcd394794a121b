//! From the report to the charts' figures and words.

mod changes;
mod compute;
mod costs;
mod course;
mod savings;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    numbers::Numbers,
    palette::NAMED,
    spec::{ChartKind, ChartSpec, Slot, Stacked, Step, Waterfall},
};
use crate::{
    report::{
        model::{MonthRow, Report},
        words::Words,
    },
    terms::Basis,
    units::Month,
};

/// Returns the charts that the report has data for, in the order of the page; one for each basis where it matters.
pub fn specs(report: &Report, words: &Words) -> Vec<ChartSpec> {
    let maker = Maker { report, words, numbers: Numbers::of(words, &report.currency) };
    let by_basis = |make: fn(&Maker<'_>, Basis) -> Option<ChartSpec>| {
        Basis::ALL.iter().filter_map(|basis| make(&maker, *basis)).collect::<Vec<_>>()
    };
    [
        by_basis(costs::by_service),
        by_basis(costs::by_group),
        by_basis(changes::bridge),
        by_basis(changes::by_service),
        Vec::from_iter(course::hourly(&maker)),
        Vec::from_iter(course::daily(&maker)),
        Vec::from_iter(compute::coverage_and_graviton(&maker)),
        Vec::from_iter(savings::by_month(&maker)),
        Vec::from_iter(savings::expiry(&maker)),
        Vec::from_iter(savings::at_list_price(&maker)),
        Vec::from_iter(compute::adoption(&maker)),
    ]
    .concat()
}

/// Returns the charts that become PNG files: those of the report's basis, and those to which a basis does not matter.
pub fn pictured(specs: Vec<ChartSpec>, basis: Basis) -> Vec<ChartSpec> {
    specs.into_iter().filter(|spec| spec.basis.is_none_or(|own| own == basis)).collect()
}

/// What every chart is made from.
struct Maker<'a> {
    report: &'a Report,
    words: &'a Words,
    numbers: Numbers,
}

/// The texts of a chart.
struct Texts {
    title: String,
    description: String,
    caption: String,
    unit: String,
}

/// Amounts with their names.
type Named<V> = Vec<(String, V)>;

impl Maker<'_> {
    fn say(&self, name: &str) -> String {
        self.words.say(&format!("chart.{name}"))
    }

    fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        self.words.fill(&format!("chart.{name}"), values)
    }

    fn money(&self, amount: Decimal) -> String {
        self.words.money(amount, &self.report.currency)
    }

    fn month(&self, month: Month) -> String {
        self.words.month(month)
    }

    fn basis(&self, basis: Basis) -> String {
        self.say(&format!("basis.{basis}"))
    }

    fn percent(&self, ratio: Option<Decimal>) -> String {
        ratio.map_or_else(|| self.say("unknown"), |ratio| self.words.percent(ratio))
    }

    fn per_month(&self, basis: Option<Basis>) -> String {
        let currency = self.report.currency.as_str();
        match basis {
            Some(basis) => self.fill("unit.per_month_basis", &[("currency", currency), ("basis", &self.basis(basis))]),
            None => self.fill("unit.per_month", &[("currency", currency)]),
        }
    }

    /// Joins names and amounts: "Usage −12.00 USD, Mix 3.00 USD".
    fn told<'t>(&self, entries: impl IntoIterator<Item = (&'t str, Decimal)>) -> String {
        let told = entries
            .into_iter()
            .map(|(name, amount)| self.fill("told", &[("name", name), ("amount", &self.money(amount))]));
        told.collect::<Vec<_>>().join(&self.say("list"))
    }

    fn months(&self, first: Month, last: Month) -> String {
        if first == last {
            self.fill("one_month", &[("month", &self.month(first))])
        } else {
            self.fill("months", &[("first", &self.month(first)), ("last", &self.month(last))])
        }
    }

    /// Returns the place of a month on the horizontal axis.
    fn slot(&self, month: Month, total: Option<Decimal>) -> Slot {
        let is_partial = self.report.months.iter().any(|row| row.month == month && row.partial);
        let iso = month.to_string();
        let (year, number) = iso.split_once('-').unwrap_or((&iso, ""));
        Slot {
            name: self.words.say(&format!("month.{number}")),
            group: year.to_owned(),
            note: if is_partial { self.say("partial") } else { String::new() },
            is_partial,
            is_apart: false,
            total,
        }
    }

    fn spec(&self, id: &'static str, basis: Option<Basis>, texts: Texts, kind: ChartKind) -> ChartSpec {
        let Texts { title, description, caption, unit } = texts;
        ChartSpec { id, basis, title, description, caption, unit, numbers: self.numbers.clone(), kind }
    }

    fn stacked(&self, chart: Stacked) -> ChartKind {
        ChartKind::Stacked(Stacked { partial_name: self.say("partial_month"), ..chart })
    }

    /// Returns the steps of a waterfall by service: the largest changes in the order of their amounts, the rest as one.
    fn waterfall(&self, start: (String, Decimal), changes: Named<Decimal>, end: (String, Decimal)) -> Vec<Step> {
        let (mut named, other) = largest(changes, Decimal::abs);
        named.sort_by(|(a, left), (b, right)| left.cmp(right).then(a.cmp(b)));
        let mut steps = vec![Step::Total { label: start.0, amount: start.1 }];
        steps.extend(named.into_iter().map(|(label, amount)| Step::Change { label, amount }));
        if !other.is_empty() {
            let label = self.fill("other_services", &[("count", &other.len().to_string())]);
            steps.push(Step::Change { label, amount: other.iter().map(|(_, amount)| *amount).sum() });
        }
        steps.push(Step::Total { label: end.0, amount: end.1 });
        steps
    }

    /// Builds a waterfall; where the changes are small beside the totals, it shows the upper end of the totals only.
    fn falling(&self, id: &'static str, basis: Option<Basis>, mut texts: Texts, steps: Vec<Step>) -> ChartSpec {
        let mut level = Decimal::ZERO;
        let levels = steps.iter().map(|step| {
            level = step.amount() + if matches!(step, Step::Change { .. }) { level } else { Decimal::ZERO };
            level
        });
        let (low, high) =
            levels.fold((Decimal::MAX, Decimal::MIN), |(low, high), level| (low.min(level), high.max(level)));
        // More than three fifths of the height would show nothing but totals.
        let is_cut = low > Decimal::ZERO && low < high && low / high > Decimal::new(6, 1);
        if is_cut {
            texts.unit = self.fill("unit.cut", &[("unit", &texts.unit)]);
        }
        self.spec(id, basis, texts, ChartKind::Waterfall(Waterfall { steps, is_cut }))
    }

    /// Returns the bill of a month.
    fn bill(&self, month: Month, basis: Basis) -> Option<Decimal> {
        self.report.months.iter().find(|row| row.month == month).map(|row| cost_of(row, basis))
    }
}

fn cost_of(row: &MonthRow, basis: Basis) -> Decimal {
    match basis {
        Basis::Amortized => row.amortized_cost,
        Basis::Unblended => row.unblended_cost,
    }
}

/// Parts the largest entries, largest first, from the rest; a rest of one is named, too.
fn largest<V>(mut entries: Named<V>, size: impl Fn(&V) -> Decimal) -> (Named<V>, Named<V>) {
    entries.sort_by(|(a, left), (b, right)| size(right).cmp(&size(left)).then(a.cmp(b)));
    let named = if entries.len() == NAMED + 1 { NAMED + 1 } else { NAMED.min(entries.len()) };
    let other = entries.split_off(named);
    (entries, other)
}

/// Returns the place of each month among the months of the report.
fn places(report: &Report) -> BTreeMap<Month, usize> {
    report.months.iter().enumerate().map(|(place, row)| (row.month, place)).collect()
}

#[cfg(test)]
mod tests;
