//! What a move saves of what is really paid: by the rate of the target under the same commitment, else by a ratio.
//!
//! ```text
//! rate known:   what is paid − hours × rate of the target × (net ÷ amortised)
//! only a ratio: list saving × what is paid ÷ list
//! ```
//!
//! A rate counts when the bill states the terms of the commitment and the table knows the target under these very terms:
//! nothing is carried over from another class, lease or payment.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    commitments::{Reach, Terms},
    opportunities::Opportunity,
    saving::{Lock, Paid, database_plan_covers},
    target::price_item,
};
use crate::{
    normalize::service_of,
    pricing::{Price, PriceBook, Term},
    terms::Service,
    units::{ratio, rounded},
};

/// Share by which what is paid may differ from the rate of the table without a word.
const TOLERANCE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A rate under a commitment with its date and source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// US dollars for an hour or unit.
    pub usd: Decimal,
    /// Day on which the source stated it.
    pub as_of: NaiveDate,
    /// Last day on which it was found to be stated.
    pub confirmed: NaiveDate,
    /// Who stated it.
    pub source: &'static str,
}

impl From<&Price> for Rate {
    fn from(price: &Price) -> Self {
        Self { usd: price.usd, as_of: price.as_of, confirmed: price.confirmed, source: price.source }
    }
}

/// A move whose saving is asked for.
pub(super) struct Move<'a> {
    pub(super) book: &'a PriceBook,
    pub(super) service: Option<Service>,
    pub(super) region: Option<&'a str>,
    pub(super) variant: Option<&'a str>,
    pub(super) engine: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    pub(super) lock: Lock,
    pub(super) term: Option<Term>,
    pub(super) hours: Decimal,
    pub(super) paid: &'a Paid,
    /// List price of the target.
    pub(super) target_price: Decimal,
    pub(super) list_saving: Decimal,
    /// Hours × list price of the source.
    pub(super) table: Option<Decimal>,
}

/// What a move saves at what is paid, and what that rests on.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) saving: Option<Decimal>,
    /// Rate of the target under the same commitment, where the saving is by it.
    pub(super) rate: Option<Rate>,
    /// What is assumed.
    pub(super) note: Option<String>,
}

impl Move<'_> {
    /// Computes the effective saving.
    pub(super) fn effective(&self) -> Effective {
        if leaves_plan(self.lock, self.service, self.target, self.engine) {
            let saving = self.paid.cost() - self.paid.net_of(self.hours * self.target_price);
            let note = "the Database Savings Plan does not cover the target: its list price counts".to_owned();
            return Effective { saving: Some(not_negative(saving)), rate: None, note: Some(note) };
        }
        if let Some(rate) = self.rate() {
            let saving = self.paid.cost() - self.paid.net_of(self.hours * rate.usd);
            return Effective { saving: Some(not_negative(saving)), rate: Some(rate), note: None };
        }
        let saving = self.paid.share_of(self.list_saving, self.table).map(not_negative);
        let note = self.paid.share_of(Decimal::ONE, self.table).and_then(|share| self.note(share));
        Effective { note: note.filter(|_| saving.is_some()), saving, rate: None }
    }

    fn rate(&self) -> Option<Rate> {
        let (service, region, target, term) = (self.service?, self.region?, self.target?, self.term?);
        rate(self.book, service, region, target, self.variant, self.target_price, term)
    }

    /// Says which ratio a saving rests on, and why there is no rate.
    fn note(&self, share: Decimal) -> Option<String> {
        let why = match (self.lock, self.term) {
            (Lock::Open | Lock::Spot, _) if share.round_dp(4) == Decimal::ONE => return None,
            (Lock::Open | Lock::Spot, _) => String::new(),
            (_, Some(term)) => format!("; no {term} rate of the target is known"),
            (_, None) => ", which does not state the terms of the commitment".to_owned(),
        };
        let percent = (share * Decimal::ONE_HUNDRED).round_dp(1).normalize();
        Some(format!("at the {percent} % of list that is paid here (ratio of the bill{why})"))
    }
}

/// Tells whether the plan that covers the source does not cover the target.
fn leaves_plan(lock: Lock, service: Option<Service>, target: Option<&str>, engine: Option<&str>) -> bool {
    matches!(lock, Lock::Plan(Reach::Database, _))
        && service.is_some_and(|service| !database_plan_covers(service, target, engine))
}

/// Returns the term under which a usage is bought, where a commitment covers it and the bill states all of its terms.
pub(super) fn term_of(lock: Lock, terms: Option<&Terms>) -> Option<Term> {
    match lock {
        Lock::Plan(..) | Lock::Bound(..) => terms?.purchase,
        Lock::Open | Lock::Spot => None,
    }
}

/// Returns the rate of an instance type or a meter; of a meter with volume tiers that of the tier of the list price.
fn rate(
    book: &PriceBook,
    service: Service,
    region: &str,
    name: &str,
    variant: Option<&str>,
    list_price: Decimal,
    term: Term,
) -> Option<Rate> {
    let found = if book.meters().knows(service, name) {
        let is_tier = |item: &str, variant: &str| {
            book.on_demand(service.as_str(), region, item, variant).is_some_and(|price| price.usd == list_price)
        };
        let meter = book.meters().tiers(service, name).find(|meter| is_tier(&meter.item, &meter.variant))?;
        book.committed(service.as_str(), region, &meter.item, &meter.variant, term)
    } else {
        book.committed(service.as_str(), region, &price_item(service, name), variant?, term)
    };
    found.map(Rate::from)
}

fn not_negative(saving: Decimal) -> Decimal {
    rounded(saving).max(Decimal::ZERO)
}

impl Opportunity {
    /// Tells whether the target counts at list price because the plan of the source does not cover it.
    pub(super) fn leaves_plan(&self) -> bool {
        let target = self.target_instance_type.as_deref();
        leaves_plan(self.lock, service_of(&self.product_code), target, self.database_engine.as_deref())
    }

    /// Returns the table's rate of what runs now under its own commitment, when what is paid is off it by more than 1 %.
    pub(super) fn other_rate(&self, book: &PriceBook) -> Option<(Decimal, Rate)> {
        let (service, region, name) =
            (service_of(&self.product_code)?, self.region.as_deref()?, self.instance_type.as_deref()?);
        let (list_price, term) = (self.source_price?, self.term?);
        let rate = rate(book, service, region, name, self.price_variant.as_deref(), list_price, term)?;
        let paid = ratio(self.amortized_cost, self.hours)?;
        ((paid - rate.usd).abs() > rate.usd * TOLERANCE).then_some((paid, rate))
    }
}

#[cfg(test)]
#[path = "committed_tests.rs"]
mod tests;
