//! The pen: lines, boxes and text in logical pixels, on whatever backend plotters offers.
//!
//! Text is placed by its baseline and measured with the embedded font, so that SVG and bitmap look alike.

use std::sync::OnceLock;

use plotters::{
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind},
    element::{PathElement, Polygon, Rectangle},
    prelude::DrawingBackend,
    style::{
        Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle, register_font,
        text_anchor::{HPos, Pos, VPos},
    },
};
use rust_decimal::prelude::ToPrimitive;

use super::{FONT_BOLD, FONT_FAMILY, FONT_REGULAR, Rgb};
use crate::error::{Error, Result};

/// Text and lines that matter.
pub(super) const INK: Rgb = Rgb(0x1b, 0x24, 0x30);
/// Text that explains.
pub(super) const MUTED: Rgb = Rgb(0x56, 0x61, 0x6f);
/// Grid lines.
pub(super) const GRID: Rgb = Rgb(0xe4, 0xe8, 0xed);
/// The zero line.
pub(super) const AXIS: Rgb = Rgb(0x9a, 0xa4, 0xb0);
/// The paper.
pub(super) const PAPER: Rgb = Rgb(0xff, 0xff, 0xff);

/// plotters divides the size of a text by this to get the em; the embedded font is as high.
const HEIGHT_PER_EM: f64 = 1.24;

/// Weight and size of a text; the size is the em in logical pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) em: f64,
    pub(super) bold: bool,
}

/// The heading.
pub(super) const HEADING: Type = Type { em: 17.0, bold: true };
/// Labels and legends.
pub(super) const LABEL: Type = Type { em: 12.5, bold: false };
/// Figures that stand out.
pub(super) const FIGURE: Type = Type { em: 12.5, bold: true };
/// The small print.
pub(super) const SMALL: Type = Type { em: 11.5, bold: false };

/// Which end of the text the position means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A rectangle in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// How a backend turns logical pixels into its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    /// Its pixels for each logical pixel.
    pub(super) scale: f64,
    /// Distance from the top of a text, as the backend anchors it, to the baseline, in em.
    pub(super) baseline: f64,
}

/// Draws on a plotters backend.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    device: Device,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    /// Takes the backend.
    ///
    /// # Errors
    /// When the embedded font cannot be read.
    pub(super) fn new(area: &'a DrawingArea<DB, Shift>, device: Device) -> Result<Self> {
        load_fonts()?;
        Ok(Self { area, device })
    }

    /// Fills the whole area.
    pub(super) fn fill_paper(&self) -> Result<()> {
        self.area.fill(&rgb(PAPER)).map_err(|error| failed(&error))
    }

    /// Fills a box.
    pub(super) fn fill(&self, frame: Frame, color: Rgb) -> Result<()> {
        let corners = [self.at(frame.left, frame.top), self.at(frame.right, frame.bottom)];
        self.area.draw(&Rectangle::new(corners, rgb(color).filled())).map_err(|error| failed(&error))
    }

    /// Draws a line through the points.
    pub(super) fn line(&self, points: &[(f64, f64)], color: Rgb, width: f64) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        let style = ShapeStyle {
            color: rgb(color).to_rgba(),
            filled: false,
            stroke_width: (width * self.device.scale).round().to_u32().unwrap_or(1).max(1),
        };
        self.area.draw(&PathElement::new(points, style)).map_err(|error| failed(&error))
    }

    /// Fills a convex or concave shape.
    pub(super) fn shape(&self, points: &[(f64, f64)], color: Rgb) -> Result<()> {
        let points: Vec<_> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.area.draw(&Polygon::new(points, rgb(color).filled())).map_err(|error| failed(&error))
    }

    /// Strokes 45° lines over a box: the sign of a partial month.
    pub(super) fn hatch(&self, frame: Frame) -> Result<()> {
        const GAP: f64 = 6.0;
        let mut offset = GAP;
        while offset < frame.width() + frame.height() {
            let start = if offset <= frame.height() {
                (frame.left, frame.bottom - offset)
            } else {
                (frame.left + offset - frame.height(), frame.top)
            };
            let end = if offset <= frame.width() {
                (frame.left + offset, frame.bottom)
            } else {
                (frame.right, frame.bottom - (offset - frame.width()))
            };
            self.line(&[start, end], PAPER, 1.5)?;
            offset += GAP;
        }
        Ok(())
    }

    /// Writes a text whose baseline begins, ends or is centred at the position.
    pub(super) fn text(&self, text: &str, at: (f64, f64), align: Align, style: Type, color: Rgb) -> Result<()> {
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let ink = rgb(color);
        let described = TextStyle::from(font(style, self.device.scale)).color(&ink).pos(Pos::new(h_pos, VPos::Top));
        let top = at.1 - self.device.baseline * style.em;
        self.area.draw_text(text, &described, self.at(at.0, top)).map_err(|error| failed(&error))
    }

    /// Writes a text that covers the grid lines behind it.
    pub(super) fn text_on_paper(&self, text: &str, at: (f64, f64), align: Align, style: Type) -> Result<()> {
        let width = width_of(text, style)?;
        let left = match align {
            Align::Left => at.0,
            Align::Center => at.0 - width / 2.0,
            Align::Right => at.0 - width,
        };
        let frame =
            Frame { left: left - 2.0, top: at.1 - style.em, right: left + width + 2.0, bottom: at.1 + style.em * 0.25 };
        self.fill(frame, PAPER)?;
        self.text(text, at, align, style, INK)
    }

    fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let device = |value: f64| (value * self.device.scale).round().to_i32().unwrap_or(0);
        (device(x), device(y))
    }
}

