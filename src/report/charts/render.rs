//! One drawing, two backends: SVG to put inside the page, PNG for slides and mails.

use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};

use super::{
    FONT_FAMILY, Fonts,
    palette::Theme,
    pen::{Align, Device, HEADING, Pen, SMALL, fitted, is_text},
    spec::{ChartKind, ChartSpec, Rgb},
    stacked, timeline, waterfall,
};
use crate::error::{Error, Result};

/// Width of every chart in logical pixels.
pub(super) const WIDTH: f64 = 800.0;

/// SVG coordinates are whole numbers: twice as many of them keep half pixels.
const SVG_SCALE: f64 = 2.0;

/// The fonts of an SVG: our own, which the page brings along, then those of the reader's system.
const FONT_FAMILIES: &str = "Gravimeter Sans, Pretendard, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', \
                             'Noto Sans CJK KR', 'Nanum Gothic', sans-serif";

/// Drawn at four times the size and averaged down to twice: smooth edges.
const BITMAP_SCALE: f64 = 4.0;

/// Draws the chart as an SVG element to put inside HTML.
///
/// # Errors
/// When the drawing fails.
pub fn svg(spec: &ChartSpec) -> Result<String> {
    let (width, height) = size(spec, 2);
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, (width, height)).into_drawing_area();
        let pen = Pen::new(&area, Device { scale: SVG_SCALE, fonts: None }, Theme::Light.palette());
        pen.fill_paper()?;
        paint(&pen, spec)?;
        area.present().map_err(|error| failed(spec, &error))?;
    }
    let body = lean(drawn.split_once('>').map_or("", |(_, body)| body));
    // Two charts of one page may differ by their basis alone.
    let id = spec.basis.map_or_else(|| spec.id.to_owned(), |basis| format!("{}-{basis}", spec.id));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONT_FAMILIES}\" role=\"img\" \
         aria-labelledby=\"chart-{id}-title chart-{id}-desc\">\n\
         <title id=\"chart-{id}-title\">{}</title>\n<desc id=\"chart-{id}-desc\">{}</desc>{body}",
        escaped(&spec.title),
        escaped(&spec.description),
    ))
}

/// Leaves out what SVG takes for granted, and the line breaks that plotters puts into texts.
///
/// No text can look like markup: plotters escapes `<`, `>` and `"`.
fn lean(body: &str) -> String {
    let own = format!(" font-family=\"{FONT_FAMILY}\"");
    let lean = body.replace('\n', "").replace(&own, "");
    let lean = [" opacity=\"1\"", " stroke=\"none\"", " text-anchor=\"start\""]
        .into_iter()
        .fold(lean, |lean, default| lean.replace(default, ""));
    lean.replace("><", ">\n<")
}

/// Draws the chart as a PNG file 1600 pixels wide.
///
/// # Errors
/// When the drawing fails, or the temporary folder of the system cannot be written.
pub fn png(spec: &ChartSpec, theme: Theme, fonts: &Fonts) -> Result<Vec<u8>> {
    let (width, height) = size(spec, 4);
    let row = width as usize * 3;
    let palette = theme.palette();
    // The picture begins as paper.
    let Rgb(red, green, blue) = palette.paper;
    let mut large = [red, green, blue].repeat(width as usize * height as usize);
    {
        let area = BitMapBackend::with_buffer(&mut large, (width, height)).into_drawing_area();
        let pen = Pen::new(&area, Device { scale: BITMAP_SCALE, fonts: Some(fonts) }, palette);
        paint(&pen, spec)?;
        area.present().map_err(|error| failed(spec, &error))?;
    }
    encode(spec, &halved(&large, row), (width / 2, height / 2))
}

fn paint<DB: DrawingBackend>(pen: &Pen<DB>, spec: &ChartSpec) -> Result<()> {
    const LEFT: f64 = 20.0;
    pen.text(&fitted(&spec.title, WIDTH - 2.0 * LEFT, HEADING)?, (LEFT, 30.0), Align::Left, HEADING, pen.palette.ink)?;
    pen.text(&fitted(&spec.unit, WIDTH - 2.0 * LEFT, SMALL)?, (LEFT, 50.0), Align::Left, SMALL, pen.palette.muted)?;
    match &spec.kind {
        ChartKind::Stacked(chart) => stacked::paint(pen, chart, &spec.numbers),
        ChartKind::Waterfall(chart) => waterfall::paint(pen, chart, &spec.numbers),
        ChartKind::Timeline(chart) => timeline::paint(pen, chart, &spec.numbers),
    }
}

