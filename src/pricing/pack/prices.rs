//! Reads the facts about prices: one price per service, term, region, item and variant, the newest one.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use super::spelling;
use crate::{
    error::{Error, Result},
    pricing::{
        Term,
        table::{Key, Price},
        text::{Reader, date, shared},
    },
};

/// Columns of the facts that are carried over.
const COLUMNS: [&str; 9] = ["service", "region", "item", "variant", "term", "unit", "price_usd", "as_of", "source"];

/// Term of Spot prices, which are of no use a month later.
const SPOT: &str = "Spot";

/// Prices by service.
pub(super) type Services = BTreeMap<String, BTreeMap<Key, Price>>;

/// The prices of the facts, by service.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// On-Demand prices.
    pub(super) list: Services,
    /// Rates of Reserved Instances and Savings Plans, by term.
    pub(super) committed: BTreeMap<String, BTreeMap<Term, BTreeMap<Key, Price>>>,
}

/// Reads the prices of the folder: On-Demand and those under commitments. Spot and Dedicated are left out.
pub(super) fn read(folder: &Path) -> Result<Facts> {
    let (name, text) = open(folder)?;
    let mut reader = Reader::new(&name, text)?;
    let [service, region, item, variant, term, unit, usd, as_of, source] = reader.columns(COLUMNS)?;
    let mut facts = Facts::default();
    while reader.advance()? {
        if reader.field(term) == SPOT {
            continue;
        }
        let term: Term = reader.parsed(term)?;
        if term == Term::Dedicated {
            continue;
        }
        let mut key = Key {
            region: reader.field(region).to_owned(),
            variant: reader.field(variant).to_owned(),
            item: reader.field(item).to_owned(),
        };
        let stated = date(reader.field(as_of)).ok_or_else(|| reader.wrong(as_of))?;
        let price = Price {
            usd: reader.parsed(usd)?,
            unit: shared(reader.field(unit)),
            as_of: stated,
            confirmed: stated,
            source: shared(reader.field(source)),
        };
        if price.usd.is_sign_negative() {
            return Err(reader.wrong(usd));
        }
        let service = reader.field(service);
        let prices = if term == Term::OnDemand {
            facts.list.entry(service.to_owned()).or_default()
        } else {
            if let Some(known) = spelling::of_usage_type(service, &key.variant) {
                (key.item, key.variant) = known.map_err(|()| reader.wrong(variant))?;
            }
            facts.committed.entry(service.to_owned()).or_default().entry(term).or_default()
        };
        match prices.entry(key) {
            Entry::Vacant(place) => {
                place.insert(price);
            }
            Entry::Occupied(mut place) => {
                let known = place.get();
                if known.as_of == price.as_of && (known.usd != price.usd || known.unit != price.unit) {
                    return Err(reader
                        .fault("another price for the same day was read before")
                        .hint("keep the one that the price list states and take the other out"));
                }
                if (price.as_of, known.source) > (known.as_of, price.source) {
                    place.insert(price);
                }
            }
        }
    }
    Ok(facts)
}

/// Opens the first of the spellings that is there.
fn open(folder: &Path) -> Result<(String, Box<dyn Read>)> {
    for name in ["prices.csv", "prices.csv.zst", "prices.csv.gz"] {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let failed = |error: &std::io::Error| Error::io("read", &path, error);
        let file = BufReader::new(File::open(&path).map_err(|error| failed(&error))?);
        let text: Box<dyn Read> = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(file)),
            Some("zst") => Box::new(zstd::Decoder::with_buffer(file).map_err(|error| failed(&error))?),
            _ => Box::new(file),
        };
        return Ok((name.to_owned(), text));
    }
    Err(Error::usage(format!("{} has no prices.csv, prices.csv.zst or prices.csv.gz", folder.display()))
        .hint("give the folder with the price facts, or a pricing-cache to index again"))
}
