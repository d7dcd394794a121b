//! What Graviton has saved, could save, and what stands in the way.

use super::{
    Cell, Kind, Row, Section, Sheet,
    making::{Making, day, file, month, number, opt_month, opt_number, opt_text, own, sum, text, under},
};
use crate::report::model::{
    Bucket, HeldBackRow, LockedMonth, OpportunityRow, RealizedRow, SavingsMonth, ServiceSaving,
};

/// Savings over time and by service.
pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let report = making.report;
    if report.savings_by_month.is_empty() {
        return Vec::new();
    }
    let mut sheets = vec![by_month(making)];
    for sheet in [locked(making), by_service(making), realized(making)] {
        if !sheet.rows.is_empty() {
            sheets.push(sheet);
        }
    }
    vec![making.section("savings", &["savings_by_month", "savings_waterfall"], sheets)]
}

/// What is to be done, what is held back, and the bill by verdict.
pub(super) fn work(making: &Making<'_>) -> Vec<Section> {
    let mut sections = vec![making.section("opportunities", &[], vec![opportunities(making)])];
    if !making.report.held_back.is_empty() {
        sections.push(making.section("held-back", &[], vec![held_back(making)]));
    }
    sections.push(making.section("verdicts", &[], vec![verdicts(making)]));
    sections
}

fn by_month(making: &Making<'_>) -> Sheet {
    let specs = [
        own("month", Kind::Month),
        own("realized_saving", Kind::Money),
        own("list_saving", Kind::Money),
        own("effective_saving", Kind::Money),
        own("unlocked_saving", Kind::Money),
        own("locked_saving", Kind::Money),
    ];
    let cells = |row: &SavingsMonth| {
        vec![
            month(row.month),
            number(row.realized_saving),
            number(row.list_saving),
            number(row.effective_saving),
            number(row.unlocked_saving),
            number(row.locked_saving),
        ]
    };
    let rows = making.report.savings_by_month.iter().map(|row| Row {
        cells: cells(row),
        is_current: row.month == making.report.month,
        is_beyond: false,
    });
    making.sheet("savings_by_month", &specs, rows.collect()).asked(&[])
}

fn locked(making: &Making<'_>) -> Sheet {
    let specs = [own("month", Kind::Month), own("unlock_month", Kind::Month), own("locked_saving", Kind::Money)];
    let report = making.report;
    let rows = report.locked_by_month.iter().map(|row: &LockedMonth| Row {
        cells: vec![month(row.month), opt_month(row.unlock_month), number(row.locked_saving)],
        is_current: false,
        is_beyond: row.month != report.month,
    });
    making.sheet("locked_by_month", &specs, rows.collect()).asked(&[])
}

fn by_service(making: &Making<'_>) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        sum("list_cost", Kind::Money),
        sum("list_saving", Kind::Money),
        sum("conditional_saving", Kind::Money),
        sum("effective_saving", Kind::Money),
        sum("unlocked_saving", Kind::Money),
        sum("locked_saving", Kind::Money),
    ];
    let cells = |row: &ServiceSaving| {
        vec![
            text(&row.product_code),
            number(row.list_cost),
            number(row.list_saving),
            number(row.conditional_saving),
            number(row.effective_saving),
            number(row.unlocked_saving),
            number(row.locked_saving),
        ]
    };
    making
        .of("savings_by_service", &specs, &making.report.savings_by_service, cells)
        .asked(&[("month", making.report.month.to_string())])
}

fn realized(making: &Making<'_>) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        sum("amortized_cost", Kind::Money),
        sum("baseline_cost", Kind::Money),
        sum("realized_saving", Kind::Money),
        sum("not_computed_cost", Kind::Money),
    ];
    let cells = |row: &RealizedRow| {
        vec![
            text(&row.product_code),
            number(row.amortized_cost),
            number(row.baseline_cost),
            number(row.realized_saving),
            number(row.not_computed_cost),
        ]
    };
    making
        .of("graviton_realized", &specs, &making.report.realized, cells)
        .asked(&[("month", making.report.month.to_string())])
}

