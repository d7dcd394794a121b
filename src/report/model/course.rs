//! The month by day and by hour: planned events, bursts, and what always runs.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::units::{day_text, opt_text, text};

/// A planned event of the month, with what it cost.
#[derive(Debug, Clone, Serialize)]
pub struct EventRow {
    /// Name in the calendar.
    pub name: String,
    /// Begin, UTC, as ISO 8601.
    pub start: String,
    /// End, UTC, as ISO 8601: the first instant after it.
    pub end: String,
    /// It is of days, not of hours.
    pub all_day: bool,
    /// Hours of the bill that it touches.
    pub hours: u64,
    /// Amortised cost of compute in these hours; `None` where the bill has no hours.
    #[serde(serialize_with = "opt_text::serialize")]
    pub cost: Option<Decimal>,
    /// Median cost of the same hours of the week without an event, added up.
    #[serde(serialize_with = "opt_text::serialize")]
    pub usual_cost: Option<Decimal>,
    /// `cost` minus `usual_cost`.
    #[serde(serialize_with = "opt_text::serialize")]
    pub extra_cost: Option<Decimal>,
    /// Most instances of an hour, of all products and regions; `None` where the bill does not tell machines apart.
    pub peak_instances: Option<u64>,
    /// Highest average of an hour, of all products and regions.
    #[serde(serialize_with = "opt_text::serialize")]
    pub peak_average: Option<Decimal>,
    /// Amortised cost of all usage on the days that it touches.
    #[serde(serialize_with = "text::serialize")]
    pub days_cost: Decimal,
    /// Median cost of the same days of the week without an event, added up.
    #[serde(serialize_with = "opt_text::serialize")]
    pub usual_days_cost: Option<Decimal>,
    /// File name of the calendar.
    pub source: String,
}

/// Hours far above what usually runs.
#[derive(Debug, Clone, Serialize)]
pub struct BurstRow {
    /// AWS product code.
    pub product_code: String,
    /// AWS region code.
    pub region: Option<String>,
    /// First hour above, UTC, as ISO 8601.
    pub start: String,
    /// First hour after, UTC, as ISO 8601.
    pub end: String,
    /// Hours above.
    pub hours_above: u64,
    /// Median of the instances of all hours; `None` where the bill does not tell machines apart.
    #[serde(serialize_with = "opt_text::serialize")]
    pub baseline_instances: Option<Decimal>,
    /// Most instances of an hour.
    pub peak_instances: Option<u64>,
    /// Median of the average of all hours.
    #[serde(serialize_with = "text::serialize")]
    pub baseline_average: Decimal,
    /// Highest average of an hour.
    #[serde(serialize_with = "text::serialize")]
    pub peak_average: Decimal,
    /// Instance hours over the baseline, of the hours above.
    #[serde(serialize_with = "text::serialize")]
    pub extra_hours: Decimal,
    /// Amortised cost of the hours above.
    #[serde(serialize_with = "text::serialize")]
    pub cost: Decimal,
    /// That cost minus the median cost of an hour, for each of them.
    #[serde(serialize_with = "text::serialize")]
    pub extra_cost: Decimal,
    /// Planned events that touch it; `None` without any.
    pub events: Option<String>,
}

/// Machines of one type that run on demand nearly always, and what a commitment to them would save.
#[derive(Debug, Clone, Serialize)]
pub struct SteadyRow {
    /// AWS product code.
    pub product_code: String,
    /// AWS region code.
    pub region: Option<String>,
    /// Instance type.
    pub instance_type: String,
    /// System or engine as the price table calls it; `None` where the bill has several of the type.
    pub variant: Option<String>,
    /// Whole machines that run on demand in at least 95 of 100 hours.
    #[serde(serialize_with = "text::serialize")]
    pub instances: Decimal,
    /// Hours of the bill.
    pub hours: u64,
    /// Public on-demand price of an hour.
    #[serde(serialize_with = "opt_text::serialize")]
    pub on_demand_price: Option<Decimal>,
    /// Rate of an hour under the commitment.
    #[serde(serialize_with = "opt_text::serialize")]
    pub committed_rate: Option<Decimal>,
    /// Which commitment: `ComputeSP-1yr-NoUpfront`.
    pub offering: Option<String>,
    /// Day of the older of the two prices.
    #[serde(serialize_with = "day_text::optional")]
    pub price_as_of: Option<NaiveDate>,
    /// What it would save in the month; `None` where a price is not known.
    #[serde(serialize_with = "opt_text::serialize")]
    pub saving: Option<Decimal>,
}

/// One day of the month.
#[derive(Debug, Clone, Serialize)]
pub struct DayRow {
    /// The day, UTC.
    #[serde(serialize_with = "day_text::serialize")]
    pub day: NaiveDate,
    /// Amortised cost of usage, on demand or covered by commitments.
    #[serde(serialize_with = "text::serialize")]
    pub usage_cost: Decimal,
    /// Amortised cost of all else: fees, tax, credits, unused commitments.
    #[serde(serialize_with = "text::serialize")]
    pub other_cost: Decimal,
    /// Amortised cost of both.
    #[serde(serialize_with = "text::serialize")]
    pub amortized_cost: Decimal,
    /// Cash cost.
    #[serde(serialize_with = "text::serialize")]
    pub unblended_cost: Decimal,
    /// Planned events that touch it; `None` without any.
    pub events: Option<String>,
}

/// One hour of the machines that the chart shows: those of the dearest burst, without one those that cost most.
#[derive(Debug, Clone, Serialize)]
pub struct HourRow {
    /// Begin of the hour, UTC, as ISO 8601.
    pub hour: String,
    /// AWS product code.
    pub product_code: String,
    /// AWS region code.
    pub region: Option<String>,
    /// Instances that ran in it; `None` where the bill does not tell machines apart.
    pub instances: Option<u64>,
    /// Instance hours: how many ran on average.
    #[serde(serialize_with = "text::serialize")]
    pub average: Decimal,
    /// Amortised cost.
    #[serde(serialize_with = "text::serialize")]
    pub cost: Decimal,
}
