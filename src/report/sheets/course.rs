//! Planned events and bursts, day by day and hour by hour.

use super::{
    Cell, Kind, Row, Section, Sheet,
    making::{Making, count, day, file, number, opt_day, opt_number, opt_text, own, sum, text, under},
};
use crate::report::model::{BurstRow, DayRow, EventRow, HourRow, SteadyRow};

/// Charts by day and by hour.
pub(super) const CHARTS: [&str; 2] = ["hourly_instances", "daily_costs"];

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let mut sheets = vec![events(making), bursts(making), steady(making), daily(making), hourly(making)];
    sheets.retain(|sheet| !sheet.rows.is_empty());
    if sheets.is_empty() {
        return Vec::new();
    }
    vec![making.section("events", &CHARTS, sheets)]
}

/// Returns an instant: exact for programs, without letters for readers.
fn instant(iso: &str) -> Cell {
    let name = iso.replacen('T', " ", 1);
    let name = name.strip_suffix(":00Z").map_or_else(|| name.clone(), str::to_owned);
    Cell::Word { code: iso.to_owned(), name }
}

fn opt_count(number: Option<u64>) -> Cell {
    number.map_or(Cell::Missing, count)
}

fn events(making: &Making<'_>) -> Sheet {
    let specs = [
        own("name", Kind::Text),
        under("source", Kind::Code, "name"),
        own("start", Kind::Code),
        under("end", Kind::Code, "start"),
        file("all_day", Kind::Code),
        own("hours", Kind::Count),
        own("peak_instances", Kind::Count),
        under("peak_average", Kind::Quantity, "peak_instances"),
        own("cost", Kind::Money),
        under("usual_cost", Kind::Money, "cost"),
        own("extra_cost", Kind::Change),
        own("days_cost", Kind::Money),
        under("usual_days_cost", Kind::Money, "days_cost"),
    ];
    let cells = |row: &EventRow| {
        vec![
            text(&row.name),
            text(&row.source),
            instant(&row.start),
            instant(&row.end),
            text(if row.all_day { "true" } else { "false" }),
            count(row.hours),
            opt_count(row.peak_instances),
            opt_number(row.peak_average),
            opt_number(row.cost),
            opt_number(row.usual_cost),
            opt_number(row.extra_cost),
            number(row.days_cost),
            opt_number(row.usual_days_cost),
        ]
    };
    let mut sheet = making.of("events", &specs, &making.report.events, cells);
    making.beyond(&mut sheet, making.top);
    sheet
}

fn bursts(making: &Making<'_>) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        under("region", Kind::Code, "product_code"),
        own("start", Kind::Code),
        under("end", Kind::Code, "start"),
        own("hours_above", Kind::Count),
        own("baseline_instances", Kind::Quantity),
        under("baseline_average", Kind::Quantity, "baseline_instances"),
        own("peak_instances", Kind::Count),
        under("peak_average", Kind::Quantity, "peak_instances"),
        sum("extra_hours", Kind::Quantity),
        own("cost", Kind::Money),
        sum("extra_cost", Kind::Change),
        own("events", Kind::Text),
    ];
    let cells = |row: &BurstRow| {
        vec![
            text(&row.product_code),
            opt_text(row.region.as_deref()),
            instant(&row.start),
            instant(&row.end),
            count(row.hours_above),
            opt_number(row.baseline_instances),
            number(row.baseline_average),
            opt_count(row.peak_instances),
            number(row.peak_average),
            number(row.extra_hours),
            number(row.cost),
            number(row.extra_cost),
            opt_text(row.events.as_deref()),
        ]
    };
    let mut sheet = making.of("bursts", &specs, &making.report.bursts, cells).asked(&[month(making)]);
    making.beyond(&mut sheet, making.top);
    sheet
}

fn steady(making: &Making<'_>) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        under("region", Kind::Code, "product_code"),
        own("instance_type", Kind::Code),
        under("variant", Kind::Text, "instance_type"),
        own("instances", Kind::Count),
        file("hours", Kind::Count),
        own("on_demand_price", Kind::Price),
        own("committed_rate", Kind::Price),
        own("offering", Kind::Code),
        under("price_as_of", Kind::Day, "offering"),
        sum("saving", Kind::Money),
    ];
    let cells = |row: &SteadyRow| {
        vec![
            text(&row.product_code),
            opt_text(row.region.as_deref()),
            text(&row.instance_type),
            row.variant.as_deref().map_or(Cell::Missing, |variant| Cell::Word {
                code: variant.to_owned(),
                name: variant.replace('|', ", "),
            }),
            number(row.instances),
            count(row.hours),
            opt_number(row.on_demand_price),
            opt_number(row.committed_rate),
            opt_text(row.offering.as_deref()),
            opt_day(row.price_as_of),
            opt_number(row.saving),
        ]
    };
    let mut sheet = making.of("steady_usage", &specs, &making.report.steady_usage, cells);
    making.beyond(&mut sheet, making.top);
    sheet
}

/// The chart shows the days: the page needs no table of them.
fn daily(making: &Making<'_>) -> Sheet {
    let specs = [
        own("day", Kind::Day),
        own("usage_cost", Kind::Money),
        own("other_cost", Kind::Money),
        own("amortized_cost", Kind::Money),
        own("unblended_cost", Kind::Money),
        own("events", Kind::Text),
    ];
    let cells = |row: &DayRow| {
        vec![
            day(row.day),
            number(row.usage_cost),
            number(row.other_cost),
            number(row.amortized_cost),
            number(row.unblended_cost),
            opt_text(row.events.as_deref()),
        ]
    };
    in_files(making.of("daily_costs", &specs, &making.report.daily_costs, cells).asked(&[month(making)]))
}

fn hourly(making: &Making<'_>) -> Sheet {
    let rows = &making.report.hourly_instances;
    let specs = [
        own("hour", Kind::Code),
        own("product_code", Kind::Text),
        own("region", Kind::Code),
        own("instances", Kind::Count),
        own("average", Kind::Quantity),
        own("cost", Kind::Money),
    ];
    let cells = |row: &HourRow| {
        vec![
            instant(&row.hour),
            text(&row.product_code),
            opt_text(row.region.as_deref()),
            opt_count(row.instances),
            number(row.average),
            number(row.cost),
        ]
    };
    let of = |name: fn(&HourRow) -> String| rows.first().map(name).unwrap_or_default();
    let product = of(|row| row.product_code.clone());
    let region = of(|row| row.region.clone().unwrap_or_default());
    let sheet = making.of("hourly_instances", &specs, rows, cells);
    in_files(sheet.asked(&[month(making), ("product", product), ("region", region)]))
}

fn month(making: &Making<'_>) -> (&'static str, String) {
    ("month", making.report.month.to_string())
}

/// Leaves a table to the files.
fn in_files(mut sheet: Sheet) -> Sheet {
    sheet.rows.iter_mut().for_each(|row: &mut Row| row.is_beyond = true);
    sheet
}
