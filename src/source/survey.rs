//! The lenient way in: everything that lies under the sources, with what is wrong, instead of the first refusal.
//!
//! Only `doctor` comes this way. No figure may: a month that is not whole is named here, and left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Access, Delivery, Export, Format, Memory, choice, continue_across_sources, data_file, footer, footer::Footers,
    groups, listing::Listing, manifest, nothing, plan, plan::Draft, schema::Content,
};
use crate::{
    error::{Error, Result},
    units::Month,
};

/// What lies under the sources.
#[derive(Debug)]
pub struct Survey {
    /// The exports, by name.
    pub exports: Vec<Surveyed>,
    /// What was found and deliberately not read, in words.
    pub notes: Vec<String>,
    /// What is wrong with the sources as a whole.
    pub problems: Vec<Error>,
}

/// One export as it lies there.
#[derive(Debug)]
pub struct Surveyed {
    /// Its name, unlike that of every other export found.
    pub name: String,
    /// How it is written, where a file of it could be opened.
    pub format: Option<Format>,
    /// The payer account, or `None` when no row names one.
    pub payer: Option<String>,
    /// Why other commands do not read it, or `None` when they do.
    pub unread: Option<String>,
    /// The months that are whole, in order.
    pub deliveries: Vec<Delivery>,
    /// The months that are not.
    pub broken: Vec<Option<Month>>,
    /// What is wrong with it.
    pub problems: Vec<Error>,
}

/// Finds everything under the sources, whole or not.
///
/// # Errors
/// When a source cannot be listed, holds nothing like a bill, or `choice` names an export that is not there.
pub async fn survey(sources: &[String], choice: Option<&str>, access: &Access) -> Result<Survey> {
    let listing = Listing::of(sources, access).await?;
    let mut problems = Vec::new();
    let mut manifests = Vec::new();
    for outcome in manifest::read_each(&listing).await {
        match outcome {
            Ok(manifest) => manifests.push(manifest),
            Err(error) => problems.push(error),
        }
    }
    let mut plan = plan::by_manifests(&listing, &manifests);
    let (mut footers, loose) = plan::open(&listing, &plan, &Memory::none()).await?;
    plan::check_contents(&listing, &mut plan, &mut footers);
    let groups = groups::group(&listing, &loose, &mut footers).await?;
    let mut notes = [plan.notes, groups.notes].concat();
    let mut drafts: Vec<Draft> = plan.drafts.into_iter().chain(groups.drafts).collect();
    drafts.retain(|draft| !draft.months.is_empty() || draft.problem.is_some());
    continue_across_sources(&mut drafts);
    if let Err(error) = nothing::check(&listing, &drafts, &groups.foreign, &notes) {
        if drafts.is_empty() && problems.is_empty() {
            return Err(error);
        }
        problems.push(error);
    }

    let names = choice::names(&drafts);
    let chosen = match choice::choose(&listing, &drafts, &names, choice).await {
        Ok(chosen) => {
            notes.extend(chosen.notes);
            chosen.drafts
        }
        Err(error) if choice.is_some() => return Err(error),
        Err(error) => {
            problems.push(error);
            (0..drafts.len()).collect()
        }
    };
    let wanted: BTreeSet<usize> = chosen.into_iter().collect();
    let read: Vec<&Draft> = wanted.iter().map(|&index| &drafts[index]).collect();
    problems.extend(groups::check_nesting(&listing, &read).err());
    let mut exports = Vec::with_capacity(drafts.len());
    for (index, (name, draft)) in names.into_iter().zip(drafts).enumerate() {
        let passed_over = || (!wanted.contains(&index)).then(|| "another export is chosen".to_owned());
        exports.push(surveyed(&listing, &mut footers, name, passed_over(), draft).await);
    }
    exports.sort_by(|left, right| left.name.cmp(&right.name));
    problems.extend(payers_twice(&exports).err());
    notes.sort();
    notes.dedup();
    Ok(Survey { exports, notes, problems })
}

/// Takes over what is whole of an export.
async fn surveyed(
    listing: &Listing,
    footers: &mut Footers,
    name: String,
    unread: Option<String>,
    mut draft: Draft,
) -> Surveyed {
    let mut problems: Vec<Error> = draft.problem.take().into_iter().chain(std::mem::take(&mut draft.more)).collect();
    let formats: BTreeMap<usize, Format> = draft
        .files()
        .filter_map(|index| match footers.content(index) {
            Some(&Content::Cur(format)) => Some((index, format)),
            _ => None,
        })
        .collect();
    let files: Vec<usize> = formats.keys().copied().collect();
    let format = formats.values().copied().max();
    let payer = match footer::payer(listing, footers, &files).await {
        Ok(payer) => payer,
        Err(error) => {
            problems.push(error);
            None
        }
    };
    let mut deliveries = Vec::new();
    let mut broken = draft.broken.clone();
    for planned in draft.months {
        if planned.files.iter().any(|index| !formats.contains_key(index)) {
            broken.insert(planned.month);
        }
        if broken.contains(&planned.month) {
            continue;
        }
        let mut files: Vec<_> = planned.files.iter().filter_map(|&index| data_file(listing, footers, index)).collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        deliveries.push(Delivery { month: planned.month, manifest: planned.manifest, files });
    }
    deliveries.sort_by_key(|delivery| delivery.month);
    Surveyed { name, format, payer, unread, deliveries, broken: broken.into_iter().collect(), problems }
}

/// Refuses two readable exports of one payer, as the other commands do.
fn payers_twice(exports: &[Surveyed]) -> Result<()> {
    let read = exports.iter().filter(|export| export.unread.is_none());
    let plain = read.filter_map(|export| {
        let months = export.deliveries.iter().map(|delivery| delivery.month).chain(export.broken.iter().copied());
        let deliveries = months.map(|month| Delivery { month, manifest: None, files: Vec::new() }).collect();
        Some(Export { name: export.name.clone(), format: export.format?, payer: export.payer.clone(), deliveries })
    });
    choice::check_payers(&plain.collect::<Vec<_>>())
}
