//! What a move saves: at list, at the rates this payer pays, now, and once commitments have ended.
//!
//! ```text
//! list_saving ── at what is paid (committed.rs) ──► effective_saving = unlocked_saving + locked_saving
//! ```
//!
//! On-demand usage is unlocked. What a Reserved Instance or an EC2 Instance Savings Plan covers is locked until its end. A
//! Compute, Database or SageMaker plan follows the usage to Graviton and is left with commitment to spare: that saving is
//! unlocked as far as on-demand usage of the same payer and month, which the plan covers too, takes it up.

use std::{collections::BTreeMap, sync::Arc};

use hashbrown::HashMap;
use rust_decimal::Decimal;

use super::{
    commitments::{Commitments, Reach, bought, is_coverable},
    costs::add_known,
    opportunities::Opportunity,
};
use crate::{
    normalize::{UsageKind, service_of},
    pricing::bare_type,
    rollup::{UsageKey, UsageRow},
    terms::{PurchaseOption, Service},
    units::{Month, ratio, rounded},
};

/// What holds a saving back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// On demand: nothing.
    Open,
    /// Spot: no saving is known.
    Spot,
    /// A plan that follows to Graviton, and the month in which it has ended.
    Plan(Reach, Option<Month>),
    /// A commitment to the instances as they are, and the month in which it has ended.
    Bound(Reach, Option<Month>),
}

impl Lock {
    /// Returns what holds back the savings of a usage.
    pub(super) fn of(usage: &UsageKey, commitments: &Commitments) -> Self {
        let terms = commitments.of_usage(usage);
        let unlock = terms.and_then(super::Terms::unlock_month);
        match bought(usage) {
            Some(PurchaseOption::Spot) => Self::Spot,
            Some(PurchaseOption::Reserved) => Self::Bound(terms.map_or(Reach::Instances, |terms| terms.reach), unlock),
            Some(PurchaseOption::SavingsPlan) => match terms.map(|terms| terms.reach) {
                Some(reach) if reach.follows() => Self::Plan(reach, unlock),
                reach => Self::Bound(reach.unwrap_or(Reach::Family), unlock),
            },
            Some(PurchaseOption::OnDemand) | None => Self::Open,
        }
    }

    /// Returns the month from which on the saving is free.
    pub fn unlock_month(self) -> Option<Month> {
        match self {
            Self::Plan(_, month) | Self::Bound(_, month) => month,
            Self::Open | Self::Spot => None,
        }
    }

    /// Says what is to be known of the commitment.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Bound(Reach::Exchangeable, _) => Some("convertible: can be exchanged"),
            Self::Bound(_, None) => Some("the bill does not say when the commitment ends"),
            _ => None,
        }
    }
}

/// What was paid for a group of rows, and what it would have cost at list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Paid {
    amortized: Decimal,
    net: Option<Decimal>,
    lacks_net: bool,
    list: Option<Decimal>,
    lacks_list: bool,
}

impl Paid {
    /// Adds a row.
    pub(super) fn add(&mut self, row: &UsageRow) {
        self.amortized += row.amortized_cost;
        add_known(&mut self.net, row.net_amortized_cost);
        self.lacks_net |= row.net_amortized_cost.is_none();
        add_known(&mut self.list, row.list_cost);
        self.lacks_list |= row.list_cost.is_none();
    }

    /// Adds a row without its private discounts.
    pub(super) fn add_gross(&mut self, row: &UsageRow) {
        self.add(row);
        self.lacks_net = true;
    }

    /// Returns the amortised cost, net of private discounts where the bill has them.
    pub(super) fn cost(&self) -> Decimal {
        self.net.filter(|_| !self.lacks_net).unwrap_or(self.amortized)
    }

    /// Returns an amortised amount net of private discounts, by what they take off this very usage.
    pub(super) fn net_of(&self, amount: Decimal) -> Decimal {
        match self.net.filter(|_| !self.lacks_net) {
            Some(net) => ratio(amount * net, self.amortized).unwrap_or(amount),
            None => amount,
        }
    }

