//! Sections made by hand for the tests of the forms: every kind of cell, place and column.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::sheets::{Cell, Column, Kind, Place, Query, Row, Section, Sheet};
use crate::{terms::Basis, units::Month};

/// Names that a form might obey.
pub(crate) const NASTY: [&str; 12] = [
    "plain",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "<r>&</r>",
    "<script>alert(1)</script>",
    "a|b`c`*d*_e_[f](javascript:1)",
    "line\nbreak\r\u{2028}x",
    "\u{1b}[31mred\u{1b}[0m \u{202e}txt",
    "한국 계정 😀",
    "_x0041_ \0 \u{ffff}",
];

fn number(text: &str) -> Cell {
    Cell::Number(text.parse().unwrap())
}

fn month(text: &str) -> Cell {
    Cell::Month(text.parse::<Month>().unwrap())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn word(code: &str, name: &str) -> Cell {
    Cell::Word { code: code.to_owned(), name: name.to_owned() }
}

fn column(key: &'static str, heading: &str, kind: Kind) -> Column {
    Column { key, heading: heading.to_owned(), kind, place: Place::Own }
}

fn row(cells: Vec<Cell>) -> Row {
    Row { cells, ..Row::default() }
}

fn sheet(id: &'static str, title: &str, columns: Vec<Column>, rows: Vec<Row>) -> Sheet {
    Sheet {
        id,
        title: title.to_owned(),
        caption: format!("{title}, in USD."),
        basis: None,
        columns,
        rows,
        total: None,
        after: None,
        query: None,
    }
}

fn section(id: &'static str, title: &str, sheets: Vec<Sheet>) -> Section {
    Section {
        id,
        title: title.to_owned(),
        short: title.to_owned(),
        lead: format!("How to read {title}."),
        charts: Vec::new(),
        sheets,
    }
}

/// Returns four sections with eight tables.
pub(crate) fn sections() -> Vec<Section> {
    vec![
        section("cost", "Cost", vec![cost_by_service(), coverage(), adoption()]),
        section("savings", "Savings: all of [them]", vec![savings()]),
        section("bridge", "Why the bill changed", vec![bridge(Basis::Amortized), bridge(Basis::Unblended)]),
        section("opportunities", "Opportunities", vec![opportunities(), empty()]),
    ]
}

fn cost_by_service() -> Sheet {
    let services = (0..10).map(|at| (format!("Service{at}"), Decimal::from(1000 - 100 * at)));
    let services: Vec<_> = services.collect();
    let rows = ["2023-12", "2024-01"].into_iter().flat_map(|at| {
        services.iter().map(move |(service, cost)| {
            row(vec![month(at), text(service), Cell::Number(*cost), Cell::Number(cost + Decimal::new(25, 2))])
        })
    });
    sheet(
        "cost_by_service",
        "Cost by month and service, with a very long name",
        vec![
            column("month", "Month", Kind::Month),
            column("product_code", "Service", Kind::Code),
            column("unblended_cost", "Unblended", Kind::Money),
            column("amortized_cost", "Amortised", Kind::Money),
        ],
        rows.collect(),
    )
}

fn coverage() -> Sheet {
    let keys = ["on_demand_cost", "reserved_cost", "savings_plan_cost", "spot_cost", "unused_commitment"];
    let mut columns = vec![column("month", "Month", Kind::Month)];
    columns.extend(keys.map(|key| column(key, key, Kind::Money)));
    columns.extend(["coverage", "utilization"].map(|key| column(key, key, Kind::Ratio)));
    let cells = |at: &str, shares: [Cell; 2]| {
        let mut cells = vec![month(at)];
        cells.extend(["10", "20.5", "30", "0", "1.25"].map(number));
        cells.extend(shares);
        row(cells)
    };
    let rows = vec![
        cells("2023-11", [Cell::Missing, Cell::Missing]),
        cells("2023-12", [number("0.45"), number("0.9")]),
        Row { is_current: true, ..cells("2024-01", [number("0.4567"), number("1")]) },
    ];
    sheet("commitment_coverage", "Coverage", columns, rows)
}

fn adoption() -> Sheet {
    let columns = vec![
        column("month", "Month", Kind::Month),
        column("share_of_compute", "Share of compute", Kind::Ratio),
        column("share_of_eligible", "Share of eligible", Kind::Ratio),
    ];
    let rows = vec![
        row(vec![month("2023-12"), number("0.1"), number("0.2")]),
        row(vec![month("2024-01"), number("0.15"), Cell::Missing]),
    ];
    sheet("graviton_adoption", "Graviton: share / month", columns, rows)
}

fn savings() -> Sheet {
    let columns = vec![
        column("month", "Month", Kind::Month),
        column("realized_saving", "Realised", Kind::Money),
        column("unlocked_saving", "Unlocked", Kind::Money),
        column("locked_saving", "Locked", Kind::Money),
    ];
    let rows = vec![
        row(vec![month("2024-01"), number("1000000.125"), number("20"), number("30.5")]),
        row(vec![month("2023-12"), number("7"), number("-1"), number("0")]),
    ];
    sheet("savings_by_month", "Savings", columns, rows)
}

fn bridge(basis: Basis) -> Sheet {
    let effects = ["usage", "list_price", "commitment", "graviton", "mix", "credits_tax_fees", "other", "change"];
    let mut columns = vec![column("from_month", "From", Kind::Month), column("to_month", "To", Kind::Month)];
    columns.push(Column { place: Place::Files, ..column("basis", "Basis", Kind::Text) });
    columns.push(column("product_code", "Service", Kind::Code));
    columns.extend(effects.map(|key| column(key, key, Kind::Change)));
    let cells = |service: &str, figures: [&str; 8]| {
        let mut cells = vec![month("2023-12"), month("2024-01"), word(&basis.to_string(), "Basis"), text(service)];
        cells.extend(figures.map(number));
        row(cells)
    };
    let mut total = vec![text("Total"), Cell::Missing, Cell::Missing, Cell::Missing];
    total.extend(["110.25", "0", "-20.5", "-30", "5.1", "0", "-1", "63.85"].map(number));
    let rows = vec![
        cells("AmazonEC2", ["100.25", "0.00", "-20.5", "-30", "5.1", "0", "0", "54.85"]),
        cells("AmazonRDS", ["10", "0", "0", "0", "0", "0", "-1", "9"]),
    ];
    Sheet {
        basis: Some(basis),
        total: Some(total),
        query: Some(Query { name: "bridge".to_owned(), parameters: vec![("from", "2023-12".to_owned())] }),
        ..sheet("bridge", "Bridge", columns, rows)
    }
}

fn opportunities() -> Sheet {
    let under = |key: &'static str, heading: &str, kind, place| Column { place, ..column(key, heading, kind) };
    let columns = vec![
        column("account_name", "Account", Kind::Text),
        column("instance_type", "Instance type", Kind::Code),
        under("operating_system", "Operating system", Kind::Text, Place::Under("instance_type")),
        column("source_price", "Price", Kind::Price),
        under("target_price", "Target price", Kind::Price, Place::Under("source_price")),
        column("hours", "Hours", Kind::Quantity),
        column("commitments", "Commitments", Kind::Count),
        under("price_as_of", "Price of", Kind::Day, Place::Files),
        column("effort", "Effort", Kind::Text),
    ];
    let rows = NASTY.iter().enumerate().map(|(at, name)| Row {
        is_beyond: at >= 10,
        ..row(vec![
            text(name),
            text("m5.large"),
            if at == 1 { Cell::Missing } else { text("Linux") },
            number("0.096"),
            number("0.0770001"),
            number("744.04"),
            number("12345"),
            Cell::Day(NaiveDate::from_ymd_opt(2024, 1, 15).unwrap()),
            word("low", "Low | simple"),
        ])
    });
    Sheet {
        after: Some("2 more rows are in the files.".to_owned()),
        ..sheet("opportunities", "Opportunities", columns, rows.collect())
    }
}

fn empty() -> Sheet {
    let columns = vec![column("month", "Month", Kind::Month), column("note", "Note", Kind::Text)];
    sheet("empty", "Opportunities", columns, Vec::new())
}
