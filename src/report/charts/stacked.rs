//! Draws stacked columns by month, with lines on a per cent axis.

use plotters::prelude::DrawingBackend;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Line, Marker, Rgb, Slot, Stacked,
    axis::{Axis, compact},
    pen::{AXIS, Align, FIGURE, Frame, GRID, INK, LABEL, MUTED, PAPER, Pen, SMALL, fitted, widest, width_of},
    render::WIDTH,
};
use crate::error::Result;

/// Height of the chart in logical pixels.
pub(super) const HEIGHT: u32 = 400;

const EDGE: f64 = 20.0;
const TOP: f64 = 76.0;
const LEGEND_WIDTH: f64 = 150.0;
const LEGEND_ROW: f64 = 22.0;
const PERCENT_TICKS: [i64; 6] = [0, 20, 40, 60, 80, 100];

/// Draws the chart under its heading.
pub(super) fn paint<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Stacked) -> Result<()> {
    let (low, high) = extent(chart);
    let axis = Axis::covering(low, high, 5);
    let ticks: Vec<_> = axis.ticks().into_iter().map(|tick| (tick, axis.label(tick))).collect();
    let tick_width = widest(ticks.iter().map(|(_, label)| label.as_str()), SMALL)?;
    let legend = legend_entries(chart);
    let legend_width = widest(legend.iter().map(|entry| entry.name.as_str()), LABEL)?.min(LEGEND_WIDTH) + 26.0;
    let percent_width = if chart.lines.is_empty() { 0.0 } else { width_of("100 %", SMALL)? + 8.0 };
    let plot = Frame {
        left: EDGE + tick_width + 8.0,
        top: TOP,
        right: WIDTH - EDGE - legend_width - 22.0 - percent_width,
        bottom: f64::from(HEIGHT) - 60.0,
    };

    for (tick, label) in &ticks {
        let y = height_at(&plot, &axis, *tick);
        pen.line(&[(plot.left, y), (plot.right, y)], GRID, 1.0)?;
        pen.text(label, (plot.left - 8.0, y + 4.0), Align::Right, SMALL, MUTED)?;
    }
    let slot_width = plot.width() / count(chart.slots.len().max(1));
    columns(pen, chart, &axis, &plot, slot_width)?;
    let zero = height_at(&plot, &axis, Decimal::ZERO);
    pen.line(&[(plot.left, zero), (plot.right, zero)], AXIS, 1.0)?;
    month_labels(pen, &chart.slots, &plot, slot_width)?;
    if !chart.lines.is_empty() {
        for percent in PERCENT_TICKS {
            let y = ratio_at(&plot, Decimal::new(percent, 2));
            pen.text(&format!("{percent} %"), (plot.right + 8.0, y + 4.0), Align::Left, SMALL, MUTED)?;
        }
        for line in &chart.lines {
            ratio_line(pen, line, &plot, slot_width)?;
        }
    }
    draw_legend(pen, &legend, WIDTH - EDGE - legend_width, plot.top)
}

/// Returns the lowest and the highest end of the stacks.
fn extent(chart: &Stacked) -> (Decimal, Decimal) {
    let ends = (0..chart.slots.len()).map(|slot| {
        let values = chart.series.iter().filter_map(|series| series.values.get(slot));
        values.fold((Decimal::ZERO, Decimal::ZERO), |(low, high), value| {
            (low + (*value).min(Decimal::ZERO), high + (*value).max(Decimal::ZERO))
        })
    });
    ends.fold((Decimal::ZERO, Decimal::ZERO), |(low, high), (down, up)| (low.min(down), high.max(up)))
}

