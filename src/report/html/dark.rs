//! The colours of the charts on dark paper: rules of the style sheet for the colours that a drawing names.
//!
//! A drawing is made once, for white paper. Ink, grid and paper follow the page; a colour of data that would sink into
//! the dark is made lighter, the hue kept, until it stands out.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::report::charts::{AXIS, GRID, INK, MUTED, PAPER, Rgb};

/// The dark paper; `--card` of the style sheet.
const DARK: Rgb = Rgb(0x17, 0x1c, 0x23);

/// What graphics must stand out by (WCAG 2.2, 1.4.11), with some to spare.
const CONTRAST: f64 = 3.3;

/// How much white a partial month has of 255, as the charts draw it.
const PARTIAL: u8 = 90;

/// The colours of the drawing that are no data, with the variables of the page that take their place.
const PAGE: [(Rgb, &str); 5] =
    [(INK, "--ink"), (MUTED, "--muted"), (GRID, "--grid"), (AXIS, "--axis"), (PAPER, "--card")];

/// Writes the rules for all colours that the drawings name.
pub(super) fn rules<'a>(drawings: impl Iterator<Item = &'a str>) -> String {
    let mut colors = BTreeSet::new();
    for svg in drawings {
        for name in ["fill=\"#", "stroke=\"#"] {
            colors.extend(svg.split(name).skip(1).filter_map(|rest| parse(rest.get(..6)?)));
        }
    }
    let colors: Vec<Rgb> = colors.into_iter().map(|(r, g, b)| Rgb(r, g, b)).collect();
    let mut css = String::new();
    for &color in &colors {
        let name = hex(color);
        let value = if let Some((_, variable)) = PAGE.iter().find(|(page, _)| *page == color) {
            format!("var({variable})")
        } else {
            let dark = on_dark(color, &colors);
            if dark == color {
                continue;
            }
            format!("light-dark(#{name},#{})", hex(dark))
        };
        for paint in ["fill", "stroke"] {
            // Writing to a string cannot fail.
            let _ = writeln!(css, ".chart [{paint}=\"#{name}\"]{{{paint}:{value}}}");
        }
    }
    css
}

/// Returns the colour for dark paper.
fn on_dark(color: Rgb, all: &[Rgb]) -> Rgb {
    // A partial month is its colour mixed with the paper: on dark paper with that.
    let bases = all.iter().copied().chain(PAGE.map(|(page, _)| page));
    let mixed = bases.filter(|&base| base != color).find(|base| base.mixed(PAPER, PARTIAL) == color);
    if let Some(base) = mixed {
        return mix(lifted(base), DARK, PARTIAL);
    }
    lifted(color)
}

/// Makes a colour lighter, the hue kept, until it stands out from the dark paper.
fn lifted(color: Rgb) -> Rgb {
    let mut white = 0;
    let mut out = color;
    while contrast(out, DARK) < CONTRAST && white < 250 {
        white += 5;
        // First more of the colour itself, then white: a mix with white alone would be grey.
        let gain = |channel: u8| u8::try_from(u16::from(channel) * (255 + u16::from(white)) / 255).unwrap_or(u8::MAX);
        out = Rgb(gain(color.0), gain(color.1), gain(color.2)).mixed(PAPER, white / 2);
    }
    out
}

fn mix(color: Rgb, paper: Rgb, share: u8) -> Rgb {
    let channel = |color: u8, paper: u8| {
        let mixed = (u16::from(color) * u16::from(255 - share) + u16::from(paper) * u16::from(share)) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    Rgb(channel(color.0, paper.0), channel(color.1, paper.1), channel(color.2, paper.2))
}

/// Returns the contrast of two colours (WCAG 2.2), 1 to 21.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Rgb) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
}

fn parse(digits: &str) -> Option<(u8, u8, u8)> {
    let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some((channel(0)?, channel(2)?, channel(4)?))
}

fn hex(color: Rgb) -> String {
    format!("{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::{fixture, specs, svg};

    #[test]
    fn every_colour_of_data_stands_out_on_dark_paper() {
        let drawn: Vec<String> = specs(
            &fixture::report(),
            &crate::report::words::Words::of(crate::report::words::Language::English).unwrap(),
        )
        .iter()
        .map(|spec| svg(spec).unwrap())
        .collect();
        let css = rules(drawn.iter().map(String::as_str));
        assert!(css.contains(".chart [fill=\"#1B2430\"]{fill:var(--ink)}"), "{css}");
        let css = rules(["<rect fill=\"#332288\"/>"].into_iter());
        assert!(css.contains(".chart [fill=\"#332288\"]{fill:light-dark(#332288,#"), "{css}");
        for color in
            [Rgb(0x33, 0x22, 0x88), Rgb(0x11, 0x77, 0x33), Rgb(0xb8, 0x2e, 0), Rgb(0x3d, 0x4f, 0x6b), Rgb(0, 0, 0)]
        {
            assert!(contrast(lifted(color), DARK) >= 3.0, "{color:?}");
        }
        // A colour that stands out already is not touched.
        assert_eq!(lifted(Rgb(0x88, 0xcc, 0xee)), Rgb(0x88, 0xcc, 0xee));
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(Rgb(0, 0, 0), Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((contrast(Rgb(0x77, 0x77, 0x77), Rgb(255, 255, 255)) - 4.48).abs() < 0.01);
    }
}
