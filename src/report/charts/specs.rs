//! From the report to the charts' figures.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{ChartKind, ChartSpec, Line, Marker, Rgb, Series, Slot, Stacked, Step, Waterfall};
use crate::{
    report::model::{BridgeLine, MonthRow, Report, SavingsMonth},
    units::{Month, money, percent},
};

/// Services that a chart names; the others are one entry.
const NAMED: usize = 7;

/// Paul Tol's muted scheme: told apart with every common colour vision.
const SERVICES: [Rgb; NAMED + 1] = [
    Rgb(0x33, 0x22, 0x88),
    Rgb(0x88, 0xcc, 0xee),
    Rgb(0x44, 0xaa, 0x99),
    Rgb(0xdd, 0xcc, 0x77),
    Rgb(0xcc, 0x66, 0x77),
    Rgb(0x11, 0x77, 0x33),
    Rgb(0xaa, 0x44, 0x99),
    Rgb(0x99, 0x99, 0x33),
];
const OTHER: Rgb = Rgb(0xbb, 0xbf, 0xc6);
const COVERAGE: Rgb = Rgb(0x1b, 0x24, 0x30);
const GRAVITON: Rgb = Rgb(0xb8, 0x2e, 0x00);

/// Figures of services.
type Named<'a, V> = Vec<(&'a str, V)>;

