//! Each finding on facts made for it, and the facts on a tiny bill.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{gaps::gaps, *};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(month: u32, number: u32) -> DateTime<Utc> {
    at(&format!("2024-{month:02}-{number:02}T00:00:00Z"))
}

/// Returns the rows of a sound January or February, by the day.
fn rows(month: u32) -> RowFacts {
    let days = if month == 1 { 31 } else { 29 };
    RowFacts {
        line_items: 100,
        costs: BTreeMap::from([("USD".to_owned(), Decimal::TEN)]),
        invoiced: Some(100),
        usage_through: Some(day(month + 1, 1)),
        short_usage: (100, 0),
        hours: (1..=days).map(|number| day(month, number)).collect(),
        duplicates: Some(Duplicates::default()),
        accounts: BTreeMap::from([("111122223333".to_owned(), Decimal::TEN)]),
        instance_cost: Decimal::TEN,
        ..RowFacts::default()
    }
}

fn month(number: u32, rows: RowFacts) -> MonthFacts {
    MonthFacts {
        month: Month::new(2024, number),
        files: 1,
        by_manifest: true,
        rows: Some(rows),
        ..MonthFacts::default()
    }
}

fn export(months: Vec<MonthFacts>) -> ExportFacts {
    ExportFacts { name: "bill".to_owned(), months, ..ExportFacts::default() }
}

/// Returns what is not as it should be, as "severity check: message".
fn said(exports: &[ExportFacts]) -> Vec<String> {
    findings(exports, &[], &[])
        .into_iter()
        .filter(|finding| finding.severity != Severity::Ok)
        .map(|finding| format!("{} {}: {}", finding.severity.as_str(), finding.check, finding.message))
        .collect()
}

/// Changes a sound January and returns what is said about it.
fn with(change: impl FnOnce(&mut RowFacts)) -> Vec<String> {
    let mut changed = rows(1);
    change(&mut changed);
    said(&[export(vec![month(1, changed)])])
}

#[test]
fn a_sound_bill_has_only_good_findings() {
    assert_eq!(said(&[export(vec![month(1, rows(1)), month(2, rows(2))])]), [""; 0]);
    let all = findings(&[export(vec![month(1, rows(1))])], &[], &[]);
    let checks: Vec<&str> = all.iter().map(|finding| finding.check).collect();
    let expected =
        ["files", "columns", "finality", "duplicates", "gaps", "currency", "accounts", "instance types", "regions"];
    assert_eq!(checks, expected);
}

#[test]
fn duplicates_are_a_problem_and_mixed_snapshots_a_warning() {
    let found = with(|rows| {
        rows.duplicates = Some(Duplicates {
            same_amounts: 2_000,
            cost: Decimal::new(1_234_567, 2),
            other_amounts: 1,
            example: "abc".to_owned(),
        });
    });
    assert_eq!(found[0], "problem duplicates: 2,000 line items too many, worth 12,345.67 unblended, such as abc");
    assert!(found[1].starts_with("warning duplicates: 1 line item share"), "{found:?}");
    let unknown = with(|rows| rows.duplicates = None);
    assert!(unknown[0].starts_with("note duplicates: cannot be checked"), "{unknown:?}");
}

#[test]
fn finality_is_told_by_reach_and_invoice() {
    let january: Month = "2024-01".parse().unwrap();
    let mut facts = rows(1);
    assert_eq!(facts.finality(january), Finality::Final);
    facts.invoiced = Some(99);
    assert_eq!(facts.finality(january), Finality::NotFinal);
    facts.invoiced = None;
    assert_eq!(facts.finality(january), Finality::Unknown);
    facts.usage_through = Some(day(1, 31));
    assert_eq!((facts.finality(january), facts.data_through()), (Finality::Partial, day(1, 30).date_naive().into()));
    facts.usage_through = None;
    assert_eq!(facts.finality(january), Finality::Partial);

    let mut cut = rows(1);
    cut.usage_through = Some(at("2024-01-18T05:00:00Z"));
    cut.hours.truncate(18);
    // The last month is being written; an earlier one that is partial stays so.
    assert_eq!(said(&[export(vec![month(1, cut)])]), ["note finality: partial: the data reaches 2024-01-18"]);
    let mut cut = rows(1);
    cut.usage_through = Some(at("2024-01-18T05:00:00Z"));
    let found = said(&[export(vec![month(1, cut), month(2, rows(2))])]);
    assert_eq!(found, ["warning finality: partial: the data reaches 2024-01-18"]);
    assert!(with(|rows| rows.invoiced = Some(99))[0].contains("has not closed the bill"));
    assert!(with(|rows| rows.invoiced = None)[0].contains("no column bill_invoice_id"));
}

