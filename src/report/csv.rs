//! The tables of the report as CSV, one file each, with the field names of the model as header.
//!
//! Spreadsheets run a cell that begins like a formula: text that does gets an apostrophe in front, numbers stay
//! numbers.

use chrono::NaiveDate;
use csv::{ReaderBuilder, Writer};
use rust_decimal::Decimal;
use serde::Serialize;

use super::model::{
    AdoptionShare, BridgeLine, Bucket, ChangeRow, CommitmentLine, CoverageByService, CoverageRow, ExpiryRow,
    HeldBackRow, OpportunityRow, RealizedRow, Report, SavingsMonth, ServiceCost, ServiceSaving,
};
use crate::{
    error::{Error, Result},
    terms::{Basis, Verdict},
    units::Month,
};

/// Returns each table as its file name and its content.
///
/// # Errors
/// When a row cannot be written as CSV.
pub fn tables(report: &Report) -> Result<Vec<(String, Vec<u8>)>> {
    let held_back: Vec<_> = report.held_back.iter().map(HeldBackCells::of).collect();
    let blank = Blank { month: report.month, day: NaiveDate::MIN };
    Ok(vec![
        table("months", &report.months, report.months.first())?,
        table("cost_by_service", &report.cost_by_service, Some(&blank.service_cost()))?,
        table("commitment_coverage", &report.coverage, Some(&blank.coverage()))?,
        table("graviton_adoption", &report.adoption, Some(&blank.adoption()))?,
        table("month_over_month", &report.month_over_month, Some(&Blank::change()))?,
        table("since_first", &report.since_first, Some(&Blank::change()))?,
        table("verdicts", &report.buckets, Some(&Blank::bucket()))?,
        table("bridge_previous", &report.bridge_previous, Some(&blank.bridge()))?,
        table("bridge", &report.bridge, Some(&blank.bridge()))?,
        table("savings_by_month", &report.savings_by_month, Some(&blank.savings_month()))?,
        table("graviton_realized", &report.realized, Some(&Blank::realized()))?,
        table("coverage_by_service", &report.coverage_by_service, Some(&Blank::coverage_by_service()))?,
        table("commitments", &report.commitments, Some(&Blank::commitment()))?,
        table("expiry", &report.expiry, Some(&Blank::expiry()))?,
        table("savings_by_service", &report.savings_by_service, Some(&Blank::saving()))?,
        table("graviton_opportunities", &report.opportunities, Some(&blank.opportunity()))?,
        table("held_back", &held_back, Some(&HeldBackCells::of(&Blank::held_back())))?,
    ])
}

/// Writes one table; `blank` is a row that gives an empty table its header.
fn table<T: Serialize>(name: &str, rows: &[T], blank: Option<&T>) -> Result<(String, Vec<u8>)> {
    let file = format!("{name}.csv");
    let failed = |error: String| Error::runtime(format!("cannot write {file}: {error}"));
    let mut plain = Writer::from_writer(Vec::new());
    for row in blank.into_iter().chain(rows) {
        plain.serialize(row).map_err(|error| failed(error.to_string()))?;
    }
    let plain = plain.into_inner().map_err(|error| failed(error.to_string()))?;

    let mut guarded = Writer::from_writer(Vec::new());
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(plain.as_slice());
    for (line, record) in reader.records().enumerate() {
        let record = record.map_err(|error| failed(error.to_string()))?;
        let is_blank = line == 1;
        if !is_blank {
            guarded.write_record(record.iter().map(guarded_cell)).map_err(|error| failed(error.to_string()))?;
        }
    }
    let content = guarded.into_inner().map_err(|error| failed(error.to_string()))?;
    Ok((file, content))
}

/// Puts an apostrophe before text that a spreadsheet would take for a formula (OWASP, "CSV Injection").
pub(crate) fn guarded_cell(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(cell) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Returns whether the cell is a number as the model writes it: "-12.5".
fn is_number(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}

/// [`HeldBackRow`] with its list in one cell.
#[derive(Serialize)]
struct HeldBackCells<'a> {
    verdict: Verdict,
    reason: &'a str,
    explanation: &'a str,
    product_code: &'a str,
    instance_types: String,
    hours: String,
    amortized_cost: String,
}

