//! Native charts: their figures on a sheet of their own, so that sorting a table changes no chart.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFormat, ChartLegendPosition, ChartLine, ChartMarker, ChartMarkerType,
    ChartPoint, ChartSolidFill, ChartType, Color, Format, Worksheet,
};

use super::{
    cell::{failed, text},
    look,
    table::double,
};
use crate::{
    error::Result,
    report::{
        charts::{
            Rgb,
            palette::{LAYERS, LESS, LINES, LOCKED, MORE, NAMED, OTHER, REALIZED, TOTAL, UNLOCKED},
        },
        sheets::{Cell, Kind, Sheet},
        words::Words,
    },
    terms::Basis,
    units::Month,
};

/// Size of a chart in pixels, and the rows of a sheet that it covers.
const SIZE: (u32, u32) = (960, 420);
const ROWS: u32 = 22;

/// A chart with its figures.
pub(super) struct Drawn {
    title: String,
    shape: ChartType,
    kind: Kind,
    /// Names along the axis.
    labels: Vec<String>,
    series: Vec<Series>,
}

/// A figure for each label.
struct Series {
    name: String,
    color: Rgb,
    values: Vec<Option<Decimal>>,
}

/// Figures by month with their name and colour.
type Named = (String, Rgb, BTreeMap<Month, Decimal>);

/// Returns the charts that these tables have figures for.
pub(super) fn charts(sheets: &[&Sheet], currency: &str, words: &Words) -> Vec<Drawn> {
    [
        cost_by_service(sheets, currency, words),
        bridge(sheets, currency, words),
        shares(sheets, words),
        savings(sheets, currency, words),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Finds a table that has rows; of one for each cost basis, the amortised.
fn find<'a>(sheets: &[&'a Sheet], id: &str) -> Option<&'a Sheet> {
    let is_meant = |sheet: &&Sheet| sheet.id == id && !sheet.rows.is_empty() && sheet.basis != Some(Basis::Unblended);
    sheets.iter().copied().find(is_meant)
}

/// Returns the figures of a column by month.
fn by_month(sheet: &Sheet, key: &str) -> Option<(String, BTreeMap<Month, Decimal>)> {
    let (month, _) = sheet.column("month")?;
    let (at, column) = sheet.column(key)?;
    let values = sheet.rows.iter().filter_map(|row| match (&row.cells[month], &row.cells[at]) {
        (Cell::Month(month), Cell::Number(number)) => Some((*month, *number)),
        _ => None,
    });
    Some((column.heading.clone(), values.collect()))
}

/// Makes a chart over months out of named figures.
fn over_months(title: String, shape: ChartType, kind: Kind, named: Vec<Named>, words: &Words) -> Option<Drawn> {
    let mut months: Vec<Month> = named.iter().flat_map(|(_, _, values)| values.keys().copied()).collect();
    months.sort_unstable();
    months.dedup();
    let named = named.into_iter().filter(|(_, _, values)| values.values().any(|value| !value.is_zero()));
    let series: Vec<Series> = named
        .map(|(name, color, values)| {
            let values = months.iter().map(|month| values.get(month).copied()).collect();
            Series { name, color, values }
        })
        .collect();
    let labels = months.into_iter().map(|month| words.month(month)).collect();
    (!series.is_empty()).then_some(Drawn { title, shape, kind, labels, series })
}

fn cost_by_service(sheets: &[&Sheet], currency: &str, words: &Words) -> Option<Drawn> {
    let sheet = find(sheets, "cost_by_service")?;
    let [month, service, cost] = ["month", "product_code", "amortized_cost"].map(|key| sheet.column(key));
    let ((month, _), (service, _), (cost, _)) = (month?, service?, cost?);
    let mut services: BTreeMap<&str, BTreeMap<Month, Decimal>> = BTreeMap::new();
    for row in &sheet.rows {
        let (Cell::Month(month), Cell::Number(cost)) = (&row.cells[month], &row.cells[cost]) else { continue };
        let (Cell::Text(name) | Cell::Word { name, .. }) = &row.cells[service] else { continue };
        *services.entry(name).or_default().entry(*month).or_default() += cost;
    }
    let mut services: Vec<_> = services.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
    services.sort_by_key(|(_, values)| std::cmp::Reverse(values.values().map(Decimal::abs).sum::<Decimal>()));
    let others = services.split_off(services.len().min(NAMED));
    let mut services: Vec<Named> =
        services.into_iter().zip(LAYERS).map(|((name, values), color)| (name, color, values)).collect();
    if !others.is_empty() {
        let mut sums = BTreeMap::<Month, Decimal>::new();
        for (month, cost) in others.iter().flat_map(|(_, values)| values) {
            *sums.entry(*month).or_default() += cost;
        }
        let name = words.fill("workbook.others", &[("count", &others.len().to_string())]);
        services.push((name, OTHER, sums));
    }
    let title = words.fill("workbook.chart.cost_by_service", &[("currency", currency)]);
    over_months(title, ChartType::ColumnStacked, Kind::Money, services, words)
}

