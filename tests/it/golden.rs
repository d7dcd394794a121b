//! The committed report of the committed sample, byte for byte.

use std::path::Path;

use crate::support::{ROOT, Runs, assert_same_bytes, gravimeter};

/// The command of the README, with 1 and with 2 threads. To accept a change: run it with `--out reports/sample`.
#[test]
fn the_sample_report_is_the_same_to_the_byte() {
    let committed = Path::new(ROOT).join("reports/sample");
    for threads in ["1", "2"] {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().to_str().unwrap();
        gravimeter(&["report", "sample-cur", "--threads", threads, "--no-cache", "--out", folder]).assert().success();
        assert_same_bytes(&committed, out.path());
    }
}

#[test]
fn the_page_needs_no_network() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("reports/sample/report.html")).unwrap();
    for forbidden in ["http://", "https://", "javascript:", "<link", "@import", " src=", "'unsafe"] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(forbidden), "the page contains {forbidden}");
    }
    assert_eq!(page.matches("<script").count(), 1, "only the script of the page");
    assert!(page.contains("Content-Security-Policy"));
}

#[test]
fn every_file_of_the_sample_is_regenerated() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("sample");
    gravimeter(&["sample", folder.to_str().unwrap()]).assert().success();
    assert_same_bytes(&Path::new(ROOT).join("sample-cur"), &folder);
}
