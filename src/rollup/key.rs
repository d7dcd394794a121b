//! What rows of the rollup are told apart by: the usage, and the account with its month.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use crate::{
    normalize::{Account, ChargedUsage, Commitment, UsageKind},
    terms::{Architecture, PurchaseOption},
};

/// Everything that the figures ask of a line item beside its account, its time and its money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the columns of line_items under their own names")]
pub struct UsageKey {
    pub region: Option<Arc<str>>,
    pub product_code: Arc<str>,
    pub charge_type: Arc<str>,
    pub purchase_option: Option<PurchaseOption>,
    pub usage_kind: UsageKind,
    pub instance_type: Option<Arc<str>>,
    pub architecture: Option<Architecture>,
    pub vcpu: Option<i32>,
    pub operating_system: Option<Arc<str>>,
    pub database_engine: Option<Arc<str>>,
    pub deployment_option: Option<Arc<str>>,
    pub tenancy: Option<Arc<str>>,
    pub licensed_software: Option<Arc<str>>,
    pub price_variant: Option<Arc<str>>,
    /// Public on-demand rate per hour that the bill states.
    pub public_rate: Option<Decimal>,
    /// Usage type without region prefix: of metered compute, of Extended Support and of the fees of Savings Plans.
    pub meter: Option<Arc<str>>,
    /// Metered usage at the Spot price.
    pub is_spot: bool,
    /// Engine version as an inventory or Extended Support proves it; the bill by itself does not say it.
    pub engine_version: Option<Arc<str>>,
    /// Reserved Instance or Savings Plan that it belongs to.
    pub commitment: Option<Arc<Commitment>>,
    pub currency: Arc<str>,
}

fn shared(text: Option<&str>) -> Option<Arc<str>> {
    text.map(Arc::from)
}

impl UsageKey {
    /// Returns the key of a usage.
    pub(super) fn of(charged: &ChargedUsage) -> Self {
        let usage = &charged.usage;
        Self {
            region: shared(usage.region.as_deref()),
            product_code: charged.product_code.as_str().into(),
            charge_type: charged.charge_type.as_str().into(),
            purchase_option: usage.purchase_option,
            usage_kind: usage.kind,
            instance_type: shared(usage.instance_type.as_deref()),
            architecture: usage.architecture,
            vcpu: usage.vcpu,
            operating_system: shared(usage.operating_system.as_deref()),
            database_engine: shared(usage.database_engine.as_deref()),
            deployment_option: shared(usage.deployment_option.as_deref()),
            tenancy: shared(usage.tenancy.as_deref()),
            licensed_software: shared(usage.licensed_software.as_deref()),
            price_variant: shared(usage.price_variant.as_deref()),
            public_rate: usage.public_rate,
            meter: shared(usage.meter.as_deref()),
            is_spot: usage.is_spot,
            engine_version: None,
            commitment: charged.commitment.clone().map(Arc::new),
            currency: usage.currency.as_deref().unwrap_or("").into(),
        }
    }

    /// Returns what the days of a bill are told apart by.
    pub(super) fn by_day(&self) -> Self {
        Self {
            instance_type: None,
            architecture: None,
            vcpu: None,
            operating_system: None,
            database_engine: None,
            deployment_option: None,
            tenancy: None,
            licensed_software: None,
            price_variant: None,
            public_rate: None,
            meter: None,
            is_spot: false,
            commitment: None,
            ..self.clone()
        }
    }

    /// Returns what the hours of compute are told apart by; `None` for what is no compute and no commitment to it.
    pub(super) fn by_hour(&self) -> Option<Self> {
        let is_commitment = matches!(&*self.charge_type, "RIFee" | "SavingsPlanRecurringFee");
        (is_commitment || self.usage_kind.is_compute()).then(|| Self {
            operating_system: None,
            database_engine: None,
            deployment_option: None,
            tenancy: None,
            licensed_software: None,
            price_variant: None,
            public_rate: None,
            meter: None,
            is_spot: false,
            commitment: None,
            ..self.clone()
        })
    }
}

/// Gives the same number to equal keys, in order of appearance.
#[derive(Debug)]
pub(super) struct Numbers<K> {
    numbers: BTreeMap<Arc<K>, u32>,
    keys: Vec<Arc<K>>,
}

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), keys: Vec::new() }
    }
}

impl<K: Ord> Numbers<K> {
    /// Returns the number of a key.
    pub(super) fn of(&mut self, key: K) -> u32 {
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        self.of_shared(&Arc::new(key))
    }

    /// Returns the number of a key that is shared.
    pub(super) fn of_shared(&mut self, key: &Arc<K>) -> u32 {
        if let Some(&number) = self.numbers.get(key) {
            return number;
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(Arc::clone(key));
        self.numbers.insert(Arc::clone(key), number);
        number
    }

    /// Returns the keys by number.
    pub(super) fn keys(&self) -> &[Arc<K>] {
        &self.keys
    }
}

/// The numbers that all workers of a month share.
#[derive(Debug, Default)]
pub(super) struct Registry {
    pub usages: Numbers<UsageKey>,
    pub accounts: Numbers<Account>,
}

impl Registry {
    /// Tells whether no key has a number yet.
    pub(super) fn is_empty(&self) -> bool {
        self.usages.keys.is_empty() && self.accounts.keys.is_empty()
    }
}
