//! A second implementation of the savings and of the bridge, in plain loops, against the first one on random bills.
//!
//! It shares the verdicts and the prices with the first, and nothing else: no grouping, no pools, no fixed order.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::*;
use crate::{
    normalize::{Commitment, LineType, UsageKind},
    pricing::PriceBook,
    rollup::{
        UsageRow,
        fixture::{commitment, hours, row, usd},
    },
    terms::{Architecture, Basis, CommitmentKind, Effect, PurchaseOption, Verdict},
    units::Month,
};

/// Numbers that look random and are the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    fn amount(&mut self) -> Decimal {
        Decimal::new(i64::try_from(self.below(900_000_000)).unwrap() + 1, 6)
    }
}

fn plan(offering: &str, arn: &str, end: &str) -> Commitment {
    let end = end.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
    let offering = Some(offering.to_owned());
    Commitment { offering, end: Some(end), ..commitment(CommitmentKind::SavingsPlan, arn) }
}

/// A standard Reserved Instance, all paid at the beginning.
fn reserved(term: &str, arn: &str, end: &str) -> Commitment {
    let plan = plan("standard", arn, end);
    let (term, payment) = (Some(term.to_owned()), Some("All Upfront".to_owned()));
    Commitment { kind: CommitmentKind::Reserved, term, payment, ..plan }
}

/// Builds a row of compute, bought in any way.
fn compute(chance: &mut Chance, book: &PriceBook) -> UsageRow {
    let name = chance.of(&[
        "m5.large",
        "m5.xlarge",
        "c5.2xlarge",
        "m6g.large",
        "m6g.xlarge",
        "r5.large",
        "t3.medium",
        "m7i.large",
    ]);
    let mut row = hours(name, "1");
    let graviton = book.shape(name).unwrap().architecture;
    (row.architecture, row.vcpu) = (Some(graviton), i32::try_from(book.shape(name).unwrap().vcpu).ok());
    let price = book.on_demand("EC2", "us-east-1", name, "Linux").unwrap().usd;
    row.usage_amount = chance.amount();
    let list = row.usage_amount * price;
    let (charge_type, option, rate, terms) = match chance.below(9) {
        0 => ("DiscountedUsage", PurchaseOption::Reserved, "0.6", Some(commitment(CommitmentKind::Reserved, "ri"))),
        1 => {
            let terms = plan("ComputeSavingsPlans", "compute", "2025-06-30T23:59:59Z");
            ("SavingsPlanCoveredUsage", PurchaseOption::SavingsPlan, "0.72", Some(terms))
        }
        2 => {
            let terms = plan("EC2InstanceSavingsPlans", "family", "2026-01-01T00:00:00Z");
            ("SavingsPlanCoveredUsage", PurchaseOption::SavingsPlan, "0.66", Some(terms))
        }
        3 => ("Usage", PurchaseOption::Spot, "0.35", None),
        4 => {
            let terms = reserved("1yr", "ri-1", "2024-12-31T23:59:59Z");
            ("DiscountedUsage", PurchaseOption::Reserved, "0.58", Some(terms))
        }
        5 => {
            let terms = reserved("3yr", "ri-3", "2026-12-31T23:59:59Z");
            ("DiscountedUsage", PurchaseOption::Reserved, "0.4", Some(terms))
        }
        // Bought for less than the target costs today.
        6 => {
            let terms = reserved("1yr", "ri-cheap", "2024-06-30T23:59:59Z");
            ("DiscountedUsage", PurchaseOption::Reserved, "0.3", Some(terms))
        }
        _ => ("Usage", PurchaseOption::OnDemand, "1", None),
    };
    row.charge_type = charge_type.into();
    row.purchase_option = Some(option);
    row.commitment = terms.map(Arc::new);
    let cost = list * usd(rate);
    UsageRow { amortized_cost: cost, unblended_cost: cost + usd("0.000001"), list_cost: Some(list), ..row }
}

fn other(chance: &mut Chance) -> UsageRow {
    let product = chance.of(&["AmazonEC2", "AmazonS3", "ComputeSavingsPlans"]);
    let kinds = ["Usage", "Tax", "Credit", "RIFee", "SavingsPlanNegation", "SavingsPlanRecurringFee", "Refund", "Odd"];
    let charge_type = chance.of(&kinds);
    let mut line = row("2024-01", product, charge_type);
    if charge_type != "Usage" {
        line.usage_kind = UsageKind::NoUsage;
    }
    let cost = if charge_type == "Credit" { -chance.amount() } else { chance.amount() };
    UsageRow { amortized_cost: cost, unblended_cost: cost / usd("2"), list_cost: Some(cost.abs() * usd("1.5")), ..line }
}

