//! What the facts mean: one finding for each thing that is wrong or worth knowing, with the next step.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{ExportFacts, Finality, MonthFacts, RowFacts, gaps::gaps};
use crate::{
    error::Error,
    units::{Month, grouped, percent, ratio},
};

/// How bad a finding is; the worst come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It was looked at and is as it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// May change a figure; have a look.
    Warning,
    /// Figures would be wrong or are refused.
    Problem,
}

impl Severity {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was looked at: "duplicates", "gaps"…
    pub check: &'static str,
    /// The export it is about.
    pub export: Option<String>,
    /// The months it is about, in order; empty when it is about the whole.
    pub months: Vec<Month>,
    /// What was found.
    pub message: String,
    /// What to do.
    pub next: Option<String>,
}

/// Returns what the facts mean, the worst first; `problems` and `notes` are those of the sources as a whole.
pub fn findings(exports: &[ExportFacts], problems: &[Error], notes: &[String]) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        problems.iter().map(|error| of_error(Severity::Problem, "source", None, &[], error)).collect();
    for export in exports {
        let mut about = About { export, found: Vec::new() };
        about.files();
        if export.unread.is_none() {
            about.months();
            about.columns();
            about.finality();
            about.duplicates();
            about.gaps();
            about.currency();
            about.accounts();
            about.split_rows();
            about.tables();
            about.amounts();
        }
        found.extend(about.found);
    }
    found.extend(currencies(exports));
    found.extend(notes.iter().map(|note| Finding {
        severity: Severity::Note,
        check: "files",
        export: None,
        months: Vec::new(),
        message: note.clone(),
        next: None,
    }));
    // Stable: within a severity the order is that of exports and checks.
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

fn of_error(severity: Severity, check: &'static str, export: Option<&str>, months: &[Month], error: &Error) -> Finding {
    Finding {
        severity,
        check,
        export: export.map(str::to_owned),
        months: months.to_vec(),
        message: error.to_string(),
        next: (!error.hints().is_empty()).then(|| error.hints().join("; ")),
    }
}

/// Says that exports which are read together count in different currencies; one export by itself says so too.
fn currencies(exports: &[ExportFacts]) -> Option<Finding> {
    let of = |export: &ExportFacts| -> BTreeSet<String> { export_rows(export).flat_map(currencies_of).collect() };
    let sets: Vec<BTreeSet<String>> = exports.iter().map(of).filter(|set| !set.is_empty()).collect();
    let all: BTreeSet<&str> = sets.iter().flatten().map(String::as_str).collect();
    (all.len() > 1 && sets.iter().all(|set| set.len() == 1)).then(|| Finding {
        severity: Severity::Problem,
        check: "currency",
        export: None,
        months: Vec::new(),
        message: format!("the exports count in different currencies: {}", joined(&all)),
        next: Some("report each payer by itself: name its folder, or choose it with --export NAME".to_owned()),
    })
}

fn export_rows(export: &ExportFacts) -> impl Iterator<Item = &RowFacts> {
    export.months.iter().filter_map(|month| month.rows.as_ref())
}

fn currencies_of(rows: &RowFacts) -> impl Iterator<Item = String> {
    rows.costs.keys().filter(|currency| !currency.is_empty()).cloned()
}

fn joined<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> String {
    words.into_iter().copied().collect::<Vec<_>>().join(", ")
}

/// Writes a count with its noun: "1 line item", "2,641 line items".
fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(Decimal::from(count), 0), if count == 1 { "" } else { "s" })
}

/// Takes what the tables do not know out of the facts.
type Unknown = fn(&RowFacts) -> &BTreeMap<String, (u64, Decimal)>;

/// Collects the findings about one export.
struct About<'a> {
    export: &'a ExportFacts,
    found: Vec<Finding>,
}

impl<'a> About<'a> {
    fn say(&mut self, severity: Severity, check: &'static str, months: &[Month], message: String, next: &str) {
        self.found.push(Finding {
            severity,
            check,
            export: Some(self.export.name.clone()),
            months: months.to_vec(),
            message,
            next: (!next.is_empty()).then(|| next.to_owned()),
        });
    }

    fn fine(&mut self, check: &'static str, message: String) {
        self.say(Severity::Ok, check, &[], message, "");
    }

