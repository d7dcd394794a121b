//! `prices`: refresh, import and export, versions by day, coverage and difference, as a user runs them.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    pricing_stand_in::{Faults, StandIn},
    s3_stand_in::SECRET,
    support::{Runs, files, gravimeter},
};

/// Two services and two regions, of the kind that fits on a few pages.
const SMALL: [&str; 6] = ["prices", "refresh", "--services", "MSK,OpenSearch", "--regions", "us-east-1,ap-northeast-2"];

fn said(command: &mut Command, code: i32) -> (String, String) {
    let ran = command.assert().code(code);
    let output = ran.get_output();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(!stderr.contains(SECRET) && !stdout.contains(SECRET), "{stderr}");
    (stdout, stderr)
}

fn with<'a>(args: &[&'a str], cache: &'a Path) -> Vec<&'a str> {
    [args, &["--cache-dir", cache.to_str().unwrap()]].concat()
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |file: &Path| file.to_string_lossy().into_owned();
    files(folder).iter().map(|file| (name(file), fs::read(folder.join(file)).unwrap())).collect()
}

fn export(cache: &Path, args: &[&str]) -> String {
    said(&mut gravimeter(&with(&[&["prices", "export"], args].concat(), cache)), 0).0
}

/// Compares lines without printing all of them.
fn assert_same(found: &[String], expected: &[String]) {
    let differ = found.iter().zip(expected).find(|(found, expected)| found != expected);
    assert!(differ.is_none() && found.len() == expected.len(), "{differ:?}, {} and {}", found.len(), expected.len());
}

/// The prices of an export without their source.
fn facts(csv: &str) -> Vec<String> {
    csv.lines().filter(|line| !line.contains(",RI-")).map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
}

#[test]
fn a_refresh_brings_what_aws_states_and_says_so() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    let (stdout, stderr) = said(&mut aws.gravimeter(&with(&SMALL, cache.path())), 0);
    assert!(stdout.is_empty());
    assert!(stderr.contains("4 price lists") && stderr.contains("6 new versions, 0 confirmed"), "{stderr}");
    let (versions, _) =
        said(&mut gravimeter(&with(&["prices", "status", "--versions", "--format", "json"], cache.path())), 0);
    let versions: Vec<Value> = serde_json::from_str(&versions).unwrap();
    let places: Vec<String> = versions
        .iter()
        .map(|row| format!("{} {}", row["service"].as_str().unwrap(), row["region"].as_str().unwrap()))
        .collect();
    let mut sorted = places.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted, ["MSK ap-northeast-2", "MSK us-east-1", "OpenSearch ap-northeast-2", "OpenSearch us-east-1"]);
    assert!(versions.iter().all(|row| row["sha256"].as_str().unwrap().len() == 64
        && row["offers"] != ""
        && row["source"] == "AWS Price List API"));
    // AWS states what the embedded table has: each price is now its own.
    let none = tempfile::tempdir().unwrap();
    for (service, region) in [("MSK", "us-east-1"), ("OpenSearch", "ap-northeast-2")] {
        let asked = ["--services", service, "--regions", region];
        let (after, before) = (export(cache.path(), &asked), export(none.path(), &asked));
        assert_same(&facts(&after), &facts(&before));
        let instances = |csv: &str, source: &str| {
            csv.lines().filter(|line| line.contains(",OnDemand,Hrs,") && line.contains(source)).count()
        };
        assert!(instances(&after, "AWS Price List API (Amazon") >= 15, "{service} {region}");
        assert_eq!(instances(&before, "AWS Price List API"), 0);
    }
    // Asked again, AWS confirms: no version is new.
    let (_, stderr) = said(&mut aws.gravimeter(&with(&SMALL, cache.path())), 0);
    assert!(stderr.contains("0 new versions, 6 confirmed"), "{stderr}");
    said(&mut gravimeter(&with(&["prices", "verify"], cache.path())), 0);
    assert!(!cache.path().join("price-refresh").exists(), "what is no longer needed is gone");
}