fn bill(seed: u64, book: &PriceBook) -> Vec<UsageRow> {
    let mut chance = Chance(seed);
    let count = 10 + chance.below(60);
    // Some payers have private discounts, and their bills net columns.
    let net = (chance.below(3) == 0).then(|| usd("0.9"));
    (0..count)
        .map(|_| {
            let mut row = if chance.below(3) == 0 { other(&mut chance) } else { compute(&mut chance, book) };
            row.month = chance.of(&["2024-01", "2024-02"]).parse().unwrap();
            row.account_id = Some(chance.of(&["111122223333", "444455556666"]).into());
            row.net_amortized_cost = net.map(|net| row.amortized_cost * net);
            row
        })
        .collect()
}

fn figures(rows: &[UsageRow], book: &'static PriceBook) -> Figures {
    Figures::new(rows.to_vec(), &Judge::new(book, Policy::default())).unwrap()
}

fn close(left: Decimal, right: Decimal) -> bool {
    (left - right).abs() < Decimal::new(1, 7)
}

fn is(row: &UsageRow, option: PurchaseOption) -> bool {
    row.purchase_option == Some(option)
}

/// The rates of Linux in us-east-1 by term and type, from the rows of the table `prices`.
fn rates(book: &PriceBook) -> BTreeMap<(String, String), Decimal> {
    let rows = book.rows().filter(|row| {
        (row.service, row.region, row.variant) == ("EC2", "us-east-1", "Linux") && row.term.as_str() != "OnDemand"
    });
    rows.map(|row| ((row.term.as_str().to_owned(), row.item.to_owned()), row.price)).collect()
}

/// The term of a row as the table spells it, put together from the texts of the bill.
fn term(row: &UsageRow) -> Option<String> {
    let terms = row.commitment.as_deref()?;
    let kind = match terms.offering.as_deref()? {
        "standard" => "RI",
        "ComputeSavingsPlans" => "ComputeSP",
        "EC2InstanceSavingsPlans" => "EC2InstanceSP",
        _ => return None,
    };
    Some(format!("{kind}-{}-{}", terms.term.as_deref()?, terms.payment.as_deref()?.replace(' ', "")))
}

/// Effective, unlocked and locked saving of an account and month, row by row.
fn savings(rows: &[UsageRow], month: Month, book: &'static PriceBook) -> BTreeMap<String, [Decimal; 3]> {
    let judge = Judge::new(book, Policy::default());
    let rates = rates(book);
    let paid = |row: &UsageRow| row.net_amortized_cost.unwrap_or(row.amortized_cost);
    let effective = |row: &UsageRow| {
        let judgement = judge.judge(&Workload::from(row));
        let source = judgement.source_price.map(|price| price.usd);
        let (Verdict::Eligible, Some(source), Some(target)) = (judgement.verdict, source, judgement.target) else {
            return Decimal::ZERO;
        };
        let rate = term(row).and_then(|term| rates.get(&(term, target.name.clone())));
        match rate {
            Some(rate) => {
                let discount = row.net_amortized_cost.map_or(Decimal::ONE, |_| usd("0.9"));
                (paid(row) - row.usage_amount * rate * discount).max(Decimal::ZERO)
            }
            None => row.usage_amount * (source - target.price.unwrap().usd) * paid(row) / row.list_cost.unwrap(),
        }
    };
    let of_month: Vec<&UsageRow> =
        rows.iter().filter(|row| row.month == month && row.usage_kind == UsageKind::InstanceHours).collect();
    let in_plan = |row: &&&UsageRow| row.commitment.as_deref().is_some_and(|terms| terms.arn == "compute");
    let mut freed = Decimal::ZERO;
    let (mut covered, mut covered_list) = (Decimal::ZERO, Decimal::ZERO);
    for row in of_month.iter().filter(in_plan) {
        freed += effective(row);
        covered += row.amortized_cost;
        covered_list += row.list_cost.unwrap();
    }
    let mut room = Decimal::ZERO;
    for row in of_month.iter().filter(|row| is(row, PurchaseOption::OnDemand)) {
        room += paid(row) - effective(row);
    }
    let share = if freed.is_zero() { Decimal::ONE } else { (room * covered / covered_list / freed).min(Decimal::ONE) };
    let mut all: BTreeMap<String, [Decimal; 3]> = BTreeMap::new();
    for row in &of_month {
        if is(row, PurchaseOption::Spot) {
            continue;
        }
        let effective = effective(row);
        let unlocked = if is(row, PurchaseOption::OnDemand) {
            effective
        } else if in_plan(&row) {
            effective * share
        } else {
            Decimal::ZERO
        };
        let sum = all.entry(row.account_id.as_deref().unwrap().to_owned()).or_default();
        sum[0] += effective;
        sum[1] += unlocked;
        sum[2] += effective - unlocked;
    }
    all
}

