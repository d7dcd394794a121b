//! The prices of one service: the files that the binary carries under the versions of the user, read when first asked for.

use std::{borrow::Cow, sync::OnceLock};

use chrono::NaiveDate;

use super::{
    Price, Term,
    committed::{self, Rates},
    layers::{self, Layer},
    table::{Key, Table},
};
use crate::error::{Error, Result};

/// A service.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// List prices.
    pub(super) list: Option<Embedded>,
    /// Rates under commitments.
    pub(super) rates: Option<Embedded>,
    /// Refreshed and imported versions, the oldest first.
    pub(super) layers: Vec<Layer>,
    /// Day of the table; `None` for all that is known.
    pub(super) as_of: Option<NaiveDate>,
    read_list: OnceLock<Result<Table, String>>,
    read_rates: OnceLock<Result<Rates, String>>,
}

/// A file that the binary carries.
#[derive(Debug)]
pub(super) struct Embedded {
    /// Name in the cache.
    pub(super) file: String,
    /// Its contents.
    pub(super) bytes: Cow<'static, [u8]>,
    /// Rows that the index promises.
    pub(super) rows: usize,
}

impl Embedded {
    /// Checks the number of rows.
    fn check(&self, found: usize, what: &str) -> Result<()> {
        if found == self.rows {
            return Ok(());
        }
        Err(Error::incomplete(format!("{} has {found} {what}, the index promises {}", self.file, self.rows)))
    }

    fn list(&self) -> Result<Table> {
        let table = Table::decode(&self.file, &self.bytes)?;
        self.check(table.len(), "prices")?;
        Ok(table)
    }

    fn rates(&self) -> Result<Rates> {
        let rates = committed::decode(&self.file, &self.bytes)?;
        self.check(committed::count(&rates), "rates")?;
        Ok(rates)
    }
}

impl Service {
    /// Returns the list prices, or why they cannot be read.
    pub(super) fn list(&self) -> Result<&Table, &str> {
        kept(&self.read_list, || {
            let embedded = self.list.as_ref().map(Embedded::list).transpose()?.unwrap_or_default();
            if self.is_plain() {
                return Ok(embedded);
            }
            let merged = self.merged(cells(Term::OnDemand, &embedded), true)?;
            Ok(merged.into_values().next().unwrap_or_default())
        })
    }

    /// Returns the rates under commitments by term, or why they cannot be read.
    pub(super) fn rates(&self) -> Result<&Rates, &str> {
        kept(&self.read_rates, || {
            let embedded = self.rates.as_ref().map(Embedded::rates).transpose()?.unwrap_or_default();
            if self.is_plain() {
                return Ok(embedded);
            }
            let cells = embedded.iter().flat_map(|(term, table)| cells(*term, table));
            self.merged(cells, false)
        })
    }

    fn is_plain(&self) -> bool {
        self.layers.is_empty() && self.as_of.is_none()
    }

    fn merged(&self, embedded: impl Iterator<Item = (Term, Key, Price)>, list: bool) -> Result<Rates> {
        let layers = self.layers.iter().filter(|layer| layer.is_list() == list);
        let merged = layers::merged(embedded, layers, self.as_of)?;
        Ok(merged.into_iter().map(|(term, prices)| (term, Table::of(prices))).collect())
    }

    /// Reads all of it.
    pub(super) fn check(&self) -> Result<()> {
        self.list().map_err(Error::incomplete)?;
        self.rates().map(|_| ()).map_err(Error::incomplete)
    }

    /// Returns the number of prices, the number of regions, and the oldest and newest date.
    pub(super) fn extent(&self) -> (usize, usize, Option<(NaiveDate, NaiveDate)>) {
        let (list, rates) = (self.list().ok(), self.rates().ok());
        let dates = match (list.and_then(Table::dates), rates.and_then(committed::dates)) {
            (Some(list), Some(rates)) => Some((list.0.min(rates.0), list.1.max(rates.1))),
            (list, rates) => list.or(rates),
        };
        let count = list.map_or(0, Table::len) + rates.map_or(0, committed::count);
        (count, list.map_or(0, Table::regions), dates)
    }
}

/// Reads once; what failed stays failed.
fn kept<T>(place: &OnceLock<Result<T, String>>, read: impl FnOnce() -> Result<T>) -> Result<&T, &str> {
    place.get_or_init(|| read().map_err(|error| error.to_string())).as_ref().map_err(String::as_str)
}

fn cells(term: Term, table: &Table) -> impl Iterator<Item = (Term, Key, Price)> {
    table.rows().map(move |(region, item, variant, price)| {
        let key = Key { region: region.to_owned(), variant: variant.to_owned(), item: item.to_owned() };
        (term, key, price.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::text::packed;

    #[test]
    fn a_file_of_another_length_is_refused() {
        let text = "variant,item,unit,as_of,source,us-east-1\nLinux,a,Hrs,2026-01-31,t,1\n";
        let list = Embedded { file: "l".to_owned(), bytes: packed(text.as_bytes()).unwrap().into(), rows: 2 };
        let text = format!("term,{}", text.replace("\nLinux", "\nRI-1yr-NoUpfront,Linux"));
        let rates = Embedded { file: "r".to_owned(), bytes: packed(text.as_bytes()).unwrap().into(), rows: 2 };
        let service = Service { list: Some(list), rates: Some(rates), ..Service::default() };
        assert_eq!(service.list().unwrap_err(), "l has 1 prices, the index promises 2");
        assert_eq!(service.rates().unwrap_err(), "r has 1 rates, the index promises 2");
    }
}
