//! The course of a month: what ran and what it cost, hour by hour and day by day.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::median;
use crate::{
    normalize::{LineType, UsageKind},
    rollup::{TimeRow, UsageKey},
    terms::PurchaseOption,
};

/// The course of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// Hours since 1970 in which the bill has compute, first to last; empty where it has rows by day only.
    pub hours: Vec<i32>,
    /// Machines by product and region.
    pub series: Vec<Series>,
    /// Amortised cost of compute of every kind, by hour.
    pub compute_cost: Vec<Decimal>,
    /// The days of the month with cost.
    pub days: Vec<Day>,
    /// Hours of machines on demand by type, for what a commitment would save.
    pub(super) on_demand: BTreeMap<Kind, Vec<Decimal>>,
    /// The bill has compute, but its rows are of days.
    pub is_by_day: bool,
}

/// Machines of a product in a region.
type Group = (Arc<str>, Option<Arc<str>>);

/// Machines of one type.
pub(super) type Kind = (Arc<str>, Option<Arc<str>>, Arc<str>);

/// Machines of one product in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// AWS product code.
    pub product_code: Arc<str>,
    /// AWS region code.
    pub region: Option<Arc<str>>,
    /// One for each of [`Course::hours`].
    pub hours: Vec<Hour>,
    /// The bill tells machines apart.
    pub is_counted: bool,
}

/// One hour of machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// Instance hours: how many ran on average.
    pub average: Decimal,
    /// Line items.
    pub line_items: u64,
    /// Amortised cost.
    pub cost: Decimal,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day, UTC.
    pub day: NaiveDate,
    /// Amortised cost of usage, on demand or covered by commitments.
    pub usage_cost: Decimal,
    /// Amortised cost of all else: fees, tax, credits, unused commitments.
    pub other_cost: Decimal,
    /// Cash cost of all.
    pub unblended_cost: Decimal,
}

impl Series {
    /// Returns the instances of an hour, where the bill tells them apart.
    pub fn instances(&self, at: usize) -> Option<u64> {
        self.hours.get(at).filter(|_| self.is_counted).map(|hour| hour.line_items)
    }

    /// Returns the usual average: the median of the hours.
    pub fn baseline_average(&self) -> Decimal {
        median(self.hours.iter().map(|hour| hour.average).collect()).unwrap_or_default()
    }

    /// Returns the usual number of instances, where the bill tells them apart.
    pub fn baseline_instances(&self) -> Option<Decimal> {
        let counts = self.hours.iter().map(|hour| Decimal::from(hour.line_items));
        median(counts.collect()).filter(|_| self.is_counted)
    }

    /// Returns the usual cost of an hour.
    pub fn baseline_cost(&self) -> Decimal {
        median(self.hours.iter().map(|hour| hour.cost).collect()).unwrap_or_default()
    }
}

/// What is added up, by number; the usage of a cell is looked up once, for the same usage has many hours.
#[derive(Default)]
struct Kept {
    series: Vec<(Group, Vec<Hour>)>,
    on_demand: Vec<(Kind, Vec<Decimal>)>,
    groups: BTreeMap<Group, usize>,
    kinds: BTreeMap<Kind, usize>,
    /// By the address of the usage, which the rows share.
    usages: HashMap<usize, (Option<usize>, Option<usize>)>,
}

impl Kept {
    /// Returns the numbers of the series and of the type on demand that a usage belongs to.
    fn places_of(&mut self, usage: &Arc<UsageKey>, hours: usize) -> (Option<usize>, Option<usize>) {
        let address = Arc::as_ptr(usage).addr();
        if let Some(found) = self.usages.get(&address) {
            return *found;
        }
        let is_machine = usage.usage_kind == UsageKind::InstanceHours;
        let series = is_machine.then(|| {
            let group = (Arc::clone(&usage.product_code), usage.region.clone());
            *self.groups.entry(group.clone()).or_insert_with(|| {
                self.series.push((group, vec![Hour::default(); hours]));
                self.series.len() - 1
            })
        });
        let is_on_demand = is_machine && usage.purchase_option == Some(PurchaseOption::OnDemand);
        let kind = usage.instance_type.as_ref().filter(|_| is_on_demand).map(|instance_type| {
            let kind = (Arc::clone(&usage.product_code), usage.region.clone(), Arc::clone(instance_type));
            *self.kinds.entry(kind.clone()).or_insert_with(|| {
                self.on_demand.push((kind, vec![Decimal::ZERO; hours]));
                self.on_demand.len() - 1
            })
        });
        self.usages.insert(address, (series, kind));
        (series, kind)
    }
}

fn is_usage(usage: &UsageKey) -> bool {
    let line_type = LineType::parse(&usage.charge_type);
    matches!(line_type, LineType::Usage | LineType::DiscountedUsage | LineType::SavingsPlanCoveredUsage)
}

impl Course {
    /// Puts the cells of a month in order.
    pub fn of(hours: &[TimeRow], days: &[TimeRow]) -> Self {
        let mut course = Self { days: of_days(days), ..Self::default() };
        let compute = || hours.iter().filter(|row| is_usage(&row.usage) && row.usage.usage_kind.is_compute());
        let times: BTreeSet<i32> = compute().map(|row| row.time).collect();
        // Rows of days begin at midnight, all of them.
        if times.iter().all(|time| time % 24 == 0) {
            course.is_by_day = !times.is_empty();
            return course;
        }
        let places: BTreeMap<i32, usize> = times.iter().enumerate().map(|(at, time)| (*time, at)).collect();
        course.compute_cost = vec![Decimal::ZERO; times.len()];
        let mut kept = Kept::default();
        for row in compute() {
            let Some(&at) = places.get(&row.time) else { continue };
            course.compute_cost[at] += row.amortized_cost;
            let (series, kind) = kept.places_of(&row.usage, times.len());
            if let Some(series) = series {
                let hour = &mut kept.series[series].1[at];
                hour.average += row.usage_amount;
                hour.line_items += row.line_items;
                hour.cost += row.amortized_cost;
            }
            if let Some(kind) = kind {
                kept.on_demand[kind].1[at] += row.usage_amount;
            }
        }
        course.on_demand = kept.on_demand.into_iter().collect();
        let series: BTreeMap<Group, Vec<Hour>> = kept.series.into_iter().collect();
        course.hours = times.into_iter().collect();
        course.series = series
            .into_iter()
            .map(|((product_code, region), hours)| Series {
                is_counted: hours.iter().all(|hour| Decimal::from(hour.line_items) >= hour.average),
                product_code,
                region,
                hours,
            })
            .collect();
        course
    }

    /// Returns the places of the hours that a span touches.
    pub fn within(&self, from: i64, to: i64) -> std::ops::Range<usize> {
        let place = |hour: i64| self.hours.partition_point(|known| i64::from(*known) < hour);
        place(from)..place(to)
    }
}

fn of_days(rows: &[TimeRow]) -> Vec<Day> {
    let mut days: BTreeMap<i32, Day> = BTreeMap::new();
    for row in rows {
        let Some(day) = NaiveDate::default().checked_add_signed(chrono::Duration::days(i64::from(row.time))) else {
            continue;
        };
        let zero = Decimal::ZERO;
        let sum = days.entry(row.time).or_insert(Day { day, usage_cost: zero, other_cost: zero, unblended_cost: zero });
        *(if is_usage(&row.usage) { &mut sum.usage_cost } else { &mut sum.other_cost }) += row.amortized_cost;
        sum.unblended_cost += row.unblended_cost;
    }
    days.into_values().collect()
}
