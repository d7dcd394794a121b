//! Tags in rollups: which keys a bill has, and the values of those that are meant.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{TagValues, parts::Folder};
use crate::{
    error::{Error, Result},
    normalize::{Account, TagKeys, flat_tags},
    source::{Bill, Export},
};

/// Refuses, before anything is read, what cannot be found; the keys of map columns are not known yet.
pub(super) fn check(bill: &Bill, tags: &TagKeys, is_elsewhere: bool) -> Result<()> {
    if is_elsewhere {
        return Err(Error::usage("a cluster does not roll a bill up by tags")
            .hint("run the report without --cluster, or without --tag and --group-by tag:KEY"));
    }
    let flat = |export: &Export| {
        let files = export.deliveries.iter().flat_map(|delivery| &delivery.files);
        let keys: Option<Vec<Vec<String>>> = files.map(|file| flat_tags(&file.columns)).collect();
        Some(keys?.into_iter().flatten().collect())
    };
    match bill.exports.iter().map(flat).collect::<Option<Vec<BTreeSet<String>>>>() {
        Some(exports) => tags.resolve(&exports).map(drop),
        None => Ok(()),
    }
}

/// Finds the keys that are meant in each of the folders, which are the deliveries of the exports in their order.
pub(super) fn resolve(bill: &Bill, folders: &[Folder], tags: &TagKeys) -> Result<Vec<Vec<Option<String>>>> {
    let mut rest = folders.iter();
    let mut known = |export: &Export| -> BTreeSet<String> {
        rest.by_ref().take(export.deliveries.len()).flat_map(|folder| &folder.facts.tag_keys).cloned().collect()
    };
    let exports: Vec<BTreeSet<String>> = bill.exports.iter().map(&mut known).collect();
    let resolved = tags.resolve(&exports)?;
    let of_folders = bill.exports.iter().zip(resolved);
    Ok(of_folders.flat_map(|(export, keys)| std::iter::repeat_n(keys, export.deliveries.len())).collect())
}

/// An account with its month and the values of the tags that are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tagged {
    pub account: Account,
    pub values: TagValues,
}

impl Tagged {
    /// Reads the values of the tags with these keys; of those that the export lacks there is none.
    ///
    /// # Errors
    /// When they were written by another version.
    pub(super) fn of(mut account: Account, keys: &[Option<String>]) -> Result<Self> {
        let text = account.tags.take();
        if keys.is_empty() {
            return Ok(Self { account, values: Arc::default() });
        }
        let values: BTreeMap<String, Arc<str>> = match text.as_deref() {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str::<BTreeMap<String, String>>(text)
                .map_err(|_| Error::runtime("a rollup holds tags that this version does not know"))?
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect(),
        };
        let value = |key: &Option<String>| values.get(key.as_deref()?).cloned();
        Ok(Self { account, values: keys.iter().map(value).collect() })
    }
}
