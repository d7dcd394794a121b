//! Draws stacked columns by month, with lines on a per cent axis, or the lines alone.

use plotters::prelude::DrawingBackend;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    axis::Axis,
    legend::{self, Legend},
    lines,
    numbers::Numbers,
    pen::{Align, FIGURE, Frame, Pen, SMALL, widest, width_of},
    render::WIDTH,
    spec::{Paint, Slot, Stacked},
};
use crate::error::Result;

/// Height of the chart in logical pixels.
pub(super) const HEIGHT: u32 = 400;

const EDGE: f64 = 20.0;
const TOP: f64 = 78.0;
const BOTTOM: f64 = 60.0;

/// Where the columns stand.
pub(super) struct Places {
    /// Their middles.
    pub(super) centers: Vec<f64>,
    /// Room for each.
    pub(super) width: f64,
}

/// Draws the chart under its heading.
pub(super) fn paint<DB: DrawingBackend>(pen: &Pen<DB>, chart: &Stacked, numbers: &Numbers) -> Result<()> {
    let legend = Legend::of(chart)?;
    let has_columns = !chart.series.is_empty();
    let has_both = has_columns && !chart.lines.is_empty();
    let (axis, labels) = if has_columns { money_axis(chart, numbers) } else { lines::axis(chart) };
    let shares = if has_both { lines::shares(&axis) } else { Vec::new() };
    let share_width = widest(shares.iter().map(|(_, label)| label.as_str()), SMALL)?;
    let plot = Frame {
        left: EDGE + widest(labels.iter().map(|(_, label)| label.as_str()), SMALL)? + 8.0,
        top: TOP,
        right: WIDTH - EDGE - legend.room() - if has_both { share_width + 8.0 } else { 0.0 },
        bottom: f64::from(HEIGHT) - BOTTOM,
    };
    let y_at = |amount| plot.bottom - plot.height() * axis.fraction(amount);

    let (grid, muted) = (pen.palette.grid, pen.palette.muted);
    for (tick, label) in &labels {
        pen.line(&[(plot.left, y_at(*tick)), (plot.right, y_at(*tick))], grid, 1.0)?;
        pen.text(label, (plot.left - 8.0, y_at(*tick) + 4.0), Align::Right, SMALL, muted)?;
    }
    for (tick, label) in &shares {
        pen.text(label, (plot.right + 8.0, y_at(*tick) + 4.0), Align::Left, SMALL, muted)?;
    }
    let places = places(&chart.slots, &plot)?;
    columns(pen, chart, numbers, (&plot, &places), &y_at)?;
    let zero = y_at(Decimal::ZERO);
    pen.line(&[(plot.left, zero), (plot.right, zero)], pen.palette.axis, 1.0)?;
    months(pen, &chart.slots, &plot, &places)?;
    let whole = if has_columns { axis.high() } else { Decimal::ONE };
    for line in &chart.lines {
        let points = line.values.iter().zip(&places.centers);
        let points: Vec<_> = points
            .map(|(ratio, x)| ratio.map(|ratio| (*x, y_at(whole * ratio.clamp(Decimal::ZERO, Decimal::ONE)))))
            .collect();
        lines::draw(pen, line, &points, places.width)?;
    }
    legend::draw(pen, &legend, WIDTH - EDGE, plot.top)
}