#[test]
fn a_refresh_asks_for_what_the_bill_uses() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    let args = with(&["prices", "refresh", "sample-cur", "--dry-run"], cache.path());
    let (stdout, _) = said(&mut aws.gravimeter(&args), 0);
    assert_eq!(aws.requests(), 0);
    for line in ["EC2", "RDS", "ElastiCache", "OpenSearch", "MSK", "Lambda", "Fargate"] {
        assert!(stdout.contains(line), "{line} is not in {stdout}");
    }
    assert!(
        !stdout.contains("Neptune") && !stdout.contains("us-west-2") && stdout.contains("ap-northeast-2"),
        "{stdout}"
    );
    for (wrong, says) in [
        (&["prices", "refresh"][..], "what is to be refreshed"),
        (&["prices", "refresh", "--services", "S3", "--regions", "us-east-1"], "\"S3\" is no service"),
        (&["prices", "refresh", "--services", "EC2", "--regions", "mars-1"], "\"mars-1\" is not a region"),
    ] {
        let (_, stderr) = said(&mut aws.gravimeter(&with(wrong, cache.path())), 2);
        assert!(stderr.contains(says), "{stderr}");
    }
    assert_eq!(aws.requests(), 0);
}

#[test]
fn an_interrupted_refresh_goes_on_where_it_stopped() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    let small = Faults { page_size: Some(20), ..Faults::default() };
    aws.fails(small.clone());
    said(&mut aws.gravimeter(&with(&SMALL, cache.path())), 0);
    let (all, whole) = (aws.pages(), contents(&cache.path().join("pricing-cache")));
    let other = tempfile::tempdir().unwrap();
    aws.fails(Faults { fail_after: Some(all / 2), ..small.clone() });
    let give_up = [&SMALL[..], &["--give-up-after", "1"]].concat();
    let (_, stderr) = said(&mut aws.gravimeter(&with(&give_up, other.path())), 75);
    assert!(stderr.contains("run the same command again"), "{stderr}");
    assert!(!other.path().join("pricing-cache/versions.json").exists(), "nothing is half refreshed");
    aws.fails(small);
    let (_, stderr) = said(&mut aws.gravimeter(&with(&give_up, other.path())), 0);
    assert!(stderr.contains("from an interrupted run"), "{stderr}");
    // Beside the missing pages the first one of each list that stopped in the middle.
    assert!(aws.pages() <= all - all / 2 + 4 && aws.pages() > 0, "{} of {all} pages were asked for again", aws.pages());
    assert_eq!(contents(&other.path().join("pricing-cache")), whole, "the same as without an interruption");
}

#[cfg(unix)]
#[test]
fn a_killed_refresh_leaves_a_whole_table() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    let slow = Faults { page_size: Some(10), delay: std::time::Duration::from_millis(20), ..Faults::default() };
    aws.fails(slow);
    let args = with(&SMALL, cache.path());
    for _ in 0..3 {
        let pages = aws.pages();
        let mut child = aws.gravimeter(&args).stderr(std::process::Stdio::null()).spawn().unwrap();
        while aws.pages() < pages + 6 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        said(&mut gravimeter(&with(&["prices", "verify"], cache.path())), 0);
    }
    let (_, stderr) = said(&mut aws.gravimeter(&args), 0);
    assert!(stderr.contains("6 new versions") && stderr.contains("from an interrupted run"), "{stderr}");
}

#[test]
fn a_malformed_answer_leaves_the_table_as_it_was() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    said(&mut aws.gravimeter(&with(&SMALL, cache.path())), 0);
    let before = contents(&cache.path().join("pricing-cache"));
    let malformed = [
        Faults { malformed: Some(2), ..Faults::default() },
        Faults { malformed_record: Some(2), ..Faults::default() },
        Faults { circle: true, page_size: Some(20), ..Faults::default() },
    ];
    for faults in malformed {
        // What an earlier try kept would not be asked for again.
        let _ = fs::remove_dir_all(cache.path().join("price-refresh"));
        aws.fails(faults.clone());
        let (_, stderr) =
            said(&mut aws.gravimeter(&with(&[&SMALL[..], &["--give-up-after", "1"]].concat(), cache.path())), 3);
        assert!(stderr.contains("did not arrive whole: ") && stderr.contains(" in "), "{stderr}");
        assert_eq!(contents(&cache.path().join("pricing-cache")), before, "{faults:?}");
    }
    let refused = Faults { refuse: Some((400, "AccessDeniedException", "no")), ..Faults::default() };
    aws.fails(refused);
    let (_, stderr) = said(&mut aws.gravimeter(&with(&SMALL, cache.path())), 5);
    assert!(stderr.contains("pricing:GetProducts"), "{stderr}");
    assert_eq!(contents(&cache.path().join("pricing-cache")), before);
}

