//! `gravimeter sample`: writes the synthetic bill.

use super::{
    args::{Global, Sample},
    talk,
};
use crate::{
    error::Result,
    sample::{self, big},
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &Sample) -> Result<()> {
    let (dir, seed) = (&options.dir, options.seed);
    let (summary, formats) = if let Some(rows) = options.rows {
        let months = options.months.unwrap_or(big::MONTHS);
        let cores = || std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
        let threads = global.threads.unwrap_or_else(cores);
        (big::write(dir, &big::Options { rows, months, seed, threads })?, "")
    } else {
        let months = options.months.unwrap_or(sample::Options::default().months);
        (sample::write(dir, &sample::Options { months, seed })?, " in each of two formats")
    };
    talk(
        global,
        &format!(
            "wrote {} files, {} line items{formats}, {} bytes to {}",
            summary.files,
            summary.rows,
            summary.bytes,
            dir.display()
        ),
    );
    Ok(())
}
