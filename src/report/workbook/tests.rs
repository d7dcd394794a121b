//! The workbook, read from its own zip.

use std::collections::BTreeMap;

use super::{render, within};
use crate::report::{
    charts::fixture,
    guard,
    sections_fixture::{self, NASTY},
    sheets::{Cell, Section},
    words::{Language, Words},
};

#[path = "../../../tests/it/zip_parts.rs"]
mod zip_parts;

use zip_parts::parts;

fn made(sections: &[Section], language: Language) -> Vec<u8> {
    render(&fixture::report(), sections, &Words::of(language).unwrap()).unwrap()
}

fn names(parts: &BTreeMap<String, String>) -> Vec<String> {
    let sheets = parts["xl/workbook.xml"].split("<sheet name=\"").skip(1);
    sheets.map(|sheet| sheet.split('"').next().unwrap().to_owned()).collect()
}

/// Returns the XML of the sheet with this name.
fn sheet<'a>(parts: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    let at = names(parts).iter().position(|found| found == name).unwrap_or_else(|| panic!("{:?}", names(parts)));
    &parts[&format!("xl/worksheets/sheet{}.xml", at + 1)]
}

#[test]
fn every_table_has_a_sheet_with_a_name_of_its_own() {
    let parts = parts(&made(&sections_fixture::sections(), Language::English));
    let expected = [
        "Summary",
        "Charts",
        "Cost by month and service, with",
        "Coverage",
        "Graviton share month",
        "Savings",
        "Bridge · Amortised",
        "Bridge · Unblended",
        "Opportunities",
        "Opportunities (2)",
        "Chart data",
    ];
    assert_eq!(names(&parts), expected);
    let korean = zip_parts::parts(&made(&sections_fixture::sections(), Language::Korean));
    assert_eq!(names(&korean)[..2], ["요약", "차트"]);
}

#[test]
fn cells_are_typed_and_nothing_is_a_formula() {
    let parts = parts(&made(&sections_fixture::sections(), Language::English));
    for (name, text) in parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/")) {
        assert!(!text.contains("<f>") && !text.contains("<f "), "{name} has a formula");
    }
    let savings = sheet(&parts, "Savings");
    // The nearest double to the exact amount, and the month as Excel counts days.
    assert!(savings.contains("<v>1000000.125</v>") && savings.contains("<v>45292</v>"), "{savings}");
    assert!(savings.contains("<autoFilter ref=\"A2:D4\"/>") && savings.contains("ySplit=\"2\""), "{savings}");
    let bridge = sheet(&parts, "Bridge · Amortised");
    // Headings, two rows, an empty one, the sums as values.
    assert!(bridge.contains("<row r=\"6\"") && bridge.contains("<v>63.85</v>"), "{bridge}");
    for code in ["#,##0.00", "+#,##0.00;-#,##0.00;#,##0.00", "0.0%", "#,##0.0000##", "yyyy-mm", "yyyy-mm-dd"] {
        // Codes of its own have Excel's numbers.
        assert!(parts["xl/styles.xml"].contains(code) || code == "#,##0.00", "{code}");
    }
}

#[test]
fn names_of_the_bill_are_text_as_they_are() {
    let parts = parts(&made(&sections_fixture::sections(), Language::English));
    let strings = &parts["xl/sharedStrings.xml"];
    for (text, written) in [
        ("=cmd|' /C calc'!A0", "<t>=cmd|' /C calc'!A0</t>"),
        ("<r>&</r>", "<r><t>&lt;r&gt;&amp;&lt;/r&gt;</t></r>"),
        ("<script>alert(1)</script>", "<t>&lt;script&gt;alert(1)&lt;/script&gt;</t>"),
        ("_x0041_ \0 \u{ffff}", "<t>_x005F_x0041_ _x0000_ _xFFFF_</t>"),
    ] {
        assert!(NASTY.contains(&text));
        assert!(strings.contains(written), "{written} in {strings}");
    }
}

#[test]
fn charts_are_there_for_the_tables_that_are() {
    let all = parts(&made(&sections_fixture::sections(), Language::English));
    let charts: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("xl/charts/")).collect();
    assert_eq!(charts.len(), 4);
    assert!(charts[0].1.contains("<c:grouping val=\"stacked\"/>") && charts[0].1.contains("Others (3)"));
    assert!(charts[1].1.contains("Why the bill changed from Dec 2023 to Jan 2024, in USD"));
    assert!(charts[2].1.contains("<c:lineChart>") && charts[2].1.contains("Utilisation of commitments"));
    let last = parts(&made(&sections_fixture::sections()[3..], Language::English));
    assert!(!last.keys().any(|name| name.contains("chart")));
    assert_eq!(names(&last), ["Summary", "Opportunities", "Opportunities (2)"]);
}

#[test]
fn the_same_report_is_the_same_bytes() {
    let sections = sections_fixture::sections();
    assert!(made(&sections, Language::Korean) == made(&sections, Language::Korean));
}

#[test]
fn what_excel_does_not_take_is_said() {
    let mut sections = sections_fixture::sections();
    let words = Words::of(Language::English).unwrap();
    sections[3].sheets[0].rows[0].cells[0] = Cell::Text("😀".repeat(guard::MOST_LETTERS));
    let zip = within(&fixture::report(), &sections, &words, 10).unwrap();
    let strings = parts(&zip).remove("xl/sharedStrings.xml").unwrap();
    let rows = "these are the first 4 of 12 rows, csv/opportunities.csv has all of them.";
    let letters = "Texts cut to the 32,767 letters that a cell takes: 1; csv/opportunities.csv has them whole.";
    assert!(strings.contains(rows) && strings.contains(letters), "{strings:.2000}");
    assert!(strings.contains(&"😀".repeat(guard::MOST_LETTERS / 2)));
}
