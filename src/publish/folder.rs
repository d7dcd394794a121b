//! Reports in a folder: each is made whole beside its place and moved there by one rename.

use std::{
    fs::{self, File as Handle},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use tempfile::{Builder, NamedTempFile};

use super::{File, LATEST, Latest, Listed, Pointer, RECORD, Shelf, overtaken, revision_of};
use crate::{
    error::{Error, Result},
    sealed,
    units::Month,
};

/// The link that leads to the report of a month, where the system has links.
#[cfg(unix)]
const LINK: &str = "latest";

/// A folder of reports.
#[derive(Debug, Clone)]
pub struct FolderShelf {
    root: PathBuf,
}

impl FolderShelf {
    /// Returns the place of that name; it is made when something is placed.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn month(&self, month: Month) -> PathBuf {
        self.root.join(month.to_string())
    }

    /// Makes the report's folder, or leaves the month as it was.
    fn place_all(&self, latest: &Latest, files: &[File]) -> Result<()> {
        let month = self.month(latest.month);
        fs::create_dir_all(&month).map_err(|error| explained("create the folder", &month, &error))?;
        sweep(&month, latest.revision);
        let target = month.join(&latest.folder);
        let staging = Builder::new()
            .prefix(sealed::TEMPORARY)
            .tempdir_in(&month)
            .map_err(|error| explained("write in", &month, &error))?;
        let fresh = staging.path().join(&latest.folder);
        let mut folders = vec![fresh.clone()];
        for file in files {
            // The message names the file that will be, not its temporary place.
            let named = |error: io::Error| explained("write", &target.join(&file.path), &error);
            let path = fresh.join(&file.path);
            let folder = path.parent().unwrap_or(&fresh).to_owned();
            fs::create_dir_all(&folder).map_err(named)?;
            let mut handle = Handle::create_new(&path).map_err(named)?;
            handle.write_all(&file.bytes).and_then(|()| handle.sync_all()).map_err(named)?;
            folders.push(folder);
        }
        folders.sort();
        folders.dedup();
        for folder in &folders {
            sync(folder);
        }
        let named = |error: io::Error| explained("write", &target, &error);
        if target.exists() {
            // Damaged, or of a killed run: `latest.json` is written anew after this.
            fs::rename(&target, staging.path().join("old")).map_err(named)?;
        }
        fs::rename(&fresh, &target).map_err(named)?;
        sync(&month);
        Ok(())
    }

    fn point_at(&self, latest: &Latest) -> Result<()> {
        let month = self.month(latest.month);
        write_whole(&month.join(LATEST), &latest.bytes()?, true)?;
        sync(&month);
        link(&month, &latest.folder);
        Ok(())
    }
}

#[async_trait]
impl Shelf for FolderShelf {
    fn name_of(&self, path: &str) -> String {
        self.root.join(path).display().to_string()
    }

    async fn latest(&self, month: Month) -> Result<Option<Pointer>> {
        let path = format!("{month}/{LATEST}");
        let Some(bytes) = self.read(&path).await? else { return Ok(None) };
        let latest = Latest::read(&self.name_of(&path), &bytes)?;
        Ok(Some(Pointer { latest, e_tag: None }))
    }

