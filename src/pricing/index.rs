//! `index.json`: what each file of the cache holds, and the SHA-256 that it must have.

use std::{collections::BTreeMap, fmt::Write};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    CURRENCY,
    files::{Files, INDEX},
    text::date,
};
use crate::error::{Error, Result};

/// The whole index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// Newest date of any price, which names the snapshot.
    pub(super) snapshot: String,
    pub(super) currency: String,
    pub(super) files: BTreeMap<String, Entry>,
}

/// What one file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Facts in it: prices, types, families, offered types, regions or measured pairs.
    pub(super) rows: usize,
    pub(super) sha256: String,
    /// Oldest and newest date of its prices; only price files are dated row by row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oldest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<String>,
}

impl Index {
    /// Reads the index of the files and checks every file against it.
    pub(super) fn verified(files: &Files) -> Result<Self> {
        let bytes = files.get(INDEX).ok_or_else(|| unpacked(&format!("pricing-cache has no {INDEX}")))?;
        let index: Self = serde_json::from_slice(bytes)
            .map_err(|error| unpacked(&format!("pricing-cache/{INDEX} cannot be read: {error}")))?;
        if index.currency != CURRENCY {
            let found = &index.currency;
            return Err(unpacked(&format!("pricing-cache/{INDEX} is in {found}, not in {CURRENCY}")));
        }
        for name in files.keys().filter(|name| *name != INDEX) {
            if !index.files.contains_key(name) {
                return Err(unpacked(&format!("pricing-cache/{name} is not listed in {INDEX}")));
            }
        }
        for (name, entry) in &index.files {
            let bytes = files.get(name).ok_or_else(|| {
                unpacked(&format!("pricing-cache/{name} is listed in {INDEX} and is not there"))
                    .hint("list a new file in src/pricing/files.rs and build again")
            })?;
            if sha256(bytes) != entry.sha256 {
                return Err(unpacked(&format!("pricing-cache/{name} is not the file that {INDEX} was written for")));
            }
        }
        Ok(index)
    }

    /// Returns the date of the newest price.
    pub(super) fn snapshot(&self) -> Result<NaiveDate> {
        date(&self.snapshot)
            .ok_or_else(|| unpacked(&format!("pricing-cache/{INDEX}: snapshot \"{}\" is not a date", self.snapshot)))
    }

    /// Returns the date of the oldest price.
    pub(super) fn oldest(&self) -> Option<NaiveDate> {
        self.files.values().filter_map(|entry| date(entry.oldest.as_deref()?)).min()
    }

    /// Returns the text of the file, with a newline at its end.
    pub(super) fn to_json(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::runtime(format!("cannot write {INDEX}: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }
}

fn unpacked(message: &str) -> Error {
    Error::incomplete(message)
        .hint("after a correction by hand run `gravimeter prices pack pricing-cache` and build again")
}

/// Returns the SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::files::embedded;

    #[test]
    fn the_embedded_files_match() {
        let index = Index::verified(&embedded()).unwrap();
        assert_eq!(index.files.len() + 1, embedded().len());
    }

    #[test]
    fn a_flipped_byte_is_refused_with_the_name_of_its_file() {
        for name in embedded().keys().filter(|name| *name != INDEX) {
            let mut files = embedded();
            let bytes = files.get_mut(name).unwrap().to_mut();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            let error = Index::verified(&files).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("pricing-cache/{name} is not the file that index.json was written for")
            );
            assert_eq!(error.kind().exit_code(), 3);
        }
    }

    #[test]
    fn a_missing_and_a_surplus_file_are_refused() {
        let mut files = embedded();
        files.remove("regions.csv");
        assert!(Index::verified(&files).unwrap_err().to_string().contains("regions.csv is listed in index.json"));
        let mut files = embedded();
        files.insert("on-demand/New.csv.zst".to_owned(), Vec::new().into());
        assert!(Index::verified(&files).unwrap_err().to_string().contains("New.csv.zst is not listed"));
    }

    #[test]
    fn sha256_is_hexadecimal() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
