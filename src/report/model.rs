//! The report as data: every figure that any output shows, computed once.
//!
//! JSON is this structure as it is; HTML, CSV and charts present it and compute nothing of their own.
//! Money is exact decimal in the report's one currency; `None` means unknown, never zero.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    terms::Verdict,
    units::{Month, day_text, opt_text, text},
};

/// Version of the JSON layout; goes up when a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

/// One month's report with the history that its charts need.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of this layout.
    pub schema_version: u32,
    /// Heading: "AWS bill and Graviton savings, Jan 2024".
    pub title: String,
    /// One sentence: the bill, its change, what Graviton could still save.
    pub headline: String,
    /// The month that is reported.
    pub month: Month,
    /// The month before it, when it is in the data and complete: the "from" of `month_over_month`.
    pub previous_month: Option<Month>,
    /// The first complete month in the data, the "from" of `since_first`.
    pub first_month: Option<Month>,
    /// ISO code of all amounts.
    pub currency: String,
    /// Cost basis of the figures that name none: always "amortized".
    pub basis: &'static str,
    /// Every month in the data, oldest first.
    pub months: Vec<MonthRow>,
    /// The cards at the top of the page.
    pub kpis: Vec<Kpi>,
    /// Cost of each month and service, oldest month first, dearest service first.
    pub cost_by_service: Vec<ServiceCost>,
    /// Coverage by commitments and the Graviton share of each month, over all services.
    pub coverage: Vec<CoverageRow>,
    /// Graviton share of the compute cost of each month.
    pub adoption: Vec<AdoptionShare>,
    /// Change by service against the previous month; the changes add up to the change of the bill.
    pub month_over_month: Vec<ChangeRow>,
    /// Change by service against the first month.
    pub since_first: Vec<ChangeRow>,
    /// The bill of the month by verdict; the buckets add up to the bill.
    pub buckets: Vec<Bucket>,
    /// Saving at list price still open, by service, of the report month.
    pub savings_by_service: Vec<ServiceSaving>,
    /// Usage of the month that would be cheaper on Graviton, largest saving first.
    pub opportunities: Vec<OpportunityRow>,
    /// Compute usage of the month that is no opportunity, with the reason, dearest first.
    pub held_back: Vec<HeldBackRow>,
    /// Where the figures come from.
    pub footer: Footer,
}

/// One billing month.
#[derive(Debug, Clone, Serialize)]
pub struct MonthRow {
    /// The billing month.
    pub month: Month,
    /// The data does not reach the end of the month.
    pub partial: bool,
    /// The day up to which there is usage, in UTC.
    #[serde(serialize_with = "day_text::optional")]
    pub data_through: Option<NaiveDate>,
    /// Number of line items.
    pub line_items: u64,
    /// Cash cost; ties to the invoice.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// RI and SP fees spread over the usage they cover.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Net of discounts, when the bill has the columns.
    #[serde(serialize_with = "opt_text::serialize")]
    pub net_unblended_cost: Option<Decimal>,
    /// Net of discounts, when the bill has the columns.
    #[serde(serialize_with = "opt_text::serialize")]
    pub net_amortized_cost: Option<Decimal>,
}

/// Unit of a card's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiUnit {
    /// Money in the report's currency, for the month.
    Money,
    /// A ratio of 0 to 1, shown as per cent.
    Ratio,
}

/// A card at the top of the page.
#[derive(Debug, Serialize)]
pub struct Kpi {
    /// Stable name for programs: `open_list_saving`.
    pub id: &'static str,
    /// Name on the card.
    pub label: String,
    /// Unit of the value.
    pub unit: KpiUnit,
    /// The figure; `None` when it is not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub value: Option<Decimal>,
    /// The line under the figure: change, month or share.
    pub detail: String,
    /// How the figure is defined.
    pub definition: &'static str,
}

/// Cost of one service in one month.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceCost {
    /// The billing month.
    pub month: Month,
    /// AWS product code.
    pub product_code: String,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
}

/// How the usage that commitments can cover was bought in one month, at amortised cost.
#[derive(Debug, Clone, Serialize)]
pub struct CoverageRow {
    /// The billing month.
    pub month: Month,
    /// On-demand usage.
    #[serde(serialize_with = "text::serialize")]
    pub on_demand_cost: Decimal,
    /// Usage covered by Reserved Instances.
    #[serde(serialize_with = "text::serialize")]
    pub reserved_cost: Decimal,
    /// Usage covered by Savings Plans.
    #[serde(serialize_with = "text::serialize")]
    pub savings_plan_cost: Decimal,
    /// Spot usage.
    #[serde(serialize_with = "text::serialize")]
    pub spot_cost: Decimal,
    /// Commitment paid for and not used.
    #[serde(serialize_with = "text::serialize")]
    pub unused_commitment: Decimal,
    /// List cost of covered usage ÷ list cost of covered and on-demand usage; `None` without any.
    #[serde(serialize_with = "opt_text::serialize")]
    pub coverage: Option<Decimal>,
    /// Used commitment ÷ (used + unused); `None` without commitments.
    #[serde(serialize_with = "opt_text::serialize")]
    pub utilization: Option<Decimal>,
}

