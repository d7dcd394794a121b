//! Makes the plan: draws resources until the rows are used up, decides how each is paid, and puts them in order.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::catalog::{CACHES, ENGINES, FAMILIES, MANAGED, REGIONS, SYSTEMS};
use super::chance::{Chance, hash};
use super::meters::{Amount, BUNDLES, Bundle, Life, METERS, Prefix};
use super::plan::{
    Account, CREDITS, Charge, Entries, Lease, Period, Plan, SavingsPlan, Series, TAXES, plan_rate, times, uuid,
};
use super::sku::{Key, Sku, Text, text, word};
use crate::units::Month;

/// Rows of each account and month beside usage.
const MONTHLY: u64 = TAXES + CREDITS + 1;
const TAXED: [&str; 5] = ["AmazonEC2", "AmazonS3", "AmazonRDS", "AWSLambda", "AmazonCloudWatch"];
/// First month of the bill.
const FIRST: (i32, u32) = (2025, 1);

fn periods(months: u32, seed: u64) -> Vec<Period> {
    let mut start = 0;
    let mut periods = Vec::new();
    for index in 0..months {
        let (year, month) = (FIRST.0 + i32::try_from(index / 12).unwrap_or(0), FIRST.1 + index % 12);
        let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        let month = Month::new(first.year(), first.month());
        let Some(month) = month else { continue };
        let days = month.next().first_day().signed_duration_since(first).num_days();
        let hours = u32::try_from(days * 24).unwrap_or(0);
        let first = first.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        let invoice = text(format!("{}", 1_000_000_000 + Chance::of(&[seed, 1, u64::from(index)]).below(999_999_999)));
        periods.push(Period { month, start, hours, first, invoice });
        start += hours;
    }
    periods
}

const TEAMS: [&str; 16] = [
    "payments",
    "search",
    "checkout",
    "platform",
    "data",
    "identity",
    "mobile",
    "catalog",
    "billing",
    "risk",
    "media",
    "analytics",
    "logistics",
    "support",
    "growth",
    "security",
];
const STAGES: [&str; 4] = ["prod", "staging", "dev", "sandbox"];

fn accounts(count: usize, seed: u64) -> Vec<Account> {
    (0..count)
        .map(|index| {
            let mut chance = Chance::of(&[seed, 2, index as u64]);
            let digits = format!("{}", 100_000_000_000 + chance.below(899_999_999_999));
            let team = TEAMS[index % TEAMS.len()];
            let stage = STAGES[(index / TEAMS.len()) % STAGES.len()];
            Account {
                id: text(digits.clone()),
                name: text(format!("{team}-{stage}-{:02}", index / 64)),
                digits,
                category: vec![(word("business_unit"), word(team)), (word("stage"), word(stage))],
                series: Vec::new(),
            }
        })
        .collect()
}

fn tags(seed: u64, count: u64) -> Vec<(Entries, Entries)> {
    let mut sets = vec![(Entries::new(), Entries::new())];
    for index in 0..count {
        let mut chance = Chance::of(&[seed, 3, index]);
        let service = format!("{}-{}", TEAMS[chance.skewed(TEAMS.len(), 1)], chance.text(b"abcdefghijkmnpqrst", 5));
        let values = [
            format!("CC-{:04}", chance.below(400)),
            STAGES[chance.skewed(STAGES.len(), 2)].to_owned(),
            service,
            TEAMS[chance.skewed(TEAMS.len(), 1)].to_owned(),
        ];
        let spelled = |keys: [&'static str; 4]| -> Entries {
            keys.iter().zip(&values).filter_map(|(key, value)| Some((word(key), text(value.clone())?))).collect()
        };
        sets.push((
            spelled(["user_cost_center", "user_environment", "user_service", "user_team"]),
            spelled([
                "resourceTags/user:CostCenter",
                "resourceTags/user:Environment",
                "resourceTags/user:Service",
                "resourceTags/user:Team",
            ]),
        ));
    }
    sets
}

/// Builds a plan.
struct Planner {
    plan: Plan,
    known: BTreeMap<Key, u32>,
    leases: BTreeMap<(u32, u32), u32>,
    total_hours: u32,
    longest: u32,
    rows: u64,
}