    /// Returns the months whose rows were read.
    fn read(&self) -> Vec<(Month, &'a RowFacts)> {
        let export: &'a ExportFacts = self.export;
        export.months.iter().filter_map(|month| Some((month.month?, month.rows.as_ref()?))).collect()
    }

    fn files(&mut self) {
        let export = self.export;
        // What is wrong with an export that is not read does no harm to a figure.
        let severity = if export.unread.is_none() { Severity::Problem } else { Severity::Warning };
        let name = Some(export.name.as_str());
        for error in &export.problems {
            self.found.push(of_error(severity, "files", name, &[], error));
        }
        for month in &export.months {
            if let Some(error) = &month.problem {
                let months: Vec<Month> = month.month.into_iter().collect();
                self.found.push(of_error(Severity::Problem, "rows", name, &months, error));
            }
        }
        if let Some(why) = &export.unread {
            self.say(Severity::Note, "export", &[], format!("not read: {why}"), "");
            return;
        }
        let loose: Vec<Month> =
            export.months.iter().filter(|month| !month.by_manifest).filter_map(|month| month.month).collect();
        if export.problems.is_empty() {
            let files: u64 = export.months.iter().map(|month| month.files as u64).sum();
            if loose.is_empty() && files > 0 {
                self.fine("files", format!("{}, all that the manifests name", counted(files, "file")));
            } else if files > 0 {
                let next = "copy the metadata folder too: only the manifest says which files are the month";
                let message = "no manifest: whether a file is missing cannot be told".to_owned();
                self.say(Severity::Note, "files", &loose, message, next);
            }
        }
    }

    fn months(&mut self) {
        let mut known: BTreeSet<Month> = self.export.months.iter().filter_map(|month| month.month).collect();
        known.extend(self.export.broken.iter().flatten());
        let missing: Vec<Month> = match (known.first(), known.last()) {
            (Some(&first), Some(&last)) => std::iter::successors(Some(first), |month| Some(month.next()))
                .take_while(|month| *month < last)
                .filter(|month| !known.contains(month))
                .collect(),
            _ => Vec::new(),
        };
        if !missing.is_empty() {
            let next = "copy these months too, or ask AWS Support for a backfill of the export";
            self.say(
                Severity::Warning,
                "months",
                &missing,
                "no delivery, between months that have one".to_owned(),
                next,
            );
        }
        let empty: Vec<Month> =
            self.read().iter().filter(|(_, rows)| rows.line_items == 0).map(|(month, _)| *month).collect();
        if !empty.is_empty() {
            self.say(Severity::Note, "months", &empty, "no line items yet".to_owned(), "");
        }
    }

    /// Names absent columns: those of every month, and those of some months only.
    fn columns(&mut self) {
        let read: Vec<&MonthFacts> = self.export.months.iter().filter(|month| month.rows.is_some()).collect();
        let mut absent: BTreeMap<&str, Vec<Month>> = BTreeMap::new();
        for month in &read {
            for column in &month.absent {
                absent.entry(column).or_default().extend(month.month);
            }
        }
        if absent.is_empty() && !read.is_empty() {
            self.fine("columns", "all columns that figures need are there".to_owned());
        }
        for (column, months) in absent {
            let months = if months.len() == read.len() { Vec::new() } else { months };
            self.say(Severity::Note, "columns", &months, column.to_owned(), "");
        }
    }

    fn finality(&mut self) {
        let read = self.read();
        let last = read.last().map(|(month, _)| *month);
        let mut finals = 0_u64;
        let mut waiting = Vec::new();
        let mut unknown = Vec::new();
        for (month, rows) in read.iter().filter(|(_, rows)| rows.line_items > 0) {
            match rows.finality(*month) {
                Finality::Final => finals += 1,
                Finality::NotFinal => waiting.push(*month),
                Finality::Unknown => unknown.push(*month),
                Finality::Partial => {
                    let through = rows.data_through();
                    let reaches = through.map_or_else(
                        || "no usage says how far the data reaches".to_owned(),
                        |day| format!("the data reaches {day}"),
                    );
                    let (severity, next) = if Some(*month) == last {
                        (Severity::Note, "left out of month-over-month until it is complete")
                    } else {
                        (Severity::Warning, "a later month is there already: ask AWS to deliver this one again")
                    };
                    self.say(severity, "finality", &[*month], format!("partial: {reaches}"), next);
                }
            }
        }
        if !waiting.is_empty() {
            let message = "complete, but line items without an invoice id: AWS has not closed the bill".to_owned();
            self.say(Severity::Note, "finality", &waiting, message, "read it again when AWS has issued the invoice");
        }
        if !unknown.is_empty() {
            let message = "no column bill_invoice_id: nobody can tell whether AWS has closed the bill".to_owned();
            self.say(Severity::Note, "finality", &unknown, message, "add the column to the export");
        }
        if finals > 0 {
            self.fine("finality", format!("{} complete and invoiced", counted(finals, "month")));
        }
    }

