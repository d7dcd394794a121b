//! Revisions of made-up reports.

use super::*;
use crate::{
    batch::{Key, Run, inputs},
    report::charts::fixture,
    source::Bill,
};

fn record(report: &Report) -> Record {
    let inputs = inputs(&Bill { exports: vec![], notes: vec![] });
    let run = Run {
        key: Key::new(report.month, &inputs, &Settings::new(), &report.footer.price_table),
        revision: 1,
        inputs,
        needed_bytes: 0,
        settings: Settings::new(),
        started: chrono::DateTime::UNIX_EPOCH,
        milliseconds: BTreeMap::new(),
    };
    let record = Record::new(run, report, &[], Vec::new());
    // What is compared is what was read back.
    Record::read(&record.bytes().unwrap()).unwrap()
}

fn compared(before: &Record, report: &Report, settings: &Settings) -> Revision {
    compare(before, report, Made { number: 2, inputs: &[], settings })
}

#[test]
fn the_same_figures_are_no_change() {
    let report = fixture::report();
    let revision = compared(&record(&report), &report, &Settings::new());
    assert_eq!((revision.number, revision.previous), (2, 1));
    assert!(
        revision.months.is_empty()
            && revision.services.is_empty()
            && revision.amounts.is_empty()
            && revision.ratios.is_empty()
    );
    assert_eq!(revision.causes[0].id, "damaged");
}

#[test]
fn the_changes_of_services_add_up_to_that_of_the_month() {
    let mut report = fixture::report();
    let before = record(&report);
    let (month, added) = (report.month, Decimal::new(1234, 2));
    for row in report.months.iter_mut().filter(|row| row.month == month) {
        (row.amortized_cost, row.unblended_cost) = (row.amortized_cost + added, row.unblended_cost - added);
        row.line_items += 3;
    }
    let mut of_month = report.cost_by_service.iter_mut().filter(|row| row.month == month);
    let row = of_month.next().unwrap();
    (row.amortized_cost, row.unblended_cost) = (row.amortized_cost + added, row.unblended_cost - added);
    let revision = compared(&before, &report, &Settings::new());
    let [changed] = revision.months.as_slice() else { panic!("{:?}", revision.months) };
    assert_eq!((changed.line_items - changed.line_items_before, changed.amortized_change), (3, added));
    assert_eq!(revision.services.iter().map(|row| row.amortized_change).sum::<Decimal>(), changed.amortized_change);
    assert_eq!(revision.services.iter().map(|row| row.unblended_change).sum::<Decimal>(), changed.unblended_change);
    assert_eq!((revision.amounts[0].figure, revision.ratios[0].figure), ("bill", "mom"));
    assert_eq!((revision.amounts.len(), revision.ratios.len()), (1, 1));
}

#[test]
fn the_causes_are_named() {
    let mut report = fixture::report();
    let before = record(&report);
    report.footer.price_table = "0badcafe".to_owned();
    let settings = Settings::from([("report.basis".to_owned(), vec!["unblended".to_owned()])]);
    let file = |tag: &str| crate::batch::InputFile {
        name: "a".to_owned(),
        size: 1,
        e_tag: Some(tag.to_owned()),
        last_modified: String::new(),
    };
    let input = |tag: &str| Input {
        export: "seoul".to_owned(),
        format: "CUR 2.0 CSV".to_owned(),
        month: Some(report.month),
        manifest: None,
        files: vec![file(tag)],
    };
    let before = Record { inputs: vec![input("1")], ..before };
    let revision = compare(&before, &report, Made { number: 2, inputs: &[input("2")], settings: &settings });
    let causes: Vec<(&str, &str)> = revision.causes.iter().map(|cause| (cause.id, cause.detail.as_str())).collect();
    assert_eq!(causes[..2], [("delivery", "seoul 2024-01"), ("settings", "report.basis")]);
    assert!(causes[2].1.contains("→ 0badcafe"), "{causes:?}");
}

#[test]
fn amounts_of_two_currencies_are_not_compared() {
    let mut report = fixture::report();
    let before = record(&report);
    report.currency = "KRW".to_owned();
    report.months[8].amortized_cost += Decimal::ONE;
    let revision = compared(&before, &report, &Settings::new());
    assert!(revision.months.is_empty() && revision.services.is_empty());
    assert!(revision.amounts.is_empty());
}
