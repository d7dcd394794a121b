//! Sets the sums of both engines side by side, and names what differs.
//!
//! Both engines are exact, so equal means equal to the last of 12 places. One thing is left open: a double with more
//! than 12 places is rounded, and two engines may round it to either side. A sum may differ by one unit of 10^-12 for
//! each such double in it, and by nothing for the others; sums that do are counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use rust_decimal::Decimal;

use super::{
    amount::Amount,
    totals::{Claim, Key, Sums, Totals},
};
use crate::units::{Month, SCALE};

/// How many of the finest sums are named.
const FINEST: usize = 20;

/// What a sum is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A month as the report prints it.
    Month,
    /// A month and product.
    Product,
    /// A month and line item type.
    ChargeType,
    /// A month and account.
    Account,
    /// A month and EC2 instance type.
    InstanceType,
    /// Month, product, line item type and account.
    Finest,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Month => "month",
            Level::Product => "product",
            Level::ChargeType => "charge type",
            Level::Account => "account",
            Level::InstanceType => "instance type",
            Level::Finest => "finest",
        })
    }
}

/// A sum that both engines made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is made for.
    pub level: Level,
    /// The month and what else it is made for, such as a product.
    pub key: String,
    /// The column that was summed.
    pub column: &'static str,
    /// What the first engine says; `None` = unknown.
    pub gravimeter: Option<Decimal>,
    /// What polars says.
    pub polars: Option<Decimal>,
}

/// A sum on which the engines do not agree.
pub type Difference = Figure;

impl Figure {
    /// Returns first engine − second, `None` where one is unknown.
    pub fn difference(&self) -> Option<Decimal> {
        self.gravimeter.zip(self.polars)?.0.checked_sub(self.polars?)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |amount: Option<Decimal>| amount.map_or("unknown".to_owned(), |a| a.normalize().to_string());
        let (first, second) = (shown(self.gravimeter), shown(self.polars));
        write!(f, "{} of {} is {first} by gravimeter and {second} by polars", self.column, self.key)?;
        match self.difference() {
            Some(difference) => write!(f, " (difference {})", difference.normalize()),
            None => Ok(()),
        }
    }
}

/// What came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The totals of the months, equal or not.
    pub months: Vec<Figure>,
    /// Line items that polars counted.
    pub line_items: u64,
    /// Sums that were compared.
    pub figures: u64,
    /// Sums that differ.
    pub differing: u64,
    /// Sums that are equal but for the rounding of doubles with more than 12 places.
    pub within_rounding: u64,
    /// The differences at the coarsest level that shows them, column by column, then the largest of the finest.
    pub differences: Vec<Difference>,
}

