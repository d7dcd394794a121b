//! What tells two price tables apart, cell by cell; and what in a table is hard to believe.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{PriceBook, PriceRow, Term};

/// A price that two tables state differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// Service as the price table calls it.
    pub service: String,
    /// Region code.
    pub region: String,
    /// Instance type, or the usage that is priced.
    pub item: String,
    /// Operating system, or engine and deployment.
    pub variant: String,
    /// How it is paid.
    pub term: Term,
    /// What is counted.
    pub unit: &'static str,
    /// US dollars before; `None` where the price was not known.
    pub before: Option<Decimal>,
    /// US dollars after; `None` where the price is no longer known.
    pub after: Option<Decimal>,
}

type Cell<'a> = (&'a str, &'a str, &'a str, &'a str, Term);

fn cells(book: &PriceBook) -> BTreeMap<Cell<'_>, (Decimal, &'static str)> {
    book.rows().map(|row| ((row.service, row.region, row.item, row.variant, row.term), (row.price, row.unit))).collect()
}

/// Returns the prices that differ, in the order of the table.
pub fn difference(before: &PriceBook, after: &PriceBook) -> Vec<PriceChange> {
    let (old, new) = (cells(before), cells(after));
    let change = |cell: &Cell<'_>, unit, before, after| PriceChange {
        service: cell.0.to_owned(),
        region: cell.1.to_owned(),
        item: cell.2.to_owned(),
        variant: cell.3.to_owned(),
        term: cell.4,
        unit,
        before,
        after,
    };
    let mut changes: Vec<PriceChange> = new
        .iter()
        .filter_map(|(cell, &(usd, unit))| {
            let known = old.get(cell).map(|&(usd, _)| usd);
            (known != Some(usd)).then(|| change(cell, unit, known, Some(usd)))
        })
        .collect();
    let gone = old.iter().filter(|(cell, _)| !new.contains_key(*cell));
    changes.extend(gone.map(|(cell, &(usd, unit))| change(cell, unit, Some(usd), None)));
    let key = |change: &PriceChange| {
        (change.service.clone(), change.region.clone(), change.item.clone(), change.variant.clone(), change.term)
    };
    changes.sort_by_cached_key(key);
    changes
}

/// Factor from which on a change of a price is hard to believe.
const DOUBTFUL: Decimal = Decimal::TWO;

/// A commitment that costs no more than this times the list price may be rounded.
const NEARLY_THE_SAME: Decimal = Decimal::from_parts(101, 0, 0, false, 2);

/// Doubts that are listed one by one.
const LISTED: usize = 20;

/// Lists the prices of a table that are hard to believe: twice or half the embedded price of the cell and beyond, and
/// commitments that cost more than on demand.
pub fn doubts(embedded: &PriceBook, book: &PriceBook) -> Vec<String> {
    let mut found: Vec<String> = difference(embedded, book)
        .iter()
        .filter_map(|change| {
            let (before, after) = change.before.zip(change.after)?;
            let is_doubtful = after > before * DOUBTFUL || after * DOUBTFUL < before;
            is_doubtful.then(|| {
                let PriceChange { service, region, item, variant, term, .. } = change;
                format!("{service} {region} {item} {variant} {term}: {after} instead of {before}")
            })
        })
        .collect();
    found.extend(book.rows().filter(|row| row.term != Term::OnDemand).filter_map(|row| {
        let on_demand = book.on_demand(row.service, row.region, row.item, row.variant)?.usd;
        let is_commitment = matches!(row.term, Term::Reserved(..) | Term::SavingsPlan(..));
        (is_commitment && row.price > on_demand * NEARLY_THE_SAME).then(|| {
            let PriceRow { service, region, item, variant, term, price, .. } = row;
            format!("{service} {region} {item} {variant}: {term} {price} is more than on demand, {on_demand}")
        })
    }));
    let more = found.len().saturating_sub(LISTED);
    found.truncate(LISTED);
    if more > 0 {
        found.push(format!("{more} more prices like these"));
    }
    found
}
