//! Draws one month day by day or hour by hour: columns, or an area with a line, under the names of planned events.

use plotters::prelude::DrawingBackend;
use rust_decimal::Decimal;

use super::{
    axis::Axis,
    numbers::Numbers,
    palette::Palette,
    pen::{Align, FIGURE, Frame, Pen, SMALL, fitted, widest, width_of},
    render::WIDTH,
    spec::{Band, Paint, Rgb, Timeline},
    stacked::count,
};
use crate::{error::Result, units::grouped};

/// Height of the chart in logical pixels.
pub(super) const HEIGHT: u32 = 420;

const EDGE: f64 = 20.0;
/// Baseline of the legend.
const LEGEND: f64 = 75.0;
/// Baseline of the first row of event names.
const NAMES: f64 = 99.0;
/// From row to row of event names.
const ROW: f64 = 16.0;
/// Rows of event names at most; what finds no room is a band without a name.
const MOST_ROWS: usize = 3;
/// Widest name of an event.
const NAME: f64 = 168.0;
const BOTTOM: f64 = 40.0;

/// Where things stand.
struct Layout {
    plot: Frame,
    places: usize,
    axis: Axis,
}

impl Layout {
    fn x(&self, place: usize) -> f64 {
        self.plot.left + self.plot.width() * count(place) / count(self.places.max(1))
    }

    fn y(&self, amount: Decimal) -> f64 {
        self.plot.bottom - self.plot.height() * self.axis.fraction(amount)
    }
}

/// Draws the chart under its heading.
pub(super) fn paint<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, numbers: &Numbers) -> Result<()> {
    let (low, high) = extent(chart);
    let finest = if chart.is_count { Decimal::ONE } else { Decimal::new(1, numbers.places()) };
    let axis = Axis::covering(low, high, 5, finest);
    let ticks = axis.ticks();
    let labels =
        if chart.is_count { ticks.iter().map(|tick| grouped(*tick, 0)).collect() } else { numbers.ticks(&ticks) };
    let left = EDGE + widest(labels.iter().map(String::as_str), SMALL)? + 8.0;
    let right = WIDTH - EDGE;
    let x_of = |place: usize| left + (right - left) * count(place) / count(chart.places.max(1));
    let named = named(&chart.bands, &x_of, right)?;
    let rows = named.iter().filter_map(|name| name.as_ref().map(|name| name.row + 1)).max().unwrap_or_default();
    let top = NAMES + ROW * count(rows) - if rows == 0 { 8.0 } else { 4.0 };
    let plot = Frame { left, top, right, bottom: f64::from(HEIGHT) - BOTTOM };
    let layout = Layout { plot, places: chart.places, axis };

    for (tick, label) in ticks.iter().zip(&labels) {
        let y = layout.y(*tick);
        pen.line(&[(plot.left, y), (plot.right, y)], pen.palette.grid, 1.0)?;
        pen.text(label, (plot.left - 8.0, y + 4.0), Align::Right, SMALL, pen.palette.muted)?;
    }
    bands(pen, chart, &layout, &named)?;
    columns(pen, chart, &layout)?;
    steps(pen, chart, &layout)?;
    let zero = layout.y(Decimal::ZERO);
    pen.line(&[(plot.left, zero), (plot.right, zero)], pen.palette.axis, 1.0)?;
    if let Some(level) = &chart.level {
        let y = layout.y(level.value);
        dashed(pen, (plot.left, plot.right), y, pen.palette.ink)?;
    }
    marks(pen, chart, &layout)?;
    names_of_places(pen, chart, &layout)?;
    peak(pen, chart, &layout)?;
    for name in named.iter().flatten() {
        pen.text_on_paper(&name.text, (name.left, name.baseline()), Align::Left, SMALL)?;
    }
    legend(pen, chart)
}

fn extent(chart: &Timeline) -> (Decimal, Decimal) {
    let mut ends = (Decimal::ZERO, Decimal::ZERO);
    for place in 0..chart.places {
        let (mut down, mut up) = (Decimal::ZERO, Decimal::ZERO);
        for value in chart.columns.iter().filter_map(|series| series.values.get(place)) {
            down += (*value).min(Decimal::ZERO);
            up += (*value).max(Decimal::ZERO);
        }
        ends = (ends.0.min(down), ends.1.max(up));
    }
    let steps = chart.area.iter().flat_map(|area| &area.values);
    let lines = chart.line.iter().flat_map(|line| line.values.iter().flatten());
    let high = steps.chain(lines).copied().chain(chart.level.iter().map(|level| level.value)).max();
    (ends.0, ends.1.max(high.unwrap_or_default()))
}

