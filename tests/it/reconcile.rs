//! The proof of the bill, as users see it.

use std::path::Path;

use serde_json::Value;

use crate::{
    real_bills::bill,
    support::{ROOT, Runs, copy_folder, gravimeter, rewrite, without},
};

/// Runs the command and returns what it printed as JSON.
fn document(args: &[&str], code: i32) -> Value {
    let all = [&["reconcile", "--quiet", "--format", "json"], args].concat();
    let output = gravimeter(&all).assert().code(code);
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = gravimeter(args).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn every_month_of_the_sample_adds_up_exactly() {
    let document = document(&["sample-cur"], 0);
    let months = document["months"].as_array().unwrap();
    assert_eq!(months.len(), 10);
    for month in months {
        assert_eq!((&month["difference"], &month["adds_up"]), (&"0".into(), &true.into()), "{}", month["month"]);
        let sum = |name: &str| -> rust_decimal::Decimal {
            let causes = month["causes"].as_array().unwrap().iter();
            causes.map(|cause| cause[name].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap()).sum()
        };
        for basis in ["unblended_cost", "amortized_cost"] {
            assert_eq!(sum(basis).normalize().to_string(), month[basis].as_str().unwrap(), "{}", month["month"]);
        }
    }
    assert_eq!(months[0]["unblended_cost"], "45691");
    let text = stdout(&["reconcile", "sample-cur", "--quiet", "--month", "2024-01"]);
    assert!(text.contains("2024-01  39,374.00    39,374.00       0.00       0.00        0.00"), "{text}");
    assert!(text.contains("usage under Savings Plans              372   3,057.24   2,232.00   3,057.24"), "{text}");
}

#[test]
fn both_exports_of_the_sample_give_one_proof() {
    let csv = |export: &str| stdout(&["reconcile", "sample-cur", "--quiet", "--format", "csv", "--export", export]);
    let proof = csv("seoul-cur1");
    assert_eq!(proof, csv("seoul-cur2"));
    assert!(proof.starts_with("month,cause,line_items,unblended_cost,amortized_cost,"), "{proof}");
    assert!(proof.contains("\n2023-05,total,4098,45691,45691,"), "{proof}");
}

#[test]
fn the_true_up_of_a_real_bill_is_that_of_a_second_engine() {
    let Some(bill) = bill("wa-labs-2018-10") else { return };
    let document = document(&[&bill], 0);
    let month = &document["months"][0];
    let true_up: f64 = month["true_up"]["total"].as_str().unwrap().parse().unwrap();
    // DuckDB: sum(reservation_amortized_upfront_fee_for_billing_period) = 131.4739726.
    assert!((true_up + 131.473_972_6).abs() < 1e-9, "{true_up}");
    let difference: f64 = month["difference"].as_str().unwrap().parse().unwrap();
    assert!(difference.abs() < 1e-5, "{difference}");
    assert_eq!(month["upfront"], "0");
}

#[test]
fn real_bills_add_up() {
    for name in ["wa-labs-licensing", "cur2-2026-04", "cur2-2026-04-csv", "cur1-csv-2023-11"] {
        let Some(bill) = bill(name) else { continue };
        assert_eq!(document(&[&bill], 0)["months"][0]["adds_up"], true, "{name}");
    }
}

#[test]
fn a_bill_that_does_not_add_up_ends_with_3_and_says_where() {
    let Some(bill) = bill("wa-labs-2018-10") else { return };
    let dir = tempfile::tempdir().unwrap();
    copy_folder(Path::new(&bill), dir.path());
    let file = crate::support::files(dir.path())
        .into_iter()
        .find(|file| std::fs::metadata(dir.path().join(file)).unwrap().len() > 100_000)
        .unwrap();
    let column = "reservation_amortized_upfront_fee_for_billing_period";
    rewrite(&dir.path().join(file), |batch| without(&batch, column));
    let source = dir.path().to_str().unwrap();
    let output = gravimeter(&["reconcile", source]).assert().code(3);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("2018-10 does not add up: -131.47 USD") && said.contains(column), "{said}");
    let shown = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(shown.contains("unknown") && shown.contains("Reserved Instances of AmazonEC2: -131.47 USD"), "{shown}");
    assert!(document(&[source], 3)["months"][0]["true_up"]["total"].is_null());
}

