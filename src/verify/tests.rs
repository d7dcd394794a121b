//! The second engine on tiny bills, worked by hand, and with faults in either engine.

use std::{fmt::Write, fs::File, io::Write as _};

use polars::prelude::{
    Column, CsvReadOptions, DataFrame, DataType, ParquetWriter, PlSmallStr, Schema, SerReader, TimeUnit,
};
use rust_decimal::Decimal;

use super::{Amount, Claim, Comparison, Figure, Level, Sums, Totals, compare, csv_file, parquet_file};
use crate::units::Month;

/// The columns of the bill, CUR 1 names as Athena spells them.
const COLUMNS: [&str; 20] = [
    "bill_billing_period_start_date",
    "line_item_usage_account_id",
    "line_item_product_code",
    "line_item_line_item_type",
    "line_item_usage_type",
    "line_item_line_item_description",
    "line_item_usage_amount",
    "line_item_unblended_cost",
    "pricing_public_on_demand_cost",
    "reservation_reservation_a_r_n",
    "reservation_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
    "savings_plan_recurring_commitment_for_billing_period",
    "line_item_net_unblended_cost",
    "reservation_net_effective_cost",
    "savings_plan_net_recurring_commitment_for_billing_period",
];

/// One row for each rule of the formula: the values of `COLUMNS` behind the billing period.
const ROWS: [&str; 12] = [
    "111,AmazonEC2,Usage,BoxUsage:c5.large,,10,0.85,0.85,,0,0,0,0,0,0,0,0.8,,",
    "111,AmazonEC2,DiscountedUsage,APN2-BoxUsage:m5.large,,4,0,0.4,arn:ri,0.2,0,0,0,0,0,0,0,0.15,",
    "111,AmazonEC2,RIFee,HeavyUsage:m5.large,,744,30,0,arn:ri,0,2,1.5,0,0,0,0,28,,",
    "111,AmazonEC2,Fee,HeavyUsage:m5.large,,1,100,0,arn:ri,0,0,0,0,0,0,0,100,,",
    "111,AWSSupport,Fee,Dollar,,1,29,0,,0,0,0,0,0,0,0,29,,",
    "222,AmazonEC2,SavingsPlanCoveredUsage,BoxUsage:c5.large,,5,0.5,0.5,,0,0,0,0.3,0,0,0,0.5,,",
    "222,AmazonEC2,SavingsPlanNegation,BoxUsage:c5.large,,5,-0.5,0.5,,0,0,0,0,0,0,0,-0.5,,",
    "222,ComputeSavingsPlans,SavingsPlanRecurringFee,ComputeSP:1yrNoUpfront,,1,0.4,0,,0,0,0,0,0.4,0.3,0.4,0.36,,0.36",
    "222,ComputeSavingsPlans,SavingsPlanUpfrontFee,ComputeSP:1yrAllUpfront,,1,50,0,,0,0,0,0,0,0,0,50,,",
    "222,ComputeSavingsPlans,Refund,x,Refund for one-time fee for Savings Plan ID 1,1,-50,0,,0,0,0,0,0,0,0,-50,,",
    "222,AmazonEC2,Refund,x,A gesture,1,-2,0,,0,0,0,0,0,0,0,-2,,",
    "222,AmazonS3,Tax,,,1,1e-7,0,,0,0,0,0,0,0,0,,,",
];

fn month() -> Month {
    "2024-01".parse().unwrap()
}

/// Writes the bill as CSV under the names of CUR 1.
fn csv(rows: &[&str]) -> String {
    let mut text = COLUMNS.join(",").replace("line_item_usage_type", "lineItem/UsageType");
    for row in rows {
        write!(text, "\n2024-01-01T00:00:00Z,{row}").unwrap();
    }
    text + "\n"
}

