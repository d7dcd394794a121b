//! Sheets on their way to become versions: divided by kind, each with a day of its own.

use std::collections::BTreeMap;

use super::PriceKind;
use crate::pricing::{Line, Listed, Sheet};

/// A sheet of one kind that is to become a version.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The prices.
    pub sheet: Sheet,
    /// Their kind.
    pub kind: PriceKind,
    /// Where they are from: "AWS Price List API", the name of a file.
    pub source: String,
    /// They are all of their kind that the service has in the region.
    pub whole: bool,
}

impl Arrival {
    /// Divides a sheet; `whole` are the kinds of which it has all.
    ///
    /// The day of a kind is that of its newest price: the rates of plans come from another list than the prices beside them.
    pub fn of(sheet: Sheet, source: &str, whole: &[PriceKind]) -> Vec<Self> {
        let Sheet { service, region, offers, version, published, prices } = sheet;
        let mut kinds: BTreeMap<PriceKind, BTreeMap<Line, Listed>> = BTreeMap::new();
        for (line, listed) in prices {
            if let Some(kind) = PriceKind::of(line.term) {
                kinds.entry(kind).or_default().insert(line, listed);
            }
        }
        let arrival = |(kind, prices): (PriceKind, BTreeMap<Line, Listed>)| {
            let newest = prices.values().map(|listed| listed.as_of).max().unwrap_or(published);
            let is_plan = |offer: &String| offer.contains("SavingsPlan");
            let own: Vec<String> =
                offers.iter().filter(|offer| is_plan(offer) == (kind == PriceKind::SavingsPlan)).cloned().collect();
            let sheet = Sheet {
                service: service.clone(),
                region: region.clone(),
                offers: if own.is_empty() { offers.clone() } else { own },
                version: version.clone().filter(|_| newest == published),
                published: newest,
                prices,
            };
            Self { sheet, kind, source: source.to_owned(), whole: whole.contains(&kind) }
        };
        kinds.into_iter().map(arrival).collect()
    }
}