fn bridge(sheets: &[&Sheet], currency: &str, words: &Words) -> Option<Drawn> {
    let sheet = find(sheets, "bridge")?;
    let keys = ["usage", "list_price", "commitment", "graviton", "mix", "credits_tax_fees", "other", "change"];
    let columns: Vec<_> = keys.iter().filter_map(|key| sheet.column(key)).collect();
    let sum = |at: usize| sheet.rows.iter().filter_map(|row| row.cells[at].number()).sum::<Decimal>();
    let values: Vec<_> = columns.iter().map(|(at, _)| Some(sum(*at))).collect();
    let month = |key: &str| {
        let (at, _) = sheet.column(key)?;
        match sheet.rows.first()?.cells[at] {
            Cell::Month(month) => Some(words.month(month)),
            _ => None,
        }
    };
    let (from, to) = (month("from_month")?, month("to_month")?);
    let title = words.fill("workbook.chart.bridge", &[("from", &from), ("to", &to), ("currency", currency)]);
    let labels = columns.iter().map(|(_, column)| column.heading.clone()).collect();
    let series = vec![Series { name: words.say("workbook.effect"), color: TOTAL, values }];
    Some(Drawn { title, shape: ChartType::Column, kind: Kind::Change, labels, series })
}

fn shares(sheets: &[&Sheet], words: &Words) -> Option<Drawn> {
    let wanted = [
        ("commitment_coverage", "coverage"),
        ("commitment_coverage", "utilization"),
        ("graviton_adoption", "share_of_compute"),
        ("graviton_adoption", "share_of_eligible"),
    ];
    let [coverage, utilization, graviton] = LINES;
    let colors = [coverage, utilization, graviton, REALIZED];
    let named = wanted.into_iter().zip(colors).filter_map(|((id, key), color)| {
        let (_, values) = by_month(find(sheets, id)?, key)?;
        Some((words.say(&format!("workbook.share.{key}")), color, values))
    });
    over_months(words.say("workbook.chart.shares"), ChartType::Line, Kind::Ratio, named.collect(), words)
}

fn savings(sheets: &[&Sheet], currency: &str, words: &Words) -> Option<Drawn> {
    let sheet = find(sheets, "savings_by_month")?;
    let keys = [("realized_saving", REALIZED), ("unlocked_saving", UNLOCKED), ("locked_saving", LOCKED)];
    let named = keys.into_iter().filter_map(|(key, color)| {
        let (name, values) = by_month(sheet, key)?;
        Some((name, color, values))
    });
    let title = words.fill("workbook.chart.savings", &[("currency", currency)]);
    over_months(title, ChartType::ColumnStacked, Kind::Money, named.collect(), words)
}

