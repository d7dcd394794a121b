//! What the bill is: by month, service, account, region and whatever it is grouped by.

use super::{
    Cell, Kind, Row, Section, Sheet,
    making::{Making, Spec, count, file, month, number, opt_day, opt_number, opt_text, own, sum, text, under},
};
use crate::{
    report::model::{BreakdownLine, ChangeRow, GroupCost, ServiceCost},
    terms::Basis,
};

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let report = making.report;
    let mut sheets = changes(making, "month_over_month", &report.month_over_month);
    if report.previous_month != report.first_month {
        sheets.extend(changes(making, "since_first", &report.since_first));
    }
    sheets.push(cost_by_service(making));
    vec![
        making.section("cost", &["cost_by_service", "change_waterfall"], sheets),
        making.section("months", &[], vec![months(making)]),
    ]
}

/// One table for each dimension.
pub(super) fn breakdowns(making: &Making<'_>) -> Vec<Section> {
    let report = making.report;
    let mut sections = Vec::new();
    if let Some(groups) = &report.groups {
        let mut costs = making.of(
            "group_costs",
            &[
                file("month", Kind::Month),
                file("key", Kind::Text),
                file("name", Kind::Text),
                file("unblended_cost", Kind::Money),
                file("amortized_cost", Kind::Money),
            ],
            &groups.costs,
            |row: &GroupCost| {
                vec![
                    month(row.month),
                    opt_text(row.key.as_deref()),
                    opt_text(row.name.as_deref()),
                    number(row.unblended_cost),
                    number(row.amortized_cost),
                ]
            },
        );
        costs.rows.iter_mut().for_each(|row| row.is_beyond = true);
        let lines = breakdown(making, "groups", &groups.lines).asked(&[("month", report.month.to_string())]);
        let mut section = making.section("groups", &["cost_by_group"], vec![lines, costs]);
        section.title = making.words.fill("section.groups.title", &[("by", &making.words.translated(&groups.by))]);
        for sheet in &mut section.sheets {
            sheet.query = None;
        }
        sections.push(section);
    }
    let asked = [("month", report.month.to_string())];
    sections.push(making.section("accounts", &[], vec![breakdown(making, "accounts", &report.accounts).asked(&asked)]));
    sections.push(making.section("regions", &[], vec![breakdown(making, "regions", &report.regions).asked(&asked)]));
    sections.retain(|section| section.sheets.iter().any(|sheet| !sheet.rows.is_empty()));
    sections
}

fn breakdown(making: &Making<'_>, id: &'static str, lines: &[BreakdownLine]) -> Sheet {
    const SHOWN: usize = 500;
    let has_names = lines.iter().any(|line| line.name.is_some());
    let specs = [
        if has_names { under("key", Kind::Code, "name") } else { own("key", Kind::Text) },
        if has_names { own("name", Kind::Text) } else { file("name", Kind::Text) },
        sum("amortized_cost", Kind::Money),
        sum("unblended_cost", Kind::Money),
        file("previous_cost", Kind::Money),
        sum("change", Kind::Change),
        own("share", Kind::Ratio),
        sum("compute_cost", Kind::Money),
        own("graviton_share", Kind::Ratio),
        file("list_saving", Kind::Money),
        file("effective_saving", Kind::Money),
        sum("unlocked_saving", Kind::Money),
        sum("locked_saving", Kind::Money),
        sum("realized_saving", Kind::Money),
    ];
    let none = making.words.say(&format!("sheet.{id}.none"));
    let mut sheet = making.of(id, &specs, lines, |line| {
        vec![
            line.key.as_deref().map_or_else(
                || Cell::Word { code: String::new(), name: none.clone() },
                |key| Cell::Text(key.to_owned()),
            ),
            opt_text(line.name.as_deref()),
            number(line.amortized_cost),
            number(line.unblended_cost),
            opt_number(line.previous_cost),
            opt_number(line.change),
            opt_number(line.share),
            number(line.compute_cost),
            opt_number(line.graviton_share),
            number(line.list_saving),
            number(line.effective_saving),
            number(line.unlocked_saving),
            number(line.locked_saving),
            number(line.realized_saving),
        ]
    });
    making.beyond(&mut sheet, SHOWN);
    sheet
}

