//! Collects the documents of price lists and gives their sheets.
//!
//! A cell that two SKUs state with one price keeps the smaller SKU. With two prices of one day it is in no sheet and
//! named: which of them the bill will show is not known. The later publication wins.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    io,
};

use chrono::NaiveDate;

use super::{Line, Listed, Sheet, document, plans, reason};
use crate::{
    error::{Error, Result},
    pricing::{PriceBook, Term, text::plain},
};

/// Collects documents of price lists; gives sheets.
#[derive(Debug)]
pub struct Reading<'a> {
    pub(super) book: &'a PriceBook,
    sheets: BTreeMap<(String, String), Gathered>,
    skus: BTreeMap<String, Place>,
    waiting: Vec<plans::Waiting>,
    left_out: BTreeMap<&'static str, usize>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// A sheet per service and region, sorted by both.
    pub sheets: Vec<Sheet>,
    /// How many products and rates are not in them, by reason.
    pub left_out: BTreeMap<&'static str, usize>,
    /// Prices that are not in them because the documents state two, each with its SKUs.
    pub ambiguous: Vec<String>,
}

/// What a SKU is, on demand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) service: String,
    pub(super) region: String,
    pub(super) variant: String,
    pub(super) item: String,
}

/// A document: which offer it is of, and when it was published.
#[derive(Debug, Clone)]
pub(super) struct Edition {
    pub(super) offer: String,
    pub(super) version: Option<String>,
    pub(super) published: NaiveDate,
}

/// A sheet in the making.
#[derive(Debug, Default)]
struct Gathered {
    offers: BTreeSet<String>,
    published: Option<NaiveDate>,
    version: Option<String>,
    /// The prices of a line that differ, all of the newest day; one, if all is well.
    prices: BTreeMap<Line, Vec<Listed>>,
}

impl<'a> Reading<'a> {
    /// Starts with nothing read.
    pub fn new(book: &'a PriceBook) -> Self {
        let (sheets, skus, left_out) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { book, sheets, skus, waiting: Vec::new(), left_out }
    }

    /// Tells what a SKU is that was read before, so that the rates of Savings Plans find their item.
    pub fn know(&mut self, sku: &str, service: &str, region: &str, variant: &str, item: &str) {
        let place = Place {
            service: service.to_owned(),
            region: region.to_owned(),
            variant: variant.to_owned(),
            item: item.to_owned(),
        };
        match self.skus.entry(sku.to_owned()) {
            Entry::Vacant(free) => {
                free.insert(place);
            }
            // The items of volume tiers share a SKU; a plan has one rate, and the first tier has the shortest name.
            Entry::Occupied(mut known) if place < *known.get() => {
                known.insert(place);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Reads a record of `GetProducts`, a string of its `PriceList`; `today` dates one without a publication date.
    ///
    /// # Errors
    /// When it is malformed, with its SKU.
    pub fn product(&mut self, record: &str, today: Option<NaiveDate>) -> Result<()> {
        document::record(self, record, today)
    }

    /// Reads a document by its content, whatever its name; `stated` dates one that says nothing of its day.
    ///
    /// # Errors
    /// When it is malformed or of no known kind, with its name.
    pub fn document(&mut self, name: &str, bytes: Box<dyn io::Read>, stated: Option<NaiveDate>) -> Result<()> {
        document::read(self, name, bytes, stated)
    }

    /// Returns what was read.
    ///
    /// # Errors
    /// When a sheet has no date.
    pub fn finish(mut self) -> Result<Read> {
        for rate in std::mem::take(&mut self.waiting) {
            match self.skus.get(&rate.sku).cloned() {
                Some(place) => self.add_plan_rate(&rate, &place),
                None => self.leave_out(reason::RATE, 1),
            }
        }
        let mut read = Read { left_out: self.left_out, ..Read::default() };
        for ((service, region), gathered) in self.sheets {
            let published = gathered
                .published
                .ok_or_else(|| Error::incomplete(format!("the price list of {service} in {region} has no date")))?;
            let mut prices = BTreeMap::new();
            for (line, mut listed) in gathered.prices {
                listed.sort_by(|a, b| a.rate_code.cmp(&b.rate_code));
                if let [_, _, ..] = listed.as_slice() {
                    read.ambiguous.push(disputed(&service, &region, &line, &listed));
                } else if let Some(only) = listed.pop() {
                    prices.insert(line, only);
                }
            }
            let offers = gathered.offers.into_iter().collect();
            read.sheets.push(Sheet { service, region, offers, version: gathered.version, published, prices });
        }
        Ok(read)
    }

    /// Counts what is in no sheet.
    pub(super) fn leave_out(&mut self, reason: &'static str, count: usize) {
        if count > 0 {
            *self.left_out.entry(reason).or_default() += count;
        }
    }

    /// Returns what a SKU is.
    pub(super) fn place(&self, sku: &str) -> Option<&Place> {
        self.skus.get(sku)
    }

    /// Keeps a Savings Plan rate until its SKU is known.
    pub(super) fn wait(&mut self, rate: plans::Waiting) {
        self.waiting.push(rate);
    }

    /// Adds a rate of a Savings Plan.
    pub(super) fn add_plan_rate(&mut self, rate: &plans::Waiting, place: &Place) {
        let line = Line { term: rate.term, variant: place.variant.clone(), item: place.item.clone() };
        self.add(&rate.edition, &place.service, &place.region, line, rate.listed.clone());
    }

    /// Adds a price.
    pub(super) fn add(&mut self, edition: &Edition, service: &str, region: &str, line: Line, listed: Listed) {
        if line.term == Term::OnDemand {
            self.know(&listed.rate_code.sku, service, region, &line.variant, &line.item);
        }
        let sheet = self.sheets.entry((service.to_owned(), region.to_owned())).or_default();
        sheet.date(edition);
        sheet.add(line, listed);
    }
}

impl Gathered {
    fn date(&mut self, edition: &Edition) {
        if !edition.offer.is_empty() && !self.offers.contains(&edition.offer) {
            self.offers.insert(edition.offer.clone());
        }
        let (own, new) = (self.published.zip(self.version.as_ref()), (edition.published, edition.version.as_ref()));
        if self.published.is_none_or(|own| own < new.0) || own.is_some_and(|own| (own.0, Some(own.1)) < new) {
            self.published = Some(edition.published);
            self.version.clone_from(&edition.version);
        }
    }

    fn add(&mut self, line: Line, listed: Listed) {
        let known = self.prices.entry(line).or_default();
        let newest = known.first().map(|first| first.as_of);
        if newest > Some(listed.as_of) {
            return;
        }
        if newest < Some(listed.as_of) {
            known.clear();
        }
        let is_same =
            |other: &&mut Listed| (other.usd, other.unit, other.upfront) == (listed.usd, listed.unit, listed.upfront);
        match known.iter_mut().find(is_same) {
            Some(same) if same.rate_code <= listed.rate_code => {}
            Some(same) => *same = listed,
            None => known.push(listed),
        }
    }
}

/// Names a price that the documents dispute.
fn disputed(service: &str, region: &str, line: &Line, listed: &[Listed]) -> String {
    let claims: Vec<String> =
        listed.iter().map(|listed| format!("{} by SKU {}", plain(listed.usd), listed.rate_code.sku)).collect();
    format!("{service} {region} {} {} {}: {}", line.item, line.variant, line.term, claims.join(", "))
}
