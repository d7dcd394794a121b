//! Exports without manifests: files that the folders alone sort into exports and months.
//!
//! A group is read only when it cannot be ambiguous: one folder per export and month, nothing but the report in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    footer::{Footers, is_updating},
    layout::Layout,
    listing::{Listing, Object},
    plan::{COLUMN_HINT, Draft, Planned, month_words},
    schema::Content,
};
use crate::{
    error::{Error, Result},
    units::Month,
};

/// What the files without a manifest turned out to be.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// The exports among them.
    pub drafts: Vec<Draft>,
    /// Files that are no report, of which the Parquet ones have folders of their own.
    pub foreign: BTreeSet<usize>,
    /// What was found and is not read.
    pub notes: Vec<String>,
}

/// The folder in which AWS keeps the flag of the Athena files.
const STATUS_FOLDER: &str = "cost_and_usage_data_status";

/// Sorts the files into exports and months.
///
/// # Errors
/// When a status file cannot be read.
pub(super) async fn group(listing: &Listing, loose: &[usize], footers: &mut Footers) -> Result<Groups> {
    let mut groups = Groups::default();
    let mut folders: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for &index in loose {
        let object = &listing.objects[index];
        let is_status = footers.content(index) == Some(&Content::Status);
        if is_status && is_updating(listing, footers, index).await? {
            groups.notes.push(format!("{} says UPDATING: AWS was writing the report when it was copied", object.name));
        }
        let in_status_folder = object.dirs().last().is_some_and(|last| last == STATUS_FOLDER);
        if !is_status && !in_status_folder {
            folders.entry(object.dirs()).or_default().push(index);
        }
    }
    for files in folders.values_mut() {
        leave_text_aside(listing, files, footers, &mut groups.foreign);
    }
    folders.retain(|_, files| !files.is_empty());
    let mut exports: BTreeMap<Vec<String>, Draft> = BTreeMap::new();
    for (dirs, files) in folders {
        if !holds_report(&files, footers) {
            groups.foreign.extend(&files);
            groups.notes.push(foreign_note(listing, &files));
            continue;
        }
        let layout = Layout::of(dirs);
        let folder = layout.export_folder();
        let label = folder.last().cloned().unwrap_or_else(|| "export".to_owned());
        let draft = exports.entry(folder.to_vec()).or_insert_with(|| Draft::new(folder, label));
        draft.sources.extend(files.iter().flat_map(|&file| &listing.objects[file].sources));
        if let Some(problem) = check(listing, &files, layout.month, footers) {
            draft.fails_in(layout.month, problem);
        }
        draft.months.push(Planned { month: layout.month, manifest: None, files });
    }
    for draft in exports.values_mut() {
        if let Some(problem) = ambiguous(listing, draft) {
            draft.problem = Some(problem);
            draft.broken = draft.months.iter().map(|planned| planned.month).collect();
        }
    }
    groups.drafts.extend(exports.into_values());
    Ok(groups)
}

/// Leaves text aside that is no report: any tool may write CSV beside the files of AWS.
fn leave_text_aside(listing: &Listing, files: &mut Vec<usize>, footers: &Footers, foreign: &mut BTreeSet<usize>) {
    let is_parquet = |index: usize| listing.objects[index].is_parquet;
    let report =
        files.iter().any(|&index| is_parquet(index) && matches!(footers.content(index), Some(Content::Cur(_))));
    files.retain(|&index| {
        let keep = match footers.content(index) {
            Some(Content::Cur(_)) => true,
            Some(Content::Status | Content::Other) => is_parquet(index),
            // What is damaged may be a part of the report, unless that is Parquet.
            Some(Content::Damaged(_)) | None => is_parquet(index) || !report,
        };
        if !keep {
            foreign.insert(index);
        }
        keep
    });
}

/// Tells whether the files of one folder, taken together, are a bill.
fn holds_report(files: &[usize], footers: &Footers) -> bool {
    // A file that cannot be opened may be part of the report: it is not left aside.
    files.iter().any(|&index| matches!(footers.content(index), None | Some(Content::Cur(_) | Content::Damaged(_))))
}

