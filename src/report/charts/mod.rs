//! The charts: first what they show ([`ChartSpec`]), then one drawing of it, as SVG for the page and as PNG.
//!
//! In: the [`Report`]. Out: bytes. A chart without data is left out. The same report gives the same bytes.

mod axis;
mod pen;
mod render;
mod spec;
mod specs;
mod stacked;
mod waterfall;

#[cfg(test)]
#[path = "../fixture.rs"]
pub(crate) mod fixture;

pub use render::{png, svg};
pub use spec::{ChartKind, ChartSpec, Line, Marker, Rgb, Series, Slot, Stacked, Step, Waterfall};
pub use specs::specs;

#[cfg(doc)]
use crate::report::model::Report;

/// Name of the embedded font family, in the charts and on the page.
pub const FONT_FAMILY: &str = "Gravimeter Sans";

/// The embedded font, regular.
pub const FONT_REGULAR: &[u8] = include_bytes!("../fonts/gravimeter-sans-regular.otf");

/// The embedded font, bold.
pub const FONT_BOLD: &[u8] = include_bytes!("../fonts/gravimeter-sans-bold.otf");