/// Graviton's share of the compute cost of one month.
#[derive(Debug, Clone, Serialize)]
pub struct AdoptionShare {
    /// The billing month.
    pub month: Month,
    /// Amortised cost of Arm instance usage.
    #[serde(serialize_with = "text::serialize")]
    pub graviton_cost: Decimal,
    /// Amortised cost of all instance usage, RI, SP and Spot included.
    #[serde(serialize_with = "text::serialize")]
    pub compute_cost: Decimal,
    /// Amortised cost of instance usage that is Arm or could be (verdict eligible or costlier).
    #[serde(serialize_with = "text::serialize")]
    pub eligible_cost: Decimal,
    /// `graviton_cost` ÷ `compute_cost`.
    #[serde(serialize_with = "opt_text::serialize")]
    pub share_of_compute: Option<Decimal>,
    /// `graviton_cost` ÷ `eligible_cost`.
    #[serde(serialize_with = "opt_text::serialize")]
    pub share_of_eligible: Option<Decimal>,
}

/// Amortised cost of a service in two months.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeRow {
    /// AWS product code.
    pub product_code: String,
    /// Cost in the earlier month.
    #[serde(serialize_with = "text::serialize")]
    pub from_cost: Decimal,
    /// Cost in the later month.
    #[serde(serialize_with = "text::serialize")]
    pub to_cost: Decimal,
    /// Later minus earlier.
    #[serde(serialize_with = "text::serialize")]
    pub change: Decimal,
}

/// All line items of the month with one verdict.
#[derive(Debug, Clone, Serialize)]
pub struct Bucket {
    /// The verdict.
    pub verdict: Verdict,
    /// Number of line items.
    pub line_items: u64,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
}

/// Open saving of one service in the report month.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceSaving {
    /// AWS product code.
    pub product_code: String,
    /// List cost of the eligible usage as it is.
    #[serde(serialize_with = "text::serialize")]
    pub list_cost: Decimal,
    /// Saving at list prices.
    #[serde(serialize_with = "text::serialize")]
    pub list_saving: Decimal,
    /// The part of it that needs an engine version which the bill does not show.
    #[serde(serialize_with = "text::serialize")]
    pub conditional_saving: Decimal,
}

/// Usage of one shape in one account and region, and its Graviton target.
#[derive(Debug, Clone, Serialize)]
pub struct OpportunityRow {
    /// Account that used it.
    pub account_id: String,
    /// Name of the account, when the bill has it.
    pub account_name: Option<String>,
    /// AWS region code.
    pub region: String,
    /// AWS product code.
    pub product_code: String,
    /// Instance type as it is.
    pub instance_type: String,
    /// Operating system of EC2.
    pub operating_system: Option<String>,
    /// Engine of a database or cache.
    pub database_engine: Option<String>,
    /// Single-AZ, Multi-AZ…
    pub deployment_option: Option<String>,
    /// How it was bought.
    pub purchase_option: Option<String>,
    /// Graviton target.
    pub target_instance_type: String,
    /// Instance hours in the month.
    #[serde(serialize_with = "text::serialize")]
    pub hours: Decimal,
    /// List price of the source per hour.
    #[serde(serialize_with = "text::serialize")]
    pub source_price: Decimal,
    /// List price of the target per hour.
    #[serde(serialize_with = "text::serialize")]
    pub target_price: Decimal,
    /// Amortised cost in the month.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// hours × (source price − target price).
    #[serde(serialize_with = "text::serialize")]
    pub list_saving: Decimal,
    /// Engine version the target needs, when there is one.
    pub condition: Option<String>,
    /// What is estimated or assumed in the row, when anything is.
    pub estimate: Option<String>,
    /// Date of the older of the two prices.
    #[serde(serialize_with = "day_text::serialize")]
    pub price_as_of: NaiveDate,
}

/// Compute usage that is no opportunity, and why.
#[derive(Debug, Clone, Serialize)]
pub struct HeldBackRow {
    /// graviton is left out; costlier, blocked, unpriced or unknown.
    pub verdict: Verdict,
    /// Reason code: "windows", "gpu"…
    pub reason: String,
    /// The reason in a sentence.
    pub explanation: String,
    /// AWS product code.
    pub product_code: String,
    /// Instance types concerned, most costly first.
    pub instance_types: Vec<String>,
    /// Instance hours in the month.
    #[serde(serialize_with = "text::serialize")]
    pub hours: Decimal,
    /// Amortised cost in the month.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
}

/// Where the figures come from.
#[derive(Debug, Clone, Serialize)]
pub struct Footer {
    /// Version of Gravimeter.
    pub gravimeter: &'static str,
    /// Exports read: "seoul-cur2 (CUR 2.0 Parquet, 10 months, 10 files)".
    pub sources: Vec<String>,
    /// Rows read, over all months.
    pub rows_read: u64,
    /// Bytes of the columns that the figures need; the same whether an earlier run had read them or not.
    pub bytes_read: u64,
    /// Bytes of the files that no figure needs.
    pub bytes_skipped: u64,
    /// What Athena would have charged for one scan of the bytes read.
    #[serde(serialize_with = "text::serialize")]
    pub athena_usd: Decimal,
    /// How targets were chosen.
    pub target_policy: String,
    /// Newest date in the price table.
    #[serde(serialize_with = "day_text::serialize")]
    pub prices_as_of: NaiveDate,
    /// Oldest and newest date of the prices that this report used; `None` when it used none.
    #[serde(serialize_with = "day_text::range")]
    pub prices_used: Option<(NaiveDate, NaiveDate)>,
    /// Share of the month's compute cost whose verdict is unpriced or unknown.
    #[serde(serialize_with = "opt_text::serialize")]
    pub unpriced_share: Option<Decimal>,
    /// Optional columns the bill lacks and what that switches off.
    pub notes: Vec<String>,
    /// Definitions of the terms on the page: (term, meaning).
    pub definitions: Vec<(String, String)>,
}
