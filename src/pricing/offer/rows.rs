//! Offer files and Savings Plan files in CSV: lines about the file, a header, then a line for each rate.

use std::{
    collections::{BTreeMap, HashSet},
    io::BufRead,
};

use chrono::NaiveDate;

use super::{
    attributes::{Attributes, squeezed},
    draft::Draft,
    plans::{self, PlanAttributes, PlanFacts, PlanTerm, RawAmount, RawPlanRate},
    reading::Reading,
    terms::{Kind, Offered, Rate, RawLease, day, price, rate_code, volume},
};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
};

/// Lines before the header, at most.
const PREFACE: usize = 12;

/// A file read line by line.
struct Rows<'n> {
    name: &'n str,
    inner: csv::Reader<Box<dyn BufRead>>,
    line: csv::StringRecord,
    /// Column by squeezed name.
    columns: BTreeMap<String, usize>,
    width: usize,
}

impl Rows<'_> {
    fn advance(&mut self) -> Result<bool> {
        let failed = |error: csv::Error| Error::incomplete(format!("cannot read {}: {error}", self.name));
        let more = self.inner.read_record(&mut self.line).map_err(failed)?;
        if more && self.width > 0 && self.line.len() != self.width {
            return Err(self.wrong(&format!("{} fields, the header has {}", self.line.len(), self.width)));
        }
        Ok(more)
    }

    /// Returns a field of the line; empty for a column that is not there.
    fn field(&self, column: &str) -> &str {
        self.columns.get(column).and_then(|place| self.line.get(*place)).unwrap_or("")
    }

    /// Returns a field of the line; an error for a column that is not there, or empty.
    fn required(&self, column: &str) -> Result<&str> {
        match self.field(column) {
            "" => Err(self.wrong(&format!("no {column}"))),
            text => Ok(text),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        let line = self.line.position().map_or(0, csv::Position::line);
        let sku = self.field("sku");
        let of = if sku.is_empty() { String::new() } else { format!(" SKU {sku}:") };
        Error::incomplete(format!("{} line {line}:{of} {what}", self.name))
    }
}

/// Reads a file.
pub(super) fn read(
    reading: &mut Reading<'_>,
    name: &str,
    text: Box<dyn BufRead>,
    stated: Option<NaiveDate>,
) -> Result<()> {
    let inner = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut rows = Rows { name, inner, line: csv::StringRecord::new(), columns: BTreeMap::new(), width: 0 };
    let mut draft = Draft::default();
    draft.begin_products();
    for _ in 0..PREFACE {
        if !rows.advance()? {
            break;
        }
        let value = rows.line.get(1).unwrap_or("");
        match squeezed(rows.line.get(0).unwrap_or("")).as_str() {
            "sku" => {
                rows.width = rows.line.len();
                rows.columns = rows.line.iter().map(squeezed).zip(0..).collect();
                break;
            }
            "publicationdate" => draft.published = Some(day(value).map_err(|what| rows.wrong(&what))?),
            "version" => draft.version = Some(value.to_owned()),
            "offercode" => value.clone_into(&mut draft.offer),
            _ => {}
        }
    }
    if rows.columns.contains_key("discountedsku") {
        plan_rates(&mut rows, &mut draft, reading.book)?;
    } else if rows.columns.contains_key("ratecode") {
        offers(&mut rows, &mut draft, reading.book)?;
    } else {
        return Err(Error::incomplete(format!("{name} is no price list: neither JSON nor CSV with SKU and RateCode")));
    }
    draft.settle(reading, name, stated)
}

/// Reads the lines of an offer file; each repeats the attributes of its product.
fn offers(rows: &mut Rows<'_>, draft: &mut Draft, book: &PriceBook) -> Result<()> {
    let mut probe = Attributes::default();
    let told: Vec<String> = rows.columns.keys().filter(|name| probe.slot(name).is_some()).cloned().collect();
    let mut seen: HashSet<String> = HashSet::new();
    while rows.advance()? {
        let sku = rows.required("sku")?;
        if !seen.contains(sku) {
            seen.insert(sku.to_owned());
            let mut attributes = Attributes::default();
            for name in &told {
                attributes.set(name, rows.field(name));
            }
            draft.attributes(sku.to_owned(), &attributes, book);
        }
        let kind = match rows.field("termtype") {
            _ if !draft.wants(sku) => continue,
            "OnDemand" => Kind::OnDemand,
            "Reserved" => Kind::Reserved,
            _ => continue,
        };
        add_rate(rows, draft.terms_of(sku), kind)?;
    }
    Ok(())
}

