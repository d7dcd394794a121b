//! Which line items a reader wants to see: those of some accounts, with some tags.
//!
//! What depends on the whole bill is decided on the whole bill; the selection picks rows of the answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::Arc,
};

use crate::{
    error::{Error, Result, nearest_first},
    normalize::same_tag,
    rollup::{TagValues, UsageRow},
};

/// Accounts or values that a message names at most.
const NAMED: usize = 10;

/// A tag that line items have to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFilter {
    /// The key as it was typed.
    pub key: String,
    /// The value; empty = untagged.
    pub value: String,
}

impl FromStr for TagFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self { key: key.to_owned(), value: value.to_owned() }),
            _ => Err(Error::usage(format!("\"{text}\" is no tag: write KEY=VALUE, or KEY= for what is untagged"))),
        }
    }
}

/// What the parts of a bill are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Accounts.
    Account,
    /// Regions.
    Region,
    /// The values of a tag, by its key as it was typed.
    Tag(String),
}

impl FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "account" => Ok(Self::Account),
            "region" => Ok(Self::Region),
            _ => match text.strip_prefix("tag:") {
                Some(key) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
                _ => Err(Error::usage(format!("\"{text}\" is none of account, region, tag:KEY"))),
            },
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("account"),
            Self::Region => f.write_str("region"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}

/// The line items that a reader wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids or exact names of accounts; several = any of them, none = all.
    pub accounts: Vec<String>,
    /// Tags; several values of a key = any of them, several keys = all of them.
    pub tags: Vec<TagFilter>,
    /// Keys of the tags whose values the rows carry, in their order.
    pub keys: Vec<String>,
}

impl Selection {
    /// Selects line items; rows carry the tags that are filtered by and those of the dimension.
    pub fn new(accounts: Vec<String>, tags: Vec<TagFilter>, by: Option<&Dimension>) -> Self {
        let mut keys: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
        if let Some(Dimension::Tag(key)) = by {
            keys.push(key.clone());
        }
        keys.sort_unstable();
        keys.dedup();
        Self { accounts, tags, keys }
    }

    /// Tells whether everything is selected.
    pub fn is_whole(&self) -> bool {
        self.accounts.is_empty() && self.tags.is_empty()
    }

    /// Finds what the selection means in a bill; `None` where it is everything.
    ///
    /// # Errors
    /// When the bill has no such account or value, or no line item that is all of it.
    pub(super) fn picker(&self, rows: &[UsageRow]) -> Result<Option<Picker>> {
        if self.is_whole() {
            return Ok(None);
        }
        let mut tags: Vec<(usize, BTreeSet<Option<Arc<str>>>)> = Vec::new();
        for (at, filters) in self.by_key() {
            let known: BTreeSet<Option<&str>> =
                rows.iter().filter_map(|row| Some(row.tags.get(at)?.as_deref())).collect();
            for filter in &filters {
                if !known.contains(&value_of(filter).as_deref()) {
                    return Err(unknown_value(filter, &known));
                }
            }
            tags.push((at, filters.into_iter().map(value_of).collect()));
        }
        let picker = Picker { accounts: self.ids(rows)?, tags };
        if !rows.iter().any(|row| picker.picks(row)) {
            return Err(Error::usage(format!("no line item is of {self}"))
                .hint("each of them is in the bill, but not together; leave one out"));
        }
        Ok(Some(picker))
    }

    /// Returns the filters by the place of their tag; those of one tag are together however it is written.
    pub(crate) fn by_key(&self) -> BTreeMap<usize, Vec<&TagFilter>> {
        let mut filters: BTreeMap<usize, Vec<&TagFilter>> = BTreeMap::new();
        for tag in &self.tags {
            let place = self.keys.iter().position(|key| same_tag(key, &tag.key)).unwrap_or_default();
            filters.entry(place).or_default().push(tag);
        }
        filters
    }