fn changes(making: &Making<'_>, id: &'static str, rows: &[ChangeRow]) -> Vec<Sheet> {
    let specs = [
        file("basis", Kind::Code),
        own("product_code", Kind::Text),
        sum("from_cost", Kind::Money),
        sum("to_cost", Kind::Money),
        sum("change", Kind::Change),
    ];
    let report = making.report;
    let from = if id == "month_over_month" { report.previous_month } else { report.first_month };
    Basis::ALL
        .iter()
        .filter_map(|&basis| {
            let rows: Vec<&ChangeRow> = rows.iter().filter(|row| row.basis == basis).collect();
            let from = from.filter(|_| !rows.is_empty())?;
            let cells = |row: &&ChangeRow| {
                vec![
                    making.word("basis", row.basis.as_str()),
                    text(&row.product_code),
                    number(row.from_cost),
                    number(row.to_cost),
                    number(row.change),
                ]
            };
            let mut sheet = making.of(id, &specs, &rows, cells).on(basis);
            sheet = sheet.asked(&[
                ("from", from.to_string()),
                ("to", report.month.to_string()),
                ("basis", basis.as_str().to_owned()),
            ]);
            Some(sheet)
        })
        .collect()
}

/// Every month and service: for the files; the page has the chart.
fn cost_by_service(making: &Making<'_>) -> Sheet {
    let specs = [
        file("month", Kind::Month),
        file("product_code", Kind::Text),
        file("unblended_cost", Kind::Money),
        file("amortized_cost", Kind::Money),
    ];
    let mut sheet = making
        .of("cost_by_service", &specs, &making.report.cost_by_service, |row: &ServiceCost| {
            vec![month(row.month), text(&row.product_code), number(row.unblended_cost), number(row.amortized_cost)]
        })
        .asked(&[]);
    sheet.rows.iter_mut().for_each(|row| row.is_beyond = true);
    sheet
}

fn months(making: &Making<'_>) -> Sheet {
    let report = making.report;
    let has_net = report.months.iter().any(|row| row.net_unblended_cost.is_some() || row.net_amortized_cost.is_some());
    let net: fn(&'static str, Kind) -> Spec = if has_net { own } else { file };
    let specs = [
        own("month", Kind::Month),
        under("partial", Kind::Text, "month"),
        file("data_through", Kind::Day),
        own("unblended_cost", Kind::Money),
        own("amortized_cost", Kind::Money),
        net("net_unblended_cost", Kind::Money),
        net("net_amortized_cost", Kind::Money),
        own("line_items", Kind::Count),
    ];
    let rows = report.months.iter().map(|row| Row {
        cells: vec![
            month(row.month),
            partial(making, row.partial, row.data_through),
            opt_day(row.data_through),
            number(row.unblended_cost),
            number(row.amortized_cost),
            opt_number(row.net_unblended_cost),
            opt_number(row.net_amortized_cost),
            count(row.line_items),
        ],
        is_current: row.month == report.month,
        is_beyond: false,
    });
    making.sheet("months", &specs, rows.collect()).asked(&[])
}

/// Returns "partial, data to …" for readers, `true` or `false` for programs.
pub(super) fn partial(making: &Making<'_>, partial: bool, through: Option<chrono::NaiveDate>) -> Cell {
    let name = match (partial, through) {
        (false, _) => String::new(),
        (true, Some(day)) => making.words.fill("word.partial.to", &[("day", &day.to_string())]),
        (true, None) => making.words.say("word.partial.none"),
    };
    Cell::Word { code: partial.to_string(), name }
}
