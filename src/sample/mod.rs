//! The synthetic bill: ten months of a team in Seoul, written as CUR 2.0 and as CUR 1.
//!
//! ```text
//! story + rates ──► fleet, meters, commitments ──► bill (lines of a month) ──► cur1, cur2, readme ──► files
//! ```
//!
//! It stands at the mouth of the pipe and shares nothing with it: neither the prices nor the readers of the analysis,
//! which this bill is there to test. No clock and no randomness: the same options give the same bytes.

pub mod big;
mod bill;
mod columns;
mod commitments;
mod cur1;
mod cur2;
mod fleet;
mod ids;
mod lines;
mod meters;
mod parquet_file;
mod products;
mod rates;
mod readme;
mod story;

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use bill::{Context, Period};

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many months, counted from May 2023: 1 to 10.
    pub months: u32,
    /// Changes ids and names, never amounts.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { months: story::MONTHS, seed: 1 }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Number of files.
    pub files: usize,
    /// Number of line items of the bill; both exports have as many.
    pub rows: u64,
    /// Size of all files.
    pub bytes: u64,
}

/// Marks a folder as a sample, and chooses one of its two exports.
const MARKER: &str = "gravimeter.toml";
/// First line of the marker.
const MARKED: &str = "# A sample bill, written by `gravimeter sample`.";
/// What a sample consists of.
const PARTS: [&str; 2] = ["cur1", "cur2"];

/// Writes the sample below the folder, replacing an earlier sample.
///
/// # Errors
/// When the number of months is out of range, when the folder holds anything but an earlier sample, or when a file
/// cannot be written.
pub fn write(dir: &Path, options: &Options) -> Result<Summary> {
    if !(1..=story::MONTHS).contains(&options.months) {
        return Err(Error::usage(format!("the sample has no {} months", options.months))
            .hint(format!("ask for 1 to {} months", story::MONTHS)));
    }
    clear(dir)?;
    let context = Context::new(options.seed)?;
    let solved = bill::solve(&context)?;
    let report = dir.join("cur1").join(cur1::NAME).join(cur1::NAME);
    let export = dir.join("cur2").join(cur2::NAME);
    let mut figures = Vec::new();
    let mut rows = 0;
    for period in Period::first_months(options.months) {
        let lines = bill::month(&context, &period, &solved)?;
        cur1::write(&report, context.ids, &period, &lines)?;
        cur2::write(&export, context.ids, &period, &lines)?;
        if let (Some(any), true) = (lines.first(), figures.is_empty()) {
            cur1::write_status(&report, any)?;
        }
        rows += lines.len() as u64;
        figures.push(readme::Figures::of(period.month, &lines));
    }
    put(dir, "README.md", &readme::text(&figures))?;
    put(dir, MARKER, &marker())?;
    let (files, bytes) = measure(dir)?;
    Ok(Summary { files, rows, bytes })
}

fn marker() -> String {
    format!(
        "{MARKED}\n# The same bill is here twice, as CUR 2.0 and as CUR 1; read this export unless --export says otherwise.\nexport = \"{}\"\n",
        cur2::NAME
    )
}

fn put(dir: &Path, name: &str, text: &str) -> Result<()> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(|error| Error::io("write", &path, &error))
}

/// Makes the folder ready: creates it, or removes an earlier sample from it; anything else is left alone and refused.
fn clear(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|error| Error::io("create", dir, &error))?;
    let mut entries = fs::read_dir(dir).map_err(|error| Error::io("list", dir, &error))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let marked = fs::read_to_string(dir.join(MARKER)).is_ok_and(|text| text.starts_with(MARKED));
    if !marked {
        return Err(Error::usage(format!("{} is not empty and holds no earlier sample", dir.display()))
            .hint("name a folder that is empty or does not exist yet"));
    }
    for part in PARTS {
        let path = dir.join(part);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|error| Error::io("remove", &path, &error))?;
        }
    }
    Ok(())
}

/// Counts the files of the sample and their bytes.
fn measure(dir: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let roots = PARTS.iter().copied().chain(["README.md", MARKER]);
    for entry in roots.map(|part| dir.join(part)).filter(|root| root.exists()).flat_map(walkdir::WalkDir::new) {
        let failed = |error: &dyn std::fmt::Display| Error::runtime(format!("cannot list {}: {error}", dir.display()));
        let entry = entry.map_err(|error| failed(&error))?;
        if entry.file_type().is_file() {
            files += 1;
            bytes += entry.metadata().map_err(|error| failed(&error))?.len();
        }
    }
    Ok((files, bytes))
}

#[cfg(test)]
mod tests;
