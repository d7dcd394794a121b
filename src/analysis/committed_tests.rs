//! Savings under commitments, worked by hand.

use std::sync::Arc;

use super::*;
use crate::{
    analysis::{Asked, Figures, Judge, Policy, explain},
    normalize::{Commitment, UsageKind},
    rollup::{
        UsageRow,
        fixture::{commitment, hours, usd},
    },
    terms::{CommitmentKind, PurchaseOption},
};

fn figures(rows: &[UsageRow]) -> Figures {
    figures_by(rows, Policy::default())
}

fn figures_by(rows: &[UsageRow], policy: Policy) -> Figures {
    Figures::new(rows.to_vec(), &Judge::new(PriceBook::embedded().unwrap(), policy)).unwrap()
}

fn one(row: UsageRow) -> Opportunity {
    let mut found = figures(&[row]).opportunities;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn steps(row: &UsageRow) -> Vec<(&'static str, String)> {
    let book = PriceBook::embedded().unwrap();
    let told = explain(&figures(std::slice::from_ref(row)), book, &Asked::default());
    told.into_iter().flat_map(|told| told.steps).map(|step| (step.what, step.text)).collect()
}

fn step(row: &UsageRow, what: &str) -> Option<String> {
    steps(row).into_iter().find(|(name, _)| *name == what).map(|(_, text)| text)
}

/// Usage that is covered by a Reserved Instance.
fn reserved(row: UsageRow, class: Option<&str>, lease: &str, payment: &str) -> UsageRow {
    let terms = Commitment {
        offering: class.map(str::to_owned),
        term: Some(lease.to_owned()),
        payment: Some(payment.to_owned()),
        ..commitment(CommitmentKind::Reserved, "arn:ri")
    };
    let mut row = row;
    row.charge_type = "DiscountedUsage".into();
    row.purchase_option = Some(PurchaseOption::Reserved);
    row.commitment = Some(Arc::new(terms));
    row
}

/// A month of r5.xlarge in Seoul for 0.192 an hour, list 0.304; its target r6g.xlarge lists for 0.244.
fn seoul(class: &str, lease: &str, payment: &str) -> UsageRow {
    let mut row = reserved(hours("r5.xlarge", "744"), Some(class), lease, payment);
    row.region = Some("ap-northeast-2".into());
    UsageRow { amortized_cost: usd("142.848"), list_cost: Some(usd("226.176")), ..row }
}

/// 142.848 − 744 × 0.1533 = 28.7928; by the ratio it would be 44.64 × 0.6316 = 28.19.
#[test]
fn a_target_is_priced_at_its_rate_under_the_same_reserved_instance() {
    let row = seoul("standard", "1yr", "No Upfront");
    let found = one(row.clone());
    assert_eq!(found.target_instance_type.as_deref(), Some("r6g.xlarge"));
    assert_eq!((found.list_saving, found.effective_saving), (Some(usd("44.64")), Some(usd("28.7928"))));
    assert_eq!((found.unlocked_saving, found.locked_saving), (Some(usd("0")), Some(usd("28.7928"))));
    let rate = found.target_rate.unwrap();
    assert_eq!(
        (rate.usd, rate.source, rate.as_of.to_string().as_str()),
        (usd("0.1533"), "aws-price-board", "2026-08-18")
    );
    assert_eq!(found.estimate, None);
    assert_eq!(
        step(&row, "target rate").unwrap(),
        "0.1533 USD under RI-1yr-NoUpfront, as of 2026-08-18, aws-price-board"
    );
    assert_eq!(step(&row, "effective saving").unwrap(), "142.85 USD paid − 744 × 0.1533 = 28.79 USD");
    assert_eq!(step(&row, "own rate"), None, "it is bought at the rate of the table");
}

/// Nine tenths of 142.848 are 128.5632; of 744 × 0.1533, 102.64968.
#[test]
fn private_discounts_hold_for_the_target_too() {
    let mut row = seoul("standard", "1yr", "No Upfront");
    row.net_amortized_cost = Some(usd("128.5632"));
    assert_eq!(one(row.clone()).effective_saving, Some(usd("25.91352")));
    assert_eq!(
        step(&row, "effective saving").unwrap(),
        "128.56 USD paid − 744 × 0.1533 × 0.9 net ÷ amortised = 25.91 USD"
    );
}

/// Bought for 0.14 an hour: leaving it for 0.1533 saves nothing.
#[test]
fn what_was_bought_for_less_saves_nothing_and_says_so() {
    let row = UsageRow { amortized_cost: usd("104.16"), ..seoul("standard", "1yr", "No Upfront") };
    let found = one(row.clone());
    assert_eq!((found.effective_saving, found.locked_saving), (Some(usd("0")), Some(usd("0"))));
    assert_eq!((found.unlock_month, found.estimate.as_deref()), (None, None));
    assert!(step(&row, "effective saving").unwrap().starts_with("nothing is saved, 0 at least: 104.16 USD paid − "));
    assert_eq!(
        step(&row, "own rate").unwrap(),
        "0.14 an hour is paid, RI-1yr-NoUpfront is 0.192 as of 2026-08-18, aws-price-board: bought at another price"
    );
}

/// 44.64 × 142.848 ÷ 226.176.
#[test]
fn a_convertible_one_falls_back_to_the_ratio() {
    let found = one(seoul("convertible", "1yr", "No Upfront"));
    assert_eq!((found.target_rate, found.effective_saving), (None, Some(usd("28.193684210526"))));
    assert_eq!(
        found.estimate.as_deref().unwrap(),
        "at the 63.2 % of list that is paid here (ratio of the bill; no RI-1yr-NoUpfront-Convertible rate of the target is \
         known); convertible: can be exchanged"
    );
}

#[test]
fn terms_that_the_bill_does_not_state_are_not_guessed() {
    let mut row = reserved(hours("r5.xlarge", "744"), None, "1yr", "No Upfront");
    row.region = Some("ap-northeast-2".into());
    let found = one(UsageRow { amortized_cost: usd("142.848"), list_cost: Some(usd("226.176")), ..row });
    assert_eq!((found.term, found.target_rate), (None, None));
    assert_eq!(
        found.estimate.as_deref().unwrap(),
        "at the 63.2 % of list that is paid here (ratio of the bill, which does not state the terms of the commitment)"
    );
}

/// Two commitments of one end and different terms: 744 h each, priced apart.
#[test]
fn each_term_is_a_row_of_its_own() {
    let mut other = seoul("standard", "3yr", "All Upfront");
    let terms = Commitment { arn: "arn:other".to_owned(), ..other.commitment.as_deref().unwrap().clone() };
    other.commitment = Some(Arc::new(terms));
    let found = figures(&[seoul("standard", "1yr", "No Upfront"), other]).opportunities;
    let terms: Vec<String> = found.iter().map(|row| row.term.unwrap().to_string()).collect();
    assert_eq!(terms, ["RI-1yr-NoUpfront", "RI-3yr-AllUpfront"]);
    assert!(found[0].target_rate.unwrap().usd > found[1].target_rate.unwrap().usd);
}

/// A node under 1 year, all upfront, whose bill names no class: only EC2 has convertible ones. 100 × (0.12089 − 0.10855).
#[test]
fn a_search_node_is_standard_without_saying_so() {
    let mut row = reserved(hours("r5.large.search", "100"), None, "1yr", "All Upfront");
    (row.product_code, row.operating_system) = ("AmazonES".into(), None);
    row.price_variant = Some("OpenSearch".into());
    let found = one(UsageRow { amortized_cost: usd("12.089"), list_cost: Some(usd("18.6")), ..row });
    assert_eq!(found.target_instance_type.as_deref(), Some("r6g.large.search"));
    assert_eq!(found.target_rate.unwrap().usd, usd("0.10855"));
    assert_eq!(found.effective_saving, Some(usd("1.234")));
}

fn planned(row: UsageRow, offering: &str) -> UsageRow {
    let terms = commitment(CommitmentKind::SavingsPlan, "arn:plan");
    let mut row = row;
    row.charge_type = "SavingsPlanCoveredUsage".into();
    row.purchase_option = Some(PurchaseOption::SavingsPlan);
    row.commitment = Some(Arc::new(Commitment { offering: Some(offering.to_owned()), ..terms }));
    row
}

/// m7g.large under a Compute Savings Plan: 0.0599, so that 100 h of m5.large at 0.07 save 1.01.
#[test]
fn a_savings_plan_has_rates_of_its_own() {
    let row = planned(hours("m5.large", "100"), "ComputeSavingsPlans");
    let row = UsageRow { amortized_cost: usd("7"), list_cost: Some(usd("9.6")), ..row };
    let pins = Policy { pins: [("m5".to_owned(), "m7g".to_owned())].into(), ..Policy::default() };
    let found = figures_by(std::slice::from_ref(&row), pins).opportunities.remove(0);
    assert_eq!(found.target_instance_type.as_deref(), Some("m7g.large"));
    assert_eq!(
        (found.target_rate.map(|rate| rate.usd), found.effective_saving),
        (Some(usd("0.0599")), Some(usd("1.01")))
    );
    let known = one(row);
    assert_eq!(known.target_instance_type.as_deref(), Some("m6g.large"));
    assert!(known.estimate.unwrap().contains("no ComputeSP-1yr-NoUpfront rate of the target is known"));
}

/// Database plan in Hyderabad: r8g has no price there, r6g is slower and not covered, r7g has a rate: 0.2504.
#[test]
fn a_database_plan_has_rates_where_it_covers_the_target() {
    let mut row = planned(hours("db.r7i.large", "100"), "DatabaseSavingsPlans");
    (row.product_code, row.operating_system) = ("AmazonRDS".into(), None);
    row.region = Some("ap-south-2".into());
    row.database_engine = Some("Aurora MySQL".into());
    row.price_variant = Some("Aurora MySQL|Standard".into());
    row.public_rate = Some(usd("0.33"));
    let row = UsageRow { amortized_cost: usd("26.4"), list_cost: Some(usd("33")), ..row };
    let slower = |policy| figures_by(std::slice::from_ref(&row), policy).opportunities.remove(0);
    let old = slower(Policy { allow_slower: true, ..Policy::default() });
    assert_eq!((old.target_instance_type.as_deref(), old.target_rate), (Some("db.r6g.large"), None));
    assert!(old.estimate.unwrap().contains("does not cover the target: its list price counts"));
    let pins = [("r7i".to_owned(), "r7g".to_owned())].into();
    let found = slower(Policy { allow_slower: true, pins, ..Policy::default() });
    assert_eq!(found.target_instance_type.as_deref(), Some("db.r7g.large"));
    // 26.40 − 100 × 0.2504.
    assert_eq!(
        (found.target_rate.map(|rate| rate.usd), found.effective_saving),
        (Some(usd("0.2504")), Some(usd("1.36")))
    );
}

/// The plan's rate of functions on Arm is not in the table.
#[test]
fn meters_fall_back_to_the_ratio() {
    let mut row = planned(hours("m5.large", "1000000"), "ComputeSavingsPlans");
    (row.product_code, row.usage_kind) = ("AWSLambda".into(), UsageKind::Metered);
    (row.instance_type, row.operating_system, row.price_variant) = (None, None, None);
    row.meter = Some("Lambda-GB-Second".into());
    let found = one(UsageRow { amortized_cost: usd("14.7"), list_cost: Some(usd("16.6667")), ..row.clone() });
    assert_eq!(found.target_rate, None);
    assert!(found.estimate.unwrap().contains("no ComputeSP-1yr-NoUpfront rate of the target is known"));
    // What runs now has one, and it is what is paid.
    assert_eq!(
        step(&UsageRow { amortized_cost: usd("14.7"), list_cost: Some(usd("16.6667")), ..row.clone() }, "own rate"),
        None
    );
    assert!(
        step(&UsageRow { amortized_cost: usd("12"), list_cost: Some(usd("16.6667")), ..row }, "own rate").is_some()
    );
}

#[test]
fn on_demand_and_spot_have_no_term() {
    let found = one(UsageRow { amortized_cost: usd("8.64"), list_cost: Some(usd("9.6")), ..hours("m5.large", "100") });
    assert_eq!((found.term, found.target_rate), (None, None));
    assert_eq!(found.estimate.as_deref(), Some("at the 90 % of list that is paid here (ratio of the bill)"));
    let list = one(UsageRow { amortized_cost: usd("9.6"), list_cost: Some(usd("9.6")), ..hours("m5.large", "100") });
    assert_eq!(list.estimate, None);
}
