//! The legend to the right of a chart: lines first, then the stack as it stands, from the top down.

use plotters::prelude::DrawingBackend;

use super::{
    lines,
    pen::{Align, Frame, LABEL, Pen, fitted, widest},
    spec::{Line, Paint, Stacked},
    stacked::count,
};
use crate::error::Result;

/// Widest name.
const NAME: f64 = 156.0;
/// From the sign to the name.
const SIGN: f64 = 36.0;
const ROW: f64 = 22.0;
/// From the plot to the legend.
const GAP: f64 = 22.0;

/// The rows of a legend.
pub(super) struct Legend<'a> {
    entries: Vec<(String, Sign<'a>)>,
    width: f64,
}

enum Sign<'a> {
    Line(&'a Line),
    Fill(Paint),
    Hatched,
}

impl<'a> Legend<'a> {
    /// Returns the rows; one layer alone needs none.
    ///
    /// # Errors
    /// When the embedded font cannot be read.
    pub(super) fn of(chart: &'a Stacked) -> Result<Self> {
        let lines = chart.lines.iter().map(|line| (line.name.as_str(), Sign::Line(line)));
        let stack = chart.series.iter().rev().map(|series| (series.name.as_str(), Sign::Fill(series.paint)));
        let is_hatched = !chart.series.is_empty() && chart.slots.iter().any(|slot| slot.is_partial);
        let partial = is_hatched.then_some((chart.partial_name.as_str(), Sign::Hatched));
        let mut entries = Vec::new();
        for (name, sign) in lines.chain(stack).chain(partial) {
            entries.push((fitted(name, NAME, LABEL)?, sign));
        }
        if entries.len() < 2 {
            entries.clear();
        }
        let width = widest(entries.iter().map(|(name, _)| name.as_str()), LABEL)?;
        Ok(Self { entries, width })
    }

    /// Returns the width that it takes from the plot.
    pub(super) fn room(&self) -> f64 {
        if self.entries.is_empty() { 0.0 } else { GAP + SIGN + self.width }
    }
}

/// Draws the legend with its right edge and its top there.
pub(super) fn draw<DB: DrawingBackend>(pen: &Pen<DB>, legend: &Legend<'_>, right: f64, top: f64) -> Result<()> {
    let left = right - legend.width - SIGN;
    for (index, (name, sign)) in legend.entries.iter().enumerate() {
        let middle = top + 6.0 + ROW * count(index);
        let swatch = Frame { left: left + 7.0, top: middle - 6.0, right: left + 21.0, bottom: middle + 6.0 };
        match sign {
            Sign::Fill(paint) => pen.fill_with(swatch, *paint)?,
            Sign::Hatched => {
                pen.fill(swatch, pen.palette.muted)?;
                pen.hatch(swatch)?;
            }
            Sign::Line(line) => lines::sample(pen, line, (left, left + 28.0), middle)?,
        }
        pen.text(name, (left + SIGN, middle + 4.5), Align::Left, LABEL, pen.palette.ink)?;
    }
    Ok(())
}
