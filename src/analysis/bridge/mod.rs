//! Why the bill changed from one month to another: effects that add up to the change, to the last decimal.
//!
//! Each product's compute is cut into pools whose capacity is alike: region, system or engine, deployment, tenancy. With
//! capacity V (vCPU hours, or the units of a meter), list cost L, cost C and r = C ÷ L in the months 0 and 1, a pool
//! changes by
//!
//! ```text
//! usage        C0 × (V1 ÷ V0 − 1)
//! commitment   L1 × (r1 − r0)                               Spot pools: list_price
//! list price   r0 × Σ hours1 × (price1 − price0)            types that ran in both months
//! Graviton     −r0 × (S1 − S0 × V1 ÷ V0)                    S = Σ Arm hours × (price of the predecessor − own price)
//! mix          the rest: other families, sizes, generations
//! ```
//!
//! A pool that is new is usage, and so is one that is gone. What has no architecture changes by usage at the list price,
//! and by what was paid of it. Fees, negations and upfront payments of RI and SP are commitment; credits, refunds, tax,
//! discounts and other fees are credits, tax and fees.

mod pools;

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::baseline::Baselines;
use crate::{
    rollup::UsageRow,
    terms::{Basis, Effect},
    units::{Month, ratio, rounded},
};
use pools::{MonthPools, Pool};

/// A row of the table `cost_bridge`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of cost_bridge under their own names")]
pub struct BridgeRow {
    pub from_month: Month,
    pub to_month: Month,
    pub basis: Basis,
    pub product_code: Arc<str>,
    pub effect: Effect,
    pub amount: Decimal,
}

/// The pools of every month, from which any two are compared.
#[derive(Debug, Default)]
pub struct Bridges(BTreeMap<(Month, Basis), MonthPools>);

impl Bridges {
    /// Sums the rows of each month into pools.
    pub fn new(rows: &[UsageRow], baselines: &Baselines<'_>) -> Self {
        Self(pools::of_months(rows, baselines))
    }

    /// Returns the effects of the way from one month to another; none when the bill lacks one of them.
    ///
    /// Effects of 0 are left out. The amounts of a product add up to the change of its cost.
    pub fn between(&self, from_month: Month, to_month: Month, basis: Basis) -> Vec<BridgeRow> {
        let Some((from, to)) = self.0.get(&(from_month, basis)).zip(self.0.get(&(to_month, basis))) else {
            return Vec::new();
        };
        let mut sums: BTreeMap<(&Arc<str>, Effect), Decimal> = BTreeMap::new();
        for (key, before, after) in joined(&from.pools, &to.pools) {
            for (effect, amount) in change(before, after, key.is_spot) {
                *sums.entry((&key.product_code, effect)).or_default() += amount;
            }
        }
        for ((product, effect), before, after) in joined(&from.charges, &to.charges) {
            *sums.entry((product, *effect)).or_default() +=
                after.copied().unwrap_or_default() - before.copied().unwrap_or_default();
        }
        for (product, before, after) in joined(&from.others, &to.others) {
            for (effect, amount) in change_without_capacity(before, after) {
                *sums.entry((product, effect)).or_default() += amount;
            }
        }
        sums.into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|((product, effect), amount)| BridgeRow {
                from_month,
                to_month,
                basis,
                product_code: Arc::clone(product),
                effect,
                amount,
            })
            .collect()
    }
}

/// Pairs what two maps have under a key.
fn joined<'a, K: Ord, V>(
    from: &'a BTreeMap<K, V>,
    to: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let gone = from.iter().map(|(key, before)| (key, Some(before), to.get(key)));
    let new = to.iter().filter(|(key, _)| !from.contains_key(key)).map(|(key, after)| (key, None, Some(after)));
    gone.chain(new)
}

/// Splits the change of a pool; the parts add up to it.
fn change(before: Option<&Pool>, after: Option<&Pool>, is_spot: bool) -> Vec<(Effect, Decimal)> {
    let (before, after) = match (before, after) {
        (None, None) => return Vec::new(),
        (None, Some(after)) => return vec![(Effect::Usage, after.cost)],
        (Some(before), None) => return vec![(Effect::Usage, -before.cost)],
        (Some(before), Some(after)) => (before, after),
    };
    let whole = after.cost - before.cost;
    // Hours stand in where the vCPUs of a type are not known.
    let has_capacity = !before.lacks_capacity && !after.lacks_capacity;
    let volume = |pool: &Pool| if has_capacity { pool.capacity } else { pool.hours };
    let grown = |amount: Decimal| ratio(amount * volume(after), volume(before));
    let (Some(cost), Some(_)) = (grown(before.cost), before.at_rate(Decimal::ONE)) else {
        return vec![(Effect::Usage, whole)];
    };
    let paid = |list: Decimal| rounded(before.at_rate(list).unwrap_or_default());
    let usage = rounded(cost) - before.cost;
    let rates = after.cost - paid(after.list);
    let list_price = paid(after.price_change(before));
    let saved = |pool: &Pool| pool.saved_against(before, after);
    let graviton = -paid(saved(after) - grown(saved(before)).unwrap_or_default());
    let mix = whole - usage - rates - list_price - graviton;
    let by_rate = if is_spot { Effect::ListPrice } else { Effect::Commitment };
    vec![
        (Effect::Usage, usage),
        (by_rate, rates),
        (Effect::ListPrice, list_price),
        (Effect::Graviton, graviton),
        (Effect::Mix, mix),
    ]
}

/// Splits the change of what has no architecture into usage at list price and what was paid of it.
fn change_without_capacity(before: Option<&Pool>, after: Option<&Pool>) -> Vec<(Effect, Decimal)> {
    let cost = |pool: Option<&Pool>| pool.map_or(Decimal::ZERO, |pool| pool.cost);
    let whole = cost(after) - cost(before);
    let rates = before.zip(after).and_then(|(before, after)| Some(after.cost - rounded(before.at_rate(after.list)?)));
    let discounts = rates.unwrap_or_default();
    vec![(Effect::Usage, whole - discounts), (Effect::CreditsTaxFees, discounts)]
}

#[cfg(test)]
mod tests;
