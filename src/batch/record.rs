//! The record of a run, `run.json`: what was read, what came out, with which versions, how long it took.
//!
//! It lies beside the report as its seal: it is uploaded after all other files and names each with its checksum.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    key::{Input, Key, Settings},
    threshold::{Metric, Outcome, Threshold},
};
use crate::{
    error::{Error, Result},
    publish::Listed,
    report::model::Report,
    terms::Basis,
    units::{Month, opt_text, ratio, text},
};

/// Version of the layout.
const SCHEMA_VERSION: u32 = 1;

/// The record of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Version of this layout.
    pub schema_version: u32,
    /// Counts the reports of the month, from 1.
    pub revision: u32,
    /// What the report is made from.
    pub key: Key,
    /// Heading of the report.
    pub title: String,
    /// The month in one sentence.
    pub headline: String,
    /// Language of its texts: `en`, `ko`.
    pub language: String,
    /// ISO code of all amounts.
    pub currency: String,
    /// Cost basis of the headline, of `mom` and of `bill`.
    pub basis: String,
    /// Cost of every month that was read.
    pub totals: Vec<Total>,
    /// Cost of the report month by service.
    pub services: Vec<Service>,
    /// The figures that thresholds are held against.
    pub figures: BTreeMap<Metric, Figure>,
    /// What is to be known of the data.
    pub findings: Vec<String>,
    /// What changed since the report before; absent for the first one.
    #[serde(default)]
    pub changes: Option<Value>,
    /// The thresholds of the run and what became of them.
    pub thresholds: Vec<Judged>,
    /// What was read.
    pub inputs: Vec<Input>,
    /// Line items of all months.
    pub line_items: u64,
    /// Bytes of the columns that the figures need.
    pub needed_bytes: u64,
    /// The settings that change what the report says.
    pub settings: Settings,
    /// What made it.
    pub versions: Versions,
    /// When the run began, RFC 3339.
    pub started: String,
    /// When the files were made, RFC 3339; they are published after that.
    pub finished: String,
    /// Milliseconds by step.
    pub milliseconds: BTreeMap<String, u64>,
    /// The files of the report, without this one.
    pub files: Vec<Listed>,
}

/// Cost of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The month.
    pub month: Month,
    /// Its data does not reach its end.
    pub partial: bool,
    /// Number of line items.
    pub line_items: u64,
    /// Cash cost.
    #[serde(with = "text")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(with = "text")]
    pub amortized_cost: Decimal,
}

/// Cost of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// AWS product code.
    pub product_code: String,
    /// Cash cost.
    #[serde(with = "text")]
    pub unblended_cost: Decimal,
    /// Amortised cost.
    #[serde(with = "text")]
    pub amortized_cost: Decimal,
}

/// A figure; null when it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figure(#[serde(with = "opt_text")] pub Option<Decimal>);

/// A threshold and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// As it was written: "mom>10%".
    pub threshold: String,
    /// The figure; null when it is not known.
    pub value: Figure,
    /// `kept`, `breached` or `unknown`.
    pub outcome: String,
}

impl fmt::Display for Judged {
    /// Tells it with the figure: "mom>10% (it is 12.5 %)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.threshold)?;
        let metric = Metric::ALL.into_iter().find(|metric| {
            let rest = self.threshold.strip_prefix(metric.as_str());
            rest.is_some_and(|rest| rest.starts_with(['<', '>']))
        });
        match metric.zip(self.value.0) {
            Some((metric, value)) => write!(f, " (it is {})", metric.shown(value)),
            None => Ok(()),
        }
    }
}

/// What made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Version of Gravimeter.
    pub gravimeter: String,
    /// Digits of the price table.
    pub price_table: String,
    /// Newest day in it, or that of `--as-of`.
    pub prices_as_of: String,
}

/// What a run did, beside the report.
#[derive(Debug, Clone)]
pub struct Run {
    /// What the report is made from.
    pub key: Key,
    /// Counts the reports of the month, from 1.
    pub revision: u32,
    /// What was read.
    pub inputs: Vec<Input>,
    /// Bytes of the columns that the figures need.
    pub needed_bytes: u64,
    /// The settings that change what the report says.
    pub settings: Settings,
    /// When it began.
    pub started: DateTime<Utc>,
    /// Milliseconds by step.
    pub milliseconds: BTreeMap<String, u64>,
}

