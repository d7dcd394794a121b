//! The field figure, worked by hand: 20 instances always, 130 for 20 minutes around announced events.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{course::Course, *};
use crate::{
    calendar::Event,
    normalize::UsageKind,
    pricing::PriceBook,
    rollup::{
        TimeRow, UsageRow,
        fixture::{hours as month_of_hours, usd},
    },
};

/// Hours since 1970 of 2024-01-01, a Monday.
const FIRST: i32 = 473_352;

/// One hour of machines of a type: how many, and how much of the hour they ran.
fn machines(hour: i32, instance_type: &str, count: u64, average: &str, cost: &str) -> TimeRow {
    let usage = month_of_hours(instance_type, "1").usage;
    TimeRow {
        time: FIRST + hour,
        usage,
        line_items: count,
        usage_amount: usd(average),
        unblended_cost: usd(cost),
        amortized_cost: usd(cost),
    }
}

/// A month of 20 machines at 0.1 an hour; in these hours another 110 for 20 minutes.
fn field(bursts: &[i32]) -> Vec<TimeRow> {
    let mut rows: Vec<TimeRow> = (0..744).map(|hour| machines(hour, "m5.large", 20, "20", "2")).collect();
    // 110 / 3 instance hours, as a bill writes them: 110 rows of 0.33333333.
    rows.extend(bursts.iter().map(|&hour| machines(hour, "c5.large", 110, "36.6666663", "3.66666663")));
    rows
}

fn event(name: &str, start: &str, end: &str) -> Event {
    Event {
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        name: name.to_owned(),
        all_day: false,
        is_floating: false,
        source: "test.ics".to_owned(),
    }
}

#[test]
fn twenty_instances_and_130_for_twenty_minutes() {
    // 12 and 26 January, 11 o'clock.
    let course = Course::of(&field(&[11 * 24 + 11, 25 * 24 + 11]), &[]);
    let found = bursts(&course);
    assert_eq!(found.len(), 2);
    for (burst, start) in found.iter().zip(["2024-01-12T11:00:00Z", "2024-01-26T11:00:00Z"]) {
        assert_eq!(instant(burst.start).to_rfc3339_opts(chrono::SecondsFormat::Secs, true), start);
        assert_eq!((burst.end - burst.start, burst.hours_above), (1, 1));
        assert_eq!((burst.baseline_instances, burst.peak_instances), (Some(Decimal::from(20)), Some(130)));
        // 20 + 110 / 3 = 56.67, of which 36.67 are extra, at 0.1 an hour.
        assert_eq!((burst.baseline_average, burst.peak_average), (usd("20"), usd("56.6666663")));
        assert_eq!((burst.extra_hours, burst.extra_cost), (usd("36.6666663"), usd("3.66666663")));
        assert_eq!(burst.cost, usd("5.66666663"));
    }
}

#[test]
fn an_hour_between_does_not_part_a_burst_and_two_do() {
    let at = |hours: &[i32]| {
        bursts(&Course::of(&field(hours), &[]))
            .iter()
            .map(|burst| (burst.end - burst.start, burst.hours_above))
            .collect::<Vec<_>>()
    };
    assert_eq!(at(&[10, 12]), [(3, 2)]);
    assert_eq!(at(&[10, 13]), [(1, 1), (1, 1)]);
    assert_eq!(at(&[]), []);
}

#[test]
fn a_little_more_is_no_burst() {
    let at = |usual: u64, now: u64| {
        let hour = |hour: i32| {
            let count = if hour == 100 { now } else { usual };
            machines(hour, "m5.large", count, &count.to_string(), "1")
        };
        bursts(&Course::of(&(0..744).map(hour).collect::<Vec<_>>(), &[])).len()
    };
    // 1.5 times and 2 more: both.
    assert_eq!((at(20, 29), at(20, 30)), (0, 1));
    assert_eq!((at(1, 2), at(1, 3)), (0, 1));
}

#[test]
fn a_bill_without_resources_has_averages_only() {
    // One row for all machines of a type.
    let rows: Vec<TimeRow> =
        (0..744).map(|hour| machines(hour, "m5.large", 1, if hour == 50 { "60" } else { "20" }, "2")).collect();
    let course = Course::of(&rows, &[]);
    let found = bursts(&course);
    assert_eq!((found[0].baseline_instances, found[0].peak_instances), (None, None));
    assert_eq!(found[0].peak_average, usd("60"));
    assert_eq!(course.series[0].instances(50), None);
}

#[test]
fn a_bill_by_day_has_no_hours() {
    let rows: Vec<TimeRow> = (0..31).map(|day| machines(day * 24, "m5.large", 20, "480", "48")).collect();
    let course = Course::of(&rows, &[]);
    assert!(course.is_by_day && course.hours.is_empty() && bursts(&course).is_empty());
    let costs = event_costs(&course, &[event("sale", "2024-01-12T11:20:00Z", "2024-01-12T11:40:00Z")]);
    assert_eq!((costs[0].cost, costs[0].usual_cost, costs[0].peak_instances), (None, None, None));
    assert_eq!(costs[0].hours, 0);
}