#[test]
fn plans_that_do_not_come_keep_nothing_else_away() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    aws.fails(Faults { formats: Some(Vec::new()), ..Faults::default() });
    let args = ["prices", "refresh", "sample-cur", "--services", "MSK", "--regions", "us-east-1"];
    let (_, stderr) = said(&mut aws.gravimeter(&with(&args, cache.path())), 0);
    assert!(stderr.contains("1 new versions") && stderr.contains("warning: no rates of Savings Plans"), "{stderr}");
    let (_, stderr) = said(&mut aws.gravimeter(&with(&[&args[..], &["--plans"]].concat(), cache.path())), 3);
    assert!(stderr.contains("did not arrive whole: ComputeSavingsPlans in us-east-1"), "{stderr}");
    let (_, stderr) = said(&mut aws.gravimeter(&with(&[&args[..], &["--no-plans"]].concat(), cache.path())), 0);
    assert!(!stderr.contains("Savings Plans"), "{stderr}");
}

#[test]
fn a_report_asks_aws_for_nothing() {
    let (aws, cache) = (StandIn::start(), tempfile::tempdir().unwrap());
    let out = tempfile::tempdir().unwrap();
    let out = out.path().to_str().unwrap();
    for args in [&["report", "sample-cur", "--out", out][..], &["prices", "status", "sample-cur"], &["map", "m5.large"]]
    {
        said(&mut aws.gravimeter(&with(args, cache.path())), 0);
    }
    assert_eq!(aws.requests(), 0);
}

/// A version of the day with other prices for what the sample would move to.
fn version(cache: &Path, day: &str, factor: f64) {
    let table = export(cache, &["--services", "RDS,EC2", "--regions", "ap-northeast-2", "--as-of", "2026-10-14"]);
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap());
    for line in lines.filter(|line| line.contains("6g.") && line.contains(",OnDemand,")) {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        let price: f64 = fields[6].parse().unwrap();
        (fields[6], fields[8]) = (format!("{:.6}", price * factor), day.to_owned());
        text += &(fields.join(",") + "\n");
    }
    let file = cache.join(format!("{day}.csv"));
    fs::write(&file, text).unwrap();
    said(&mut gravimeter(&with(&["prices", "import", file.to_str().unwrap()], cache)), 0);
}

fn report(cache: &Path, as_of: &str) -> BTreeMap<String, Vec<u8>> {
    let out = tempfile::tempdir().unwrap();
    let args = ["report", "sample-cur", "--quiet", "--as-of", as_of, "--out", out.path().to_str().unwrap()];
    said(&mut gravimeter(&with(&args, cache)), 0);
    contents(out.path())
}

