//! What a chart shows, before anything is drawn: series, units and words, all taken from the model.

use rust_decimal::Decimal;

use crate::units::Month;

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSpec {
    /// Stable name; also the name of the PNG file.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// The content in words, for those who cannot see the picture.
    pub description: String,
    /// How to read it: one sentence under the picture.
    pub caption: String,
    /// Unit of the money axis: "USD per month".
    pub unit: String,
    /// The figures.
    pub kind: ChartKind,
}

/// The two shapes of chart.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartKind {
    /// Stacked columns by month, with lines on a per cent axis.
    Stacked(Stacked),
    /// From one total to another, step by step.
    Waterfall(Waterfall),
}

/// Stacked columns by month.
#[derive(Debug, Clone, PartialEq)]
pub struct Stacked {
    /// The months, oldest first.
    pub slots: Vec<Slot>,
    /// The stack, from the bottom up.
    pub series: Vec<Series>,
    /// Ratios on the right axis, 0 to 1; may be empty.
    pub lines: Vec<Line>,
}

/// One month on the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The billing month.
    pub month: Month,
    /// The data does not reach the end of the month.
    pub partial: bool,
    /// Figure above the column; `None` for none.
    pub total: Option<Decimal>,
}

/// One layer of the stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Fill.
    pub color: Rgb,
    /// One amount for each slot; negative ones stack downwards.
    pub values: Vec<Decimal>,
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
    /// One ratio for each slot; `None` breaks the line.
    pub values: Vec<Option<Decimal>>,
}

/// Shape of the points of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square that stands on its side.
    Square,
}

/// From one total to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// First a total, then the changes, then the total they lead to.
    pub steps: Vec<Step>,
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
    /// Returns the colour mixed with white: 0 is the colour, 255 is white.
    #[must_use]
    pub fn lighter(self, white: u8) -> Self {
        let mix = |channel: u8| {
            let mixed = (u16::from(channel) * u16::from(255 - white) + 255 * u16::from(white)) / 255;
            u8::try_from(mixed).unwrap_or(255)
        };
        Self(mix(self.0), mix(self.1), mix(self.2))
    }
}