#[test]
fn other_charges_are_no_machines() {
    let mut rows = field(&[]);
    let charge = |change: &dyn Fn(&mut UsageRow)| {
        let mut usage = month_of_hours("m5.large", "1");
        change(&mut usage);
        TimeRow { usage: usage.usage, line_items: 500, ..machines(30, "m5.large", 500, "500", "50") }
    };
    rows.push(charge(&|row| row.charge_type = "RIFee".into()));
    rows.push(charge(&|row| row.usage_kind = UsageKind::NoUsage));
    assert!(bursts(&Course::of(&rows, &[])).is_empty());
    // Compute without machines counts as cost of the hour alone.
    rows.push(charge(&|row| row.usage_kind = UsageKind::Metered));
    let course = Course::of(&rows, &[]);
    assert!(bursts(&course).is_empty());
    assert_eq!(course.compute_cost[30], usd("52"));
}

#[test]
fn an_event_is_set_beside_the_same_hours_of_the_week() {
    // Friday 12 January: from 11:20 to 12:40 the hours 11 and 12 are touched.
    let course = Course::of(&field(&[11 * 24 + 11]), &days());
    let costs = event_costs(&course, &[event("sale", "2024-01-12T11:20:00Z", "2024-01-12T12:40:00Z")]);
    let cost = &costs[0];
    assert_eq!((cost.hours, cost.cost, cost.usual_cost), (2, Some(usd("7.66666663")), Some(usd("4"))));
    assert_eq!(cost.extra_cost(), Some(usd("3.66666663")));
    assert_eq!((cost.peak_instances, cost.peak_average), (Some(130), Some(usd("56.6666663"))));
    // The other Fridays cost 55, 69 and 76: their median is 69.
    assert_eq!((cost.days_cost, cost.usual_days_cost), (usd("62"), Some(usd("69"))));
    // Where every Friday has an event, the usual is not known.
    let fridays: Vec<Event> = ["05", "12", "19", "26"]
        .iter()
        .map(|day| event("sale", &format!("2024-01-{day}T11:00:00Z"), &format!("2024-01-{day}T12:00:00Z")))
        .collect();
    let costs = event_costs(&course, &fridays);
    assert!(costs.iter().all(|cost| cost.usual_cost.is_none() && cost.usual_days_cost.is_none()));
    assert_eq!(costs[0].cost, Some(usd("2")));
}

/// Days that cost 50 and one more each day, with tax on the first.
fn days() -> Vec<TimeRow> {
    let day = |number: i32| TimeRow {
        time: FIRST / 24 + number,
        ..machines(0, "m5.large", 1, "1", &(50 + number + 1).to_string())
    };
    let mut tax = month_of_hours("m5.large", "1");
    tax.charge_type = "Tax".into();
    let tax = TimeRow { usage: tax.usage, ..day(0) };
    (0..31).map(day).chain([tax]).collect()
}

#[test]
fn usage_and_all_else_of_a_day_stand_apart() {
    let course = Course::of(&[], &days());
    assert_eq!((course.days[0].usage_cost, course.days[0].other_cost), (usd("51"), usd("51")));
    assert_eq!((course.days[30].usage_cost, course.days[30].other_cost), (usd("81"), usd("0")));
    assert!(!course.is_by_day, "without compute there is nothing to miss");
}

#[test]
fn medians_are_cut_to_the_places_of_an_amount() {
    let of = |values: &[&str]| median(values.iter().map(|value| usd(value)).collect());
    assert_eq!(of(&["3", "1", "2"]), Some(usd("2")));
    assert_eq!(of(&["1", "2"]), Some(usd("1.5")));
    assert_eq!(of(&["0.000000000001", "0.000000000002"]), Some(usd("0.000000000001")));
    assert_eq!(of(&[]), None);
}

#[test]
fn a_commitment_covers_the_level_and_leaves_the_bursts_on_demand() {
    let book = PriceBook::embedded().unwrap();
    let month = "2024-01".parse().unwrap();
    // The price table knows a one-year rate of this node.
    let (region, node) = ("us-east-1", "cache.m5.large");
    let term = "RI-1yr-NoUpfront".parse().unwrap();
    let rate = book.committed("ElastiCache", region, node, "Redis", term).unwrap();
    let list = book.on_demand("ElastiCache", region, node, "Redis").unwrap();
    let mut row = month_of_hours(node, "1");
    row.product_code = "AmazonElastiCache".into();
    row.price_variant = Some("Redis".into());
    // 20 nodes in all hours but 30, in which there are 19; 130 in one.
    let rows: Vec<TimeRow> = (0..744)
        .map(|hour| {
            let count = if hour < 30 {
                19
            } else if hour == 500 {
                130
            } else {
                20
            };
            TimeRow { usage: Arc::clone(&row.usage), ..machines(hour, node, count, &count.to_string(), "1") }
        })
        .collect();
    let course = Course::of(&rows, &[]);
    let found = steady(&course, month, &[row.clone()], book);
    let level = &found[0];
    assert_eq!((level.instances, level.hours, level.term), (usd("20"), 744, Some(term)));
    assert_eq!((level.on_demand_price, level.committed_rate), (Some(list.usd), Some(rate.usd)));
    let covered = Decimal::from(714 * 20 + 30 * 19);
    assert_eq!(level.saving, Some(covered * list.usd - Decimal::from(744 * 20) * rate.usd));
    // Of two systems of one type, no price is the price.
    let mut other = row.clone();
    other.price_variant = Some("Memcached".into());
    let found = steady(&course, month, &[row, other], book);
    assert_eq!((found[0].variant.clone(), found[0].saving), (None, None));
}