impl Record {
    /// Writes down what a run made.
    pub fn new(run: Run, report: &Report, thresholds: &[Threshold], files: Vec<Listed>) -> Self {
        let figures = figures(report);
        let total = |row: &crate::report::model::MonthRow| Total {
            month: row.month,
            partial: row.partial,
            line_items: row.line_items,
            unblended_cost: row.unblended_cost,
            amortized_cost: row.amortized_cost,
        };
        let services = report.cost_by_service.iter().filter(|row| row.month == report.month).map(|row| Service {
            product_code: row.product_code.clone(),
            unblended_cost: row.unblended_cost,
            amortized_cost: row.amortized_cost,
        });
        Self {
            schema_version: SCHEMA_VERSION,
            revision: run.revision,
            key: run.key,
            title: report.title.clone(),
            headline: report.headline.clone(),
            language: report.language.code().to_owned(),
            currency: report.currency.clone(),
            basis: report.basis.as_str().to_owned(),
            totals: report.months.iter().map(total).collect(),
            services: services.collect(),
            thresholds: judged(&figures, thresholds),
            figures,
            findings: report.findings.iter().map(|finding| finding.text.clone()).collect(),
            changes: report.revision.as_ref().and_then(|revision| serde_json::to_value(revision).ok()),
            inputs: run.inputs,
            line_items: report.footer.rows_read,
            needed_bytes: run.needed_bytes,
            settings: run.settings,
            versions: Versions {
                gravimeter: report.footer.gravimeter.to_owned(),
                price_table: report.footer.price_table.clone(),
                prices_as_of: report.footer.prices_as_of.to_string(),
            },
            started: instant(run.started),
            finished: instant(Utc::now()),
            milliseconds: run.milliseconds,
            files,
        }
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::runtime(format!("cannot write the record of the run: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads one; `None` when it is not one of this version.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|record: &Self| record.schema_version == SCHEMA_VERSION)
    }

    /// Returns a figure that is known.
    pub fn figure(&self, metric: Metric) -> Option<Decimal> {
        self.figures.get(&metric).and_then(|figure| figure.0)
    }
}

/// Holds figures against thresholds.
pub fn judged(figures: &BTreeMap<Metric, Figure>, thresholds: &[Threshold]) -> Vec<Judged> {
    thresholds
        .iter()
        .map(|threshold| {
            let value = figures.get(&threshold.metric()).and_then(|figure| figure.0);
            let outcome = match threshold.judge(value) {
                Outcome::Kept => "kept",
                Outcome::Breached(_) => "breached",
                Outcome::Unknown => "unknown",
            };
            Judged { threshold: threshold.to_string(), value: Figure(value), outcome: outcome.to_owned() }
        })
        .collect()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns the figures of a report that thresholds are held against.
pub fn figures(report: &Report) -> BTreeMap<Metric, Figure> {
    let cost = |month: Month| {
        let row = report.months.iter().find(|row| row.month == month)?;
        Some(match report.basis {
            Basis::Amortized => row.amortized_cost,
            Basis::Unblended => row.unblended_cost,
        })
    };
    let bill = cost(report.month);
    let before = report.previous_month.and_then(cost).filter(|before| !before.is_zero());
    let mom = bill.zip(before).and_then(|(bill, before)| ratio(bill - before, before.abs()));
    let savings = report.savings_by_month.iter().find(|row| row.month == report.month);
    let coverage = report.coverage.iter().find(|row| row.month == report.month);
    let adoption = report.adoption.iter().find(|row| row.month == report.month);
    let value = |metric| match metric {
        Metric::Mom => mom,
        Metric::Bill => bill,
        Metric::UnlockedSaving => savings.map(|row| row.unlocked_saving),
        Metric::LockedSaving => savings.map(|row| row.locked_saving),
        Metric::ListSaving => savings.map(|row| row.list_saving),
        Metric::RealizedSaving => savings.map(|row| row.realized_saving),
        Metric::Coverage => coverage.and_then(|row| row.coverage),
        Metric::Utilization => coverage.and_then(|row| row.utilization),
        Metric::EffectiveSavingsRate => coverage.and_then(|row| row.effective_savings_rate),
        Metric::UnusedCommitment => coverage.map(|row| row.unused_commitment),
        Metric::GravitonShare => adoption.and_then(|row| row.share_of_compute),
        Metric::UnpricedShare => report.footer.unpriced_share,
    };
    Metric::ALL.into_iter().map(|metric| (metric, Figure(value(metric)))).collect()
}
