//! `gravimeter report`: the monthly report in all formats asked for.

use std::{io::Write, path::PathBuf};

use super::{
    args::{Global, Report as Options},
    bill::OpenBill,
    cluster::join,
    log::{self, Level},
    making::{compute, files, printer, selection},
    text::print,
    thresholds,
};
use crate::{
    batch,
    error::{Error, Result},
    report::{json, output},
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Options) -> Result<()> {
    if options.schema {
        return print(json::SCHEMA);
    }
    let look = &options.look;
    let printer = printer(look)?;
    let joined = join(global, &options.nodes).await?;
    let bill = OpenBill::open(global, &options.sources, look.from, options.to).await?;
    let bill = bill.scanned_by(joined).by_tags(&selection(look).keys);
    let (report, effort) = compute(global, look, &bill, options.month).await?;
    let files = files(global, look, &report, printer.as_ref())?;
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(report.month.to_string()));
    output::write(&out, &files)?;
    log::event(global, Level::Info, &report.headline, &[("month", report.month.to_string().into())]);
    let effort_fields = [("line_items", effort.line_items.into()), ("bytes_needed", effort.needed_bytes.into())];
    log::event(global, Level::Info, &bill.work_done(&effort), &effort_fields);
    let mut stdout = std::io::stdout().lock();
    for (path, _) in &files {
        match writeln!(stdout, "{}", out.join(path).display()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}")))?,
        }
    }
    thresholds::check(global, report.month, &batch::judged(&batch::figures(&report), &options.fail_on))
}
