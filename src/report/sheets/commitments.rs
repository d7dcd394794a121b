//! How usage was bought: coverage, utilisation, commitments and their ends.

use super::{
    Cell, Kind, Row, Section, Sheet,
    making::{Making, count, file, month, number, opt_day, opt_month, opt_number, own, sum, text, under},
};
use crate::report::model::{AdoptionShare, CommitmentLine, CoverageByService, CoverageRow, ExpiryRow};

pub(super) fn coverage(making: &Making<'_>) -> Vec<Section> {
    let mut sections = Vec::new();
    if !making.report.coverage.is_empty() {
        let sheets = vec![by_month(making), by_service(making)];
        sections.push(making.section("coverage", &["coverage_and_graviton"], sheets));
    }
    if !making.report.adoption.is_empty() {
        sections.push(making.section("adoption", &["adoption"], vec![adoption(making)]));
    }
    sections
}

pub(super) fn commitments(making: &Making<'_>) -> Vec<Section> {
    if making.report.commitments.is_empty() && making.report.expiry.is_empty() {
        return Vec::new();
    }
    vec![making.section("commitments", &["expiry"], vec![expiry(making), lines(making)])]
}

fn by_month(making: &Making<'_>) -> Sheet {
    let specs = [
        own("month", Kind::Month),
        own("on_demand_cost", Kind::Money),
        own("reserved_cost", Kind::Money),
        own("savings_plan_cost", Kind::Money),
        own("spot_cost", Kind::Money),
        own("unused_commitment", Kind::Money),
        own("coverage", Kind::Ratio),
        own("utilization", Kind::Ratio),
        own("effective_savings_rate", Kind::Ratio),
    ];
    let cells = |row: &CoverageRow| {
        vec![
            month(row.month),
            number(row.on_demand_cost),
            number(row.reserved_cost),
            number(row.savings_plan_cost),
            number(row.spot_cost),
            number(row.unused_commitment),
            opt_number(row.coverage),
            opt_number(row.utilization),
            opt_number(row.effective_savings_rate),
        ]
    };
    let rows = making.report.coverage.iter().map(|row| Row {
        cells: cells(row),
        is_current: row.month == making.report.month,
        is_beyond: false,
    });
    making.sheet("commitment_coverage", &specs, rows.collect()).asked(&[])
}

fn by_service(making: &Making<'_>) -> Sheet {
    let specs = [
        own("product_code", Kind::Text),
        sum("on_demand_cost", Kind::Money),
        sum("reserved_cost", Kind::Money),
        sum("savings_plan_cost", Kind::Money),
        sum("spot_cost", Kind::Money),
        sum("unused_commitment", Kind::Money),
        own("coverage", Kind::Ratio),
        own("utilization", Kind::Ratio),
        own("effective_savings_rate", Kind::Ratio),
    ];
    let cells = |row: &CoverageByService| {
        vec![
            text(&row.product_code),
            number(row.on_demand_cost),
            number(row.reserved_cost),
            number(row.savings_plan_cost),
            number(row.spot_cost),
            number(row.unused_commitment),
            opt_number(row.coverage),
            opt_number(row.utilization),
            opt_number(row.effective_savings_rate),
        ]
    };
    making
        .of("coverage_by_service", &specs, &making.report.coverage_by_service, cells)
        .asked(&[("month", making.report.month.to_string())])
}

fn adoption(making: &Making<'_>) -> Sheet {
    let specs = [
        own("month", Kind::Month),
        own("graviton_cost", Kind::Money),
        own("compute_cost", Kind::Money),
        own("eligible_cost", Kind::Money),
        own("share_of_compute", Kind::Ratio),
        own("share_of_eligible", Kind::Ratio),
        own("hours_share", Kind::Ratio),
        own("vcpu_hours_share", Kind::Ratio),
        own("normalized_units_share", Kind::Ratio),
        own("hours_share_of_eligible", Kind::Ratio),
        own("vcpu_hours_share_of_eligible", Kind::Ratio),
        own("normalized_units_share_of_eligible", Kind::Ratio),
    ];
    let cells = |row: &AdoptionShare| {
        vec![
            month(row.month),
            number(row.graviton_cost),
            number(row.compute_cost),
            number(row.eligible_cost),
            opt_number(row.share_of_compute),
            opt_number(row.share_of_eligible),
            opt_number(row.hours_share),
            opt_number(row.vcpu_hours_share),
            opt_number(row.normalized_units_share),
            opt_number(row.hours_share_of_eligible),
            opt_number(row.vcpu_hours_share_of_eligible),
            opt_number(row.normalized_units_share_of_eligible),
        ]
    };
    let rows = making.report.adoption.iter().map(|row| Row {
        cells: cells(row),
        is_current: row.month == making.report.month,
        is_beyond: false,
    });
    making.sheet("graviton_adoption", &specs, rows.collect()).asked(&[])
}

fn expiry(making: &Making<'_>) -> Sheet {
    let specs = [
        own("unlock_month", Kind::Month),
        own("product_code", Kind::Text),
        sum("commitments", Kind::Count),
        sum("cost", Kind::Money),
        sum("locked_saving", Kind::Money),
    ];
    let cells = |row: &ExpiryRow| {
        vec![
            opt_month(row.unlock_month),
            text(&row.product_code),
            count(row.commitments),
            number(row.cost),
            number(row.locked_saving),
        ]
    };
    making.of("expiry", &specs, &making.report.expiry, cells).asked(&[("month", making.report.month.to_string())])
}

fn lines(making: &Making<'_>) -> Sheet {
    let specs = [
        own("scope", Kind::Text),
        under("arn", Kind::Code, "scope"),
        own("kind", Kind::Text),
        under("offering", Kind::Text, "kind"),
        under("terms", Kind::Text, "kind"),
        file("start_date", Kind::Day),
        own("end_date", Kind::Day),
        file("unlock_month", Kind::Month),
        sum("cost", Kind::Money),
        sum("unused_cost", Kind::Money),
        own("utilization", Kind::Ratio),
        own("remaining_cost", Kind::Money),
    ];
    let said = |code: &str, name: String| Cell::Word { code: code.to_owned(), name };
    let carried = |text: Option<&str>| text.map_or(Cell::Missing, |text| said(text, making.words.translated(text)));
    let cells = |row: &CommitmentLine| {
        vec![
            said(&row.scope, making.words.scope(&row.scope)),
            text(&row.arn),
            making.word("commitment", &row.kind),
            carried(row.offering.as_deref()),
            carried(Some(row.terms.as_str()).filter(|terms| !terms.is_empty())),
            opt_day(row.start_date),
            opt_day(row.end_date),
            opt_month(row.unlock_month),
            number(row.cost),
            number(row.unused_cost),
            opt_number(row.utilization),
            opt_number(row.remaining_cost),
        ]
    };
    let mut sheet = making
        .of("commitments", &specs, &making.report.commitments, cells)
        .asked(&[("month", making.report.month.to_string())]);
    making.beyond(&mut sheet, making.top);
    sheet
}