/// Returns the width of a text in logical pixels.
///
/// # Errors
/// When the embedded font cannot be read.
pub(super) fn width_of(text: &str, style: Type) -> Result<f64> {
    // Plotters cuts widths to whole pixels: measured large, the cut does not show.
    const FINE: f64 = 16.0;
    load_fonts()?;
    let ((left, _), (right, _)) = font(style, FINE)
        .layout_box(text)
        .map_err(|error| Error::runtime(format!("cannot measure a text of a chart: {error}")))?;
    Ok(f64::from(right - left) / FINE)
}

/// Returns the widest of the texts.
///
/// # Errors
/// When the embedded font cannot be read.
pub(super) fn widest<'t>(texts: impl IntoIterator<Item = &'t str>, style: Type) -> Result<f64> {
    texts.into_iter().try_fold(0.0, |widest: f64, text| Ok(widest.max(width_of(text, style)?)))
}

/// Shortens a text to the width, with an ellipsis in its place.
///
/// # Errors
/// When the embedded font cannot be read.
pub(super) fn fitted(text: &str, width: f64, style: Type) -> Result<String> {
    // Control characters are no text, and most of them are not allowed in SVG.
    let mut kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width_of(&kept, style)? <= width {
        return Ok(kept);
    }
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.trim_end());
        if width_of(&shorter, style)? <= width {
            return Ok(shorter);
        }
    }
    Ok(String::new())
}

fn font(style: Type, scale: f64) -> FontDesc<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    FontDesc::new(FontFamily::Name(FONT_FAMILY), style.em * scale * HEIGHT_PER_EM, weight)
}

fn rgb(color: Rgb) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn load_fonts() -> Result<()> {
    static LOADED: OnceLock<bool> = OnceLock::new();
    let loaded = *LOADED.get_or_init(|| {
        register_font(FONT_FAMILY, FontStyle::Normal, FONT_REGULAR).is_ok()
            && register_font(FONT_FAMILY, FontStyle::Bold, FONT_BOLD).is_ok()
    });
    if loaded { Ok(()) } else { Err(Error::runtime("the embedded font of the charts cannot be read")) }
}

fn failed<E: std::error::Error + Send + Sync>(error: &DrawingAreaErrorKind<E>) -> Error {
    Error::runtime(format!("cannot draw the chart: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_end_in_an_ellipsis_and_fit() {
        let name = "AmazonVeryLongServiceNameThatNoLegendHoldsInFull";
        let short = fitted(name, 120.0, LABEL).unwrap();
        assert!(short.ends_with('…') && name.starts_with(short.trim_end_matches('…')), "{short}");
        assert!(width_of(&short, LABEL).unwrap() <= 120.0);
        assert_eq!(fitted("AmazonEC2", 120.0, LABEL).unwrap(), "AmazonEC2");
        assert_eq!(fitted("a\u{0}\nb", 120.0, LABEL).unwrap(), "a  b");
        assert_eq!(fitted("AmazonEC2", 1.0, LABEL).unwrap(), "");
    }

    #[test]
    fn digits_and_bold_have_their_own_widths() {
        let regular = width_of("10,000,000 USD", LABEL).unwrap();
        let bold = width_of("10,000,000 USD", FIGURE).unwrap();
        assert!(regular > 60.0 && bold > regular, "{regular} {bold}");
    }

    #[test]
    fn the_font_has_every_glyph_that_the_report_uses() {
        let glyph = |text: &str, style| {
            let mut pixels = Vec::new();
            let drawn: std::result::Result<(), ()> = font(style, 2.0)
                .draw(text, (0, 0), |x, y, alpha| {
                    pixels.push((x, y, alpha.to_bits()));
                    Ok(())
                })
                .unwrap();
            drawn.unwrap();
            pixels
        };
        load_fonts().unwrap();
        let probe = "AZaz09.,:;()[]{}/%+-−→←×÷…–—·≈≤≥≠'\"“”‘’&<>#@_|€£¥₩₹$¢°©éüñßØÅçœšŁ✓";
        for style in [LABEL, FIGURE] {
            let missing = glyph("\u{e000}", style);
            assert!(!missing.is_empty());
            for c in probe.chars() {
                let drawn = glyph(&c.to_string(), style);
                assert!(!drawn.is_empty() && drawn != missing, "no glyph for {c}");
            }
        }
    }
}
