//! From manifests to exports: for each month exactly the files that the current manifest names.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::Memory,
    footer::Footers,
    layout::Layout,
    listing::Listing,
    manifest::{self, Manifest, Shape},
    rebase::{ByName, Resolved},
    schema::{Content, TELLTALE},
};
use crate::{
    error::{Error, Result},
    units::Month,
};

/// The files of one month.
#[derive(Debug)]
pub(super) struct Planned {
    /// The month, where manifest or path say it.
    pub month: Option<Month>,
    /// The manifest that names the files.
    pub manifest: Option<String>,
    /// Indices of objects.
    pub files: Vec<usize>,
}

/// An export that was found, before it is known to be whole or wanted.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its folder.
    pub folder: Vec<String>,
    /// Its own name, which others may share.
    pub label: String,
    /// The sources it was found under.
    pub sources: BTreeSet<usize>,
    /// Its months.
    pub months: Vec<Planned>,
    /// Why it cannot be read; an error only when it is wanted.
    pub problem: Option<Error>,
    /// What else is wrong with it.
    pub more: Vec<Error>,
    /// The months that are not whole.
    pub broken: BTreeSet<Option<Month>>,
    /// Whether manifests say which files are its months.
    pub by_manifest: bool,
}

impl Draft {
    /// Returns an export without months.
    pub(super) fn new(folder: &[String], label: String) -> Self {
        Self {
            folder: folder.to_vec(),
            label,
            sources: BTreeSet::new(),
            months: Vec::new(),
            problem: None,
            more: Vec::new(),
            broken: BTreeSet::new(),
            by_manifest: false,
        }
    }

    /// Takes a problem down; the first one is why it cannot be read.
    pub(super) fn fails(&mut self, error: Error) {
        if self.problem.is_none() {
            self.problem = Some(error);
        } else {
            self.more.push(error);
        }
    }

    /// Takes a problem of one month down.
    pub(super) fn fails_in(&mut self, month: Option<Month>, error: Error) {
        self.broken.insert(month);
        self.fails(error);
    }

    /// Returns the files of all months.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> + '_ {
        self.months.iter().flat_map(|month| month.files.iter().copied())
    }
}

/// The exports that have manifests, and the files that are theirs.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The exports.
    pub drafts: Vec<Draft>,
    /// Files that belong to them, whether they are read or not.
    pub owned: BTreeSet<usize>,
    /// What was found and is not read.
    pub notes: Vec<String>,
}

/// The manifests of one export, by month.
type Months<'a> = BTreeMap<Option<Month>, Vec<&'a Manifest>>;

/// Plans the exports that have manifests.
pub(super) fn by_manifests(listing: &Listing, manifests: &[Manifest]) -> Plan {
    let mut exports: BTreeMap<(&[String], &str), Months<'_>> = BTreeMap::new();
    for manifest in manifests {
        let months = exports.entry((&manifest.folder, &manifest.label)).or_default();
        months.entry(manifest.said.month).or_default().push(manifest);
    }
    let names = ByName::new(listing);
    let mut plan = Plan::default();
    let mut governed = BTreeMap::new();
    let mut owners: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
    for months in exports.values() {
        plan_export(listing, &names, months, &mut plan, &mut governed, &mut owners);
    }
    plan.owned.extend(owners.keys());
    unnamed(listing, &governed, &mut plan);
    plan
}

/// A folder whose files only a manifest may name.
#[derive(Debug)]
struct Realm {
    /// Index of the draft.
    owner: usize,
    /// The months that have a manifest.
    known: BTreeSet<Month>,
    /// Everything below belongs to it, however deep: the `data` folder of Data Exports.
    deep: bool,
    /// Whether its manifests name CSV files.
    csv: bool,
}

/// The realms by folder.
type Governed = BTreeMap<Vec<String>, Realm>;

