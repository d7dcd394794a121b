//! The fonts of the pictures: our own for Latin, and one of the system or of `--font` for other scripts.
//!
//! Plotters knows fonts by a global name and for ever: each font is registered once in a process.

mod face;
mod search;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

pub(super) use face::Loaded;
use plotters::style::FontStyle;
use search::Found;
use sha2::{Digest, Sha256};

use super::{FONT_BOLD, FONT_FAMILY, FONT_REGULAR};
use crate::error::{Error, Result};

/// The letter that tells whether a font has Hangul.
const HANGUL: char = '한';

/// The fonts that a PNG file is drawn with.
#[derive(Debug, Clone, Default)]
pub struct Fonts {
    other: Option<Arc<Pair>>,
}

/// A regular and a bold face.
#[derive(Debug)]
pub(super) struct Pair {
    regular: Loaded,
    bold: Option<Loaded>,
}

impl Pair {
    /// Returns the bold face, or the regular one where there is no other.
    pub(super) fn face(&self, bold: bool) -> &Loaded {
        self.bold.as_ref().filter(|_| bold).unwrap_or(&self.regular)
    }
}

impl Fonts {
    /// Returns the embedded font alone.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Finds a font for Hangul and other scripts: the one that was passed, else one of the system, else none.
    ///
    /// # Errors
    /// When the file that was passed is no font, or has no Hangul.
    pub fn find(passed: Option<&Path>) -> Result<Self> {
        let found = passed.map(search::in_file).transpose()?.or_else(search::in_system);
        Ok(Self { other: found.and_then(registered) })
    }

    /// Tells whether one of the fonts has the letter.
    pub fn has(&self, letter: char) -> bool {
        self.face(letter, false).is_some()
    }

    /// Returns the face to draw a letter with, where there is one: our own first.
    pub(super) fn face(&self, letter: char, bold: bool) -> Option<&Loaded> {
        let own = embedded().ok().map(|pair| pair.face(bold));
        let other = self.other.as_ref().map(|pair| pair.face(bold));
        [own, other].into_iter().flatten().find(|face| face.has(letter))
    }
}

/// Returns the width of a letter in em for the layout, which is the same whatever other font there is.
///
/// # Errors
/// When the embedded font cannot be read.
pub(super) fn layout_advance(letter: char, bold: bool) -> Result<f64> {
    const UNKNOWN: f64 = 0.65;
    let own = embedded()?.face(bold);
    if own.has(letter) { Ok(own.advance(letter)) } else { Ok(face::layout_width(letter).unwrap_or(UNKNOWN)) }
}

/// Returns the embedded font.
///
/// # Errors
/// When it cannot be read, which a test rules out.
pub(super) fn embedded() -> Result<&'static Pair> {
    static EMBEDDED: OnceLock<Option<Pair>> = OnceLock::new();
    let pair = EMBEDDED.get_or_init(|| {
        Some(Pair {
            regular: Loaded::register(FONT_FAMILY, FontStyle::Normal, FONT_REGULAR)?,
            bold: Some(Loaded::register(FONT_FAMILY, FontStyle::Bold, FONT_BOLD)?),
        })
    });
    pair.as_ref().ok_or_else(|| Error::runtime("the embedded font of the charts cannot be read"))
}

/// Registers a font under a name of its own, once.
fn registered(found: Found) -> Option<Arc<Pair>> {
    static KNOWN: Mutex<BTreeMap<[u8; 32], Option<Arc<Pair>>>> = Mutex::new(BTreeMap::new());
    let key = Sha256::digest(&found.regular).into();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let number = known.len();
    let load = || {
        let family: &'static str = format!("Gravimeter Other {number}").leak();
        let bold = found.bold.and_then(|data| Loaded::register(family, FontStyle::Bold, data.leak()));
        Some(Arc::new(Pair { regular: Loaded::register(family, FontStyle::Normal, found.regular.leak())?, bold }))
    };
    known.entry(key).or_insert_with(load).clone()
}

#[cfg(test)]
mod tests;
