//! Tags in rollups: which keys a bill has, and the values of those that are meant.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{TagValues, parts::Folder};
use crate::{
    error::{Error, Result},
    normalize::{Account, TagKeys, flat_tags},
    source::Bill,
};

/// Refuses, before anything is read, what cannot be found; the keys of map columns are not known yet.
pub(super) fn check(bill: &Bill, tags: &TagKeys, is_elsewhere: bool) -> Result<()> {
    if is_elsewhere {
        return Err(Error::usage("a cluster does not roll a bill up by tags")
            .hint("run the report without --cluster, or without --tag and --group-by tag:KEY"));
    }
    let files = || bill.exports.iter().flat_map(|export| &export.deliveries).flat_map(|delivery| &delivery.files);
    match files().map(|file| flat_tags(&file.columns)).collect::<Option<Vec<_>>>() {
        Some(keys) => tags.resolve(&keys.into_iter().flatten().collect()).map(drop),
        None => Ok(()),
    }
}

/// Returns the keys of all deliveries.
pub(super) fn keys(folders: &[Folder]) -> BTreeSet<String> {
    folders.iter().flat_map(|folder| &folder.facts.tag_keys).cloned().collect()
}

/// An account with its month and the values of the tags that are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tagged {
    pub account: Account,
    pub values: TagValues,
}

impl Tagged {
    /// Reads the values of the tags with these keys.
    ///
    /// # Errors
    /// When they were written by another version.
    pub(super) fn of(mut account: Account, keys: &[String]) -> Result<Self> {
        let text = account.tags.take();
        if keys.is_empty() {
            return Ok(Self { account, values: Arc::default() });
        }
        let values: BTreeMap<&str, String> = match text.as_deref() {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str::<BTreeMap<String, String>>(text)
                .map_err(|_| Error::runtime("a rollup holds tags that this version does not know"))?
                .into_iter()
                .filter_map(|(key, value)| Some((keys.iter().find(|known| **known == key)?.as_str(), value)))
                .collect(),
        };
        let value = |key: &String| values.get(key.as_str()).map(|value| Arc::from(value.as_str()));
        Ok(Self { account, values: keys.iter().map(value).collect() })
    }
}
