//! Months worked by hand.

use rust_decimal::Decimal;

use super::*;
use crate::rollup::fixture::{at, row, usd};

const MONTH: &str = "2024-01";

/// Returns a row with its unblended and amortised cost.
fn line(product: &str, charge_type: &str, unblended: &str, amortized: &str) -> UsageRow {
    UsageRow {
        unblended_cost: usd(unblended),
        amortized_cost: usd(amortized),
        usage_through: at("2024-02-01T00:00:00Z"),
        ..row(MONTH, product, charge_type)
    }
}

/// Returns a fee row that carries a share of an upfront payment.
fn fee(product: &str, charge_type: &str, unblended: &str, amortized: &str, carried: Option<&str>) -> UsageRow {
    UsageRow { amortized_upfront: carried.map(usd), ..line(product, charge_type, unblended, amortized) }
}

/// Returns a row of cash paid (or given back) for a commitment.
fn paid(product: &str, charge_type: &str, cash: &str) -> UsageRow {
    UsageRow { upfront_cost: usd(cash), ..line(product, charge_type, cash, "0") }
}

fn one(rows: &[UsageRow]) -> Proof {
    let mut proofs = reconcile(rows).unwrap();
    assert_eq!(proofs.len(), 1);
    let broken: Vec<_> =
        proofs.iter().filter(|proof| !proof.holds()).map(|proof| (proof.month, proof.difference)).collect();
    assert_eq!(broken_months(rows), broken, "the short way finds the same");
    proofs.remove(0)
}

fn unblended(proof: &Proof, cause: Cause) -> Decimal {
    proof.causes.get(&cause).map(|costs| costs.unblended).unwrap_or_default()
}

