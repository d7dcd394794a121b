//! What a document says, until it is known of which day it is.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    Line, Listed,
    attributes::Attributes,
    cell::{self, Cell},
    plans::PlanDraft,
    reading::{Edition, Reading},
    reason,
    terms::Offered,
};
use crate::{
    error::{Error, Result},
    pricing::{PriceBook, Term},
};

/// A product as JSON has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawProduct {
    pub(super) sku: String,
    #[serde(default)]
    product_family: String,
    attributes: Attributes,
}

/// A document, or a record of one.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Code of the offer.
    pub(super) offer: String,
    pub(super) version: Option<String>,
    pub(super) published: Option<NaiveDate>,
    /// Products that have a place in the price table.
    cells: BTreeMap<String, Cell>,
    terms: BTreeMap<String, Vec<Offered>>,
    pub(super) plans: PlanDraft,
    left_out: BTreeMap<&'static str, usize>,
    has_products: bool,
}

impl Draft {
    /// Adds a product of JSON.
    pub(super) fn product(&mut self, product: RawProduct, book: &PriceBook) {
        let RawProduct { sku, product_family, mut attributes } = product;
        attributes.productfamily = product_family;
        self.attributes(sku, &attributes, book);
    }

    /// Adds a product by its attributes.
    pub(super) fn attributes(&mut self, sku: String, at: &Attributes, book: &PriceBook) {
        self.has_products = true;
        let code = if at.servicecode.is_empty() { &self.offer } else { &at.servicecode };
        match cell::find(code, at, book) {
            Ok(cell) => {
                if self.offer.is_empty() {
                    self.offer.clone_from(&at.servicecode);
                }
                self.cells.insert(sku, cell);
            }
            Err(reason) => self.leave_out(reason, 1),
        }
    }

    /// Adds the product of a record, whose terms are its own.
    pub(super) fn record(&mut self, product: RawProduct, book: &PriceBook) -> Result<()> {
        if let Some(other) = self.terms.keys().find(|sku| **sku != product.sku) {
            return Err(Error::incomplete(format!("SKU {}: its terms are those of {other}", product.sku)));
        }
        self.product(product, book);
        Ok(())
    }

    /// Notes that the products come now, though there may be none.
    pub(super) fn begin_products(&mut self) {
        self.has_products = true;
    }

    /// Tells whether the terms of a SKU are wanted: its product has a place, or was not met yet.
    pub(super) fn wants(&self, sku: &str) -> bool {
        !self.has_products || self.cells.contains_key(sku)
    }

    /// Tells whether products were met.
    pub(super) fn has_products(&self) -> bool {
        self.has_products
    }

    /// Adds a term of a SKU.
    pub(super) fn term(&mut self, sku: &str, offered: Offered) {
        match self.terms.get_mut(sku) {
            Some(terms) => terms.push(offered),
            None => {
                self.terms.insert(sku.to_owned(), vec![offered]);
            }
        }
    }

    /// Returns the terms of a SKU that were met so far.
    pub(super) fn terms_of(&mut self, sku: &str) -> &mut Vec<Offered> {
        self.terms.entry(sku.to_owned()).or_default()
    }

    /// Counts what is in no sheet.
    pub(super) fn leave_out(&mut self, reason: &'static str, count: usize) {
        *self.left_out.entry(reason).or_default() += count;
    }

    /// Returns the code of the offer; of plans it stands with them.
    fn offer(&self) -> &str {
        if self.offer.is_empty() { self.plans.offer().unwrap_or("") } else { &self.offer }
    }

    /// Hands all over to the reading.
    pub(super) fn settle(mut self, reading: &mut Reading<'_>, name: &str, stated: Option<NaiveDate>) -> Result<()> {
        let of_terms = self.terms.values().flatten().filter_map(|offered| offered.effective).max();
        let dated = self.published.or(of_terms.max(self.plans.newest())).or(stated);
        if let Some(published) = dated {
            let edition =
                Arc::new(Edition { offer: self.offer().to_owned(), version: self.version.clone(), published });
            for (sku, cell) in std::mem::take(&mut self.cells) {
                let terms = self.terms.remove(&sku).unwrap_or_default();
                self.prices(reading, &edition, &cell, &terms);
            }
            std::mem::take(&mut self.plans).settle(reading, &edition);
        } else if !self.cells.is_empty() || !self.plans.is_empty() {
            let message = format!("{name} states neither its publication date nor one of its prices");
            return Err(
                Error::incomplete(message).hint("state the day: gravimeter prices import FILE --stated YYYY-MM-DD")
            );
        }
        for (reason, count) in self.left_out {
            reading.leave_out(reason, count);
        }
        Ok(())
    }

    /// Adds the prices of a product.
    fn prices(&mut self, reading: &mut Reading<'_>, edition: &Edition, cell: &Cell, terms: &[Offered]) {
        if terms.iter().all(|offered| offered.rates.is_empty()) {
            self.leave_out(reason::NO_TERMS, 1);
        }
        for offered in terms {
            match &offered.term {
                Err(reason) => self.leave_out(reason, 1),
                Ok(term) if is_in_force(offered, terms, edition.published) => {
                    self.offer_prices(reading, edition, cell, offered, *term);
                }
                Ok(_) => {}
            }
        }
    }

    fn offer_prices(
        &mut self,
        reading: &mut Reading<'_>,
        edition: &Edition,
        cell: &Cell,
        offered: &Offered,
        term: Term,
    ) {
        let mut add = |item: String, term, usd, upfront, rate_code| {
            let unit = cell.unit.as_str();
            let listed = Listed { usd, unit, as_of: edition.published, upfront, rate_code };
            let line = Line { term, variant: cell.variant.clone(), item };
            reading.add(edition, cell.service, &cell.region, line, listed);
        };
        match (term, cell.dedicated) {
            (Term::Reserved(..), true) => self.leave_out(reason::DEDICATED, 1),
            (Term::Reserved(_, lease, _), false) => match (offered.effective_rate(lease), cell.name.item(0.into())) {
                (Ok((usd, ..)), _) if usd.is_zero() => self.leave_out(reason::ZERO, 1),
                (Ok((usd, upfront, code)), Some(item)) => add(item, term, usd, upfront, code.clone()),
                (Ok(_), None) => self.leave_out(reason::TIER, 1),
                (Err(reason), _) => self.leave_out(reason, 1),
            },
            (_, dedicated) => {
                let term = if dedicated { Term::Dedicated } else { Term::OnDemand };
                for rate in &offered.rates {
                    match (rate.usd, cell.name.item(rate.begin)) {
                        (None, _) => self.leave_out(reason::CURRENCY, 1),
                        (Some(usd), _) if usd.is_zero() => self.leave_out(reason::ZERO, 1),
                        _ if !cell.unit.is(&rate.unit) => self.leave_out(reason::UNIT, 1),
                        (Some(usd), Some(item)) => add(item, term, usd, None, rate.code.clone()),
                        (Some(_), None) => self.leave_out(reason::TIER, 1),
                    }
                }
            }
        }
    }
}

/// Tells whether the term is the newest of its kind that counts on the day; the newest of all, if none counts yet.
fn is_in_force(offered: &Offered, all: &[Offered], day: NaiveDate) -> bool {
    let rank = |other: &Offered| (other.effective <= Some(day), other.effective);
    let same = all.iter().filter(|other| other.term == offered.term);
    same.map(rank).max().is_none_or(|newest| rank(offered) >= newest)
}
