//! The price versions that a user has: one readable file per service, region, kind and version, and an index that proves
//! them.
//!
//! In: [`Sheet`]s from AWS or from a file. Out: the versions that hold on a day. Versions are only ever added, so that a
//! report of last year can be made again. The index is put in place by a rename after all files it names: what is not in
//! it does not exist.

mod arrival;
mod exchange;
mod file;
mod named;
mod version;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Term, index::sha256};
use crate::{
    error::{Error, Kind, Result},
    sealed,
};

pub use arrival::Arrival;
pub use exchange::{is_table, sheets_of_table};
pub(super) use file::{Row, rows};
pub use version::{PriceKind, PriceVersion};

/// Name of the index, beside the folders of the services.
const INDEX: &str = "versions.json";

/// Layout of the index and of the files.
const LAYOUT: u32 = 1;

/// All versions of a folder.
#[derive(Debug, Default)]
pub struct Store {
    root: PathBuf,
    versions: Vec<PriceVersion>,
    /// What was checked later does not count.
    checked_until: Option<NaiveDate>,
}

/// What became of the arrivals.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Added {
    /// Files that are new, relative to the folder.
    pub new: Vec<String>,
    /// Sheets that were there already: their day of the last check is newer now.
    pub confirmed: usize,
}

/// A product of the price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    /// Stock keeping unit.
    pub sku: String,
    /// Service as the price table calls it.
    pub service: String,
    /// Region code.
    pub region: String,
    /// Operating system, or engine and deployment.
    pub variant: String,
    /// Instance type, or the usage that is priced.
    pub item: String,
}

/// What every layout begins with.
#[derive(Deserialize)]
struct Layout {
    layout: u32,
}

#[derive(Serialize, Deserialize)]
struct Index {
    layout: u32,
    versions: Vec<PriceVersion>,
}

