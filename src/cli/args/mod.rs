//! What may be typed: commands, options, help. Parsing only.

mod batch;
mod config;
mod prices;
mod report;
mod sql;

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use chrono::NaiveDate;
use clap::{Parser, Subcommand, ValueEnum};
use rust_decimal::Decimal;

use super::{cluster::Cluster, grid::GridFormat, log::LogFormat, memory};
use crate::{
    analysis::{Policy, Preference},
    error::{Error, Result},
    report::words::Language,
    source::Access,
    terms::{PurchaseOption, Verdict},
    units::Month,
};

pub(super) use batch::{Batch, Notify, NotifyOptions};
pub(super) use config::{Config, ConfigCommand};
pub(super) use prices::{
    Prices, PricesCommand, PricesDiff, PricesExport, PricesImport, PricesRefresh, PricesShow, PricesStatus,
};
pub(super) use report::{Look, Report};
pub(super) use sql::{Query, QueryCommand, QueryRun, Sql};

/// Exit codes, printed under every help.
const EXIT_CODES: &str = "\
Exit codes: 0 ok; 1 runtime error; 2 usage or configuration; 3 data incomplete or does not add up;
4 threshold breached (--fail-on); 5 credentials or permission; 6 data changed while being read; 7 another run holds the
lock; 75 S3, the cluster or a receiver of messages does not answer, safe to retry; 130 interrupted.";

/// What a source is.
const SOURCE: &str = "Folder, file or s3://BUCKET/PREFIX with Cost and Usage Reports; several may be given (default: bill.sources of the settings)";

/// Reads the AWS bill from the bill itself: exact totals, and what Graviton could save.
#[derive(Debug, Parser)]
#[command(name = "gravimeter", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub(super) struct Global {
    /// File with settings (default: ./gravimeter.toml, where it is there); see `gravimeter config`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Export to read when the source holds several
    #[arg(long, global = true, value_name = "NAME")]
    pub export: Option<String>,
    /// Which admissible target is taken: cheapest, newest, graviton2 … graviton5
    #[arg(long, global = true, value_name = "POLICY", default_value = "cheapest", value_parser = parse::<Preference>)]
    pub target: Preference,
    /// Take targets that are measured to be slower, too
    #[arg(long, global = true)]
    pub allow_slower: bool,
    /// Take targets that lose up to this share of vCPUs, memory, storage or network
    #[arg(long, global = true, value_name = "PERCENT", value_parser = share)]
    pub allow_loss: Option<Decimal>,
    /// Target family for a source family, over the policy: c5=c7g; may be given several times
    #[arg(long = "pin", global = true, value_name = "FROM=TO", value_parser = pair)]
    pub pins: Vec<(String, String)>,
    /// x86 family that a Graviton family is held against: m7g=m5; may be given several times
    #[arg(long = "baseline", global = true, value_name = "GRAVITON=X86", value_parser = pair)]
    pub baselines: Vec<(String, String)>,
    /// File with the engine versions of resources: CSV, or the output of `aws rds describe-db-instances` and the like
    #[arg(long = "inventory", global = true, value_name = "FILE")]
    pub inventories: Vec<PathBuf>,
    /// Worker threads (default: the cores of the machine)
    #[arg(long, global = true, value_name = "COUNT")]
    pub threads: Option<NonZeroUsize>,
    /// Folder that keeps rollups and refreshed prices (default: the user's cache and data folders)
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Keep nothing for the next run and read everything anew
    #[arg(long, global = true, conflicts_with = "cache_dir")]
    pub no_cache: bool,
    /// Day of the price table: what was stated later does not count; or the eight digits of a table (default: all that is known)
    #[arg(long, global = true, value_name = "YYYY-MM-DD|TABLE", value_parser = AsOf::parse)]
    pub as_of: Option<AsOf>,
    /// Memory to use at most, such as 512MiB or 4GB (default: 60 % of what the machine or container has)
    #[arg(long, global = true, value_name = "SIZE", value_parser = memory::parse)]
    pub memory_limit: Option<usize>,
    /// Language of reports: en or ko
    #[arg(long, global = true, value_name = "LANG", default_value = "en", value_parser = parse::<Language>)]
    pub lang: Language,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How the program talks on stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub log_format: LogFormat,
    /// AWS region: of the bucket in S3; of the prices with map and prices
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// The region where it was typed: only then it may choose rows. One of the settings is that of the bucket.
    #[arg(skip)]
    pub region_of_rows: Option<String>,
    #[command(flatten)]
    pub s3: S3,
}

