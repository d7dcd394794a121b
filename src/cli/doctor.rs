//! `gravimeter doctor`: prints what lies there, how far it reaches, and what is wrong with it.

use std::{collections::BTreeMap, fmt::Write, io::IsTerminal};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    args::{Doctor as Options, DoctorFormat, Global},
    bill::means,
    price_book::book,
    talk, text,
};
use crate::{
    analysis::Judge,
    doctor::{ExportFacts, Finding, MonthFacts, RowFacts, Severity, examine, findings},
    engine::Engine,
    error::{Error, Result},
    source::survey,
    units::{Month, grouped},
};

/// Runs the command.
pub(super) async fn run(global: &Global, options: &Options) -> Result<()> {
    let survey = survey(&options.sources, global.export.as_deref(), &global.access()).await?;
    let judge = Judge::new(book(global)?, global.policy());
    let book = judge.book();
    let means = means(global);
    let engine = Engine::new(means.threads, means.memory)?;
    let on_terminal = std::io::stderr().is_terminal();
    let begin = |name: &str| {
        if on_terminal {
            talk(global, &format!("reading {name}"));
        }
    };
    let exports = examine(&engine, survey.exports, book, begin).await?;
    let findings = findings(&exports, &survey.problems, &survey.notes);
    match options.format {
        DoctorFormat::Table => text::print(&page(&exports, &findings))?,
        DoctorFormat::Json => text::print_json(&document(&exports, &findings))?,
    }
    let problems: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Problem).collect();
    let Some(first) = problems.first() else { return Ok(()) };
    let what = if let [_] = problems.as_slice() {
        "a problem was found".to_owned()
    } else {
        format!("{} problems were found, first", problems.len())
    };
    let error = Error::incomplete(format!("{what}: {}", text::plain(&about(first, single(&exports)))));
    Err(match &first.next {
        Some(next) => error.hint(next.clone()),
        None => error,
    })
}

/// Writes the page for eyes.
fn page(exports: &[ExportFacts], findings: &[Finding]) -> String {
    let mut out = String::from("Exports\n");
    let rows: Vec<Vec<String>> = exports.iter().map(export_row).collect();
    out.push_str(&text::columns(&rows, 2, |at| at < 4 || at == 6));
    for export in exports.iter().filter(|export| export.unread.is_none() && !export.months.is_empty()) {
        let _ = write!(out, "\n{}\n{}", text::plain(&export.name), month_table(export));
    }
    let _ = write!(out, "\nFindings\n{}", finding_list(findings, single(exports)));
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counted = |severity: Severity, noun: &str| match count(severity) {
        1 => format!("1 {noun}"),
        other => format!("{other} {noun}s"),
    };
    let _ = writeln!(
        out,
        "\n{}, {}, {}",
        counted(Severity::Problem, "problem"),
        counted(Severity::Warning, "warning"),
        counted(Severity::Note, "note")
    );
    out
}

fn export_row(export: &ExportFacts) -> Vec<String> {
    let files: usize = export.months.iter().map(|month| month.files).sum();
    let bytes = export.months.iter().map(|month| month.bytes).sum();
    let mut months: Vec<Month> = export.months.iter().filter_map(|month| month.month).collect();
    months.extend(export.broken.iter().flatten());
    months.sort_unstable();
    months.dedup();
    let state = match &export.unread {
        Some(why) => format!("not read: {why}"),
        None if export.months.is_empty() => "cannot be read".to_owned(),
        None if export.months.iter().all(|month| month.by_manifest) => "read by manifest".to_owned(),
        None => "read without a manifest".to_owned(),
    };
    vec![
        text::plain(&export.name),
        export.format.map_or_else(|| "–".to_owned(), |format| format.to_string()),
        text::plain(export.payer.as_deref().unwrap_or("no payer")),
        text::months(&months),
        if files == 1 { "1 file".to_owned() } else { format!("{files} files") },
        text::size(bytes),
        state,
    ]
}

fn month_table(export: &ExportFacts) -> String {
    let mut rows = vec![
        ["month", "files", "size", "line items", "unblended", "data through", "state"].map(str::to_owned).to_vec(),
    ];
    for month in &export.months {
        let facts = month.rows.as_ref();
        rows.push(vec![
            month.month.map_or_else(|| "–".to_owned(), |month| month.to_string()),
            month.files.to_string(),
            text::size(month.bytes),
            facts.map_or_else(|| "–".to_owned(), |rows| grouped(Decimal::from(rows.line_items), 0)),
            facts.map_or_else(|| "–".to_owned(), money),
            facts.and_then(RowFacts::data_through).map_or_else(|| "–".to_owned(), |day| day.to_string()),
            state(month).to_owned(),
        ]);
    }
    for broken in &export.broken {
        let name = broken.map_or_else(|| "–".to_owned(), |month| month.to_string());
        let dash = || "–".to_owned();
        rows.push(vec![name, dash(), dash(), dash(), dash(), dash(), "files are not whole".to_owned()]);
    }
    rows[1..].sort_by(|a, b| a[0].cmp(&b[0]));
    text::columns(&rows, 2, |at| at == 0 || at > 4)
}

