//! The pen: lines, boxes and text in logical pixels, on whatever backend plotters offers.
//!
//! Text is placed by its baseline and measured with the embedded font, so that SVG and bitmap look alike.

use plotters::{
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind},
    element::{Circle, PathElement, Polygon, Rectangle},
    prelude::DrawingBackend,
    style::{
        Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use rust_decimal::prelude::ToPrimitive;

use super::{
    FONT_FAMILY, Fonts,
    fonts::{embedded, layout_advance},
    palette::Palette,
    spec::{Paint, Rgb},
};
use crate::error::{Error, Result};

/// The SVG backend divides the size of a text by this to get the em.
const SVG_HEIGHT: f64 = 1.24;
/// From the place of a text to its baseline in the SVG backend, in em.
const SVG_BASELINE: f64 = 0.76;

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
pub(super) struct Device<'a> {
    /// Its pixels for each logical pixel.
    pub(super) scale: f64,
    /// The fonts of a bitmap; `None` where texts stay texts, as in SVG.
    pub(super) fonts: Option<&'a Fonts>,
}

/// Draws on a plotters backend.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    device: Device<'a>,
    /// The colours of what is not data.
    pub(super) palette: Palette,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    /// Takes the backend.
    pub(super) fn new(area: &'a DrawingArea<DB, Shift>, device: Device<'a>, palette: Palette) -> Self {
        Self { area, device, palette }
    }

    /// Fills the whole area.
    pub(super) fn fill_paper(&self) -> Result<()> {
        self.area.fill(&rgb(self.palette.paper)).map_err(|error| failed(&error))
    }

    /// Fills a box.
    pub(super) fn fill(&self, frame: Frame, color: Rgb) -> Result<()> {
        let corners = [self.at(frame.left, frame.top), self.at(frame.right, frame.bottom)];
        self.area.draw(&Rectangle::new(corners, rgb(color).filled())).map_err(|error| failed(&error))
    }

    /// Fills a box with its outline inside.
    pub(super) fn fill_with(&self, frame: Frame, paint: Paint) -> Result<()> {
        const OUTLINE: f64 = 1.0;
        let Some(outline) = paint.outline else { return self.fill(frame, paint.fill) };
        self.fill(frame, outline)?;
        let inner = Frame {
            left: frame.left + OUTLINE,
            top: frame.top + OUTLINE,
            right: frame.right - OUTLINE,
            bottom: frame.bottom - OUTLINE,
        };
        if inner.height() > 0.25 { self.fill(inner, paint.fill) } else { Ok(()) }
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

    /// Fills a disc.
    pub(super) fn disc(&self, (x, y): (f64, f64), radius: f64, color: Rgb) -> Result<()> {
        let size = (radius * self.device.scale).round().to_u32().unwrap_or(1);
        self.area.draw(&Circle::new(self.at(x, y), size, rgb(color).filled())).map_err(|error| failed(&error))
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
            self.line(&[start, end], self.palette.paper, 1.5)?;
            offset += GAP;
        }
        Ok(())
    }

    /// Writes a text whose baseline begins, ends or is centred at the position.
    pub(super) fn text(&self, text: &str, at: (f64, f64), align: Align, style: Type, color: Rgb) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if let Some(fonts) = self.device.fonts {
            return self.letters(text, at, align, style, color, fonts);
        }
        let h_pos = match align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let size = style.em * self.device.scale * SVG_HEIGHT;
        let place = self.at(at.0, at.1 - SVG_BASELINE * style.em);
        self.write(text, place, (FONT_FAMILY, size, style.bold), h_pos, color)
    }

    /// Draws a text letter by letter, each in a font that has it; plotters alone takes no notice of bearings.
    fn letters(&self, text: &str, at: (f64, f64), align: Align, style: Type, color: Rgb, fonts: &Fonts) -> Result<()> {
        let own = embedded()?.face(style.bold);
        let faces: Vec<_> =
            text.chars().map(|letter| (letter, fonts.face(letter, style.bold).unwrap_or(own))).collect();
        let em = style.em * self.device.scale;
        let width = em * faces.iter().map(|(letter, face)| face.advance(*letter)).sum::<f64>();
        let mut x = at.0 * self.device.scale
            - match align {
                Align::Left => 0.0,
                Align::Center => width / 2.0,
                Align::Right => width,
            };
        for (letter, face) in faces {
            let size = em * face.height();
            let left = (x + em * face.bearing(letter)).floor();
            let top = at.1 * self.device.scale - size / 2.0;
            let place = (left.to_i32().unwrap_or(0), top.round().to_i32().unwrap_or(0));
            if !letter.is_whitespace() {
                let mut buffer = [0; 4];
                self.write(letter.encode_utf8(&mut buffer), place, (face.family, size, style.bold), HPos::Left, color)?;
            }
            x += em * face.advance(letter);
        }
        Ok(())
    }

    fn write(
        &self,
        text: &str,
        place: (i32, i32),
        (family, size, bold): (&'static str, f64, bool),
        h_pos: HPos,
        color: Rgb,
    ) -> Result<()> {
        let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
        let ink = rgb(color);
        let font = FontDesc::new(FontFamily::Name(family), size, weight);
        let style = TextStyle::from(font).color(&ink).pos(Pos::new(h_pos, VPos::Top));
        self.area.draw_text(text, &style, place).map_err(|error| failed(&error))
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
        self.fill(frame, self.palette.paper)?;
        self.text(text, at, align, style, self.palette.ink)
    }

    fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let device = |value: f64| (value * self.device.scale).round().to_i32().unwrap_or(0);
        (device(x), device(y))
    }
}

/// Returns the width of a text in logical pixels, as the layout takes it.
///
/// # Errors
/// When the embedded font cannot be read.
pub(super) fn width_of(text: &str, style: Type) -> Result<f64> {
    text.chars().try_fold(0.0, |width, letter| Ok(width + style.em * layout_advance(letter, style.bold)?))
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
    let mut kept: String = text.chars().map(|letter| if is_text(letter) { letter } else { ' ' }).collect();
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

/// Tells whether a character is text: no control, which SVG forbids, and none that turns the direction around.
pub(super) fn is_text(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !letter.is_control() && !turns && !matches!(letter, '\u{fffe}' | '\u{ffff}')
}

fn rgb(color: Rgb) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
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
        let probe = "AZaz09.,:;()[]{}/%+-−→←×÷…–—·≈≤≥≠'\"“”‘’&<>#@_|€£¥₩₹$¢°©éüñßØÅçœšŁ✓";
        for bold in [false, true] {
            for letter in probe.chars() {
                assert!(embedded().unwrap().face(bold).has(letter), "no glyph for {letter}");
            }
        }
        assert!(!Fonts::embedded().has('한'));
    }

    #[test]
    fn widths_do_not_depend_on_the_fonts_of_the_machine() {
        let em = |text: &str| width_of(text, LABEL).unwrap() / LABEL.em;
        assert!((em("한글") - 1.9).abs() < 1e-9);
        assert!((em("漢字") - 2.0).abs() < 1e-9);
        assert!((em("a한") - em("a") - 0.95).abs() < 1e-9);
        assert!((em("e\u{301}") - em("e")).abs() < 1e-9);
    }
}