/// How buckets are reached; what is not given is taken from where the AWS tools look for it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sources in S3")]
pub(super) struct S3 {
    /// Profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Another S3 service than that of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Name the bucket in the path (default with --endpoint-url)
    #[arg(long, global = true)]
    pub path_style: bool,
    /// Agree to pay for the requests
    #[arg(long, global = true)]
    pub request_payer: bool,
    /// Read a public bucket without credentials
    #[arg(long, global = true)]
    pub no_sign_request: bool,
    /// Repeat failing requests for so long
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 180)]
    pub give_up_after: u64,
}

/// Which price table is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AsOf {
    /// That of a day.
    Day(NaiveDate),
    /// The one with these digits.
    Table(String),
}

impl AsOf {
    fn parse(text: &str) -> Result<Self, String> {
        let is_table =
            text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match text.parse::<NaiveDate>() {
            Ok(day) if text.len() == 10 => Ok(Self::Day(day)),
            _ if is_table => Ok(Self::Table(text.to_owned())),
            _ => Err("a day such as 2026-11-18, or the eight digits of a table".to_owned()),
        }
    }
}

impl Global {
    /// Returns the day of the price table, where one was asked for.
    pub(super) fn as_of_day(&self) -> Option<NaiveDate> {
        match &self.as_of {
            Some(AsOf::Day(day)) => Some(*day),
            _ => None,
        }
    }

    /// Returns what the options allow and prefer.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            preference: self.target,
            allow_slower: self.allow_slower,
            allow_loss: self.allow_loss.unwrap_or_default(),
            pins: self.pins.iter().cloned().collect(),
            baselines: self.baselines.iter().cloned().collect(),
        }
    }

    /// Returns how sources are reached.
    pub(super) fn access(&self) -> Access {
        Access {
            profile: self.s3.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.s3.endpoint_url.clone(),
            path_style: self.s3.path_style,
            request_payer: self.s3.request_payer,
            no_sign_request: self.s3.no_sign_request,
            give_up_after: Duration::from_secs(self.s3.give_up_after),
            talk: (!self.quiet).then_some(super::say as fn(&str)),
        }
    }
}

fn parse<T: std::str::FromStr<Err = Error>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: Error| match error.hints().first() {
        Some(hint) => format!("{error}: {hint}"),
        None => error.to_string(),
    })
}

/// Reads two families: "c5=c7g".
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err(format!("\"{text}\" is not a pair of families: write it as c5=c7g")),
    }
}

/// Reads two months: "2023-05:2024-01".
fn months(text: &str) -> Result<(Month, Month), String> {
    let (from, to) =
        text.split_once(':').ok_or_else(|| format!("\"{text}\" is not two months: write 2023-05:2024-01"))?;
    Ok((parse(from)?, parse(to)?))
}