#[test]
fn a_report_of_a_day_can_be_made_again() {
    let cache = tempfile::tempdir().unwrap();
    version(cache.path(), "2026-11-01", 0.9);
    version(cache.path(), "2026-11-18", 1.1);
    let (first, second) = (report(cache.path(), "2026-11-01"), report(cache.path(), "2026-11-18"));
    let saving = |report: &BTreeMap<String, Vec<u8>>| {
        let json: Value = serde_json::from_slice(&report["report.json"]).unwrap();
        let kpi = json["kpis"].as_array().unwrap().iter().find(|kpi| kpi["id"] == "open_list_saving").unwrap().clone();
        assert_ne!(json["footer"]["price_table"], "");
        (kpi["value"].as_str().unwrap().parse::<f64>().unwrap(), json["footer"]["price_table"].clone())
    };
    let (cheap, dear) = (saving(&first), saving(&second));
    assert!(cheap.0 > dear.0 && cheap.1 != dear.1, "{cheap:?} {dear:?}");
    // Later versions, even of days between, change nothing of what was.
    version(cache.path(), "2026-11-20", 0.5);
    assert_eq!(report(cache.path(), "2026-11-01"), first);
    assert_eq!(report(cache.path(), "2026-11-18"), second);
    // Another answer for a day that was reported: the day has another table then, its digits lead to the first one.
    let digits = dear.1.as_str().unwrap();
    let by_digits = |digits: &str| {
        let report = report(cache.path(), digits);
        (saving(&report).0, report["csv/graviton_opportunities.csv"].clone())
    };
    let latest_digits = {
        let (_, stderr) = said(&mut gravimeter(&with(&["prices", "status"], cache.path())), 0);
        stderr.split("table ").nth(1).unwrap()[..8].to_owned()
    };
    let pinned = by_digits(&latest_digits);
    version(cache.path(), "2026-11-20", 1.3);
    assert_eq!(by_digits(&latest_digits), pinned);
    assert_ne!(saving(&report(cache.path(), "2026-11-20")).0.to_bits(), pinned.0.to_bits());
    let (_, stderr) = said(&mut gravimeter(&with(&["map", "m5.large", "--as-of", "00000000"], cache.path())), 2);
    assert!(stderr.contains("no price table 00000000 is known"), "{stderr}");
    assert_ne!(digits, latest_digits);
    let latest: Value = {
        let out = tempfile::tempdir().unwrap();
        let args = ["report", "sample-cur", "--quiet", "--format", "json", "--out", out.path().to_str().unwrap()];
        said(&mut gravimeter(&with(&args, cache.path())), 0);
        serde_json::from_slice(&fs::read(out.path().join("report.json")).unwrap()).unwrap()
    };
    assert_eq!(latest["footer"]["prices_as_of"], "2026-11-20");
}

#[test]
fn a_difference_shows_prices_and_what_they_do_to_savings() {
    let cache = tempfile::tempdir().unwrap();
    let (_, stderr) = said(&mut gravimeter(&with(&["prices", "diff"], cache.path())), 2);
    assert!(stderr.contains("one version"), "{stderr}");
    version(cache.path(), "2026-11-18", 1.1);
    let (stdout, stderr) = said(&mut gravimeter(&with(&["prices", "diff", "--format", "csv"], cache.path())), 0);
    assert!(stdout.lines().count() > 50, "{stdout}");
    for line in stdout.lines().skip(1) {
        let change: f64 = line.rsplit_once(',').unwrap().1.parse().unwrap();
        assert!((change - 0.1).abs() < 0.002 && line.contains("6g."), "{line}");
    }
    assert!(stderr.contains("0 are new, 0 are gone"), "{stderr}");
    let (stdout, _) =
        said(&mut gravimeter(&with(&["prices", "diff", "sample-cur", "--format", "json"], cache.path())), 0);
    let rows: Vec<Value> = serde_json::from_str(&stdout).unwrap();
    let amount = |row: &Value, name: &str| row[name].as_str().unwrap().parse::<f64>().unwrap();
    let rds: Vec<&Value> = rows.iter().filter(|row| row["product_code"] == "AmazonRDS").collect();
    assert!(!rds.is_empty());
    assert!(rds.iter().any(|row| amount(row, "list_saving_before") > amount(row, "list_saving_after")), "{rds:?}");
    assert!(rds.iter().all(|row| amount(row, "list_saving_before") >= amount(row, "list_saving_after")), "{rds:?}");
}

