//! What the program prints and how it leaves.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{NO_SETTINGS, PROGRAM, Runs, failure, gravimeter};

fn map(args: &[&str]) -> Vec<Value> {
    let mut all = vec!["map", "--format", "json"];
    all.extend(args);
    let output = gravimeter(&all).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn role<'a>(rows: &'a [Value], name: &str, role: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["type"] == name && row["role"] == role).collect()
}

#[test]
fn map_names_a_priced_target_for_sizes_without_a_twin() {
    let names = ["c5.9xlarge", "c5.18xlarge", "m6i.32xlarge", "c6a.48xlarge"];
    let rows = map(&[names[0], names[1], names[2], names[3], "--region", "us-east-1"]);
    for name in names {
        assert_eq!(role(&rows, name, "costlier").len(), 1, "{name}");
        let target = role(&rows, name, "target");
        assert!(target[0]["price_per_hour"].is_string(), "{name}");
    }
    let near: Vec<&Value> =
        role(&rows, "c5.9xlarge", "near miss").into_iter().filter(|row| row["candidate"] == "c7g.8xlarge").collect();
    assert_eq!(near[0]["note"], "loses: 32 vCPU instead of 36 (−11.1 %); loses: 64 GiB memory instead of 72 (−11.1 %)");
}

#[test]
fn map_never_calls_a_dearer_type_a_saving() {
    let rows = map(&["c6a.xlarge", "c5n.xlarge", "m5.large", "m6i.xlarge", "--region", "us-east-1", "--top", "40"]);
    let c8g = rows.iter().find(|row| row["type"] == "c6a.xlarge" && row["candidate"] == "c8g.xlarge").unwrap();
    assert_eq!(c8g["role"], "alternative");
    assert_eq!(c8g["saving"], "-4.3 %");
    assert_eq!(role(&rows, "c5n.xlarge", "costlier").len(), 1);
    let m5 = role(&rows, "m5.large", "target")[0];
    assert_eq!((&m5["candidate"], &m5["price_per_hour"]), (&Value::from("m6g.large"), &Value::from("0.077")));
    assert_eq!(role(&rows, "m5.large", "eligible")[0]["price_per_hour"], "0.096");
    assert_eq!(role(&rows, "m6i.xlarge", "target")[0]["candidate"], "m7g.xlarge");
}

#[test]
fn map_gives_the_reason_of_what_cannot_move() {
    let rows = map(&["g4dn.xlarge", "p3.2xlarge", "--region", "us-east-1"]);
    for name in ["g4dn.xlarge", "p3.2xlarge"] {
        assert!(role(&rows, name, "blocked")[0]["note"].as_str().unwrap().starts_with("gpu: "), "{name}");
    }
    let rows = map(&["m5.large", "--os", "Windows", "--region", "us-east-1"]);
    assert!(role(&rows, "m5.large", "blocked")[0]["note"].as_str().unwrap().starts_with("windows: "));
}

#[test]
fn a_larger_loss_has_to_be_allowed() {
    let rows = map(&["c5.9xlarge", "--region", "us-east-1", "--allow-loss", "12%"]);
    assert_eq!(role(&rows, "c5.9xlarge", "eligible").len(), 1);
    assert_eq!(role(&rows, "c5.9xlarge", "target")[0]["candidate"], "c6g.8xlarge");
}