fn plan_export<'a>(
    listing: &Listing,
    names: &ByName<'_>,
    months: &Months<'a>,
    plan: &mut Plan,
    governed: &mut Governed,
    owners: &mut BTreeMap<usize, (usize, &'a str)>,
) {
    let mut drafts: BTreeMap<Shape, usize> = BTreeMap::new();
    let mut folders: BTreeMap<Vec<String>, bool> = BTreeMap::new();
    let mut draft_of = |plan: &mut Plan, manifest: &Manifest| {
        *drafts.entry(manifest.said.shape).or_insert_with(|| {
            let mut draft = Draft::new(&manifest.folder, manifest.export_name());
            draft.by_manifest = true;
            plan.drafts.push(draft);
            plan.drafts.len() - 1
        })
    };
    let mut first = None;
    for (&month, manifests) in months {
        let Some(&any) = manifests.first() else { continue };
        let manifest = match manifest::current(manifests) {
            Ok(current) => current.unwrap_or(any),
            Err(error) => {
                let index = draft_of(plan, any);
                plan.drafts[index].fails_in(month, error);
                any
            }
        };
        let index = draft_of(plan, manifest);
        first.get_or_insert(index);
        let draft = &mut plan.drafts[index];
        draft.sources.extend(&listing.objects[manifest.object].sources);
        let layout = Layout::of(listing.objects[manifest.object].dirs());
        if layout.is_metadata() {
            folders.insert([manifest.folder.as_slice(), &["data".to_owned()]].concat(), true);
        }
        if manifest.said.keys.is_empty() {
            plan.notes.push(format!("{} names no data files", manifest.name));
            continue;
        }
        let resolved = match names.resolve(manifest) {
            Ok(resolved) => resolved,
            Err(error) => {
                draft.fails_in(month, error);
                continue;
            }
        };
        for &file in &resolved.beside {
            let (name, by) = (&listing.objects[file].name, &manifest.name);
            plan.notes.push(format!("{name} is read for {by}, which names a file of that name in a folder of AWS"));
        }
        check_complete(listing, names, manifest, &resolved, &mut plan.drafts[index]);
        for &file in &resolved.found {
            let object = &listing.objects[file];
            plan.drafts[index].sources.extend(&object.sources);
            folders.entry(Layout::of(object.dirs()).export.to_vec()).or_insert(false);
            if let Some((other, named_by)) = owners.insert(file, (index, &manifest.name)) {
                let both = format!("{} is named by two manifests: {named_by} and {}", object.name, manifest.name);
                plan.drafts[index].fails_in(month, Error::incomplete(both.clone()).hint(KEEP_LAYOUT));
                if other != index {
                    plan.drafts[other].fails(Error::incomplete(both).hint(KEEP_LAYOUT));
                }
            }
        }
        plan.drafts[index].months.push(Planned { month, manifest: Some(manifest.name.clone()), files: resolved.found });
    }
    let Some(first) = first else { return };
    let owner = drafts.get(&Shape::Parquet).copied().unwrap_or(first);
    let csv = drafts.contains_key(&Shape::Csv);
    let known: BTreeSet<Month> = months.keys().copied().flatten().collect();
    for (folder, deep) in folders {
        let realm = governed.entry(folder).or_insert_with(|| Realm { owner, known: BTreeSet::new(), deep, csv });
        realm.known.extend(&known);
        realm.csv |= csv;
    }
}

const KEEP_LAYOUT: &str =
    "name the export with all its folders: s3://BUCKET/PREFIX, or a copy by aws s3 sync s3://BUCKET/PREFIX DIR";

/// Checks that every file that the manifest names is there and not empty.
fn check_complete(listing: &Listing, names: &ByName<'_>, manifest: &Manifest, resolved: &Resolved, draft: &mut Draft) {
    let month = month_words(manifest.said.month);
    let wanted = manifest.said.keys.len();
    if let Some(key) = resolved.missing.first() {
        let more = match resolved.missing.len() - 1 {
            0 => String::new(),
            more => format!(" ({more} more of its {wanted} files are missing too)"),
        };
        let mut error =
            Error::incomplete(format!("{key} is missing: the manifest {} names it for {month}{more}", manifest.name))
                .hint(KEEP_LAYOUT);
        if let Some(other) = names.elsewhere(key) {
            error = error.hint(format!("a file of that name lies in another folder: {other}"));
        }
        draft.fails_in(manifest.said.month, error);
    }
    for object in resolved.found.iter().map(|&file| &listing.objects[file]) {
        if object.meta.size == 0 {
            let message =
                format!("{} is empty (0 bytes): the manifest {} names it for {month}", object.name, manifest.name);
            draft.fails_in(manifest.said.month, Error::incomplete(message).hint("copy the file again"));
        }
    }
    // Two keys that end at one file: the month would be short of a part.
    if resolved.missing.is_empty() && resolved.found.len() < wanted {
        let message = format!(
            "the manifest {} names {wanted} files for {month}, but only {} different ones are there",
            manifest.name,
            resolved.found.len()
        );
        draft.fails_in(manifest.said.month, Error::incomplete(message).hint(KEEP_LAYOUT));
    }
}

/// Returns the month, or words for a month that only the rows tell.
pub(super) fn month_words(month: Option<Month>) -> String {
    month.map_or_else(|| "a month that only its rows tell".to_owned(), |month| month.to_string())
}

