//! Every text that a reader sees, in each language: the folders `en` and `ko` beside this file.
//!
//! A text has a dotted name and may hold `{places}`. A test compares the languages name by name and place by place.

mod phrases;

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
};

use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    error::{Error, Result},
    units::{Month, decimals, grouped, percent},
};

/// Language of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Korean.
    #[serde(rename = "ko")]
    Korean,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Returns the code, as in `lang="ko"`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    fn sources(self) -> [&'static str; 7] {
        macro_rules! files {
            ($folder:literal) => {
                [
                    include_str!(concat!($folder, "/common.toml")),
                    include_str!(concat!($folder, "/figures.toml")),
                    include_str!(concat!($folder, "/phrases.toml")),
                    include_str!(concat!($folder, "/tables.toml")),
                    include_str!(concat!($folder, "/charts.toml")),
                    include_str!(concat!($folder, "/page.toml")),
                    include_str!(concat!($folder, "/files.toml")),
                ]
            };
        }
        match self {
            Self::English => files!("en"),
            Self::Korean => files!("ko"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|language| language.code() == text);
        found.ok_or_else(|| Error::usage(format!("there are no texts in \"{text}\"")).hint("use en or ko"))
    }
}

/// The texts of one language.
#[derive(Debug)]
pub struct Words {
    /// The language.
    pub language: Language,
    texts: BTreeMap<String, String>,
}

impl Words {
    /// Returns the texts of a language.
    ///
    /// # Errors
    /// When the file of the language cannot be read, which a test rules out.
    pub fn of(language: Language) -> Result<Arc<Self>> {
        static READ: [OnceLock<Option<Arc<Words>>>; 2] = [OnceLock::new(), OnceLock::new()];
        let read = READ[language as usize].get_or_init(|| {
            let mut texts = BTreeMap::new();
            for source in language.sources() {
                flatten("", &source.parse().ok()?, &mut texts)?;
            }
            Some(Arc::new(Self { language, texts }))
        });
        read.clone().ok_or_else(|| Error::runtime(format!("the texts of the language {language} cannot be read")))
    }

    /// Returns a text; one that is missing shows its name, which no test lets pass.
    pub fn say(&self, name: &str) -> String {
        self.find(name).map_or_else(|| format!("[{name}]"), str::to_owned)
    }

    /// Returns a text, where there is one.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// Returns a text with its places filled.
    pub fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        filled(&self.say(name), values)
    }

    /// Returns the month as people write it: "May 2023", "2023년 5월".
    pub fn month(&self, month: Month) -> String {
        let iso = month.to_string();
        let (year, number) = iso.split_once('-').unwrap_or((&iso, ""));
        let name = self.say(&format!("month.{number}"));
        self.fill("month.label", &[("month", &name), ("year", year)])
    }

    /// Returns an amount with its currency, rounded to the places that the currency has.
    pub fn money(&self, amount: Decimal, currency: &str) -> String {
        self.fill("unit.money", &[("amount", &figure(amount, currency)), ("currency", currency)])
    }

    /// Returns a ratio as per cent with one place.
    pub fn percent(&self, ratio: Decimal) -> String {
        signed(&percent(ratio))
    }
}

/// Returns an amount without its currency, rounded to the places that the currency has, with a real minus sign.
pub fn figure(amount: Decimal, currency: &str) -> String {
    signed(&grouped(amount, decimals(currency)))
}

/// Writes a real minus sign instead of a hyphen.
pub fn signed(figure: &str) -> String {
    figure.replace('-', "−")
}

fn flatten(above: &str, table: &toml::Table, texts: &mut BTreeMap<String, String>) -> Option<()> {
    for (name, value) in table {
        let name = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            toml::Value::Table(table) => flatten(&name, table, texts)?,
            value => {
                let before = texts.insert(name, value.as_str()?.to_owned());
                if before.is_some() {
                    return None;
                }
            }
        }
    }
    Some(())
}

/// Fills the places of a text, each once: what is filled in is not looked at again.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after
            .split_once('}')
            .and_then(|(name, rest)| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, rest)));
        let (value, after) = found.unwrap_or(("{", after));
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        let english = Words::of(Language::English).unwrap();
        for language in Language::ALL {
            let words = Words::of(language).unwrap();
            let names = |words: &Words| words.texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&words), names(&english), "{language}");
            for (name, text) in &words.texts {
                assert!(!text.trim().is_empty(), "{language}: {name} is empty");
                assert_eq!(places(text), places(&english.texts[name]), "{language}: {name}");
            }
        }
    }

    #[test]
    fn places_are_filled_once() {
        assert_eq!(filled("{a} and {b}, {a}", &[("a", "{b}"), ("b", "2")]), "{b} and 2, {b}");
        assert_eq!(filled("a { b {c", &[("c", "1")]), "a { b {c");
    }

    #[test]
    fn months_and_money_read_as_in_the_language() {
        let month = Month::new(2024, 1).unwrap();
        let words = |language| Words::of(language).unwrap();
        assert_eq!(words(Language::English).month(month), "Jan 2024");
        assert_eq!(words(Language::Korean).month(month), "2024년 1월");
        assert_eq!(words(Language::English).money(Decimal::new(-1_234_567, 2), "USD"), "−12,345.67 USD");
        assert_eq!(words(Language::Korean).money(Decimal::new(1_234_567, 2), "KRW"), "12,346 KRW");
    }
}
