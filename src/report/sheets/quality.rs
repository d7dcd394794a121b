//! How far the data can be believed.

use super::{
    Kind, Row, Section,
    costs::partial,
    making::{Making, count, file, month, number, opt_day, own, text, under},
};

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let report = making.report;
    let specs = [
        own("month", Kind::Month),
        under("partial", Kind::Text, "month"),
        file("data_through", Kind::Day),
        own("line_items", Kind::Count),
        own("unblended_cost", Kind::Money),
        own("amortized_cost", Kind::Money),
        own("true_up", Kind::Change),
        own("upfront", Kind::Money),
        own("difference", Kind::Change),
    ];
    let rows = report.quality.iter().map(|row| Row {
        cells: vec![
            month(row.month),
            partial(making, row.partial, row.data_through),
            opt_day(row.data_through),
            count(row.line_items),
            number(row.unblended_cost),
            number(row.amortized_cost),
            number(row.true_up),
            number(row.upfront),
            number(row.difference),
        ],
        is_current: row.month == report.month,
        is_beyond: false,
    });
    let mut sheets = vec![making.sheet("quality", &specs, rows.collect()).asked(&[])];
    if !report.findings.is_empty() {
        let specs = [own("text", Kind::Text), under("id", Kind::Code, "text")];
        sheets.push(making.of("findings", &specs, &report.findings, |row| vec![text(&row.text), text(row.id)]));
    }
    sheets.retain(|sheet| !sheet.rows.is_empty());
    vec![making.section("quality", &[], sheets)]
}
