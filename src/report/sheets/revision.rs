//! What changed since the report that this one takes the place of.

use super::{
    Cell, Kind, Section, Sheet,
    making::{Making, count, file, month, number, opt_number, own, sum, text},
};
use crate::report::model::Revision;

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let Some(revision) = &making.report.revision else { return Vec::new() };
    let mut sheets = vec![causes(making, revision), months(making, revision), services(making, revision)];
    sheets.push(amounts(making, revision));
    sheets.push(ratios(making, revision));
    sheets.retain(|sheet| !sheet.rows.is_empty());
    let mut section = making.section("revision", &[], sheets);
    let places = [("number", revision.number.to_string()), ("previous_number", revision.previous.to_string())];
    let places = places.each_ref().map(|(name, value)| (*name, value.as_str()));
    section.lead = crate::report::words::filled(&section.lead, &places);
    if section.sheets.iter().all(|sheet| sheet.id == "revision_causes") {
        section.lead = format!("{} {}", section.lead, making.words.say("section.revision.same"));
    }
    vec![section]
}

fn causes(making: &Making<'_>, revision: &Revision) -> Sheet {
    let specs = [own("cause", Kind::Text), own("detail", Kind::Text)];
    making.of("revision_causes", &specs, &revision.causes, |row| vec![making.word("cause", row.id), text(&row.detail)])
}

fn months(making: &Making<'_>, revision: &Revision) -> Sheet {
    let specs = [
        own("month", Kind::Month),
        own("line_items_before", Kind::Count),
        own("line_items", Kind::Count),
        own("unblended_before", Kind::Money),
        own("unblended_cost", Kind::Money),
        own("unblended_change", Kind::Change),
        own("amortized_before", Kind::Money),
        own("amortized_cost", Kind::Money),
        own("amortized_change", Kind::Change),
    ];
    making.of("revised_months", &specs, &revision.months, |row| {
        vec![
            month(row.month),
            count(row.line_items_before),
            count(row.line_items),
            number(row.unblended_before),
            number(row.unblended_cost),
            number(row.unblended_change),
            number(row.amortized_before),
            number(row.amortized_cost),
            number(row.amortized_change),
        ]
    })
}

fn services(making: &Making<'_>, revision: &Revision) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        sum("unblended_before", Kind::Money),
        sum("unblended_cost", Kind::Money),
        sum("unblended_change", Kind::Change),
        sum("amortized_before", Kind::Money),
        sum("amortized_cost", Kind::Money),
        sum("amortized_change", Kind::Change),
    ];
    making.of("revised_services", &specs, &revision.services, |row| {
        vec![
            text(&row.product_code),
            number(row.unblended_before),
            number(row.unblended_cost),
            number(row.unblended_change),
            number(row.amortized_before),
            number(row.amortized_cost),
            number(row.amortized_change),
        ]
    })
}

fn amounts(making: &Making<'_>, revision: &Revision) -> Sheet {
    let specs =
        [own("name", Kind::Text), file("figure", Kind::Code), own("before", Kind::Money), own("now", Kind::Money)];
    making.of("revised_amounts", &specs, &revision.amounts, |row| {
        vec![name(making, row.figure), text(row.figure), opt_number(row.before), opt_number(row.now)]
    })
}

fn ratios(making: &Making<'_>, revision: &Revision) -> Sheet {
    let specs = [
        own("name", Kind::Text),
        file("figure", Kind::Code),
        own("ratio_before", Kind::Ratio),
        own("ratio", Kind::Ratio),
    ];
    making.of("revised_ratios", &specs, &revision.ratios, |row| {
        vec![name(making, row.figure), text(row.figure), opt_number(row.ratio_before), opt_number(row.ratio)]
    })
}

fn name(making: &Making<'_>, figure: &str) -> Cell {
    match making.word("figure", figure) {
        Cell::Word { name, .. } => Cell::Text(name),
        other => other,
    }
}
