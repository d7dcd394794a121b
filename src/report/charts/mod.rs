//! The charts: first what they show ([`ChartSpec`]), then one drawing of it, as SVG for the page and as PNG.
//!
//! In: the [`Report`] and the [`Words`]. Out: bytes. A chart without data is left out. The same report gives the same
//! bytes; the SVG is the same on every machine, the PNG on every machine with the same [`Fonts`].

mod axis;
mod fonts;
mod legend;
mod lines;
mod numbers;
pub(super) mod palette;
mod pen;
mod pictures;
mod render;
mod spec;
mod specs;
mod stacked;
mod timeline;
mod waterfall;

#[cfg(test)]
#[path = "../fixture/mod.rs"]
pub(crate) mod fixture;

#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod shapes;

pub use fonts::Fonts;
pub use numbers::Numbers;
pub use palette::{AXIS, GRID, INK, MUTED, PAPER, Theme};
pub use pictures::{Pictures, missing_glyphs, pictures};
pub use render::{png, svg};
pub use spec::{
    Band, ChartKind, ChartSpec, Level, Line, Marker, Paint, Rgb, Series, Slot, Stacked, Step, StepLine, Timeline,
    Waterfall,
};
pub use specs::{pictured, specs};

#[cfg(doc)]
use crate::report::{model::Report, words::Words};

/// Name of the embedded font family, in the charts and on the page.
pub const FONT_FAMILY: &str = "Gravimeter Sans";

/// The embedded font, regular.
pub const FONT_REGULAR: &[u8] = include_bytes!("../fonts/gravimeter-sans-regular.otf");

/// The embedded font, bold.
pub const FONT_BOLD: &[u8] = include_bytes!("../fonts/gravimeter-sans-bold.otf");
