//! One run at a time: a lock on a file, which ends with its process whatever happens, and a lease across hosts.

use std::{
    fs::{self, File, TryLockError},
    hash::{BuildHasher, RandomState},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::{BucketShelf, folder::explained, lease::Lease};
use crate::error::{Error, Kind, Result};

/// How often a lock is asked for that another run holds.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// What has to be locked.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The file that stands for the reports on this machine; reports in S3 go without it where it cannot be written.
    pub file: Option<PathBuf>,
    /// The reports in S3, which other machines may write too.
    pub bucket: Option<BucketShelf>,
}

/// The right to work, until it is given back or the process ends.
#[derive(Debug)]
pub struct Lock {
    lease: Option<Lease>,
    /// Locked as long as it is open.
    _file: Option<File>,
}

/// Who holds a lock; written into it for those who wait.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    /// Names the lock file on this machine for ever: who holds the file has outlived the holder of a lease with the same name.
    pub place: String,
    /// Name of the machine.
    pub host: String,
    /// Number of the process.
    pub process: u32,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Holder {
    fn new(place: String) -> Self {
        let host = sysinfo::System::host_name().unwrap_or_else(|_| "?".to_owned());
        Self {
            place,
            host,
            process: std::process::id(),
            since: Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }
    }

    /// Builds the error of a lock that this one holds.
    pub(super) fn refuses(&self, what: &str) -> Error {
        let who = if self.host.is_empty() {
            String::new()
        } else {
            format!(" (process {} on {}, since {})", self.process, self.host, self.since)
        };
        Error::new(Kind::Locked, format!("another run works on {what}{who}"))
            .hint("wait for it with --wait 10m, or run the command later")
    }
}

impl Lock {
    /// Takes the lock; where another run holds it, asks again until `wait` has passed. `say` hears once that it waits.
    ///
    /// # Errors
    /// When another run holds it, or the lock cannot be written.
    pub async fn take(places: &Places, wait: Option<Duration>, say: impl Fn(&str)) -> Result<Self> {
        let begun = Instant::now();
        let mut told = false;
        loop {
            let refused = match Self::try_take(places).await {
                Err(error) if error.kind() == Kind::Locked => error,
                other => return other,
            };
            let left = wait.unwrap_or_default().saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(refused);
            }
            if !told {
                say(&format!("{refused}: waiting for it"));
                told = true;
            }
            tokio::time::sleep(ASK_AGAIN.min(left)).await;
        }
    }

    async fn try_take(places: &Places) -> Result<Self> {
        let (file, holder) = match (places.file.as_deref().map(lock_file), &places.bucket) {
            (Some(Ok((file, holder))), _) => (Some(file), holder),
            (Some(Err(error)), _) if error.kind() == Kind::Locked => return Err(error),
            // A dead run of this machine is then waited for as that of another one.
            (Some(Err(_)) | None, Some(_)) => (None, Holder::new(random_name())),
            (Some(Err(error)), None) => return Err(error),
            (None, None) => return Err(Error::runtime("there is no place for reports")),
        };
        let lease = match &places.bucket {
            Some(bucket) => Some(Lease::take(bucket, holder).await?),
            None => None,
        };
        Ok(Self { lease, _file: file })
    }

    /// Checks that it was not lost: a machine that slept for minutes is taken for dead by others.
    ///
    /// # Errors
    /// When it was.
    pub fn check(&self) -> Result<()> {
        self.lease.as_ref().map_or(Ok(()), Lease::check)
    }

    /// Gives the lock back, so that other machines need not wait until it has run out.
    ///
    /// # Errors
    /// When S3 does not take it; it runs out by itself then.
    pub async fn release(self) -> Result<()> {
        match self.lease {
            Some(lease) => lease.release().await,
            None => Ok(()),
        }
    }
}

/// Locks the file and says in it who does.
fn lock_file(path: &Path) -> Result<(File, Holder)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| explained("create the folder", folder, &error))?;
    }
    let options = || File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = options().map_err(|error| explained("open the lock", path, &error))?;
    let locked = file.try_lock();
    let mut text = String::new();
    // Who holds it is told where that can be read; the lock holds without that.
    let _ = file.read_to_string(&mut text);
    let written: Holder = serde_json::from_str(&text).unwrap_or_default();
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let what = path.parent().map_or_else(String::new, |folder| folder.display().to_string());
            return Err(written.refuses(&what));
        }
        Err(TryLockError::Error(error)) => return Err(explained("lock", path, &error)),
    }
    let place = if written.place.is_empty() { random_name() } else { written.place };
    let holder = Holder::new(place);
    let text = serde_json::to_vec(&holder).unwrap_or_default();
    // A full disk is no reason to give up here: the report says it better.
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.set_len(0)).and_then(|()| file.write_all(&text));
    Ok((file, holder))
}

/// Returns a name that nobody else has.
pub(super) fn random_name() -> String {
    let half = || RandomState::new().hash_one(Utc::now().timestamp_nanos_opt());
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(root: &Path) -> Places {
        Places { file: Some(root.join("reports/.gravimeter.lock")), bucket: None }
    }

    #[tokio::test]
    async fn only_one_run_works_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let places = places(root.path());
        let first = Lock::take(&places, None, |_| {}).await.unwrap();
        let error = Lock::take(&places, None, |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Locked);
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        first.release().await.unwrap();
        Lock::take(&places, None, |_| {}).await.unwrap();
    }

    #[tokio::test]
    async fn who_waits_gets_it_when_it_is_free() {
        let root = tempfile::tempdir().unwrap();
        let places = places(root.path());
        let first = Lock::take(&places, None, |_| {}).await.unwrap();
        let told = std::sync::Mutex::new(Vec::new());
        let second =
            Lock::take(&places, Some(Duration::from_mins(1)), |text| told.lock().unwrap().push(text.to_owned()));
        let free = async {
            tokio::time::sleep(ASK_AGAIN * 2).await;
            first.release().await
        };
        let (second, freed) = tokio::join!(second, free);
        assert!(second.is_ok() && freed.is_ok());
        assert_eq!(told.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn the_name_of_the_place_stays() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("lock");
        let (file, first) = lock_file(&path).unwrap();
        drop(file);
        let (_file, second) = lock_file(&path).unwrap();
        assert_eq!(first.place, second.place);
        assert_ne!(random_name(), random_name());
    }
}