/// Writes the bill as Parquet with AWS's types, `group` rows to a row group.
fn parquet(rows: &[&str], group: usize) -> File {
    let schema: Schema = COLUMNS.iter().map(|name| (PlSmallStr::from_static(name), DataType::String)).collect();
    let options = CsvReadOptions::default().with_schema(Some(std::sync::Arc::new(schema)));
    let text = csv(rows);
    let frame = options.into_reader_with_file_handle(std::io::Cursor::new(text.into_bytes())).finish().unwrap();
    let columns = frame.columns().iter().enumerate().map(|(index, column)| match index {
        0 => {
            let starts = Column::new(column.name().clone(), vec![1_704_067_200_000_i64; rows.len()]);
            starts.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap()
        }
        6..=8 | 10..=19 => column.cast(&DataType::Float64).unwrap(),
        _ => column.clone(),
    });
    let mut frame = DataFrame::new(rows.len(), columns.collect()).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    ParquetWriter::new(&mut file).with_row_group_size(Some(group)).finish(&mut frame).unwrap();
    file.flush().unwrap();
    file
}

fn of_csv(rows: &[&str], piece: usize) -> Totals {
    csv_file::sum("bill.csv", Some(month()), csv(rows).as_bytes(), piece).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "the fields of sums are optional")]
fn usd(text: &str) -> Option<Amount> {
    Some(Amount::from(text.parse::<Decimal>().unwrap()))
}

/// Returns what a faultless first engine says of the totals.
fn claimed(totals: &Totals) -> Claim {
    let mut claim = Claim { totals: totals.clone(), ..Claim::default() };
    for (key, sums) in &totals.sums {
        claim.months.entry(key.month).or_default().add(sums);
    }
    claim
}

fn named(comparison: &Comparison) -> Vec<(Level, &str, &str)> {
    comparison.differences.iter().map(|found| (found.level, found.key.as_str(), found.column)).collect()
}

#[test]
fn every_rule_of_the_formula_gives_what_the_hand_gives() {
    let totals = of_csv(&ROWS, 1 << 20);
    let mut all = Sums::default();
    totals.sums.values().for_each(|sums| all.add(sums));
    let expected = Sums {
        line_items: 12,
        unblended_cost: usd("158.2500001"),
        // 0.85 + 0.2 + 3.5 + 0 + 29 + 0.3 + 0 + 0.1 + 0 + 0 − 2 + 0.0000001
        amortized_cost: usd("31.9500001"),
        net_unblended_cost: usd("156.16"),
        // 0.8 + 0.15 + 3.5 + 0 + 29 + 0.3 + 0 + (0.4 − 0.3) × 0.36 ÷ 0.4 + 0 + 0 − 2
        net_amortized_cost: usd("31.84"),
        // The negation repeats the list cost of the usage it takes back.
        list_cost: usd("1.75"),
    };
    let exact = |amount: Option<Amount>| amount.map(|amount| amount.units);
    assert_eq!(all.line_items, expected.line_items);
    assert_eq!(exact(all.unblended_cost), exact(expected.unblended_cost));
    assert_eq!(exact(all.amortized_cost), exact(expected.amortized_cost));
    assert_eq!(exact(all.net_unblended_cost), exact(expected.net_unblended_cost));
    assert_eq!(exact(all.net_amortized_cost), exact(expected.net_amortized_cost));
    assert_eq!(exact(all.list_cost), exact(expected.list_cost));
    let hours: Vec<(&str, i128)> =
        totals.hours.iter().map(|((_, name), hours)| (name.as_str(), hours.units / 10_i128.pow(12))).collect();
    assert_eq!(hours, [("c5.large", 15), ("m5.large", 4)]);
    let tax = totals.sums.iter().find(|(key, _)| key.charge_type == "Tax").unwrap().1;
    assert_eq!((tax.net_unblended_cost, tax.net_amortized_cost), (None, None), "unknown is not zero");
}

#[test]
fn both_formats_and_every_slice_give_the_same() {
    let whole = of_csv(&ROWS, 1 << 20);
    for piece in [3, 50, 700] {
        assert_eq!(of_csv(&ROWS, piece), whole, "{piece}");
    }
    for (group, slice) in [(12, 12), (12, 5), (5, 3), (1, 100), (7, 7)] {
        let totals = parquet_file::sum("bill.parquet", None, &parquet(&ROWS, group), slice).unwrap();
        assert_eq!(totals, whole, "row groups of {group}, slices of {slice}");
    }
}