#[test]
fn what_is_exported_is_taken_back() {
    let (cache, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    version(cache.path(), "2026-11-18", 1.1);
    let exported = export(cache.path(), &["--services", "EC2", "--regions", "ap-northeast-2"]);
    let file = other.path().join("prices.csv");
    fs::write(&file, &exported).unwrap();
    said(&mut gravimeter(&with(&["prices", "import", file.to_str().unwrap()], other.path())), 0);
    let again = export(other.path(), &["--services", "EC2", "--regions", "ap-northeast-2"]);
    assert_same(&facts(&again), &facts(&exported));
    for (wrong, code, says) in [("{}", 3, "prices.csv"), ("a,b\n1,2\n", 3, "prices.csv"), ("", 3, "prices.csv")] {
        let before = contents(&other.path().join("pricing-cache"));
        fs::write(&file, wrong).unwrap();
        let (_, stderr) =
            said(&mut gravimeter(&with(&["prices", "import", file.to_str().unwrap()], other.path())), code);
        assert!(stderr.contains(says), "{stderr}");
        assert_eq!(contents(&other.path().join("pricing-cache")), before);
    }
    said(&mut gravimeter(&with(&["prices", "import", "/nonexistent.json"], other.path())), 1);
}

#[test]
fn a_touched_version_stops_every_command_with_its_name() {
    let cache = tempfile::tempdir().unwrap();
    version(cache.path(), "2026-11-18", 1.1);
    let path = cache.path().join("pricing-cache/EC2/ap-northeast-2/2026-11-18.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("0.", "9.", 1)).unwrap();
    for args in [&["report", "sample-cur"][..], &["prices", "verify"], &["map", "m5.large"], &["sql", "-c", "select 1"]]
    {
        let (stdout, stderr) = said(&mut gravimeter(&with(args, cache.path())), 3);
        assert!(stdout.is_empty() && stderr.contains("EC2/ap-northeast-2/2026-11-18.csv"), "{args:?} {stderr}");
    }
}

#[test]
fn coverage_states_what_is_unpriced() {
    let cache = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| said(&mut gravimeter(&with(args, cache.path())), 0);
    let (stdout, stderr) = run(&["prices", "status", "sample-cur", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&stdout).unwrap();
    let sum = |name: &str| -> f64 { rows.iter().map(|row| row[name].as_str().unwrap().parse::<f64>().unwrap()).sum() };
    let (output, _) = run(&[
        "sql",
        "sample-cur",
        "--quiet",
        "--format",
        "csv",
        "-c",
        "select sum(amortized_cost), sum(case when verdict = 'unpriced' then amortized_cost else 0 end) from graviton_opportunities",
    ]);
    let by_sql: Vec<f64> = output.lines().nth(1).unwrap().split(',').map(|text| text.parse().unwrap()).collect();
    assert!((sum("compute_cost") - by_sql[0]).abs() < 1e-6 && (sum("unpriced_cost") - by_sql[1]).abs() < 1e-6);
    assert!(stderr.contains("is unpriced (1.83 %)"), "{stderr}");
    // Before anything was stated, nothing is known.
    let (_, stderr) = said(&mut gravimeter(&with(&["prices", "status", "--as-of", "2020-01-01"], cache.path())), 2);
    assert!(stderr.contains("no price of the table is as old as that") && stderr.contains("2023-02-23"), "{stderr}");
    let (_, stderr) = run(&["prices", "status", "sample-cur", "--as-of", "2023-12-31"]);
    assert!(stderr.contains("is unpriced (") && !stderr.contains("(1.83 %)"), "{stderr}");
}

#[test]
fn old_prices_are_said_to_be_old() {
    let cache = tempfile::tempdir().unwrap();
    version(cache.path(), "2023-10-01", 1.0);
    let of_x86 =
        export(cache.path(), &["--services", "RDS,EC2", "--regions", "ap-northeast-2", "--as-of", "2026-10-14"]);
    let rows: Vec<String> = of_x86
        .lines()
        .enumerate()
        .filter(|(number, line)| *number == 0 || line.contains(",OnDemand,"))
        .map(|(_, line)| line.replace("2026-08-19", "2023-10-01").replace("2025-11-04", "2023-10-01"))
        .collect();
    let file = cache.path().join("x86.csv");
    fs::write(&file, rows.join("\n") + "\n").unwrap();
    said(&mut gravimeter(&with(&["prices", "import", file.to_str().unwrap()], cache.path())), 0);
    let out = tempfile::tempdir().unwrap();
    let says =
        "rests on prices that were last stated more than 30 days before the end of the month, the oldest on 2023-10-01";
    for (month, is_old) in [("2024-01", true), ("2023-05", false)] {
        let args =
            ["report", "sample-cur", "--month", month, "--as-of", "2023-12-31", "--out", out.path().to_str().unwrap()];
        let (_, stderr) = said(&mut gravimeter(&with(&args, cache.path())), 0);
        let html = fs::read_to_string(out.path().join("report.html")).unwrap();
        assert_eq!((stderr.contains(says), html.contains(says)), (is_old, is_old), "{month}: {stderr}");
    }
}