    /// Returns the amount at what is paid ÷ list; the list cost is the bill's own, else `table`: hours × the list price of
    /// the source.
    pub(super) fn share_of(&self, amount: Decimal, table: Option<Decimal>) -> Option<Decimal> {
        let list = self.list.filter(|list| !self.lacks_list && *list > Decimal::ZERO).or(table)?;
        ratio(amount * self.cost(), list).map(rounded)
    }
}

/// The take-up of commitment that moves set free: on-demand usage that the plans of a payer cover in a month.
#[derive(Default)]
struct Pool {
    /// Paid for on-demand usage that the plan could cover.
    on_demand: Decimal,
    /// What the plans cost for the usage they cover, and what that would cost at list.
    covered: (Decimal, Decimal),
    /// What moving that on-demand usage saves by itself.
    moved: Decimal,
    /// What the moves of covered usage set free.
    freed: Decimal,
}

impl Pool {
    /// Returns the share of the freed commitment that on-demand usage takes up, 0 to 1.
    ///
    /// 100 USD on demand of which a move saves 20; plans at 70 % of list: 80 × 0.7 = 56 of commitment can be taken up.
    fn taken_up(&self) -> Decimal {
        let discount = ratio(self.covered.0, self.covered.1).unwrap_or(Decimal::ONE).min(Decimal::ONE);
        let room = ((self.on_demand - self.moved) * discount).max(Decimal::ZERO);
        ratio(room, self.freed).map_or(Decimal::ONE, |share| share.min(Decimal::ONE))
    }
}

type PoolKey = (Month, Option<Arc<str>>, Reach);

/// Splits the effective saving of each row into what is free now and what is behind a commitment.
pub(super) fn unlock(found: &mut [Opportunity], rows: &[UsageRow], commitments: &Commitments) {
    let mut pools = pools(rows, commitments);
    if !pools.is_empty() {
        for row in found.iter() {
            let saving = row.effective_saving.unwrap_or_default();
            match row.lock {
                Lock::Plan(reach, _) => {
                    // Where the plan does not cover the target, all of the commitment is left.
                    let freed = if row.leaves_plan() { row.paid } else { saving };
                    pools.entry((row.month, row.payer_account_id.clone(), reach)).or_default().freed += freed;
                }
                Lock::Open => {
                    let reach = Some(row).filter(|_| !saving.is_zero()).and_then(reach_of_opportunity);
                    if let Some(pool) =
                        reach.and_then(|reach| pools.get_mut(&(row.month, row.payer_account_id.clone(), reach)))
                    {
                        pool.moved += saving;
                    }
                }
                _ => {}
            }
        }
    }
    for row in found {
        let Some(effective) = row.effective_saving else { continue };
        let unlocked = match row.lock {
            Lock::Open => effective,
            Lock::Plan(reach, _) => {
                let share =
                    pools.get(&(row.month, row.payer_account_id.clone(), reach)).map_or(Decimal::ZERO, Pool::taken_up);
                if row.leaves_plan() {
                    // Of what is paid the share is taken up; the target is paid on top.
                    rounded(row.paid * share - (row.paid - effective)).max(Decimal::ZERO).min(effective)
                } else {
                    rounded(effective * share)
                }
            }
            Lock::Spot | Lock::Bound(..) => Decimal::ZERO,
        };
        row.unlocked_saving = Some(unlocked);
        row.locked_saving = Some(effective - unlocked);
        row.unlock_month = row.lock.unlock_month().filter(|_| unlocked != effective);
    }
}

/// Sums what each kind of plan of each payer covers, and what it could cover besides.
fn pools(rows: &[UsageRow], commitments: &Commitments) -> BTreeMap<PoolKey, Pool> {
    let mut roles: HashMap<*const UsageKey, Role> = HashMap::new();
    let mut role =
        |row: &UsageRow| *roles.entry(Arc::as_ptr(&row.usage)).or_insert_with(|| Role::of(&row.usage, commitments));
    let mut pools: BTreeMap<PoolKey, Pool> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.commitment.is_some()) {
        if let Role::Covered(reach) = role(row) {
            let pool = pools.entry((row.month, row.payer_account_id.clone(), reach)).or_default();
            pool.covered.0 += row.amortized_cost;
            pool.covered.1 += row.list_cost.unwrap_or(row.amortized_cost);
        }
    }
    if pools.is_empty() {
        return pools;
    }
    for row in rows {
        if let Role::Coverable(reach) = role(row)
            && let Some(pool) = pools.get_mut(&(row.month, row.payer_account_id.clone(), reach))
        {
            pool.on_demand += row.net_amortized_cost.unwrap_or(row.amortized_cost);
        }
    }
    pools
}