    fn duplicates(&mut self) {
        let read = self.read();
        let mut clean = 0;
        let mut unknown = Vec::new();
        for (month, rows) in &read {
            let Some(duplicates) = &rows.duplicates else {
                if rows.line_items > 0 {
                    unknown.push(*month);
                }
                continue;
            };
            if duplicates.same_amounts == 0 && duplicates.other_amounts == 0 {
                clean += rows.line_items;
            }
            if duplicates.same_amounts > 0 {
                let count = counted(duplicates.same_amounts, "line item");
                let (cost, id) = (grouped(duplicates.cost, 2), &duplicates.example);
                let message = format!("{count} too many, worth {cost} unblended, such as {id}");
                let next = "a part of the month was delivered twice: sync the export again with its manifests";
                self.say(Severity::Problem, "duplicates", &[*month], message, next);
            }
            if duplicates.other_amounts > 0 {
                let count = counted(duplicates.other_amounts, "line item");
                let message = format!(
                    "{count} share id and interval with another, at other amounts, such as {}",
                    duplicates.example
                );
                let next = "two snapshots of one month may be mixed: compare the files with the manifest";
                self.say(Severity::Warning, "duplicates", &[*month], message, next);
            }
        }
        if !unknown.is_empty() {
            let message = "cannot be checked without identity_line_item_id and identity_time_interval".to_owned();
            self.say(Severity::Note, "duplicates", &unknown, message, "add both columns to the export");
        }
        if clean > 0 {
            self.fine("duplicates", format!("none among {}", counted(clean, "line item")));
        }
    }

    fn gaps(&mut self) {
        let mut clean = 0_u64;
        for (month, rows) in self.read().into_iter().filter(|(_, rows)| !rows.hours.is_empty()) {
            let hourly = rows.is_hourly();
            let gaps = gaps(&rows.hours, hourly);
            let Some(longest) = gaps.iter().max_by_key(|gap| (gap.hours(), std::cmp::Reverse(gap.from))) else {
                clean += 1;
                continue;
            };
            let hours: i64 = gaps.iter().map(super::gaps::Gap::hours).sum();
            let days: i64 = gaps.iter().map(super::gaps::Gap::whole_days).sum();
            let (from, to) = (longest.from.format("%Y-%m-%d %H:%M"), longest.to.format("%Y-%m-%d %H:%M"));
            let amount = match (hourly, days) {
                (false, days) => counted(days.unsigned_abs(), "day"),
                (true, 0) => counted(hours.unsigned_abs(), "hour"),
                (true, days) => format!(
                    "{}, {} among them,",
                    counted(hours.unsigned_abs(), "hour"),
                    counted(days.unsigned_abs(), "whole day")
                ),
            };
            let longest = if gaps.len() == 1 { "" } else { "the longest " };
            let message =
                format!("no usage begins in {amount} between the first and the last: {longest}from {from} to {to} UTC");
            let next = "an account that was idle looks the same; if yours was not, ask AWS to deliver the month again";
            self.say(Severity::Warning, "gaps", &[month], message, next);
        }
        if clean > 0 {
            self.fine("gaps", format!("none in {}", counted(clean, "month")));
        }
    }