fn opportunities(making: &Making<'_>) -> Sheet {
    let has_names = making.report.opportunities.iter().any(|row| row.account_name.is_some());
    let specs = [
        if has_names { under("account_id", Kind::Code, "account_name") } else { own("account_id", Kind::Code) },
        if has_names { own("account_name", Kind::Text) } else { file("account_name", Kind::Text) },
        own("product_code", Kind::Text),
        under("region", Kind::Code, "product_code"),
        own("instance_type", Kind::Code),
        under("operating_system", Kind::Text, "instance_type"),
        under("database_engine", Kind::Text, "instance_type"),
        under("deployment_option", Kind::Text, "instance_type"),
        under("purchase_option", Kind::Text, "instance_type"),
        own("target_instance_type", Kind::Code),
        own("hours", Kind::Quantity),
        own("source_price", Kind::Price),
        under("target_price", Kind::Price, "source_price"),
        under("price_as_of", Kind::Day, "source_price"),
        file("target_rate", Kind::Price),
        sum("amortized_cost", Kind::Money),
        sum("list_saving", Kind::Money),
        sum("effective_saving", Kind::Money),
        sum("unlocked_saving", Kind::Money),
        sum("locked_saving", Kind::Money),
        under("unlock_month", Kind::Month, "locked_saving"),
        own("effort", Kind::Text),
        under("payback_days", Kind::Quantity, "effort"),
        file("transition_cost", Kind::Money),
        own("condition", Kind::Text),
        under("estimate", Kind::Text, "condition"),
    ];
    let said = |text: Option<&str>| match text {
        None => Cell::Missing,
        Some(text) => Cell::Word { code: text.to_owned(), name: making.words.translated(text) },
    };
    let cells = |row: &OpportunityRow| {
        vec![
            text(&row.account_id),
            opt_text(row.account_name.as_deref()),
            text(&row.product_code),
            text(&row.region),
            text(&row.instance_type),
            opt_text(row.operating_system.as_deref()),
            opt_text(row.database_engine.as_deref()),
            opt_text(row.deployment_option.as_deref()),
            row.purchase_option.as_deref().map_or(Cell::Missing, |option| making.word("purchase", option)),
            text(&row.target_instance_type),
            number(row.hours),
            number(row.source_price),
            number(row.target_price),
            day(row.price_as_of),
            opt_number(row.target_rate),
            number(row.amortized_cost),
            number(row.list_saving),
            opt_number(row.effective_saving),
            opt_number(row.unlocked_saving),
            opt_number(row.locked_saving),
            opt_month(row.unlock_month),
            row.effort.as_deref().map_or(Cell::Missing, |effort| making.word("effort", effort)),
            opt_number(row.payback_days),
            opt_number(row.transition_cost),
            said(row.condition.as_deref()),
            said(row.estimate.as_deref()),
        ]
    };
    let mut sheet = making
        .of("graviton_opportunities", &specs, &making.report.opportunities, cells)
        .asked(&[("month", making.report.month.to_string())]);
    making.beyond(&mut sheet, making.top);
    sheet
}

fn held_back(making: &Making<'_>) -> Sheet {
    const SHOWN: usize = 60;
    let specs = [
        own("verdict", Kind::Text),
        own("explanation", Kind::Text),
        under("reason", Kind::Code, "explanation"),
        own("product_code", Kind::Text),
        own("instance_types", Kind::Text),
        own("hours", Kind::Quantity),
        sum("amortized_cost", Kind::Money),
    ];
    let cells = |row: &HeldBackRow| {
        vec![
            making.word("verdict", row.verdict.as_str()),
            text(&row.explanation),
            text(&row.reason),
            text(&row.product_code),
            text(&row.instance_types.join(" ")),
            number(row.hours),
            number(row.amortized_cost),
        ]
    };
    let mut sheet = making
        .of("held_back", &specs, &making.report.held_back, cells)
        .asked(&[("month", making.report.month.to_string())]);
    making.beyond(&mut sheet, SHOWN);
    sheet
}

fn verdicts(making: &Making<'_>) -> Sheet {
    let specs = [
        own("verdict", Kind::Text),
        under("meaning", Kind::Text, "verdict"),
        sum("line_items", Kind::Count),
        sum("unblended_cost", Kind::Money),
        sum("amortized_cost", Kind::Money),
    ];
    let cells = |row: &Bucket| {
        vec![
            making.word("verdict", row.verdict.as_str()),
            text(&making.words.say(&format!("word.meaning.{}", row.verdict))),
            super::making::count(row.line_items),
            number(row.unblended_cost),
            number(row.amortized_cost),
        ]
    };
    making.of("verdicts", &specs, &making.report.buckets, cells).asked(&[("month", making.report.month.to_string())])
}