impl<'a> HeldBackCells<'a> {
    fn of(row: &'a HeldBackRow) -> Self {
        Self {
            verdict: row.verdict,
            reason: &row.reason,
            explanation: &row.explanation,
            product_code: &row.product_code,
            instance_types: row.instance_types.join(" "),
            hours: row.hours.normalize().to_string(),
            amortized_cost: row.amortized_cost.normalize().to_string(),
        }
    }
}

/// Makes rows without content, from which the headers are read.
struct Blank {
    month: Month,
    day: NaiveDate,
}

impl Blank {
    fn service_cost(&self) -> ServiceCost {
        ServiceCost {
            month: self.month,
            product_code: String::new(),
            unblended_cost: Decimal::ZERO,
            amortized_cost: Decimal::ZERO,
        }
    }

    fn coverage(&self) -> CoverageRow {
        CoverageRow {
            month: self.month,
            on_demand_cost: Decimal::ZERO,
            reserved_cost: Decimal::ZERO,
            savings_plan_cost: Decimal::ZERO,
            spot_cost: Decimal::ZERO,
            unused_commitment: Decimal::ZERO,
            coverage: None,
            utilization: None,
            effective_savings_rate: None,
        }
    }

    fn adoption(&self) -> AdoptionShare {
        AdoptionShare {
            month: self.month,
            graviton_cost: Decimal::ZERO,
            compute_cost: Decimal::ZERO,
            eligible_cost: Decimal::ZERO,
            share_of_compute: None,
            share_of_eligible: None,
            hours_share: None,
            vcpu_hours_share: None,
            normalized_units_share: None,
            hours_share_of_eligible: None,
            vcpu_hours_share_of_eligible: None,
            normalized_units_share_of_eligible: None,
        }
    }

    fn change() -> ChangeRow {
        ChangeRow {
            basis: Basis::Amortized,
            product_code: String::new(),
            from_cost: Decimal::ZERO,
            to_cost: Decimal::ZERO,
            change: Decimal::ZERO,
        }
    }

    fn bridge(&self) -> BridgeLine {
        BridgeLine {
            basis: Basis::Amortized,
            from_month: self.month,
            to_month: self.month,
            product_code: String::new(),
            usage: Decimal::ZERO,
            list_price: Decimal::ZERO,
            commitment: Decimal::ZERO,
            graviton: Decimal::ZERO,
            mix: Decimal::ZERO,
            credits_tax_fees: Decimal::ZERO,
            other: Decimal::ZERO,
            change: Decimal::ZERO,
        }
    }

    fn savings_month(&self) -> SavingsMonth {
        SavingsMonth {
            month: self.month,
            realized_saving: Decimal::ZERO,
            list_saving: Decimal::ZERO,
            effective_saving: Decimal::ZERO,
            unlocked_saving: Decimal::ZERO,
            locked_saving: Decimal::ZERO,
        }
    }

    fn realized() -> RealizedRow {
        RealizedRow {
            product_code: String::new(),
            amortized_cost: Decimal::ZERO,
            baseline_cost: Decimal::ZERO,
            realized_saving: Decimal::ZERO,
            not_computed_cost: Decimal::ZERO,
        }
    }

    fn coverage_by_service() -> CoverageByService {
        CoverageByService {
            product_code: String::new(),
            on_demand_cost: Decimal::ZERO,
            reserved_cost: Decimal::ZERO,
            savings_plan_cost: Decimal::ZERO,
            spot_cost: Decimal::ZERO,
            unused_commitment: Decimal::ZERO,
            coverage: None,
            utilization: None,
            effective_savings_rate: None,
        }
    }

    fn commitment() -> CommitmentLine {
        CommitmentLine {
            arn: String::new(),
            kind: String::new(),
            offering: None,
            scope: String::new(),
            terms: String::new(),
            start_date: None,
            end_date: None,
            unlock_month: None,
            cost: Decimal::ZERO,
            unused_cost: Decimal::ZERO,
            utilization: None,
            remaining_cost: None,
        }
    }

    fn expiry() -> ExpiryRow {
        ExpiryRow {
            unlock_month: None,
            product_code: String::new(),
            commitments: 0,
            cost: Decimal::ZERO,
            locked_saving: Decimal::ZERO,
        }
    }

