//! What a month cost, by pools of like capacity.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use rust_decimal::Decimal;

use crate::{
    analysis::{baseline::Baselines, commitments::bought},
    normalize::{LineType, UsageKind},
    rollup::{UsageKey, UsageRow},
    terms::{Architecture, Basis, Effect, PurchaseOption},
    units::{Month, ratio},
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
        ratio(self.list, self.hours).filter(|price| *price > Decimal::ZERO)
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
    /// By the number of the type.
    types: BTreeMap<u32, TypeSum>,
}

impl Pool {
    /// Returns an amount of list cost at what is paid ÷ list here.
    pub(super) fn at_rate(&self, list: Decimal) -> Option<Decimal> {
        ratio(list * self.cost, self.list)
    }

    /// Returns Σ hours × (price − price before), over types that ran in both months.
    pub(super) fn price_change(&self, before: &Self) -> Decimal {
        let change = |(name, now): (&u32, &TypeSum)| {
            let then = before.types.get(name)?.price()?;
            Some(now.hours * (now.price()? - then))
        };
        self.types.iter().filter_map(change).sum()
    }

    /// Returns what the Arm hours of the pool save at list; the prices are those of the month `before` where the type ran
    /// then, so that a change of prices is no saving.
    pub(super) fn saved_against(&self, before: &Self, after: &Self) -> Decimal {
        let saving = |(name, sum): (&u32, &TypeSum)| {
            let known = before.types.get(name).or_else(|| after.types.get(name))?;
            Some(sum.hours * (known.baseline? - known.price()?))
        };
        self.types.iter().filter_map(saving).sum()
    }

    /// Adds a row at its amortised cost; `name` is the number of its type.
    fn add(&mut self, row: &UsageRow, name: Option<u32>, baselines: &Baselines<'_>) {
        self.cost += row.amortized_cost;
        let list = row.list_cost.filter(|list| *list > Decimal::ZERO).unwrap_or(row.amortized_cost);
        self.list += list;
        self.hours += row.usage_amount;
        match row.vcpu {
            _ if row.usage_kind == UsageKind::Metered => self.capacity += row.usage_amount,
            Some(vcpu) => self.capacity += row.usage_amount * Decimal::from(vcpu),
            None => self.lacks_capacity = true,
        }
        let Some(name) = name else { return };
        let sum = self.types.entry(name).or_default();
        sum.hours += row.usage_amount;
        sum.list += list;
        if sum.baseline.is_none() && row.architecture == Some(Architecture::Arm) {
            sum.baseline = baselines.of(row.month, &row.usage).map(|baseline| baseline.usd);
        }
    }
}

/// What a month cost under one basis.
#[derive(Debug, Default)]
pub(super) struct MonthPools {
    /// Compute with an architecture.
    pub pools: BTreeMap<Arc<PoolKey>, Pool>,
    /// Other usage by product.
    pub others: BTreeMap<Arc<str>, Pool>,
    /// What is no usage, by product.
    pub charges: BTreeMap<(Arc<str>, Effect), Decimal>,
}

/// Sums the rows of each month into pools, under every basis.
pub(super) fn of_months(rows: &[UsageRow], baselines: &Baselines<'_>) -> BTreeMap<(Month, Basis), MonthPools> {
    // A usage is told once, however many rows share it.
    let mut places: HashMap<*const UsageKey, (u32, Option<u32>)> = HashMap::new();
    let (mut classes, mut names) = (BTreeMap::new(), BTreeMap::new());
    let mut sums: HashMap<(Month, u32), (Pool, Decimal)> = HashMap::new();
    for row in rows {
        let (class, name) = *places.entry(Arc::as_ptr(&row.usage)).or_insert_with(|| {
            let class = number(&mut classes, Class::of(row, baselines));
            (class, type_name(row).map(|name| number(&mut names, Arc::clone(name))))
        });
        let (pool, unblended) = sums.entry((row.month, class)).or_default();
        pool.add(row, name, baselines);
        *unblended += row.unblended_cost;
    }
    let classes: BTreeMap<u32, Class> = classes.into_iter().map(|(class, number)| (number, class)).collect();
    let mut months: BTreeMap<(Month, Basis), MonthPools> = BTreeMap::new();
    for ((month, number), (amortized, cost)) in sums {
        let unblended = Pool { cost, ..amortized.clone() };
        for (basis, pool) in [(Basis::Amortized, amortized), (Basis::Unblended, unblended)] {
            let into = months.entry((month, basis)).or_default();
            match &classes[&number] {
                Class::Pool(key) => {
                    into.pools.insert(Arc::clone(key), pool);
                }
                Class::Other(product) => {
                    into.others.insert(Arc::clone(product), pool);
                }
                Class::Charge(product, effect) => {
                    into.charges.insert((Arc::clone(product), *effect), pool.cost);
                }
            }
        }
    }
    months
}

/// Returns the number of a key, a new one for a new key.
fn number<K: Ord>(numbers: &mut BTreeMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

/// Returns what has a list price of its own: the instance type, or the meter.
fn type_name(row: &UsageRow) -> Option<&Arc<str>> {
    match row.usage_kind {
        UsageKind::Metered => row.meter.as_ref(),
        kind if kind.has_architecture() => row.instance_type.as_ref(),
        _ => None,
    }
}

/// Where a usage counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Pool(Arc<PoolKey>),
    Other(Arc<str>),
    Charge(Arc<str>, Effect),
}

impl Class {
    fn of(row: &UsageRow, baselines: &Baselines<'_>) -> Self {
        let product = Arc::clone(&row.product_code);
        match row.usage_kind {
            UsageKind::NoUsage => Self::Charge(product, charge(row)),
            kind if kind.has_architecture() => Self::Pool(Arc::new(pool_key(&row.usage, baselines))),
            _ => Self::Other(product),
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
        LineType::Fee | LineType::Refund if row.commitment.is_some() => Effect::Commitment,
        LineType::Fee | LineType::Refund | LineType::Credit | LineType::Tax | LineType::Discount => {
            Effect::CreditsTaxFees
        }
        _ => Effect::Other,
    }
}
