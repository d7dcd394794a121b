//! Reserved Instances and the Savings Plan: their fees, and who is covered by them on which day.
//!
//! Both are paid without upfront and used to the last hour, so that each month costs the same unblended and amortised.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use super::bill::{Context, Period};
use super::lines::{Item, Lease, Line, Plan};
use super::products::{self, Sold};
use super::rates::{rate_text, rounded};
use super::story::{Account, Cover, FLEET, PLAN_START, Run};
use crate::error::{Error, Result};

/// Commitment of the Savings Plan in thousandths of a dollar an hour.
const COMMITMENT_MILLIS: i64 = 3_000;

/// Builds the Savings Plan.
pub(super) fn plan(ids: super::ids::Ids) -> Rc<Plan> {
    let payer = Account::Payer.id();
    Rc::new(Plan {
        arn: format!("arn:aws:savingsplans::{payer}:savingsplan/{}", ids.uuid("savings plan")),
        commitment: Decimal::new(COMMITMENT_MILLIS, 3),
        since: PLAN_START,
    })
}

/// Hours that the Savings Plan covers, by run, instance and day.
pub(super) type Covered = BTreeMap<(usize, u32, NaiveDate), (Decimal, Decimal)>;

/// Spreads each day's commitment over the plan's runs, in their order; gives covered hours and their effective cost.
pub(super) fn covered(context: &Context, period: &Period) -> Result<Covered> {
    let mut covered = Covered::new();
    for day in period.days().filter(|day| *day >= PLAN_START) {
        let mut left = context.plan.commitment * Decimal::from(24);
        for (index, run) in FLEET.iter().enumerate().filter(|(_, run)| run.cover == Cover::Plan) {
            let sold = products::instance(run.what, run.class);
            let rate = context.rates.get(&format!("{}/plan", sold.price_key))?;
            for number in 0..run.count {
                let hours = run.hours(day);
                let cost = rounded(hours * rate.price);
                if hours.is_zero() || left.is_zero() {
                    continue;
                }
                // The last instance is covered in part; the quotient is cut so that it never exceeds its hours.
                let entry = if cost <= left {
                    (hours, cost)
                } else {
                    ((left / rate.price).round_dp_with_strategy(10, RoundingStrategy::ToZero), left)
                };
                left -= entry.1;
                covered.insert((index, number, day), entry);
            }
        }
        if !left.is_zero() {
            return Err(Error::runtime(format!("the sample's Savings Plan is not used up on {day}: {left} left")));
        }
    }
    Ok(covered)
}

/// Returns the lease that covers the run, when it is reserved.
pub(super) fn lease(context: &Context, run: &Run) -> Option<Rc<Lease>> {
    let Cover::Reserved(since, class, each) = run.cover else {
        return None;
    };
    let sold = products::instance(run.what, class);
    let (service, noun) = if sold.product_code == "AmazonRDS" { ("rds", "ri") } else { ("ec2", "reserved-instances") };
    let separator = if service == "rds" { ':' } else { '/' };
    let name = context.ids.uuid(&format!("lease {}", run.name));
    Some(Rc::new(Lease {
        arn: format!("arn:aws:{service}:ap-northeast-2:{}:{noun}{separator}{name}", run.account.id()),
        subscription: context.ids.digits(&format!("subscription {}", run.name), 10),
        count: run.count * each,
        factor: products::units(class),
        since,
    }))
}

/// Returns the price of an hour of an instance of the run under its reservation.
pub(super) fn reserved_rate(context: &Context, run: &Run) -> Result<Option<Decimal>> {
    let Cover::Reserved(_, class, each) = run.cover else {
        return Ok(None);
    };
    let sold = products::instance(run.what, class);
    let rate = context.rates.get(&format!("{}/reserved", sold.price_key))?;
    Ok(Some(rate.price * Decimal::from(each)))
}