fn size(spec: &ChartSpec, scale: u32) -> (u32, u32) {
    let height = match &spec.kind {
        ChartKind::Stacked(_) => stacked::HEIGHT,
        ChartKind::Waterfall(chart) => waterfall::height(chart),
        ChartKind::Timeline(_) => timeline::HEIGHT,
    };
    (800 * scale, height * scale)
}

/// Averages each square of four RGB pixels.
fn halved(large: &[u8], row: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(large.len() / 4);
    for rows in large.chunks_exact(2 * row) {
        let (upper, lower) = rows.split_at(row);
        for (above, below) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let sum: u16 = [above[channel], above[channel + 3], below[channel], below[channel + 3]]
                    .into_iter()
                    .map(u16::from)
                    .sum();
                small.push(u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX));
            }
        }
    }
    small
}

/// Encodes RGB pixels as PNG.
fn encode(spec: &ChartSpec, pixels: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.map_err(|error| failed(spec, &error))?;
    Ok(bytes)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if !is_text(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn failed(spec: &ChartSpec, error: &dyn std::error::Error) -> Error {
    Error::runtime(format!("cannot draw the chart {}: {error}", spec.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        charts::{fixture, specs},
        model::Report,
        words::{Language, Words},
    };

    fn english(report: &Report) -> Vec<ChartSpec> {
        specs(report, &Words::of(Language::English).unwrap())
    }

    fn png(spec: &ChartSpec) -> Result<Vec<u8>> {
        super::png(spec, Theme::Light, &Fonts::embedded())
    }

    #[test]
    fn two_drawings_are_equal_byte_for_byte() {
        for spec in english(&fixture::report()) {
            assert_eq!(svg(&spec).unwrap(), svg(&spec).unwrap());
        }
        for spec in english(&fixture::report()).iter().filter(|spec| ["bridge", "expiry"].contains(&spec.id)) {
            let first = png(spec).unwrap();
            assert!(first.starts_with(b"\x89PNG\r\n"));
            assert_eq!(first, png(spec).unwrap());
            assert_eq!(first[16..20], 1_600_u32.to_be_bytes());
        }
    }

    #[test]
    fn svg_stands_inside_html() {
        let specs = english(&fixture::hostile());
        assert_eq!(specs.len(), 11);
        for spec in specs {
            let drawn = svg(&spec).unwrap();
            assert!(drawn.starts_with("<svg xmlns") && drawn.trim_end().ends_with("</svg>"));
            let id = spec.basis.map_or_else(|| spec.id.to_owned(), |basis| format!("{}-{basis}", spec.id));
            assert!(drawn.contains(&format!("<title id=\"chart-{id}-title\">")));
            assert!(!drawn.contains("<script") && !drawn.contains("<?xml"), "{drawn}");
            assert!(drawn.matches("<svg").count() == 1 && drawn.matches("</svg>").count() == 1);
        }
    }

    #[test]
    fn extremes_are_drawn_inside_the_picture() {
        for (months, cents) in [(1, 1), (1, 0), (2, -500), (36, 1), (36, 10_000_000_000)] {
            for spec in english(&fixture::plain(months, cents)) {
                let drawn = svg(&spec).unwrap();
                for x in attribute(&drawn, "x=\"") {
                    assert!((0.0..=1600.0).contains(&x), "{months} {cents} {}: x={x}", spec.id);
                }
                for width in attribute(&drawn, " width=\"").into_iter().chain(attribute(&drawn, " height=\"")) {
                    assert!(width >= 0.0, "{months} {cents} {}: {width}", spec.id);
                }
            }
        }
    }

    fn attribute(svg: &str, name: &str) -> Vec<f64> {
        svg.split(name).skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
    }
}
