//! The rates of Savings Plans: what usage costs under a plan, joined to items by SKU, else by usage type and operation.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    Listed, RateCode,
    attributes::{Attributes, squeezed},
    cell::{self, Unit},
    reading::{Edition, Place, Reading},
    reason,
    terms::{day, price},
};
use crate::{
    error::{Error, Result},
    pricing::{Lease, Payment, Plan, PriceBook, Term},
};

/// A rate whose plan is known.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) sku: String,
    pub(super) term: Term,
    pub(super) edition: Arc<Edition>,
    pub(super) listed: Listed,
}

/// What names a plan, however a document spells it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PlanFacts {
    pub(super) sku: String,
    pub(super) product_family: String,
    pub(super) service_code: String,
    pub(super) usage_type: String,
    pub(super) attributes: PlanAttributes,
    #[serde(skip)]
    pub(super) description: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PlanAttributes {
    pub(super) purchase_option: String,
    pub(super) purchase_term: String,
}

/// A rate as JSON has it; CSV has the same under other names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawPlanRate {
    pub(super) discounted_sku: String,
    #[serde(default)]
    pub(super) discounted_usage_type: String,
    #[serde(default)]
    pub(super) discounted_operation: String,
    #[serde(default)]
    pub(super) discounted_service_code: String,
    #[serde(default)]
    pub(super) discounted_region_code: String,
    pub(super) rate_code: String,
    pub(super) unit: String,
    pub(super) discounted_rate: RawAmount,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct RawAmount {
    pub(super) price: String,
    pub(super) currency: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawLength {
    duration: u32,
    unit: String,
}

impl RawLength {
    /// Returns the lease, if it is one of years.
    pub(super) fn lease(&self) -> Option<Lease> {
        lease(&self.duration.to_string(), &self.unit)
    }
}

/// Reads the length of a plan: "1" and "year", or "1yr" alone.
pub(super) fn lease(duration: &str, unit: &str) -> Option<Lease> {
    match format!("{duration}{}", unit.to_ascii_lowercase()).trim_end_matches('s') {
        "1year" | "1yr" => Some(Lease::OneYear),
        "3year" | "3yr" => Some(Lease::ThreeYears),
        _ => None,
    }
}

/// A rate that may have an item.
#[derive(Debug)]
struct PlanRate {
    sku: String,
    place: Option<Place>,
    usd: Decimal,
    unit: &'static str,
    code: RateCode,
}

/// A plan with its rates.
#[derive(Debug, Default)]
pub(super) struct PlanTerm {
    pub(super) facts: PlanFacts,
    pub(super) effective: Option<NaiveDate>,
    pub(super) lease: Option<Lease>,
    rates: Vec<PlanRate>,
    left_out: BTreeMap<&'static str, usize>,
}

impl PlanTerm {
    /// Starts a plan without rates.
    pub(super) fn new(facts: PlanFacts, lease: Option<Lease>) -> Self {
        Self { facts, lease, ..Self::default() }
    }

    /// Reads the day from which the rates count.
    pub(super) fn set_effective(&mut self, text: &str) -> Result<()> {
        let wrong = |what| Error::incomplete(format!("Savings Plan {}: {what}", self.facts.sku));
        self.effective = Some(day(text).map_err(wrong)?);
        Ok(())
    }

    /// Adds a rate.
    pub(super) fn rate(&mut self, raw: RawPlanRate, region: &str, book: &PriceBook) -> Result<()> {
        match read_rate(raw, region, book)? {
            Ok(rate) => self.rates.push(rate),
            Err(reason) => *self.left_out.entry(reason).or_default() += 1,
        }
        Ok(())
    }

    /// Returns the term of the plan; `None` when its kind, lease or payment is not known.
    fn term(&self, product: Option<&PlanFacts>) -> Option<Term> {
        let facts = || product.into_iter().chain([&self.facts]);
        let kind = facts().find_map(kind)?;
        let stated = |facts: &PlanFacts| Some(facts.attributes.purchase_term.as_str()).and_then(Lease::parse);
        let lease = self.lease.or_else(|| facts().find_map(stated))?;
        Some(Term::SavingsPlan(kind, lease, facts().find_map(payment)?))
    }
}

/// Reads a rate; the inner error is why it is in no sheet.
fn read_rate(raw: RawPlanRate, region: &str, book: &PriceBook) -> Result<Result<PlanRate, &'static str>> {
    let sku = raw.discounted_sku;
    let wrong = |what: String| Error::incomplete(format!("SKU {sku}, Savings Plan rate {}: {what}", raw.rate_code));
    if sku.is_empty() {
        return Err(wrong("the SKU is missing".to_owned()));
    }
    let code: RateCode = raw.rate_code.parse().map_err(|error: Error| wrong(error.to_string()))?;
    if code.term.is_some() {
        return Err(wrong("PLAN.RATE is expected".to_owned()));
    }
    let usd = price(&raw.discounted_rate.price).map_err(&wrong)?;
    if raw.discounted_rate.currency != "USD" {
        return Ok(Err(reason::CURRENCY));
    }
    if usd.is_zero() {
        return Ok(Err(reason::ZERO));
    }
    let at = Attributes {
        usagetype: raw.discounted_usage_type,
        operation: raw.discounted_operation,
        regioncode: raw.discounted_region_code,
        // Without a code of its own, the region is that of the prefix, else that of the document.
        ..Attributes::default()
    };
    let at = if at.regioncode.is_empty() && !has_prefix(&at.usagetype, book) {
        Attributes { regioncode: region.to_owned(), ..at }
    } else {
        at
    };
    let (place, unit) = match cell::find(&raw.discounted_service_code, &at, book) {
        Ok(cell) if cell.dedicated => return Ok(Err(reason::DEDICATED)),
        Ok(cell) => {
            let item = cell.name.item(Decimal::ZERO);
            let (service, region, variant) = (cell.service.to_owned(), cell.region, cell.variant);
            (item.map(|item| Place { service, region, variant, item }), cell.unit)
        }
        // The usage types and operations of EC2 say all; elsewhere the SKU may be known.
        Err(reason) if raw.discounted_service_code == "AmazonEC2" && reason != reason::SYSTEM => {
            return Ok(Err(reason));
        }
        Err(reason @ (reason::SERVICE | reason::PLACE | reason::REGION)) => return Ok(Err(reason)),
        Err(_) => (None, Unit::Hours),
    };
    if !unit.is(&raw.unit) {
        return Ok(Err(reason::UNIT));
    }
    Ok(Ok(PlanRate { sku, place, usd, unit: unit.as_str(), code }))
}