#[test]
fn prices_are_shown_with_date_and_source() {
    let output =
        gravimeter(&["prices", "show", "m6g.large", "--region", "us-east-1", "--format", "csv"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.starts_with("service,region,item,variant,term,unit,price,currency,as_of,source\n"));
    assert!(text.contains("EC2,us-east-1,m6g.large,Linux,OnDemand,Hrs,0.077,USD,2026-"), "{text}");
    let error = failure(&["prices", "show", "m6g.large", "--region", "mars-1"], 2);
    assert!(error.contains("unpriced"), "{error}");
}

#[test]
fn statements_that_change_something_are_refused() {
    for statement in [
        "copy (select 1) to '/tmp/gravimeter-refused.csv'",
        "create external table t stored as csv location '/etc/passwd'",
        "insert into prices select * from prices",
        "drop table prices",
        "set datafusion.execution.target_partitions = 1",
        "explain analyze copy (select 1) to '/tmp/gravimeter-refused.csv'",
    ] {
        let error = failure(&["sql", "-c", statement], 2);
        assert!(error.contains("error: "), "{error}");
    }
    assert!(!Path::new("/tmp/gravimeter-refused.csv").exists());
    failure(&["sql", "-c", "select * from '/etc/passwd'"], 2);
}

#[test]
fn wrong_questions_name_the_tables() {
    let error = failure(&["sql", "sample-cur", "-q", "-c", "select * from nothing"], 2);
    assert!(error.contains("hint: the tables are line_items, monthly_costs"), "{error}");
    let error = failure(&["sql", "-c", "select count(*) from line_items"], 2);
    assert!(error.contains("needs a bill"), "{error}");
    failure(&["sql", "-c", "selec 1"], 2);
    failure(&["map", "m5.large", "--region", "mars-1"], 2);
    failure(&["map", "m5.nosuch.size", "--region", "us-east-1"], 2);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let script = format!("set -o pipefail; {PROGRAM} sql -c 'select * from prices' --format csv | head -1");
    let output =
        std::process::Command::new("bash").args(["-c", &script]).env("XDG_CONFIG_HOME", NO_SETTINGS).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Found in acceptance: a product of two amounts has 24 places, and dividing by its sum overflowed.
#[test]
fn weighted_averages_do_not_overflow() {
    let rows = crate::support::sql(
        "sample-cur",
        "select sum(hours * (source_price - target_price)) - sum(list_saving) as difference,
                sum(hours * (source_price - target_price)) / sum(hours * source_price) as share
         from graviton_opportunities where verdict = 'eligible'",
    );
    assert_eq!(rows[0]["difference"], "0");
    let share: f64 = rows[0]["share"].as_str().unwrap().parse().unwrap();
    assert!(share > 0.1 && share < 0.2, "{share}");
}

#[test]
fn csv_and_json_say_the_same() {
    let statement = "select product_code, sum(amortized_cost) as cost from monthly_costs where month = '2024-01-01' group by 1 order by 1";
    let run = |format| {
        let output = gravimeter(&["sql", "sample-cur", "-q", "--format", format, "-c", statement]).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    let json: Vec<Value> = serde_json::from_str(&run("json")).unwrap();
    let csv: Vec<String> = run("csv").lines().skip(1).map(str::to_owned).collect();
    let joined: Vec<String> = json
        .iter()
        .map(|row| format!("{},{}", row["product_code"].as_str().unwrap(), row["cost"].as_str().unwrap()))
        .collect();
    assert_eq!(joined, csv);
}

#[test]
fn an_export_has_to_be_chosen_and_can_be() {
    let dir = tempfile::tempdir().unwrap();
    crate::support::copy_folder(&Path::new(crate::support::ROOT).join("sample-cur"), dir.path());
    fs::remove_file(dir.path().join("gravimeter.toml")).unwrap();
    let folder = dir.path().to_str().unwrap();
    let error = failure(&["report", folder, "--out", "/nonexistent/never"], 2);
    assert!(error.contains("seoul-cur1") && error.contains("seoul-cur2") && error.contains("--export"), "{error}");
    let output = gravimeter(&[
        "sql",
        folder,
        "-q",
        "--export",
        "seoul-cur1",
        "--format",
        "csv",
        "-c",
        "select count(*) from line_items",
    ])
    .assert()
    .success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_leaves_nothing_behind() {
    use std::{process::Command, thread, time::Duration};

    let temporary = tempfile::tempdir().unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["sql", "-q", "-c", "select count(*) from generate_series(1, 100000000000)"])
        .env("TMPDIR", temporary.path())
        .env("XDG_CONFIG_HOME", NO_SETTINGS)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(1500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let begun = std::time::Instant::now();
    let status = child.wait().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(status.code(), Some(130));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}