    /// Finds the ids of the accounts; `None` where all are wanted.
    fn ids(&self, rows: &[UsageRow]) -> Result<Option<BTreeSet<Arc<str>>>> {
        if self.accounts.is_empty() {
            return Ok(None);
        }
        let mut known: BTreeMap<&Arc<str>, BTreeSet<&str>> = BTreeMap::new();
        // Rows of an account follow one another.
        let runs = rows.chunk_by(|a, b| (&a.account_id, &a.account_name) == (&b.account_id, &b.account_name));
        for row in runs.filter_map(<[UsageRow]>::first) {
            if let Some(id) = &row.account_id {
                known.entry(id).or_default().extend(row.account_name.as_deref());
            }
        }
        let mut ids = BTreeSet::new();
        for asked in &self.accounts {
            let is_meant = |id: &str, names: &BTreeSet<&str>| id == asked || names.contains(asked.as_str());
            let found: Vec<&Arc<str>> =
                known.iter().filter(|(id, names)| is_meant(id, names)).map(|(id, _)| *id).collect();
            if found.is_empty() {
                return Err(unknown_account(asked, &known));
            }
            ids.extend(found.into_iter().map(Arc::clone));
        }
        Ok(Some(ids))
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.accounts.as_slice() {
            [] => {}
            [one] => parts.push(format!("account {one}")),
            several => parts.push(format!("accounts {}", several.join(" or "))),
        }
        for filters in self.by_key().values() {
            let values: Vec<&str> =
                filters.iter().map(|tag| if tag.value.is_empty() { "(untagged)" } else { &tag.value }).collect();
            parts.push(format!("tag {} = {}", filters[0].key, values.join(" or ")));
        }
        f.write_str(&parts.join(" and "))
    }
}

/// The value that a filter wants.
fn value_of(filter: &TagFilter) -> Option<Arc<str>> {
    Some(filter.value.as_str()).filter(|value| !value.is_empty()).map(Arc::from)
}

fn unknown_account(asked: &str, known: &BTreeMap<&Arc<str>, BTreeSet<&str>>) -> Error {
    let written = |(id, names): (&&Arc<str>, &BTreeSet<&str>)| {
        let names: Vec<&str> = names.iter().copied().collect();
        let shown = if names.is_empty() { id.to_string() } else { format!("{id} ({})", names.join(", ")) };
        // By its id or by its name, whatever was typed.
        let is_id = asked.bytes().all(|byte| byte.is_ascii_digit()) || names.is_empty();
        (if is_id { id.to_string() } else { names.join(", ") }, shown)
    };
    Error::usage(format!("no line item is of the account \"{asked}\""))
        .hint(format!("the bill has {}", list(nearest_first(asked, known.iter().map(written)))))
}

fn unknown_value(filter: &TagFilter, known: &BTreeSet<Option<&str>>) -> Error {
    let TagFilter { key, value } = filter;
    let values = nearest_first(value, known.iter().flatten().map(|value| (*value, (*value).to_owned())));
    let error = if value.is_empty() {
        Error::usage(format!("every line item has the tag {key}"))
    } else {
        Error::usage(format!("no line item has the tag {key} = \"{value}\""))
    };
    error.hint(format!("{key} is {}", list(values)))
}

fn list(mut names: Vec<String>) -> String {
    let all = names.len();
    names.truncate(NAMED);
    let more = if all > NAMED { format!(" and {} more", all - NAMED) } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// A selection as the rows of a bill know it.
#[derive(Debug)]
pub(super) struct Picker {
    accounts: Option<BTreeSet<Arc<str>>>,
    /// Place of a tag, and the values that are wanted.
    tags: Vec<(usize, BTreeSet<Option<Arc<str>>>)>,
}

impl Picker {
    /// Tells whether the row is wanted.
    pub(super) fn picks(&self, row: &UsageRow) -> bool {
        self.picks_account(row.account_id.as_ref()) && self.picks_tags(&row.tags)
    }

    /// Tells whether the account is wanted.
    pub(super) fn picks_account(&self, id: Option<&Arc<str>>) -> bool {
        self.accounts.as_ref().is_none_or(|wanted| id.is_some_and(|id| wanted.contains(id)))
    }

    /// Tells whether line items are chosen by their tags.
    pub(super) fn is_by_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Tells whether the tags are wanted.
    pub(super) fn picks_tags(&self, tags: &TagValues) -> bool {
        self.tags.iter().all(|(place, wanted)| tags.get(*place).is_some_and(|value| wanted.contains(value)))
    }
}