impl Store {
    /// Opens the folder; one that is not there is empty.
    ///
    /// # Errors
    /// When the index cannot be read, or is of a newer layout.
    pub fn open(root: &Path) -> Result<Self> {
        let path = root.join(INDEX);
        let versions = match fs::read(&path) {
            Ok(text) => read_index(&path, &text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::io("read", &path, &error).hint("choose another folder with --cache-dir")),
        };
        Ok(Self { root: root.to_owned(), versions, checked_until: None })
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the day up to which checks count, where it is not today.
    pub(super) fn checked_until(&self) -> Option<NaiveDate> {
        self.checked_until
    }

    /// Returns all versions in the order in which they came.
    pub fn versions(&self) -> &[PriceVersion] {
        &self.versions
    }

    /// Returns the versions whose prices had been published by the day, the newest last.
    pub fn as_of(&self, day: Option<NaiveDate>) -> Vec<&PriceVersion> {
        let mut known: Vec<&PriceVersion> =
            self.versions.iter().filter(|version| day.is_none_or(|day| version.as_of <= day)).collect();
        // Stable: of one day, what came later counts.
        known.sort_by_key(|version| version.as_of);
        known
    }

    /// Reads the file of a version after checking it against the index.
    ///
    /// # Errors
    /// When it is not there or is not the one that the index was written for.
    pub fn read(&self, version: &PriceVersion) -> Result<Vec<u8>> {
        let path = self.root.join(&version.file);
        let bytes = fs::read(&path).map_err(|error| {
            let kind = if error.kind() == ErrorKind::PermissionDenied { Kind::Permission } else { Kind::Incomplete };
            Error::new(kind, format!("cannot read {}: {error}", path.display())).hint(self.way_out())
        })?;
        if sha256(&bytes) != version.sha256 {
            return Err(Error::incomplete(format!("{} is not the file that {INDEX} was written for", path.display()))
                .hint(self.way_out()));
        }
        Ok(bytes)
    }

    fn way_out(&self) -> String {
        format!("bring it back from a backup, or take {} away and run `gravimeter prices refresh`", self.root.display())
    }

    /// Reads every version and checks its number of prices.
    ///
    /// # Errors
    /// Names the first file that is not what the index says.
    pub fn verify(&self) -> Result<()> {
        self.versions.iter().try_for_each(|version| {
            let found = rows(&version.file, &self.read(version)?)?.len();
            if found == version.rows {
                return Ok(());
            }
            Err(Error::incomplete(format!("{} has {found} prices, {INDEX} says {}", version.file, version.rows)))
        })
    }

    /// Returns the SKUs of all products, so that rates that name only a SKU find their item.
    ///
    /// # Errors
    /// When a file is not the one that the index was written for.
    pub fn skus(&self) -> Result<Vec<Sku>> {
        let mut all: BTreeMap<String, Sku> = BTreeMap::new();
        for version in self.as_of(None).into_iter().rev().filter(|version| version.kind == PriceKind::List) {
            // Of the volume tiers of a SKU the first counts: the lines are sorted, and newer versions come first.
            for (code, line) in file::codes(&version.file, &self.read(version)?)? {
                debug_assert_eq!(line.term, Term::OnDemand);
                let (service, region) = (version.service.clone(), version.region.clone());
                let sku = Sku { sku: code.sku.clone(), service, region, variant: line.variant, item: line.item };
                all.entry(code.sku).or_insert(sku);
            }
        }
        Ok(all.into_values().collect())
    }

    /// Returns the store as it was before the newest of the versions of the day came.
    #[must_use]
    pub fn before_newest(&self, day: Option<NaiveDate>) -> Option<Self> {
        let came = |version: &PriceVersion| version.checked.first().copied();
        let newest = self.as_of(day).into_iter().filter_map(came).max()?;
        let versions = self.versions.iter().filter(|version| came(version) < Some(newest)).cloned().collect();
        Some(Self { root: self.root.clone(), versions, checked_until: None })
    }

    /// Adds the sheets as versions, all of them or none.
    ///
    /// `checked` is the day on which the source was asked; without one the day of publication stands.
    ///
    /// # Errors
    /// When the folder cannot be written, or when another run is writing to it.
    pub fn add(root: &Path, arrivals: &[Arrival], checked: Option<NaiveDate>) -> Result<Added> {
        fs::create_dir_all(root).map_err(|error| Error::io("create", root, &error))?;
        let _alone = lock(root, ".lock")?;
        let mut store = Self::open(root)?;
        let mut added = Added::default();
        for arrival in arrivals {
            let (bytes, day) = (file::text(&arrival.sheet)?, checked.unwrap_or(arrival.sheet.published));
            let digest = sha256(&bytes);
            let known = store.versions.iter().position(|version| version.sha256 == digest && version.is_of(arrival));
            if let Some(place) = known {
                // What was stated last counts, among the versions of a day too.
                let mut known = store.versions.remove(place);
                known.confirm(day, arrival.whole);
                store.versions.push(known);
                added.confirmed += 1;
                continue;
            }
            let name = store.free_name(arrival);
            write(&root.join(&name), &bytes)?;
            store.versions.push(PriceVersion::new(name.clone(), digest, arrival, day));
            added.new.push(name);
        }
        let index = Index { layout: LAYOUT, versions: store.versions };
        let mut text = serde_json::to_vec_pretty(&index)
            .map_err(|error| Error::runtime(format!("cannot write {INDEX}: {error}")))?;
        text.push(b'\n');
        write(&root.join(INDEX), &text)?;
        Ok(added)
    }

    /// Returns a name that no version has: a day may see several.
    fn free_name(&self, arrival: &Arrival) -> String {
        let Arrival { sheet, kind, .. } = arrival;
        let name = format!("{}/{}/{}{}", sheet.service, sheet.region, sheet.published, kind.suffix());
        let of_day = self.versions.iter().filter(|version| version.is_of(arrival)).count();
        if of_day == 0 { format!("{name}.csv") } else { format!("{name}-{}.csv", of_day + 1) }
    }
}

fn read_index(path: &Path, text: &[u8]) -> Result<Vec<PriceVersion>> {
    let broken = |error: serde_json::Error| {
        Error::incomplete(format!("cannot read {}: {error}", path.display()))
            .hint("bring it back from a backup, or take the folder away and run `gravimeter prices refresh`")
    };
    let Layout { layout } = serde_json::from_slice(text).map_err(broken)?;
    if layout > LAYOUT {
        return Err(Error::usage(format!("{} was written by a newer gravimeter", path.display()))
            .hint("use that one, or another folder: --cache-dir DIR"));
    }
    let index: Index = serde_json::from_slice(text).map_err(broken)?;
    for version in &index.versions {
        let name = Path::new(&version.file);
        // A file that the index names lies in its folder, whoever wrote the index.
        if name.is_absolute() || name.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(Error::incomplete(format!("{}: {} is no file of the folder", path.display(), version.file)));
        }
    }
    Ok(index.versions)
}

/// Keeps other refreshes of the folder from running for as long as the file is open: they would share what is kept.
///
/// # Errors
/// When another one is running, or the folder cannot be written.
pub fn refreshes_alone(root: &Path) -> Result<File> {
    fs::create_dir_all(root).map_err(|error| Error::io("create", root, &error))?;
    lock(root, ".refresh-lock")
}

/// Keeps other runs from doing the same for as long as the file is open.
fn lock(root: &Path, name: &str) -> Result<File> {
    let path = root.join(name);
    let file = File::create(&path).map_err(|error| Error::io("create", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::new(Kind::Transient, format!("another run is bringing prices to {}", root.display()))
                .hint("run the command again when it has ended"))
        }
        Err(fs::TryLockError::Error(error)) => Err(Error::io("lock", &path, &error)),
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || {
        fs::create_dir_all(folder)?;
        let mut file = readable(tempfile::Builder::new().prefix(sealed::TEMPORARY)).tempfile_in(folder)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map(|_| ()).map_err(|error| error.error)?;
        // The name must be as durable as the contents. Not every file system can say so.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    };
    attempt().map_err(|error| Error::io("write", path, &error))
}

/// Lets others read: prices are no secret, and executors of a cluster may be other users.
fn readable<'a, 'p, 's>(builder: &'a mut tempfile::Builder<'p, 's>) -> &'a mut tempfile::Builder<'p, 's> {
    #[cfg(unix)]
    return builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    #[cfg(not(unix))]
    builder
}

#[cfg(test)]
mod tests;
