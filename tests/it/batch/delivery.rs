//! A second delivery of a closed month: a second report that says what changed, and one more message.

use std::{fs, path::Path};

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Job, MONTH};
use crate::{
    s3_stand_in::{BUCKET, StandIn},
    support::{ROOT, copy_folder, files, rewrite, sql},
};

/// Returns the cost of the month, in cash and amortised.
fn cost(bill: &Path) -> [Decimal; 2] {
    let statement = format!(
        "select sum(unblended_cost) as unblended, sum(amortized_cost) as amortized from monthly_costs where month = date '{MONTH}-01'"
    );
    let rows = sql(bill.to_str().unwrap(), &statement);
    ["unblended", "amortized"].map(|name| amount(&rows[0][name]))
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

#[test]
fn a_second_delivery_makes_a_second_report_that_says_what_changed() {
    let bill = tempfile::tempdir().unwrap();
    copy_folder(&Path::new(ROOT).join("sample-cur/cur2"), bill.path());
    let service = StandIn::serving(bill.path(), "bill/");
    let job = Job { source: format!("s3://{BUCKET}/bill"), service: Some(service), ..Job::in_folder() };
    job.run(&[], 0);
    let first = job.assert_whole(1);
    assert_eq!(first["changes"], Value::Null);
    let before = cost(bill.path());

    // The last lines of the month are taken back.
    let mut all = files(bill.path()).into_iter();
    let file = all.find(|file| {
        let name = file.to_string_lossy();
        name.contains(MONTH) && name.ends_with(".parquet")
    });
    let file = file.unwrap();
    rewrite(&bill.path().join(&file), |batch| batch.slice(0, batch.num_rows() - 5));
    job.service().put(&format!("bill/{}", file.display()), fs::read(bill.path().join(&file)).unwrap());
    let after = cost(bill.path());
    assert_ne!(before, after);

    let said = job.run(&[], 0);
    assert!(said.contains("report 2 is published"), "{said}");
    let second = job.assert_whole(2);
    let changes = &second["changes"];
    assert_eq!((&changes["previous"], &changes["causes"][0]["id"]), (&1.into(), &"delivery".into()), "{changes:#}");
    assert!(changes["causes"][0]["detail"].as_str().unwrap().contains(MONTH), "{changes:#}");
    let month = changes["months"].as_array().unwrap().iter().find(|row| row["month"] == MONTH).unwrap();
    for (at, basis) in ["unblended", "amortized"].into_iter().enumerate() {
        assert_eq!(amount(&month[format!("{basis}_before")]), before[at], "{month:#}");
        assert_eq!(amount(&month[format!("{basis}_cost")]), after[at], "{month:#}");
        assert_eq!(amount(&month[format!("{basis}_change")]), after[at] - before[at], "{month:#}");
    }

    let messages = job.assert_messages(2);
    assert_ne!(messages[0]["id"], messages[1]["id"]);
    let text = messages[1]["text"].as_str().unwrap();
    assert!(text.contains("Takes the place of report 1") && text.contains("New delivery"), "{text}");
    assert_eq!(messages[1]["details"]["revision"], 2);

    // The same delivery once more is none.
    assert!(job.run(&[], 0).contains("nothing to do"));
    job.assert_whole(2);
    job.assert_messages(2);
}