/// Adds the rate of a line to its term.
fn add_rate(rows: &Rows<'_>, terms: &mut Vec<Offered>, kind: Kind) -> Result<()> {
    let wrong = |what: String| rows.wrong(&what);
    let code = rate_code(rows.required("ratecode")?, rows.field("sku")).map_err(wrong)?;
    let usd = price(rows.required("priceperunit")?).map_err(wrong)?;
    let begin = volume(rows.field("startingrange")).map_err(wrong)?;
    let effective = match rows.field("effectivedate") {
        "" => None,
        text => Some(day(text).map_err(wrong)?),
    };
    let is_dollars = rows.field("currency") == "USD";
    let unit = rows.required("unit")?.to_owned();
    let place = terms.iter().position(|offered| {
        offered.effective == effective && offered.rates.first().is_some_and(|rate| rate.code.term == code.term)
    });
    let place = place.unwrap_or_else(|| {
        let lease = RawLease {
            lease_contract_length: rows.field("leasecontractlength").to_owned(),
            offering_class: rows.field("offeringclass").to_owned(),
            purchase_option: rows.field("purchaseoption").to_owned(),
        };
        terms.push(Offered::new(kind, code.term.as_deref().unwrap_or(""), &lease, effective));
        terms.len() - 1
    });
    terms[place].rates.push(Rate { code, unit, begin, usd: is_dollars.then_some(usd) });
    Ok(())
}

/// Reads the lines of a Savings Plan file; each repeats its plan.
fn plan_rates(rows: &mut Rows<'_>, draft: &mut Draft, book: &PriceBook) -> Result<()> {
    let mut plans: BTreeMap<String, PlanTerm> = BTreeMap::new();
    while rows.advance()? {
        let sku = rows.required("sku")?;
        if !plans.contains_key(sku) {
            plans.insert(sku.to_owned(), plan(rows)?);
        }
        let Some(plan) = plans.get_mut(sku) else { continue };
        let text = |column| rows.field(column).to_owned();
        let raw = RawPlanRate {
            discounted_sku: text("discountedsku"),
            discounted_usage_type: text("discountedusagetype"),
            discounted_operation: text("discountedoperation"),
            discounted_service_code: text("discountedservicecode"),
            discounted_region_code: text("discountedregioncode"),
            rate_code: text("ratecode"),
            unit: text("unit"),
            discounted_rate: RawAmount { price: text("discountedrate"), currency: text("currency") },
        };
        let region = [rows.field("regioncode"), rows.field("sourceregion")].into_iter().find(|code| !code.is_empty());
        plan.rate(raw, region.unwrap_or(""), book).map_err(|error| rows.wrong(&error.to_string()))?;
    }
    for plan in plans.into_values() {
        if draft.offer.is_empty() {
            draft.offer.clone_from(&plan.facts.service_code);
        }
        draft.plans.term(plan);
    }
    Ok(())
}

/// Reads the plan of a line.
fn plan(rows: &Rows<'_>) -> Result<PlanTerm> {
    let text = |column| rows.field(column).to_owned();
    let facts = PlanFacts {
        sku: text("sku"),
        product_family: text("productfamily"),
        service_code: text("servicecode"),
        usage_type: text("usagetype"),
        attributes: PlanAttributes { purchase_option: text("purchaseoption"), purchase_term: text("purchaseterm") },
        description: text("description"),
    };
    let lease = plans::lease(rows.field("leasecontractlength"), rows.field("leasecontractlengthunit"));
    let mut term = PlanTerm::new(facts, lease);
    if !rows.field("effectivedate").is_empty() {
        term.set_effective(rows.field("effectivedate"))?;
    }
    Ok(term)
}
