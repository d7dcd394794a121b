//! What a report is made from, so that the same report is not made twice: month, delivery, settings, prices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    sealed,
    source::{Bill, Delivery},
    units::Month,
};

/// Settings by name, each with its values.
pub type Settings = BTreeMap<String, Vec<String>>;

/// A delivery that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// The export.
    pub export: String,
    /// How it is written.
    pub format: String,
    /// The month; `None` when only the rows can tell.
    pub month: Option<Month>,
    /// The manifest that named the files.
    pub manifest: Option<String>,
    /// The files, each at its version.
    pub files: Vec<InputFile>,
}

/// A file that a report was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// As the user would type it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The version, where the store has versions.
    pub e_tag: Option<String>,
    /// RFC 3339.
    pub last_modified: String,
}

impl InputFile {
    /// Tells whether both are the same version. Where there is no tag, the time tells.
    fn is_same(&self, other: &Self) -> bool {
        let time = |file: &Self| file.e_tag.is_none().then(|| file.last_modified.clone());
        (&self.name, self.size, &self.e_tag, time(self)) == (&other.name, other.size, &other.e_tag, time(other))
    }
}

impl Input {
    fn of(export: &crate::source::Export, delivery: &Delivery) -> Self {
        let files = delivery.files.iter().map(|file| InputFile {
            name: file.name.clone(),
            size: file.object.size,
            e_tag: file.object.e_tag.clone(),
            last_modified: file.object.last_modified.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        });
        Self {
            export: export.name.clone(),
            format: export.format.to_string(),
            month: delivery.month,
            manifest: delivery.manifest.clone(),
            files: files.collect(),
        }
    }

    /// Tells whether both are the same delivery.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.export, &self.format, self.month) == (&other.export, &other.format, other.month)
            && self.files.len() == other.files.len()
            && self.files.iter().zip(&other.files).all(|(a, b)| a.is_same(b))
    }
}

/// Returns the deliveries of a bill, in order.
pub fn inputs(bill: &Bill) -> Vec<Input> {
    let of_export = |export| {
        let export: &crate::source::Export = export;
        export.deliveries.iter().map(move |delivery| Input::of(export, delivery))
    };
    let mut all: Vec<Input> = bill.exports.iter().flat_map(of_export).collect();
    all.sort();
    all
}

/// What a report is made from; two reports with the same key are the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The month.
    pub month: Month,
    /// The deliveries of the months that the report reads, as a digest.
    pub delivery: String,
    /// The settings that change what the report says, as a digest.
    pub config: String,
    /// The eight digits of the price table.
    pub prices: String,
}

impl Key {
    /// Names what a report is made from.
    pub fn new(month: Month, inputs: &[Input], settings: &Settings, prices: &str) -> Self {
        let files = inputs.iter().map(|input| {
            let tags = input.files.iter().map(|file| {
                let time = file.e_tag.is_none().then_some(&file.last_modified);
                (&file.name, file.size, &file.e_tag, time)
            });
            (&input.export, &input.format, input.month.map(|month| month.to_string()), tags.collect::<Vec<_>>())
        });
        let files: Vec<_> = files.collect();
        Self {
            month,
            delivery: sealed::digest(format!("{files:?}").as_bytes())[..16].to_owned(),
            config: sealed::digest(format!("{settings:?}").as_bytes())[..16].to_owned(),
            prices: prices.to_owned(),
        }
    }

    /// Returns the key as one digest.
    pub fn digest(&self) -> String {
        let Self { month, delivery, config, prices } = self;
        sealed::digest(format!("{month} {delivery} {config} {prices}").as_bytes())[..16].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(tag: Option<&str>, modified: &str) -> Input {
        let file = InputFile {
            name: "a.parquet".to_owned(),
            size: 7,
            e_tag: tag.map(str::to_owned),
            last_modified: modified.to_owned(),
        };
        Input {
            export: "e".to_owned(),
            format: "CUR 2.0 Parquet".to_owned(),
            month: Month::new(2024, 1),
            manifest: None,
            files: vec![file],
        }
    }

    fn key(input: &Input, setting: &str, prices: &str) -> String {
        let settings = Settings::from([("report.basis".to_owned(), vec![setting.to_owned()])]);
        Key::new(Month::new(2024, 1).unwrap(), std::slice::from_ref(input), &settings, prices).digest()
    }

    #[test]
    fn each_part_changes_the_key_and_nothing_else_does() {
        let base = key(&input(Some("1"), "x"), "amortized", "aaaaaaaa");
        assert_eq!(base, key(&input(Some("1"), "touched later"), "amortized", "aaaaaaaa"));
        for other in [
            key(&input(Some("2"), "x"), "amortized", "aaaaaaaa"),
            key(&input(Some("1"), "x"), "unblended", "aaaaaaaa"),
            key(&input(Some("1"), "x"), "amortized", "bbbbbbbb"),
            key(&input(None, "x"), "amortized", "aaaaaaaa"),
        ] {
            assert_ne!(base, other);
        }
        assert_ne!(key(&input(None, "x"), "a", "b"), key(&input(None, "y"), "a", "b"));
    }

    #[test]
    fn a_delivery_is_the_same_at_the_same_versions() {
        assert!(input(Some("1"), "x").is_same(&input(Some("1"), "y")));
        assert!(!input(Some("1"), "x").is_same(&input(Some("2"), "x")));
        assert!(!input(None, "x").is_same(&input(None, "y")));
    }
}