/// What a usage is to the plans that follow to Graviton.
#[derive(Clone, Copy)]
enum Role {
    /// Covered by one.
    Covered(Reach),
    /// On demand, and of a kind that one covers.
    Coverable(Reach),
    /// Nothing.
    None,
}

impl Role {
    fn of(usage: &UsageKey, commitments: &Commitments) -> Self {
        if let Lock::Plan(reach, _) = Lock::of(usage, commitments) {
            return Self::Covered(reach);
        }
        let coverable = is_coverable(usage) || usage.usage_kind == UsageKind::Serverless;
        if !coverable || bought(usage) != Some(PurchaseOption::OnDemand) {
            return Self::None;
        }
        let reach = reach_of(&usage.product_code, usage.instance_type.as_deref(), usage.database_engine.as_deref());
        reach.map_or(Self::None, Self::Coverable)
    }
}

fn reach_of_opportunity(row: &Opportunity) -> Option<Reach> {
    reach_of(&row.product_code, row.instance_type.as_deref(), row.database_engine.as_deref())
}

/// Returns which kind of plan that follows to Graviton covers on-demand usage of a product.
fn reach_of(product_code: &str, instance_type: Option<&str>, engine: Option<&str>) -> Option<Reach> {
    match service_of(product_code)? {
        Service::Ec2 | Service::Lambda | Service::Fargate | Service::Eks => Some(Reach::Compute),
        Service::SageMaker => Some(Reach::SageMaker),
        service => database_plan_covers(service, instance_type, engine).then_some(Reach::Database),
    }
}

/// Tells whether a Database Savings Plan covers the usage: families of the seventh generation and later, of ElastiCache
/// only Valkey, and serverless.
pub(super) fn database_plan_covers(service: Service, instance_type: Option<&str>, engine: Option<&str>) -> bool {
    let is_offered = match service {
        Service::Rds | Service::OpenSearch | Service::DocumentDb | Service::Neptune => true,
        Service::ElastiCache => engine == Some("Valkey"),
        _ => false,
    };
    is_offered && instance_type.is_none_or(|name| generation(name).is_none_or(|generation| generation >= 7))
}

/// Returns the number in a family's name: 7 of "db.r7g.large".
fn generation(instance_type: &str) -> Option<u32> {
    let family = bare_type(instance_type).split('.').next()?;
    let digits = family.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::fixture::usd;

    #[test]
    fn room_is_what_is_left_on_demand_at_the_rate_of_the_plan() {
        let pool = |freed: &str| Pool {
            on_demand: usd("100"),
            covered: (usd("70"), usd("100")),
            moved: usd("20"),
            freed: usd(freed),
        };
        assert_eq!(pool("28").taken_up(), Decimal::ONE);
        assert_eq!(pool("112").taken_up(), usd("0.5"));
        let none = Pool { on_demand: Decimal::ZERO, ..pool("10") };
        assert_eq!(none.taken_up(), Decimal::ZERO);
    }

    #[test]
    fn database_plans_cover_recent_families() {
        for (service, name, engine, covered) in [
            (Service::Rds, "db.r7g.large", "MySQL", true),
            (Service::Rds, "db.r6g.large", "MySQL", false),
            (Service::Rds, "db.r7i.4xlarge", "Aurora MySQL", true),
            (Service::Rds, "db.t4g.medium", "MySQL", false),
            (Service::ElastiCache, "cache.r7g.large", "Redis", false),
            (Service::ElastiCache, "cache.r7g.large", "Valkey", true),
            (Service::OpenSearch, "r8g.large.search", "", true),
            (Service::Ec2, "m7g.large", "", false),
        ] {
            assert_eq!(database_plan_covers(service, Some(name), Some(engine)), covered, "{name} {engine}");
        }
        assert!(database_plan_covers(Service::Rds, None, Some("Aurora MySQL")), "serverless");
    }
}
