//! Names of sheets that Excel takes: short, without its own signs, each once.

use crate::report::guard;

/// Letters of a name, as UTF-16 counts.
const MOST: usize = 31;

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Makes a name out of a title and takes it.
    pub(super) fn give(&mut self, title: &str) -> String {
        self.give_with(title, "")
    }

    /// Makes a name that ends in this, however long the title is, and takes it.
    pub(super) fn give_with(&mut self, title: &str, end: &str) -> String {
        let plain = guard::eyes(title).replace(['[', ']', ':', '*', '?', '/', '\\'], " ");
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let plain = plain.trim_matches(['\'', ' ']);
        // Excel keeps the name "History" for itself.
        let plain = if plain.is_empty() || plain.eq_ignore_ascii_case("history") { "Table" } else { plain };
        let named = |end: &str| format!("{}{end}", cut(plain, MOST - end.encode_utf16().count()));
        let mut name = named(end);
        let mut number = 2;
        while self.0.contains(&name.to_lowercase()) {
            name = named(&format!("{end} ({number})"));
            number += 1;
        }
        self.0.push(name.to_lowercase());
        name
    }
}

/// Cuts text to this many letters, at a word where one ends in the second half.
fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits: String = text
        .chars()
        .take_while(|letter| {
            units += letter.len_utf16();
            units <= most
        })
        .collect();
    let is_whole = fits.len() == text.len() || text[fits.len()..].starts_with(' ');
    let words = fits.rsplit_once(' ').map(|(words, _)| words).filter(|words| words.len() > fits.len() / 2);
    let kept = if is_whole { &fits } else { words.unwrap_or(&fits) };
    kept.trim_matches(['\'', ' ', ',']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_and_each_there_once() {
        let mut names = Names::default();
        assert_eq!(names.give("Cost: by [month]/service"), "Cost by month service");
        assert_eq!(names.give("cost by month service"), "cost by month service (2)");
        assert_eq!(names.give("Cost by month and service, with a long name"), "Cost by month and service, with");
        assert_eq!(names.give("Cost by month and service, within a year"), "Cost by month and service");
        assert_eq!(names.give_with("Bridge, month before", " · Unblended"), "Bridge, month · Unblended");
        assert_eq!(names.give("'quoted'"), "quoted");
        assert_eq!(names.give("History"), "Table");
        assert_eq!(names.give("\u{1b}?"), "Table (2)");
        assert_eq!(names.give(&"가".repeat(40)).chars().count(), 31);
        assert_eq!(names.give(&"😀".repeat(40)).encode_utf16().count(), 30);
        let second = names.give(&"가".repeat(40));
        assert!(second.ends_with(" (2)") && second.chars().count() == 31, "{second}");
    }
}
