//! What a chart shows, before anything is drawn: series, units and words, all taken from the model.

use rust_decimal::Decimal;

use super::numbers::Numbers;
use crate::terms::Basis;

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSpec {
    /// Stable name; also the name of the PNG file.
    pub id: &'static str,
    /// Cost basis, where the chart is there once for each: then the page shows the one that is switched on.
    pub basis: Option<Basis>,
    /// Heading.
    pub title: String,
    /// The content in words, for those who cannot see the picture.
    pub description: String,
    /// How to read it: one or two sentences beside the picture.
    pub caption: String,
    /// Unit of the axis: "USD per month, amortised".
    pub unit: String,
    /// How amounts are written in the picture.
    pub numbers: Numbers,
    /// The figures.
    pub kind: ChartKind,
}

/// The shapes of chart.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartKind {
    /// Stacked columns by month, with lines on a per cent axis, or lines alone.
    Stacked(Stacked),
    /// From one total to another, step by step.
    Waterfall(Waterfall),
    /// One month by day or by hour, with events.
    Timeline(Box<Timeline>),
}

/// One month by day or by hour: columns, or an area with a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Days or hours from left to right.
    pub places: usize,
    /// Names under the axis, each with its place.
    pub names: Vec<(usize, String)>,
    /// Stacked columns, from the bottom up; may be empty.
    pub columns: Vec<Series>,
    /// An area in steps.
    pub area: Option<Series>,
    /// A line in steps over it.
    pub line: Option<StepLine>,
    /// A level across the picture.
    pub level: Option<Level>,
    /// Planned events, by their begin.
    pub bands: Vec<Band>,
    /// Name of the bands in the legend.
    pub band_name: String,
    /// The line at the begin of a band.
    pub band_color: Rgb,
    /// Spans marked along the axis: first place, and the first after.
    pub marks: Vec<(usize, usize)>,
    /// Name of the marks in the legend.
    pub mark_name: String,
    /// The colour of the marks.
    pub mark_color: Rgb,
    /// The highest value with its place, written in the picture.
    pub peak: Option<(usize, Decimal)>,
    /// The axis counts things; else it is of money.
    pub is_count: bool,
}

/// A line in steps.
#[derive(Debug, Clone, PartialEq)]
pub struct StepLine {
    /// Name in the legend.
    pub name: String,
    /// Stroke.
    pub color: Rgb,
    /// One value for each place; `None` breaks the line.
    pub values: Vec<Option<Decimal>>,
}

/// A level across a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Name in the legend.
    pub name: String,
    /// Its height.
    pub value: Decimal,
}

/// A planned event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Its name.
    pub name: String,
    /// First place.
    pub from: usize,
    /// First place after it.
    pub to: usize,
}

/// Stacked columns by month.
#[derive(Debug, Clone, PartialEq)]
pub struct Stacked {
    /// The months, oldest first.
    pub slots: Vec<Slot>,
    /// The stack, from the bottom up.
    pub series: Vec<Series>,
    /// Ratios of 0 to 1 on an axis of their own; may be empty.
    pub lines: Vec<Line>,
    /// Name of the hatching in the legend: "Partial month".
    pub partial_name: String,
}

/// One place on the horizontal axis: a month, or what belongs to none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slot {
    /// First row under the axis: "Jan", "1월".
    pub name: String,
    /// Second row, written where it changes: the year.
    pub group: String,
    /// A word in small print: "partial"; may be empty.
    pub note: String,
    /// The data does not reach the end of the month: the column is hatched.
    pub is_partial: bool,
    /// No month: it stands apart, and its name is written in full.
    pub is_apart: bool,
    /// Figure above the column; `None` for none.
    pub total: Option<Decimal>,
}

/// One layer of the stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// How it is filled.
    pub paint: Paint,
    /// One amount for each slot; negative ones stack downwards.
    pub values: Vec<Decimal>,
}

/// How an area is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// The colour of the area.
    pub fill: Rgb,
    /// A thin line around it, where the fill alone is too pale for one of the papers.
    pub outline: Option<Rgb>,
}

/// One line of ratios.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// Stroke.
    pub color: Rgb,
    /// Shape of the points, so that lines differ without colour.
    pub marker: Marker,
    /// Lengths of stroke and gap in logical pixels; `None` for a line without gaps.
    pub dash: Option<(f64, f64)>,
    /// One ratio for each slot; `None` breaks the line.
    pub values: Vec<Option<Decimal>>,
}

/// Shape of the points of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square that stands on its corner.
    Diamond,
    /// A triangle that stands on its side.
    Triangle,
}

/// From one total to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// First a total, then the changes, then the total they lead to.
    pub steps: Vec<Step>,
    /// The axis begins above zero, where the changes are small beside the totals; the unit says so.
    pub is_cut: bool,
}

/// One bar of a waterfall.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A bar from zero.
    Total {
        /// Name of the bar.
        label: String,
        /// Its amount.
        amount: Decimal,
    },
    /// A bar from where the one before ended.
    Change {
        /// Name of the bar.
        label: String,
        /// Its signed amount.
        amount: Decimal,
    },
}

impl Step {
    /// Returns the name of the bar.
    pub fn label(&self) -> &str {
        match self {
            Step::Total { label, .. } | Step::Change { label, .. } => label,
        }
    }

    /// Returns the amount of the bar.
    pub fn amount(&self) -> Decimal {
        match self {
            Step::Total { amount, .. } | Step::Change { amount, .. } => *amount,
        }
    }
}

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Returns the colour mixed with another one: 0 is the colour, 255 is the other.
    #[must_use]
    pub fn mixed(self, other: Self, share: u8) -> Self {
        let mix = |own: u8, other: u8| {
            let mixed = (u16::from(own) * u16::from(255 - share) + u16::from(other) * u16::from(share)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}
