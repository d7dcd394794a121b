//! Planned events and bursts in the report: the field figure, 20 instances and 130 for 20 minutes, from a bill by the hour.

use std::{fmt::Write as _, fs, path::Path};

use chrono::{DateTime, Duration};
use serde_json::Value;

use crate::support::{ROOT, Runs, failure, gravimeter};

const HEADER: &str = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
    lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,\
    lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/instanceType,\
    product/region,product/operatingSystem,pricing/publicOnDemandCost";

/// Writes a month by the hour: 20 instances and a database always, another 110 instances for 20 minutes in these hours.
pub(crate) fn hourly(bursts: &[i64]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut text = format!("{HEADER}\n");
    let begin: DateTime<chrono::Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let iso = |hour: i64| (begin + Duration::hours(hour)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut line = |hours: (i64, i64), charge: &str, rest: &str| {
        let (from, to) = (iso(hours.0), iso(hours.1));
        writeln!(text, "111122223333,2024-01-01T00:00:00Z,111122223333,{charge},{from},{to},{rest}").unwrap();
    };
    for hour in 0..744 {
        let machine = |kind: &str, amount: &str, cost: &str, id: i64| {
            format!(
                "AmazonEC2,APN2-BoxUsage:{kind},RunInstances,{amount},USD,{cost},i-{id},{kind},ap-northeast-2,Linux,{cost}"
            )
        };
        let hours = (hour, hour + 1);
        for id in 0..20 {
            line(hours, "Usage", &machine("m5.large", "1", "0.118", id));
        }
        if bursts.contains(&hour) {
            for id in 1000..1110 {
                line(hours, "Usage", &machine("c5.large", "0.33333333", "0.032", id));
            }
        }
        let node =
            "AmazonElastiCache,APN2-NodeUsage:cache.m5.large,CreateCacheCluster:0002,1,USD,0.194,cache,cache.m5.large";
        line(hours, "Usage", &format!("{node},ap-northeast-2,,0.194"));
        if hour % 24 == 0 {
            let cost = 20 + hour / 24 % 7;
            line(
                (hour, hour + 24),
                "Usage",
                &format!("AmazonS3,APN2-TimedStorage-ByteHrs,StandardStorage,900,USD,{cost},bucket,,ap-northeast-2,,"),
            );
        }
    }
    line((0, 744), "Tax", "AmazonEC2,,,1,USD,180,,,,,");
    fs::write(dir.path().join("bill.csv"), text).unwrap();
    dir
}

/// Hours of the bursts: 12 and 26 January, from 11 o'clock.
pub(crate) const BURSTS: [i64; 2] = [11 * 24 + 11, 25 * 24 + 11];

fn example() -> String {
    Path::new(ROOT).join("docs/examples/launches.ics").to_str().unwrap().to_owned()
}

/// Makes a report and returns its JSON.
fn report(folder: &Path, more: &[&str]) -> Value {
    let out = tempfile::tempdir().unwrap();
    let (source, out_text) = (folder.to_str().unwrap(), out.path().to_str().unwrap());
    let args = [&["report", source, "-q", "--format", "json,html,md,csv,xlsx", "--out", out_text], more].concat();
    gravimeter(&args).assert().success();
    serde_json::from_slice(&fs::read(out.path().join("report.json")).unwrap()).unwrap()
}

fn finding<'a>(report: &'a Value, id: &str) -> Option<&'a str> {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id)?["text"].as_str()
}

