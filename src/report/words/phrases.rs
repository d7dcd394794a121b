//! Sentences that earlier stages write in English, in the language of a report.
//!
//! ```text
//! "speed not measured; at the 63 % of list …"  ── parts of a list ──► phrase.… in English ──► the same in the language
//! ```
//!
//! A phrase is compared with all of a part. Of several that fit, the one with the longest beginning is meant. Places hold
//! names and figures, which stay as they are.

use super::{Language, Words};

/// What stands between the parts of a list.
const BETWEEN: [&str; 2] = [", ", "; "];

/// Places that hold phrases.
const NESTED: [&str; 2] = ["basis", "losses"];

impl Words {
    /// Returns a sentence that another stage has written in English in the language of the report: it is compared with the
    /// English `phrase.…` texts, and the places are carried over. What is none of them stays as it is.
    pub fn translated(&self, sentence: &str) -> String {
        if self.language == Language::English {
            return sentence.to_owned();
        }
        let Ok(english) = Self::of(Language::English) else { return sentence.to_owned() };
        let whole = BETWEEN.iter().find_map(|between| self.list(&english, sentence, between, true));
        let any = || BETWEEN.iter().rev().find_map(|between| self.list(&english, sentence, between, false));
        whole.or_else(any).unwrap_or_else(|| sentence.to_owned())
    }

    /// Returns what a commitment covers in the language of the report.
    pub fn scope(&self, text: &str) -> String {
        let english = Self::of(Language::English).ok().filter(|english| english.language != self.language);
        english.and_then(|english| self.phrase(&english, "scope", text)).unwrap_or_else(|| text.to_owned())
    }

    /// Translates a list of which each part is a phrase, or any part.
    fn list(&self, english: &Self, sentence: &str, between: &str, each: bool) -> Option<String> {
        let (mut parts, mut rest, mut found) = (Vec::new(), sentence, false);
        loop {
            // A phrase may hold what stands between the parts.
            let mut ends = rest.match_indices(between).map(|(at, _)| at).chain([rest.len()]);
            let phrase = ends.find_map(|end| Some((self.phrase(english, "phrase", &rest[..end])?, end)));
            found |= phrase.is_some();
            let (part, end) = match phrase {
                Some(phrase) => phrase,
                None if each => return None,
                None => {
                    let end = rest.find(between).unwrap_or(rest.len());
                    (rest[..end].to_owned(), end)
                }
            };
            parts.push(part);
            match rest.get(end + between.len()..) {
                Some(behind) => rest = behind,
                None => return found.then(|| parts.join(between)),
            }
        }
    }

    /// Translates a text that is one phrase of a group.
    fn phrase(&self, english: &Self, group: &str, text: &str) -> Option<String> {
        let phrases = english.texts.range(format!("{group}.")..format!("{group}/"));
        let fitting = phrases.filter_map(|(name, template)| Some((name, template, matched(template, text)?)));
        let (name, _, values) = fitting.max_by_key(|(_, template, values)| {
            let held: usize = values.iter().map(|(_, value)| value.len()).sum();
            (template.find('{').unwrap_or(template.len()), text.len() - held)
        })?;
        let carried = |place: &str, value: &str| {
            if NESTED.contains(&place) { self.translated(value) } else { value.to_owned() }
        };
        let values: Vec<(&str, String)> =
            values.into_iter().map(|(place, value)| (place, carried(place, value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(place, value)| (*place, value.as_str())).collect();
        Some(self.fill(name, &values))
    }
}

/// Returns what the places of a template hold in a sentence; `None` when the sentence is another one.
fn matched<'t>(template: &'t str, sentence: &'t str) -> Option<Vec<(&'t str, &'t str)>> {
    let Some((before, after)) = template.split_once('{') else { return (template == sentence).then(Vec::new) };
    let (place, template) = after.split_once('}')?;
    let sentence = sentence.strip_prefix(before)?;
    // A place ends where the words behind it begin, at the first spot from which all the rest fits.
    let next = template.split('{').next().unwrap_or("");
    let ends: Vec<usize> = if template.is_empty() {
        vec![sentence.len()]
    } else if next.is_empty() {
        return None;
    } else {
        sentence.match_indices(next).map(|(at, _)| at).collect()
    };
    // A place never reaches from one remark into the next.
    let may_hold = |end: &usize| *end > 0 && !sentence[..*end].contains("; ");
    ends.into_iter().filter(may_hold).find_map(|end| {
        let mut values = vec![(place, &sentence[..end])];
        values.extend(matched(template, &sentence[end..])?);
        Some(values)
    })
}

#[cfg(test)]
#[path = "phrases_tests.rs"]
mod tests;