impl Planner {
    fn sku(&mut self, key: Key) -> u32 {
        let next = u32::try_from(self.plan.skus.len()).unwrap_or(u32::MAX);
        let plan = &mut self.plan;
        *self.known.entry(key).or_insert_with(|| {
            plan.skus.push(Sku::of(key));
            next
        })
    }

    /// Chooses what a member of a bundle is.
    fn member(name: &str, region: usize, chance: &mut Chance) -> (Key, bool) {
        let managed = chance.skewed(MANAGED.len(), 2);
        match name {
            "ec2" => {
                let family = chance.skewed(FAMILIES.len(), 2);
                let size = chance.skewed(FAMILIES[family].sizes.len(), 2);
                let mut draw = chance.below(100);
                let mut system = 0;
                while system + 1 < SYSTEMS.len() && draw >= SYSTEMS[system].3 {
                    draw -= SYSTEMS[system].3;
                    system += 1;
                }
                // Windows and its kind do not run on Graviton.
                if FAMILIES[family].processor.contains("Graviton") && system == 1 {
                    system = 0;
                }
                (Key::Ec2(region, family, size, system), system == 0)
            }
            "spot" => {
                let family = chance.skewed(FAMILIES.len(), 2);
                (Key::Spot(region, family, chance.skewed(FAMILIES[family].sizes.len(), 1)), false)
            }
            "rds" => {
                let size = chance.skewed(FAMILIES[MANAGED[managed]].sizes.len(), 2);
                (Key::Rds(region, managed, size, chance.skewed(ENGINES.len(), 2)), false)
            }
            "cache" => {
                let size = chance.skewed(FAMILIES[MANAGED[managed]].sizes.len(), 2);
                (Key::Cache(region, managed, size, chance.skewed(CACHES.len(), 2)), false)
            }
            "search" => {
                let size = chance.skewed(FAMILIES[MANAGED[managed]].sizes.len(), 2);
                (Key::Search(region, managed, size), false)
            }
            _ => {
                let meter = METERS.iter().position(|meter| meter.key == name).unwrap_or(0);
                let operation = chance.skewed(METERS[meter].operations.len(), 1);
                let other = if METERS[meter].prefix == Prefix::Pair {
                    (region + 1 + chance.skewed(REGIONS.len() - 1, 2)) % REGIONS.len()
                } else {
                    region
                };
                (Key::Meter(meter, operation, region, other), false)
            }
        }
    }

    fn life(&self, life: Life, chance: &mut Chance) -> (u32, u32) {
        let part = |chance: &mut Chance, low: u32, high: u32| {
            low + u32::try_from(chance.below(u64::from(high - low))).unwrap_or(0)
        };
        let hours = match life {
            Life::Long if chance.percent(60) => self.total_hours,
            Life::Long => part(chance, self.total_hours / 4, self.total_hours),
            Life::Medium => part(chance, 8, 150),
            Life::Short => part(chance, 1, 9),
        };
        let hours = hours.min(self.longest).max(1);
        let latest = self.total_hours - hours;
        (if latest == 0 { 0 } else { part(chance, 0, latest + 1) }, hours)
    }

    /// Adds the meters of one resource.
    fn resource(&mut self, bundle: &Bundle, index: u64, budget: u64) {
        let mut chance = Chance::of(&[self.plan.seed, 4, index]);
        let account = chance.skewed(self.plan.accounts.len(), 2);
        let home = account % 5;
        let region = if chance.percent(60) { home } else { chance.skewed(REGIONS.len(), 2) };
        let (start, hours) = self.life(bundle.life, &mut chance);
        let resource = hash(&[self.plan.seed, 5, index]);
        for (at, name) in bundle.members.iter().enumerate() {
            let (key, linux) = Self::member(name, region, &mut chance);
            let sku = self.sku(key);
            let seed = hash(&[resource, at as u64]);
            let (steady, whole) = (bundle.life == Life::Long, start == 0 && hours == self.total_hours);
            let charge = if linux { self.charge(account, sku, key, steady, whole, &mut chance) } else { Charge::Usage };
            let series = Series {
                account: u32::try_from(account).unwrap_or(0),
                sku,
                seed,
                resource: if bundle.life == Life::Short || at < 2 || *name != "gp2" { resource } else { seed },
                region: u8::try_from(region).unwrap_or(0),
                charge,
                start,
                hours,
            };
            if self.rows + series.rows_an_hour() * u64::from(hours) > budget {
                if let Charge::Reserved(lease) = charge {
                    // The hours do not fit any more: the Reserved Instance stays unused.
                    self.plan.leases[lease as usize].used -= 1;
                }
                return;
            }
            self.push(series);
        }
    }

