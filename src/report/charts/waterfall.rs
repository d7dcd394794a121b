//! Draws a waterfall: horizontal bars, so that long service names have room.

use plotters::prelude::DrawingBackend;
use rust_decimal::Decimal;

use super::{
    axis::Axis,
    numbers::Numbers,
    palette::{LESS, MORE, TOTAL},
    pen::{Align, FIGURE, Frame, LABEL, Pen, SMALL, fitted, widest},
    render::WIDTH,
    spec::{Step, Waterfall},
};
use crate::error::Result;

const EDGE: f64 = 20.0;
const TOP: f64 = 66.0;
const ROW: u32 = 32;
const BAR: f64 = 18.0;
const NAMES: f64 = 200.0;

/// Returns the height of the chart in logical pixels.
pub(super) fn height(chart: &Waterfall) -> u32 {
    let rows = u32::try_from(chart.steps.len()).unwrap_or(u32::MAX).min(60);
    66 + rows * ROW + 40
}

/// Draws the chart under its heading.
pub(super) fn paint<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Waterfall, numbers: &Numbers) -> Result<()> {
    let spans = spans(chart);
    let levels = spans.iter().flat_map(|(from, to)| [*from, *to]);
    let (low, high) = levels
        .filter(|level| !(chart.is_cut && level.is_zero()))
        .fold((Decimal::MAX, Decimal::MIN), |(low, high), level| (low.min(level), high.max(level)));
    let figures = figures(chart, numbers);
    let figure_width = widest(figures.iter().map(String::as_str), FIGURE)?;
    let name_width = widest(chart.steps.iter().map(Step::label), FIGURE)?.min(NAMES);
    let plot = Frame {
        left: EDGE + name_width + 14.0,
        top: TOP,
        right: WIDTH - EDGE - figure_width - 10.0,
        bottom: f64::from(height(chart)) - 40.0,
    };

    let (axis, labels) = axis_that_fits((low, high), chart.is_cut, numbers, plot.width())?;
    let x_at = |amount| plot.left + plot.width() * axis.fraction(amount);
    for (tick, label) in &labels {
        let x = x_at(*tick);
        pen.line(&[(x, plot.top), (x, plot.bottom)], pen.palette.grid, 1.0)?;
        pen.text(label, (x, plot.bottom + 18.0), Align::Center, SMALL, pen.palette.muted)?;
    }
    if !chart.is_cut {
        let zero = x_at(Decimal::ZERO);
        pen.line(&[(zero, plot.top), (zero, plot.bottom)], pen.palette.axis, 1.0)?;
    }

    let mut middle = plot.top + f64::from(ROW) / 2.0;
    for (index, ((step, (from, to)), figure)) in chart.steps.iter().zip(&spans).zip(&figures).enumerate() {
        let (x0, x1) = (x_at(*from).max(plot.left), x_at(*to));
        let bar = Frame {
            left: x0.min(x1),
            top: middle - BAR / 2.0,
            // The smallest change still shows as a line.
            right: x0.max(x1).max(x0.min(x1) + 1.5),
            bottom: middle + BAR / 2.0,
        };
        let (color, style) = match step {
            Step::Total { .. } => (TOTAL, FIGURE),
            Step::Change { amount, .. } if amount.is_sign_negative() => (LESS, LABEL),
            Step::Change { .. } => (MORE, LABEL),
        };
        pen.fill(bar, color)?;
        if chart.is_cut && from.is_zero() {
            cut(pen, &bar)?;
        }
        if index + 1 < chart.steps.len() {
            pen.line(&[(x1, bar.bottom), (x1, bar.bottom + f64::from(ROW) - BAR)], pen.palette.axis, 1.0)?;
        }
        let name = fitted(step.label(), name_width, style)?;
        pen.text(&name, (plot.left - 14.0, middle + 4.5), Align::Right, style, pen.palette.ink)?;
        pen.text_on_paper(figure, (bar.right + 8.0, middle + 4.5), Align::Left, style)?;
        middle += f64::from(ROW);
    }
    Ok(())
}