/// Returns the axis of the amounts with the labels of its ticks.
fn money_axis(chart: &Stacked, numbers: &Numbers) -> (Axis, Vec<(Decimal, String)>) {
    let (low, high) = extent(chart);
    let mut axis = Axis::covering(low, high, 5, Decimal::new(1, numbers.places()));
    if !chart.lines.is_empty() {
        axis = lines::in_step(axis);
    }
    let ticks = axis.ticks();
    let labels = numbers.ticks(&ticks);
    (axis, ticks.into_iter().zip(labels).collect())
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

/// Shares the width out: what is no month gets room for its name.
fn places(slots: &[Slot], plot: &Frame) -> Result<Places> {
    const GAP: f64 = 18.0;
    let apart: Vec<f64> = slots
        .iter()
        .filter(|slot| slot.is_apart)
        .map(|slot| Ok(width_of(&slot.name, SMALL)?.max(24.0) + GAP))
        .collect::<Result<_>>()?;
    let months = slots.len() - apart.len();
    let even = plot.width() / count(slots.len().max(1));
    let wide: f64 = apart.iter().map(|width| width.max(even)).sum();
    let width = if months == 0 { even } else { (plot.width() - wide).max(0.0) / count(months) };
    let mut left = plot.left;
    let mut apart = apart.into_iter();
    let mut centers = Vec::with_capacity(slots.len());
    for slot in slots {
        let own = if slot.is_apart && months > 0 { apart.next().unwrap_or(even).max(even) } else { width };
        centers.push(left + own / 2.0);
        left += own;
    }
    Ok(Places { centers, width })
}

fn columns<DB: DrawingBackend>(
    pen: &Pen<DB>,
    chart: &Stacked,
    numbers: &Numbers,
    (plot, places): (&Frame, &Places),
    y_at: &impl Fn(Decimal) -> f64,
) -> Result<()> {
    let width = (places.width * 0.68).min(56.0);
    let totals: Vec<_> = chart.slots.iter().map(|slot| slot.total.map(|total| numbers.compact(total))).collect();
    let widest_total = widest(totals.iter().flatten().map(String::as_str), FIGURE)?;
    // A figure has room when its column is wide enough or the next one is far.
    let stands: Vec<f64> =
        places.centers.iter().zip(&totals).filter_map(|(at, total)| total.as_ref().map(|_| *at)).collect();
    let has_room =
        |at: f64| stands.iter().all(|other| (other - at).abs() < 0.5 || (other - at).abs() >= widest_total + 6.0);
    for (index, (slot, center)) in chart.slots.iter().zip(&places.centers).enumerate() {
        let width = if slot.is_apart { width.max(12.0) } else { width };
        let (left, right) = (center - width / 2.0, center + width / 2.0);
        let (mut up, mut down) = (Decimal::ZERO, Decimal::ZERO);
        for series in &chart.series {
            let value = series.values.get(index).copied().unwrap_or_default();
            let is_up = value >= Decimal::ZERO;
            let from = if is_up { &mut up } else { &mut down };
            let start = *from;
            *from += value;
            let (y0, y1) = (y_at(start), y_at(*from));
            let mut frame = Frame { left, top: y0.min(y1), right, bottom: y0.max(y1) };
            if value.is_zero() || frame.height() < 0.25 {
                continue;
            }
            if frame.height() > 3.0 && !start.is_zero() {
                // A gap between the layers tells them apart without their colours.
                if is_up { frame.bottom -= 1.0 } else { frame.top += 1.0 }
            }
            let Paint { fill, outline } = series.paint;
            let fill = if slot.is_partial { fill.mixed(pen.palette.paper, 90) } else { fill };
            pen.fill_with(frame, Paint { fill, outline })?;
        }
        let frame = Frame { left, top: y_at(up), right, bottom: y_at(down) };
        if slot.is_partial {
            pen.hatch(frame)?;
        }
        if let Some(total) = totals.get(index).and_then(Option::as_ref)
            && has_room(*center)
        {
            let half = width_of(total, FIGURE)? / 2.0;
            let middle = center.min(plot.right - half).max(plot.left + half);
            pen.text_on_paper(total, (middle, frame.top - 6.0), Align::Center, FIGURE)?;
        }
    }
    Ok(())
}

/// Writes months under the columns, as many as fit, the year where it changes, and what is to be noted.
fn months<DB: DrawingBackend>(pen: &Pen<DB>, slots: &[Slot], plot: &Frame, places: &Places) -> Result<()> {
    let (ink, muted) = (pen.palette.ink, pen.palette.muted);
    let months = slots.iter().filter(|slot| !slot.is_apart);
    let widest_name = widest(months.flat_map(|slot| [slot.name.as_str(), slot.group.as_str()]), SMALL)?;
    let step = [1, 2, 3, 4, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|step| places.width * count(*step) >= widest_name + 6.0)
        .unwrap_or(usize::MAX);
    // Names fall on Januaries, where there is one.
    let new_year = slots.windows(2).position(|pair| pair[0].group != pair[1].group).map_or(0, |before| before + 1);
    // Where few months have a column, those have their names.
    let is_sparse =
        step > 1 && slots.iter().any(|slot| slot.total.is_some()) && slots.iter().any(|slot| slot.total.is_none());
    let mut name_end = f64::NEG_INFINITY;
    let phase = new_year.checked_rem(step).unwrap_or_default();
    let mut group_before = "";
    // Where the last text of the second and of the third row ends.
    let mut ends = [f64::NEG_INFINITY; 2];
    for (index, (slot, &center)) in slots.iter().zip(&places.centers).enumerate() {
        let at = |row: u8| plot.bottom + 17.0 + 15.0 * f64::from(row);
        if slot.is_apart {
            pen.text(&slot.name, (center, at(0)), Align::Center, SMALL, ink)?;
        } else if (is_sparse && slot.total.is_some() && center - widest_name / 2.0 >= name_end)
            || (!is_sparse && index % step == phase)
        {
            name_end = center + widest_name / 2.0 + 4.0;
            pen.text(&slot.name, (center, at(0)), Align::Center, SMALL, ink)?;
            if slot.group != group_before {
                pen.text(&slot.group, (center, at(1)), Align::Center, SMALL, muted)?;
                ends[0] = center + width_of(&slot.group, SMALL)? / 2.0 + 4.0;
            }
            group_before = &slot.group;
        }
        if !slot.note.is_empty() {
            let half = width_of(&slot.note, SMALL)? / 2.0;
            let middle = center.min(plot.right - half).max(plot.left + half);
            let free = [1, 2].into_iter().zip(&mut ends).find(|(_, end)| middle - half > **end);
            if let Some((row, end)) = free {
                pen.text(&slot.note, (middle, at(row)), Align::Center, SMALL, muted)?;
                *end = middle + half + 4.0;
            }
        }
    }
    Ok(())
}

pub(super) fn count(number: usize) -> f64 {
    number.to_f64().unwrap_or(f64::MAX)
}
