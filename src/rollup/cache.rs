//! Where rollups lie: a folder of the user's, in which each delivery has one folder, put in place by a rename.
//!
//! The name of a delivery's folder is made of what it is (export and month) and of the versions of its files and of our
//! own logic. What is not whole is not there. Runs at the same time do not wait for each other: both write, one stays.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::parts::{Folder, Part};
use crate::{
    error::{Error, Result},
    normalize::TagKeys,
    sealed,
    source::{Delivery, Export},
};

/// Names the code that writes rollups; see `build.rs`.
const LOGIC: &str = env!("GRAVIMETER_LOGIC");

/// Stands between the name of a delivery and that of the tags that it is rolled up by.
const BY: char = '-';

/// Age from which what a killed run left is removed.
const ABANDONED: Duration = Duration::from_hours(24);

/// Age from which rollups of older versions of a delivery are removed; a run at the same time may still read them.
const SUPERSEDED: Duration = Duration::from_hours(1);

/// A folder of rollups.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    temporary: Option<TempDir>,
}

/// The name of a delivery's rollup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// What it is a rollup of, whatever the version.
    delivery: String,
    /// The versions of files and logic.
    version: String,
}

impl Name {
    /// Names the rollup of a delivery by some tags; `None` when a file has no version, so that a change could not be seen.
    pub(super) fn of(export: &Export, delivery: &Delivery, tags: &TagKeys) -> Option<Self> {
        let store = delivery.files.first().map(|file| file.store.to_string());
        let what = format!("{store:?} {} {:?} {:?}", export.name, delivery.month, delivery.manifest);
        let mut version = vec![format!("{LOGIC} {} {:?}", export.format, delivery.month)];
        for file in &delivery.files {
            let object = &file.object;
            let place = (file.store.to_string(), object.location.as_ref());
            let tag = object.e_tag.as_ref()?;
            let modified = object.last_modified.timestamp_micros();
            version.push(format!("{place:?} {tag} {:?} {} {modified}", object.version, object.size));
        }
        let short = |text: &str| sealed::digest(text.as_bytes())[..24].to_owned();
        // Without tags the name is that of the bill alone. Every set of tags has a folder of its own beside it.
        let by = if tags.is_empty() { String::new() } else { format!("{BY}{}", &short(&tags.name())[..12]) };
        Some(Self { delivery: format!("{}{by}", &short(&what)[..12]), version: short(&version.join("\n")) })
    }
}

impl Name {
    /// Names a rollup that serves one run only.
    pub(super) fn once(number: usize) -> Self {
        Self { delivery: "once".to_owned(), version: format!("{}-{number}", std::process::id()) }
    }
}

impl Cache {
    /// Opens a folder, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn in_folder(root: &Path) -> Result<Self> {
        let root = root.join("rollups");
        let failed = |error| {
            Error::io("write to the cache folder", &root, &error)
                .hint("choose another folder with --cache-dir, or run without one with --no-cache")
        };
        fs::create_dir_all(&root).map_err(failed)?;
        tempfile::Builder::new().prefix(sealed::TEMPORARY).tempfile_in(&root).map_err(failed)?;
        Ok(Self { root, temporary: None })
    }

    /// Opens a folder that is removed in the end.
    ///
    /// # Errors
    /// When there is no place for it.
    pub fn temporary() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(sealed::TEMPORARY).tempdir();
        let folder = folder.map_err(|error| Error::io("make a folder in", &std::env::temp_dir(), &error))?;
        Ok(Self { root: folder.path().to_owned(), temporary: Some(folder) })
    }

    /// Tells whether what is written here is kept for the next run.
    pub fn is_kept(&self) -> bool {
        self.temporary.is_none()
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.root.join(&name.delivery).join(&name.version)
    }

    /// Finds a rollup; whether its files are whole is checked when they are read.
    pub(super) fn find(&self, name: &Name) -> Option<Folder> {
        Folder::open(&self.path(name))
    }

    /// Returns an empty folder to write a rollup in.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn begin(&self) -> Result<TempDir> {
        tempfile::Builder::new()
            .prefix(sealed::TEMPORARY)
            .tempdir_in(&self.root)
            .map_err(|error| Error::io("write to the cache folder", &self.root, &error))
    }

    /// Puts a finished rollup in place and returns it.
    ///
    /// # Errors
    /// When it cannot be moved there.
    pub(super) fn store(&self, finished: TempDir, name: &Name) -> Result<Folder> {
        let target = self.path(name);
        let failed = |error: std::io::Error| Error::io("write", &target, &error);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        if fs::rename(finished.path(), &target).is_err() {
            // Another run was faster, or what lies there is broken.
            if let Some(theirs) = Folder::open(&target).filter(|theirs| theirs.is_whole(&Part::ALL)) {
                return Ok(theirs);
            }
            let broken = self.begin()?;
            // A run at the same time may have taken it away already.
            let _ = fs::rename(&target, broken.path().join("broken"));
            fs::rename(finished.path(), &target).map_err(failed)?;
        }
        // It has moved: there is nothing left to remove.
        let _ = finished.keep();
        self.tidy(name);
        Folder::open(&target).ok_or_else(|| Error::runtime(format!("{} was changed at once", target.display())))
    }

    /// Removes rollups of older versions of the delivery, and what killed runs left behind.
    fn tidy(&self, name: &Name) {
        let older = |path: &Path, age: Duration| {
            let modified = fs::metadata(path).and_then(|found| found.modified());
            modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|passed| passed > age))
        };
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        // The rollups of a delivery by other tags become old together with it.
        let delivery = name.delivery.split(BY).next().unwrap_or_default();
        let is_of_it = |entry: &fs::DirEntry| {
            entry.file_name().to_str().is_some_and(|name| name.split(BY).next() == Some(delivery))
        };
        for entry in entries(&self.root).filter(is_of_it).flat_map(|folder| entries(&folder.path())) {
            if entry.file_name().to_str() != Some(&name.version) && older(&entry.path(), SUPERSEDED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        for entry in entries(&self.root) {
            let is_temporary = entry.file_name().to_str().is_some_and(|name| name.starts_with(sealed::TEMPORARY));
            if is_temporary && older(&entry.path(), ABANDONED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}
