//! What `prices` takes.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Subcommand;

use super::SOURCE;
use crate::cli::grid::GridFormat;

/// The price table
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices refresh sample-cur
  gravimeter prices status sample-cur
  gravimeter prices show m6g.large --region us-east-1")]
pub(in crate::cli) struct Prices {
    #[command(subcommand)]
    pub command: PricesCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PricesCommand {
    Status(PricesStatus),
    Show(PricesShow),
    Refresh(PricesRefresh),
    Import(PricesImport),
    Export(PricesExport),
    Diff(PricesDiff),
    /// Read every file of the table against its checksum, and name prices that are hard to believe
    #[command(after_help = "Examples:
  gravimeter prices verify
  gravimeter prices verify --cache-dir ./cache
  gravimeter prices verify --as-of 2026-06-30")]
    Verify,
    Pack(PricesPack),
}

/// What the table covers: services, regions, dates; with a source, how much of its compute spend has a price
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices status
  gravimeter prices status ./exports
  gravimeter prices status --versions --format csv")]
pub(in crate::cli) struct PricesStatus {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// List the versions that were refreshed or imported
    #[arg(long, conflicts_with = "sources")]
    pub versions: bool,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

/// The prices of an item: m6g.large, db.r6g.large, Lambda-GB-Second
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices show m6g.large
  gravimeter prices show db.r6g.large --region eu-west-1 --format csv
  gravimeter prices show c5.xlarge --region us-east-1 --as-of 2026-06-30")]
pub(in crate::cli) struct PricesShow {
    /// Item as the price table spells it
    #[arg(value_name = "ITEM")]
    pub item: String,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

/// Ask AWS for the prices of the services and regions of a bill, or of those named
///
/// Needs pricing:GetProducts, pricing:ListPriceLists and pricing:GetPriceListFileUrl, nothing else. The bill itself is not sent
/// anywhere. Nothing changes unless all of it arrives; a run that was interrupted goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices refresh ./exports --profile billing
  gravimeter prices refresh --services EC2,RDS --regions ap-northeast-2,us-east-1
  gravimeter prices refresh --services EC2 --regions eu-west-1 --bulk --effective 2026-06-30")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(in crate::cli) struct PricesRefresh {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Services as the price table calls them, or all (default: those of the bill)
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub services: Vec<String>,
    /// Region codes, or all (default: those of the bill)
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// Fetch the offer file of each service and region instead of asking for single products
    #[arg(long)]
    pub bulk: bool,
    /// Day whose price lists are fetched, with --bulk (default: those of today)
    #[arg(long, value_name = "YYYY-MM-DD", requires = "bulk")]
    pub effective: Option<NaiveDate>,
    /// Fetch the rates of Savings Plans, which come in large files (default: yes for a bill that has such plans)
    #[arg(long, overrides_with = "no_plans")]
    pub plans: bool,
    /// Do not fetch the rates of Savings Plans
    #[arg(long)]
    pub no_plans: bool,
    /// Keep what arrived whole although something else failed
    #[arg(long)]
    pub partial: bool,
    /// Say what would be asked for, and ask nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Take prices from offer files that were fetched elsewhere: CSV or JSON, plain or gzip
#[derive(Debug, clap::Args)]
#[command(after_help = "Files: offer files of AWS (index.json, index.csv), those of Savings Plans, answers of
`aws pricing get-products`, and what `gravimeter prices export` writes.

Examples:
  gravimeter prices import AmazonEC2-us-east-1.csv.gz
  aws pricing get-products --service-code AmazonMSK --region us-east-1 > msk.json; gravimeter prices import msk.json
  gravimeter prices import prices.csv --stated 2026-06-30")]
pub(in crate::cli) struct PricesImport {
    /// Offer files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Day on which the prices were stated, for files that do not say
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub stated: Option<NaiveDate>,
}

/// Write the table, or a part of it, as CSV that `prices import` takes back
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices export > prices.csv
  gravimeter prices export --services EC2 --regions us-east-1 --format json
  gravimeter prices export --as-of 2026-06-30 > june.csv")]
pub(in crate::cli) struct PricesExport {
    /// Services as the price table calls them (default: all)
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub services: Vec<String>,
    /// Region codes (default: all)
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format: GridFormat,
}

/// What changed between two days of the table; with a source, what that does to its savings
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices diff
  gravimeter prices diff --from 2026-06-30 --to 2026-11-18 --format csv
  gravimeter prices diff ./exports")]
pub(in crate::cli) struct PricesDiff {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// The earlier day (default: the day before the newest version)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// The later day (default: all that is known)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    /// How rows are printed
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: GridFormat,
}

/// Make the embedded table again from a folder of price facts
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter prices pack ./facts
  gravimeter prices pack ./facts --to pricing-cache
  gravimeter prices pack pricing-cache")]
pub(in crate::cli) struct PricesPack {
    /// Folder of price facts, or a price cache to be checked again
    #[arg(value_name = "DIR")]
    pub from: PathBuf,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "pricing-cache")]
    pub to: PathBuf,
}
