//! What an interrupted refresh has fetched so far: a folder per unit of work, a file per page or document.
//!
//! A file appears whole or not at all, and only after its content was checked. Units that are older than asked for are
//! thrown away: pages of two versions of a price list do not belong together.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Goes up when what is kept changes its form.
const FORMAT: u32 = 1;

/// How hard pages and documents are compressed: fast, for a file that lives minutes.
const LEVEL: i32 = 1;

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    /// What to ask the next page with; `None` on the last.
    pub next: Option<String>,
    /// The records, as they came.
    pub records: Vec<String>,
}

/// The folder of one unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    folder: PathBuf,
}

impl Unit {
    /// Opens the folder of a unit, which is made when the first file is kept; `identity` is all that it depends on.
    pub(super) fn open(staging: &Path, name: &str, identity: &[&str], keep_for: Duration) -> Result<Self> {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        let folder = staging.join(format!("{plain}-{}", digest(identity)));
        let unit = Self { folder };
        if unit.age().is_some_and(|age| age > keep_for) {
            unit.clear()?;
        }
        Ok(unit)
    }

    /// Returns the age of the oldest file.
    fn age(&self) -> Option<Duration> {
        let files = fs::read_dir(&self.folder).ok()?;
        let ages = files.filter_map(|file| file.ok()?.metadata().ok()?.modified().ok()?.elapsed().ok());
        ages.max()
    }

    /// Throws away what is kept.
    pub(super) fn clear(&self) -> Result<()> {
        remove(&self.folder)
    }

    /// Returns the place of a page.
    pub(super) fn page_path(&self, query: usize, number: usize) -> PathBuf {
        self.folder.join(format!("{query:02}-{number:05}.json.zst"))
    }

    /// Returns the place of a document.
    pub(super) fn document_path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("document.{ending}.zst"))
    }

    /// Keeps a page.
    pub(super) fn keep(&self, path: &Path, page: &Page) -> Result<()> {
        let text = serde_json::to_vec(page).map_err(|error| Error::runtime(format!("cannot keep a page: {error}")))?;
        let mut writer = self.writer(path)?;
        writer.write(&text)?;
        writer.finish()
    }

    /// Begins a file that appears when it is finished.
    pub(super) fn writer(&self, path: &Path) -> Result<Writer> {
        fs::create_dir_all(&self.folder).map_err(|error| Error::io("make", &self.folder, &error))?;
        // Of this process: another one may be at the same page.
        let part = path.with_extension(format!("{}.part", std::process::id()));
        let failed = |error: &std::io::Error| Error::io("write", &part, error);
        let file = BufWriter::new(File::create(&part).map_err(|error| failed(&error))?);
        let encoder = zstd::Encoder::new(file, LEVEL).map_err(|error| failed(&error))?;
        Ok(Writer { encoder, part, path: path.to_owned(), length: 0 })
    }
}

/// A file that is being written.
pub(super) struct Writer {
    encoder: zstd::Encoder<'static, BufWriter<File>>,
    part: PathBuf,
    path: PathBuf,
    /// Bytes written, before compression.
    pub length: u64,
}

impl Writer {
    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        self.encoder.write_all(bytes).map_err(|error| Error::io("write", &self.part, &error))
    }

    /// Makes the file appear.
    pub(super) fn finish(self) -> Result<()> {
        let Self { encoder, part, path, .. } = self;
        let written = || {
            let mut file = encoder.finish()?;
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&part, &path)
        };
        written().map_err(|error| Error::io("write", &path, &error))
    }
}

/// Returns a kept page; `None` when it is not there or not whole.
pub(super) fn page(path: &Path) -> Option<Page> {
    let text = zstd::decode_all(File::open(path).ok()?).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Opens a kept document.
pub(super) fn document(path: &Path) -> Result<Box<dyn Read>> {
    let open = || zstd::Decoder::new(File::open(path)?);
    let decoder = open().map_err(|error| Error::io("read", path, &error))?;
    Ok(Box::new(BufReader::new(decoder)))
}

/// Removes a folder, which may not be there.
pub(super) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder, &error)),
        _ => Ok(()),
    }
}

/// Returns the beginning of the SHA-256 of the parts.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(FORMAT.to_le_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    let number = hash[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let unit = Unit::open(folder.path(), "EC2 ../x", &["a", "b"], Duration::from_hours(1)).unwrap();
        let path = unit.page_path(0, 3);
        assert!(path.parent().unwrap().parent().unwrap() == folder.path());
        assert_eq!(page(&path), None);
        let kept = Page { next: Some("token".to_owned()), records: vec!["{}".to_owned()] };
        unit.keep(&path, &kept).unwrap();
        assert_eq!(page(&path), Some(kept));
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(page(&path), None);
        unit.writer(&path).unwrap().write(b"half").unwrap();
        assert_eq!(page(&path), None);
    }

    #[test]
    fn what_is_old_or_of_another_query_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let open = |identity: &[&str], keep| Unit::open(folder.path(), "EC2", identity, keep).unwrap();
        let unit = open(&["ab", "c"], Duration::from_hours(1));
        unit.keep(&unit.page_path(0, 1), &Page { next: None, records: Vec::new() }).unwrap();
        assert!(page(&open(&["ab", "c"], Duration::from_hours(1)).page_path(0, 1)).is_some());
        assert!(page(&open(&["a", "bc"], Duration::from_hours(1)).page_path(0, 1)).is_none());
        std::thread::sleep(Duration::from_millis(20));
        assert!(page(&open(&["ab", "c"], Duration::from_millis(1)).page_path(0, 1)).is_none());
        unit.clear().unwrap();
    }
}