#[test]
fn savings_agree_with_plain_loops_and_add_up() {
    let book = PriceBook::embedded().unwrap();
    // Rows priced by a rate, and those of them that save nothing.
    let (mut rated, mut in_vain) = (0, 0);
    for seed in 0..60 {
        let rows = bill(seed, book);
        let figures = figures(&rows, book);
        for month in figures.months.iter().map(|total| total.month) {
            let mut found: BTreeMap<String, [Decimal; 3]> = BTreeMap::new();
            for row in figures.opportunities.iter().filter(|row| row.month == month) {
                let Some(effective) = row.effective_saving else { continue };
                let (unlocked, locked) = (row.unlocked_saving.unwrap(), row.locked_saving.unwrap());
                assert_eq!(unlocked + locked, effective, "seed {seed}");
                assert!(effective >= Decimal::ZERO && row.list_saving.unwrap() > Decimal::ZERO, "seed {seed}");
                assert_eq!(row.unlock_month.is_some(), !locked.is_zero(), "seed {seed}: {row:?}");
                rated += usize::from(row.target_rate.is_some());
                in_vain += usize::from(row.target_rate.is_some() && effective.is_zero());
                let sum = found.entry(row.account_id.as_deref().unwrap().to_owned()).or_default();
                sum[0] += effective;
                sum[1] += unlocked;
                sum[2] += locked;
            }
            for (account, plain) in savings(&rows, month, book) {
                let first = found.remove(&account).unwrap_or_default();
                for (first, plain) in first.iter().zip(plain) {
                    assert!(close(*first, plain), "seed {seed} {month} {account}: {first} against {plain}");
                }
            }
            assert!(found.is_empty(), "seed {seed}: {found:?}");
        }
        // Every row is in one bucket, and the hours of the opportunities are those of the bill.
        assert_eq!(figures.verdicts.len(), figures.rows.len());
        let hours =
            |kind| rows.iter().filter(|row| row.usage_kind == kind).map(|row| row.usage_amount).sum::<Decimal>();
        assert_eq!(figures.opportunities.iter().map(|row| row.hours).sum::<Decimal>(), hours(UsageKind::InstanceHours));
    }
    assert!(rated > 300 && in_vain > 100, "{rated} rated, {in_vain} in vain");
}

#[test]
fn realized_savings_agree_with_plain_loops() {
    let book = PriceBook::embedded().unwrap();
    for seed in 100..140 {
        let rows = bill(seed, book);
        let found: Decimal = figures(&rows, book).realized.iter().filter_map(|row| row.realized_saving).sum();
        let mut plain = Decimal::ZERO;
        for row in rows.iter().filter(|row| row.usage_kind == UsageKind::InstanceHours) {
            if row.architecture != Some(Architecture::Arm) || is(row, PurchaseOption::Spot) {
                continue;
            }
            let twin = row.instance_type.as_deref().unwrap().replace("m6g", "m5");
            let price = book.on_demand("EC2", "us-east-1", &twin, "Linux").unwrap().usd;
            plain += row.usage_amount * price * row.amortized_cost / row.list_cost.unwrap() - row.amortized_cost;
        }
        assert!(close(found, plain), "seed {seed}: {found} against {plain}");
    }
}