    fn currency(&mut self) {
        let all: BTreeSet<String> = export_rows(self.export).flat_map(currencies_of).collect();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => {}
            [one] => self.fine("currency", format!("all in {one}")),
            several => {
                let months: Vec<Month> = self
                    .read()
                    .iter()
                    .filter(|(_, rows)| currencies_of(rows).count() > 1)
                    .map(|(month, _)| *month)
                    .collect();
                let message = format!("more than one currency: {}", joined(several));
                let next = "currencies are never added: report the months of each currency by themselves";
                self.say(Severity::Problem, "currency", &months, message, next);
            }
        }
    }

    fn accounts(&mut self) {
        let read: Vec<(Month, &RowFacts)> =
            self.read().into_iter().filter(|(_, rows)| !rows.accounts.is_empty()).collect();
        for pair in read.windows(2) {
            let ((_, before), (month, after)) = (pair[0], pair[1]);
            let only = |a: &RowFacts, b: &RowFacts| -> Vec<(String, Decimal)> {
                let new = a.accounts.iter().filter(|(account, _)| !b.accounts.contains_key(*account));
                new.map(|(account, cost)| (account.clone(), *cost)).collect()
            };
            for (accounts, words) in [(only(after, before), "new"), (only(before, after), "gone")] {
                if !accounts.is_empty() {
                    self.say(Severity::Note, "accounts", &[month], format!("{words}: {}", listed(&accounts)), "");
                }
            }
        }
        let all: BTreeSet<&String> = read.iter().flat_map(|(_, rows)| rows.accounts.keys()).collect();
        if !all.is_empty() && !self.found.iter().any(|finding| finding.check == "accounts") {
            let count = counted(all.len() as u64, "account");
            self.fine("accounts", format!("{count}, the same in each month"));
        }
    }

    fn split_rows(&mut self) {
        let months: Vec<Month> =
            self.read().iter().filter(|(_, rows)| rows.split_line_items > 0).map(|(month, _)| *month).collect();
        let count: u64 = export_rows(self.export).map(|rows| rows.split_line_items).sum();
        if count > 0 {
            let message = format!(
                "{} of split cost allocation data: they repeat the cost of their parents in columns of their own, and \
                 count no money here",
                counted(count, "row")
            );
            self.say(Severity::Note, "split rows", &months, message, "");
        }
    }

    fn tables(&mut self) {
        let cost: Decimal = export_rows(self.export).map(|rows| rows.instance_cost).sum();
        let has_instances = export_rows(self.export).any(|rows| !rows.instance_cost.is_zero());
        let kinds: [(&'static str, &str, Unknown); 2] = [
            ("instance types", "gravimeter map TYPE says what is known; a newer release may know it", |rows| {
                &rows.unknown_types
            }),
            ("regions", "a newer release may know it; its usage stays without a price until then", |rows| {
                &rows.unknown_regions
            }),
        ];
        for (check, next, unknown) in kinds {
            let mut sums: BTreeMap<&str, (u64, Decimal)> = BTreeMap::new();
            for (name, (count, cost)) in export_rows(self.export).flat_map(unknown) {
                let sum = sums.entry(name).or_default();
                sum.0 += count;
                sum.1 += cost;
            }
            let Some((_, first)) = sums.iter().next() else {
                if has_instances {
                    self.fine(check, "all known to the tables".to_owned());
                }
                continue;
            };
            let total = sums.values().skip(1).fold(*first, |sum, next| (sum.0 + next.0, sum.1 + next.1));
            let share = ratio(total.1, cost).unwrap_or_default();
            let mut names: Vec<(&str, Decimal)> = sums.iter().map(|(name, sum)| (*name, sum.1)).collect();
            names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let names: Vec<(String, Decimal)> = names.into_iter().map(|(name, cost)| (name.to_owned(), cost)).collect();
            let message = format!(
                "{} with {} of instance cost unknown to the tables: {}",
                counted(total.0, "line item"),
                percent(share),
                listed(&names)
            );
            let severity = if share >= Decimal::new(1, 2) { Severity::Warning } else { Severity::Note };
            self.say(severity, check, &[], message, next);
        }
    }

    /// Names values that are no amounts, by column; the first month stands for the others.
    fn amounts(&mut self) {
        let mut columns: BTreeMap<&str, (&str, Vec<Month>)> = BTreeMap::new();
        for (month, rows) in self.read() {
            for note in &rows.not_amounts {
                let column = note.split(':').next().unwrap_or_default();
                columns.entry(column).or_insert((note, Vec::new())).1.push(month);
            }
        }
        for (note, months) in columns.into_values() {
            let first = if months.len() > 1 { "in the first of these months, " } else { "" };
            let next = "deliver the month again, or correct the file";
            self.say(Severity::Warning, "amounts", &months, format!("{first}{note}"), next);
        }
    }
}

/// Lists at most three names with their cost.
fn listed(names: &[(String, Decimal)]) -> String {
    let shown: Vec<String> =
        names.iter().take(3).map(|(name, cost)| format!("{name} ({})", grouped(*cost, 2))).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
