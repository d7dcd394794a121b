//! What to say when a source holds no report that can be read.

use std::collections::BTreeSet;

use super::{listing::Listing, plan::Draft, schema::TELLTALE};
use crate::error::{Error, Result};

/// Checks that every source holds an export, and at least one that this version reads.
///
/// # Errors
/// When one does not, with what was found there instead.
pub(super) fn check(listing: &Listing, drafts: &[Draft], foreign: &BTreeSet<usize>, notes: &[String]) -> Result<()> {
    for (number, source) in listing.sources.iter().enumerate() {
        let mut here = drafts.iter().filter(|draft| draft.sources.contains(&number)).peekable();
        if here.peek().is_some() {
            if let Some(unread) = here.clone().map(|draft| draft.unread).min().flatten() {
                let names: BTreeSet<&str> = here.map(|draft| draft.label.as_str()).collect();
                let names: Vec<&str> = names.into_iter().collect();
                return Err(Error::usage(format!(
                    "{} holds only {} that is not read by this version yet: {}",
                    source.given,
                    unread.what(),
                    names.join(", ")
                ))
                .hint(READABLE));
            }
            continue;
        }
        let example = foreign.iter().map(|&index| &listing.objects[index]).find(|o| o.sources.contains(&number));
        let message = match example {
            Some(object) => format!(
                "no Cost and Usage Report found under {}: {} has no column `{TELLTALE}` with others of `line_item_` \
                 and `bill_`",
                source.given, object.name
            ),
            None => format!("no Cost and Usage Report found under {}", source.given),
        };
        let mut error = Error::incomplete(message).hint(
            "name the folder that holds the export as AWS delivers it, with its Parquet or CSV files and *-Manifest.json",
        );
        for note in notes.iter().filter(|note| note.starts_with(&source.given)) {
            error = error.hint(note.clone());
        }
        return Err(error);
    }
    Ok(())
}

/// The next step for a delivery that this version does not read.
pub(super) const READABLE: &str =
    "in AWS, deliver the bill as a Cost and Usage Report: CUR 1 or CUR 2.0, Parquet or CSV";
