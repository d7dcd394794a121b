//! Refreshed prices over the embedded ones, cell by cell.
//!
//! A cell is a service, region, item, variant and term. Of the versions that hold on the day asked for, the newest that has
//! the cell counts; a version that has all prices of its kind hides what older ones say. It counts over the embedded
//! price of the cell unless the embedded one was stated after the version was last confirmed. Where no version has the
//! cell the embedded price stays; nothing is carried over from another region.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{
    Price, Term,
    store::{self, PriceKind, PriceVersion, Row, Store},
    table::Key,
    text::shared,
};
use crate::error::{Error, Result};

/// A version that counts.
#[derive(Debug)]
pub(super) struct Layer {
    store: Arc<Store>,
    version: PriceVersion,
    /// Contents of a list, which are checked at once; rates are read when a commitment asks for them.
    bytes: Option<Vec<u8>>,
    /// What the source is called in its prices.
    source: &'static str,
    /// Last day on which the source stated it.
    pub(super) confirmed: NaiveDate,
}

/// The layers of a service, the oldest first.
pub(super) type Layers = BTreeMap<String, Vec<Layer>>;

/// Finds the versions that hold on the day; the lists among them are read and checked.
///
/// # Errors
/// When a file is not the one that the index was written for.
pub(super) fn of(store: &Arc<Store>, day: Option<NaiveDate>) -> Result<Layers> {
    let mut hidden: BTreeSet<(&str, &str, PriceKind)> = BTreeSet::new();
    let mut layers = Layers::new();
    let by = day.or(store.checked_until());
    for version in store.as_of(day).into_iter().rev() {
        let place = (version.service.as_str(), version.region.as_str(), version.kind);
        if hidden.contains(&place) {
            continue;
        }
        if version.is_whole(by) {
            hidden.insert(place);
        }
        let bytes = (version.kind == PriceKind::List).then(|| store.read(version)).transpose()?;
        layers.entry(version.service.clone()).or_default().push(Layer {
            store: Arc::clone(store),
            bytes,
            source: shared(&version.label()),
            confirmed: version.last_checked(by),
            version: version.clone(),
        });
    }
    for layers in layers.values_mut() {
        layers.reverse();
    }
    Ok(layers)
}

impl Layer {
    /// Returns the day of its newest price.
    pub(super) fn as_of(&self) -> NaiveDate {
        self.version.as_of
    }

    /// Returns its file.
    pub(super) fn file(&self) -> &str {
        &self.version.file
    }

    /// Tells whether it has list prices.
    pub(super) fn is_list(&self) -> bool {
        self.version.kind == PriceKind::List
    }

    /// Returns what tells it from any other.
    pub(super) fn identity(&self) -> String {
        let PriceVersion { region, kind, sha256, .. } = &self.version;
        format!("{region} {kind:?} {sha256} {} {}", self.confirmed, self.source)
    }

    fn read(&self) -> Result<Vec<Row>> {
        let PriceVersion { file, rows: promised, .. } = &self.version;
        let rows = match &self.bytes {
            Some(bytes) => store::rows(file, bytes)?,
            None => store::rows(file, &self.store.read(&self.version)?)?,
        };
        if rows.len() != *promised {
            return Err(Error::incomplete(format!("{file} has {} prices, its index says {promised}", rows.len())));
        }
        Ok(rows)
    }
}

/// Lays the layers over the embedded prices.
pub(super) fn merged<'l>(
    embedded: impl Iterator<Item = (Term, Key, Price)>,
    layers: impl Iterator<Item = &'l Layer>,
    day: Option<NaiveDate>,
) -> Result<BTreeMap<Term, BTreeMap<Key, Price>>> {
    let mut cells: BTreeMap<Term, BTreeMap<Key, Price>> = BTreeMap::new();
    for layer in layers {
        for row in layer.read()? {
            let key = Key { region: layer.version.region.clone(), variant: row.line.variant, item: row.line.item };
            let price = Price {
                usd: row.usd,
                unit: row.unit,
                as_of: row.as_of,
                confirmed: layer.confirmed.max(row.as_of),
                source: layer.source,
            };
            cells.entry(row.line.term).or_default().insert(key, price);
        }
    }
    // The newest version of a cell is known now: once, it is compared with the embedded price.
    for (term, key, price) in embedded.filter(|(_, _, price)| day.is_none_or(|day| price.as_of <= day)) {
        let known = cells.entry(term).or_default();
        if known.get(&key).is_none_or(|newest| price.as_of > newest.confirmed) {
            known.insert(key, price);
        }
    }
    Ok(cells)
}
