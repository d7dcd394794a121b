//! Commitment at the baseline: on-demand machines that run nearly always, and what a commitment to them would save.
//!
//! ```text
//! saving = Σ over hours of min(hours on demand, level) × on-demand price − level × hours × rate of the commitment
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::course::{Course, Kind};
use crate::{
    analysis::target::price_item,
    normalize::{UsageKind, service_of},
    pricing::{PriceBook, Term},
    rollup::UsageRow,
    terms::{PurchaseOption, Service},
    units::{Month, rounded},
};

/// In this part of the hours, of a hundred, there may be less than the level.
const BELOW: usize = 5;

/// A level of one type that runs nearly always on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steady {
    /// AWS product code.
    pub product_code: Arc<str>,
    /// AWS region code.
    pub region: Option<Arc<str>>,
    /// Instance type.
    pub instance_type: Arc<str>,
    /// Operating system or engine as the price table calls it; `None` where the bill has several of the type.
    pub variant: Option<Arc<str>>,
    /// Whole machines that run on demand in at least 95 of 100 hours.
    pub instances: Decimal,
    /// Hours of the bill.
    pub hours: usize,
    /// Public on-demand price of an hour.
    pub on_demand_price: Option<Decimal>,
    /// Rate of an hour under the commitment.
    pub committed_rate: Option<Decimal>,
    /// Which commitment.
    pub term: Option<Term>,
    /// Day of the older of the two prices.
    pub price_as_of: Option<NaiveDate>,
    /// What it would save in the month; `None` where a price is not known.
    pub saving: Option<Decimal>,
}

/// The commitments of one year without payment in advance, those that a service's usage moves freely under first.
fn terms(service: Service) -> &'static [&'static str] {
    match service {
        Service::Ec2 => &["ComputeSP-1yr-NoUpfront", "RI-1yr-NoUpfront"],
        Service::SageMaker => &["SageMakerSP-1yr-NoUpfront"],
        _ => &["RI-1yr-NoUpfront", "DatabaseSP-1yr-NoUpfront"],
    }
}

/// Finds what runs nearly always on demand, what saves most first, what is not known last.
pub fn steady(course: &Course, month: Month, rows: &[UsageRow], book: &PriceBook) -> Vec<Steady> {
    let variants = variants(month, rows);
    let none = Variants::new();
    let of_kind = |kind, hours: &Vec<Decimal>| of_kind(kind, hours, variants.get(kind).unwrap_or(&none), book);
    let mut found: Vec<Steady> = course.on_demand.iter().filter_map(|(kind, hours)| of_kind(kind, hours)).collect();
    found.sort_by(|a, b| {
        let key = |row: &Steady| (Arc::clone(&row.product_code), row.region.clone(), Arc::clone(&row.instance_type));
        b.saving.cmp(&a.saving).then_with(|| key(a).cmp(&key(b)))
    });
    found
}

/// The systems or engines that a type runs under; `None` for what the price table has no name of.
type Variants = BTreeSet<Option<Arc<str>>>;

/// Returns the systems and engines of each type that runs on demand.
fn variants(month: Month, rows: &[UsageRow]) -> BTreeMap<Kind, Variants> {
    let mut found: BTreeMap<Kind, Variants> = BTreeMap::new();
    let on_demand = rows.iter().filter(|row| {
        row.month == month
            && row.usage_kind == UsageKind::InstanceHours
            && row.purchase_option == Some(PurchaseOption::OnDemand)
    });
    for row in on_demand {
        let Some(instance_type) = &row.instance_type else { continue };
        let kind = (Arc::clone(&row.product_code), row.region.clone(), Arc::clone(instance_type));
        let is_shared = row.tenancy.as_deref().is_none_or(|tenancy| tenancy == "Shared");
        found.entry(kind).or_default().insert(row.price_variant.clone().filter(|_| is_shared));
    }
    found
}

fn of_kind(kind: &Kind, hours: &[Decimal], variants: &Variants, book: &PriceBook) -> Option<Steady> {
    let mut sorted = hours.to_vec();
    sorted.sort_unstable();
    let level = sorted.get(sorted.len() * BELOW / 100)?.trunc();
    if level < Decimal::ONE {
        return None;
    }
    let (product_code, region, instance_type) = kind;
    // The hours do not tell systems and engines apart: of several, no price is the price.
    let variant = variants.first().cloned().flatten().filter(|_| variants.len() == 1);
    let mut steady = Steady {
        product_code: Arc::clone(product_code),
        region: region.clone(),
        instance_type: Arc::clone(instance_type),
        variant,
        instances: level,
        hours: hours.len(),
        on_demand_price: None,
        committed_rate: None,
        term: None,
        price_as_of: None,
        saving: None,
    };
    let (service, place) = (service_of(product_code), region.as_deref());
    if let (Some(service), Some(place), Some(variant)) = (service, place, steady.variant.clone()) {
        let item = price_item(service, instance_type);
        let list = book.on_demand(service.as_str(), place, &item, &variant);
        let rate = terms(service).iter().find_map(|term| {
            let term: Term = term.parse().ok()?;
            Some((term, book.committed(service.as_str(), place, &item, &variant, term)?))
        });
        steady.on_demand_price = list.map(|price| price.usd);
        steady.committed_rate = rate.map(|(_, price)| price.usd);
        steady.term = rate.map(|(term, _)| term);
        if let (Some(list), Some((_, rate))) = (list, rate) {
            let covered: Decimal = hours.iter().map(|hour| (*hour).min(level)).sum();
            steady.price_as_of = Some(list.as_of.min(rate.as_of));
            steady.saving = Some(rounded(covered * list.usd - level * Decimal::from(hours.len()) * rate.usd));
        }
    }
    Some(steady)
}