/// The name of an event with its place.
struct Name {
    text: String,
    left: f64,
    row: usize,
}

impl Name {
    fn baseline(&self) -> f64 {
        NAMES + ROW * count(self.row)
    }
}

/// Gives each band a row for its name, where there is room.
fn named(bands: &[Band], x_of: &impl Fn(usize) -> f64, right: f64) -> Result<Vec<Option<Name>>> {
    let mut ends = [f64::NEG_INFINITY; MOST_ROWS];
    let mut names = Vec::with_capacity(bands.len());
    for band in bands {
        let text = fitted(&band.name, NAME, SMALL)?;
        let width = width_of(&text, SMALL)?;
        let left = (x_of(band.from) + 4.0).min(right - width - 2.0);
        let row = ends.iter().position(|end| left >= *end).filter(|_| !text.is_empty());
        names.push(row.map(|row| {
            ends[row] = left + width + 10.0;
            Name { text, left, row }
        }));
    }
    Ok(names)
}

/// Draws the events behind the figures: an area over their time, and a line up to their name.
fn bands<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout, named: &[Option<Name>]) -> Result<()> {
    /// A narrow event is still to be seen beside what it caused.
    const LEAST: f64 = 5.0;
    let plot = layout.plot;
    for (band, name) in chart.bands.iter().zip(named) {
        let (from, to) = (layout.x(band.from), layout.x(band.to));
        let more = ((LEAST - (to - from)) / 2.0).max(0.0);
        pen.fill(Frame { left: from - more, top: plot.top, right: to + more, bottom: plot.bottom }, pen.palette.grid)?;
        let top = name.as_ref().map_or(plot.top - 3.0, |name| name.baseline() - 9.0);
        pen.line(&[(from, top), (from, plot.top + 6.0)], chart.band_color, 1.5)?;
    }
    Ok(())
}

fn columns<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout) -> Result<()> {
    let room = layout.x(1) - layout.x(0);
    let gap = (room * 0.16).min(6.0);
    for place in 0..chart.places {
        let (left, right) = (layout.x(place) + gap, layout.x(place + 1) - gap);
        let (mut up, mut down) = (Decimal::ZERO, Decimal::ZERO);
        for series in &chart.columns {
            let value = series.values.get(place).copied().unwrap_or_default();
            let from = if value >= Decimal::ZERO { &mut up } else { &mut down };
            let start = *from;
            *from += value;
            let (y0, y1) = (layout.y(start), layout.y(*from));
            let frame = Frame { left, top: y0.min(y1), right, bottom: y0.max(y1) };
            if frame.height() >= 0.25 {
                pen.fill_with(frame, series.paint)?;
            }
        }
    }
    Ok(())
}

/// Draws the area and the line, a step for each place.
fn steps<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout) -> Result<()> {
    let zero = layout.y(Decimal::ZERO);
    if let Some(area) = &chart.area {
        let values: Vec<Option<Decimal>> = area.values.iter().copied().map(Some).collect();
        for run in runs(&values, layout) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let mut shape = vec![(first.0, zero)];
            shape.extend(&run);
            shape.push((last.0, zero));
            pen.shape(&shape, area.paint.fill)?;
        }
    }
    if let Some(line) = &chart.line {
        for run in runs(&line.values, layout) {
            pen.line(&run, line.color, 1.5)?;
        }
    }
    Ok(())
}

/// Returns the corners of the steps, broken where a value is not known; what stays level has two corners only.
fn runs(values: &[Option<Decimal>], layout: &Layout) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before: Option<Decimal> = None;
    for (place, value) in values.iter().enumerate() {
        let (left, right) = (layout.x(place), layout.x(place + 1));
        match (value, before, runs.last_mut()) {
            (Some(value), Some(same), Some(run)) if *value == same => {
                if let Some(last) = run.last_mut() {
                    last.0 = right;
                }
            }
            (Some(value), Some(_), Some(run)) => run.extend([(left, layout.y(*value)), (right, layout.y(*value))]),
            (Some(value), _, _) => runs.push(vec![(left, layout.y(*value)), (right, layout.y(*value))]),
            (None, ..) => {}
        }
        before = *value;
    }
    runs
}

