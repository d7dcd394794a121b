//! What `sql` and `query` take.

use std::path::PathBuf;

use clap::Subcommand;

use super::{SOURCE, months};
use crate::{
    cli::{
        cluster::Nodes,
        grid::{GridFormat, RowFormat},
    },
    units::Month,
};

/// Ask the bill in SQL; without a statement, in a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Tables: line_items, monthly_costs, graviton_opportunities, graviton_realized, graviton_adoption,
commitment_coverage, commitments, cost_bridge, daily_costs, hourly_usage, resource_costs, prices,
instance_types (the last two need no SOURCE).
Functions beside those of SQL: tag('CostCenter'), architecture(type), normalized_units(type),
graviton_target(type, region), list_price(type, region).

Examples:
  gravimeter sql sample-cur
  gravimeter sql sample-cur -c \"select month, sum(amortized_cost) from monthly_costs group by month order by month\"
  gravimeter sql s3://my-bucket/exports/cur2 -f question.sql --out answer.xlsx"
)]
pub(in crate::cli) struct Sql {
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Statement to run; may be given several times
    #[arg(long = "command", short = 'c', value_name = "SQL")]
    pub commands: Vec<String>,
    /// File of statements to run; may be given several times
    #[arg(long = "file", short = 'f', value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Two months more for the table `cost_bridge`
    #[arg(long, value_name = "YYYY-MM:YYYY-MM", value_parser = months)]
    pub compare: Option<(Month, Month)>,
    #[command(flatten)]
    pub rows: Rows,
    #[command(flatten)]
    pub nodes: Nodes,
    /// Folder in which the shell's \save keeps queries (default: the user's data folder)
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,
    /// Do not read or keep the shell's history
    #[arg(long)]
    pub no_history: bool,
}

/// How the rows of a query are written.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Rows {
    /// How rows are written (default: as the extension of --out says, else table)
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<RowFormat>,
    /// File to write the rows to, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Say on stderr what is likely wrong in a statement
    #[arg(long)]
    pub lint: bool,
}

/// Run the named queries
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gravimeter query list
  gravimeter query run cost_by_service sample-cur
  gravimeter query run cost_by_tag ./exports/cur2 --param key=CostCenter --param from=2024-01 --out tags.xlsx")]
pub(in crate::cli) struct Query {
    #[command(subcommand)]
    pub command: QueryCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum QueryCommand {
    /// Name the queries and what they answer
    List {
        /// Folder of your own queries
        #[arg(long, value_name = "DIR")]
        queries: Option<PathBuf>,
        /// How the list is printed
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: GridFormat,
    },
    /// Print a query as it is, with what it takes and what each column means
    Show {
        /// Name of the query
        #[arg(value_name = "NAME")]
        name: String,
        /// Folder of your own queries
        #[arg(long, value_name = "DIR")]
        queries: Option<PathBuf>,
    },
    /// Run a query
    Run(QueryRun),
}

/// A query to be run.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct QueryRun {
    /// Name of the query
    #[arg(value_name = "NAME")]
    pub name: String,
    #[arg(value_name = "SOURCE", help = SOURCE)]
    pub sources: Vec<String>,
    /// Value of a parameter: month=2024-01; may be given several times
    #[arg(long = "param", short = 'p', value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Folder of your own queries
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,
    #[command(flatten)]
    pub rows: Rows,
    #[command(flatten)]
    pub nodes: Nodes,
}
