//! The page of reports and sections made by hand.

use chrono::NaiveDate;

use super::*;
use crate::{
    report::{
        charts::{fixture, specs},
        sheets::{Cell, Column, Kind, Place, Query, Row, Sheet},
        words::Language,
    },
    units::Month,
};

fn column(key: &'static str, kind: Kind, place: Place) -> Column {
    Column { key, heading: format!("The {key}"), kind, place }
}

fn number(units: i64, scale: u32) -> Cell {
    Cell::Number(Decimal::new(units, scale))
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn row(cells: Vec<Cell>) -> Row {
    Row { cells, ..Row::default() }
}

/// One table for each cost basis.
fn cost_by_service(basis: Basis, name: &str) -> Sheet {
    let cents = if basis == Basis::Amortized { 404_254_012 } else { 400_130_700 };
    Sheet {
        id: "cost_by_service",
        title: "Cost by service".to_owned(),
        caption: format!("USD, {basis}"),
        basis: Some(basis),
        columns: vec![
            column("product_code", Kind::Text, Place::Own),
            column("cost", Kind::Money, Place::Own),
            column("change", Kind::Change, Place::Own),
        ],
        rows: vec![
            row(vec![text(name), number(cents, 4), number(-10_170, 2)]),
            Row { is_beyond: true, ..row(vec![text("TooFarDown"), number(7, 0), Cell::Missing]) },
        ],
        total: Some(vec![Cell::Missing, number(cents + 70_000, 4), Cell::Missing]),
        after: Some("1 more row, 7.00 USD, is in csv/cost_by_service.csv".to_owned()),
        query: Some(Query {
            name: "cost_by_service".to_owned(),
            parameters: vec![("basis", basis.to_string()), ("month", "2024-01".to_owned())],
        }),
    }
}

/// Every kind of cell, and columns under others.
fn opportunities(name: &str) -> Sheet {
    let verdict = Cell::Word { code: "eligible".to_owned(), name: "Eligible".to_owned() };
    let day = NaiveDate::from_ymd_opt(2024, 1, 15).map_or(Cell::Missing, Cell::Day);
    let line = |place: i64, saving: Cell| {
        let month = Month::new(2024, 10).map_or(Cell::Missing, Cell::Month);
        let cells = vec![
            text(&format!("{name}-{place}")),
            text("111122223333"),
            text("db.r5.4xlarge"),
            verdict.clone(),
            saving,
            if place == 0 { month } else { Cell::Missing },
            number(24_832, 4),
            day.clone(),
            number(4_567, 4),
            number(744_250, 3),
            number(1_204_331, 0),
            text("only in files"),
        ];
        Row { is_current: place == 1, ..row(cells) }
    };
    Sheet {
        id: "opportunities",
        title: "Opportunities".to_owned(),
        caption: "Usage that is cheaper on Graviton, USD".to_owned(),
        basis: None,
        columns: vec![
            column("account_name", Kind::Text, Place::Own),
            column("account_id", Kind::Code, Place::Under("account_name")),
            column("instance_type", Kind::Code, Place::Own),
            column("verdict", Kind::Text, Place::Own),
            column("saving", Kind::Money, Place::Own),
            column("unlock_month", Kind::Month, Place::Under("saving")),
            column("price", Kind::Price, Place::Own),
            column("price_as_of", Kind::Day, Place::Under("price")),
            column("share", Kind::Ratio, Place::Own),
            column("hours", Kind::Quantity, Place::Own),
            column("line_items", Kind::Count, Place::Own),
            column("secret", Kind::Text, Place::Files),
        ],
        rows: vec![line(0, number(12_345, 2)), line(1, Cell::Missing), line(2, number(99_900, 2))],
        total: None,
        after: None,
        query: None,
    }
}

fn sections(name: &str) -> Vec<Section> {
    let section = |id, title: &str, charts, sheets| Section {
        id,
        title: title.to_owned(),
        short: title.to_owned(),
        lead: format!("What {title} shows."),
        charts,
        sheets,
    };
    let costs = [Basis::Amortized, Basis::Unblended].map(|basis| cost_by_service(basis, name)).to_vec();
    vec![
        section("months", "Cost", vec!["cost_by_service", "no_such_chart"], costs),
        section("why", "Why", vec!["bridge", "change_waterfall"], Vec::new()),
        section("opportunities", "Opportunities", vec!["savings_waterfall"], vec![opportunities(name)]),
    ]
}

fn page(report: &Report, sections: &[Section], language: Language) -> String {
    render(report, sections, &specs(report, &Words::of(language).unwrap()), &Words::of(language).unwrap()).unwrap()
}

fn plain() -> String {
    page(&fixture::report(), &sections("AmazonRDS"), Language::English)
}

#[test]
fn the_page_is_the_same_each_time_and_holds_figures_with_their_exact_values() {
    let html = plain();
    assert_eq!(html, plain());
    for expected in [
        "<!doctype html>\n<html lang=\"en\">",
        "<td class=\"n\" data-v=\"40425.4012\">40,425.40</td>",
        "<td class=\"n less\" data-v=\"-101.7\">−101.70</td>",
        "<data value=\"40425.4\">40,425.40</data> <span class=\"unit\">USD</span>",
        "data-v=\"eligible\">Eligible</td>",
        "<small data-key=\"account_id\" class=\"k\">111122223333</small>",
        "<small data-key=\"unlock_month\" class=\"k\" data-v=\"2024-10\">Oct 2024</small>",
        "data-v=\"2.4832\">2.4832<small data-key=\"price_as_of\" class=\"k\" data-v=\"2024-01-15\">2024-01-15</small>",
        "data-v=\"0.4567\">45.7 %</td>",
        "data-v=\"1204331\">1,204,331</td>",
        "<data value=\"1312094331\">1.3 GB</data>",
        "1 more row, 7.00 USD, is in csv/cost_by_service.csv",
        "gravimeter query run cost_by_service SOURCE --param basis=amortized --param month=2024-01",
        "<th scope=\"row\">Total</th>",
        "<tr class=\"current\">",
        "Unblended</span>",
    ] {
        assert!(html.contains(expected), "{expected}");
    }
    for absent in ["TooFarDown", "only in files", "data-key=\"secret\"", "[page."] {
        assert!(!html.contains(absent), "{absent}");
    }
}

#[test]
fn tables_and_charts_stand_in_their_sections() {
    let html = plain();
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
    let places = [
        "<section id=\"months\"",
        "id=\"chart-cost_by_service-amortized\"",
        "data-sheet=\"cost_by_service\" data-basis=\"amortized\"",
        "data-sheet=\"cost_by_service\" data-basis=\"unblended\"",
        "<section id=\"why\"",
        "id=\"chart-bridge-amortized\"",
        "id=\"chart-change_waterfall-amortized\"",
        "<section id=\"opportunities\"",
        "id=\"chart-savings_waterfall\"",
        "data-sheet=\"opportunities\"",
    ];
    let found: Vec<usize> = places.into_iter().map(at).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert_eq!(html.matches("<svg").count(), html.matches("<figure class=\"chart\"").count());
}

#[test]
fn headings_and_tables_are_marked_up() {
    let html = plain();
    let count = |text: &str| html.matches(text).count();
    assert_eq!(count("<h1"), 1);
    assert_eq!(count("<table"), 3);
    assert_eq!(count("<table"), count("<caption"));
    assert_eq!(count("<th "), count("scope=\"col\"") + count("scope=\"row\""));
    assert_eq!(count("<section"), count("</section>"));
    // The only table of a section with the same name needs no heading of its own.
    assert!(!html.contains("<h3>Opportunities</h3>") && html.contains("<h3>Cost by service</h3>"));
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
}

#[test]
fn the_policy_lets_only_this_script_and_style_run() {
    let html = plain();
    let between = |from: &str, to: &str| html.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
    let policy = between("Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains(&format!("script-src {};", hash(script))), "{policy}");
    assert!(policy.contains(&format!("style-src {};", hash(style))), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(script.len() < 15 * 1024);
    assert_eq!(html.matches("<script").count(), 1);
    for forbidden in
        ["javascript:", "http-equiv=\"refresh\"", "<link", " src=", "url(\"http", "@import", " style=\"", " on"]
    {
        let markup = html.replace(script, "").replace(style, "");
        let found = markup.match_indices(forbidden).any(|(at, _)| {
            forbidden != " on"
                || markup[at..]
                    .split_once('=')
                    .is_some_and(|(name, _)| name[1..].bytes().all(|b| b.is_ascii_lowercase()))
        });
        assert!(!found, "{forbidden}");
    }
    for way_out in ["fetch", "XMLHttp", "import(", "Storage", "cookie", "eval", "innerHTML", "Function("] {
        assert!(!script.contains(way_out), "{way_out}");
    }
}

#[test]
fn hostile_text_is_text() {
    let html = page(&fixture::hostile(), &sections(fixture::HOSTILE), Language::English);
    assert!(html.contains("&lt;script&gt;alert(1)") || html.contains("&#60;script&#62;alert(1)"));
    for broken in ["<script>alert", "<img", "</td></title>", "<b>USD"] {
        assert!(!html.contains(broken), "{broken}");
    }
    let drawn = html.matches("<figure class=\"chart\"").count();
    assert!(drawn >= 4);
    assert_eq!(html.matches("</svg>").count(), drawn);
    assert_eq!(html.matches("</title>").count(), 1 + drawn);
    assert_eq!(html.matches("</script>").count(), 1);
}

#[test]
fn korean_is_marked_as_such() {
    let html = page(&fixture::report(), &sections("AmazonRDS"), Language::Korean);
    for expected in ["<html lang=\"ko\">", "비용 기준", "2024년 10월", "<th scope=\"row\">합계</th>"] {
        assert!(html.contains(expected), "{expected}");
    }
    assert!(!html.contains("[page."));
}

#[test]
fn what_is_not_there_is_left_out() {
    let mut sections = sections("AmazonRDS");
    sections[0].sheets.truncate(1);
    for section in &mut sections {
        section.charts.clear();
    }
    sections[1].lead.clear();
    let mut report = fixture::report();
    report.kpis.iter_mut().for_each(|kpi| kpi.basis = None);
    let html = page(&report, &sections, Language::English);
    assert!(!html.contains("name=\"basis\""), "one basis is no choice");
    assert!(!html.contains("<p class=\"lead\"></p>"));
    let html = page(&fixture::report(), &[], Language::English);
    assert!(!html.contains("<svg") && !html.contains("<table"));
}

#[test]
fn every_chart_and_table_of_the_report_is_on_the_page_once() {
    let report = fixture::report();
    let words = Words::of(Language::English).unwrap();
    let sections = crate::report::sheets::sections(&report, &words, 25);
    let html = page(&report, &sections, Language::English);
    for spec in specs(&report, &Words::of(Language::English).unwrap()) {
        let basis = spec.basis.map_or_else(String::new, |basis| format!("-{basis}\" data-basis=\"{basis}"));
        let figure = format!("<figure class=\"chart\" id=\"chart-{}{basis}\">", spec.id);
        assert_eq!(html.matches(&figure).count(), 1, "{figure}");
    }
    for sheet in sections.iter().flat_map(|section| &section.sheets) {
        let on_page =
            sheet.rows.iter().any(|row| !row.is_beyond) && sheet.columns.iter().any(|c| c.place != Place::Files);
        let basis = sheet.basis.map_or_else(String::new, |basis| format!(" data-basis=\"{basis}\""));
        let found = html.matches(&format!("data-sheet=\"{}\"{basis}>", sheet.id)).count();
        assert_eq!(found, usize::from(on_page), "{}{basis}", sheet.id);
    }
    assert!(!html.contains("[page.") && !html.contains("[sheet.") && !html.contains("[column."));
}

#[test]
fn a_column_may_come_before_the_one_it_stands_under() {
    let mut sheet = opportunities("production");
    sheet.columns.swap(0, 1);
    sheet.rows.iter_mut().for_each(|row| row.cells.swap(0, 1));
    let sections = vec![Section { sheets: vec![sheet], ..sections("x").remove(2) }];
    let html = page(&fixture::report(), &sections, Language::English);
    assert!(html.contains(
        "<th scope=\"row\">production-0<small data-key=\"account_id\" class=\"k\">111122223333</small></th>"
    ));
}
