//! One face of a font file: which letters it has, how wide they are, and its name for plotters.

use std::fmt;

use plotters::style::{FontStyle, register_font};
use ttf_parser::{Face, fonts_in_collection};

use super::HANGUL;

/// A face that plotters can draw with.
pub(in crate::report::charts) struct Loaded {
    face: Face<'static>,
    /// Name under which plotters knows it.
    pub(in crate::report::charts) family: &'static str,
    /// How much smaller it is drawn, so that it is never wider than the layout takes it for.
    shrink: f64,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("family", &self.family).finish_non_exhaustive()
    }
}

impl Loaded {
    /// Registers a face of a file, which stays in memory as long as the program; `None` when it is no font.
    pub(super) fn register(family: &'static str, style: FontStyle, data: &'static [u8]) -> Option<Self> {
        let face = Face::parse(data, 0).ok()?;
        register_font(family, style, data).ok()?;
        let mut loaded = Self { face, family, shrink: 1.0 };
        if let Some(room) = layout_width(HANGUL).filter(|_| loaded.has(HANGUL)) {
            loaded.shrink = (room / loaded.advance(HANGUL).max(0.1)).min(1.0);
        }
        Some(loaded)
    }

    /// Tells whether the face has the letter.
    pub(in crate::report::charts) fn has(&self, letter: char) -> bool {
        self.face.glyph_index(letter).is_some()
    }

    /// Returns how far the pen moves for a letter, in em.
    pub(in crate::report::charts) fn advance(&self, letter: char) -> f64 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        self.em(self.face.glyph_hor_advance(glyph).map_or(0, i32::from))
    }

    /// Returns where the ink of a letter begins, right of the pen, in em.
    pub(in crate::report::charts) fn bearing(&self, letter: char) -> f64 {
        let glyph = self.face.glyph_index(letter).unwrap_or_default();
        self.em(self.face.glyph_bounding_box(glyph).map_or(0, |ink| i32::from(ink.x_min)))
    }

    /// Returns the height of the face in em: plotters is told this, not the em, and puts the baseline in the middle.
    pub(in crate::report::charts) fn height(&self) -> f64 {
        self.em(i32::from(self.face.ascender()) - i32::from(self.face.descender()))
    }

    fn em(&self, units: i32) -> f64 {
        f64::from(units) / f64::from(self.face.units_per_em().max(1)) * self.shrink
    }
}

/// Returns the width in em that the layout takes a letter for which our own font does not have; `None` for letters
/// without a fixed one.
pub(super) fn layout_width(letter: char) -> Option<f64> {
    match u32::from(letter) {
        // Marks on the letter before, joiners, selectors.
        0x0300..=0x036f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfe00..=0xfe0f | 0xfeff => Some(0.0),
        // Hangul.
        0x1100..=0x11ff | 0x3130..=0x318f | 0xa960..=0xa97f | 0xac00..=0xd7ff => Some(0.95),
        // Chinese characters, kana, full width, pictures.
        0x2e80..=0x312f | 0x3190..=0xa4cf | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xffef | 0x1_f000.. => {
            Some(1.0)
        }
        _ => None,
    }
}

/// Returns one face of a file as a file of its own: plotters takes the first face only.
pub(super) fn alone(data: &[u8], index: u32) -> Option<Vec<u8>> {
    match fonts_in_collection(data) {
        None => (index == 0).then(|| data.to_vec()),
        Some(_) if index == 0 => Some(data.to_vec()),
        Some(_) => extracted(data, index),
    }
}

/// Copies the tables of one face of a collection.
fn extracted(data: &[u8], index: u32) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    const RECORD: usize = 16;
    let number = |at: usize| Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?));
    let start = number(HEADER + 4 * usize::try_from(index).ok()?)?.try_into().ok()?;
    let tables = usize::from(u16::from_be_bytes(data.get(start + 4..start + 6)?.try_into().ok()?));
    let directory = data.get(start..start + HEADER + RECORD * tables)?;
    let mut file = directory.to_vec();
    for record in (0..tables).map(|table| HEADER + RECORD * table) {
        let from: usize = number(start + record + 8)?.try_into().ok()?;
        let length: usize = number(start + record + 12)?.try_into().ok()?;
        let to = u32::try_from(file.len()).ok()?;
        file.get_mut(record + 8..record + 12)?.copy_from_slice(&to.to_be_bytes());
        file.extend_from_slice(data.get(from..from.checked_add(length)?)?);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    Some(file)
}
