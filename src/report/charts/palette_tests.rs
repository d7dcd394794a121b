//! The colours against their papers, against each other, in grey and as the colour-blind see them.

use super::*;

const WHITE: Rgb = PAPER;
const DARK: Rgb = Rgb(0x1a, 0x20, 0x28);

/// Linear light of normal sight, and of protanopia and deuteranopia after Machado, Oliveira and Fernandes (2009).
const SIGHTS: [[[f64; 3]; 3]; 3] = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
];

fn linear(color: Rgb) -> [f64; 3] {
    [color.0, color.1, color.2].map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn luminance(color: Rgb) -> f64 {
    let [red, green, blue] = linear(color);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// CIE L*a*b* of a colour as someone sees it.
fn lab(color: Rgb, sight: [[f64; 3]; 3]) -> [f64; 3] {
    let light = linear(color);
    let dot = |row: [f64; 3]| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0);
    let [red, green, blue] = sight.map(dot);
    let x = (0.412_456 * red + 0.357_576 * green + 0.180_438 * blue) / 0.950_47;
    let y = 0.212_673 * red + 0.715_152 * green + 0.072_175 * blue;
    let z = (0.019_334 * red + 0.119_192 * green + 0.950_304 * blue) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The smallest distance of two colours over all kinds of sight.
fn distance(one: Rgb, other: Rgb) -> f64 {
    let of = |sight| {
        let (one, other) = (lab(one, sight), lab(other, sight));
        one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    SIGHTS.into_iter().map(of).fold(f64::INFINITY, f64::min)
}

fn grey_distance(one: Rgb, other: Rgb) -> f64 {
    (lab(one, SIGHTS[0])[0] - lab(other, SIGHTS[0])[0]).abs()
}

/// The stacks as they are drawn, from the bottom up.
fn stacks() -> Vec<Vec<Paint>> {
    let layers: Vec<_> = LAYERS.into_iter().map(plain).collect();
    let mut with_other = layers[..NAMED].to_vec();
    with_other.extend([plain(OTHER), NAMELESS]);
    let purchase = PURCHASE.into_iter().map(|color| tint(color, BEHIND)).collect();
    let savings = vec![plain(REALIZED), plain(UNLOCKED), tint(LOCKED, 0), tint(LOCKED, 50), tint(LOCKED, 100)];
    vec![layers, with_other, purchase, savings]
}

#[test]
fn data_stands_out_from_both_papers() {
    let alone = LINES.into_iter().chain([TOTAL, LESS, MORE]).map(plain);
    for paint in stacks().into_iter().flatten().chain(alone) {
        let edge = paint.outline.unwrap_or(paint.fill);
        for paper in [WHITE, DARK] {
            assert!(contrast(edge, paper) >= 3.0, "{edge:?} on {paper:?}: {}", contrast(edge, paper));
        }
    }
}

#[test]
fn text_is_readable_on_both_papers() {
    for theme in Theme::ALL {
        let palette = theme.palette();
        assert!(contrast(palette.ink, palette.paper) >= 7.0);
        assert!(contrast(palette.muted, palette.paper) >= 4.5);
        assert!(contrast(palette.axis, palette.paper) > contrast(palette.grid, palette.paper));
    }
}

#[test]
fn neighbours_differ_for_every_eye_and_in_grey() {
    for stack in stacks() {
        for pair in stack.windows(2) {
            let (one, other) = (pair[0].fill, pair[1].fill);
            assert!(distance(one, other) >= 10.0, "{one:?} {other:?}: {}", distance(one, other));
            assert!(grey_distance(one, other) >= 6.0, "{one:?} {other:?}: {}", grey_distance(one, other));
        }
    }
    for (index, one) in LAYERS.into_iter().enumerate() {
        for other in &LAYERS[index + 1..] {
            assert!(distance(one, *other) >= 9.0, "{one:?} {other:?}: {}", distance(one, *other));
        }
    }
}

#[test]
fn lines_and_signs_differ_for_every_eye() {
    for (one, other) in [(LINES[0], LINES[1]), (LINES[0], LINES[2]), (LINES[1], LINES[2]), (LESS, MORE)] {
        assert!(distance(one, other) >= 25.0, "{one:?} {other:?}: {}", distance(one, other));
    }
}
