//! Reports of every shape for the tests of the drawing: months, services, sizes, names, currencies.

use rust_decimal::Decimal;

use super::fixture;
use crate::{
    report::model::{
        AdoptionShare, BridgeLine, ChangeRow, CoverageRow, ExpiryRow, GroupCost, Groups, LockedMonth, Report,
        SavingsMonth, ServiceCost, ServiceSaving,
    },
    terms::Basis,
    units::Month,
};

/// Names that need room: long ones, Korean ones, ones without a space.
const NAMES: [&str; 5] = [
    "AmazonEC2",
    "AWSEnterpriseSupportWithAVeryLongServiceName",
    "결제·정산 플랫폼 운영 계정(프로덕션)",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "배치",
];

/// A report to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) months: usize,
    pub(super) services: usize,
    /// Of the dearest service in a month, in hundredths of the currency.
    pub(super) cents: i64,
    pub(super) currency: &'static str,
}

fn months_from(first: Month, count: usize) -> Vec<Month> {
    std::iter::successors(Some(first), |month| Some(month.next())).take(count).collect()
}

/// Returns a name for the number.
fn name(number: usize) -> String {
    let name = NAMES[number % NAMES.len()];
    if number < NAMES.len() { name.to_owned() } else { format!("{name} {number}") }
}

