//! `gravimeter report`: the monthly report in all formats asked for.

use std::{io::Write, path::PathBuf};

use super::{
    args::{Global, Report as Options},
    bill::OpenBill,
    cluster::join,
    talk,
    text::print,
};
use crate::{
    analysis::Selection,
    error::{Error, Result},
    report::{
        Conversion,
        build::{Origin, Wishes, build},
        charts::{Fonts, missing_glyphs, pictures, specs},
        json, output,
        pdf::Printer,
        sheets::sections,
        words::Words,
    },
    units::money,
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Options) -> Result<()> {
    if options.schema {
        return print(json::SCHEMA);
    }
    let formats: Vec<output::Format> = options.format.iter().map(|&format| format.into()).collect();
    let prints = formats.contains(&output::Format::Pdf);
    let printer = prints.then(|| Printer::find(options.chromium.as_deref())).transpose()?;
    let joined = join(global, &options.nodes).await?;
    let selection = Selection::new(options.accounts.clone(), options.tags.clone(), options.group_by.as_ref());
    let bill = OpenBill::open(global, &options.sources, options.from, options.to).await?;
    let bill = bill.scanned_by(joined).by_tags(&selection.keys);
    let (figures, effort, broken) = bill.selected(&selection).await?;
    for (month, difference) in &broken {
        let difference = money(*difference, &figures.currency);
        let note = format!("{month} does not add up: unblended is {difference} off; `gravimeter reconcile` says where");
        talk(global, &format!("warning: {note}"));
    }
    let origin = Origin {
        sources: bill.describe(),
        rows_read: effort.line_items,
        bytes_read: effort.needed_bytes,
        bytes_skipped: effort.file_bytes.saturating_sub(effort.needed_bytes),
        notes: bill.notes(&effort),
        broken,
    };
    let wishes = Wishes {
        month: options.month,
        compare: options.compare,
        min_saving: options.min_saving.unwrap_or_default(),
        selection,
        group_by: options.group_by.clone(),
        language: global.lang,
        basis: Some(options.basis),
        conversion: conversion(options)?,
    };
    let report = build(&figures, bill.judge.book(), &wishes, origin)?;
    if let Some(warning) = &report.footer.price_warning {
        talk(global, &format!("warning: {warning}"));
    }
    let words = Words::of(report.language)?;
    let charts = specs(&report, &words);
    // The fonts of the system are looked through only when a chart needs them.
    let needs_more = options.font.is_some() || missing_glyphs(&charts, &Fonts::embedded()).is_some();
    let fonts = if needs_more { Fonts::find(options.font.as_deref())? } else { Fonts::embedded() };
    let pictures = pictures(&report, &words, &fonts)?;
    if let Some(warning) = pictures.warning.as_ref().filter(|_| formats.contains(&output::Format::Png)) {
        talk(global, &format!("warning: {warning}"));
    }
    let content = output::Content {
        report: &report,
        sections: &sections(&report, &words, options.top),
        charts: &charts,
        pictures: &pictures.specs,
        theme: options.theme,
        fonts: &fonts,
        words: &words,
        printer: printer.as_ref(),
    };
    let files = output::files(&content, &formats)?;
    let out = options.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(report.month.to_string()));
    output::write(&out, &files)?;
    talk(global, &report.headline);
    talk(global, &bill.work_done(&effort));
    let mut stdout = std::io::stdout().lock();
    for (path, _) in &files {
        match writeln!(stdout, "{}", out.join(path).display()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}")))?,
        }
    }
    Ok(())
}

/// Returns the currency that amounts are shown in, where it is another one.
fn conversion(options: &Options) -> Result<Option<Conversion>> {
    let Some(to) = options.currency.clone() else {
        return Ok(None);
    };
    match options.rate {
        Some(rate) => Ok(Some(Conversion { to, rate })),
        None => Err(Error::usage(format!("--currency {to} needs the rate to convert by"))
            .hint(format!("say what one unit of the bill's currency is worth: --currency {to} --rate 1390.5"))),
    }
}
