//! What the fonts know, and what happens without one.

use std::path::PathBuf;

use fontdb::Database;

use super::*;
use crate::error::Kind;

/// Noto CJK of the system, a collection of ten faces; the tests that need it pass where it is not installed.
fn collection() -> Option<PathBuf> {
    let path = PathBuf::from("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc");
    path.exists().then_some(path)
}

#[test]
fn a_machine_without_fonts_has_our_own() {
    assert_eq!(search::best(&Database::new()), None);
    let fonts = Fonts::embedded();
    assert!(fonts.has('a') && fonts.has('−') && !fonts.has(HANGUL));
}

#[test]
fn a_file_that_does_not_help_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.ttf");
    std::fs::write(&text, "no font").unwrap();
    let latin = folder.path().join("latin.otf");
    std::fs::write(&latin, FONT_REGULAR).unwrap();
    let missing = folder.path().join("missing.ttf");
    for (path, what) in [(text, "this is no font"), (latin, "no Hangul"), (missing, "cannot read")] {
        let error = Fonts::find(Some(&path)).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        let told = error.to_string();
        assert!(told.contains(what) && told.contains(&path.display().to_string()), "{told}");
    }
}

#[test]
fn every_face_of_a_collection_stands_alone() {
    let Some(path) = collection() else { return };
    let data = std::fs::read(path).unwrap();
    for index in [0, 1, 4] {
        let file = face::alone(&data, index).unwrap();
        let (whole, own) = (ttf_parser::Face::parse(&data, index).unwrap(), ttf_parser::Face::parse(&file, 0).unwrap());
        assert_eq!(whole.glyph_index(HANGUL), own.glyph_index(HANGUL));
        assert_eq!(whole.number_of_glyphs(), own.number_of_glyphs());
    }
    assert_eq!(face::alone(&data, 99), None);
    assert_eq!(face::alone(FONT_REGULAR, 1), None);
}

#[test]
fn a_font_that_is_passed_draws_hangul() {
    let Some(path) = collection() else { return };
    let fonts = Fonts::find(Some(&path)).unwrap();
    assert!(fonts.has(HANGUL) && fonts.has('a'));
    let face = fonts.face(HANGUL, true).unwrap();
    assert!(face.advance(HANGUL) > 0.8 && face.advance(HANGUL) <= 0.95);
    assert_eq!(fonts.face('a', false).unwrap().family, FONT_FAMILY);
    // The same font is registered once.
    let again = Fonts::find(Some(&path)).unwrap();
    assert_eq!(again.face(HANGUL, false).unwrap().family, face.family);
}
