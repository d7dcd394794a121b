//! What the options of `report` change, and that they change nothing else.

use std::{fs, path::Path};

use rust_decimal::Decimal;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Runs, failure, gravimeter};

const SAMPLE: &str = "sample-cur/cur2";

/// Makes a report in the forms that were asked for.
fn made(arguments: &[&str], formats: &str) -> TempDir {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().to_str().unwrap();
    let arguments = [&["report", SAMPLE], arguments, &["--format", formats, "--quiet", "--out", place]].concat();
    gravimeter(&arguments).assert().success();
    out
}

fn json(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_korean_report_in_won_has_the_figures_of_the_english_one() {
    let english = json(made(&[], "json").path());
    let options = ["--lang", "ko", "--currency", "krw", "--rate", "1390.5"];
    let folder = made(&options, "json,html,md");
    let korean = json(folder.path());
    assert_eq!((&korean["currency"], &korean["exchange"]["from"]), (&"KRW".into(), &"USD".into()));
    let rate: Decimal = "1390.5".parse().unwrap();
    for (own, other) in english["months"].as_array().unwrap().iter().zip(korean["months"].as_array().unwrap()) {
        assert_eq!(amount(&own["amortized_cost"]) * rate, amount(&other["amortized_cost"]));
        assert_eq!(own["line_items"], other["line_items"]);
    }
    let is_hangul = |c: char| ('가'..='힣').contains(&c);
    for text in ["title", "headline"] {
        assert!(korean[text].as_str().unwrap().contains(is_hangul), "{}", korean[text]);
    }
    for card in korean["kpis"].as_array().unwrap() {
        for text in ["label", "detail", "definition"] {
            assert!(card[text].as_str().unwrap().contains(is_hangul), "{card}");
        }
    }
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("<html lang=\"ko\"") && page.contains("54,749,547"));
    // Nothing is mixed: the other currency stands only where the rate is told, and what Athena charges.
    let left: Vec<&str> = page.split("USD").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert!(left.len() <= 6, "{} mentions of USD: {left:?}", left.len());
}

#[test]
fn a_rate_belongs_to_a_currency() {
    let told = failure(&["report", SAMPLE, "--currency", "KRW"], 2);
    assert!(told.contains("needs the rate") && told.contains("--rate 1390.5"), "{told}");
    failure(&["report", SAMPLE, "--rate", "1390.5"], 2);
    failure(&["report", SAMPLE, "--currency", "won", "--rate", "0"], 2);
    failure(&["report", SAMPLE, "--lang", "fr"], 2);
}

#[test]
fn two_months_are_compared() {
    let report = json(made(&["--compare", "2023-06:2023-09", "--basis", "unblended"], "json").path());
    assert_eq!((report["first_month"].as_str(), report["month"].as_str()), (Some("2023-06"), Some("2023-09")));
    assert_eq!(report["basis"], "unblended");
    let bill = |month: &str| {
        let months = report["months"].as_array().unwrap();
        amount(&months.iter().find(|row| row["month"] == month).unwrap()["unblended_cost"])
    };
    let lines = report["bridge"].as_array().unwrap().iter().filter(|line| line["basis"] == "unblended");
    assert_eq!(lines.map(|line| amount(&line["change"])).sum::<Decimal>(), bill("2023-09") - bill("2023-06"));
    let card = report["kpis"].as_array().unwrap().iter().find(|card| card["id"] == "change_since_first").unwrap();
    assert!(card["label"].as_str().unwrap().contains("Jun 2023"));
}

#[test]
fn the_page_shows_as_many_rows_as_asked_and_the_files_all() {
    let folder = made(&["--top", "3"], "html,csv,json");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    let table = page.split("data-sheet=\"graviton_opportunities\"").nth(1).unwrap().split("</tbody>").next().unwrap();
    assert_eq!(table.split("<tbody>").nth(1).unwrap().matches("<tr").count(), 3);
    let all = json(folder.path())["opportunities"].as_array().unwrap().len();
    let csv = fs::read_to_string(folder.path().join("csv/graviton_opportunities.csv")).unwrap();
    assert!(all > 3 && csv.lines().count() == all + 1);
}

#[test]
fn a_font_that_cannot_be_read_is_named_before_anything_is_written() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("report");
    let place = folder.to_str().unwrap();
    let told = failure(&["report", SAMPLE, "--format", "png", "--font", "no-such.ttf", "--out", place], 2);
    assert!(told.contains("no-such.ttf") && !folder.exists(), "{told}");
}

#[test]
fn dark_pictures_are_other_pictures() {
    let picture = |theme: &str| {
        let folder = made(&["--theme", theme], "png");
        fs::read(folder.path().join("charts/cost_by_service.png")).unwrap()
    };
    assert!(picture("light") != picture("dark"));
}