/// A column by name, with its sum.
type Column = (&'static str, fn(&Sums) -> Option<Amount>);

const COLUMNS: [Column; 6] = [
    ("unblended_cost", |sums| sums.unblended_cost),
    ("amortized_cost", |sums| sums.amortized_cost),
    ("net_unblended_cost", |sums| sums.net_unblended_cost),
    ("net_amortized_cost", |sums| sums.net_amortized_cost),
    ("list_cost", |sums| sums.list_cost),
    ("line_items", |sums| (sums.line_items > 0).then(|| Amount::from(Decimal::from(sums.line_items)))),
];

/// The column of hours.
const HOURS: &str = "ec2_instance_hours";

/// Sums by key.
type ByKey = BTreeMap<String, Sums>;

/// A level, and how its keys are spelled.
type Spelled<K> = (Level, fn(&K) -> String);

/// Compares what the first engine says with what the second found.
pub fn compare(claim: &Claim, found: &Totals) -> Comparison {
    let mut work = Work::default();
    work.result.line_items = found.sums.values().map(|sums| sums.line_items).sum();
    let claimed_months = claim.months.iter().map(|(month, sums)| (month.to_string(), *sums)).collect();
    work.sums(Level::Month, &claimed_months, &rolled(found, |key| key.month.to_string()));
    let mut levels: Vec<Spelled<Key>> = vec![
        (Level::Product, |key| format!("{} {}", key.month, named(&key.product_code))),
        (Level::Account, |key| format!("{} {}", key.month, named(&key.account_id))),
    ];
    if found.has_focus {
        // FOCUS has charge categories, which the first engine translates: its types are no column of the file.
        levels.push((Level::Finest, |key| {
            format!("{} {} {}", key.month, named(&key.product_code), named(&key.account_id))
        }));
    } else {
        levels.insert(1, (Level::ChargeType, |key| format!("{} {}", key.month, named(&key.charge_type))));
        levels.push((Level::Finest, |key| {
            let (product, charge) = (named(&key.product_code), named(&key.charge_type));
            format!("{} {product} {charge} {}", key.month, named(&key.account_id))
        }));
        work.hours(&claim.totals.hours, &found.hours);
    }
    for (level, key) in levels {
        work.sums(level, &rolled(&claim.totals, key), &rolled(found, key));
    }
    work.finish()
}

fn named(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

/// Sums up by a coarser key.
fn rolled(totals: &Totals, key: impl Fn(&Key) -> String) -> ByKey {
    let mut sums = ByKey::new();
    for (finest, part) in &totals.sums {
        sums.entry(key(finest)).or_default().add(part);
    }
    sums
}

/// The comparison in the making.
#[derive(Default)]
struct Work {
    result: Comparison,
    differing: Vec<Difference>,
}

impl Work {
    fn sums(&mut self, level: Level, claimed: &ByKey, found: &ByKey) {
        let none = Sums::default();
        let keys: BTreeSet<&String> = claimed.keys().chain(found.keys()).collect();
        for key in keys {
            let (first, second) = (claimed.get(key).unwrap_or(&none), found.get(key).unwrap_or(&none));
            for (column, of) in COLUMNS {
                self.figure(level, key, column, of(first), of(second));
            }
        }
    }

    fn hours(&mut self, claimed: &BTreeMap<(Month, String), Amount>, found: &BTreeMap<(Month, String), Amount>) {
        let by = |hours: &BTreeMap<(Month, String), Amount>, key: fn(&(Month, String)) -> String| {
            let mut sums: BTreeMap<String, Amount> = BTreeMap::new();
            for (of, hours) in hours {
                let sum = sums.entry(key(of)).or_default();
                *sum = sum.plus(*hours).unwrap_or(*sum);
            }
            sums
        };
        let levels: [Spelled<(Month, String)>; 2] = [
            (Level::Month, |(month, _)| month.to_string()),
            (Level::InstanceType, |(month, instance_type)| format!("{month} {instance_type}")),
        ];
        for (level, key) in levels {
            let (claimed, found) = (by(claimed, key), by(found, key));
            let keys: BTreeSet<&String> = claimed.keys().chain(found.keys()).collect();
            for key in keys {
                self.figure(level, key, HOURS, claimed.get(key).copied(), found.get(key).copied());
            }
        }
    }

    fn figure(&mut self, level: Level, key: &str, column: &'static str, first: Option<Amount>, second: Option<Amount>) {
        if first.is_none() && second.is_none() {
            return;
        }
        self.result.figures += 1;
        let shown = |amount: Option<Amount>| amount.and_then(|amount| decimal(amount.units));
        let figure = Figure { level, key: key.to_owned(), column, gravimeter: shown(first), polars: shown(second) };
        let apart = first.zip(second).map(|(first, second)| first.units.abs_diff(second.units));
        match (apart, second) {
            (Some(0), _) => {}
            (Some(apart), Some(second)) if apart <= u128::from(second.roundings) => self.result.within_rounding += 1,
            _ => self.differing.push(figure.clone()),
        }
        if level == Level::Month {
            self.result.months.push(figure);
        }
    }

    /// Keeps of the differences the coarsest of each column, and the largest of the finest sums.
    fn finish(mut self) -> Comparison {
        self.result.differing = self.differing.len() as u64;
        let mut coarsest: BTreeMap<&'static str, Level> = BTreeMap::new();
        for difference in &self.differing {
            let level = coarsest.entry(difference.column).or_insert(difference.level);
            *level = (*level).min(difference.level);
        }
        let is_coarsest = |difference: &Difference| coarsest.get(difference.column) == Some(&difference.level);
        let mut kept: Vec<Difference> = self.differing.iter().filter(|found| is_coarsest(found)).cloned().collect();
        let mut finest: Vec<Difference> = self
            .differing
            .into_iter()
            .filter(|found| matches!(found.level, Level::Finest | Level::InstanceType) && !is_coarsest(found))
            .collect();
        // The largest first; unknown against known is larger than any number.
        finest.sort_by_key(|found| std::cmp::Reverse(found.difference().map_or(Decimal::MAX, |amount| amount.abs())));
        finest.truncate(FINEST);
        kept.extend(finest);
        self.result.differences = kept;
        self.result
    }
}

/// Returns units as an amount; `None` beyond 28 digits, which compare all the same.
fn decimal(units: i128) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(units, SCALE).ok()
}