    fn push(&mut self, series: Series) {
        if let Charge::Plan(plan) = series.charge {
            let sku = &self.plan.skus[series.sku as usize];
            let rate = plan_rate(sku.rate);
            for hour in series.start..series.start + series.hours {
                let used = times(rate, series.usage(Amount::Hours, hour));
                self.plan.plans[plan as usize].used[hour as usize] += used;
            }
        }
        self.rows += series.rows_an_hour() * u64::from(series.hours);
        let index = u32::try_from(self.plan.series.len()).unwrap_or(u32::MAX);
        self.plan.accounts[series.account as usize].series.push(index);
        self.plan.series.push(series);
    }

    /// Decides how a Linux instance is paid.
    fn charge(&mut self, account: usize, sku: u32, key: Key, steady: bool, whole: bool, chance: &mut Chance) -> Charge {
        let draw = chance.below(100);
        let Key::Ec2(region, family, size, _) = key else { return Charge::Usage };
        if draw < 35 && steady {
            return Charge::Plan(u32::try_from(chance.below(self.plan.plans.len() as u64)).unwrap_or(0));
        }
        // Reserved Instances cover what runs all the time.
        if !(35..60).contains(&draw) || !whole {
            return Charge::Usage;
        }
        let account = u32::try_from(account).unwrap_or(0);
        if let Some(&lease) = self.leases.get(&(account, sku)) {
            let lease_mut = &mut self.plan.leases[lease as usize];
            lease_mut.used += 1;
            lease_mut.count += 1;
            return Charge::Reserved(lease);
        }
        let fee = self.sku(Key::Reserved(region, family, size));
        let lease = u32::try_from(self.plan.leases.len()).unwrap_or(0);
        let rate = self.plan.skus[sku as usize].rate / 10_000;
        let partial = chance.percent(40);
        let digits = &self.plan.accounts[account as usize].digits;
        let place = REGIONS[region].code;
        let unused = i64::from(chance.percent(15));
        let bought_now = chance.percent(10) && partial;
        self.plan.leases.push(Lease {
            account,
            sku: fee,
            arn: text(format!("arn:aws:ec2:{place}:{digits}:reserved-instances/{}", uuid(chance))),
            id: text(format!("{}", 10_000_000_000 + chance.below(9_999_999_999))),
            used: 1,
            count: 1 + unused,
            recurring: rate * if partial { 31 } else { 63 } / 100 * 10_000,
            upfront: if partial { rate * 28 / 100 * 10_000 } else { 0 },
            bought_now,
        });
        self.rows += self.plan.periods.len() as u64 + u64::from(bought_now);
        self.leases.insert((account, sku), lease);
        Charge::Reserved(lease)
    }

    /// Fills the rest of the budget with the requests of small functions.
    fn fill(&mut self, budget: u64) {
        let meter = METERS.iter().position(|meter| meter.key == "lambda-requests").unwrap_or(0);
        let mut index = 0;
        while self.rows < budget {
            let seed = hash(&[self.plan.seed, 6, index]);
            let region = usize::try_from(seed % 5).unwrap_or(0);
            let sku = self.sku(Key::Meter(meter, 0, region, region));
            let hours = u32::try_from(budget - self.rows).unwrap_or(u32::MAX).min(self.total_hours);
            let account = u32::try_from(seed % self.plan.accounts.len() as u64).unwrap_or(0);
            let region = u8::try_from(region).unwrap_or(0);
            self.push(Series { account, sku, seed, resource: seed, region, charge: Charge::Usage, start: 0, hours });
            index += 1;
        }
    }
}

/// Returns the rows that a bill has at least.
pub(super) fn fewest_rows(months: u32) -> u64 {
    12 * MONTHLY * u64::from(months) + 2_000 * u64::from(months)
}

