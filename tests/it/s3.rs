//! Bills in S3: the same figures as from a folder, whatever the way there.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    s3_stand_in::{BUCKET, Faults, SECRET, StandIn},
    support::{ROOT, Runs, column, gravimeter},
};
use serde_json::Value;

/// Sums that tell two bills apart.
pub(crate) const TOTALS: &str = "select month, product_code, sum(unblended_cost) as u, sum(amortized_cost) as a,
    sum(line_items) as n from monthly_costs group by 1, 2 order by 1, 2";

/// Returns the rows of a statement over a bucket; checks that the run was well.
pub(crate) fn rows(service: &StandIn, source: &str, statement: &str) -> Vec<Value> {
    let run = service.gravimeter(&["sql", source, "-q", "--format", "json", "-c", statement]).assert().success();
    serde_json::from_slice(&run.get_output().stdout).unwrap()
}

/// What a failed run says on stderr; checks the exit code, that it wrote no data, and that it keeps the secret.
pub(crate) fn failure(mut command: std::process::Command, code: i32) -> String {
    let assert = command.assert().code(code);
    let output = assert.get_output();
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.stdout.is_empty(), "data on stdout: {}", String::from_utf8_lossy(&output.stdout));
    assert!(text.contains("error: ") && text.contains("hint: ") && !text.contains(SECRET), "{text}");
    text
}

fn source(prefix: &str) -> String {
    format!("s3://{BUCKET}/{prefix}")
}

/// Compares everything the program says of a folder with what it says of the same folder in a bucket.
fn assert_same(folder: &Path) {
    let name = folder.display().to_string();
    // The last folder names an export that has no manifest.
    let prefix = format!("some/{}", folder.file_name().unwrap().display());
    let service = StandIn::serving(folder, &format!("{prefix}/"));
    let local = crate::support::sql(&name, TOTALS);
    assert!(!local.is_empty());
    assert_eq!(local, rows(&service, &source(&prefix), TOTALS), "{name}");
    let out = tempfile::tempdir().unwrap();
    let report = |place: &str, mut command: std::process::Command| {
        command.args(["--out", out.path().join(place).to_str().unwrap()]).assert().success();
        fs::read_to_string(out.path().join(place).join("report.json")).unwrap()
    };
    let remote = report("s3", service.gravimeter(&["report", &source(&prefix), "-q", "--format", "json"]));
    let local = report("local", gravimeter(&["report", &name, "-q", "--format", "json"]));
    assert_eq!(remote.replace(&source(&prefix), &name), local, "{name}");
    assert_eq!(service.unpinned(), Vec::<String>::new(), "{name}: read without a version");
}

#[test]
fn the_sample_has_the_same_figures_in_a_bucket() {
    assert_same(&Path::new(ROOT).join("sample-cur"));
}

#[test]
fn real_bills_have_the_same_figures_in_a_bucket() {
    for name in ["wa-labs-licensing", "cur2-2026-04", "cur2-2026-04-csv", "cur1-csv-2023-11", "nise-2025-q1"] {
        let folder = Path::new(ROOT).join("../shared/cur-data").join(name);
        if folder.is_dir() {
            assert_same(&folder);
        } else {
            eprintln!("skipped: {} is not here", folder.display());
        }
    }
}

#[test]
fn a_prefix_is_a_folder_or_an_object_and_never_its_neighbour() {
    let sample = Path::new(ROOT).join("sample-cur/cur2");
    let service = StandIn::serving(&sample, "bill/");
    // A second bill of the same payer beside it would be refused.
    for key in ["bill2/", "bill-old/"] {
        for file in crate::support::files(&sample) {
            service.put(&format!("{key}{}", file.display()), fs::read(sample.join(file)).unwrap());
        }
    }
    let count = "select count(*) as n from line_items";
    let all = column(&rows(&service, &source("bill"), count), "n");
    assert_eq!(all, column(&crate::support::sql("sample-cur/cur2", count), "n"));
    let file = "seoul-cur2/data/BILLING_PERIOD=2023-09/seoul-cur2-00001.snappy.parquet";
    let one = column(&rows(&service, &source(&format!("bill/{file}")), count), "n");
    assert_eq!(one, column(&crate::support::sql(&format!("sample-cur/cur2/{file}"), count), "n"));
    let error = failure(service.gravimeter(&["sql", &source("bil"), "-c", count]), 2);
    assert!(error.contains("s3://bills/bil does not exist"), "{error}");
}

#[test]
fn local_and_remote_months_make_one_bill() {
    let months = Path::new(ROOT).join("sample-cur/cur1");
    let files = crate::support::files(&months);
    let data: Vec<_> = files.iter().filter(|file| file.to_string_lossy().contains("month=")).collect();
    let folders: BTreeSet<_> = data.iter().map(|file| file.parent().unwrap()).collect();
    let (first, second) = (folders.first().unwrap(), folders.last().unwrap());
    let service = StandIn::serving(&months, "cur1/");
    let statement = "select month, sum(unblended_cost) as u from monthly_costs group by 1 order by 1";
    let local = |folder: &Path| months.join(folder).to_str().unwrap().to_owned();
    let both = [local(first), source(&format!("cur1/{}", second.display()))];
    let run =
        service.gravimeter(&["sql", &both[0], &both[1], "-q", "--format", "json", "-c", statement]).assert().success();
    let found: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let alone = [local(first), local(second)].map(|folder| crate::support::sql(&folder, statement));
    assert_eq!(found, alone.concat());
}

#[test]
fn a_bucket_in_another_region_is_followed() {
    let service = StandIn::serving(&Path::new(ROOT).join("sample-cur/cur2"), "");
    service.fails(Faults { region: Some("ap-northeast-2"), ..Faults::default() });
    let whole = format!("s3://{BUCKET}");
    assert_eq!(rows(&service, &whole, TOTALS), crate::support::sql("sample-cur/cur2", TOTALS));
}

#[test]
fn a_public_bucket_is_read_without_a_signature_only_when_told() {
    let service = StandIn::serving(&Path::new(ROOT).join("sample-cur/cur2"), "b/");
    service.fails(Faults { public: true, ..Faults::default() });
    let args = ["sql", &source("b"), "-q", "--format", "json", "-c", TOTALS];
    let error = failure(service.without_credentials(&args), 5);
    assert!(error.contains("no AWS credentials") && error.contains("--no-sign-request"), "{error}");
    let run = service.without_credentials(&args).arg("--no-sign-request").assert().success();
    let found: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(found, crate::support::sql("sample-cur/cur2", TOTALS));
}
