//! Finds a font with Hangul: in a file, or among those of the system.

use std::{fs, path::Path};

use fontdb::{Database, FaceInfo, Source, Style};
use ttf_parser::Face;

use super::{HANGUL, face};
use crate::error::{Error, Result};

/// Families that go well with our own, best first.
const FAMILIES: [&str; 10] = [
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Nanum Gothic",
    "NanumGothic",
    "Pretendard",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "NanumBarunGothic",
];

/// A font that was found: files of one face each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) regular: Vec<u8>,
    pub(super) bold: Option<Vec<u8>>,
}

/// Returns the font in a file.
///
/// # Errors
/// When it cannot be read, is no font or has no Hangul.
pub(super) fn in_file(path: &Path) -> Result<Found> {
    let wrong = |what: &str| {
        Error::usage(format!("--font {}: {what}", path.display()))
            .hint("pass a TrueType or OpenType file with Hangul, such as NotoSansKR-Regular.otf or NanumGothic.ttf")
    };
    let data = fs::read(path).map_err(|error| wrong(&format!("cannot read the file: {error}")))?;
    let mut database = Database::new();
    database.load_font_data(data);
    if database.is_empty() {
        return Err(wrong("this is no font"));
    }
    best(&database).ok_or_else(|| wrong(&format!("this font has no Hangul (no \"{HANGUL}\")")))
}

/// Returns the best font of the system with Hangul.
pub(super) fn in_system() -> Option<Found> {
    let mut database = Database::new();
    database.load_system_fonts();
    best(&database)
}

/// Returns the best font with Hangul; the same for the same set of fonts, in whatever order they were found.
pub(super) fn best(database: &Database) -> Option<Found> {
    let mut faces: Vec<_> = database.faces().collect();
    faces.sort_by_cached_key(|face| rank(face));
    // A variable font is drawn in its lightest weight: only where there is no other.
    let of_kind = |is_variable| faces.iter().find(|face| usable(database, face) == Some(is_variable));
    let regular = of_kind(false).or_else(|| of_kind(true))?;
    let family = family(regular);
    let bold = faces.iter().find(|face| {
        family == self::family(face)
            && (600..=800).contains(&face.weight.0)
            && regular.weight.0 < 600
            && usable(database, face) == Some(false)
    });
    Some(Found { regular: alone(regular)?, bold: bold.and_then(|bold| alone(bold)) })
}

/// Orders faces: known families first, then upright ones of regular weight, then by name.
fn rank(face: &FaceInfo) -> impl Ord + use<> {
    let family = family(face).to_owned();
    let known = FAMILIES.iter().position(|name| *name == family).unwrap_or(FAMILIES.len());
    let is_book = ["Serif", "Myeongjo", "Batang", "Pen", "Brush", "Mono"].iter().any(|name| family.contains(name));
    let upright = face.style != Style::Normal;
    let weight = face.weight.0.abs_diff(400);
    (known, is_book || face.monospaced, upright, weight, family, face.post_script_name.clone(), face.index)
}

/// Returns the English name of the family, which stands first.
fn family(face: &FaceInfo) -> &str {
    face.families.first().map_or("", |(name, _)| name.as_str())
}

/// Tells whether a face has Hangul and can be drawn, and if so whether it is a variable one.
fn usable(database: &Database, info: &FaceInfo) -> Option<bool> {
    let read = |data: &[u8], index| {
        let face = Face::parse(data, index).ok()?;
        let glyph = face.glyph_index(HANGUL)?;
        // A font of pictures has no outlines to draw.
        face.glyph_bounding_box(glyph).map(|_| face.is_variable())
    };
    database.with_face_data(info.id, read).flatten()
}

/// Returns one face of its file.
fn alone(info: &FaceInfo) -> Option<Vec<u8>> {
    // Read, not mapped: the file may be replaced while we draw.
    match &info.source {
        Source::File(path) | Source::SharedFile(path, _) => face::alone(&fs::read(path).ok()?, info.index),
        Source::Binary(data) => face::alone(data.as_ref().as_ref(), info.index),
    }
}
