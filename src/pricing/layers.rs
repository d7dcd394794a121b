//! Refreshed prices over the embedded ones, cell by cell.
//!
//! A cell is a service, region, item, variant and term. Of the versions that hold on the day asked for, the newest that has
//! the cell counts; a version that has all prices of a kind hides what older ones say of it. Over the embedded price of
//! the cell it counts unless the embedded one was stated after the version was last confirmed. Where no version has the
//! cell the embedded price stays; nothing is carried over from another region.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Price, Term,
    store::{self, Kinds, Part, Row, Store},
    table::Key,
    text::shared,
};
use crate::error::{Error, Result};

/// The prices of a version that count.
#[derive(Debug)]
pub(super) struct Layer {
    region: String,
    file: String,
    bytes: Vec<u8>,
    rows: usize,
    /// What the source is called in its prices.
    source: &'static str,
    /// Last day on which the source stated it.
    pub(super) confirmed: NaiveDate,
    /// Day of its newest price.
    pub(super) as_of: NaiveDate,
    /// SHA-256 of the file.
    sha256: String,
    /// Kinds that no newer version hides.
    shown: Vec<Kinds>,
}

/// The layers of a service, the oldest first.
pub(super) type Layers = BTreeMap<String, Vec<Layer>>;

/// A cell in the making.
struct Cell {
    price: Price,
    embedded: bool,
}

/// Reads the versions that hold on the day; each file is checked.
///
/// # Errors
/// When a file is not the one that the index was written for.
pub(super) fn of(store: &Store, day: Option<NaiveDate>) -> Result<Layers> {
    let mut open: BTreeMap<(&str, &str), Vec<Kinds>> = BTreeMap::new();
    let mut layers = Layers::new();
    for version in store.as_of(day).into_iter().rev() {
        let place = (version.service.as_str(), version.region.as_str());
        let open = open.entry(place).or_insert_with(|| Kinds::ALL.to_vec());
        if open.is_empty() {
            continue;
        }
        let layer = Layer {
            region: version.region.clone(),
            file: version.file.clone(),
            bytes: store.read(version)?,
            rows: version.rows,
            source: shared(&version.label()),
            confirmed: version.last_checked(day),
            as_of: version.as_of,
            sha256: version.sha256.clone(),
            shown: open.clone(),
        };
        open.retain(|kind| !version.whole.contains(kind));
        layers.entry(version.service.clone()).or_default().push(layer);
    }
    for layers in layers.values_mut() {
        layers.reverse();
    }
    Ok(layers)
}

impl Layer {
    /// Returns what tells it from any other.
    pub(super) fn identity(&self) -> String {
        format!("{} {} {} {:?}", self.region, self.sha256, self.confirmed, self.shown)
    }

    fn read(&self, part: Part) -> Result<impl Iterator<Item = Row>> {
        let rows = store::rows(&self.file, &self.bytes, part)?;
        if part == Part::All && rows.len() != self.rows {
            return Err(Error::incomplete(format!(
                "{} has {} prices, its index says {}",
                self.file,
                rows.len(),
                self.rows
            )));
        }
        Ok(rows.into_iter().filter(|row| self.shown.contains(&Kinds::of(row.line.term))))
    }
}

/// Lays the layers over the embedded prices, list prices or those under commitments.
pub(super) fn merged(
    embedded: impl Iterator<Item = (Term, Key, Price)>,
    layers: &[Layer],
    day: Option<NaiveDate>,
    part: Part,
) -> Result<BTreeMap<Term, BTreeMap<Key, Price>>> {
    let mut cells: BTreeMap<Term, BTreeMap<Key, Cell>> = BTreeMap::new();
    for (term, key, price) in embedded.filter(|(_, _, price)| day.is_none_or(|day| price.as_of <= day)) {
        cells.entry(term).or_default().insert(key, Cell { price, embedded: true });
    }
    for layer in layers {
        for row in layer.read(part)?.filter(|row| (row.line.term == Term::OnDemand) == (part == Part::List)) {
            let key = Key { region: layer.region.clone(), variant: row.line.variant, item: row.line.item };
            let price = Price {
                usd: row.usd,
                unit: row.unit,
                as_of: row.as_of,
                confirmed: layer.confirmed.max(row.as_of),
                source: layer.source,
            };
            let cells = cells.entry(row.line.term).or_default();
            let is_older = |known: &Cell| known.embedded && known.price.as_of > price.confirmed;
            if !cells.get(&key).is_some_and(is_older) {
                cells.insert(key, Cell { price, embedded: false });
            }
        }
    }
    let prices = |cells: BTreeMap<Key, Cell>| cells.into_iter().map(|(key, cell)| (key, cell.price)).collect();
    Ok(cells.into_iter().map(|(term, cells)| (term, prices(cells))).collect())
}