    fn bucket() -> Bucket {
        Bucket {
            verdict: Verdict::NotApplicable,
            line_items: 0,
            unblended_cost: Decimal::ZERO,
            amortized_cost: Decimal::ZERO,
        }
    }

    fn saving() -> ServiceSaving {
        ServiceSaving {
            product_code: String::new(),
            list_cost: Decimal::ZERO,
            list_saving: Decimal::ZERO,
            conditional_saving: Decimal::ZERO,
            effective_saving: Decimal::ZERO,
            unlocked_saving: Decimal::ZERO,
            locked_saving: Decimal::ZERO,
        }
    }

    fn opportunity(&self) -> OpportunityRow {
        OpportunityRow {
            account_id: String::new(),
            account_name: None,
            region: String::new(),
            product_code: String::new(),
            instance_type: String::new(),
            operating_system: None,
            database_engine: None,
            deployment_option: None,
            purchase_option: None,
            target_instance_type: String::new(),
            hours: Decimal::ZERO,
            source_price: Decimal::ZERO,
            target_price: Decimal::ZERO,
            target_rate: None,
            amortized_cost: Decimal::ZERO,
            list_saving: Decimal::ZERO,
            effective_saving: None,
            unlocked_saving: None,
            locked_saving: None,
            unlock_month: None,
            effort: None,
            transition_cost: None,
            payback_days: None,
            condition: None,
            estimate: None,
            price_as_of: self.day,
        }
    }

    fn held_back() -> HeldBackRow {
        HeldBackRow {
            verdict: Verdict::Blocked,
            reason: String::new(),
            explanation: String::new(),
            product_code: String::new(),
            instance_types: Vec::new(),
            hours: Decimal::ZERO,
            amortized_cost: Decimal::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::fixture;

    fn text(report: &Report, name: &str) -> String {
        let tables = tables(report).unwrap();
        let (_, content) = tables.into_iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(content).unwrap()
    }

    #[test]
    fn tables_have_headers_and_all_rows() {
        let report = fixture::report();
        let names: Vec<_> = tables(&report).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 17);
        let changes = text(&report, "month_over_month.csv");
        assert!(
            changes.starts_with(
                "basis,product_code,from_cost,to_cost,change\namortized,AmazonRDS,16901.2,16799.5,-101.7\n"
            ),
            "{changes}"
        );
        assert_eq!(text(&report, "cost_by_service.csv").lines().count(), 1 + 90);
        assert_eq!(text(&report, "months.csv").lines().count(), 1 + 10);
        assert_eq!(text(&report, "graviton_opportunities.csv").lines().count(), 1 + 31);
        assert!(text(&report, "held_back.csv").contains(",m5.large m5.2xlarge t3.medium,1488,610.2\n"));
    }

    #[test]
    fn an_empty_table_keeps_its_header() {
        let mut report = fixture::report();
        report.opportunities.clear();
        report.held_back.clear();
        let opportunities = text(&report, "graviton_opportunities.csv");
        assert!(opportunities.starts_with("account_id,account_name,region,"), "{opportunities}");
        assert_eq!(opportunities.lines().count(), 1);
        let held_back = "verdict,reason,explanation,product_code,instance_types,hours,amortized_cost\n";
        assert_eq!(text(&report, "held_back.csv"), held_back);
    }

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        for formula in ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "-", "-1e5", "-1.", "+5"] {
            assert_eq!(guarded_cell(formula), format!("'{formula}"));
        }
        for fine in ["-12.5", "-7", "0.1", "", "AmazonEC2", "a=1"] {
            assert_eq!(guarded_cell(fine), fine);
        }
        let table = text(&fixture::hostile(), "graviton_opportunities.csv");
        for cell in [",'+1+1,", ",'-2+3,", ",'@SUM(A1),", ",'\tx,", ",\"'\rx\",", ",\"'=cmd|"] {
            assert!(table.contains(cell), "{cell} in {table}");
        }
    }

    #[test]
    fn the_list_cell_has_every_field_of_the_model() {
        let row = Blank::held_back();
        let model = serde_json::to_value(&row).unwrap();
        let cells = serde_json::to_value(HeldBackCells::of(&row)).unwrap();
        assert!(model.as_object().unwrap().keys().eq(cells.as_object().unwrap().keys()));
    }
}
