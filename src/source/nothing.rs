//! What to say when a source holds no report that can be read.

use std::collections::BTreeSet;

use super::{listing::Listing, plan::Draft, schema::TELLTALE};
use crate::error::{Error, Result};

/// Checks that every source holds an export.
///
/// # Errors
/// When one does not, with what was found there instead.
pub(super) fn check(listing: &Listing, drafts: &[Draft], foreign: &BTreeSet<usize>, notes: &[String]) -> Result<()> {
    for (number, source) in listing.sources.iter().enumerate() {
        if drafts.iter().any(|draft| draft.sources.contains(&number)) {
            continue;
        }
        let example = foreign.iter().map(|&index| &listing.objects[index]).find(|o| o.sources.contains(&number));
        let message = match example {
            Some(object) => format!(
                "no Cost and Usage Report found under {}: {} has no column `{TELLTALE}` with others of `line_item_` \
                 and `bill_`, nor `BilledCost` and `ChargeCategory` as FOCUS has",
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