/// Takes out the files in the folders of an export that no current manifest names: older chunks and snapshots.
fn unnamed(listing: &Listing, governed: &Governed, plan: &mut Plan) {
    let mut older: BTreeMap<usize, usize> = BTreeMap::new();
    let mut orphans: BTreeMap<usize, BTreeMap<Month, usize>> = BTreeMap::new();
    for (index, object) in listing.objects.iter().enumerate() {
        if !(object.is_parquet || object.is_csv) || plan.owned.contains(&index) {
            continue;
        }
        let layout = Layout::of(object.dirs());
        let Some(realm) = governor(governed, &layout, object.dirs()) else { continue };
        plan.owned.insert(index);
        // Text beside an export that is Parquet may be anything: results of Athena, somebody's notes.
        let foreign = object.is_csv && !realm.csv;
        if foreign || object.meta.size == 0 {
            continue;
        }
        match layout.month {
            Some(month) if !realm.known.contains(&month) => {
                orphans.entry(realm.owner).or_default().entry(month).or_insert(index);
            }
            _ => *older.entry(realm.owner).or_default() += 1,
        }
    }
    for (owner, count) in older {
        let files = if count == 1 { "1 file is" } else { &format!("{count} files are") };
        plan.notes
            .push(format!("{}: {files} not read, because no current manifest names them", plan.drafts[owner].label));
    }
    for (owner, months) in orphans {
        let names: Vec<String> = months.keys().map(Month::to_string).collect();
        let example = months.values().next().map_or("", |&index| listing.objects[index].name.as_str());
        let verb = if names.len() == 1 { "month {} has" } else { "months {} have" }.replace("{}", &names.join(", "));
        let message = format!(
            "{}: {verb} data files but no manifest (such as {example}): the delivery is not complete or the metadata \
             folder was not synced",
            plan.drafts[owner].label
        );
        plan.drafts[owner].fails(Error::incomplete(message).hint(KEEP_LAYOUT));
    }
}

/// Finds the realm that a file lies in.
fn governor<'a>(governed: &'a Governed, layout: &Layout<'_>, dirs: &[String]) -> Option<&'a Realm> {
    governed.get(layout.export).or_else(|| {
        let above = |(folder, realm): &(&Vec<String>, &Realm)| realm.deep && dirs.starts_with(folder);
        governed.iter().rev().find(above).map(|(_, realm)| realm)
    })
}

/// Checks what the files of manifests turned out to be.
pub(super) fn check_contents(listing: &Listing, plan: &mut Plan, footers: &mut Footers) {
    for draft in &mut plan.drafts {
        let mut problems = Vec::new();
        for planned in &draft.months {
            let month = month_words(planned.month);
            for &index in &planned.files {
                let name = &listing.objects[index].name;
                match footers.content(index) {
                    Some(Content::Cur(_)) => {}
                    Some(Content::Damaged(reason)) => {
                        let message = format!("{name} ({month}) {reason}");
                        problems.push((planned.month, Error::incomplete(message).hint(COLUMN_HINT)));
                    }
                    Some(Content::Status | Content::Other) => {
                        let message = format!(
                            "{name} is named by a manifest for {month} but is no Cost and Usage Report: it has no \
                             column `{TELLTALE}`, nor `BilledCost` as FOCUS has"
                        );
                        problems.push((planned.month, Error::incomplete(message).hint(COLUMN_HINT)));
                    }
                    None => problems.extend(footers.take_error(index).map(|error| (planned.month, error))),
                }
            }
        }
        for (month, problem) in problems {
            draft.fails_in(month, problem);
        }
    }
}

/// The next step when columns are not those of AWS.
pub(super) const COLUMN_HINT: &str =
    "Gravimeter reads the files as AWS delivers them; deliver the export with its own column names";

/// Opens the files that the plan reads and those that no manifest governs.
///
/// # Errors
/// When the reading could not be run.
pub(super) async fn open(listing: &Listing, plan: &Plan, memory: &Memory) -> Result<(Footers, Vec<usize>)> {
    let loose: Vec<usize> = listing
        .objects
        .iter()
        .enumerate()
        .filter(|(index, object)| {
            (object.is_parquet || object.is_csv) && object.meta.size > 0 && !plan.owned.contains(index)
        })
        .map(|(index, _)| index)
        .collect();
    let named = plan.drafts.iter().flat_map(Draft::files).filter(|&index| listing.objects[index].meta.size > 0);
    let wanted: BTreeSet<usize> = named.chain(loose.iter().copied()).collect();
    Ok((Footers::of(listing, wanted, memory).await?, loose))
}
