//! Every text stands inside the picture, and no two of them touch, whatever the bill looks like.

use super::{
    pen::{Type, width_of},
    shapes::{Shape, report},
    *,
};
use crate::report::words::{Language, Words};

/// A text with its box, in the pixels of the SVG.
#[derive(Debug)]
struct Placed {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Shapes from a cent to a hundred million, from a month to five years, in currencies with and without places.
fn shapes() -> Vec<Shape> {
    let shape = |(months, services, cents, currency)| Shape { months, services, cents, currency };
    [
        (1, 1, 1, "USD"),
        (1, 5, 0, "USD"),
        (2, 7, -90_000, "USD"),
        (3, 8, 12_345, "KRW"),
        (10, 9, 4_500_000, "USD"),
        (12, 12, 10_000_000_000, "USD"),
        (13, 60, 123_456_789_000, "KRW"),
        (24, 9, 199, "JPY"),
        (36, 60, 7_700_000, "USD"),
        (60, 60, 10_000_000_000, "KWD"),
    ]
    .map(shape)
    .to_vec()
}

fn texts(svg: &str) -> Vec<Placed> {
    svg.split("<text ").skip(1).map(placed).collect()
}

fn placed(element: &str) -> Placed {
    let (attributes, rest) = element.split_once('>').unwrap();
    let attributes = format!(" {attributes}");
    let attribute = |name: &str| attributes.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let number = |name: &str| attribute(name).unwrap().parse::<f64>().unwrap();
    let text = rest.split_once("</text>").unwrap().0.trim();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let (x, em) = (number(" x"), number("font-size"));
    let width = width_of(&text, Type { em, bold: attribute("font-weight").is_some() }).unwrap();
    let left = match attribute("text-anchor") {
        Some("end") => x - width,
        Some("middle") => x - width / 2.0,
        _ => x,
    };
    let baseline = number(" y") + 0.76 * em;
    Placed { text, left, right: left + width, top: baseline - 0.72 * em, bottom: baseline + 0.2 * em }
}

#[test]
fn no_text_is_clipped_or_covered() {
    for shape in shapes() {
        for language in Language::ALL {
            let words = Words::of(language).unwrap();
            for spec in specs(&report(shape), &words) {
                let drawn = svg(&spec).unwrap();
                let size: Vec<f64> =
                    drawn.split('"').nth(3).unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
                let told = format!("{shape:?} {language} {} {:?}", spec.id, spec.basis);
                let texts = texts(&drawn);
                assert!(texts.len() > 4, "{told}: {texts:?}");
                for text in &texts {
                    let is_inside =
                        text.left >= 0.0 && text.top >= 0.0 && text.right <= size[2] && text.bottom <= size[3];
                    assert!(is_inside, "{told}: outside {size:?}: {text:?}");
                    assert!(!text.text.starts_with('['), "{told}: {}", text.text);
                }
                for (index, one) in texts.iter().enumerate() {
                    for other in &texts[index + 1..] {
                        let is_apart = one.right <= other.left
                            || other.right <= one.left
                            || one.bottom <= other.top
                            || other.bottom <= one.top;
                        assert!(is_apart, "{told}: {one:?} touches {other:?}");
                    }
                }
                let room = if shape.months > 36 { 90_000 } else { 60_000 };
                assert!(drawn.len() < room, "{told}: {} bytes", drawn.len());
            }
        }
    }
}

#[test]
#[ignore = "draws every chart for the eye, below /tmp/gallery"]
fn gallery() {
    let fonts = Fonts::find(None).unwrap();
    let wanted = std::env::var("GALLERY").unwrap_or_default();
    for (number, shape) in shapes().into_iter().enumerate() {
        for (language, theme) in [(Language::English, Theme::Light), (Language::Korean, Theme::Dark)] {
            let folder = format!("/tmp/gallery/{number}-{language}-{}", theme.as_str());
            if !folder.contains(&wanted) {
                continue;
            }
            std::fs::create_dir_all(&folder).unwrap();
            let words = Words::of(language).unwrap();
            let shape = if language == Language::Korean && number == 4 {
                Shape { currency: "KRW", cents: shape.cents * 1300, ..shape }
            } else {
                shape
            };
            for spec in pictured(specs(&report(shape), &words), crate::terms::Basis::Amortized) {
                std::fs::write(format!("{folder}/{}.png", spec.id), png(&spec, theme, &fonts).unwrap()).unwrap();
                std::fs::write(format!("{folder}/{}.svg", spec.id), svg(&spec).unwrap()).unwrap();
            }
        }
    }
}