fn money(rows: &RowFacts) -> String {
    let costs: Vec<String> =
        rows.costs.iter().map(|(currency, cost)| format!("{} {}", grouped(*cost, 2), text::plain(currency))).collect();
    if costs.is_empty() { "–".to_owned() } else { costs.join(" + ") }
}

fn state(month: &MonthFacts) -> &'static str {
    match (&month.rows, month.month) {
        (None, _) => "cannot be read",
        (Some(rows), _) if rows.line_items == 0 => "empty",
        (Some(rows), Some(month)) => rows.finality(month).as_str(),
        (Some(_), None) => "month unknown",
    }
}

/// Returns the name of the export that is read, when it is the only one: it need not be named again and again.
fn single(exports: &[ExportFacts]) -> Option<&str> {
    let mut read = exports.iter().filter(|export| export.unread.is_none());
    match (read.next(), read.next()) {
        (Some(one), None) => Some(&one.name),
        _ => None,
    }
}

/// Writes what a finding is about and what was found.
fn about(finding: &Finding, single: Option<&str>) -> String {
    let mut words = Vec::new();
    if let Some(export) = finding.export.as_ref().filter(|name| single != Some(name)) {
        words.push(export.clone());
    }
    if !finding.months.is_empty() {
        words.push(text::months(&finding.months));
    }
    words.push(finding.message.clone());
    words.join(": ")
}

/// Columns of text after which a finding is broken.
const WIDTH: usize = 90;

fn finding_list(findings: &[Finding], single: Option<&str>) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut push = |severity: Severity, check: &str, message: &str, next: Option<&String>| {
        let mut head = [severity.as_str(), check];
        let next = next.map(|next| format!("→ {}", text::plain(next)));
        let lines = text::wrapped(message, WIDTH).into_iter();
        for line in lines.chain(next.iter().flat_map(|next| text::wrapped(next, WIDTH))) {
            rows.push([&head[..], &[line.as_str()]].concat().into_iter().map(str::to_owned).collect());
            head = ["", ""];
        }
    };
    // What is as it should be is told in full of a single export, and in a line of each of several.
    let mut fine: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in findings {
        match &finding.export {
            Some(export) if finding.severity == Severity::Ok && single.is_none() => {
                fine.entry(export).or_default().push(finding.check);
            }
            _ => push(finding.severity, finding.check, &text::plain(&about(finding, single)), finding.next.as_ref()),
        }
    }
    for (export, checks) in fine {
        push(Severity::Ok, "", &text::plain(&format!("{export}: {}", checks.join(", "))), None);
    }
    text::columns(&rows, 2, |_| true)
}

fn document(exports: &[ExportFacts], findings: &[Finding]) -> Value {
    let exports: Vec<Value> = exports
        .iter()
        .map(|export| {
            json!({
                "name": export.name,
                "format": export.format.map(|format| format.to_string()),
                "payer_account_id": export.payer,
                "not_read_because": export.unread,
                "months": export.months.iter().map(month_json).collect::<Vec<_>>(),
                "broken_months": export.broken.iter().map(|month| month.map(|month| month.to_string())).collect::<Vec<_>>(),
            })
        })
        .collect();
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let found = findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.as_str(),
            "check": finding.check,
            "export": finding.export,
            "months": finding.months,
            "message": finding.message,
            "next": finding.next,
        })
    });
    json!({
        "exports": exports,
        "findings": found.collect::<Vec<_>>(),
        "problems": count(Severity::Problem),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
    })
}

fn month_json(month: &MonthFacts) -> Value {
    let rows = month.rows.as_ref();
    let unblended: serde_json::Map<String, Value> = rows
        .iter()
        .flat_map(|rows| &rows.costs)
        .map(|(currency, cost)| (currency.clone(), Value::String(cost.normalize().to_string())))
        .collect();
    json!({
        "month": month.month,
        "files": month.files,
        "bytes": month.bytes,
        "by_manifest": month.by_manifest,
        "line_items": rows.map(|rows| rows.line_items),
        "unblended_cost": unblended,
        "data_through": rows.and_then(RowFacts::data_through).map(|day| day.to_string()),
        "state": state(month),
        "invoiced_line_items": rows.and_then(|rows| rows.invoiced),
        "split_line_items": rows.map(|rows| rows.split_line_items),
    })
}