#[test]
fn an_invoice_is_compared_with_the_last_complete_month() {
    let outcome = |amount: &str, code: i32| document(&["sample-cur", "--invoice", amount], code)["invoice"].clone();
    assert_eq!(
        (&outcome("39374.00", 0)["outcome"], &outcome("39374.00", 0)["month"]),
        (&"equal".into(), &"2024-01".into())
    );
    assert_eq!(outcome("39374.02", 0)["outcome"], "equal_but_for_rounding");
    let tax = outcome("39332", 0);
    assert_eq!(tax["explanations"][0]["explanation"], "the invoice leaves out tax");
    assert_eq!(tax["explanations"][0]["parts"][0]["unblended_cost"], "42");
    let market = outcome("38912", 0);
    assert_eq!(market["explanations"][0]["explanation"], "the invoice leaves out AWS Marketplace with its tax");
    assert_eq!(outcome("45000", 3)["outcome"], "unexplained");
    let said = gravimeter(&["reconcile", "sample-cur", "--invoice", "45,000"]).assert().code(2);
    assert!(String::from_utf8_lossy(&said.get_output().stderr).contains("write it as 12345.67"));
    let month = gravimeter(&["reconcile", &format!("{ROOT}/sample-cur"), "--month", "2020-01"]).assert().code(2);
    assert!(String::from_utf8_lossy(&month.get_output().stderr).contains("no month of the source"));
}

/// Columns of the bill below, as AWS heads them.
const HEADER: &str = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
    lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,\
    lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/LineItemDescription,reservation/ReservationARN,\
    reservation/EffectiveCost,reservation/AmortizedUpfrontFeeForBillingPeriod,\
    reservation/UnusedAmortizedUpfrontFeeForBillingPeriod,reservation/UnusedRecurringFee,\
    savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,\
    savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod";

/// A month that buys a Savings Plan and a Reserved Instance, each partly in advance: charge type, product, unblended cost
/// and the columns from the description on. The worked figures stand in `src/analysis/reconcile/tests.rs`.
const BOUGHT: &[[&str; 4]] = &[
    ["SavingsPlanUpfrontFee", "ComputeSavingsPlans", "4380", ",,,,,,,,,"],
    ["SavingsPlanRecurringFee", "ComputeSavingsPlans", "372", ",,,,,,,744,700,372"],
    ["SavingsPlanCoveredUsage", "AmazonEC2", "1000", ",,,,,,700,,,"],
    ["SavingsPlanNegation", "AmazonEC2", "-1000", ",,,,,,,,,"],
    ["Fee", "AmazonRDS", "365", "Sign up charge,arn:ri,,,,,,,,"],
    ["Fee", "AmazonRDS", "8", "Something else,,,,,,,,,"],
    ["RIFee", "AmazonRDS", "37.20", ",arn:ri,,31,4.166666666667,5,,,,"],
    ["DiscountedUsage", "AmazonRDS", "0", ",arn:ri,59.033333333333,,,,,,,"],
];

/// Writes the bill to a folder of its own; `drop_last` leaves the last column out.
pub(crate) fn bought(more: &[[&str; 4]], drop_last: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = vec![HEADER.to_owned()];
    lines.extend(BOUGHT.iter().chain(more).map(|[charge, product, cost, rest]| {
        format!(
            "111122223333,2024-01-01T00:00:00Z,111122223333,{charge},2024-01-31T00:00:00Z,2024-02-01T00:00:00Z,{product},\
             Any,1,USD,{cost},{rest}"
        )
    }));
    if drop_last {
        lines = lines.iter().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect();
    }
    let text = lines.join("\n") + "\n";
    std::fs::write(dir.path().join("bill.csv"), text).unwrap();
    dir
}

#[test]
fn a_month_of_upfront_payments_adds_up_by_two_sources() {
    let month =
        |dir: &tempfile::TempDir, code: i32| document(&[dir.path().to_str().unwrap()], code)["months"][0].clone();
    let paid = month(&bought(&[], false), 0);
    for (name, amount) in
        [("unblended_cost", "5162.2"), ("amortized_cost", "820.2"), ("upfront", "4745"), ("difference", "0")]
    {
        assert_eq!(paid[name], amount, "{name}");
    }
    assert_eq!(
        paid["true_up"],
        serde_json::json!({"reserved_instances": "-31", "savings_plans": "-372", "total": "-403"})
    );
    let causes = paid["causes"].as_array().unwrap();
    let of = |cause: &str| causes.iter().find(|row| row["cause"] == cause).unwrap()["unblended_cost"].clone();
    assert_eq!((of("upfront"), of("other_fees")), ("4745".into(), "8".into()));

    let refund = ["Refund", "ComputeSavingsPlans", "-4380", "Refund for one-time fee for Savings Plan ID x,,,,,,,,,"];
    let back = month(&bought(&[refund], false), 0);
    assert_eq!(
        (&back["upfront"], &back["unblended_cost"], &back["difference"]),
        (&"365".into(), &"782.2".into(), &"0".into())
    );

    let open = month(&bought(&[], true), 3);
    assert_eq!((&open["difference"], &open["true_up"]["savings_plans"]), (&"-372".into(), &Value::Null));
    let absent = "savings_plan_amortized_upfront_commitment_for_billing_period";
    assert_eq!(open["absent_columns"], serde_json::json!([absent]));
}
