//! The terms of a product: on demand and reserved, with their rates.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

use super::{RateCode, reason};
use crate::{
    error::{Error, Result},
    pricing::{Class, Lease, Payment, Term, text},
};

/// The codes of the twelve Reserved terms.
const RESERVED: [(&str, Class, Lease, Payment); 12] = [
    ("4NA7Y494T4", Class::Standard, Lease::OneYear, Payment::NoUpfront),
    ("HU7G6KETJZ", Class::Standard, Lease::OneYear, Payment::PartialUpfront),
    ("6QCMYABX3D", Class::Standard, Lease::OneYear, Payment::AllUpfront),
    ("BPH4J8HBKS", Class::Standard, Lease::ThreeYears, Payment::NoUpfront),
    ("38NPMPTW36", Class::Standard, Lease::ThreeYears, Payment::PartialUpfront),
    ("NQ3QZPMQV9", Class::Standard, Lease::ThreeYears, Payment::AllUpfront),
    ("7NE97W5U4E", Class::Convertible, Lease::OneYear, Payment::NoUpfront),
    ("CUZHX8X6JH", Class::Convertible, Lease::OneYear, Payment::PartialUpfront),
    ("VJWZNREJX2", Class::Convertible, Lease::OneYear, Payment::AllUpfront),
    ("Z2E3P23VKM", Class::Convertible, Lease::ThreeYears, Payment::NoUpfront),
    ("R5XV2EPZQZ", Class::Convertible, Lease::ThreeYears, Payment::PartialUpfront),
    ("MZU6U2429S", Class::Convertible, Lease::ThreeYears, Payment::AllUpfront),
];

/// Decimals of an effective rate.
const SCALE: u32 = 10;

/// What a product is offered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OnDemand,
    Reserved,
}

/// A term as JSON has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawTerm {
    offer_term_code: Option<String>,
    effective_date: Option<String>,
    #[serde(default)]
    price_dimensions: BTreeMap<String, RawRate>,
    #[serde(default)]
    term_attributes: RawLease,
}

/// What is said of a reservation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RawLease {
    #[serde(default)]
    pub(super) lease_contract_length: String,
    #[serde(default)]
    pub(super) offering_class: String,
    #[serde(default)]
    pub(super) purchase_option: String,
}

/// A rate as JSON has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRate {
    rate_code: Option<String>,
    unit: String,
    begin_range: Option<String>,
    price_per_unit: BTreeMap<String, String>,
}

/// A term with its rates.
#[derive(Debug)]
pub(super) struct Offered {
    /// How it is paid; the reason where the price table has no word for it.
    pub(super) term: Result<Term, &'static str>,
    /// Day from which it counts.
    pub(super) effective: Option<NaiveDate>,
    pub(super) rates: Vec<Rate>,
}

/// A price of a term.
#[derive(Debug)]
pub(super) struct Rate {
    pub(super) code: RateCode,
    pub(super) unit: String,
    /// Volume at which its tier begins.
    pub(super) begin: Decimal,
    /// US dollars; `None`: it is stated in another currency only.
    pub(super) usd: Option<Decimal>,
}

impl Offered {
    /// Starts a term without rates.
    pub(super) fn new(kind: Kind, code: &str, lease: &RawLease, effective: Option<NaiveDate>) -> Self {
        let term = match kind {
            Kind::OnDemand => Ok(Term::OnDemand),
            Kind::Reserved => reserved(code, lease),
        };
        Self { term, effective, rates: Vec::new() }
    }

    /// Reads a term of a SKU.
    pub(super) fn read(kind: Kind, key: &str, sku: &str, raw: RawTerm) -> Result<Self> {
        let wrong = |what: String| Error::incomplete(format!("SKU {sku}: {what}"));
        let own_code = key.split('.').nth(1).unwrap_or("");
        let code = raw.offer_term_code.as_deref().unwrap_or(own_code);
        let effective = raw.effective_date.as_deref().map(|text| day(text).map_err(&wrong)).transpose()?;
        let mut offered = Self::new(kind, code, &raw.term_attributes, effective);
        for (key, rate) in raw.price_dimensions {
            let code = rate_code(rate.rate_code.as_deref().unwrap_or(&key), sku).map_err(&wrong)?;
            let usd = rate.price_per_unit.get("USD").map(|text| price(text).map_err(&wrong)).transpose()?;
            let begin = rate.begin_range.as_deref().map_or(Ok(Decimal::ZERO), |text| volume(text).map_err(&wrong))?;
            offered.rates.push(Rate { code, unit: rate.unit, begin, usd });
        }
        Ok(offered)
    }

