//! What Arm usage would run on if it had not moved: its documented predecessor on x86, at the price of the month.
//!
//! The bill's own public rate of that type in that month and region counts; where no such usage is left, the price table
//! does. A predecessor that the service never sold in the region gives way to the one before it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::target::item_name;
use crate::{
    normalize::{UsageKind, service_of},
    pricing::{CURRENCY, PriceBook, Shape, bare_type},
    rollup::{UsageKey, UsageRow},
    terms::{Architecture, Service},
    units::Month,
};

/// The x86 twin of an Arm type or meter, and its list price per hour or unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Instance type with the service's prefix or suffix; usage type of metered compute.
    pub name: String,
    /// List price.
    pub usd: Decimal,
    /// Date of the price table; `None` when the bill of the month shows the price.
    pub as_of: Option<NaiveDate>,
}

/// Chosen predecessors by Graviton family, over the documented ones.
pub type Overrides = BTreeMap<String, String>;

/// Month, service, region, variant and type of a public rate.
type Seen<'a> = (Month, Service, &'a str, &'a str, &'a str);

/// Finds baselines for the rows of a bill.
pub struct Baselines<'a> {
    book: &'a PriceBook,
    overrides: &'a Overrides,
    /// Public rates that the bill states for x86; `None` where it states several.
    rates: HashMap<Seen<'a>, Option<Decimal>>,
}

impl<'a> Baselines<'a> {
    /// Reads the public rates of the rows.
    pub fn new(rows: &'a [UsageRow], book: &'a PriceBook, overrides: &'a Overrides) -> Self {
        let mut rates: HashMap<Seen<'a>, Option<Decimal>> = HashMap::new();
        for row in rows {
            let is_x86 = row.architecture == Some(Architecture::X86) && row.usage_kind != UsageKind::Metered;
            let Some(rate) = row.public_rate.filter(|_| is_x86) else { continue };
            let Some(key) = key(row.month, &row.usage, row.instance_type.as_deref()) else { continue };
            rates.entry(key).and_modify(|known| *known = known.filter(|known| *known == rate)).or_insert(Some(rate));
        }
        Self { book, overrides, rates }
    }

    /// Returns the baseline of Arm usage; `None` where nothing documented was sold.
    pub fn of(&self, month: Month, usage: &UsageKey) -> Option<Baseline> {
        if usage.architecture != Some(Architecture::Arm) {
            return None;
        }
        let service = service_of(&usage.product_code)?;
        if usage.usage_kind == UsageKind::Metered {
            return self.of_meter(service, usage);
        }
        // Another tenancy has other prices; Express brokers were never on x86.
        let name = usage.instance_type.as_deref()?;
        if matches!(usage.tenancy.as_deref(), Some("Dedicated" | "Host")) || name.starts_with("express.") {
            return None;
        }
        let (family, size) = bare_type(name).split_once('.')?;
        let chosen = self.overrides.get(family).map(std::slice::from_ref);
        let families = chosen.unwrap_or_else(|| self.book.predecessors(family));
        let vcpu = self.book.shape(name).map(|shape| shape.vcpu);
        families.iter().find_map(|family| {
            let twin = self.twin(family, size, vcpu)?;
            self.priced(month, service, usage, &twin)
        })
    }

    /// Returns the type of a family that is as large: of the same size name, else a virtual one with as many vCPUs.
    ///
    /// m6g.metal has 64 vCPUs and m5.metal 96: it is held against m5.16xlarge.
    fn twin(&self, family: &str, size: &str, vcpu: Option<u32>) -> Option<String> {
        let same_size = format!("{family}.{size}");
        let (Some(vcpu), known) = (vcpu, self.book.shape(&same_size)) else { return Some(same_size) };
        if known.is_some_and(|shape| shape.vcpu == vcpu) {
            return Some(same_size);
        }
        let as_large = |shape: &&Shape| shape.family == family && shape.vcpu == vcpu && !shape.bare_metal;
        self.book.shapes().find(as_large).map(|shape| shape.instance_type.clone())
    }

    fn priced(&self, month: Month, service: Service, usage: &UsageKey, ec2_type: &str) -> Option<Baseline> {
        let name = item_name(service, ec2_type);
        let seen = key(month, usage, Some(&name)).and_then(|key| self.rates.get(&key).copied().flatten());
        if let Some(usd) = seen {
            return Some(Baseline { name, usd, as_of: None });
        }
        let (region, variant) = (usage.region.as_deref()?, usage.price_variant.as_deref()?);
        let price = self.book.trusted(service.as_str(), region, &name, variant);
        let price = price.filter(|_| *usage.currency == *CURRENCY)?;
        Some(Baseline { usd: price.usd, as_of: Some(price.as_of), name })
    }

