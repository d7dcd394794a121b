//! The workbook and the PDF of the sample as other programs make and read them; skipped where these are not installed.

use std::{fs, path::Path, process::Command};

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{Runs, gravimeter};

fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).any(|folder| folder.join(program).is_file());
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

fn report(out: &Path, formats: &str) {
    gravimeter(&["report", "sample-cur/cur2", "--quiet", "--out", out.to_str().unwrap(), "--format", formats])
        .assert()
        .success();
}

/// Sums a field of a list of the JSON.
fn sum(json: &Value, list: &str, field: &str) -> Decimal {
    let rows = json[list].as_array().unwrap().iter();
    rows.filter_map(|row| row[field].as_str()).map(|amount| amount.parse::<Decimal>().unwrap()).sum()
}

/// Sums a column of a sheet as LibreOffice writes it: caption, headings, rows, an empty line, sums.
fn column(sheet: &Path, heading: &str) -> (f64, Option<f64>) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(sheet).unwrap();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = lines[1].iter().position(|found| found == heading).unwrap();
    let is_empty = |line: &csv::StringRecord| line.iter().all(str::is_empty);
    let number = |line: &csv::StringRecord| line[at].parse::<f64>().ok();
    let rows = lines.iter().skip(2).take_while(|line| !is_empty(line));
    let below = lines.iter().skip(2).skip_while(|line| !is_empty(line)).nth(1);
    (rows.filter_map(number).sum(), below.and_then(number))
}

#[test]
fn libreoffice_reads_the_same_totals() {
    if !is_there("soffice") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    report(folder.path(), "json,xlsx");
    let sheets = folder.path().join("sheets");
    // Values as they are, not as they are shown; a file for each sheet.
    let filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let mut office = Command::new("soffice");
    office.args([profile.as_str(), "--headless", "--convert-to", filter, "--outdir"]);
    office.args([&sheets, &folder.path().join("report.xlsx")]).assert().success();

    let json: Value = serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    for (list, sheet, field, heading) in [
        ("months", "Months", "amortized_cost", "Amortised"),
        ("months", "Months", "unblended_cost", "Unblended"),
        ("cost_by_service", "Cost by service", "amortized_cost", "Amortised"),
        ("opportunities", "Opportunities", "unlocked_saving", "free now"),
        ("buckets", "Verdicts", "amortized_cost", "Amortised"),
        ("savings_by_month", "Savings by month", "realized_saving", "Saved"),
    ] {
        let exact: f64 = sum(&json, list, field).to_string().parse().unwrap();
        let (rows, total) = column(&sheets.join(format!("report-{sheet}.csv")), heading);
        assert!(exact > 1.0 && (rows - exact).abs() < 1e-6, "{sheet}: {rows} against {exact}");
        assert!(total.is_none_or(|total| (total - exact).abs() < 1e-6), "{sheet}: sum {total:?} against {exact}");
    }
    let charts = fs::read_to_string(sheets.join("report-Chart data.csv")).unwrap();
    assert!(charts.contains("Why the bill changed from May 2023 to Jan 2024, in USD"), "{charts}");
}

#[test]
fn two_prints_of_a_page_are_the_same_bytes() {
    if !is_there("chromium") && !is_there("google-chrome") {
        return;
    }
    let [first, second] = [0; 2].map(|_| {
        let folder = tempfile::tempdir().unwrap();
        report(folder.path(), "pdf");
        fs::read(folder.path().join("report.pdf")).unwrap()
    });
    assert!(first.starts_with(b"%PDF-") && first.len() > 50_000, "{} bytes", first.len());
    assert!(first == second, "{} against {} bytes", first.len(), second.len());
}

#[test]
fn without_a_browser_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let arguments = ["report", "sample-cur/cur2", "--out", out.to_str().unwrap(), "--format", "html,pdf"];
    let ran = gravimeter(&arguments).env("PATH", folder.path()).env_remove("GRAVIMETER_CHROMIUM").assert().code(2);
    let said = String::from_utf8_lossy(&ran.get_output().stderr).into_owned();
    assert!(said.contains("there is no Chromium in PATH") && said.contains("--chromium"), "{said}");
    let ran = gravimeter(&arguments).env("GRAVIMETER_CHROMIUM", "/nowhere/chrome").assert().code(2);
    assert!(String::from_utf8_lossy(&ran.get_output().stderr).contains("/nowhere/chrome"));
    assert!(!out.exists());
}