/// Plans a bill of exactly so many rows.
pub(super) fn plan(rows: u64, months: u32, seed: u64) -> Plan {
    let periods = periods(months, seed);
    let total_hours: u32 = periods.iter().map(|period| period.hours).sum();
    let accounts = accounts(usize::try_from((rows / 30_000).clamp(12, 320)).unwrap_or(12), seed);
    let plans = (0..(rows / 500_000).clamp(1, 8))
        .map(|index| {
            let mut chance = Chance::of(&[seed, 7, index]);
            let arn = text(format!("arn:aws:savingsplans::{}:savingsplan/{}", accounts[0].digits, uuid(&mut chance)));
            SavingsPlan { arn, commitment: 0, used: vec![0; total_hours as usize] }
        })
        .collect::<Vec<_>>();
    let rows_planned =
        accounts.len() as u64 * MONTHLY * u64::from(months) + plans.len() as u64 * u64::from(total_hours);
    let mut planner = Planner {
        plan: Plan {
            seed,
            periods,
            skus: Vec::new(),
            series: Vec::new(),
            leases: Vec::new(),
            plans,
            tags: tags(seed, (accounts.len() as u64) * 12),
            accounts,
            commitment_sku: 0,
            support_sku: 0,
            tax_skus: Vec::new(),
        },
        known: BTreeMap::new(),
        leases: BTreeMap::new(),
        total_hours,
        longest: u32::try_from(rows / 200).unwrap_or(u32::MAX).clamp(24, total_hours),
        rows: rows_planned,
    };
    planner.plan.commitment_sku = planner.sku(Key::Plan);
    planner.plan.support_sku = planner.sku(Key::Support);
    planner.plan.tax_skus = TAXED.iter().map(|product| planner.sku(Key::Tax(product))).collect();
    // How often a bundle is drawn: its share of the rows by the rows that one of it has.
    let weights: Vec<u64> = BUNDLES
        .iter()
        .map(|bundle| {
            let hours = match bundle.life {
                Life::Long => u64::from(planner.longest) * 4 / 5,
                Life::Medium => 79.min(u64::from(planner.longest)),
                Life::Short => 5,
            };
            bundle.share * 1_000_000 / (hours.max(1) * bundle.members.len() as u64)
        })
        .collect();
    let total: u64 = weights.iter().sum();
    let mut index = 0;
    // One of each first, so that a small bill has all kinds as well.
    let budget = rows.saturating_sub(u64::from(planner.longest) * 10);
    while planner.rows < budget {
        let mut draw = Chance::of(&[seed, 8, index]).below(total);
        let mut chosen = 0;
        while chosen + 1 < BUNDLES.len() && draw >= weights[chosen] {
            draw -= weights[chosen];
            chosen += 1;
        }
        let first_round = usize::try_from(index).unwrap_or(usize::MAX);
        planner.resource(&BUNDLES[if first_round < BUNDLES.len() { first_round } else { chosen }], index, rows - 100);
        index += 1;
    }
    planner.fill(rows);
    let mut plan = planner.plan;
    for savings in &mut plan.plans {
        let most = savings.used.iter().copied().max().unwrap_or(0);
        savings.commitment = (most / 10_000_000 + 1) * 10_000_000;
    }
    order(&mut plan);
    plan
}

/// Puts the series of each account into the order of the bill: product, usage type, operation, resource.
fn order(plan: &mut Plan) {
    let data = |text: &Text| text.as_ref().map(|text| text.data().to_vec()).unwrap_or_default();
    let mut ranked: Vec<usize> = (0..plan.skus.len()).collect();
    ranked.sort_by_cached_key(|&index| {
        let sku = &plan.skus[index];
        (data(&sku.product_code), data(&sku.usage_type), data(&sku.operation))
    });
    let mut rank = vec![0; ranked.len()];
    for (position, index) in ranked.into_iter().enumerate() {
        rank[index] = position;
    }
    let series = &plan.series;
    for account in &mut plan.accounts {
        account.series.sort_by_key(|&index| {
            let series = &series[index as usize];
            (rank[series.sku as usize], series.resource, series.seed)
        });
    }
}