#[test]
fn equal_sums_are_equal() {
    let totals = of_csv(&ROWS, 1 << 20);
    let comparison = compare(&claimed(&totals), &totals);
    assert_eq!((comparison.line_items, comparison.differing, comparison.within_rounding), (12, 0, 0));
    assert!(comparison.figures > 60, "{}", comparison.figures);
    let columns: Vec<&str> = comparison.months.iter().map(|figure| figure.column).collect();
    assert_eq!(columns.len(), 7, "{columns:?}");
}

#[test]
fn a_wrong_formula_is_found_and_named() {
    let totals = of_csv(&ROWS, 1 << 20);
    let mut claim = claimed(&totals);
    // A first engine that forgets what was not used of a reservation.
    let key = totals.sums.keys().find(|key| key.charge_type == "RIFee").unwrap();
    claim.totals.sums.get_mut(key).unwrap().amortized_cost = usd("0");
    let claim = claimed(&claim.totals);
    let comparison = compare(&claim, &totals);
    assert_eq!(
        named(&comparison),
        [(Level::Month, "2024-01", "amortized_cost"), (Level::Finest, "2024-01 AmazonEC2 RIFee 111", "amortized_cost"),]
    );
    assert_eq!(comparison.differing, 5, "month, product, charge type, account, finest");
    assert_eq!(
        comparison.differences[0].to_string(),
        "amortized_cost of 2024-01 is 28.4500001 by gravimeter and 31.9500001 by polars (difference -3.5)"
    );
}

#[test]
fn rows_that_one_engine_dropped_or_doubled_are_found() {
    let whole = of_csv(&ROWS, 1 << 20);
    for dropped in 0..ROWS.len() {
        let mut fewer: Vec<&str> = ROWS.to_vec();
        let gone = fewer.remove(dropped);
        let comparison = compare(&claimed(&whole), &of_csv(&fewer, 1 << 20));
        assert!(named(&comparison).contains(&(Level::Month, "2024-01", "line_items")), "{gone}");
        let mut more: Vec<&str> = ROWS.to_vec();
        more.push(gone);
        let comparison = compare(&claimed(&whole), &of_csv(&more, 1 << 20));
        let month = comparison.differences.iter().find(|found| found.column == "line_items").unwrap();
        assert_eq!(month.difference(), Some(Decimal::NEGATIVE_ONE), "{gone}");
    }
}

#[test]
fn what_cancels_out_in_the_month_is_named_below() {
    let totals = of_csv(&ROWS, 1 << 20);
    let mut moved = ROWS;
    let usage = ROWS[0].replace("111,AmazonEC2,Usage", "111,AmazonS3,Usage");
    moved[0] = &usage;
    let comparison = compare(&claimed(&of_csv(&moved, 1 << 20)), &totals);
    let found = named(&comparison);
    assert!(found.contains(&(Level::Product, "2024-01 AmazonEC2", "unblended_cost")), "{found:?}");
    assert!(found.contains(&(Level::Finest, "2024-01 AmazonS3 Usage 111", "line_items")), "{found:?}");
    assert!(found.contains(&(Level::Month, "2024-01", "ec2_instance_hours")), "{found:?}");
    assert!(found.contains(&(Level::InstanceType, "2024-01 c5.large", "ec2_instance_hours")), "{found:?}");
}

#[test]
fn unknown_is_no_number() {
    let totals = of_csv(&ROWS, 1 << 20);
    let mut claim = claimed(&totals);
    claim.months.get_mut(&month()).unwrap().list_cost = None;
    let comparison = compare(&claim, &totals);
    assert_eq!(named(&comparison), [(Level::Month, "2024-01", "list_cost")]);
    let text = comparison.differences[0].to_string();
    assert_eq!(text, "list_cost of 2024-01 is unknown by gravimeter and 1.75 by polars");
}