/// One pool: shared Linux in us-east-1. Spot is another one.
fn plain_bridge(rows: &[UsageRow], basis: Basis, book: &PriceBook) -> BTreeMap<(String, Effect), Decimal> {
    let mut effects: BTreeMap<(String, Effect), Decimal> = BTreeMap::new();
    let cost = |row: &UsageRow| if basis == Basis::Amortized { row.amortized_cost } else { row.unblended_cost };
    let is_after = |row: &UsageRow| row.month.to_string() == "2024-02";
    for row in rows {
        let sign = if is_after(row) { Decimal::ONE } else { -Decimal::ONE };
        let effect = match LineType::parse(&row.charge_type) {
            _ if row.usage_kind != UsageKind::NoUsage => continue,
            LineType::Tax | LineType::Credit | LineType::Refund => Effect::CreditsTaxFees,
            LineType::RiFee | LineType::SavingsPlanNegation | LineType::SavingsPlanRecurringFee => Effect::Commitment,
            _ => Effect::Other,
        };
        *effects.entry((row.product_code.to_string(), effect)).or_default() += sign * cost(row);
    }
    for spot in [false, true] {
        let mut sums = [[Decimal::ZERO; 4]; 2];
        for row in rows
            .iter()
            .filter(|row| row.usage_kind == UsageKind::InstanceHours && is(row, PurchaseOption::Spot) == spot)
        {
            let sum = &mut sums[usize::from(is_after(row))];
            sum[0] += cost(row);
            sum[1] += row.list_cost.unwrap();
            sum[2] += row.usage_amount * Decimal::from(row.vcpu.unwrap());
            if row.architecture == Some(Architecture::Arm) {
                let name = row.instance_type.as_deref().unwrap();
                let price = |name: &str| book.on_demand("EC2", "us-east-1", name, "Linux").unwrap().usd;
                sum[3] += row.usage_amount * (price(&name.replace("m6g", "m5")) - price(name));
            }
        }
        let [[c0, l0, v0, s0], [c1, l1, v1, s1]] = sums;
        let mut add = |effect, amount| *effects.entry(("AmazonEC2".to_owned(), effect)).or_default() += amount;
        if v0.is_zero() || v1.is_zero() {
            add(Effect::Usage, c1 - c0);
            continue;
        }
        let (growth, rate) = (v1 / v0, c0 / l0);
        add(Effect::Usage, c0 * growth - c0);
        add(if spot { Effect::ListPrice } else { Effect::Commitment }, c1 - l1 * rate);
        add(Effect::Graviton, -rate * (s1 - s0 * growth));
        add(Effect::Mix, rate * (l1 - l0 * growth) + rate * (s1 - s0 * growth));
    }
    for product in ["AmazonEC2", "AmazonS3", "ComputeSavingsPlans"] {
        let mut sums = [[Decimal::ZERO; 2]; 2];
        for row in rows.iter().filter(|row| row.usage_kind == UsageKind::Other && &*row.product_code == product) {
            sums[usize::from(is_after(row))][0] += cost(row);
            sums[usize::from(is_after(row))][1] += row.list_cost.unwrap();
        }
        let [[c0, l0], [c1, l1]] = sums;
        let discounts = if l0.is_zero() || l1.is_zero() { Decimal::ZERO } else { c1 - l1 * c0 / l0 };
        *effects.entry((product.to_owned(), Effect::Usage)).or_default() += c1 - c0 - discounts;
        *effects.entry((product.to_owned(), Effect::CreditsTaxFees)).or_default() += discounts;
    }
    effects
}

#[test]
fn the_bridge_agrees_with_plain_loops_and_adds_up_exactly() {
    let book = PriceBook::embedded().unwrap();
    for seed in 200..280 {
        let rows = bill(seed, book);
        let figures = figures(&rows, book);
        let months: Vec<Month> = figures.months.iter().map(|total| total.month).collect();
        let [from, to] = months[..] else { continue };
        for &basis in Basis::ALL {
            let found = figures.bridges.between(from, to, basis);
            let total = |month| {
                let of_month = figures.months.iter().find(|total| total.month == month).unwrap();
                if basis == Basis::Amortized { of_month.costs.amortized } else { of_month.costs.unblended }
            };
            assert_eq!(found.iter().map(|row| row.amount).sum::<Decimal>(), total(to) - total(from), "seed {seed}");
            let mut plain = plain_bridge(&rows, basis, book);
            for row in &found {
                let other = plain.remove(&(row.product_code.to_string(), row.effect)).unwrap_or_default();
                assert!(close(row.amount, other), "seed {seed} {row:?}: {other}");
            }
            assert!(plain.values().all(|rest| close(*rest, Decimal::ZERO)), "seed {seed}: {plain:?}");
        }
    }
}
