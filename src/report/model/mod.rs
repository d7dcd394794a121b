//! The report as data: every figure that any output shows, computed once.
//!
//! JSON is this structure as it is; HTML, CSV and charts present it and compute nothing of their own.
//! Money is exact decimal in the report's one currency; `None` means unknown, never zero.

mod breakdown;
mod change;
mod commitments;
mod course;
mod quality;
mod revision;
mod savings;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

pub use breakdown::{BreakdownLine, GroupCost, Groups, Shown};
pub use change::{BridgeLine, ChangeRow};
pub use commitments::{CommitmentLine, CoverageByService, ExpiryRow};
pub use course::{BurstRow, DayRow, EventRow, HourRow, SteadyRow};
pub use quality::{Finding, QualityRow};
pub use revision::{Cause, RevisedAmount, RevisedMonth, RevisedRatio, RevisedService, Revision};
pub use savings::{HeldBackRow, LockedMonth, OpportunityRow, RealizedRow, SavingsMonth, ServiceSaving};

use super::words::Language;
use crate::{
    terms::{Basis, Verdict},
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
    /// Language of the texts.
    pub language: Language,
    /// ISO code of all amounts.
    pub currency: String,
    /// How amounts of the bill became amounts of `currency`; `None` when they are the bill's own.
    pub exchange: Option<Exchange>,
    /// Cost basis of the headline and of what the page shows first.
    pub basis: Basis,
    /// Which part of the bill is shown; `None` for all of it.
    pub shown: Option<Shown>,
    /// What differs from the report of the month before this one; `None` for the first one, and outside `batch`.
    pub revision: Option<Revision>,
    /// Every month in the data, oldest first.
    pub months: Vec<MonthRow>,
    /// The cards at the top of the page.
    pub kpis: Vec<Kpi>,
    /// Cost of each month and service, oldest month first, dearest service first.
    pub cost_by_service: Vec<ServiceCost>,
    /// Cost of each month by what `--group-by` names; `None` without it.
    pub groups: Option<Groups>,
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
    /// Why the bill changed against the previous month, by service; the effects add up to the change.
    pub bridge_previous: Vec<BridgeLine>,
    /// Why the bill changed between the months of `--compare`, by default the first complete one and the one reported.
    pub bridge: Vec<BridgeLine>,
    /// Saving still open, by service, of the report month.
    pub savings_by_service: Vec<ServiceSaving>,
    /// Savings of each month: realised, open and locked.
    pub savings_by_month: Vec<SavingsMonth>,
    /// What is locked in each month, by the month in which it is free.
    pub locked_by_month: Vec<LockedMonth>,
    /// What Arm usage of the month saved against the x86 it replaced, by service.
    pub realized: Vec<RealizedRow>,
    /// Coverage and utilisation of the month by service.
    pub coverage_by_service: Vec<CoverageByService>,
    /// The commitments in force in the month.
    pub commitments: Vec<CommitmentLine>,
    /// When commitments end, and what that unlocks, by month and service.
    pub expiry: Vec<ExpiryRow>,
    /// Usage of the month that would be cheaper on Graviton, in the order of work.
    pub opportunities: Vec<OpportunityRow>,
    /// Compute usage of the month that is no opportunity, with the reason, dearest first.
    pub held_back: Vec<HeldBackRow>,
    /// The month by account, dearest first.
    pub accounts: Vec<BreakdownLine>,
    /// The month by region, dearest first.
    pub regions: Vec<BreakdownLine>,
    /// Planned events of the month, by their begin; empty without a calendar.
    pub events: Vec<EventRow>,
    /// Hours of the month far above what usually runs, dearest first.
    pub bursts: Vec<BurstRow>,
    /// Machines that run on demand nearly always; empty without bursts or a calendar, as the next two.
    pub steady_usage: Vec<SteadyRow>,
    /// The month by day.
    pub daily_costs: Vec<DayRow>,
    /// The month by hour, of the machines that the chart shows.
    pub hourly_instances: Vec<HourRow>,
    /// How complete each month is, and whether it adds up.
    pub quality: Vec<QualityRow>,
    /// What is to be known of the data before a figure is believed.
    pub findings: Vec<Finding>,
    /// Where the figures come from.
    pub footer: Footer,
}

/// A rate by which all amounts were converted, prices included.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// ISO code of the bill's own amounts.
    pub from: String,
    /// Units of the report's currency for one of the bill's, in every month.
    #[serde(serialize_with = "text::serialize")]
    pub rate: Decimal,
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
    /// Cost basis, where the card is there once for each.
    pub basis: Option<Basis>,
    /// Name on the card.
    pub label: String,
    /// Unit of the value.
    pub unit: KpiUnit,
    /// The figure; `None` when it is not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub value: Option<Decimal>,
    /// The figure minus that of the month before, when both are known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub change: Option<Decimal>,
    /// The line under the figure: change, month or share.
    pub detail: String,
    /// How the figure is defined.
    pub definition: String,
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
    /// (List cost − amortised cost − unused commitment) ÷ list cost.
    #[serde(serialize_with = "opt_text::serialize")]
    pub effective_savings_rate: Option<Decimal>,
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
    /// Arm instance hours ÷ all instance hours.
    #[serde(serialize_with = "opt_text::serialize")]
    pub hours_share: Option<Decimal>,
    /// Arm vCPU hours ÷ all vCPU hours.
    #[serde(serialize_with = "opt_text::serialize")]
    pub vcpu_hours_share: Option<Decimal>,
    /// Arm normalised units ÷ all normalised units.
    #[serde(serialize_with = "opt_text::serialize")]
    pub normalized_units_share: Option<Decimal>,
    /// Arm instance hours ÷ hours that are Arm or could be.
    #[serde(serialize_with = "opt_text::serialize")]
    pub hours_share_of_eligible: Option<Decimal>,
    /// Arm vCPU hours ÷ vCPU hours that are Arm or could be.
    #[serde(serialize_with = "opt_text::serialize")]
    pub vcpu_hours_share_of_eligible: Option<Decimal>,
    /// Arm normalised units ÷ units that are Arm or could be.
    #[serde(serialize_with = "opt_text::serialize")]
    pub normalized_units_share_of_eligible: Option<Decimal>,
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
    /// Newest date in the price table, or the day of `--as-of`.
    #[serde(serialize_with = "day_text::serialize")]
    pub prices_as_of: NaiveDate,
    /// What tells the price table from any other: eight digits that change with any of its prices.
    pub price_table: String,
    /// Says what rests on old prices; `None` when none is old.
    pub price_warning: Option<String>,
    /// Oldest and newest date of the prices that the month was compared by; `None` when there are none.
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