    async fn months(&self) -> Result<Vec<Month>> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.root, &error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut months: Vec<Month> = names.filter_map(|name| name.parse().ok()).collect();
        months.retain(|month| self.month(*month).join(LATEST).is_file());
        months.sort_unstable();
        Ok(months)
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let path = self.root.join(path);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(Error::io("read", &path, &error)),
        }
    }

    async fn has(&self, latest: &Latest, files: &[Listed]) -> Result<bool> {
        let size = |path: &str| fs::metadata(self.root.join(latest.path(path))).map(|found| found.len()).ok();
        Ok(files.iter().all(|file| size(&file.path) == Some(file.size)) && size(RECORD).is_some())
    }

    async fn place(&self, latest: &Latest, files: &[File]) -> Result<()> {
        let placed = self.place_all(latest, files);
        if placed.is_err() {
            // Goes only where it is empty: a month that has reports stays.
            let _ = fs::remove_dir(self.month(latest.month));
        }
        placed
    }

    async fn point(&self, latest: &Latest, over: Option<&Pointer>) -> Result<()> {
        // The lock of the folder keeps others out; this finds those that go without it.
        let now = self.latest(latest.month).await?;
        if now.as_ref().map(|now| &now.latest) != over.map(|over| &over.latest) {
            return Err(overtaken(&self.name_of(&format!("{}/{LATEST}", latest.month)), latest.month));
        }
        self.point_at(latest)
    }

    fn tidy(&self, latest: &Latest) {
        let month = self.month(latest.month);
        sweep(&month, latest.revision);
        link(&month, &latest.folder);
    }

    async fn note(&self, path: &str, bytes: &[u8]) -> Result<()> {
        // Not flushed: it has to survive the process, and a moment matters more than a power cut.
        write_whole(&self.root.join(path), bytes, false)
    }
}

/// Removes what killed runs left in the folder of a month: unfinished files, and reports that never came to count.
fn sweep(month: &Path, revision: u32) {
    let entries = fs::read_dir(month).into_iter().flatten().filter_map(io::Result::ok);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.starts_with(sealed::TEMPORARY) || revision_of(name).is_some_and(|found| found > revision) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}