/// Reads "12%" or "12" as 0.12.
fn share(text: &str) -> Result<Decimal, String> {
    let number = text.trim().trim_end_matches('%').trim();
    match number.parse::<Decimal>() {
        Ok(percent) if percent >= Decimal::ZERO && percent < Decimal::ONE_HUNDRED => Ok(percent / Decimal::ONE_HUNDRED),
        _ => Err(format!("\"{text}\" is not a share: write it as 12%")),
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Report(Report),
    Batch(Batch),
    Notify(Notify),
    Sql(Sql),
    Query(Query),
    Map(Map),
    Explain(Explain),
    Prices(Prices),
    Reconcile(Reconcile),
    Doctor(Doctor),
    Sample(Sample),
    Verify(Verify),
    Cluster(Cluster),
    Config(Config),
}

/// Show the Graviton candidates of instance types, priced and explained
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter map m5.large c5.9xlarge --region us-east-1
  gravimeter map db.r5.2xlarge --region ap-northeast-2 --engine \"Aurora MySQL\"
  gravimeter map m5.xlarge --region eu-west-1 --os RHEL --format json")]
pub(super) struct Map {
    /// Instance types: m5.large, db.r5.large, cache.r5.large, r5.large.search
    #[arg(required = true, value_name = "TYPE")]
    pub types: Vec<String>,
    /// Service (default: by the type's name)
    #[arg(long, value_name = "SERVICE", value_parser = service)]
    pub service: Option<crate::terms::Service>,
    /// Operating system of EC2: Linux, RHEL, SUSE, Windows
    #[arg(long, value_name = "OS", default_value = "Linux")]
    pub os: String,
    /// Engine of a database or cache: MySQL, "Aurora PostgreSQL", Redis
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// Deployment of a database: Single-AZ, Multi-AZ; Standard or IO-Optimized for Aurora
    #[arg(long, value_name = "DEPLOYMENT")]
    pub deployment: Option<String>,
    /// How many alternatives are shown beside the target
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    pub top: usize,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

fn service(text: &str) -> Result<crate::terms::Service, String> {
    crate::terms::Service::ALL.iter().find(|service| service.as_str().eq_ignore_ascii_case(text)).copied().ok_or_else(
        || {
            let known: Vec<&str> = crate::terms::Service::ALL.iter().map(|service| service.as_str()).collect();
            format!("\"{text}\" is not a service: use one of {}", known.join(", "))
        },
    )
}

/// Say why a row says what it says: the rule, the prices with date and source, the arithmetic
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Rows come in the order of work: managed services, nodes, own code; each by saving over effort. --region
keeps the rows of one region.

Examples:
  gravimeter explain sample-cur --top 3
  gravimeter explain sample-cur --type c5.xlarge --purchase-option Reserved
  gravimeter explain ./exports/cur2 --month 2024-01 --account 111122223333 --verdict blocked --format json"
)]
pub(super) struct Explain {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Month (default: the last complete one)
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub month: Option<Month>,
    /// Only this account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Only this AWS product code, such as `AmazonRDS`
    #[arg(long, value_name = "PRODUCT_CODE")]
    pub service: Option<String>,
    /// Only this instance type, or this usage type of metered compute
    #[arg(long = "type", value_name = "TYPE")]
    pub instance_type: Option<String>,
    /// Only what was bought so: `OnDemand`, `Reserved`, `SavingsPlan`, `Spot`
    #[arg(long, value_name = "OPTION", value_parser = word(PurchaseOption::parse, PurchaseOption::ALL))]
    pub purchase_option: Option<PurchaseOption>,
    /// Only this verdict: eligible, costlier, blocked, unpriced, unknown, graviton
    #[arg(long, value_name = "VERDICT", value_parser = word(Verdict::parse, Verdict::ALL))]
    pub verdict: Option<Verdict>,
    /// Rows to explain at most
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub top: usize,
    /// How the explanation is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ExplainFormat,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExplainFormat {
    /// For eyes
    Text,
    /// For programs
    Json,
}

/// Reads a word of a closed list.
fn word<T: std::fmt::Display>(
    read: fn(&str) -> Option<T>,
    all: &'static [T],
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        read(text).ok_or_else(|| {
            let known: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!("\"{text}\" is none of {}", known.join(", "))
        })
    }
}

/// Prove the bill: every month by basis and cause, with difference 0.00
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each month: unblended = amortised + true-up + upfront. The true-up takes back what the amortised cost
carries of earlier upfront payments. A month that does not add up ends with exit 3 and what it is made of.