    /// Returns the meter of x86 that an Arm meter takes the place of.
    pub(super) fn meter_of_x86(&self, usage: &UsageKey) -> Option<Arc<str>> {
        let service = service_of(&usage.product_code)?;
        self.book.meters().source_of(service, usage.meter.as_deref()?).map(Arc::from)
    }

    fn of_meter(&self, service: Service, usage: &UsageKey) -> Option<Baseline> {
        let (arm, region) = (usage.meter.as_deref()?, usage.region.as_deref()?);
        let meters = self.book.meters();
        let source = meters.source_of(service, arm)?;
        let price =
            |meter: &crate::pricing::Meter| self.book.on_demand(service.as_str(), region, &meter.item, &meter.variant);
        // The rate tells the volume tier.
        let tier = meters
            .tiers(service, arm)
            .position(|meter| price(meter).is_some_and(|price| Some(price.usd) == usage.public_rate))
            .unwrap_or(0);
        let price = meters.tiers(service, source).nth(tier).and_then(price);
        let price = price.filter(|_| *usage.currency == *CURRENCY)?;
        Some(Baseline { name: source.to_owned(), usd: price.usd, as_of: Some(price.as_of) })
    }
}

fn key<'k>(month: Month, usage: &'k UsageKey, name: Option<&'k str>) -> Option<Seen<'k>> {
    let service = service_of(&usage.product_code)?;
    Some((month, service, usage.region.as_deref()?, usage.price_variant.as_deref()?, name?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::{hours, usd};

    fn arm(name: &str) -> UsageRow {
        let mut row = hours(name, "10");
        row.architecture = Some(Architecture::Arm);
        row
    }

    fn of(rows: &[UsageRow], name: &str, overrides: &Overrides) -> Option<(String, Decimal, bool)> {
        let row = arm(name);
        let baselines = Baselines::new(rows, PriceBook::embedded().unwrap(), overrides);
        baselines.of(row.month, &row.usage).map(|found| (found.name, found.usd, found.as_of.is_some()))
    }

    #[test]
    fn predecessors_are_documented() {
        let none = Overrides::new();
        for (name, twin, price) in [
            ("m6g.large", "m5.large", "0.096"),
            ("m7g.large", "m6i.large", "0.096"),
            ("m8g.large", "m7i.large", "0.1008"),
            ("t4g.medium", "t3.medium", "0.0416"),
            ("r6gd.large", "r5d.large", "0.144"),
        ] {
            assert_eq!(of(&[], name, &none), Some((twin.to_owned(), usd(price), true)), "{name}");
        }
        // Bare metal of other sizes is held against a virtual machine with as many vCPUs.
        assert_eq!(of(&[], "m6g.metal", &none).unwrap().0, "m5.16xlarge");
        assert_eq!(of(&[], "m7g.metal", &none).unwrap().0, "m6i.16xlarge");
        assert_eq!(of(&[], "a1.large", &none), None);
        assert_eq!(of(&[], "m6g.medium", &none), None, "m5 has no such size");
    }

    #[test]
    fn the_bills_own_rate_of_the_month_counts_before_the_table() {
        let mut left = hours("m5.large", "1");
        left.public_rate = Some(usd("0.1"));
        let none = Overrides::new();
        assert_eq!(of(&[left.clone()], "m6g.large", &none), Some(("m5.large".to_owned(), usd("0.1"), false)));
        let mut other = left.clone();
        other.public_rate = Some(usd("0.2"));
        assert_eq!(of(&[left, other], "m6g.large", &none).unwrap().1, usd("0.096"), "two rates are none");
    }

    #[test]
    fn a_baseline_can_be_chosen() {
        let chosen = Overrides::from([("m6g".to_owned(), "m6a".to_owned())]);
        assert_eq!(of(&[], "m6g.large", &chosen).unwrap().0, "m6a.large");
    }

    #[test]
    fn other_tenancies_and_express_brokers_have_none() {
        let (book, none) = (PriceBook::embedded().unwrap(), Overrides::new());
        let baselines = Baselines::new(&[], book, &none);
        let mut dedicated = arm("m6g.large");
        dedicated.tenancy = Some("Dedicated".into());
        assert_eq!(baselines.of(dedicated.month, &dedicated.usage), None);
        let mut broker = arm("express.m7g.large");
        broker.product_code = "AmazonMSK".into();
        broker.price_variant = Some("RunBroker".into());
        assert_eq!(baselines.of(broker.month, &broker.usage), None);
    }
}