#[test]
fn only_doubles_with_more_places_may_round_to_either_side() {
    let row = |cost: &str| format!("111,AmazonS3,Usage,x,,1,{cost},0,,0,0,0,0,0,0,0,,,");
    let off_by_one = |totals: &Totals| {
        let mut claim = claimed(totals);
        let sums = claim.totals.sums.values_mut().next().unwrap();
        sums.unblended_cost.as_mut().unwrap().units += 1;
        compare(&claimed(&claim.totals), totals)
    };
    // At five levels: month, product, charge type, account, finest.
    for (cost, within, differing) in [("1989.9799577839626", 5, 0), ("1989.9799577839", 0, 5)] {
        let cost = row(cost);
        let totals = parquet_file::sum("bill.parquet", None, &parquet(&[&cost], 1), 1).unwrap();
        let comparison = off_by_one(&totals);
        assert_eq!((comparison.within_rounding, comparison.differing), (within, differing), "{cost}");
        // Text leaves nothing open.
        assert_eq!(off_by_one(&of_csv(&[&cost], 100)).within_rounding, 0);
    }
}

#[test]
fn what_is_no_amount_is_refused_where_it_is_needed() {
    let wrong = ROWS[5].replace("0.3", "cheap");
    let error = csv_file::sum("bill.csv", None, csv(&[&wrong]).as_bytes(), 100).unwrap_err();
    assert!(error.to_string().contains("bill.csv") && error.to_string().contains("\"cheap\""), "{error}");
    // Where no formula needs it, it is nobody's amount.
    let other = ROWS[4].replace(",,1,29,0,,0", ",,1,29,none,,cheap");
    let sums = csv_file::sum("bill.csv", None, csv(&[&other]).as_bytes(), 100).unwrap().sums;
    assert_eq!(sums.values().next().unwrap().list_cost, None);
    let cut = &csv(&ROWS)[..100];
    assert!(csv_file::sum("bill.csv", None, cut.as_bytes(), 100).is_err());
}

#[test]
fn focus_is_read_by_its_names() {
    let text = "BillingPeriodStart,SubAccountId,x_ServiceCode,ServiceName,ChargeCategory,BilledCost,EffectiveCost,ListCost,\
                CommitmentDiscountStatus,CommitmentDiscountId\n\
                2024-01-01T00:00:00Z,111,AmazonEC2,EC2,Usage,0,0.25,1,Used,arn:sp\n\
                2024-01-01T00:00:00Z,111,,EC2,Usage,0,0.05,0.5,Unused,arn:sp\n\
                2024-01-01T00:00:00Z,111,AmazonEC2,EC2,Purchase,7,0,9,,arn:sp\n";
    let totals = csv_file::sum("focus.csv", None, text.as_bytes(), 10).unwrap();
    assert!(totals.has_focus);
    let mut claim = claimed(&totals);
    // The first engine spells charge types its own way.
    claim.totals.sums = claim
        .totals
        .sums
        .into_iter()
        .map(|(mut key, sums)| {
            key.charge_type = "x".to_owned() + &key.charge_type;
            (key, sums)
        })
        .collect();
    let comparison = compare(&claim, &totals);
    assert_eq!((comparison.differing, comparison.line_items), (0, 3));
    let products: Vec<&str> = totals.sums.keys().map(|key| key.product_code.as_str()).collect();
    assert_eq!(products, ["AmazonEC2", "AmazonEC2", "EC2"]);
    let month: Vec<&Figure> = comparison.months.iter().collect();
    assert_eq!(month[0].polars, Some(Decimal::from(7)));
    assert_eq!(month[1].polars, Some(Decimal::new(30, 2)));
    assert_eq!((month[2].column, month[2].polars), ("list_cost", Some(Decimal::ONE)), "that of the usage only");
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bill.csv");
    std::fs::write(&path, csv(&ROWS)).unwrap();
    let bill = crate::source::discover(
        &[path.to_str().unwrap().to_owned()],
        None,
        &crate::source::Access::default(),
        &crate::source::Memory::none(),
    )
    .await
    .unwrap();
    let totals = super::recompute(&bill, 2).await.unwrap();
    assert_eq!(totals.sums, of_csv(&ROWS, 1 << 20).sums);
    std::fs::write(&path, csv(&ROWS[..11])).unwrap();
    let error = super::recompute(&bill, 2).await.unwrap_err();
    assert!(error.to_string().contains("changed while it was read"), "{error}");
}
