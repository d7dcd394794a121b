//! How compute was bought, and how much of it is Graviton.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Maker, Texts};
use crate::{
    report::{
        charts::{
            palette::{BEHIND, LINES, PURCHASE, tint},
            spec::{ChartSpec, Line, Marker, Series, Stacked},
        },
        model::{AdoptionShare, CoverageRow},
    },
    terms::Basis,
    units::Month,
};

/// Returns a cost of a row.
type CostOf = fn(&CoverageRow) -> Decimal;

/// Looks of the three lines: they differ by colour, by marker and by dash.
const LOOKS: [(Marker, Option<(f64, f64)>); 3] =
    [(Marker::Circle, None), (Marker::Triangle, Some((3.0, 4.0))), (Marker::Diamond, Some((9.0, 4.0)))];

/// Stacks the cost of compute by purchase option, under coverage, utilisation and Graviton share.
pub(super) fn coverage_and_graviton(maker: &Maker<'_>) -> Option<ChartSpec> {
    let rows = &maker.report.coverage;
    let (first, last) = (rows.first()?, rows.last()?);
    let shares: BTreeMap<Month, Decimal> =
        maker.report.adoption.iter().filter_map(|row| Some((row.month, row.share_of_compute?))).collect();
    let say = |name: &str| maker.say(&format!("coverage_and_graviton.{name}"));
    let options: [(&str, CostOf); 5] = [
        ("on_demand", |row| row.on_demand_cost),
        ("reserved", |row| row.reserved_cost),
        ("savings_plan", |row| row.savings_plan_cost),
        ("spot", |row| row.spot_cost),
        ("unused", |row| row.unused_commitment),
    ];
    let series: Vec<_> = options
        .into_iter()
        .zip(PURCHASE)
        .map(|((name, of), color)| Series {
            name: say(name),
            paint: tint(color, BEHIND),
            values: rows.iter().map(of).collect(),
        })
        .filter(|series| series.values.iter().any(|value| !value.is_zero()))
        .collect();
    let lines = lines([
        (say("coverage"), rows.iter().map(|row| row.coverage).collect()),
        (say("utilization"), rows.iter().map(|row| row.utilization).collect()),
        (say("graviton"), rows.iter().map(|row| shares.get(&row.month).copied()).collect()),
    ]);
    if series.is_empty() && lines.is_empty() {
        return None;
    }
    let description = maker.fill(
        "coverage_and_graviton.description",
        &[
            ("months", &maker.months(first.month, last.month)),
            ("last", &maker.month(last.month)),
            ("coverage", &maker.percent(last.coverage)),
            ("utilization", &maker.percent(last.utilization)),
            ("graviton", &maker.percent(shares.get(&last.month).copied())),
        ],
    );
    let unit = maker.per_month(Some(Basis::Amortized));
    let texts = Texts { title: say("title"), description, caption: say("caption"), unit };
    let slots = rows.iter().map(|row| maker.slot(row.month, None)).collect();
    let chart = Stacked { slots, series, lines, partial_name: String::new() };
    Some(maker.spec("coverage_and_graviton", None, texts, maker.stacked(chart)))
}

/// Draws the share of Graviton by three denominators.
pub(super) fn adoption(maker: &Maker<'_>) -> Option<ChartSpec> {
    let rows = &maker.report.adoption;
    let (first, last) = (rows.first()?, rows.last()?);
    let say = |name: &str| maker.say(&format!("adoption.{name}"));
    let values = |of: fn(&AdoptionShare) -> Option<Decimal>| rows.iter().map(of).collect::<Vec<_>>();
    let lines = lines([
        (say("compute"), values(|row| row.share_of_compute)),
        (say("eligible"), values(|row| row.share_of_eligible)),
        (say("vcpu"), values(|row| row.vcpu_hours_share)),
    ]);
    if lines.is_empty() {
        return None;
    }
    let description = maker.fill(
        "adoption.description",
        &[
            ("months", &maker.months(first.month, last.month)),
            ("last", &maker.month(last.month)),
            ("compute", &maker.percent(last.share_of_compute)),
            ("eligible", &maker.percent(last.share_of_eligible)),
            ("vcpu", &maker.percent(last.vcpu_hours_share)),
        ],
    );
    let texts = Texts { title: say("title"), description, caption: say("caption"), unit: maker.say("unit.share") };
    let slots = rows.iter().map(|row| maker.slot(row.month, None)).collect();
    let chart = Stacked { slots, series: Vec::new(), lines, partial_name: String::new() };
    Some(maker.spec("adoption", None, texts, maker.stacked(chart)))
}

fn lines(named: [(String, Vec<Option<Decimal>>); 3]) -> Vec<Line> {
    let looks = LINES.into_iter().zip(LOOKS);
    named
        .into_iter()
        .zip(looks)
        .map(|((name, values), (color, (marker, dash)))| Line { name, color, marker, dash, values })
        .filter(|line| line.values.iter().any(Option::is_some))
        .collect()
}