fn has_prefix(usage_type: &str, book: &PriceBook) -> bool {
    usage_type.split_once('-').is_some_and(|(prefix, _)| book.region_of_prefix(prefix).is_some())
}

/// Tells the kind of a plan: by its family or usage type, else by its description or offer.
fn kind(facts: &PlanFacts) -> Option<Plan> {
    let own = squeezed(&format!("{} {}", facts.product_family, facts.usage_type));
    let spoken = squeezed(&facts.description);
    let words: [(&[&str], Plan); 4] = [
        (&["ec2instancesavingsplan", "ec2instancesp", "ec2sp"], Plan::Ec2Instance),
        (&["computesavingsplan", "computesp"], Plan::Compute),
        (&["machinelearning", "sagemaker", "mlsp"], Plan::SageMaker),
        (&["database", "dbsp"], Plan::Database),
    ];
    let find = |text: &str| {
        words.iter().find(|(words, _)| words.iter().any(|word| text.contains(word))).map(|(_, plan)| *plan)
    };
    // The offer ComputeSavingsPlans has plans of two kinds.
    let offer = squeezed(&facts.service_code);
    find(&own).or_else(|| find(&spoken)).or_else(|| find(&offer).filter(|plan| *plan != Plan::Compute))
}

/// Tells how a plan is paid.
fn payment(facts: &PlanFacts) -> Option<Payment> {
    Payment::parse(&facts.attributes.purchase_option).or_else(|| {
        let text = squeezed(&format!("{} {}", facts.usage_type, facts.description));
        let words = ["noupfront", "partialupfront", "allupfront"];
        words.into_iter().find(|word| text.contains(word)).and_then(Payment::parse)
    })
}

/// The plans of a document.
#[derive(Debug, Default)]
pub(super) struct PlanDraft {
    pub(super) region: String,
    products: BTreeMap<String, PlanFacts>,
    terms: Vec<PlanTerm>,
}

impl PlanDraft {
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub(super) fn newest(&self) -> Option<NaiveDate> {
        self.terms.iter().filter_map(|term| term.effective).max()
    }

    /// Returns the offer of the plans.
    pub(super) fn offer(&self) -> Option<&str> {
        self.products.values().map(|plan| plan.service_code.as_str()).find(|code| !code.is_empty())
    }

    pub(super) fn product(&mut self, facts: PlanFacts) {
        self.products.insert(facts.sku.clone(), facts);
    }

    pub(super) fn term(&mut self, term: PlanTerm) {
        self.terms.push(term);
    }

    /// Hands the rates over to the reading.
    pub(super) fn settle(self, reading: &mut Reading<'_>, edition: &Arc<Edition>) {
        for plan in self.terms {
            for (reason, count) in &plan.left_out {
                reading.leave_out(reason, *count);
            }
            let Some(term) = plan.term(self.products.get(&plan.facts.sku)) else {
                reading.leave_out(reason::PLAN, plan.rates.len());
                continue;
            };
            for PlanRate { sku, place, usd, unit, code } in plan.rates {
                let listed = Listed { usd, unit, as_of: edition.published, upfront: None, rate_code: code };
                let known = reading.place(&sku).cloned().or(place);
                let rate = Waiting { sku, term, edition: Arc::clone(edition), listed };
                match known {
                    Some(place) => reading.add_plan_rate(&rate, &place),
                    None => reading.wait(rate),
                }
            }
        }
    }
}
