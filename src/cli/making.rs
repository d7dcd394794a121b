//! Makes a report from an open bill: figures, model, charts, files. Nothing is written here.

use std::path::PathBuf;

use super::{
    args::{Global, Look},
    bill::OpenBill,
    calendar, talk,
};
use crate::{
    analysis::Selection,
    error::{Error, Result},
    report::{
        Conversion,
        build::{self, Origin, Wishes, build},
        charts::{Fonts, missing_glyphs, pictures, specs},
        model::Report,
        output::{self, Content, Format},
        pdf::Printer,
        sheets::sections,
        words::Words,
    },
    rollup::Effort,
    units::{Month, money},
};

/// Returns which line items are shown.
pub(super) fn selection(look: &Look) -> Selection {
    Selection::new(look.accounts.clone(), look.tags.clone(), look.group_by.as_ref())
}

/// Returns the forms that were asked for.
pub(super) fn formats(look: &Look) -> Vec<Format> {
    look.format.iter().map(|&format| format.into()).collect()
}

/// Finds what prints the PDF, where one is asked for: before any work.
pub(super) fn printer(look: &Look) -> Result<Option<Printer>> {
    let prints = formats(look).contains(&Format::Pdf);
    prints.then(|| Printer::find(look.chromium.as_deref())).transpose()
}

/// Computes the report of a month, by default of the last complete one.
pub(super) async fn compute(
    global: &Global,
    look: &Look,
    bill: &OpenBill,
    month: Option<Month>,
) -> Result<(Report, Effort)> {
    let (selection, conversion, planned) = (selection(look), conversion(look)?, calendar::open(look)?);
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
    let mut wishes = Wishes {
        month,
        compare: look.compare,
        min_saving: look.min_saving.unwrap_or_default(),
        selection,
        group_by: look.group_by.clone(),
        language: global.lang,
        basis: Some(look.basis),
        conversion,
        course: None,
        calendar: planned.map(|planned| planned.within(global, build::span(&figures))).transpose()?,
    };
    if wishes.selection.is_whole() {
        wishes.course = Some(bill.course(build::reported(&figures, &wishes)?).await?);
    }
    let report = build(&figures, bill.judge.book(), &wishes, origin)?;
    if let Some(warning) = &report.footer.price_warning {
        talk(global, &format!("warning: {warning}"));
    }
    Ok((report, effort))
}

/// Makes the files of a report in the forms asked for.
pub(super) fn files(
    global: &Global,
    look: &Look,
    report: &Report,
    printer: Option<&Printer>,
) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let formats = formats(look);
    let words = Words::of(report.language)?;
    let charts = specs(report, &words);
    // The fonts of the system are looked through only when a chart needs them.
    let needs_more = look.font.is_some() || missing_glyphs(&charts, &Fonts::embedded()).is_some();
    let fonts = if needs_more { Fonts::find(look.font.as_deref())? } else { Fonts::embedded() };
    let pictures = pictures(report, &words, &fonts)?;
    if let Some(warning) = pictures.warning.as_ref().filter(|_| formats.contains(&Format::Png)) {
        talk(global, &format!("warning: {warning}"));
    }
    let content = Content {
        report,
        sections: &sections(report, &words, look.top),
        charts: &charts,
        pictures: &pictures.specs,
        theme: look.theme,
        fonts: &fonts,
        words: &words,
        printer,
    };
    output::files(&content, &formats)
}

/// Returns the currency that amounts are shown in, where it is another one.
///
/// # Errors
/// When the currency or the rate is given without the other.
pub(super) fn conversion(look: &Look) -> Result<Option<Conversion>> {
    match (look.currency.clone(), look.rate) {
        (None, None) => Ok(None),
        (Some(to), Some(rate)) => Ok(Some(Conversion { to, rate })),
        (Some(to), None) => Err(Error::usage(format!("--currency {to} needs the rate to convert by"))
            .hint(format!("say what one unit of the bill's currency is worth: --currency {to} --rate 1390.5"))),
        (None, Some(rate)) => Err(Error::usage(format!("--rate {rate} needs the currency that it leads to"))
            .hint(format!("name it: --currency KRW --rate {rate}"))),
    }
}