fn columns<DB: DrawingBackend>(
    pen: &Pen<DB>,
    chart: &Stacked,
    axis: &Axis,
    plot: &Frame,
    slot_width: f64,
) -> Result<()> {
    let width = (slot_width * 0.68).min(64.0);
    let totals: Vec<_> = chart.slots.iter().map(|slot| slot.total.map(compact)).collect();
    let widest_total = widest(totals.iter().flatten().map(String::as_str), FIGURE)?;
    for (index, slot) in chart.slots.iter().enumerate() {
        let center = plot.left + slot_width * (count(index) + 0.5);
        let (left, right) = (center - width / 2.0, center + width / 2.0);
        let (mut up, mut down) = (Decimal::ZERO, Decimal::ZERO);
        for series in &chart.series {
            let value = series.values.get(index).copied().unwrap_or_default();
            let from = if value >= Decimal::ZERO { &mut up } else { &mut down };
            let start = *from;
            *from += value;
            let (y0, y1) = (height_at(plot, axis, start), height_at(plot, axis, *from));
            let frame = Frame { left, top: y0.min(y1), right, bottom: y0.max(y1) };
            if value.is_zero() || frame.height() < 0.25 {
                continue;
            }
            pen.fill(frame, if slot.partial { series.color.lighter(90) } else { series.color })?;
            if frame.height() > 3.0 {
                // A hairline of paper between the layers tells them apart without their colours.
                let edge = if value > Decimal::ZERO { frame.top } else { frame.bottom };
                pen.line(&[(left, edge), (right, edge)], PAPER, 1.0)?;
            }
        }
        let frame = Frame { left, top: height_at(plot, axis, up), right, bottom: height_at(plot, axis, down) };
        if slot.partial {
            pen.hatch(frame)?;
        }
        if let Some(total) = totals.get(index).and_then(Option::as_ref)
            && widest_total + 6.0 <= slot_width
        {
            pen.text_on_paper(total, (center, frame.top - 6.0), Align::Center, FIGURE)?;
        }
    }
    Ok(())
}

/// Writes months under the columns, as many as fit, and the year where it changes.
fn month_labels<DB: DrawingBackend>(pen: &Pen<DB>, slots: &[Slot], plot: &Frame, slot_width: f64) -> Result<()> {
    let names: Vec<_> = slots.iter().map(month_and_year).collect();
    let widest_name = widest(names.iter().flat_map(|(month, year)| [month.as_str(), year.as_str()]), SMALL)?;
    let step = [1, 2, 3, 4, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|step| slot_width * count(*step) >= widest_name + 6.0)
        .unwrap_or(usize::MAX);
    let partial_width = width_of("partial", SMALL)?;
    let mut year_before = "";
    // Where the last text of the second and of the third row ends.
    let mut ends = [f64::NEG_INFINITY; 2];
    for (index, (slot, (month, year))) in slots.iter().zip(&names).enumerate() {
        let center = plot.left + slot_width * (count(index) + 0.5);
        if index % step == 0 {
            pen.text(month, (center, plot.bottom + 17.0), Align::Center, SMALL, INK)?;
            if year != year_before {
                pen.text(year, (center, plot.bottom + 32.0), Align::Center, SMALL, MUTED)?;
                ends[0] = center + widest_name / 2.0 + 4.0;
            }
            year_before = year;
        }
        if slot.partial {
            let middle = center.min(plot.right - partial_width / 2.0).max(plot.left + partial_width / 2.0);
            let free = ends.iter().position(|end| middle - partial_width / 2.0 > *end);
            if let Some(row) = free {
                let y = plot.bottom + if row == 0 { 32.0 } else { 47.0 };
                pen.text("partial", (middle, y), Align::Center, SMALL, MUTED)?;
                ends[row] = middle + partial_width / 2.0 + 4.0;
            }
        }
    }
    Ok(())
}

fn month_and_year(slot: &Slot) -> (String, String) {
    let label = slot.month.label();
    let (month, year) = label.split_once(' ').unwrap_or((label.as_str(), ""));
    (month.to_owned(), year.to_owned())
}

