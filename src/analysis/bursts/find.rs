//! Bursts: hours far above what usually runs.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::course::{Course, Series};

/// Times the baseline from which on an hour is above it.
pub const BURST_SHARE: Decimal = Decimal::from_parts(15, 0, 0, false, 1);

/// Instances over the baseline from which on an hour is above it: both have to hold.
pub const BURST_MORE: Decimal = Decimal::TWO;

/// Hours that follow one another above the baseline; one hour between two of them does not part them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// AWS product code.
    pub product_code: Arc<str>,
    /// AWS region code.
    pub region: Option<Arc<str>>,
    /// First hour above, since 1970.
    pub start: i32,
    /// First hour after.
    pub end: i32,
    /// Hours above.
    pub hours_above: usize,
    /// Median of the instances of all hours, where the bill tells machines apart.
    pub baseline_instances: Option<Decimal>,
    /// Median of the average of all hours.
    pub baseline_average: Decimal,
    /// Most instances of an hour.
    pub peak_instances: Option<u64>,
    /// Highest average of an hour.
    pub peak_average: Decimal,
    /// Instance hours over the baseline, of the hours above.
    pub extra_hours: Decimal,
    /// Amortised cost of the hours above.
    pub cost: Decimal,
    /// That cost minus the median cost of an hour for each of them.
    pub extra_cost: Decimal,
}

/// Finds the bursts of a month, the dearest first.
pub fn bursts(course: &Course) -> Vec<Burst> {
    let mut found: Vec<Burst> = course.series.iter().flat_map(|series| of_series(course, series)).collect();
    found.sort_by(|a, b| {
        let key = |burst: &Burst| (burst.start, Arc::clone(&burst.product_code), burst.region.clone());
        b.extra_cost.cmp(&a.extra_cost).then_with(|| key(a).cmp(&key(b)))
    });
    found
}

/// Returns the level from which on an hour is above a baseline.
fn threshold(baseline: Decimal) -> Decimal {
    (baseline * BURST_SHARE).max(baseline + BURST_MORE)
}

fn of_series(course: &Course, series: &Series) -> Vec<Burst> {
    let (average, instances, cost) = (series.baseline_average(), series.baseline_instances(), series.baseline_cost());
    let is_above = |at: usize| {
        let counted = series.instances(at).zip(instances);
        series.hours[at].average >= threshold(average)
            || counted.is_some_and(|(count, baseline)| Decimal::from(count) >= threshold(baseline))
    };
    let mut found: Vec<Burst> = Vec::new();
    for at in (0..series.hours.len()).filter(|at| is_above(*at)) {
        let (time, hour) = (course.hours[at], series.hours[at]);
        if found.last().is_none_or(|last| time > last.end + 1) {
            found.push(Burst {
                product_code: Arc::clone(&series.product_code),
                region: series.region.clone(),
                start: time,
                end: time,
                hours_above: 0,
                baseline_instances: instances,
                baseline_average: average,
                peak_instances: None,
                peak_average: Decimal::ZERO,
                extra_hours: Decimal::ZERO,
                cost: Decimal::ZERO,
                extra_cost: Decimal::ZERO,
            });
        }
        if let Some(burst) = found.last_mut() {
            burst.end = time + 1;
            burst.hours_above += 1;
            burst.peak_instances = burst.peak_instances.max(series.instances(at));
            burst.peak_average = burst.peak_average.max(hour.average);
            burst.extra_hours += hour.average - average;
            burst.cost += hour.cost;
            burst.extra_cost += hour.cost - cost;
        }
    }
    found
}
