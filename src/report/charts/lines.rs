//! Lines of ratios: their axis, strokes and markers.

use plotters::prelude::DrawingBackend;
use rust_decimal::Decimal;

use super::{
    axis::Axis,
    pen::Pen,
    spec::{Line, Marker, Stacked},
    stacked::count,
};
use crate::error::Result;

const STROKE: f64 = 2.0;
/// Paper on both sides of a line keeps it apart from the columns behind it.
const HALO: f64 = 1.5;

/// Returns the axis of a chart of lines alone, around its ratios, with its labels.
pub(super) fn axis(chart: &Stacked) -> (Axis, Vec<(Decimal, String)>) {
    let highest = chart.lines.iter().flat_map(|line| line.values.iter().flatten()).max().copied().unwrap_or_default();
    let highest = highest.clamp(Decimal::new(5, 2), Decimal::ONE);
    let axis = Axis::covering(Decimal::ZERO, highest, 5, Decimal::new(1, 2));
    let label = |tick: Decimal| (tick, per_cent(tick));
    (axis, axis.ticks().into_iter().map(label).collect())
}

/// Widens the axis until its steps above zero are also round parts of a whole.
pub(super) fn in_step(axis: Axis) -> Axis {
    let axis = match axis.steps_up() {
        0 => axis.raised(2),
        1 | 3 => axis.raised(1),
        _ => axis,
    };
    if axis.steps_up() > 6 { axis.raised(u32::from(axis.steps_up() % 2 == 1)) } else { axis }
}

/// Returns the ticks that are also labelled as parts of a whole, which is the highest one.
pub(super) fn shares(axis: &Axis) -> Vec<(Decimal, String)> {
    let steps = axis.steps_up();
    let parts = [5, 4, 2, 1].into_iter().find(|parts| steps.is_multiple_of(*parts)).unwrap_or(1);
    let share = |part: u32| Decimal::from(part) / Decimal::from(parts);
    (0..=parts).map(|part| (axis.high() * share(part), per_cent(share(part)))).collect()
}

fn per_cent(ratio: Decimal) -> String {
    format!("{} %", (ratio * Decimal::ONE_HUNDRED).normalize())
}

/// Draws a line through the points that are there; `room` is the width that a point has.
pub(super) fn draw<DB: DrawingBackend>(
    pen: &Pen<DB>,
    line: &Line,
    points: &[Option<(f64, f64)>],
    room: f64,
) -> Result<()> {
    for run in points.split(Option::is_none) {
        let run: Vec<_> = run.iter().flatten().copied().collect();
        if run.len() > 1 {
            pen.line(&run, pen.palette.paper, STROKE + 2.0 * HALO)?;
            stroke(pen, line, &run)?;
        }
    }
    // Where months are narrow, some of the markers are enough; a point without neighbours always has one.
    let step = (1..12).find(|step| room * count(*step) >= 12.0).unwrap_or(12);
    let radius = (room * 0.22).clamp(3.0, 5.0);
    let is_there = |index: Option<usize>| index.and_then(|index| points.get(index)).is_some_and(Option::is_some);
    for (index, point) in points.iter().enumerate() {
        let Some(point) = *point else { continue };
        let goes_on = is_there(index.checked_add(1));
        if index % step == 0 || !goes_on || !is_there(index.checked_sub(1)) {
            mark(pen, line, point, radius)?;
        }
    }
    Ok(())
}

fn mark<DB: DrawingBackend>(pen: &Pen<DB>, line: &Line, at: (f64, f64), radius: f64) -> Result<()> {
    for (radius, color) in [(radius + HALO, pen.palette.paper), (radius, line.color)] {
        match line.marker {
            Marker::Circle => pen.disc(at, radius, color)?,
            Marker::Diamond => pen.shape(&corners(4, at, radius * 1.25, 0.0), color)?,
            Marker::Triangle => pen.shape(&corners(3, at, radius * 1.35, -0.25), color)?,
        }
    }
    Ok(())
}

/// Draws a short piece of the line for the legend.
pub(super) fn sample<DB: DrawingBackend>(pen: &Pen<DB>, line: &Line, (left, right): (f64, f64), y: f64) -> Result<()> {
    stroke(pen, line, &[(left, y), (right, y)])?;
    mark(pen, line, (f64::midpoint(left, right), y), 4.5)
}

fn stroke<DB: DrawingBackend>(pen: &Pen<DB>, line: &Line, run: &[(f64, f64)]) -> Result<()> {
    let Some((on, off)) = line.dash else { return pen.line(run, line.color, STROKE) };
    for dash in dashes(run, on, off) {
        pen.line(&dash, line.color, STROKE)?;
    }
    Ok(())
}

/// Cuts a line into dashes, around its corners.
fn dashes(run: &[(f64, f64)], on: f64, off: f64) -> Vec<Vec<(f64, f64)>> {
    let (mut dashes, mut dash) = (Vec::new(), Vec::new());
    let (mut is_on, mut left) = (true, on);
    for pair in run.windows(2) {
        let &[(x0, y0), (x1, y1)] = pair else { continue };
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while done < length {
            let to = (done + left).min(length);
            let at = |way: f64| (x0 + (x1 - x0) * way / length, y0 + (y1 - y0) * way / length);
            if is_on {
                if dash.is_empty() {
                    dash.push(at(done));
                }
                dash.push(at(to));
            }
            left -= to - done;
            done = to;
            if left < 1e-6 {
                if is_on {
                    dashes.push(std::mem::take(&mut dash));
                }
                is_on = !is_on;
                left = if is_on { on } else { off };
            }
        }
    }
    if dash.len() > 1 {
        dashes.push(dash);
    }
    dashes
}

/// Returns the corners of a regular shape, turned by a part of a whole turn.
fn corners(count: u32, (x, y): (f64, f64), radius: f64, turned: f64) -> Vec<(f64, f64)> {
    let angle = |corner: u32| std::f64::consts::TAU * (f64::from(corner) / f64::from(count) + turned);
    (0..count).map(|corner| (x + radius * angle(corner).cos(), y + radius * angle(corner).sin())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_around_corners() {
        let run = [(0.0, 0.0), (5.0, 0.0), (5.0, 10.0)];
        let cut = dashes(&run, 4.0, 2.0);
        assert_eq!(cut[0], [(0.0, 0.0), (4.0, 0.0)]);
        assert_eq!(cut[1], [(5.0, 1.0), (5.0, 5.0)]);
        let cut = dashes(&run, 6.0, 2.0);
        assert_eq!(cut[0], [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0)]);
        assert_eq!(cut.len(), 2);
    }

    #[test]
    fn shares_stand_on_ticks() {
        let said = |high: i64| -> Vec<String> {
            let axis = in_step(Axis::covering(Decimal::ZERO, Decimal::from(high), 5, Decimal::ONE));
            assert!(axis.high() >= Decimal::from(high));
            shares(&axis).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(said(100), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(said(3), ["0 %", "25 %", "50 %", "75 %", "100 %"]);
        assert_eq!(said(1), ["0 %", "50 %", "100 %"]);
        for high in 1..400 {
            assert!(said(high).len() >= 3, "{high}");
        }
    }
}
