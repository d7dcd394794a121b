//! A bill of two services over three months, worked by hand.

use super::*;
use crate::{
    analysis::{Judge, Policy},
    pricing::PriceBook,
    rollup::{
        UsageRow,
        fixture::{self, at, usd},
    },
};

fn row(month: &str, product: &str, cost: &str, through: &str) -> UsageRow {
    UsageRow {
        unblended_cost: usd(cost),
        amortized_cost: usd(cost),
        list_cost: Some(usd(cost)),
        usage_through: at(through),
        any_usage_through: at(through),
        ..fixture::row(month, product, "Usage")
    }
}

/// 100 hours of m5.large on demand: 9.60 at list, 7.70 on m6g.large.
fn machine(month: &str, through: &str) -> UsageRow {
    UsageRow {
        month: month.parse().unwrap(),
        unblended_cost: usd("9.6"),
        amortized_cost: usd("9.6"),
        usage_through: at(through),
        ..fixture::hours("m5.large", "100")
    }
}

fn report(month: Option<&str>) -> Result<Report> {
    let rows = vec![
        machine("2024-01", "2024-02-01T00:00:00Z"),
        row("2024-01", "AmazonS3", "10", "2024-02-01T00:00:00Z"),
        machine("2024-02", "2024-03-01T00:00:00Z"),
        row("2024-02", "AmazonS3", "7.5", "2024-03-01T00:00:00Z"),
        row("2024-03", "AmazonS3", "1", "2024-03-05T00:00:00Z"),
    ];
    built(rows, month)
}

fn built(rows: Vec<UsageRow>, month: Option<&str>) -> Result<Report> {
    let judge = Judge::new(PriceBook::embedded().unwrap(), Policy::default());
    let figures = Figures::new(rows, &judge).unwrap();
    let origin = Origin {
        sources: vec!["test".into()],
        rows_read: 5,
        bytes_read: 100,
        bytes_skipped: 50,
        notes: Vec::new(),
        broken: Vec::new(),
    };
    let wishes = Wishes { month: month.map(|text| text.parse().unwrap()), ..Wishes::default() };
    build(&figures, judge.book(), &wishes, origin)
}

#[test]
fn the_last_complete_month_is_reported() {
    let report = report(None).unwrap();
    assert_eq!(report.month.to_string(), "2024-02");
    assert_eq!(report.previous_month.unwrap().to_string(), "2024-01");
    for basis in Basis::ALL {
        let rows = report.month_over_month.iter().filter(|row| row.basis == *basis);
        assert_eq!(rows.map(|row| row.change).sum::<Decimal>(), usd("-2.5"));
    }
    assert_eq!(report.kpis[0].value, Some(usd("17.1")));
    assert!(report.footer.notes.iter().any(|note| note.starts_with("Mar 2024 is partial")));
}

#[test]
fn the_saving_is_priced_and_the_buckets_are_the_bill() {
    let report = report(None).unwrap();
    assert_eq!(report.opportunities.len(), 1);
    assert_eq!(report.opportunities[0].list_saving, usd("1.9"));
    assert_eq!(report.savings_by_service[0].list_cost, usd("9.6"));
    let sum: Decimal = report.buckets.iter().map(|bucket| bucket.amortized_cost).sum();
    assert_eq!(sum, usd("17.1"));
    assert!(report.headline.contains("17.10 USD") && report.headline.contains("1.90 USD a month"));
}

/// Found in acceptance: a saving without a price was called "nothing more to save".
#[test]
fn what_is_not_priced_is_no_saving_of_zero() {
    let mut spot = machine("2024-02", "2024-03-01T00:00:00Z");
    spot.purchase_option = Some(crate::terms::PurchaseOption::Spot);
    let report = built(vec![spot], None).unwrap();
    assert!(
        report.headline.contains("is not known: 100.0 % of the instance cost is not priced"),
        "{}",
        report.headline
    );
    let saving = report.kpis.iter().find(|kpi| kpi.id == "open_list_saving").unwrap();
    assert_eq!(saving.value, None);
    assert_eq!(report.held_back[0].reason, "spot");
}

#[test]
fn a_partial_month_is_not_compared() {
    let report = report(Some("2024-03")).unwrap();
    assert_eq!(report.previous_month, None);
    assert!(report.month_over_month.is_empty());
    assert!(report.headline.contains("partial month"));
}

#[test]
fn months_that_are_compared_are_the_months_of_the_report() {
    let judge = Judge::new(PriceBook::embedded().unwrap(), Policy::default());
    let rows = ["2024-01", "2024-02", "2024-03"].map(|month| machine(month, &format!("{month}-28T00:00:00Z")));
    let figures = Figures::new(rows.to_vec(), &judge).unwrap();
    let origin =
        Origin { sources: vec![], rows_read: 3, bytes_read: 0, bytes_skipped: 0, notes: vec![], broken: vec![] };
    let pair = ("2024-01".parse().unwrap(), "2024-02".parse().unwrap());
    let wishes = Wishes { compare: Some(pair), ..Wishes::default() };
    let report = build(&figures, judge.book(), &wishes, origin).unwrap();
    assert_eq!((report.first_month, report.month), (Some(pair.0), pair.1));
    assert!(report.bridge.iter().all(|line| (line.from_month, line.to_month) == pair));
}

#[test]
fn a_month_that_is_not_there_is_named() {
    let error = report(Some("2023-01")).unwrap_err();
    assert!(error.to_string().contains("2023-01"));
    assert!(error.hints()[0].contains("2024-01, 2024-02, 2024-03"));
}
