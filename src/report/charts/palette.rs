//! Colours: those of the paper by theme, and those of the data, which are the same on every paper.

use super::spec::{Paint, Rgb};

/// Text and lines that matter, on light paper; the page maps this and the next four to its own theme.
pub const INK: Rgb = Rgb(0x1b, 0x24, 0x30);
/// Text that explains, on light paper.
pub const MUTED: Rgb = Rgb(0x56, 0x61, 0x6f);
/// Grid lines on light paper.
pub const GRID: Rgb = Rgb(0xe4, 0xe8, 0xed);
/// The zero line on light paper.
pub const AXIS: Rgb = Rgb(0x9a, 0xa4, 0xb0);
/// Light paper.
pub const PAPER: Rgb = Rgb(0xff, 0xff, 0xff);

/// The paper of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Returns the spelling on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the colours of the paper and of what is not data.
    pub(super) fn palette(self) -> Palette {
        match self {
            Self::Light => Palette { ink: INK, muted: MUTED, grid: GRID, axis: AXIS, paper: PAPER },
            Self::Dark => Palette {
                ink: Rgb(0xe7, 0xeb, 0xf0),
                muted: Rgb(0xa0, 0xab, 0xb8),
                grid: Rgb(0x2e, 0x37, 0x42),
                axis: Rgb(0x5d, 0x69, 0x77),
                paper: Rgb(0x1a, 0x20, 0x28),
            },
        }
    }
}

/// The colours of what is not data.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub(super) ink: Rgb,
    pub(super) muted: Rgb,
    pub(super) grid: Rgb,
    pub(super) axis: Rgb,
    pub(super) paper: Rgb,
}

/// Entries that a stack names; the others are one layer.
pub(in crate::report) const NAMED: usize = 7;

// Every data colour has a contrast of 3:1 with white and with the dark paper, by itself or by its outline. Neighbours
// differ in lightness as well as in hue, so that they differ in grey and for the colour-blind; tests hold them to it.

/// The layers of a stack, from the bottom up; one more than are named, for a rest of one.
pub(in crate::report) const LAYERS: [Rgb; NAMED + 1] = [
    Rgb(0x4c, 0x65, 0xca),
    Rgb(0xcb, 0x83, 0x15),
    Rgb(0x32, 0x81, 0x73),
    Rgb(0xe5, 0x6d, 0x41),
    Rgb(0xc2, 0x45, 0x62),
    Rgb(0xb3, 0x79, 0xc0),
    Rgb(0x63, 0x75, 0x10),
    Rgb(0x43, 0xa6, 0x5f),
];

/// What has no name of its own in a stack.
pub(in crate::report) const OTHER: Rgb = Rgb(0x8b, 0x93, 0x9d);

/// What the bill does not name: a pale grey with an outline.
pub(super) const NAMELESS: Paint = Paint { fill: Rgb(0xd3, 0xd8, 0xde), outline: Some(OTHER) };

/// Purchase options, from the bottom up: on demand, reserved, Savings Plans, Spot, unused. They stand behind lines.
pub(super) const PURCHASE: [Rgb; 5] =
    [Rgb(0xcb, 0x83, 0x15), Rgb(0x4c, 0x65, 0xca), Rgb(0x54, 0x9a, 0xc9), Rgb(0x8e, 0x60, 0x99), Rgb(0xe5, 0x6d, 0x41)];

/// How much white there is in what stands behind lines, of 255.
pub(super) const BEHIND: u8 = 80;

/// Lines: coverage, utilisation, Graviton; or three shares of Graviton.
pub(in crate::report) const LINES: [Rgb; 3] = [Rgb(0x5d, 0x5d, 0xc9), Rgb(0x8a, 0x8c, 0x00), Rgb(0xbd, 0x40, 0x78)];

/// What Graviton saved.
pub(in crate::report) const REALIZED: Rgb = Rgb(0x43, 0xa6, 0x5f);
/// What it could save now.
pub(in crate::report) const UNLOCKED: Rgb = Rgb(0x4c, 0x65, 0xca);
/// What it could save later; nearer is stronger.
pub(in crate::report) const LOCKED: Rgb = Rgb(0xcb, 0x83, 0x15);

/// A total of a waterfall.
pub(in crate::report) const TOTAL: Rgb = Rgb(0x5a, 0x6d, 0x8c);
/// Cost that goes away.
pub(in crate::report) const LESS: Rgb = Rgb(0x1b, 0x9e, 0x8a);
/// Cost that is added.
pub(in crate::report) const MORE: Rgb = Rgb(0xd9, 0x6b, 0x27);

/// Fills an area with a colour that stands by itself on every paper.
pub(super) const fn plain(fill: Rgb) -> Paint {
    Paint { fill, outline: None }
}

/// Fills an area with a tint and draws its outline in the full colour.
pub(super) fn tint(color: Rgb, white: u8) -> Paint {
    Paint { fill: color.mixed(PAPER, white), outline: Some(color) }
}

#[cfg(test)]
#[path = "palette_tests.rs"]
mod tests;
