//! What rows of the rollup are told apart by: the usage, and the account with its month.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use crate::{
    normalize::{Account, ChargedUsage, UsageKind},
    terms::{Architecture, PurchaseOption},
};

/// Everything that the figures ask of a line item beside its account, its time and its money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the columns of line_items under their own names")]
pub struct UsageKey {
    pub region: Option<String>,
    pub product_code: String,
    pub charge_type: String,
    pub purchase_option: Option<PurchaseOption>,
    pub usage_kind: UsageKind,
    pub instance_type: Option<String>,
    pub architecture: Option<Architecture>,
    pub vcpu: Option<i32>,
    pub operating_system: Option<String>,
    pub database_engine: Option<String>,
    pub deployment_option: Option<String>,
    pub tenancy: Option<String>,
    pub licensed_software: Option<String>,
    pub price_variant: Option<String>,
    /// Public on-demand rate per hour that the bill states.
    pub public_rate: Option<Decimal>,
    pub currency: String,
}

impl UsageKey {
    /// Returns the key of a usage.
    pub(super) fn of(charged: &ChargedUsage) -> Self {
        let usage = &charged.usage;
        Self {
            region: usage.region.clone(),
            product_code: charged.product_code.clone(),
            charge_type: charged.charge_type.clone(),
            purchase_option: usage.purchase_option,
            usage_kind: usage.kind,
            instance_type: usage.instance_type.clone(),
            architecture: usage.architecture,
            vcpu: usage.vcpu,
            operating_system: usage.operating_system.clone(),
            database_engine: usage.database_engine.clone(),
            deployment_option: usage.deployment_option.clone(),
            tenancy: usage.tenancy.clone(),
            licensed_software: usage.licensed_software.clone(),
            price_variant: usage.price_variant.clone(),
            public_rate: usage.public_rate,
            currency: usage.currency.clone().unwrap_or_default(),
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
            ..self.clone()
        }
    }

    /// Returns what the hours of compute are told apart by; `None` for what is no compute and no commitment to it.
    pub(super) fn by_hour(&self) -> Option<Self> {
        let is_commitment = matches!(self.charge_type.as_str(), "RIFee" | "SavingsPlanRecurringFee");
        (is_commitment || self.usage_kind.is_compute()).then(|| Self {
            operating_system: None,
            database_engine: None,
            deployment_option: None,
            tenancy: None,
            licensed_software: None,
            price_variant: None,
            public_rate: None,
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
