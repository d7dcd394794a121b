//! Finds the files that a manifest names in a local copy.
//!
//! A manifest names objects of a bucket; a synced copy keeps their layout but not the bucket and often not the
//! prefix. So a key is found by its end: the more folders agree the better, and never fewer than those that say
//! which month and which execution the file belongs to.

use std::collections::BTreeMap;

use super::{
    layout::Layout,
    listing::Listing,
    manifest::{Manifest, Shape},
};
use crate::error::{Error, Result};

/// The objects of a listing by file name.
#[derive(Debug)]
pub(super) struct ByName<'a> {
    listing: &'a Listing,
    names: BTreeMap<&'a str, Vec<usize>>,
}

/// The files of a manifest that were found, and the keys that were not.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// Indices of objects, in the order of the manifest.
    pub found: Vec<usize>,
    /// Keys without a file.
    pub missing: Vec<String>,
    /// Files that lie beside the manifest, without the folders of their keys.
    pub beside: Vec<usize>,
}

impl<'a> ByName<'a> {
    /// Indexes the listing.
    pub(super) fn new(listing: &'a Listing) -> Self {
        let mut names: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, object) in listing.objects.iter().enumerate() {
            names.entry(object.file()).or_default().push(index);
        }
        Self { listing, names }
    }

    /// Finds all files of a manifest.
    ///
    /// # Errors
    /// When two files are equally good matches for a key.
    pub(super) fn resolve(&self, manifest: &Manifest) -> Result<Resolved> {
        let mut resolved = Resolved::default();
        for key in &manifest.said.keys {
            if let Some(index) = self.find(key, manifest)? {
                resolved.found.push(index);
            } else if let Some(index) = self.beside(key, manifest) {
                resolved.found.push(index);
                resolved.beside.push(index);
            } else {
                resolved.missing.push(key.join("/"));
            }
        }
        resolved.found.sort_unstable();
        resolved.found.dedup();
        Ok(resolved)
    }

    /// Finds a CSV file that was passed on beside its manifest, unpacked or not, without the folders of AWS.
    ///
    /// That is how CSV travels by hand. Within the folders of AWS nothing but the key itself counts.
    fn beside(&self, key: &[String], manifest: &Manifest) -> Option<usize> {
        let place = self.listing.objects[manifest.object].dirs();
        let layout = Layout::of(place);
        if manifest.said.shape != Shape::Csv || layout.month.is_some() || layout.is_metadata() {
            return None;
        }
        let name = key.last()?;
        let unpacked = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip"));
        let mut found = [Some(name.as_str()), unpacked].into_iter().flatten().flat_map(|name| {
            let alike = self.names.get(name).into_iter().flatten().copied();
            alike.filter(|&index| self.listing.objects[index].dirs() == place)
        });
        // Both the packed and the unpacked file: nobody knows which one is older.
        found.next().filter(|_| found.next().is_none())
    }

    /// Returns a file of that name anywhere, which explains why the right one is not found.
    pub(super) fn elsewhere(&self, key: &str) -> Option<&'a str> {
        let name = key.rsplit('/').next()?;
        self.names.get(name)?.first().map(|&index| self.listing.objects[index].name.as_str())
    }

    fn find(&self, key: &[String], manifest: &Manifest) -> Result<Option<usize>> {
        let Some(name) = key.last() else { return Ok(None) };
        let place = &self.listing.objects[manifest.object].parts;
        let needed = needed(key);
        let mut best: Vec<(Rank, usize)> = Vec::new();
        for &index in self.names.get(name.as_str()).into_iter().flatten() {
            let parts = &self.listing.objects[index].parts;
            let suffix = common(key.iter().rev(), parts.iter().rev());
            if suffix < needed {
                continue;
            }
            let rank = Rank {
                same_tree: parts.starts_with(&manifest.folder),
                suffix,
                near: common(parts.iter(), place.iter()),
            };
            match best.first().map(|(found, _)| rank.cmp(found)) {
                Some(std::cmp::Ordering::Less) => continue,
                Some(std::cmp::Ordering::Equal) => {}
                Some(std::cmp::Ordering::Greater) | None => best.clear(),
            }
            best.push((rank, index));
        }
        match best.as_slice() {
            [] => Ok(None),
            [(_, index)] => Ok(Some(*index)),
            [(_, first), (_, second), ..] => Err(Error::incomplete(format!(
                "the manifest {} names {}, and two files fit equally well: {} and {}",
                manifest.name,
                key.join("/"),
                self.listing.objects[*first].name,
                self.listing.objects[*second].name
            ))
            .hint("name the folder of one copy only")),
        }
    }
}

/// How well a file fits a key; larger is better, in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// It lies under the folder of the export that the manifest belongs to.
    same_tree: bool,
    /// Components that agree, counted from the file upwards.
    suffix: usize,
    /// Components it shares with the manifest, counted from the root.
    near: usize,
}

/// Returns how many components must agree: an execution folder names the delivery alone, partitions must be
/// whole, and without either the last folder must fit.
fn needed(key: &[String]) -> usize {
    let Some((_, dirs)) = key.split_last() else { return 1 };
    let layout = Layout::of(dirs);
    let folders = if layout.below.is_empty() { layout.partition.len().max(1) } else { layout.below.len() };
    folders.min(dirs.len()) + 1
}

fn common<'a>(left: impl Iterator<Item = &'a String>, right: impl Iterator<Item = &'a String>) -> usize {
    left.zip(right).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn month_and_execution_must_agree() {
        assert_eq!(needed(&parts("p/e/data/BILLING_PERIOD=2026-04/f")), 2);
        assert_eq!(needed(&parts("p/e/data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-04e9/f")), 2);
        // `month=10` alone would also fit another year.
        assert_eq!(needed(&parts("p/r/r/year=2018/month=10/f")), 3);
        assert_eq!(needed(&parts("p/r/20220401-20220501/20220503T120125Z/f")), 2);
        assert_eq!(needed(&parts("p/f")), 2);
        assert_eq!(needed(&parts("f")), 1);
    }

    #[test]
    fn the_same_tree_counts_more_than_a_longer_match() {
        let near = Rank { same_tree: true, suffix: 2, near: 3 };
        let far = Rank { same_tree: false, suffix: 5, near: 1 };
        assert!(near > far);
        assert!(Rank { suffix: 3, ..near } > near);
    }
}
