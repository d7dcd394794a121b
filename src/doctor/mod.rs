//! Examines a bill: what lies there, how far it reaches, and what is wrong with it.
//!
//! In: the [`Survey`](crate::source::Survey) of the sources and a session. Out: the facts of each month (`examine`, which
//! reads them month by month through `queries/doctor`) and what they mean (`findings`, pure). A month that cannot be read
//! is a finding, and the others are still examined.

mod examine;
mod findings;
mod gaps;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::{error::Error, source::Format, units::Month};

pub use examine::{examine, finality};
pub use findings::{Finding, Severity, findings};

/// What was seen of one export.
#[derive(Debug, Default)]
pub struct ExportFacts {
    /// Its name.
    pub name: String,
    /// How it is written, where that could be told.
    pub format: Option<Format>,
    /// The payer account, where a row names one.
    pub payer: Option<String>,
    /// Why other commands do not read it, or `None` when they do.
    pub unread: Option<String>,
    /// What is wrong with its manifests and files.
    pub problems: Vec<Error>,
    /// Its months, in order.
    pub months: Vec<MonthFacts>,
    /// Months with files that are not whole; `None` is a month that only the rows tell.
    pub broken: Vec<Option<Month>>,
}

/// What was seen of one month of an export.
#[derive(Debug, Default)]
pub struct MonthFacts {
    /// The month; `None` when neither manifest, path nor rows tell it.
    pub month: Option<Month>,
    /// Number of files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Whether a manifest names the files.
    pub by_manifest: bool,
    /// Optional columns that it lacks, with what that switches off.
    pub absent: Vec<String>,
    /// What its rows say; `None` when they were not read.
    pub rows: Option<RowFacts>,
    /// Why its rows could not be read.
    pub problem: Option<Error>,
}

/// What the rows of one month say.
#[derive(Debug, Default)]
pub struct RowFacts {
    /// Count of line items.
    pub line_items: u64,
    /// Unblended cost by currency.
    pub costs: BTreeMap<String, Decimal>,
    /// Line items with an invoice id; `None` when the bill has no such column.
    pub invoiced: Option<u64>,
    /// Rows of split cost allocation data.
    pub split_line_items: u64,
    /// How far usage reaches, exclusive.
    pub usage_through: Option<DateTime<Utc>>,
    /// Rows of usage that span a day or less, and those of them that span an hour or less.
    pub short_usage: (u64, u64),
    /// The hours in which usage begins.
    pub hours: Vec<DateTime<Utc>>,
    /// Line items too many; `None` when the bill has no identity columns.
    pub duplicates: Option<Duplicates>,
    /// Cost by account.
    pub accounts: BTreeMap<String, Decimal>,
    /// Amortised cost of instance hours.
    pub instance_cost: Decimal,
    /// Instance types that the table of shapes does not know: line items and amortised cost.
    pub unknown_types: BTreeMap<String, (u64, Decimal)>,
    /// Regions of instance hours that the table of regions does not know.
    pub unknown_regions: BTreeMap<String, (u64, Decimal)>,
    /// Values that are no amounts, in words.
    pub not_amounts: Vec<String>,
}

/// Line items that a month holds more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Too many, amounts and all.
    pub same_amounts: u64,
    /// Their unblended cost.
    pub cost: Decimal,
    /// Too many, with other amounts.
    pub other_amounts: u64,
    /// One of the ids.
    pub example: String,
}

/// How final a month is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finality {
    /// Complete, and AWS has closed the bill: its line items carry an invoice id.
    Final,
    /// Complete, and AWS may still change it: some line items have no invoice id.
    NotFinal,
    /// Complete; the export lacks the column that would tell whether it is final.
    Unknown,
    /// The usage does not reach the last day.
    Partial,
}

impl Finality {
    /// Returns the words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::NotFinal => "complete, not final",
            Self::Unknown => "complete, finality unknown",
            Self::Partial => "partial",
        }
    }
}

impl RowFacts {
    /// Returns the last day with usage.
    pub fn data_through(&self) -> Option<NaiveDate> {
        // The end of usage is exclusive: midnight belongs to the day before.
        self.usage_through.map(|end| (end - chrono::Duration::milliseconds(1)).date_naive())
    }

    /// Tells how final the rows are as those of `month`.
    pub fn finality(&self, month: Month) -> Finality {
        let last = month.next().first_day().checked_sub_days(Days::new(1));
        if self.data_through().zip(last).is_none_or(|(through, last)| through < last) {
            return Finality::Partial;
        }
        match self.invoiced {
            None => Finality::Unknown,
            Some(invoiced) if invoiced == self.line_items => Finality::Final,
            Some(_) => Finality::NotFinal,
        }
    }

    /// Tells whether the export states usage by the hour.
    pub fn is_hourly(&self) -> bool {
        let (short, hourly) = self.short_usage;
        hourly * 2 >= short && hourly > 0
    }
}