Examples:
  gravimeter reconcile sample-cur
  gravimeter reconcile ./exports/cur2 --month 2024-01 --invoice 45691.00
  gravimeter reconcile ./exports/cur2 --from 2023-05 --to 2024-01 --format csv > proof.csv"
)]
pub(super) struct Reconcile {
    /// Folder or file with Cost and Usage Reports; several may be given
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Only this month
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>, conflicts_with_all = ["from", "to"])]
    pub month: Option<Month>,
    /// First month to read
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub from: Option<Month>,
    /// Last month to read
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub to: Option<Month>,
    /// Total of AWS's invoice, to be compared with the bill of --month (default: the last complete month)
    #[arg(long, value_name = "AMOUNT", value_parser = amount, allow_hyphen_values = true)]
    pub invoice: Option<Decimal>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

/// Reads an amount of money as AWS prints it, without separators.
fn amount(text: &str) -> Result<Decimal, String> {
    text.trim().parse::<Decimal>().map_err(|_| format!("\"{text}\" is not an amount: write it as 12345.67"))
}

/// Examine the bill: exports, months, finality, columns, duplicates, gaps
#[derive(Debug, clap::Args)]
#[command(after_help = "Problems end with exit 3, after everything else was examined too.

Examples:
  gravimeter doctor sample-cur
  gravimeter doctor ./exports --export seoul-cur2
  gravimeter doctor ./exports/cur2 --format json > health.json")]
pub(super) struct Doctor {
    /// Folder or file with Cost and Usage Reports; several may be given
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// How the findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: DoctorFormat,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DoctorFormat {
    /// For eyes
    Table,
    /// For programs
    Json,
}

/// Write the synthetic bill of the Seoul team, as CUR 2.0 and as CUR 1; or a large one
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter sample sample-cur
  gravimeter sample /tmp/bill --seed 7 && gravimeter report /tmp/bill
  gravimeter sample /tmp/large --rows 10000000 --months 3")]
pub(super) struct Sample {
    /// Folder to write to
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Write a large bill of so many hourly line items instead: made up, shaped like AWS's, with its sums in a README
    #[arg(long, value_name = "COUNT")]
    pub rows: Option<u64>,
    /// Months from May 2023 on, or of the large bill from January 2025 on [default: 10, large 3]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=36))]
    pub months: Option<u32>,
    /// Changes ids and names, never an amount of the small bill
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
}

/// Recompute every total with a second engine, and name what differs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the raw files again with polars: its own decoding, its own formulas, exact sums. Any difference
is named and ends with exit code 3. Files are copied to the temporary folder one by one to be read.

Examples:
  gravimeter verify sample-cur
  gravimeter verify ./exports/cur2 --month 2024-01
  gravimeter verify ./exports/cur2 --from 2023-11 --format json"
)]
pub(super) struct Verify {
    /// Folder or file with Cost and Usage Reports; several may be given
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// The only month to verify
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>, conflicts_with_all = ["from", "to"])]
    pub month: Option<Month>,
    /// First month to verify
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub from: Option<Month>,
    /// Last month to verify
    #[arg(long, value_name = "YYYY-MM", value_parser = parse::<Month>)]
    pub to: Option<Month>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_ends_with_three_examples() {
        for command in Args::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples = help.split("Examples:").nth(1).unwrap_or("").matches("\n  gravimeter ").count();
            assert_eq!(examples, 3, "{}", command.get_name());
        }
    }

    #[test]
    fn amounts_are_written_plainly() {
        assert_eq!(amount("-12345.67"), Ok(Decimal::new(-1_234_567, 2)));
        assert!(amount("12,345.67").is_err() && amount("12345,67").is_err() && amount("").is_err());
    }

    #[test]
    fn shares_are_per_cent() {
        assert_eq!(share("12%"), Ok(Decimal::new(12, 2)));
        assert_eq!(share("7.5"), Ok(Decimal::new(75, 3)));
        assert!(share("200%").is_err() && share("-1").is_err() && share("x").is_err());
    }
}