fn foreign_note(listing: &Listing, files: &[usize]) -> String {
    let example = files.first().map(|&index| &listing.objects[index]);
    let folder = example.map_or(".", |object| object.folder_name());
    let file = example.map_or("", Object::file);
    match files.len() {
        1 => format!("{folder}/{file} is not read: it is no Cost and Usage Report"),
        count => {
            format!("{folder}: {count} Parquet files (such as {file}) are not read: they are no Cost and Usage Report")
        }
    }
}

/// Returns the name of a file without the ending of its packing.
fn unpacked_name(name: &str) -> &str {
    [".gz", ".zip"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Checks that a folder holds one report and nothing else.
fn check(listing: &Listing, files: &[usize], month: Option<Month>, footers: &mut Footers) -> Option<Error> {
    let place = month.map_or_else(String::new, |month| format!(" ({month})"));
    let mut format = None;
    let mut unpacked: BTreeMap<&str, &str> = BTreeMap::new();
    for &index in files {
        let name = &listing.objects[index].name;
        if let Some(other) = unpacked.insert(unpacked_name(name), name) {
            return Some(
                Error::incomplete(format!(
                    "{other} and {name} are one file, packed and unpacked{place}: adding them would count the bill twice"
                ))
                .hint("keep one of them, or copy the manifest too: it says which files are the month"),
            );
        }
        match footers.content(index) {
            Some(&Content::Cur(found)) => match format {
                None => format = Some((found, name)),
                Some((first, _)) if first == found => {}
                Some((first, other)) => {
                    return Some(
                        Error::incomplete(format!(
                            "one folder holds two kinds of reports: {other} is {first}, {name} is {found}"
                        ))
                        .hint("keep each export in a folder of its own, as AWS delivers it"),
                    );
                }
            },
            Some(Content::Damaged(reason)) => {
                return Some(Error::incomplete(format!("{name}{place} {reason}")).hint(COLUMN_HINT));
            }
            Some(_) => {
                return Some(
                    Error::incomplete(format!(
                        "{name} lies among the files of a Cost and Usage Report{place} but is none itself"
                    ))
                    .hint("move it out of the folder, or copy the manifest too: it says which files are the month"),
                );
            }
            None => {
                if let Some(error) = footers.take_error(index) {
                    return Some(error);
                }
            }
        }
    }
    None
}

/// Tells why the folders of an export may hold one month more than once.
fn ambiguous(listing: &Listing, draft: &Draft) -> Option<Error> {
    let mut seen: BTreeMap<Option<Month>, &Planned> = BTreeMap::new();
    let undated = draft.months.iter().find(|planned| planned.month.is_none());
    for planned in &draft.months {
        let other = seen.insert(planned.month, planned).or(match planned.month {
            Some(_) => undated,
            None => None,
        });
        if let Some(other) = other {
            let what = format!("of {}", month_words(planned.month));
            return Some(two_folders(listing, &what, other, planned));
        }
    }
    None
}

/// Finds two exports to be read of which one lies inside the other's folder of files.
///
/// # Errors
/// When there are such: the inner one may be a snapshot of the outer one.
pub(super) fn check_nesting(listing: &Listing, drafts: &[&Draft]) -> Result<()> {
    let loose: Vec<&Draft> = drafts.iter().copied().filter(|draft| !draft.by_manifest).collect();
    for outer in &loose {
        for planned in outer.months.iter().filter(|planned| planned.month.is_none()) {
            let Some(&file) = planned.files.first() else { continue };
            let dirs = listing.objects[file].dirs();
            let inside = |inner: &&&Draft| inner.folder.len() > dirs.len() && inner.folder.starts_with(dirs);
            if let Some(inner) = loose.iter().find(inside).and_then(|inner| inner.months.first()) {
                return Err(two_folders(listing, "of one export", planned, inner));
            }
        }
    }
    Ok(())
}

fn two_folders(listing: &Listing, what: &str, first: &Planned, second: &Planned) -> Error {
    let folder =
        |planned: &Planned| planned.files.first().map_or("?", |&index| listing.objects[index].folder_name()).to_owned();
    Error::incomplete(format!(
        "files {what} lie in more than one folder: {} and {}; each may be a whole snapshot, and adding them would \
         count the bill twice",
        folder(first),
        folder(second)
    ))
    .hint("copy the manifests (*-Manifest.json) too: they say which files are the month")
    .hint("or name one of the folders only")
}
