//! Puts finished reports where they are read, so that nobody ever finds half a one: in a folder, or below a prefix in S3.
//!
//! In: the files of one report. Out: `MONTH/REVISION-KEY/…` with all of them, then `MONTH/latest.json`, which says which
//! revision is the month's report. What `latest.json` does not name does not count: a run that is killed before it was
//! written leaves nothing behind that anybody is sent to, and the next run clears it away. One run works at a time
//! ([`Lock`]); should two meet all the same, only one of them can write `latest.json`.

mod bucket;
mod folder;
mod lease;
mod lock;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Kind, Result},
    sealed,
    units::Month,
};
pub use bucket::BucketShelf;
pub use folder::FolderShelf;
pub use lock::{Lock, Places};

/// Name of the file that says which revision is the report of its month.
pub const LATEST: &str = "latest.json";

/// Name of the record in a report's folder.
pub const RECORD: &str = "run.json";

/// Version of the layout of `latest.json`.
const SCHEMA_VERSION: u32 = 1;

/// A file of a report: its path below the report's folder, with `/`, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The path.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// What is known of a file of a published report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its path below the report's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl File {
    /// Returns what is to be known of it.
    pub fn listed(&self) -> Listed {
        Listed { path: self.path.clone(), size: self.bytes.len() as u64, sha256: sealed::digest(&self.bytes) }
    }
}

/// Which revision is the report of a month: the content of `latest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// Version of this layout.
    pub schema_version: u32,
    /// The month.
    pub month: Month,
    /// Counts the reports of the month, from 1.
    pub revision: u32,
    /// What the report was made from, as a digest.
    pub key: String,
    /// The folder of the report, beside this file.
    pub folder: String,
    /// The record of the run, beside this file.
    pub run: String,
    /// SHA-256 of the record.
    pub run_sha256: String,
}

impl Latest {
    /// Names a revision of a month whose record has this content.
    pub fn new(month: Month, revision: u32, key: &str, record: &[u8]) -> Self {
        let folder = folder_name(revision, key);
        Self {
            schema_version: SCHEMA_VERSION,
            month,
            revision,
            key: key.to_owned(),
            run: format!("{folder}/{RECORD}"),
            folder,
            run_sha256: sealed::digest(record),
        }
    }

    /// Returns the path of a file of the report below the root.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{}/{file}", self.month, self.folder)
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::runtime(format!("cannot write {LATEST}: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let wrong = |why: String| {
            Error::incomplete(format!("{name} is not what gravimeter writes there: {why}"))
                .hint("move that file away; the reports beside it stay, and the next run makes a new one")
        };
        let latest: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if latest.schema_version != SCHEMA_VERSION {
            return Err(wrong(format!("it has the version {}", latest.schema_version))
                .hint("a newer gravimeter wrote it: use that one"));
        }
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_plain(&latest.folder) || latest.run != format!("{}/{RECORD}", latest.folder) {
            return Err(wrong(format!("it names the folder {:?}", latest.folder)));
        }
        Ok(latest)
    }
}

/// Returns the name of a report's folder.
fn folder_name(revision: u32, key: &str) -> String {
    format!("{revision:03}-{}", key.get(..12).unwrap_or(key))
}

/// Returns the revision that a folder's name begins with; `None` for a folder that is none of ours.
fn revision_of(folder: &str) -> Option<u32> {
    let (number, key) = folder.split_once('-')?;
    (number.len() >= 3 && key.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| number.parse().ok())?
}

/// A `latest.json` that was read, at its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// What it says.
    pub latest: Latest,
    /// The version, where the place has versions.
    e_tag: Option<String>,
}

/// A place for reports.
#[async_trait]
pub trait Shelf: fmt::Debug + Send + Sync {
    /// Returns where something below it lies, as users name it.
    fn name_of(&self, path: &str) -> String;

    /// Returns which revision is the report of a month; `None` where there is none.
    async fn latest(&self, month: Month) -> Result<Option<Pointer>>;

    /// Returns the months that have a report, oldest first.
    async fn months(&self) -> Result<Vec<Month>>;

    /// Reads a file below it; `None` where there is none.
    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>>;

    /// Tells whether all files of a report are there, by name and size.
    async fn has(&self, latest: &Latest, files: &[Listed]) -> Result<bool>;

    /// Puts all files of a report in its folder, the record last; clears away what killed runs left.
    async fn place(&self, latest: &Latest, files: &[File]) -> Result<()>;

    /// Makes a report the one of its month, unless another run has made another one that since `over` was read.
    async fn point(&self, latest: &Latest, over: Option<&Pointer>) -> Result<()>;

    /// Clears away what a run left that was killed after it had written `latest.json`.
    fn tidy(&self, latest: &Latest);

    /// Writes a small file beside a report at once, over what is there.
    async fn note(&self, path: &str, bytes: &[u8]) -> Result<()>;
}

/// Reads all files of a published report; `None` when one is not there or not what the record says.
///
/// # Errors
/// When the place cannot be read.
pub async fn fetch(shelf: &dyn Shelf, latest: &Latest, files: &[Listed]) -> Result<Option<Vec<File>>> {
    let mut all = Vec::with_capacity(files.len() + 1);
    for file in files {
        match shelf.read(&latest.path(&file.path)).await? {
            Some(bytes) if sealed::digest(&bytes) == file.sha256 => all.push(File { path: file.path.clone(), bytes }),
            _ => return Ok(None),
        }
    }
    match shelf.read(&latest.path(RECORD)).await? {
        Some(bytes) if sealed::digest(&bytes) == latest.run_sha256 => {
            all.push(File { path: RECORD.to_owned(), bytes });
            Ok(Some(all))
        }
        _ => Ok(None),
    }
}

/// Builds the error of a month that another run has published meanwhile.
fn overtaken(name: &str, month: Month) -> Error {
    Error::new(
        Kind::Locked,
        format!("another run has published {month} meanwhile: {name} is not the one that was read"),
    )
    .hint("nothing of this run counts; run the command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::new(2024, 1).unwrap()
    }

    #[test]
    fn latest_says_which_revision_counts() {
        let latest = Latest::new(month(), 2, "0123456789abcdef", b"{}");
        assert_eq!(latest.folder, "002-0123456789ab");
        assert_eq!(latest.path("csv/a.csv"), "2024-01/002-0123456789ab/csv/a.csv");
        assert_eq!(Latest::read("x", &latest.bytes().unwrap()).unwrap(), latest);
    }

    #[test]
    fn a_latest_that_leads_elsewhere_is_refused() {
        let latest = Latest::new(month(), 2, "0123456789abcdef", b"{}");
        let mut text = String::from_utf8(latest.bytes().unwrap()).unwrap();
        assert!(Latest::read("x", &text.as_bytes()[..20]).is_err());
        let newer = text.replace("\"schema_version\": 1", "\"schema_version\": 9");
        assert!(Latest::read("x", newer.as_bytes()).unwrap_err().hints().len() == 2);
        text = text.replace("002-", "../002-");
        let error = Latest::read("here/latest.json", text.as_bytes()).unwrap_err();
        assert!(error.kind() == Kind::Incomplete && error.to_string().contains("here/latest.json"), "{error}");
    }

    #[test]
    fn only_folders_of_ours_have_a_revision() {
        assert_eq!(revision_of("002-0123456789ab"), Some(2));
        assert_eq!(revision_of("1234-0123456789ab"), Some(1234));
        for other in ["latest", "2-abc", "002-notes", "csv", "002"] {
            assert_eq!(revision_of(other), None, "{other}");
        }
    }
}
