//! What is known of a file without opening it again: its columns and its payer, kept by the version of the file.
//!
//! In: a folder of the cache. Out: the facts of files whose place, size and version are those of an earlier run. What is
//! damaged there is not known, and the file is opened.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{listing::Object, schema::Content};
use crate::sealed;

/// Changes when facts are told from footers in another way.
const LOGIC: &str = concat!("1 ", env!("CARGO_PKG_VERSION"));

/// The payer account of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Payer {
    /// Nobody has looked yet.
    NotAsked,
    /// The first row names none.
    Unnamed,
    /// The first row names it.
    Named(String),
}

/// What one version of a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// What its columns say that it is.
    pub content: Content,
    /// The names of its columns, as Athena spells them.
    pub columns: Arc<[String]>,
    /// The payer account of its first row.
    pub payer: Payer,
}

impl Facts {
    /// Returns the facts that columns tell.
    pub(super) fn new<'n>(content: Content, columns: impl Iterator<Item = &'n str>) -> Self {
        Self { content, columns: columns.map(str::to_owned).collect(), payer: Payer::NotAsked }
    }
}

/// The facts of earlier runs.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    folder: Option<PathBuf>,
}

impl Memory {
    /// Returns a memory that knows nothing and keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns the memory that is kept in a folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// Returns where the facts of this version of the object are; `None` for an object without a version.
    fn path(&self, object: &Object) -> Option<PathBuf> {
        let (folder, tag) = (self.folder.as_ref()?, object.meta.e_tag.as_ref()?);
        let place = (object.store.to_string(), object.meta.location.as_ref());
        let version = (tag, object.meta.size, object.meta.last_modified.timestamp_micros(), &object.meta.version);
        let name = sealed::digest(format!("{LOGIC} {place:?} {version:?}").as_bytes());
        Some(folder.join(&name[..2]).join(&name[2..]))
    }

    /// Returns what an earlier run knew of this version of the object.
    pub(super) fn recall(&self, object: &Object) -> Option<Facts> {
        serde_json::from_slice(&sealed::read(&self.path(object)?)?).ok()
    }

    /// Keeps what is known of this version of the object; a memory that cannot be written to only forgets.
    pub(super) fn keep(&self, object: &Object, facts: &Facts) {
        let Some(path) = self.path(object) else { return };
        if self.recall(object).as_ref() == Some(facts) {
            return;
        }
        if let Ok(text) = serde_json::to_vec(facts) {
            // Without it the next run opens the file again, which costs time and nothing else.
            let _ = sealed::write(&path, &text);
        }
    }
}
