//! What planned events cost: the hours that they touch beside the same hours of the week without an event.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{course::Course, median};
use crate::calendar::Event;

/// Hours of a week.
const WEEK: i64 = 168;

/// Days of a week.
const DAYS: i64 = 7;

/// What an event cost, where the bill says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCost {
    /// The event.
    pub event: Event,
    /// Hours of the bill that it touches.
    pub hours: usize,
    /// Amortised cost of compute in those hours.
    pub cost: Option<Decimal>,
    /// The same hours of the week without an event: their median cost, added up.
    pub usual_cost: Option<Decimal>,
    /// Most instances of an hour, over all products and regions.
    pub peak_instances: Option<u64>,
    /// Highest average of an hour, over all products and regions.
    pub peak_average: Option<Decimal>,
    /// Amortised cost of all usage on the days that it touches.
    pub days_cost: Decimal,
    /// The same days of the week without an event: their median cost, added up.
    pub usual_days_cost: Option<Decimal>,
}

impl EventCost {
    /// Returns the cost over the usual one.
    pub fn extra_cost(&self) -> Option<Decimal> {
        self.cost.zip(self.usual_cost).map(|(cost, usual)| cost - usual)
    }
}

/// Returns the hours since 1970 that an event touches: the first, and the first after it.
fn hours_of(event: &Event) -> (i64, i64) {
    let (start, end) = (event.start.timestamp(), event.end.timestamp());
    let first = start.div_euclid(3_600);
    (first, (end + 3_599).div_euclid(3_600).max(first + 1))
}

/// Returns the days that an event touches.
pub fn event_days(event: &Event) -> (NaiveDate, NaiveDate) {
    let last = event.end - chrono::Duration::nanoseconds(1);
    (event.start.date_naive(), last.max(event.start).date_naive())
}

/// Returns the cost of each event.
pub fn event_costs(course: &Course, events: &[Event]) -> Vec<EventCost> {
    let mut has_event = vec![false; course.hours.len()];
    let mut day_has_event = vec![false; course.days.len()];
    let days_of = |event: &Event| {
        let (first, last) = event_days(event);
        course.days.iter().enumerate().filter(move |(_, day)| day.day >= first && day.day <= last)
    };
    for event in events {
        let (from, to) = hours_of(event);
        has_event[course.within(from, to)].fill(true);
        days_of(event).for_each(|(at, _)| day_has_event[at] = true);
    }
    let mut by_hour: BTreeMap<i64, Vec<Decimal>> = BTreeMap::new();
    for (at, hour) in course.hours.iter().enumerate().filter(|(at, _)| !has_event[*at]) {
        by_hour.entry(i64::from(*hour).rem_euclid(WEEK)).or_default().push(course.compute_cost[at]);
    }
    let of_week = |day: NaiveDate| day.signed_duration_since(NaiveDate::default()).num_days().rem_euclid(DAYS);
    let mut by_day: BTreeMap<i64, Vec<Decimal>> = BTreeMap::new();
    for (_, day) in course.days.iter().enumerate().filter(|(at, _)| !day_has_event[*at]) {
        by_day.entry(of_week(day.day)).or_default().push(day.usage_cost);
    }
    let usual_hour: BTreeMap<i64, Decimal> = medians(by_hour);
    let usual_day: BTreeMap<i64, Decimal> = medians(by_day);

    events
        .iter()
        .map(|event| {
            let (from, to) = hours_of(event);
            let within = course.within(from, to);
            let known = !within.is_empty();
            let hours = &course.hours[within.clone()];
            let all = |of: &dyn Fn(usize) -> Option<Decimal>| within.clone().map(of).collect::<Option<Vec<_>>>();
            let averages = all(&|at| Some(course.series.iter().map(|series| series.hours[at].average).sum()));
            let instances: Option<Vec<u64>> =
                within.clone().map(|at| course.series.iter().map(|series| series.instances(at)).sum()).collect();
            EventCost {
                event: event.clone(),
                hours: hours.len(),
                cost: known.then(|| course.compute_cost[within.clone()].iter().sum()),
                usual_cost: hours
                    .iter()
                    .map(|hour| usual_hour.get(&i64::from(*hour).rem_euclid(WEEK)).copied())
                    .sum::<Option<Decimal>>()
                    .filter(|_| known),
                peak_instances: instances.and_then(|counts| counts.into_iter().max()),
                peak_average: averages.and_then(|averages| averages.into_iter().max()),
                days_cost: days_of(event).map(|(_, day)| day.usage_cost).sum(),
                usual_days_cost: days_of(event)
                    .map(|(_, day)| usual_day.get(&of_week(day.day)).copied())
                    .sum::<Option<Decimal>>(),
            }
        })
        .collect()
}

fn medians(values: BTreeMap<i64, Vec<Decimal>>) -> BTreeMap<i64, Decimal> {
    values.into_iter().filter_map(|(key, values)| Some((key, median(values)?))).collect()
}
