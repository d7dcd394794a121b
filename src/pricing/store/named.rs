//! Tables by their digits: which files made one, so that it can be made again whatever comes later, for the same days too.

use std::fs;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Store, write};
use crate::{
    error::{Error, Result},
    pricing::{PriceBook, store::version::days},
};

/// Folder of the tables, beside those of the services.
const TABLES: &str = "tables";

/// What a table was made of.
#[derive(Serialize, Deserialize)]
struct Named {
    /// Day on which it was made: what was checked later is not part of it.
    #[serde(with = "days")]
    made: NaiveDate,
    /// Files of its versions.
    files: Vec<String>,
}

impl Store {
    /// Takes down what the table of all versions is made of.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn name(&self, book: &PriceBook, made: NaiveDate) -> Result<()> {
        let named = Named { made, files: book.files().map(str::to_owned).collect() };
        let mut text = serde_json::to_vec_pretty(&named)
            .map_err(|error| Error::runtime(format!("cannot write the files of a table: {error}")))?;
        text.push(b'\n');
        let path = self.root.join(TABLES).join(format!("{}.json", book.version()));
        if path.is_file() { Ok(()) } else { write(&path, &text) }
    }

    /// Returns the store as far as the table with these digits was made of it.
    ///
    /// # Errors
    /// When no table has these digits, or a file of it is no longer known.
    pub fn of_table(&self, table: &str) -> Result<Self> {
        if table == PriceBook::embedded()?.version() {
            return Ok(Self::default());
        }
        let path = self.root.join(TABLES).join(format!("{table}.json"));
        let text = fs::read(&path).map_err(|_| {
            Error::usage(format!("--as-of: no price table {table} is known in {}", self.root.display()))
                .hint("reports and `gravimeter prices status` name theirs; a day, such as 2026-11-18, is another way")
        })?;
        let broken = |what: &str| Error::incomplete(format!("{}: {what}", path.display()));
        let named: Named = serde_json::from_slice(&text).map_err(|error| broken(&error.to_string()))?;
        let find = |file: &String| {
            let known = self.versions.iter().find(|version| version.file == *file).cloned();
            known.ok_or_else(|| broken(&format!("{file} is in no index")))
        };
        let versions = named.files.iter().map(find).collect::<Result<_>>()?;
        Ok(Self { root: self.root.clone(), versions, checked_until: Some(named.made) })
    }
}