#[test]
fn gaps_are_counted_in_hours_and_whole_days() {
    let hours = |from: &str, count: i64| -> Vec<DateTime<Utc>> {
        (0..count).map(|hour| at(from) + chrono::Duration::hours(hour)).collect()
    };
    let whole = hours("2024-01-01T00:00:00Z", 100);
    assert!(gaps(&whole, true).is_empty());
    // 5 hours, then 60 hours from 22:00 on: the 3rd and the 4th are missing whole.
    let holed =
        [hours("2024-01-01T00:00:00Z", 10), hours("2024-01-01T15:00:00Z", 31), hours("2024-01-05T10:00:00Z", 3)]
            .concat();
    let found = gaps(&holed, true);
    assert_eq!(found.iter().map(super::gaps::Gap::hours).collect::<Vec<_>>(), [5, 60]);
    assert_eq!(found.iter().map(super::gaps::Gap::whole_days).collect::<Vec<_>>(), [0, 2]);
    let said = with(|rows| {
        rows.short_usage = (44, 44);
        rows.hours = holed;
    });
    let words = "no usage begins in 65 hours, 2 whole days among them, between the first and the last: the longest from \
                 2024-01-02 22:00 to 2024-01-05 10:00 UTC";
    assert_eq!(said, [format!("warning gaps: {words}")]);
    let daily = with(|rows| {
        rows.hours.remove(9);
    });
    assert_eq!(
        daily,
        [
            "warning gaps: no usage begins in 1 day between the first and the last: from 2024-01-10 00:00 to 2024-01-11 00:00 UTC"
        ]
    );
}

#[test]
fn currencies_are_a_problem_within_and_across_exports() {
    let yuan = |facts: &mut RowFacts| {
        facts.costs.insert("CNY".to_owned(), Decimal::ONE);
    };
    assert_eq!(with(yuan), ["problem currency: more than one currency: CNY, USD"]);
    let mut other = rows(1);
    other.costs = BTreeMap::from([("CNY".to_owned(), Decimal::ONE)]);
    let found = said(&[export(vec![month(1, rows(1))]), export(vec![month(1, other)])]);
    assert_eq!(found, ["problem currency: the exports count in different currencies: CNY, USD"]);
}

#[test]
fn months_and_accounts_that_come_and_go_are_named() {
    let mut later = rows(2);
    later.accounts = BTreeMap::from([("444455556666".to_owned(), Decimal::new(5, 1))]);
    let found = findings(&[export(vec![month(1, rows(1)), month(2, later)])], &[], &[]);
    let accounts: Vec<&str> =
        found.iter().filter(|finding| finding.check == "accounts").map(|finding| finding.message.as_str()).collect();
    assert_eq!(accounts, ["new: 444455556666 (0.50)", "gone: 111122223333 (10.00)"]);
    let mut april = rows(1);
    april.usage_through = Some(day(5, 1));
    let found = findings(&[export(vec![month(1, rows(1)), month(4, april)])], &[], &[]);
    assert_eq!((found[0].severity, found[0].check), (Severity::Warning, "months"));
    assert_eq!(found[0].months, ["2024-02", "2024-03"].map(|month| month.parse().unwrap()));
}

#[test]
fn unknown_types_weigh_by_their_share_of_the_cost() {
    let unknown = |cost: Decimal| {
        move |rows: &mut RowFacts| {
            rows.unknown_types.insert("m99.large".to_owned(), (7, cost));
        }
    };
    assert_eq!(
        with(unknown(Decimal::ONE)),
        ["warning instance types: 7 line items with 10.0 % of instance cost unknown to the tables: m99.large (1.00)"]
    );
    assert!(with(unknown(Decimal::new(1, 2)))[0].starts_with("note instance types"));
}

#[test]
fn what_cannot_be_read_is_a_problem_and_does_no_harm_to_the_rest() {
    let lost = MonthFacts {
        month: Month::new(2024, 2),
        problem: Some(Error::incomplete("x.parquet (2024-02): required column y is missing").hint("add it")),
        ..MonthFacts::default()
    };
    let mut facts = export(vec![month(1, rows(1)), lost]);
    facts.problems.push(Error::incomplete("z.parquet is missing"));
    let found = findings(std::slice::from_ref(&facts), &[], &["2 files are not read".to_owned()]);
    let severities: Vec<&str> = found.iter().map(|finding| finding.severity.as_str()).take(4).collect();
    assert_eq!(severities, ["problem", "problem", "note", "ok"]);
    assert_eq!(found[1].next.as_deref(), Some("add it"));
    assert!(found.iter().any(|finding| finding.check == "duplicates" && finding.severity == Severity::Ok));
    // The same in an export that nothing reads is no problem.
    facts.months.clear();
    facts.unread = Some("another export is chosen".to_owned());
    let found = findings(&[facts], &[], &[]);
    assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Warning, Severity::Note]);
}

#[test]
fn columns_that_some_months_lack_are_told_from_those_that_all_lack() {
    let mut first = month(1, rows(1));
    first.absent = vec!["no column a".to_owned(), "no column b".to_owned()];
    let mut second = month(2, rows(2));
    second.absent = vec!["no column b".to_owned()];
    let found = findings(&[export(vec![first, second])], &[], &[]);
    let columns: Vec<(&str, usize)> = found
        .iter()
        .filter(|finding| finding.check == "columns")
        .map(|finding| (finding.message.as_str(), finding.months.len()))
        .collect();
    assert_eq!(columns, [("no column a", 1), ("no column b", 0)]);
}