/// A Savings Plan of one year, 1.00 an hour, half of it paid in advance: 0.50 × 8,760 h = 4,380 USD on 1 January 2024.
///
/// January has 744 hours: commitment 744, of which the month pays 372 and carries 372 of the upfront. 700 are used, 44 not.
/// The covered usage costs 1,000 on demand. Unblended: 4,380 + 372 + 1,000 − 1,000 = 4,752. Amortised: 700 + 44 = 744.
/// True-up −372, upfront 4,380: 744 − 372 + 4,380 = 4,752.
#[test]
fn a_savings_plan_with_upfront_in_the_month_that_pays_it() {
    let rows = [
        paid("ComputeSavingsPlans", "SavingsPlanUpfrontFee", "4380"),
        fee("ComputeSavingsPlans", "SavingsPlanRecurringFee", "372", "44", Some("372")),
        line("AmazonEC2", "SavingsPlanCoveredUsage", "1000", "700"),
        line("AmazonEC2", "SavingsPlanNegation", "-1000", "0"),
    ];
    let proof = one(&rows);
    assert_eq!((proof.costs.unblended, proof.costs.amortized), (usd("4752"), usd("744")));
    assert_eq!((proof.true_up.plans, proof.upfront), (Some(usd("-372")), usd("4380")));
    assert_eq!(proof.difference, Decimal::ZERO);
    assert!(proof.holds() && proof.unproven().is_empty() && proof.traces.is_empty() && !proof.partial);
    assert_eq!(unblended(&proof, Cause::Upfront), usd("4380"));
    assert_eq!(proof.causes[&Cause::PlanFees].amortized, usd("44"));
    // The refund of the fee, seven days later, is upfront too.
    let mut back = rows.to_vec();
    back.push(paid("ComputeSavingsPlans", "Refund", "-4380"));
    let proof = one(&back);
    assert_eq!((proof.upfront, proof.difference), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(unblended(&proof, Cause::Upfront), Decimal::ZERO);
    assert!(!proof.causes.contains_key(&Cause::Refunds));
}

/// A partial upfront Reserved Instance: 365.00 paid in advance for a year, 0.05 an hour; it ran 644 of 744 hours.
///
/// January carries 365 × 31 ÷ 365 = 31.00 of the upfront and pays 37.20. Effective rate (31.00 + 37.20) ÷ 744 h; used part
/// 644/744: 26.8333… + 32.20 = 59.0333…; unused: 4.1666… + 5.00 = 9.1666…. Amortised 68.20 = 37.20 + 31.00.
#[test]
fn a_partial_upfront_reservation_with_an_unused_part() {
    let used = usd("26.833333333333") + usd("32.20");
    let unused = usd("4.166666666667") + usd("5.00");
    let usage = UsageRow { amortized_cost: used, ..line("AmazonRDS", "DiscountedUsage", "0", "0") };
    let fees = UsageRow { amortized_cost: unused, ..fee("AmazonRDS", "RIFee", "37.20", "0", Some("31.00")) };
    let later = one(&[usage.clone(), fees.clone()]);
    assert_eq!(later.costs.amortized, usd("68.20"));
    assert_eq!((later.true_up.reserved, later.upfront, later.difference), (Some(usd("-31")), usd("0"), usd("0")));
    // In the month of the purchase the same fees stand beside the payment.
    let first = one(&[usage, fees, paid("AmazonRDS", "Fee", "365")]);
    assert_eq!((first.costs.unblended, first.upfront, first.difference), (usd("402.20"), usd("365"), usd("0")));
    assert_eq!(first.causes[&Cause::ReservedFees].amortized, unused);
}

#[test]
fn fees_without_the_column_are_not_taken_for_zero() {
    let open = [fee("AmazonEC2", "RIFee", "37.20", "0", None), line("AmazonEC2", "DiscountedUsage", "0", "68.20")];
    let proof = one(&open);
    assert_eq!(proof.true_up.total(), None);
    assert_eq!(proof.difference, usd("-31"));
    assert!(!proof.holds());
    assert!(proof.suspects[0].contains("reservation_amortized_upfront_fee_for_billing_period"), "{:?}", proof.suspects);
    // Without any such fee the column is not missed.
    let none = one(&[line("AmazonEC2", "Usage", "5", "5")]);
    assert_eq!(none.true_up.total(), Some(Decimal::ZERO));
}

#[test]
fn a_difference_is_traced_to_its_rows() {
    let proof = one(&[
        line("AmazonEC2", "DiscountedUsage", "12.34", "50"),
        fee("AmazonEC2", "RIFee", "50", "0", Some("0")),
        line("AmazonRDS", "DiscountedUsage", "0", "7"),
        fee("AmazonRDS", "RIFee", "7", "0", Some("0")),
        line("AmazonS3", "Usage", "9", "9"),
    ]);
    assert_eq!(proof.difference, usd("12.34"));
    assert_eq!(proof.traces.len(), 1);
    assert_eq!(proof.traces[0].family, "Reserved Instances of AmazonEC2");
    assert_eq!(proof.traces[0].difference, usd("12.34"));
    assert!(proof.suspects[0].contains("12.34 of unblended cost"), "{:?}", proof.suspects);
    let orphan = one(&[line("AmazonES", "DiscountedUsage", "0", "7")]);
    assert_eq!(orphan.suspects.len(), 1);
    assert!(orphan.suspects[0].starts_with("Reserved Instances of AmazonES: DiscountedUsage rows but no RIFee row"));
    let plan = one(&[line("AmazonEC2", "SavingsPlanCoveredUsage", "10", "7")]);
    assert!(plan.suspects[0].contains("leave 10.00 unblended"), "{:?}", plan.suspects);
    assert!(plan.suspects[1].contains("no SavingsPlanRecurringFee row"), "{:?}", plan.suspects);
    // A family that cancels out is not suspected, whatever it lacks.
    let other = one(&[
        line("AmazonES", "DiscountedUsage", "0", "0"),
        line("AmazonEC2", "DiscountedUsage", "0", "8"),
        fee("AmazonEC2", "RIFee", "7", "0", Some("0")),
    ]);
    assert_eq!(
        other.suspects,
        [
            "Reserved Instances of AmazonEC2: fees of 7.00 and 0.00 carried of upfront payments, but 8.00 at effective cost \
          and 0.00 unused: usage that is covered in part, or fees and usage of different months"
        ]
    );
}

#[test]
fn differences_below_half_a_cent_round_away() {
    let mut usage = line("AmazonEC2", "DiscountedUsage", "0", "50.004");
    assert!(one(&[usage.clone(), fee("AmazonEC2", "RIFee", "50", "0", Some("0"))]).holds());
    usage.amortized_cost = usd("50.005");
    assert!(!one(&[usage, fee("AmazonEC2", "RIFee", "50", "0", Some("0"))]).holds());
}

#[test]
fn every_charge_has_one_cause_and_the_causes_add_up() {
    let mut spot = line("AmazonEC2", "Usage", "0.07", "0.07");
    spot.purchase_option = Some(crate::terms::PurchaseOption::Spot);
    // A row of two kinds of fees of one product: 100 upfront, 8 of something else.
    let mixed = UsageRow { upfront_cost: usd("100"), ..line("AmazonEC2", "Fee", "108", "8") };
    let rows = [
        spot,
        mixed,
        line("AmazonEC2", "Usage", "1", "1"),
        line("AWSSupportBusiness", "Fee", "100", "100"),
        line("AmazonRegistrar", "Fee", "12", "12"),
        line("d4x7v2q9example0monitor1", "Usage", "3", "3"),
        line("AmazonEC2", "EdpDiscount", "-2", "-2"),
        line("AmazonS3", "Credit", "-4", "-4"),
        line("AmazonS3", "Refund", "-5", "-5"),
        line("AmazonS3", "Tax", "6", "6"),
        line("AmazonS3", "FlatRateSubscription", "7", "7"),
    ];
    let proof = one(&rows);
    let expected = [
        (Cause::OnDemandUsage, "1"),
        (Cause::SpotUsage, "0.07"),
        (Cause::Upfront, "100"),
        (Cause::Support, "100"),
        (Cause::Marketplace, "3"),
        (Cause::OtherFees, "20"),
        (Cause::Discounts, "-2"),
        (Cause::Credits, "-4"),
        (Cause::Refunds, "-5"),
        (Cause::Tax, "6"),
        (Cause::Other, "7"),
    ];
    let found: Vec<(Cause, Decimal)> = proof.causes.iter().map(|(cause, costs)| (*cause, costs.unblended)).collect();
    assert_eq!(found, expected.map(|(cause, amount)| (cause, usd(amount))));
    assert_eq!((proof.upfront, proof.difference), (usd("100"), usd("0")));
    assert_eq!(proof.causes.values().map(|costs| costs.line_items).sum::<u64>(), 11);
}

fn bill() -> Vec<UsageRow> {
    let mut other = line("AmazonS3", "Usage", "40.25", "40.25");
    other.account_id = Some("444455556666".into());
    vec![
        line("AmazonEC2", "Usage", "1000.11", "1000.11"),
        line("AmazonEC2", "Tax", "100.01", "100.01"),
        line("AmazonEC2", "Credit", "-30", "-30"),
        line("d4x7v2q9example0monitor1", "Fee", "77", "77"),
        line("d4x7v2q9example0monitor1", "Tax", "7.70", "7.70"),
        other,
    ]
}

fn words(amount: &str) -> Vec<String> {
    match explain_invoice(&bill(), MONTH.parse().unwrap(), usd(amount)).outcome {
        Outcome::Explained(found) => found.into_iter().map(|explanation| explanation.words).collect(),
        other => panic!("{amount}: {other:?}"),
    }
}

#[test]
fn an_invoice_that_agrees_says_so() {
    let month: Month = MONTH.parse().unwrap();
    let of = |amount: &str| explain_invoice(&bill(), month, usd(amount));
    assert_eq!(of("1195.07").outcome, Outcome::Equal);
    assert_eq!(of("1195.10").outcome, Outcome::EqualRounded);
    assert_eq!(of("1195.10").gap(), usd("0.03"));
    // Nothing on the bill is 3.21, nor any sum of its parts.
    assert_eq!(of("1191.86").outcome, Outcome::Unexplained);
    assert!(!of("1191.86").is_explained());
}

#[test]
fn parts_that_are_rounded_to_cents_explain_a_larger_gap() {
    let rows: Vec<UsageRow> = (0..40)
        .map(|number| {
            let mut part = line("AmazonS3", "Usage", "1.004", "1.004");
            part.account_id = Some(format!("{number:012}").into());
            part
        })
        .collect();
    let invoice = explain_invoice(&rows, MONTH.parse().unwrap(), usd("40.00"));
    assert_eq!((invoice.bill, invoice.rounded_bill), (usd("40.160"), usd("40.00")));
    assert_eq!(invoice.outcome, Outcome::EqualRounded);
}

#[test]
fn a_gap_is_explained_by_what_the_bill_has() {
    assert_eq!(words("1087.36"), ["the invoice leaves out tax"]);
    assert_eq!(words("1225.07"), ["the invoice leaves out credits"]);
    assert_eq!(words("1110.37"), ["the invoice leaves out AWS Marketplace with its tax"]);
    assert_eq!(words("1118.07")[0], "the invoice leaves out AWS Marketplace without its tax");
    assert_eq!(words("1010.36"), ["the invoice leaves out tax and AWS Marketplace without its tax"]);
    assert_eq!(words("1117.36"), ["the invoice leaves out tax and credits"]);
    assert_eq!(words("40.25"), ["the invoice is that of the account 444455556666 alone"]);
    assert_eq!(words("1154.82")[0], "the invoice is that of the account 111122223333 alone");
    // Within the cents that rounding leaves, with the rest told.
    let close = explain_invoice(&bill(), MONTH.parse().unwrap(), usd("1087.39"));
    let Outcome::Explained(found) = close.outcome else { panic!() };
    assert_eq!((found[0].rest, found[0].parts[0].1), (usd("0.03"), usd("107.71")));
}

#[test]
fn an_invoice_of_another_month_or_basis_is_recognised() {
    let mut rows = bill();
    let mut before = line("AmazonEC2", "Usage", "987.65", "987.65");
    before.month = "2023-12".parse().unwrap();
    rows.push(before);
    let month: Month = MONTH.parse().unwrap();
    let Outcome::Explained(found) = explain_invoice(&rows, month, usd("987.65")).outcome else { panic!() };
    assert_eq!(found[0].words, "the amount is the bill of 2023-12, not of 2024-01");
    let reserved =
        [line("AmazonEC2", "DiscountedUsage", "0", "68.20"), fee("AmazonEC2", "RIFee", "37.20", "0", Some("31"))];
    let Outcome::Explained(found) = explain_invoice(&reserved, month, usd("68.20")).outcome else { panic!() };
    assert_eq!(found[0].words, "the amount is the amortised cost of 2024-01, not what is invoiced");
}
