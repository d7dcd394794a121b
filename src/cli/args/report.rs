//! The options of `gravimeter report`, most of which `batch` has too.

use std::path::PathBuf;

use clap::ValueEnum;
use rust_decimal::Decimal;

use super::{SOURCE, amount, months, parse, word};
use crate::{
    analysis::{Dimension, TagFilter},
    batch::Threshold,
    cli::cluster::Nodes,
    report::{charts::Theme, output::Format},
    terms::Basis,
    units::Month,
};

/// Write the monthly report: HTML page, PNG charts, XLSX, Markdown, CSV and JSON; PDF on request
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter report ./exports/cur2 --month 2024-01 --out reports/january
  gravimeter report ./exports/cur2 --lang ko --currency KRW --rate 1390.5 --group-by tag:team
  gravimeter report s3://my-bucket/exports/cur2 --profile billing --account payments-prod --format html,xlsx,pdf")]
pub(in crate::cli) struct Report {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Month to report (default: the last complete one)
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub month: Option<Month>,
    /// Last month to read
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub to: Option<Month>,
    #[command(flatten)]
    pub look: Look,
    /// Print the JSON Schema of report.json, and nothing else
    #[arg(long)]
    pub schema: bool,
    /// Folder to write to (default: reports/<month>)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// End with exit code 4, after the report is written, when a figure is beyond its limit: 'mom>10%', 'coverage<70%'
    #[arg(long = "fail-on", value_name = "FIGURE>LIMIT", value_delimiter = ',', value_parser = parse::<Threshold>)]
    pub fail_on: Vec<Threshold>,
    #[command(flatten)]
    pub nodes: Nodes,
}

/// What a report shows, and in which form.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Look {
    /// First month to read
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub from: Option<Month>,
    /// Report the later of these months against the earlier one (default: the first complete one)
    #[arg(long, value_name = "YYYY-MM:YYYY-MM", value_parser = months)]
    pub compare: Option<(Month, Month)>,
    /// Show only this account, by its id or exact name; may be given several times
    #[arg(long = "account", value_name = "ID|NAME")]
    pub accounts: Vec<String>,
    /// Show only line items with this tag, KEY= for those without it; several values of a key are alternatives
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = parse::<TagFilter>)]
    pub tags: Vec<TagFilter>,
    /// Break the bill down: account, region or tag:KEY
    #[arg(long, value_name = "DIMENSION", value_parser = parse::<Dimension>)]
    pub group_by: Option<Dimension>,
    /// Cost basis of the headline and of what the page shows first: amortized or unblended
    #[arg(long, value_name = "BASIS", default_value = "amortized", value_parser = word(Basis::parse, Basis::ALL))]
    pub basis: Basis,
    /// Show all amounts in another currency, converted by --rate
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<String>,
    /// What one unit of the bill's currency is worth in that of --currency
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub rate: Option<Decimal>,
    /// Planned events to draw over the days and hours: an iCalendar file, or a CSV of name,start,end; may be given
    /// several times
    #[arg(long = "calendar", value_name = "FILE")]
    pub calendars: Vec<PathBuf>,
    /// Rows that the page shows of the longest tables; the files have all
    #[arg(long, value_name = "COUNT", default_value_t = 25)]
    pub top: usize,
    /// Leave out opportunities that save less a month, in the bill's currency
    #[arg(long, value_name = "USD", value_parser = amount)]
    pub min_saving: Option<Decimal>,
    /// Formats to write
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_values = ["html", "png", "csv", "json", "xlsx", "md"])]
    pub format: Vec<ReportFormat>,
    /// Browser that prints the PDF (default: `GRAVIMETER_CHROMIUM`, else a Chromium or Chrome in PATH)
    #[arg(long, value_name = "PATH")]
    pub chromium: Option<PathBuf>,
    /// Paper of the PNG charts; the page follows its reader
    #[arg(long, value_name = "THEME", default_value = "light", value_parser = theme)]
    pub theme: Theme,
    /// Font for what the embedded one lacks in the PNG charts, such as Hangul (default: one of the system)
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    Html,
    Png,
    Csv,
    Json,
    Xlsx,
    /// Markdown for tickets
    #[value(alias = "markdown")]
    Md,
    /// The page printed by a Chromium of this machine
    Pdf,
}

impl From<ReportFormat> for Format {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Html => Self::Html,
            ReportFormat::Png => Self::Png,
            ReportFormat::Csv => Self::Csv,
            ReportFormat::Json => Self::Json,
            ReportFormat::Xlsx => Self::Xlsx,
            ReportFormat::Md => Self::Markdown,
            ReportFormat::Pdf => Self::Pdf,
        }
    }
}

fn theme(text: &str) -> Result<Theme, String> {
    let found = Theme::ALL.into_iter().find(|theme| theme.as_str() == text);
    found.ok_or_else(|| format!("\"{text}\" is none of light, dark"))
}

/// Reads an ISO 4217 code.
fn currency(text: &str) -> Result<String, String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let code = text.to_ascii_uppercase();
    if is_code { Ok(code) } else { Err(format!("\"{text}\" is not a currency: write its code, such as KRW")) }
}

/// Reads a rate above zero.
fn rate(text: &str) -> Result<Decimal, String> {
    let rate = text.trim().parse::<Decimal>().ok().filter(|rate| *rate > Decimal::ZERO);
    rate.ok_or_else(|| format!("\"{text}\" is not a rate: write it as 1390.5"))
}
