//! What to say when a source holds no report that can be read.

use std::collections::BTreeSet;

use super::{
    listing::{Listing, Object},
    plan::Draft,
    schema::{self, TELLTALE},
};
use crate::error::{Error, Result};

/// A header line of 300 columns has some 10 KiB.
const HEADER: u64 = 64 * 1024;

/// Checks that every source holds an export, and at least one that this version reads.
///
/// # Errors
/// When one does not, with what was found there instead.
pub(super) async fn check(
    listing: &Listing,
    drafts: &[Draft],
    foreign: &BTreeSet<usize>,
    notes: &[String],
) -> Result<()> {
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
                .hint(PARQUET));
            }
            continue;
        }
        let objects: Vec<&Object> = listing.objects.iter().filter(|object| object.sources.contains(&number)).collect();
        let example = foreign.iter().map(|&index| &listing.objects[index]).find(|o| o.sources.contains(&number));
        if let Some(error) = csv(&source.given, &objects, example.is_some()).await? {
            return Err(error);
        }
        let message = match example {
            Some(object) => format!(
                "no Cost and Usage Report found under {}: {} has no column `{TELLTALE}` with others of `line_item_` \
                 and `bill_`",
                source.given, object.name
            ),
            None => format!("no Cost and Usage Report found under {}", source.given),
        };
        let mut error = Error::incomplete(message).hint(
            "name the folder that holds the export as AWS delivers it, with its Parquet files and *-Manifest.json",
        );
        for note in notes.iter().filter(|note| note.starts_with(&source.given)) {
            error = error.hint(note.clone());
        }
        return Err(error);
    }
    Ok(())
}

/// The next step for a delivery that this version does not read.
pub(super) const PARQUET: &str = "in AWS, deliver the Cost and Usage Report as Parquet (CUR 1 or CUR 2.0)";

/// Says that a source holds CSV, when a header tells that it is a bill, or when compressed CSV is all there is.
async fn csv(given: &str, objects: &[&Object], has_parquet: bool) -> Result<Option<Error>> {
    for object in objects.iter().filter(|object| object.ends_with(".csv")) {
        let start = object.read_start(HEADER).await?;
        let text = String::from_utf8_lossy(&start);
        if schema::is_billing_csv(text.lines().next().unwrap_or_default()) {
            let message = format!("{} is a CSV delivery, which is not read by this version yet", object.name);
            return Ok(Some(Error::usage(message).hint(PARQUET)));
        }
    }
    let compressed = |object: &&&Object| object.ends_with(".csv.gz") || object.ends_with(".csv.zip");
    Ok(objects.iter().find(compressed).filter(|_| !has_parquet).map(|object| {
        Error::usage(format!(
            "no Parquet found under {given}, but compressed CSV, which is not read by this version yet, such as {}",
            object.name
        ))
        .hint(PARQUET)
    }))
}