/// Returns the charts that the report has data for, in the order of the page.
pub fn specs(report: &Report) -> Vec<ChartSpec> {
    [
        cost_by_service(report),
        bridge_waterfall(report),
        coverage_and_graviton(report),
        savings_by_month(report),
        savings_waterfall(report),
        change_waterfall(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn cost_by_service(report: &Report) -> Option<ChartSpec> {
    let (first, last) = (report.months.first()?, report.months.last()?);
    let index: BTreeMap<Month, usize> = report.months.iter().zip(0..).map(|(row, i)| (row.month, i)).collect();
    let mut by_service: BTreeMap<&str, Vec<Decimal>> = BTreeMap::new();
    for cost in &report.cost_by_service {
        if let Some(&slot) = index.get(&cost.month) {
            let values =
                by_service.entry(&cost.product_code).or_insert_with(|| vec![Decimal::ZERO; report.months.len()]);
            values[slot] += cost.amortized_cost;
        }
    }
    if by_service.is_empty() {
        return None;
    }
    let (named, other) = largest(by_service, |values| values.iter().map(Decimal::abs).sum());
    let mut series: Vec<_> = named
        .into_iter()
        .zip(SERVICES)
        .map(|((name, values), color)| Series { name: name.to_owned(), color, values })
        .collect();
    if !other.is_empty() {
        let values = (0..report.months.len()).map(|slot| other.iter().map(|(_, values)| values[slot]).sum());
        series.push(Series { name: other_name(other.len()), color: OTHER, values: values.collect() });
    }
    let named: Vec<_> = series.iter().map(|series| series.name.as_str()).collect();
    Some(ChartSpec {
        id: "cost_by_service",
        title: "Amortised cost by month and service".to_owned(),
        description: format!(
            "Stacked columns, one for each month {}, by service: {}. {} cost {}, {} cost {}.",
            period(first.month, last.month),
            named.join(", "),
            first.month.label(),
            money(first.amortized_cost, &report.currency),
            last.month.label(),
            money(last.amortized_cost, &report.currency),
        ),
        caption:
            "The figure above a column is the month's bill, commitments spread over the usage they cover. Hatched \
                  months are partial: the data does not reach their end."
                .to_owned(),
        unit: format!("{} per month, amortised", report.currency),
        kind: ChartKind::Stacked(Stacked {
            slots: report.months.iter().map(|row| slot(row, Some(row.amortized_cost))).collect(),
            series,
            lines: Vec::new(),
        }),
    })
}

fn coverage_and_graviton(report: &Report) -> Option<ChartSpec> {
    let rows = &report.coverage;
    let (first, last) = (rows.first()?, rows.last()?);
    let shares: BTreeMap<Month, Decimal> =
        report.adoption.iter().filter_map(|row| row.share_of_compute.map(|share| (row.month, share))).collect();
    let layer = |name: &str, color, value: fn(&crate::report::model::CoverageRow) -> Decimal| Series {
        name: name.to_owned(),
        color,
        values: rows.iter().map(value).collect(),
    };
    let series: Vec<_> = [
        layer("On demand", Rgb(0xdd, 0xcc, 0x77), |row| row.on_demand_cost),
        layer("Reserved", Rgb(0x33, 0x22, 0x88), |row| row.reserved_cost),
        layer("Savings Plans", Rgb(0x66, 0x99, 0xcc), |row| row.savings_plan_cost),
        layer("Spot", Rgb(0x99, 0xdd, 0xd0), |row| row.spot_cost),
        layer("Unused commitment", Rgb(0xcc, 0x66, 0x77), |row| row.unused_commitment),
    ]
    .into_iter()
    .filter(|series| series.values.iter().any(|value| !value.is_zero()))
    .collect();
    let lines: Vec<_> = [
        Line {
            name: "Coverage".to_owned(),
            color: COVERAGE,
            marker: Marker::Circle,
            values: rows.iter().map(|row| row.coverage).collect(),
        },
        Line {
            name: "Graviton share".to_owned(),
            color: GRAVITON,
            marker: Marker::Square,
            values: rows.iter().map(|row| shares.get(&row.month).copied()).collect(),
        },
    ]
    .into_iter()
    .filter(|line| line.values.iter().any(Option::is_some))
    .collect();
    if series.is_empty() && lines.is_empty() {
        return None;
    }
    let known = |ratio: Option<Decimal>| ratio.map_or_else(|| "unknown".to_owned(), percent);
    Some(ChartSpec {
        id: "coverage_and_graviton",
        title: "How instance usage was bought, and how much of it is Graviton".to_owned(),
        description: format!(
            "Stacked columns of amortised cost, one for each month {}, by purchase option, with two lines in per cent. \
             {}: coverage {}, Graviton share of compute {}.",
            period(first.month, last.month),
            last.month.label(),
            known(last.coverage),
            known(shares.get(&last.month).copied()),
        ),
        caption:
            "Columns on the left axis; lines on the right axis, in per cent. Coverage: list cost of covered usage ÷ \
                  list cost of covered and on-demand usage. Graviton share: amortised cost of Arm instances ÷ that of \
                  all instances."
                .to_owned(),
        unit: format!("{} per month, amortised", report.currency),
        kind: ChartKind::Stacked(Stacked {
            slots: rows
                .iter()
                .map(|row| Slot {
                    month: row.month,
                    partial: report.months.iter().any(|month| month.month == row.month && month.partial),
                    total: None,
                })
                .collect(),
            series,
            lines,
        }),
    })
}

/// From one month's bill to another's by effect, in a fixed order.
fn bridge_waterfall(report: &Report) -> Option<ChartSpec> {
    let line = report.bridge.first()?;
    let bill = |wanted: Month| report.months.iter().find(|row| row.month == wanted).map(|row| row.amortized_cost);
    let (from, to) = (bill(line.from_month)?, bill(line.to_month)?);
    let sum = |of: fn(&BridgeLine) -> Decimal| report.bridge.iter().map(of).sum::<Decimal>();
    let effects = [
        ("Usage", sum(|line| line.usage)),
        ("List price", sum(|line| line.list_price)),
        ("Commitment (RI, SP)", sum(|line| line.commitment)),
        ("Graviton", sum(|line| line.graviton)),
        ("Mix", sum(|line| line.mix)),
        ("Credits, tax, fees", sum(|line| line.credits_tax_fees)),
        ("Other", sum(|line| line.other)),
    ];
    let shown = || effects.iter().filter(|(_, amount)| !amount.round_dp(2).is_zero());
    shown().next()?;
    let mut steps = vec![Step::Total { label: line.from_month.label(), amount: from }];
    steps.extend(shown().map(|(name, amount)| Step::Change { label: (*name).to_owned(), amount: *amount }));
    steps.push(Step::Total { label: line.to_month.label(), amount: to });
    let told: Vec<String> =
        shown().map(|(name, amount)| format!("{name} {}", money(*amount, &report.currency))).collect();
    Some(ChartSpec {
        id: "bridge",
        title: format!("From {} to {}: why the bill changed", line.from_month.label(), line.to_month.label()),
        description: format!(
            "Bars from the bill of {}, {}, through each effect to the bill of {}, {}. {}.",
            line.from_month.label(),
            money(from, &report.currency),
            line.to_month.label(),
            money(to, &report.currency),
            told.join(", "),
        ),
        caption: "The effects add up to the change of the bill; by service they stand in the table below.".to_owned(),
        unit: format!("{} per month, amortised", report.currency),
        kind: ChartKind::Waterfall(Waterfall { steps }),
    })
}

/// Savings of each month: made, open, locked.
fn savings_by_month(report: &Report) -> Option<ChartSpec> {
    let rows = &report.savings_by_month;
    let (first, last) = (rows.first()?, rows.last()?);
    let layer = |name: &str, color, of: fn(&SavingsMonth) -> Decimal| Series {
        name: name.to_owned(),
        color,
        values: rows.iter().map(of).collect(),
    };
    let series: Vec<_> = [
        layer("Saved by Graviton", Rgb(0x11, 0x77, 0x33), |row| row.realized_saving),
        layer("Open, free now", Rgb(0x88, 0xcc, 0xee), |row| row.unlocked_saving),
        layer("Open, committed", Rgb(0xdd, 0xcc, 0x77), |row| row.locked_saving),
    ]
    .into_iter()
    .filter(|series| series.values.iter().any(|value| !value.is_zero()))
    .collect();
    if series.is_empty() {
        return None;
    }
    Some(ChartSpec {
        id: "savings_by_month",
        title: "What Graviton saved, and what is still open".to_owned(),
        description: format!(
            "Stacked columns, one for each month {}. {}: saved {}, free now {}, behind commitments {}.",
            period(first.month, last.month),
            last.month.label(),
            money(last.realized_saving, &report.currency),
            money(last.unlocked_saving, &report.currency),
            money(last.locked_saving, &report.currency),
        ),
        caption:
            "Saved: Arm usage against the x86 it replaced, at the same purchase option. Open: at the rates that are \
                  paid; what a commitment holds back stands apart."
                .to_owned(),
        unit: format!("{} per month", report.currency),
        kind: ChartKind::Stacked(Stacked {
            slots: rows
                .iter()
                .map(|row| Slot {
                    month: row.month,
                    partial: report.months.iter().any(|month| month.month == row.month && month.partial),
                    total: None,
                })
                .collect(),
            series,
            lines: Vec::new(),
        }),
    })
}

fn savings_waterfall(report: &Report) -> Option<ChartSpec> {
    let savings: BTreeMap<&str, Decimal> = report
        .savings_by_service
        .iter()
        .filter(|row| !row.list_saving.is_zero())
        .map(|row| (row.product_code.as_str(), -row.list_saving))
        .collect();
    if savings.is_empty() {
        return None;
    }
    let list: Decimal = report.savings_by_service.iter().map(|row| row.list_cost).sum();
    let change: Decimal = savings.values().sum();
    let month = report.month.label();
    Some(ChartSpec {
        id: "savings_waterfall",
        title: format!("Saving still open, {month}, at list price"),
        description: format!(
            "Bars from the list cost of eligible usage, {}, less the saving of each service, to the cost after moving, {}.",
            money(list, &report.currency),
            money(list + change, &report.currency),
        ),
        caption:
            "Only usage with a cheaper Graviton target of at least the same vCPUs and memory. Both sides at public \
                  on-demand prices, before discounts."
                .to_owned(),
        unit: format!("{} in {month}, list price", report.currency),
        kind: ChartKind::Waterfall(waterfall(
            ("Eligible usage as it is".to_owned(), list),
            savings,
            ("After moving".to_owned(), list + change),
        )),
    })
}

fn change_waterfall(report: &Report) -> Option<ChartSpec> {
    let first = report.first_month?;
    let bill = |wanted: Month| report.months.iter().find(|row| row.month == wanted).map(|row| row.amortized_cost);
    let (from, to) = (bill(first)?, bill(report.month)?);
    let changes: BTreeMap<&str, Decimal> = report
        .since_first
        .iter()
        .filter(|row| !row.change.is_zero())
        .map(|row| (row.product_code.as_str(), row.change))
        .collect();
    if first == report.month || changes.is_empty() {
        return None;
    }
    Some(ChartSpec {
        id: "change_waterfall",
        title: format!("From {} to {}: what changed the bill", first.label(), report.month.label()),
        description: format!(
            "Bars from the bill of {}, {}, through the change of each service to the bill of {}, {}.",
            first.label(),
            money(from, &report.currency),
            report.month.label(),
            money(to, &report.currency),
        ),
        caption:
            "Each bar is the change of one service between the two months; together they are the change of the bill."
                .to_owned(),
        unit: format!("{} per month, amortised", report.currency),
        kind: ChartKind::Waterfall(waterfall((first.label(), from), changes, (report.month.label(), to))),
    })
}

fn waterfall(start: (String, Decimal), changes: BTreeMap<&str, Decimal>, end: (String, Decimal)) -> Waterfall {
    let (mut named, other) = largest(changes, Decimal::abs);
    named.sort_by(|(a, left), (b, right)| left.cmp(right).then(a.cmp(b)));
    let mut steps = vec![Step::Total { label: start.0, amount: start.1 }];
    steps.extend(named.into_iter().map(|(name, amount)| Step::Change { label: name.to_owned(), amount }));
    if !other.is_empty() {
        let amount = other.iter().map(|(_, amount)| *amount).sum();
        steps.push(Step::Change { label: other_name(other.len()), amount });
    }
    steps.push(Step::Total { label: end.0, amount: end.1 });
    Waterfall { steps }
}

/// Parts the largest entries, largest first, from the rest; a rest of one is named, too.
fn largest<V>(entries: BTreeMap<&str, V>, size: impl Fn(&V) -> Decimal) -> (Named<'_, V>, Named<'_, V>) {
    let mut entries: Vec<_> = entries.into_iter().collect();
    entries.sort_by(|(a, left), (b, right)| size(right).cmp(&size(left)).then(a.cmp(b)));
    let named = if entries.len() == NAMED + 1 { NAMED + 1 } else { NAMED.min(entries.len()) };
    let other = entries.split_off(named);
    (entries, other)
}

fn other_name(services: usize) -> String {
    format!("Other ({services} services)")
}

fn slot(row: &MonthRow, total: Option<Decimal>) -> Slot {
    Slot { month: row.month, partial: row.partial, total }
}

fn period(first: Month, last: Month) -> String {
    if first == last { format!("({})", first.label()) } else { format!("from {} to {}", first.label(), last.label()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::fixture;

    fn stacked(report: &Report, id: &str) -> Stacked {
        let spec = specs(report).into_iter().find(|spec| spec.id == id).unwrap();
        match spec.kind {
            ChartKind::Stacked(chart) => chart,
            ChartKind::Waterfall(_) => panic!("{id} is a waterfall"),
        }
    }

    fn steps(report: &Report, id: &str) -> Vec<Step> {
        let spec = specs(report).into_iter().find(|spec| spec.id == id).unwrap();
        match spec.kind {
            ChartKind::Waterfall(chart) => chart.steps,
            ChartKind::Stacked(_) => panic!("{id} is no waterfall"),
        }
    }

    #[test]
    fn stacks_add_up_to_the_bill_of_each_month() {
        let report = fixture::report();
        let chart = stacked(&report, "cost_by_service");
        assert_eq!(chart.series.len(), NAMED + 1);
        assert_eq!(chart.series[NAMED].name, "Other (2 services)");
        for (slot, month) in report.months.iter().enumerate() {
            let sum: Decimal = chart.series.iter().map(|series| series.values[slot]).sum();
            assert_eq!(sum, month.amortized_cost, "{}", month.month);
            assert_eq!(chart.slots[slot].total, Some(month.amortized_cost));
        }
        assert!(chart.slots.last().unwrap().partial);
    }

    #[test]
    fn waterfalls_end_where_their_steps_lead() {
        let report = fixture::report();
        for id in ["savings_waterfall", "change_waterfall", "bridge"] {
            let steps = steps(&report, id);
            let (end, before) = steps.split_last().unwrap();
            assert!(before.len() > 2);
            assert_eq!(before.iter().map(Step::amount).sum::<Decimal>(), end.amount(), "{id}");
        }
        let end = steps(&report, "change_waterfall").pop().unwrap();
        let bill = report.months.iter().find(|row| row.month == report.month).unwrap();
        assert_eq!(end.amount(), bill.amortized_cost);
    }

    #[test]
    fn lines_follow_the_months_and_keep_gaps() {
        let mut report = fixture::report();
        report.adoption.remove(1);
        let chart = stacked(&report, "coverage_and_graviton");
        let graviton = chart.lines.iter().find(|line| line.name == "Graviton share").unwrap();
        assert_eq!(graviton.values.len(), report.coverage.len());
        assert!(graviton.values[0].is_some() && graviton.values[1].is_none() && graviton.values[2].is_some());
    }

    #[test]
    fn charts_without_data_are_left_out() {
        let mut report = fixture::report();
        report.savings_by_service.clear();
        report.since_first.clear();
        report.coverage.clear();
        report.bridge.clear();
        report.savings_by_month.clear();
        assert_eq!(specs(&report).iter().map(|spec| spec.id).collect::<Vec<_>>(), ["cost_by_service"]);
        report.cost_by_service.clear();
        assert!(specs(&report).is_empty());
    }
}