/// Writes a file beside its place and moves it there.
fn write_whole(path: &Path, bytes: &[u8], flush: bool) -> Result<()> {
    let named = |error: io::Error| explained("write", path, &error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = begin(folder).map_err(named)?;
    file.write_all(bytes).map_err(named)?;
    if flush {
        file.as_file().sync_all().map_err(named)?;
    }
    file.persist(path).map_err(|error| named(error.error))?;
    Ok(())
}

/// Begins a file beside its place, with the rights that files have here: a temporary one is for its maker alone.
fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(sealed::TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Leads people to the report; programs read `latest.json`.
#[cfg(unix)]
fn link(month: &Path, folder: &str) {
    if fs::read_link(month.join(LINK)).is_ok_and(|found| found == Path::new(folder)) {
        return;
    }
    let Ok(staging) = Builder::new().prefix(sealed::TEMPORARY).tempdir_in(month) else { return };
    let fresh = staging.path().join(LINK);
    // Some file systems have no links, and something else may stand there: the report counts all the same.
    if std::os::unix::fs::symlink(folder, &fresh).is_ok() {
        let _ = fs::rename(&fresh, month.join(LINK));
    }
}

#[cfg(not(unix))]
fn link(_: &Path, _: &str) {}

/// Makes a rename survive a power cut, where the system can.
fn sync(folder: &Path) {
    if let Ok(folder) = Handle::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Builds the error of a file operation, with the way out of the usual causes.
pub(super) fn explained(action: &str, path: &Path, error: &io::Error) -> Error {
    let built = Error::io(action, path, error);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            built.hint("the disk is full: free some space; the report that was there before still counts")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            built.hint("choose a folder that can be written: --out DIR, or output.dir in the configuration")
        }
        _ => built,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> Month {
        Month::new(2024, 1).unwrap()
    }

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    fn latest(revision: u32, record: &str) -> Latest {
        Latest::new(month(), revision, "0123456789abcdef", record.as_bytes())
    }

    async fn publish(shelf: &FolderShelf, revision: u32, text: &str) -> Result<Latest> {
        let over = shelf.latest(month()).await?;
        let (latest, files) =
            (latest(revision, "{}"), [file("report.html", text), file("csv/a.csv", text), file(RECORD, "{}")]);
        shelf.place(&latest, &files).await?;
        shelf.point(&latest, over.as_ref()).await?;
        Ok(latest)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_report_comes_whole_and_is_found_again() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(&root.path().join("reports"));
        assert_eq!(shelf.latest(month()).await.unwrap(), None);
        let first = publish(&shelf, 1, "one").await.unwrap();
        let second = publish(&shelf, 2, "two").await.unwrap();
        assert_eq!(shelf.latest(month()).await.unwrap().unwrap().latest, second);
        let folder = shelf.month(month());
        assert_eq!(names(&folder), ["001-0123456789ab", "002-0123456789ab", "latest", "latest.json"]);
        assert_eq!(fs::read_to_string(folder.join("latest/report.html")).unwrap(), "two");
        let listed = [file("report.html", "one").listed(), file("csv/a.csv", "one").listed()];
        assert!(shelf.has(&first, &listed).await.unwrap());
        let all = super::super::fetch(&shelf, &first, &listed).await.unwrap().unwrap();
        assert_eq!(all.len(), 3);
    }

    #[tokio::test]
    async fn what_is_damaged_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(root.path());
        let latest = publish(&shelf, 1, "one").await.unwrap();
        let listed = [file("report.html", "one").listed()];
        fs::write(root.path().join(latest.path("report.html")), "two").unwrap();
        assert_eq!(super::super::fetch(&shelf, &latest, &listed).await.unwrap(), None);
        fs::remove_file(root.path().join(latest.path("report.html"))).unwrap();
        assert!(!shelf.has(&latest, &listed).await.unwrap());
    }

    #[tokio::test]
    async fn what_killed_runs_left_is_cleared_away() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(root.path());
        publish(&shelf, 1, "one").await.unwrap();
        let folder = shelf.month(month());
        // Killed while it wrote, and killed before it pointed; and what is not ours.
        for left in [".gravimeter-x/003-aaaaaaaaaaaa", "003-aaaaaaaaaaaa", "002-0123456789ab", "notes"] {
            fs::create_dir_all(folder.join(left)).unwrap();
            fs::write(folder.join(left).join("report.html"), "half").unwrap();
        }
        fs::write(folder.join(".gravimeter-y"), "half").unwrap();
        publish(&shelf, 2, "two").await.unwrap();
        assert_eq!(names(&folder), ["001-0123456789ab", "002-0123456789ab", "latest", "latest.json", "notes"]);
        assert_eq!(names(&folder.join("002-0123456789ab")), ["csv", "report.html", "run.json"]);
    }

    #[tokio::test]
    async fn a_run_that_was_killed_after_it_pointed_is_tidied_up_after() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(root.path());
        let latest = publish(&shelf, 1, "one").await.unwrap();
        let folder = shelf.month(month());
        fs::create_dir(folder.join(".gravimeter-x")).unwrap();
        fs::remove_file(folder.join("latest")).unwrap();
        shelf.tidy(&latest);
        assert_eq!(names(&folder), ["001-0123456789ab", "latest", "latest.json"]);
        assert_eq!(fs::read_to_string(folder.join("latest/report.html")).unwrap(), "one");
    }

    #[tokio::test]
    async fn only_one_of_two_runs_points() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(root.path());
        let over = shelf.latest(month()).await.unwrap();
        publish(&shelf, 1, "one").await.unwrap();
        let error = shelf.point(&latest(1, "{}"), over.as_ref()).await.unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Locked);
    }

    #[tokio::test]
    async fn a_failed_report_leaves_the_month_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let shelf = FolderShelf::new(root.path());
        publish(&shelf, 1, "one").await.unwrap();
        let before = names(&shelf.month(month()));
        // "x" cannot be both a file and a folder.
        let files = [file("report.html", "two"), file("x", "1"), file("x/y", "2")];
        let error = shelf.place(&latest(2, "{}"), &files).await.unwrap_err();
        assert!(error.to_string().contains("002-0123456789ab/x/y"), "{error}");
        assert_eq!(names(&shelf.month(month())), before);
        fs::remove_dir_all(shelf.month(month())).unwrap();
        assert!(shelf.place(&latest(1, "{}"), &files).await.is_err());
        assert!(!shelf.month(month()).exists());
    }
}
