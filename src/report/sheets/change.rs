//! Why the bill changed.

use super::{
    Cell, Kind, Section, Sheet,
    making::{Making, file, month, number, own, sum, text},
};
use crate::{report::model::BridgeLine, terms::Basis};

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let report = making.report;
    let mut sheets = bridges(making, "bridge", &report.bridge);
    let pair = |lines: &[BridgeLine]| lines.first().map(|line| (line.from_month, line.to_month));
    if pair(&report.bridge_previous) != pair(&report.bridge) {
        sheets.extend(bridges(making, "bridge_previous", &report.bridge_previous));
    }
    if sheets.is_empty() {
        return Vec::new();
    }
    vec![making.section("change", &["bridge"], sheets)]
}

fn bridges(making: &Making<'_>, id: &'static str, lines: &[BridgeLine]) -> Vec<Sheet> {
    let specs = [
        file("from_month", Kind::Month),
        file("to_month", Kind::Month),
        file("basis", Kind::Code),
        own("product_code", Kind::Text),
        sum("usage", Kind::Change),
        sum("list_price", Kind::Change),
        sum("commitment", Kind::Change),
        sum("graviton", Kind::Change),
        sum("mix", Kind::Change),
        sum("credits_tax_fees", Kind::Change),
        sum("other", Kind::Change),
        sum("change", Kind::Change),
    ];
    let cells = |line: &&BridgeLine| -> Vec<Cell> {
        vec![
            month(line.from_month),
            month(line.to_month),
            making.word("basis", line.basis.as_str()),
            text(&line.product_code),
            number(line.usage),
            number(line.list_price),
            number(line.commitment),
            number(line.graviton),
            number(line.mix),
            number(line.credits_tax_fees),
            number(line.other),
            number(line.change),
        ]
    };
    Basis::ALL
        .iter()
        .filter_map(|&basis| {
            let of_basis: Vec<&BridgeLine> = lines.iter().filter(|line| line.basis == basis).collect();
            let first = of_basis.first()?;
            let (from, to) = (first.from_month.to_string(), first.to_month.to_string());
            let asked = [("from", from), ("to", to), ("basis", basis.as_str().to_owned())];
            let sheet = making.of(id, &specs, &of_basis, cells).on(basis);
            // SQL has each complete month against the one before it and against the first complete one.
            let complete = making.report.months.iter().find(|row| !row.partial).map(|row| row.month);
            let is_in_sql = Some(first.from_month) == complete || first.from_month.next() == first.to_month;
            Some(if is_in_sql { sheet.asked(&asked) } else { sheet })
        })
        .collect()
}