    /// Returns the effective hourly rate, the fee at the beginning and the rate's place, of a reservation.
    pub(super) fn effective_rate(&self, lease: Lease) -> Result<(Decimal, Option<Decimal>, &RateCode), &'static str> {
        let (fees, hourly): (Vec<&Rate>, Vec<&Rate>) =
            self.rates.iter().partition(|rate| rate.unit.eq_ignore_ascii_case("Quantity"));
        if fees.len() > 1 || hourly.len() > 1 || hourly.iter().any(|rate| !super::cell::Unit::Hours.is(&rate.unit)) {
            return Err(reason::UNIT);
        }
        let (fee, hourly) = (fees.first(), hourly.first());
        let stated = |rate: Option<&&Rate>| match rate {
            None => Ok(Decimal::ZERO),
            Some(rate) => rate.usd.ok_or(reason::CURRENCY),
        };
        let upfront = stated(fee)?;
        let spread = upfront / Decimal::from(lease.hours()) + stated(hourly)?;
        let rounded = spread.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven).normalize();
        let rate = hourly.or(fee).ok_or(reason::NO_TERMS)?;
        Ok((rounded, (!upfront.is_zero()).then(|| upfront.normalize()), &rate.code))
    }
}

/// Reads the code of a rate that must be one of a term of the SKU.
pub(super) fn rate_code(text: &str, sku: &str) -> Result<RateCode, String> {
    let code: RateCode = text.parse().map_err(|error: Error| error.to_string())?;
    if code.sku != sku {
        return Err(format!("the rate {code} is another SKU's"));
    }
    if code.term.is_none() { Err(format!("the rate {code} names no term")) } else { Ok(code) }
}

/// Reads the lease, class and payment of a reservation; its code tells what the attributes leave open.
fn reserved(code: &str, lease: &RawLease) -> Result<Term, &'static str> {
    if lease.purchase_option.contains("Utilization") {
        return Err(reason::UTILIZATION);
    }
    let known = RESERVED.iter().find(|(known, ..)| *known == code);
    let class = match lease.offering_class.as_str() {
        // Reservations of databases have no class: none can be exchanged.
        "" => Some(known.map_or(Class::Standard, |known| known.1)),
        text => Class::parse(text),
    };
    let length = match lease.lease_contract_length.as_str() {
        "" => known.map(|known| known.2),
        text => Lease::parse(text),
    };
    let payment = match lease.purchase_option.as_str() {
        "" => known.map(|known| known.3),
        text => Payment::parse(text),
    };
    match (class, length, payment) {
        (Some(class), Some(length), Some(payment)) => Ok(Term::Reserved(class, length, payment)),
        _ => Err(reason::RESERVED),
    }
}

/// Reads the day of an instant: "2026-03-20T04:29:25Z".
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    text.get(..10).and_then(text::date).ok_or_else(|| format!("\"{text}\" is no date"))
}

/// Reads an amount of money.
pub(super) fn price(text: &str) -> Result<Decimal, String> {
    let amount = number(text).ok_or_else(|| format!("the price \"{text}\" is no number"))?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(format!("the price {text} is negative"));
    }
    if amount >= Decimal::from(1_000_000_000) || amount.normalize().scale() > 18 {
        return Err(format!("the price {text} cannot be one"));
    }
    Ok(amount.normalize())
}

/// Reads the volume at which a tier begins.
pub(super) fn volume(text: &str) -> Result<Decimal, String> {
    if text.is_empty() {
        return Ok(Decimal::ZERO);
    }
    number(text).map(|volume| volume.normalize()).ok_or_else(|| format!("the volume \"{text}\" is no number"))
}

fn number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}