#[test]
fn twenty_instances_and_130_for_twenty_minutes_around_two_events() {
    let bill = hourly(&BURSTS);
    let report = report(bill.path(), &["--calendar", &example()]);
    let bursts = report["bursts"].as_array().unwrap();
    assert_eq!(bursts.len(), 2);
    for (burst, day) in bursts.iter().zip(["12", "26"]) {
        for (name, value) in [
            ("start", format!("2024-01-{day}T11:00:00Z")),
            ("end", format!("2024-01-{day}T12:00:00Z")),
            ("baseline_instances", "20".to_owned()),
            ("baseline_average", "20".to_owned()),
            // 20 + 110 / 3, of which 110 / 3 are extra, as the bill writes thirds.
            ("peak_average", "56.6666663".to_owned()),
            ("extra_hours", "36.6666663".to_owned()),
            // 20 × 0.118 + 110 × 0.032, of which 3.52 are extra.
            ("cost", "5.88".to_owned()),
            ("extra_cost", "3.52".to_owned()),
            ("events", "선착순 특가 라이브".to_owned()),
        ] {
            assert_eq!(burst[name], value, "{name}");
        }
        assert_eq!((&burst["peak_instances"], &burst["hours_above"]), (&130.into(), &1.into()));
    }
    let events = report["events"].as_array().unwrap();
    let names: Vec<&str> = events.iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["선착순 특가 라이브", "Spring collection launch", "Newsletter", "선착순 특가 라이브"]);
    // Twenty minutes touch one hour: 5.88 and the database, beside a usual hour.
    let live = &events[0];
    assert_eq!(
        (&live["cost"], &live["usual_cost"], &live["extra_cost"]),
        (&"6.074".into(), &"2.554".into(), &"3.52".into())
    );
    assert_eq!((&live["peak_instances"], &live["hours"], &live["all_day"]), (&131.into(), &1.into(), &false.into()));
    assert_eq!((&events[1]["extra_cost"], &events[1]["hours"]), (&"0".into(), &48.into()));
    assert_eq!(report["daily_costs"].as_array().unwrap().len(), 31);
    assert_eq!(report["daily_costs"][11]["events"], "선착순 특가 라이브");
    assert_eq!(report["hourly_instances"].as_array().unwrap().len(), 744);
    assert!(finding(&report, "events_outside").unwrap().ends_with("left out: Anniversary sale"));
    assert!(finding(&report, "events_without_zone").is_some());
    // The level of the nodes has a rate in the price table, that of the instances may have none: then it says so.
    let steady = report["steady_usage"].as_array().unwrap();
    assert!(steady.iter().any(|row| row["instances"] == "20" && row["instance_type"] == "m5.large"), "{steady:?}");
    let unknown = steady.iter().filter(|row| row["saving"].is_null()).count();
    assert_eq!(unknown > 0, finding(&report, "no_committed_rate").is_some());
}

#[test]
fn bursts_are_found_without_a_calendar_and_nothing_is_added_without_a_burst() {
    let found = report(hourly(&BURSTS).path(), &[]);
    assert_eq!((found["bursts"].as_array().unwrap().len(), &found["events"]), (2, &serde_json::json!([])));
    let steady = report(hourly(&[]).path(), &[]);
    for table in ["events", "bursts", "steady_usage", "daily_costs", "hourly_instances"] {
        assert_eq!(steady[table], serde_json::json!([]), "{table}");
    }
}

#[test]
fn a_bill_by_day_says_that_it_has_no_hours() {
    let report = report(&Path::new(ROOT).join("sample-cur/cur2"), &["--calendar", &example()]);
    assert!(finding(&report, "no_hours").unwrap().contains("rows by day only"));
    let events = report["events"].as_array().unwrap();
    assert_eq!(events.len(), 4);
    assert!(events.iter().all(|event| event["cost"].is_null() && event["peak_instances"].is_null()));
    assert!(events.iter().all(|event| event["days_cost"] != "0" && event["usual_days_cost"].is_string()));
    assert_eq!((&report["bursts"], &report["hourly_instances"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(report["daily_costs"].as_array().unwrap().len(), 31);
}

/// The hours of a bill are kept for the whole of it.
#[test]
fn a_part_of_a_bill_has_no_course() {
    let bill = hourly(&BURSTS);
    let report = report(bill.path(), &["--calendar", &example(), "--account", "111122223333"]);
    assert!(finding(&report, "calendar").unwrap().contains("a part is shown"));
    assert_eq!(report["bursts"], serde_json::json!([]));
}

#[test]
fn a_calendar_that_cannot_be_read_ends_before_the_bill_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bad.ics");
    fs::write(&file, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n").unwrap();
    let ask = |calendar: &Path| failure(&["report", "sample-cur/cur2", "--calendar", calendar.to_str().unwrap()], 2);
    let said = ask(&file);
    assert!(
        said.contains("the calendar bad.ics, line 2: the event has no DTSTART") && said.contains("hint: "),
        "{said}"
    );
    assert!(ask(&dir.path().join("none.ics")).contains("none.ics"));
}

/// Where the hours in the cache are damaged, they are made again.
#[test]
fn damaged_hours_are_made_again() {
    let bill = hourly(&BURSTS);
    let cache = tempfile::tempdir().unwrap();
    let run = || report(bill.path(), &["--cache-dir", cache.path().to_str().unwrap()]);
    let first = run();
    let mut damaged = 0;
    for entry in walkdir::WalkDir::new(cache.path()).into_iter().map(Result::unwrap) {
        if entry.file_name() == "hours.parquet" {
            let mut bytes = fs::read(entry.path()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(entry.path(), bytes).unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 1);
    assert_eq!(run()["bursts"], first["bursts"]);
}