fn ratio_line<DB: DrawingBackend>(pen: &Pen<DB>, line: &Line, plot: &Frame, slot_width: f64) -> Result<()> {
    let points: Vec<_> = line
        .values
        .iter()
        .enumerate()
        .map(|(index, ratio)| ratio.map(|ratio| (plot.left + slot_width * (count(index) + 0.5), ratio_at(plot, ratio))))
        .collect();
    for run in points.split(Option::is_none) {
        let run: Vec<_> = run.iter().flatten().copied().collect();
        for pair in run.windows(2) {
            // The paper around the line keeps it apart from the columns behind it.
            pen.line(pair, PAPER, 5.0)?;
        }
        for pair in run.windows(2) {
            pen.line(pair, line.color, 2.0)?;
        }
    }
    let radius = (slot_width * 0.22).clamp(2.5, 5.0);
    for &point in points.iter().flatten() {
        marker(pen, line, point, radius)?;
    }
    Ok(())
}

fn marker<DB: DrawingBackend>(pen: &Pen<DB>, line: &Line, at: (f64, f64), radius: f64) -> Result<()> {
    pen.shape(&outline(line.marker, at, radius + 1.5), PAPER)?;
    pen.shape(&outline(line.marker, at, radius), line.color)
}

/// Returns the corners of a marker; a disc has enough of them to look round.
fn outline(marker: Marker, (x, y): (f64, f64), radius: f64) -> Vec<(f64, f64)> {
    let (corners, radius) = match marker {
        Marker::Circle => (24_u32, radius),
        Marker::Square => (4, radius * 1.2),
    };
    let turn = std::f64::consts::TAU / f64::from(corners);
    (0..corners)
        .map(|corner| {
            let angle = turn * f64::from(corner);
            (x + radius * angle.cos(), y + radius * angle.sin())
        })
        .collect()
}

/// One row of the legend.
struct Entry<'a> {
    name: String,
    swatch: Swatch<'a>,
}

enum Swatch<'a> {
    Line(&'a Line),
    Fill(Rgb),
    Hatched,
}

/// Lines first, then the stack as it stands, from the top down.
fn legend_entries(chart: &Stacked) -> Vec<Entry<'_>> {
    let lines = chart.lines.iter().map(|line| Entry { name: line.name.clone(), swatch: Swatch::Line(line) });
    let stack =
        chart.series.iter().rev().map(|series| Entry { name: series.name.clone(), swatch: Swatch::Fill(series.color) });
    let partial = chart
        .slots
        .iter()
        .any(|slot| slot.partial)
        .then(|| Entry { name: "Partial month".to_owned(), swatch: Swatch::Hatched });
    lines.chain(stack).chain(partial).collect()
}

fn draw_legend<DB: DrawingBackend>(pen: &Pen<DB>, entries: &[Entry<'_>], left: f64, top: f64) -> Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        let middle = top + 6.0 + LEGEND_ROW * count(index);
        let swatch = Frame { left, top: middle - 6.0, right: left + 14.0, bottom: middle + 6.0 };
        match &entry.swatch {
            Swatch::Fill(color) => pen.fill(swatch, *color)?,
            Swatch::Hatched => {
                pen.fill(swatch, MUTED.lighter(90))?;
                pen.hatch(swatch)?;
            }
            Swatch::Line(line) => {
                pen.line(&[(left - 4.0, middle), (left + 18.0, middle)], line.color, 2.0)?;
                pen.shape(&outline(line.marker, (left + 7.0, middle), 4.5), line.color)?;
            }
        }
        let name = fitted(&entry.name, LEGEND_WIDTH, LABEL)?;
        pen.text(&name, (left + 26.0, middle + 4.5), Align::Left, LABEL, INK)?;
    }
    Ok(())
}

fn height_at(plot: &Frame, axis: &Axis, amount: Decimal) -> f64 {
    plot.bottom - plot.height() * axis.fraction(amount)
}

fn ratio_at(plot: &Frame, ratio: Decimal) -> f64 {
    let shown = ratio.clamp(Decimal::ZERO, Decimal::ONE);
    plot.bottom - plot.height() * shown.to_f64().unwrap_or(0.0)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}
