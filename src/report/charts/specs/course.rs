//! The month day by day and hour by hour, with planned events and bursts.

use rust_decimal::Decimal;

use super::{Maker, Texts};
use crate::report::{
    charts::{
        palette::{LAYERS, LINES, LOCKED, MORE, OTHER, plain},
        spec::{Band, ChartKind, ChartSpec, Level, Series, StepLine, Timeline},
    },
    model::HourRow,
};

/// Draws the instances of each hour with their average.
pub(super) fn hourly(maker: &Maker<'_>) -> Option<ChartSpec> {
    let report = maker.report;
    let rows = &report.hourly_instances;
    let first = rows.first()?;
    let region = first.region.as_deref().unwrap_or_default();
    let of_chart = |product: &str, of: Option<&str>| product == first.product_code && of == first.region.as_deref();
    let bursts: Vec<_> =
        report.bursts.iter().filter(|burst| of_chart(&burst.product_code, burst.region.as_deref())).collect();
    let is_counted = rows.iter().all(|row| row.instances.is_some());
    let instances: Vec<Option<Decimal>> = rows.iter().map(|row| row.instances.map(Decimal::from)).collect();
    let level = match bursts.first() {
        Some(burst) => burst.baseline_instances.unwrap_or(burst.baseline_average),
        None => middle(rows, is_counted)?,
    };
    let highest = |row: &HourRow| row.instances.map_or(row.average, Decimal::from);
    let peak = rows.iter().enumerate().rev().max_by_key(|(_, row)| highest(row))?;
    let place = |iso: &str| rows.partition_point(|row| row.hour.as_str() < iso);
    let bands = report.events.iter().map(|event| {
        // An event that begins within an hour touches all of it.
        let from = rows.partition_point(|row| row.hour.as_str() <= event.start.as_str()).saturating_sub(1);
        Band { name: event.name.clone(), from, to: place(&event.end).max(from + 1).min(rows.len()) }
    });
    let marks = bursts.iter().map(|burst| (place(&burst.start), place(&burst.end))).collect();
    let names = rows.iter().enumerate().filter(|(_, row)| row.hour.get(11..13) == Some("12"));
    let month = maker.month(report.month);
    let values = [
        ("product", first.product_code.as_str()),
        ("region", region),
        ("month", &month),
        ("level", &level.normalize().to_string()),
        ("peak", &highest(peak.1).round_dp(1).normalize().to_string()),
        ("bursts", &bursts.len().to_string()),
        ("events", &report.events.len().to_string()),
    ];
    let texts = Texts {
        title: maker.fill("hourly_instances.title", &values),
        description: maker.fill("hourly_instances.description", &values),
        caption: maker.fill("hourly_instances.caption", &values),
        unit: maker.say("hourly_instances.unit"),
    };
    let chart = Timeline {
        places: rows.len(),
        names: names.filter_map(|(at, row)| Some((at, day_of(row.hour.get(8..10)?)))).collect(),
        columns: Vec::new(),
        area: Some(Series {
            name: maker.say("hourly_instances.average"),
            paint: plain(LAYERS[0]),
            values: rows.iter().map(|row| row.average).collect(),
        }),
        line: is_counted.then(|| StepLine {
            name: maker.say("hourly_instances.instances"),
            color: LINES[2],
            values: instances,
        }),
        level: Some(Level { name: maker.say("hourly_instances.baseline"), value: level }),
        bands: bands.collect(),
        band_name: maker.say("hourly_instances.events"),
        band_color: LOCKED,
        marks,
        mark_name: maker.say("hourly_instances.bursts"),
        mark_color: MORE,
        peak: Some((peak.0, highest(peak.1).round_dp(1).normalize())),
        is_count: true,
    };
    Some(maker.spec("hourly_instances", None, texts, ChartKind::Timeline(Box::new(chart))))
}

/// Returns the median of what the chart shows.
fn middle(rows: &[HourRow], is_counted: bool) -> Option<Decimal> {
    let mut values: Vec<Decimal> = rows
        .iter()
        .map(|row| if is_counted { row.instances.map_or(row.average, Decimal::from) } else { row.average })
        .collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// Writes a day of the month without a leading zero.
fn day_of(text: &str) -> String {
    text.trim_start_matches('0').to_owned()
}

/// Draws the cost of each day.
pub(super) fn daily(maker: &Maker<'_>) -> Option<ChartSpec> {
    let report = maker.report;
    let rows = &report.daily_costs;
    let dearest = rows.iter().max_by_key(|row| row.amortized_cost)?;
    let place = |iso: &str| rows.partition_point(|row| row.day.to_string().as_str() < iso.get(..10).unwrap_or(iso));
    let bands = report.events.iter().map(|event| {
        let from = place(&event.start);
        // The day of an end at midnight is no part of the event.
        let is_midnight = event.end.ends_with("T00:00:00Z");
        let to = place(&event.end) + usize::from(!is_midnight);
        Band { name: event.name.clone(), from, to: to.max(from + 1).min(rows.len()) }
    });
    let month = maker.month(report.month);
    let values = [
        ("month", month.as_str()),
        ("day", &dearest.day.to_string()),
        ("cost", &maker.money(dearest.amortized_cost)),
        ("events", &report.events.len().to_string()),
    ];
    let texts = Texts {
        title: maker.fill("daily_costs.title", &values),
        description: maker.fill("daily_costs.description", &values),
        caption: maker.fill("daily_costs.caption", &values),
        unit: maker.fill("daily_costs.unit", &[("currency", &report.currency)]),
    };
    let series = |name: &str, color, values| Series { name: maker.say(name), paint: plain(color), values };
    let others: Vec<Decimal> = rows.iter().map(|row| row.other_cost).collect();
    let mut columns = vec![series("daily_costs.usage", LAYERS[0], rows.iter().map(|row| row.usage_cost).collect())];
    if others.iter().any(|cost| !cost.is_zero()) {
        columns.push(series("daily_costs.other", OTHER, others));
    }
    let names = rows.iter().enumerate().map(|(at, row)| (at, row.day.format("%-d").to_string()));
    let chart = Timeline {
        places: rows.len(),
        names: names.collect(),
        columns,
        area: None,
        line: None,
        level: None,
        bands: bands.filter(|band| band.from < rows.len()).collect(),
        band_name: maker.say("hourly_instances.events"),
        band_color: LOCKED,
        marks: Vec::new(),
        mark_name: String::new(),
        mark_color: MORE,
        peak: None,
        is_count: false,
    };
    Some(maker.spec("daily_costs", None, texts, ChartKind::Timeline(Box::new(chart))))
}