/// Writes the figures of the charts, one block under the other.
pub(super) fn write_data(page: &mut Worksheet, drawn: &[Drawn], currency: &str, words: &Words) -> Result<()> {
    text(page, (0, 0), &words.say("workbook.chart_data_note"), &look::aside())?;
    for (chart, top) in drawn.iter().zip(tops(drawn)) {
        text(page, (top, 0), &chart.title, &look::block())?;
        let format = Format::new().set_num_format(look::number_format(chart.kind, currency));
        for (at, Series { name, values, .. }) in (1u16..).zip(&chart.series) {
            text(page, (top + 1, at), name, &look::heading(true))?;
            for (line, value) in (top + 2..).zip(values) {
                if let Some(value) = value {
                    page.write_number_with_format(line, at, double(*value), &format).map_err(|error| failed(&error))?;
                }
            }
        }
        for (line, label) in (top + 2..).zip(&chart.labels) {
            text(page, (line, 0), label, &Format::new())?;
        }
    }
    let widest = drawn.iter().map(|chart| chart.series.len()).max().unwrap_or(0);
    for at in 0..=u16::try_from(widest).unwrap_or(u16::MAX) {
        page.set_column_width(at, 22).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Returns the first line of each block of figures.
fn tops(drawn: &[Drawn]) -> Vec<u32> {
    let heights = drawn.iter().map(|chart| u32::try_from(chart.labels.len()).unwrap_or(u32::MAX) + 4);
    let begin = |top: &mut u32, height: u32| {
        let begin = *top;
        *top += height;
        Some(begin)
    };
    heights.scan(2, begin).collect()
}

/// Draws the charts on a sheet.
pub(super) fn place(page: &mut Worksheet, drawn: &[Drawn], data: &str, currency: &str) -> Result<()> {
    for ((number, chart), top) in (0u32..).zip(drawn).zip(tops(drawn)) {
        let made = draw(chart, data, top, currency);
        page.insert_chart(number * ROWS, 0, &made).map_err(|error| failed(&error))?;
    }
    let count = u32::try_from(drawn.len()).unwrap_or(u32::MAX);
    let breaks: Vec<u32> = (2..count).step_by(2).map(|number| number * ROWS).collect();
    page.set_page_breaks(&breaks).map_err(|error| failed(&error))?;
    page.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

fn draw(drawn: &Drawn, data: &str, top: u32, currency: &str) -> Chart {
    let mut chart = Chart::new(drawn.shape);
    chart.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(drawn.title.as_str());
    chart.title().set_name(drawn.title.as_str());
    let last = top + 1 + u32::try_from(drawn.labels.len()).unwrap_or(u32::MAX);
    for (at, Series { color, values, .. }) in (1u16..).zip(&drawn.series) {
        let color = ink(*color);
        let series = chart.add_series();
        series.set_name((data, top + 1, at)).set_categories((data, top + 2, 0, last, 0));
        series.set_values((data, top + 2, at, last, at));
        if drawn.shape == ChartType::Line {
            series.set_format(ChartFormat::new().set_line(ChartLine::new().set_color(color).set_width(2.25)));
            let mut fill = ChartFormat::new();
            fill.set_solid_fill(ChartSolidFill::new().set_color(color));
            series.set_marker(ChartMarker::new().set_type(ChartMarkerType::Circle).set_size(5).set_format(&mut fill));
        } else {
            series.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(color))).set_gap(60);
            if drawn.kind == Kind::Change {
                series.set_points(&points(values));
            }
        }
    }
    // Labels stay under the columns that go below zero.
    chart.x_axis().set_label_position(ChartAxisLabelPosition::Low);
    chart.y_axis().set_num_format(axis_format(drawn, currency));
    if drawn.kind == Kind::Ratio && drawn.series.iter().flat_map(|series| &series.values).flatten().all(is_share) {
        chart.y_axis().set_min(0).set_max(1);
    }
    if drawn.series.len() > 1 {
        chart.legend().set_position(ChartLegendPosition::Bottom);
    } else {
        chart.legend().set_hidden();
    }
    chart
}

fn ink(Rgb(red, green, blue): Rgb) -> Color {
    Color::RGB(u32::from_be_bytes([0, red, green, blue]))
}

fn is_share(value: &Decimal) -> bool {
    (Decimal::ZERO..=Decimal::ONE).contains(value)
}

/// Colours columns by their sign; the last one is the sum.
fn points(values: &[Option<Decimal>]) -> Vec<ChartPoint> {
    let color = |(at, value): (usize, &Option<Decimal>)| match value {
        _ if at + 1 == values.len() => TOTAL,
        Some(value) if value.is_sign_negative() => LESS,
        _ => MORE,
    };
    let fill = |color| {
        ChartPoint::new().set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(ink(color))))
    };
    values.iter().enumerate().map(color).map(fill).collect()
}

/// Returns the format of an axis: whole per cent, and whole amounts unless they are small.
fn axis_format(drawn: &Drawn, currency: &str) -> String {
    let ten = Decimal::TEN;
    let is_large = drawn.series.iter().flat_map(|series| &series.values).flatten().any(|value| value.abs() >= ten);
    match drawn.kind {
        Kind::Ratio => "0%".to_owned(),
        Kind::Money | Kind::Change if is_large => "#,##0".to_owned(),
        kind => look::number_format(kind, currency),
    }
}