/// Marks spans by a bar along the axis.
fn marks<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout) -> Result<()> {
    for (from, to) in &chart.marks {
        let (left, right) = (layout.x(*from), layout.x(*to));
        let middle = f64::midpoint(left, right);
        let half = ((right - left) / 2.0).max(2.0);
        let bottom = layout.plot.bottom;
        let frame = Frame { left: middle - half, top: bottom + 1.0, right: middle + half, bottom: bottom + 5.0 };
        pen.fill(frame, chart.mark_color)?;
    }
    Ok(())
}

/// Writes the names of the places, as many as fit.
fn names_of_places<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout) -> Result<()> {
    let mut end = f64::NEG_INFINITY;
    for (place, name) in &chart.names {
        let half = width_of(name, SMALL)? / 2.0;
        let middle = f64::midpoint(layout.x(*place), layout.x(*place + 1));
        if middle - half >= end && middle + half <= WIDTH - 2.0 {
            pen.text(name, (middle, layout.plot.bottom + 20.0), Align::Center, SMALL, pen.palette.ink)?;
            end = middle + half + 5.0;
        }
    }
    Ok(())
}

/// Writes the highest value above its place.
fn peak<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline, layout: &Layout) -> Result<()> {
    let Some((place, value)) = chart.peak else { return Ok(()) };
    let text = grouped(value, u32::from(value.trunc() != value));
    let half = width_of(&text, FIGURE)? / 2.0;
    let center = f64::midpoint(layout.x(place), layout.x(place + 1));
    // Beside the highest step, inside the plot.
    let right = center + 6.0 + 2.0 * half;
    let at = if right <= layout.plot.right { center + 6.0 + half } else { center - 6.0 - half };
    let y = (layout.y(value) + 4.0).max(layout.plot.top + 12.0);
    pen.text_on_paper(&text, (at, y), Align::Center, FIGURE)
}

fn dashed<DB: DrawingBackend>(pen: &Pen<DB>, (left, right): (f64, f64), y: f64, color: Rgb) -> Result<()> {
    const ON: f64 = 6.0;
    const OFF: f64 = 4.0;
    let mut x = left;
    while x < right {
        pen.line(&[(x, y), ((x + ON).min(right), y)], color, 1.0)?;
        x += ON + OFF;
    }
    Ok(())
}

/// What stands before a name in the legend.
enum Sign {
    Fill(Paint),
    Line(Rgb),
    Level,
    Band(Rgb),
    Mark(Rgb),
}

fn legend<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Timeline) -> Result<()> {
    const SIGN: f64 = 22.0;
    const GAP: f64 = 18.0;
    let mut entries: Vec<(&str, Sign)> = Vec::new();
    entries.extend(chart.columns.iter().chain(&chart.area).map(|series| (&*series.name, Sign::Fill(series.paint))));
    entries.extend(chart.line.iter().map(|line| (&*line.name, Sign::Line(line.color))));
    entries.extend(chart.level.iter().map(|level| (&*level.name, Sign::Level)));
    entries.extend((!chart.bands.is_empty()).then_some((&*chart.band_name, Sign::Band(chart.band_color))));
    entries.extend((!chart.marks.is_empty()).then_some((&*chart.mark_name, Sign::Mark(chart.mark_color))));
    let room = (WIDTH - 2.0 * EDGE) / count(entries.len().max(1)) - SIGN - GAP;
    let mut left = EDGE;
    for (name, sign) in entries {
        let middle = LEGEND - 4.0;
        let swatch = Frame { left, top: middle - 5.0, right: left + 14.0, bottom: middle + 5.0 };
        let Palette { ink, grid, .. } = pen.palette;
        match sign {
            Sign::Fill(paint) => pen.fill_with(swatch, paint)?,
            Sign::Line(color) => pen.line(&[(left, middle), (left + 15.0, middle)], color, 1.5)?,
            Sign::Level => dashed(pen, (left, left + 15.0), middle, ink)?,
            Sign::Band(color) => {
                pen.fill(swatch, grid)?;
                pen.line(&[(left, swatch.top), (left, swatch.bottom)], color, 1.5)?;
            }
            Sign::Mark(color) => {
                pen.fill(Frame { top: middle - 2.0, bottom: middle + 2.0, ..swatch }, color)?;
            }
        }
        let text = fitted(name, room, SMALL)?;
        pen.text(&text, (left + SIGN, LEGEND), Align::Left, SMALL, ink)?;
        left += SIGN + width_of(&text, SMALL)? + GAP;
    }
    Ok(())
}
