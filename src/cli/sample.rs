//! `gravimeter sample`: writes the synthetic bill.

use super::{
    args::{Global, Sample},
    talk,
};
use crate::{
    error::Result,
    sample::{Options, write},
};

/// Runs the command.
pub(super) fn run(global: &Global, options: &Sample) -> Result<()> {
    let summary = write(&options.dir, &Options { months: options.months, seed: options.seed })?;
    talk(
        global,
        &format!(
            "wrote {} files, {} line items in each of two formats, {} bytes to {}",
            summary.files,
            summary.rows,
            summary.bytes,
            options.dir.display()
        ),
    );
    Ok(())
}