/// Cuts a bar near its beginning: what is left of the axis is not drawn to scale.
fn cut<DB: DrawingBackend>(pen: &Pen<DB>, bar: &Frame) -> Result<()> {
    const SLANT: f64 = 5.0;
    for left in [bar.left + 14.0, bar.left + 20.0] {
        let (top, bottom) = (bar.top - 1.0, bar.bottom + 1.0);
        let corners = [(left + SLANT, top), (left + SLANT + 3.0, top), (left + 3.0, bottom), (left, bottom)];
        pen.shape(&corners, pen.palette.paper)?;
    }
    Ok(())
}

/// Returns from where to where each bar goes.
fn spans(chart: &Waterfall) -> Vec<(Decimal, Decimal)> {
    let mut level = Decimal::ZERO;
    chart
        .steps
        .iter()
        .map(|step| {
            let from = match step {
                Step::Total { .. } => Decimal::ZERO,
                Step::Change { .. } => level,
            };
            level = from + step.amount();
            (from, level)
        })
        .collect()
}

/// Returns the amounts as they are written beside the bars.
fn figures(chart: &Waterfall, numbers: &Numbers) -> Vec<String> {
    let largest = chart.steps.iter().map(|step| step.amount().abs()).max().unwrap_or_default();
    chart
        .steps
        .iter()
        .map(|step| {
            let text = numbers.full(step.amount(), largest);
            match step {
                Step::Change { amount, .. } if *amount > Decimal::ZERO => format!("+{text}"),
                _ => text,
            }
        })
        .collect()
}

/// Returns the finest axis whose labels do not touch.
fn axis_that_fits(
    (low, high): (Decimal, Decimal),
    is_cut: bool,
    numbers: &Numbers,
    width: f64,
) -> Result<(Axis, Vec<(Decimal, String)>)> {
    let mut intervals = 6;
    loop {
        let finest = Decimal::new(1, numbers.places());
        let axis = if is_cut {
            Axis::above_zero(low, high, intervals, finest)
        } else {
            Axis::covering(low, high, intervals, finest)
        };
        let ticks = axis.ticks();
        let labels = numbers.ticks(&ticks);
        let labels: Vec<_> = ticks.into_iter().zip(labels).collect();
        let widest = widest(labels.iter().map(|(_, label)| label.as_str()), SMALL)?;
        let gaps = u32::try_from(labels.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        if intervals == 1 || widest + 14.0 <= width / f64::from(gaps) {
            return Ok((axis, labels));
        }
        intervals -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::words::{Language, Words};

    fn chart(amounts: &[i64]) -> Waterfall {
        let label = || "x".to_owned();
        let mut steps: Vec<_> =
            amounts.iter().map(|a| Step::Change { label: label(), amount: Decimal::from(*a) }).collect();
        let total = |amount: i64| Step::Total { label: label(), amount: Decimal::from(amount) };
        steps.insert(0, total(100));
        steps.push(total(100 + amounts.iter().sum::<i64>()));
        Waterfall { steps, is_cut: false }
    }

    #[test]
    fn bars_hang_on_each_other_and_totals_stand_on_zero() {
        let spans = spans(&chart(&[-30, 50, -150]));
        let expected = [(0, 100), (100, 70), (70, 120), (120, -30), (0, -30)];
        let expected = expected.map(|(from, to)| (Decimal::from(from), Decimal::from(to)));
        assert_eq!(spans, expected);
    }

    #[test]
    fn changes_carry_their_sign() {
        let numbers = Numbers::of(&Words::of(Language::English).unwrap(), "USD");
        let figures = |chart: &Waterfall| figures(chart, &numbers);
        assert_eq!(figures(&chart(&[-30, 50])), ["100.00", "−30.00", "+50.00", "120.00"]);
        assert_eq!(figures(&chart(&[0, 1_000_000]))[2], "+1,000,000");
    }
}
