//! What a month cost, by pools of like capacity.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use crate::{
    analysis::{baseline::Baselines, commitments::bought},
    normalize::{LineType, UsageKind},
    rollup::{UsageKey, UsageRow},
    terms::{Basis, Effect, PurchaseOption},
    units::ratio,
};

/// What tells pools apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PoolKey {
    pub product_code: Arc<str>,
    kind: UsageKind,
    region: Option<Arc<str>>,
    /// Operating system or engine with deployment; of a meter the one of x86.
    variant: Option<Arc<str>>,
    deployment: Option<Arc<str>>,
    tenancy: Option<Arc<str>>,
    licence: Option<Arc<str>>,
    pub is_spot: bool,
}

/// What ran of one type.
#[derive(Debug, Clone, Default)]
struct TypeSum {
    hours: Decimal,
    list: Decimal,
    /// List price of the predecessor, of Arm types.
    baseline: Option<Decimal>,
}

impl TypeSum {
    fn price(&self) -> Option<Decimal> {
        ratio(self.list, self.hours)
    }
}

/// Usage of like capacity in a month.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool {
    pub cost: Decimal,
    /// Cost at the public on-demand price; the cost itself where the bill does not know it.
    pub list: Decimal,
    pub hours: Decimal,
    /// vCPU hours; of a meter its units.
    pub capacity: Decimal,
    /// The vCPUs of some type are not known.
    pub lacks_capacity: bool,
    types: BTreeMap<Arc<str>, TypeSum>,
}

impl Pool {
    /// Returns an amount of list cost at what is paid ÷ list here.
    pub(super) fn at_rate(&self, list: Decimal) -> Option<Decimal> {
        ratio(list * self.cost, self.list)
    }

    /// Returns Σ hours × (price − price before), over types that ran in both months.
    pub(super) fn price_change(&self, before: &Self) -> Decimal {
        let change = |(name, now): (&Arc<str>, &TypeSum)| {
            let then = before.types.get(name)?.price()?;
            Some(now.hours * (now.price()? - then))
        };
        self.types.iter().filter_map(change).sum()
    }

    /// Returns what the Arm hours of the pool save at list; the prices are those of the month `before` where the type ran
    /// then, so that a change of prices is no saving.
    pub(super) fn saved_against(&self, before: &Self, after: &Self) -> Decimal {
        let saving = |(name, sum): (&Arc<str>, &TypeSum)| {
            let known = before.types.get(name).or_else(|| after.types.get(name))?;
            Some(sum.hours * (known.baseline? - known.price()?))
        };
        self.types.iter().filter_map(saving).sum()
    }

    fn add(&mut self, row: &UsageRow, cost: Decimal, baselines: &Baselines<'_>) {
        self.cost += cost;
        let list = row.list_cost.filter(|list| *list > Decimal::ZERO).unwrap_or(row.amortized_cost);
        self.list += list;
        self.hours += row.usage_amount;
        let is_metered = row.usage_kind == UsageKind::Metered;
        match row.vcpu {
            _ if is_metered => self.capacity += row.usage_amount,
            Some(vcpu) => self.capacity += row.usage_amount * Decimal::from(vcpu),
            None => self.lacks_capacity = true,
        }
        let name = if is_metered { &row.meter } else { &row.instance_type };
        let Some(name) = name else { return };
        let sum = self.types.entry(Arc::clone(name)).or_default();
        sum.hours += row.usage_amount;
        sum.list += list;
        if sum.baseline.is_none() {
            sum.baseline = baselines.of(row.month, &row.usage).map(|baseline| baseline.usd);
        }
    }
}

/// What a month cost under one basis.
#[derive(Debug, Default)]
pub(super) struct MonthPools {
    /// Compute with an architecture.
    pub pools: BTreeMap<PoolKey, Pool>,
    /// Other usage by product.
    pub others: BTreeMap<Arc<str>, Pool>,
    /// What is no usage, by product.
    pub charges: BTreeMap<(Arc<str>, Effect), Decimal>,
}

impl MonthPools {
    pub(super) fn add(&mut self, row: &UsageRow, basis: Basis, baselines: &Baselines<'_>) {
        let cost = match basis {
            Basis::Amortized => row.amortized_cost,
            Basis::Unblended => row.unblended_cost,
        };
        let product = Arc::clone(&row.product_code);
        match row.usage_kind {
            UsageKind::NoUsage => {
                *self.charges.entry((product, charge(row))).or_default() += cost;
            }
            kind if kind.has_architecture() => {
                self.pools.entry(pool_key(&row.usage, baselines)).or_default().add(row, cost, baselines);
            }
            _ => {
                let other = self.others.entry(product).or_default();
                other.cost += cost;
                other.list += row.list_cost.filter(|list| !list.is_zero()).unwrap_or(row.amortized_cost);
            }
        }
    }
}

fn pool_key(usage: &UsageKey, baselines: &Baselines<'_>) -> PoolKey {
    let variant = match &usage.meter {
        Some(meter) => Some(baselines.meter_of_x86(usage).unwrap_or_else(|| Arc::clone(meter))),
        None => usage.price_variant.clone().or_else(|| usage.operating_system.clone()),
    };
    PoolKey {
        product_code: Arc::clone(&usage.product_code),
        kind: usage.usage_kind,
        region: usage.region.clone(),
        variant,
        deployment: usage.deployment_option.clone(),
        tenancy: usage.tenancy.clone(),
        licence: usage.licensed_software.clone(),
        is_spot: bought(usage) == Some(PurchaseOption::Spot),
    }
}

/// Returns the effect that a charge belongs to.
fn charge(row: &UsageRow) -> Effect {
    match LineType::parse(&row.charge_type) {
        LineType::RiFee
        | LineType::SavingsPlanNegation
        | LineType::SavingsPlanRecurringFee
        | LineType::SavingsPlanUpfrontFee => Effect::Commitment,
        // An upfront payment, or its refund.
        LineType::Fee | LineType::Refund if row.commitment.is_some() || !row.upfront_cost.is_zero() => {
            Effect::Commitment
        }
        LineType::Fee | LineType::Refund | LineType::Credit | LineType::Tax | LineType::Discount => {
            Effect::CreditsTaxFees
        }
        _ => Effect::Other,
    }
}