/// Returns the monthly fees: one line for each lease, one a day for the Savings Plan.
pub(super) fn fees(context: &Context, period: &Period) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for run in FLEET {
        if let (Some(lease), Cover::Reserved(since, class, _)) = (lease(context, run), run.cover)
            && since <= period.last
        {
            let sold = products::instance(run.what, class);
            let price = context.rates.get(&format!("{}/reserved", sold.price_key))?.price;
            let from = since.max(period.first);
            let days = (period.last - from).num_days() + 1;
            let usage = Decimal::from(days * 24) * Decimal::from(lease.count);
            let item = Rc::new(fee_item(run, class, &sold, price, lease));
            let mut line = Line::over(&item, (from, period.last), usage, rounded(usage * price));
            // AWS ends a fee a second before midnight.
            line.end -= 1_000;
            lines.push(line);
        }
    }
    if PLAN_START <= period.last {
        let item = Rc::new(plan_fee_item(&context.plan));
        for day in period.days().filter(|day| *day >= PLAN_START) {
            let cost = context.plan.commitment * Decimal::from(24);
            lines.push(Line::on(&item, day, Decimal::from(24), cost).effective(cost));
        }
    }
    Ok(lines)
}

fn fee_item(run: &Run, class: &str, sold: &Sold, price: Decimal, lease: Rc<Lease>) -> Item {
    let region = products::placed(sold.product_code, false);
    let product =
        region.into_iter().filter(|(key, _)| matches!(*key, "product_name" | "region" | "region_code")).collect();
    let what = if sold.product_code == "AmazonRDS" { "RDS" } else { "Linux/UNIX (Amazon VPC)" };
    Item {
        key: format!("fee {}", run.name),
        line_type: "RIFee",
        account: Some(run.account),
        product_code: sold.product_code.to_owned(),
        usage_type: sold.reserved_usage_type.clone(),
        operation: sold.operation.to_owned(),
        factor: sold.factor,
        rate: rate_text(price),
        description: format!("USD {price} hourly fee per {what}, {class} instance"),
        product,
        lease: Some(lease),
        ..Item::default()
    }
}

fn plan_fee_item(plan: &Rc<Plan>) -> Item {
    let product = [
        ("product_name", products::service_name("ComputeSavingsPlans").to_owned()),
        ("servicecode", "ComputeSavingsPlans".to_owned()),
        ("product_family", "ComputeSavingsPlans".to_owned()),
        ("usagetype", "ComputeSP:1yrNoUpfront".to_owned()),
        ("region", "global".to_owned()),
        ("location", "Any".to_owned()),
        ("location_type", "AWS Region".to_owned()),
    ];
    Item {
        key: "fee of the savings plan".to_owned(),
        line_type: "SavingsPlanRecurringFee",
        account: Some(Account::Payer),
        product_code: "ComputeSavingsPlans".to_owned(),
        usage_type: "ComputeSP:1yrNoUpfront".to_owned(),
        rate: rate_text(plan.commitment),
        description: "1 year No Upfront Compute Savings Plan".to_owned(),
        product: product.into_iter().collect(),
        plan: Some(Rc::clone(plan)),
        ..Item::default()
    }
}

/// Returns the last day of a one-year commitment, which ends a second before its anniversary.
pub(super) fn anniversary(since: NaiveDate) -> NaiveDate {
    since
        .checked_add_months(chrono::Months::new(12))
        .and_then(|day| day.checked_sub_days(Days::new(1)))
        .unwrap_or(since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Month;

    #[test]
    fn the_plan_is_used_up_each_day_and_never_exceeds_the_hours() {
        let context = Context::new(1).unwrap();
        for month in ["2023-09", "2023-11", "2024-02"] {
            let period = Period::of(month.parse::<Month>().unwrap());
            let covered = covered(&context, &period).unwrap();
            let mut by_day: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
            for ((index, _, day), (hours, cost)) in &covered {
                assert!(*hours <= FLEET[*index].hours(*day));
                *by_day.entry(*day).or_default() += cost;
            }
            assert_eq!(by_day.len(), period.days().count());
            assert!(by_day.values().all(|cost| *cost == Decimal::from(72)));
        }
    }

    #[test]
    fn a_reservation_of_smaller_size_covers_by_units() {
        let context = Context::new(1).unwrap();
        let run = FLEET.iter().find(|run| run.name == "members-g").unwrap();
        let lease = lease(&context, run).unwrap();
        assert_eq!((lease.count, lease.factor), (8, Decimal::from(4)));
        assert_eq!(reserved_rate(&context, run).unwrap(), Some(Decimal::new(8_236, 4)));
    }

    #[test]
    fn a_year_ends_on_the_day_before() {
        assert_eq!(anniversary(PLAN_START).to_string(), "2024-08-31");
    }
}
