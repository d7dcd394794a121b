//! The large bill: millions of hourly line items shaped like AWS's, to measure speed and memory with.
//!
//! ```text
//! catalog, meters ──► sku, planner ──► plan (who uses what, when) ──► rows of a file ──► columns ──► file
//! ```
//!
//! A CUR 2.0 export of a made-up organisation. It adds up as AWS's does: covered usage and its negation cancel out, fees
//! and amortised costs agree, so its sums are known exactly before anything reads it. Every file depends on the plan
//! alone, never on the threads that write it.

mod catalog;
mod chance;
mod columns;
mod file;
mod meters;
mod plan;
mod planner;
mod rows;
mod sku;

use std::fmt::Write;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::{MARKED, MARKER, Summary, clear, measure, put};
use crate::error::{Error, Result};
use chance::Chance;
use columns::COLUMNS;
use plan::Plan;
use rows::Sums;

/// Name of the export.
const NAME: &str = "large-cur2";
/// Folder of the export below the sample.
const PART: &str = "cur2";
/// Months of a large bill when nobody says how many.
pub const MONTHS: u32 = 3;
/// Rows of a file, so that files are of 100 to 200 MB and a month has at least two.
const FILE_ROWS: u64 = 1_250_000;

/// What large bill to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Number of line items, all months together.
    pub rows: u64,
    /// How many months, counted from January 2025.
    pub months: u32,
    /// Decides everything that is made up.
    pub seed: u64,
    /// How many files are written at the same time.
    pub threads: NonZeroUsize,
}

/// Writes the bill below the folder, replacing an earlier sample.
///
/// # Errors
/// When the rows are too few for the months, when the folder holds anything but an earlier sample, or when a file cannot
/// be written.
pub fn write(dir: &Path, options: &Options) -> Result<Summary> {
    let fewest = planner::fewest_rows(options.months);
    if options.rows < fewest {
        return Err(Error::usage(format!("{} line items are too few for {} months", options.rows, options.months))
            .hint(format!("ask for at least {fewest}")));
    }
    clear(dir)?;
    let plan = planner::plan(options.rows, options.months, options.seed);
    let months = u64::from(options.months);
    let files = usize::try_from((options.rows / months).div_ceil(FILE_ROWS).max(2)).unwrap_or(2);
    let export = dir.join(PART).join(NAME);
    let mut tasks = Vec::new();
    for (index, period) in plan.periods.iter().enumerate() {
        let folder = export.join("data").join(format!("BILLING_PERIOD={}", period.month));
        fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
        tasks.extend((0..files).map(|file| (index, file, folder.join(file_name(file)))));
    }
    let sums = write_files(&plan, &tasks, files, options.threads)?;
    let mut totals = Vec::new();
    for (index, period) in plan.periods.iter().enumerate() {
        let mut total = Sums::default();
        for ((month, ..), sums) in tasks.iter().zip(&sums) {
            if *month == index {
                total.merge(sums);
            }
        }
        totals.push((period.month.to_string(), total));
        let folder = export.join("metadata").join(format!("BILLING_PERIOD={}", period.month));
        fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, &error))?;
        put(&folder, &format!("{NAME}-Manifest.json"), &manifest(&plan, index, files))?;
    }
    put(dir, "README.md", &readme(options, &totals))?;
    put(dir, MARKER, &format!("{MARKED}\nexport = \"{NAME}\"\n"))?;
    let (files, bytes) = measure(dir)?;
    Ok(Summary { files, rows: totals.iter().map(|(_, sums)| sums.rows).sum(), bytes })
}

fn file_name(file: usize) -> String {
    format!("{NAME}-{:05}.snappy.parquet", file + 1)
}

/// Writes the files with so many threads and returns the sums of each, in the order of the tasks.
fn write_files(
    plan: &Plan,
    tasks: &[(usize, usize, PathBuf)],
    files: usize,
    threads: NonZeroUsize,
) -> Result<Vec<Sums>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Sums>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(tasks.len()) {
            scope.spawn(|| {
                while let Some((at, (month, file, path))) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    tasks.get(at).map(|task| (at, task))
                } {
                    let sums = file::write(path, plan, *month, *file, files);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, sums));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| Error::runtime("a thread that wrote the sample failed"))?;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, sums)| sums).collect()
}

/// Returns the text of a month's manifest: all maps are `string` there.
fn manifest(plan: &Plan, period: usize, files: usize) -> String {
    let columns: Vec<_> =
        COLUMNS.iter().map(|(name, column)| json!({ "name": name, "type": column.manifest_type() })).collect();
    let month = plan.periods[period].month;
    let keys: Vec<_> = (0..files)
        .map(|file| format!("s3://example-billing/cur2/{NAME}/data/BILLING_PERIOD={month}/{}", file_name(file)))
        .collect();
    let mut chance = Chance::of(&[plan.seed, 16]);
    let export = plan::uuid(&mut chance);
    let manifest = json!({
        "executionId": plan::uuid(&mut Chance::of(&[plan.seed, 17, period as u64])),
        "exportArn": format!("arn:aws:bcm-data-exports:us-east-1:{}:export/{NAME}-{export}", plan.accounts[0].digits),
        "columns": columns,
        "dataFiles": keys,
    });
    format!("{manifest}\n")
}

/// Writes an amount in units of 10^-10 with all its places.
fn exact(units: i128) -> String {
    let (whole, part) = (units.unsigned_abs() / 10_000_000_000, units.unsigned_abs() % 10_000_000_000);
    format!("{}{whole}.{part:010}", if units < 0 { "-" } else { "" })
}

/// Returns the text of the sample's README: what it is, and its exact sums.
fn readme(options: &Options, totals: &[(String, Sums)]) -> String {
    let mut text = format!(
        "# A large made-up bill\n\n\
         `gravimeter sample DIR --rows {} --months {} --seed {}`: a CUR 2.0 export of an organisation that does not exist.\n\
         Accounts, resources, amounts and most rates are made up; the shape is AWS's, and the bill adds up.\n\n\
         | month | line items | unblended USD | amortised USD | list USD |\n|---|---:|---:|---:|---:|\n",
        options.rows, options.months, options.seed
    );
    let mut all = Sums::default();
    for (_, sums) in totals {
        all.merge(sums);
    }
    for (month, sums) in totals.iter().map(|(month, sums)| (month.as_str(), sums)).chain([("all", &all)]) {
        let _ = writeln!(
            text,
            "| {month} | {} | {} | {} | {} |",
            sums.rows,
            exact(sums.unblended),
            exact(sums.amortized),
            exact(sums.list)
        );
    }
    text
}

#[cfg(test)]
mod tests;