/// Builds the report: costs that rise and fall, credits among them, savings locked for three years.
pub(super) fn report(shape: Shape) -> Report {
    let Shape { months, services, cents, currency } = shape;
    let mut report = fixture::plain(months, cents);
    currency.clone_into(&mut report.currency);
    let list: Vec<Month> = report.months.iter().map(|row| row.month).collect();
    let wave = |slot: usize, service: usize| {
        let up = i64::try_from(slot * 7 + service * 3).unwrap_or(0) % 11;
        let part = Decimal::new(100 + 8 * up, 2) / Decimal::from(service + 1);
        let sign = if service == 4 { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        Decimal::new(cents, 2) * part * sign
    };
    let costs = |slot: usize| (0..services).map(move |service| wave(slot, service));
    report.cost_by_service = list
        .iter()
        .enumerate()
        .flat_map(|(slot, &month)| {
            costs(slot).enumerate().map(move |(service, cost)| ServiceCost {
                month,
                product_code: name(service),
                unblended_cost: cost * Decimal::new(11, 1),
                amortized_cost: cost,
            })
        })
        .collect();
    for (slot, row) in report.months.iter_mut().enumerate() {
        row.amortized_cost = costs(slot).sum();
        row.unblended_cost = row.amortized_cost * Decimal::new(11, 1);
        row.partial = slot + 1 == months;
    }
    report.month = list[months.saturating_sub(2)];
    report.groups = Some(Groups {
        by: "tag:팀".to_owned(),
        lines: Vec::new(),
        costs: report
            .cost_by_service
            .iter()
            .map(|row| GroupCost {
                month: row.month,
                key: (row.product_code != "AmazonEC2").then(|| row.product_code.clone()),
                name: None,
                unblended_cost: row.unblended_cost,
                amortized_cost: row.amortized_cost,
            })
            .collect(),
    });
    let place = months.saturating_sub(2);
    let (first_month, month) = (list[0], report.month);
    report.first_month = Some(first_month);
    let both = |of: &dyn Fn(Basis, Decimal)| Basis::ALL.iter().for_each(|basis| of(*basis, factor(*basis)));
    let (changes, bridge) = (std::cell::RefCell::new(Vec::new()), std::cell::RefCell::new(Vec::new()));
    both(&|basis, factor| {
        for service in 0..services {
            let (from_cost, to_cost) = (wave(0, service) * factor, wave(place, service) * factor);
            let change = to_cost - from_cost;
            let product_code = name(service);
            changes.borrow_mut().push(ChangeRow {
                basis,
                product_code: product_code.clone(),
                from_cost,
                to_cost,
                change,
            });
            let part = change / Decimal::from(4);
            bridge.borrow_mut().push(BridgeLine {
                from_month: first_month,
                to_month: month,
                basis,
                product_code,
                usage: part * Decimal::from(9),
                list_price: -part,
                commitment: -part,
                graviton: -part,
                mix: part,
                credits_tax_fees: -part,
                other: change - part * Decimal::from(6),
                change,
            });
        }
    });
    report.since_first = changes.into_inner();
    report.bridge = bridge.into_inner();
    compute(&mut report, &list, &wave);
    course(&mut report, months, services, cents);
    report
}

/// Fills the days and hours: more events the longer the bill, at the edges and one over the other.
fn course(report: &mut Report, months: usize, services: usize, cents: i64) {
    report.daily_costs =
        (1..=31).map(|number| fixture::day_row(number, Decimal::new(cents * i64::from(number), 2))).collect();
    let count = |hour: u32| u64::from(hour * 7 % 11) + if hour == 700 { services as u64 * 400 } else { 20 };
    report.hourly_instances = (0..744)
        .map(|hour| {
            let average = Decimal::from(count(hour)) - Decimal::new(15, 1);
            crate::report::model::HourRow {
                instances: (months != 3).then(|| count(hour)),
                average,
                ..fixture::hour_row(hour)
            }
        })
        .collect();
    let event = report.events[0].clone();
    report.events = (0..months)
        .map(|number| {
            let (day, hour) = (1 + (number * 13) % 31, (number * 5) % 23);
            crate::report::model::EventRow {
                name: name(number),
                start: format!("2024-01-{day:02}T{hour:02}:20:00Z"),
                end: format!("2024-01-{:02}T{:02}:40:00Z", (day + number % 3).min(31), hour + 1),
                ..event.clone()
            }
        })
        .collect();
    report.events.sort_by(|a, b| a.start.cmp(&b.start));
}

fn factor(basis: Basis) -> Decimal {
    match basis {
        Basis::Amortized => Decimal::ONE,
        Basis::Unblended => Decimal::new(11, 1),
    }
}

/// Fills what rests on compute.
fn compute(report: &mut Report, list: &[Month], wave: &dyn Fn(usize, usize) -> Decimal) {
    let coverage = report.coverage[0].clone();
    let adoption = report.adoption[0].clone();
    let ratio = |slot: usize, of: usize| Decimal::new(i64::try_from((slot * 5 + of * 17) % 101).unwrap_or(0), 2);
    report.coverage = list
        .iter()
        .enumerate()
        .map(|(slot, &month)| CoverageRow {
            month,
            on_demand_cost: wave(slot, 0),
            reserved_cost: wave(slot, 1),
            savings_plan_cost: wave(slot, 2),
            spot_cost: wave(slot, 5),
            unused_commitment: wave(slot, 9),
            coverage: Some(ratio(slot, 2)),
            utilization: (slot % 7 != 3).then(|| ratio(slot, 5)),
            ..coverage.clone()
        })
        .collect();
    report.adoption = list
        .iter()
        .enumerate()
        .map(|(slot, &month)| AdoptionShare {
            month,
            share_of_compute: Some(ratio(slot, 0) / Decimal::TWO),
            share_of_eligible: Some(ratio(slot, 1)),
            vcpu_hours_share: (slot % 5 != 2).then(|| ratio(slot, 4)),
            ..adoption.clone()
        })
        .collect();
    let unlock = months_from(report.month.next(), 36);
    let locked = |slot: usize, ahead: usize| wave(slot, ahead).abs() / Decimal::from(12);
    report.savings_by_month = list
        .iter()
        .enumerate()
        .map(|(slot, &month)| SavingsMonth {
            month,
            realized_saving: wave(slot, 3) - wave(slot, 0) / Decimal::from(8),
            list_saving: Decimal::ZERO,
            effective_saving: Decimal::ZERO,
            unlocked_saving: wave(slot, 2) / Decimal::TWO,
            locked_saving: (0..6).map(|ahead| locked(slot, ahead)).sum(),
        })
        .collect();
    report.locked_by_month = list
        .iter()
        .enumerate()
        .flat_map(|(slot, &month)| {
            let unlock = &unlock;
            (0..6).map(move |ahead| LockedMonth {
                month,
                unlock_month: (ahead != 5).then(|| unlock[ahead * 8]),
                locked_saving: locked(slot, ahead),
            })
        })
        .collect();
    let expiry = |ahead: usize, month| ExpiryRow {
        unlock_month: month,
        product_code: name(ahead),
        commitments: 1,
        cost: wave(0, ahead).abs(),
        locked_saving: locked(0, ahead),
    };
    report.expiry = (0..6).map(|ahead| expiry(ahead, (ahead != 5).then(|| unlock[ahead * 8]))).collect();
    report.savings_by_service = (0..12)
        .map(|service| ServiceSaving {
            product_code: name(service),
            list_cost: wave(0, service).abs(),
            list_saving: wave(0, service).abs() / Decimal::from(5),
            conditional_saving: Decimal::ZERO,
            effective_saving: Decimal::ZERO,
            unlocked_saving: Decimal::ZERO,
            locked_saving: Decimal::ZERO,
        })
        .collect();
}
