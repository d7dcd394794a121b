//! The files under what the user named, as objects of a store.
//!
//! Everything after this module sees only [`Listing`]: a flat, sorted list of objects. A local folder is walked
//! here; what lies in S3 is listed by `s3`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use walkdir::{DirEntry, WalkDir};

use super::{
    Access,
    s3::{Bucket, Service, Uri},
};
use crate::error::{Error, Kind, Result};

/// Requests that are under way at the same time.
pub(super) const CONCURRENT: usize = 16;

/// Text and archive formats that are never Parquet, whatever they hold: their first bytes are not looked at.
const NEVER_PARQUET: &[&str] = &[
    "json", "yml", "yaml", "sql", "csv", "gz", "zip", "txt", "md", "html", "toml", "bz2", "zst", "xlsx", "png", "svg",
    "pdf", "log", "metadata",
];

/// What the user named.
#[derive(Debug)]
pub(super) struct Source {
    /// The words of the command line.
    pub given: String,
    /// The local folder, or `None` for a single file and for S3.
    pub folder: Option<PathBuf>,
}

/// One file.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// The path as the user would type it.
    pub name: String,
    /// Folders from the root of the store, then the file name.
    pub parts: Vec<String>,
    /// Indices of the sources that hold it; one file may be reached from several.
    pub sources: Vec<usize>,
    /// Where it is read from.
    pub store: Arc<dyn ObjectStore>,
    /// Its place, size and version.
    pub meta: ObjectMeta,
    /// Named `.parquet`, or beginning as Parquet does.
    pub is_parquet: bool,
    /// Named as CSV, packed or not.
    pub is_csv: bool,
}

/// All files under all sources, sorted by source and path, each once.
#[derive(Debug)]
pub(super) struct Listing {
    /// The sources in the order of the command line.
    pub sources: Vec<Source>,
    /// The files.
    pub objects: Vec<Object>,
}

impl Object {
    /// Returns the file name.
    pub(super) fn file(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// Returns the folders above the file.
    pub(super) fn dirs(&self) -> &[String] {
        self.parts.split_last().map_or(&[], |(_, dirs)| dirs)
    }

    /// Returns the folder above the file as the user would type it.
    pub(super) fn folder_name(&self) -> &str {
        self.name.rsplit_once('/').map_or(".", |(folder, _)| if folder.is_empty() { "/" } else { folder })
    }

    /// Tells whether the name ends so, in any letter case.
    pub(super) fn ends_with(&self, ending: &str) -> bool {
        ends_with(self.file(), ending)
    }

    /// Reads the whole file.
    pub(super) async fn read(&self) -> Result<Vec<u8>> {
        self.read_start(self.meta.size).await
    }

    /// Reads at most the first `count` bytes.
    pub(super) async fn read_start(&self, count: u64) -> Result<Vec<u8>> {
        if self.meta.size == 0 {
            return Ok(Vec::new());
        }
        let count = count.min(self.meta.size);
        let options = GetOptions {
            range: Some(GetRange::Bounded(0..count)),
            if_match: self.meta.e_tag.clone(),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self.meta.location, options).await;
        let bytes = match got {
            Ok(got) => got.bytes().await,
            Err(error) => Err(error),
        };
        let bytes = bytes.map_err(|error| store_error(&self.name, &error))?;
        if bytes.len() as u64 == count { Ok(bytes.to_vec()) } else { Err(Error::changed(&self.name)) }
    }
}

/// Tells whether a file name ends so, in any letter case.
pub(super) fn ends_with(name: &str, ending: &str) -> bool {
    name.len() >= ending.len() && name.as_bytes()[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

impl Listing {
    /// Lists the sources.
    ///
    /// # Errors
    /// When a source does not exist, is of a kind that is not read yet, or cannot be listed.
    pub(super) async fn of(sources: &[String], access: &Access) -> Result<Self> {
        if sources.is_empty() {
            return Err(Error::usage("no source is named").hint("name the folder that holds the Cost and Usage Report"));
        }
        let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new());
        let mut remote = Remote { access, service: None, buckets: BTreeMap::new() };
        let mut listing = Self { sources: Vec::new(), objects: Vec::new() };
        let mut seen = BTreeMap::new();
        for (index, given) in sources.iter().enumerate() {
            let (source, found) = if Uri::is_one(given) { remote.list(given).await? } else { walk(given)? };
            listing.sources.push(source);
            let mut new = Vec::new();
            for file in found {
                let next = listing.objects.len() + new.len();
                match seen.entry(file.real.clone()) {
                    std::collections::btree_map::Entry::Vacant(slot) => {
                        slot.insert(next);
                        new.push(file);
                    }
                    std::collections::btree_map::Entry::Occupied(slot) => {
                        let already: &mut Object = match listing.objects.get_mut(*slot.get()) {
                            Some(object) => object,
                            // A second way to the same file within this very source.
                            None => continue,
                        };
                        if !already.sources.contains(&index) {
                            already.sources.push(index);
                        }
                    }
                }
            }
            let objects: Vec<Object> = stream::iter(new.into_iter().map(|file| object(file, index, &store)))
                .buffered(CONCURRENT)
                .try_collect()
                .await?;
            listing.objects.extend(objects);
        }
        Ok(listing)
    }
}

/// A file found by walking.
struct Found {
    /// The path as the user would type it.
    name: String,
    /// The absolute path by which it was reached; the name of an object in S3.
    path: PathBuf,
    /// The absolute path behind all links.
    real: PathBuf,
    /// What the listing of a bucket says already.
    remote: Option<(Arc<dyn ObjectStore>, ObjectMeta)>,
}

/// The buckets that sources name.
struct Remote<'a> {
    access: &'a Access,
    service: Option<Arc<Service>>,
    buckets: BTreeMap<String, Bucket>,
}

impl Remote<'_> {
    /// Finds the objects of one source.
    async fn list(&mut self, given: &str) -> Result<(Source, Vec<Found>)> {
        let uri = Uri::parse(given)?;
        let service = match &self.service {
            Some(service) => Arc::clone(service),
            None => Arc::clone(self.service.insert(Service::new(self.access).await)),
        };
        let bucket = self.buckets.entry(uri.bucket.clone()).or_insert_with(|| Bucket::new(service, &uri.bucket));
        let objects = bucket.named(&uri.key).await.map_err(|error| store_error(given, &error))?;
        if objects.is_empty() {
            return Err(Error::usage(format!("{given} does not exist, or nothing lies under it"))
                .hint(format!("see what there is with: aws s3 ls s3://{}/", uri.bucket)));
        }
        let store: Arc<dyn ObjectStore> = Arc::new(bucket.clone());
        let folder = uri.key.trim_end_matches('/');
        let mut found = Vec::with_capacity(objects.len());
        for (key, meta) in objects {
            let below = key.strip_prefix(folder).unwrap_or(&key);
            if below.split('/').any(is_bookkeeping) {
                continue;
            }
            let name = format!("s3://{}/{key}", uri.bucket);
            let path = PathBuf::from(&name);
            found.push(Found { name, real: path.clone(), path, remote: Some((Arc::clone(&store), meta)) });
        }
        Ok((Source { given: given.to_owned(), folder: None }, found))
    }
}

/// Finds the files of one source.
fn walk(given: &str) -> Result<(Source, Vec<Found>)> {
    let path = Path::new(given);
    let root = match std::fs::canonicalize(path) {
        Ok(root) => root,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::usage(format!("{given} does not exist"))
                .hint("name a folder or a file of a Cost and Usage Report"));
        }
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    if !root.is_dir() {
        let found = Found { name: given.to_owned(), path: root.clone(), real: root, remote: None };
        return Ok((Source { given: given.to_owned(), folder: None }, vec![found]));
    }
    let mut found = Vec::new();
    let walker = WalkDir::new(&root).follow_links(true).sort_by_file_name();
    for entry in walker.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.push(found_file(given, &root, &entry)?),
            Ok(_) => {}
            // A link back to a folder above: everything there is listed already.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => tolerate(given, &root, &error)?,
        }
    }
    // The way without links comes first, so that it is the one that stays.
    found.sort_by_cached_key(|file| (file.path != file.real, file.path.clone()));
    Ok((Source { given: given.to_owned(), folder: Some(root) }, found))
}

fn is_hidden(entry: &DirEntry) -> bool {
    is_bookkeeping(&entry.file_name().to_string_lossy())
}

/// Tells whether the name is that of bookkeeping of tools: dot files, Hadoop's work folder and success marker.
fn is_bookkeeping(name: &str) -> bool {
    name.starts_with('.') || name == "_temporary" || name == "_SUCCESS"
}

fn found_file(given: &str, root: &Path, entry: &DirEntry) -> Result<Found> {
    let path = entry.path().to_path_buf();
    let real = if path_has_links(root, entry) {
        std::fs::canonicalize(&path).map_err(|error| Error::io("read", &path, &error))?
    } else {
        path.clone()
    };
    Ok(Found { name: typed(given, root, &path), path, real, remote: None })
}

/// Tells whether the entry or a folder between it and the root is a link.
fn path_has_links(root: &Path, entry: &DirEntry) -> bool {
    entry.path_is_symlink() || entry.path().ancestors().skip(1).take_while(|dir| *dir != root).any(Path::is_symlink)
}

fn typed(given: &str, root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
    format!("{}/{below}", given.trim_end_matches('/'))
}

/// Lets a link that leads nowhere pass, unless it stands for data; every other failure is one.
fn tolerate(given: &str, root: &Path, error: &walkdir::Error) -> Result<()> {
    let path = error.path().unwrap_or(root);
    match error.io_error() {
        Some(io) if io.kind() == std::io::ErrorKind::NotFound && path.is_symlink() => {
            let name = typed(given, root, path);
            if [".parquet", ".csv.gz", ".csv.zip", "manifest.json"].iter().any(|ending| ends_with(&name, ending)) {
                return Err(Error::incomplete(format!("{name} is a link to a file that does not exist")));
            }
            Ok(())
        }
        Some(io) => Err(Error::io("list", path, io)),
        None => Err(Error::runtime(format!("cannot list {given}: {error}"))),
    }
}

/// Learns the version of a file, and looks whether it is Parquet.
async fn object(file: Found, source: usize, local: &Arc<dyn ObjectStore>) -> Result<Object> {
    let (store, meta, parts) = if let Some((store, meta)) = file.remote {
        (store, meta, bucket_and_key(&file.name))
    } else {
        let location = object_store::path::Path::from_absolute_path(&file.path)
            .map_err(|error| Error::usage(format!("the path {} cannot be read: {error}", file.name)))?;
        let meta = local.head(&location).await.map_err(|error| store_error(&file.name, &error))?;
        let parts = location.parts().map(|part| part.as_ref().to_owned()).collect();
        (Arc::clone(local), meta, parts)
    };
    let is_csv = [".csv", ".csv.gz", ".csv.zip"].iter().any(|ending| ends_with(&file.name, ending));
    let mut object = Object { name: file.name, parts, sources: vec![source], store, meta, is_parquet: false, is_csv };
    object.is_parquet = object.ends_with(".parquet") || begins_as_parquet(&object).await?;
    Ok(object)
}

/// Takes `s3://bucket/a/b` apart: the bucket is the root of its store.
fn bucket_and_key(name: &str) -> Vec<String> {
    let (bucket, key) = name["s3://".len()..].split_once('/').unwrap_or((name, ""));
    let key = key.split('/').filter(|part| !part.is_empty()).map(str::to_owned);
    std::iter::once(format!("s3://{bucket}")).chain(key).collect()
}

async fn begins_as_parquet(object: &Object) -> Result<bool> {
    let extension = object.file().rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    // Two magic words and the length of the footer: no Parquet file is shorter.
    if object.meta.size < 12 || NEVER_PARQUET.contains(&extension.as_str()) {
        return Ok(false);
    }
    Ok(object.read_start(4).await? == b"PAR1")
}

/// Builds the error of a failed request for a file.
pub(super) fn store_error(name: &str, error: &object_store::Error) -> Error {
    if let Some(own) = Error::within(error) {
        return own;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut denied = matches!(error, object_store::Error::PermissionDenied { .. });
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            denied |= io.kind() == std::io::ErrorKind::PermissionDenied;
        }
        cause = current.source();
    }
    match error {
        _ if denied => Error::new(Kind::Permission, format!("no permission to read {name}: {error}")),
        object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. } => Error::changed(name),
        _ => Error::runtime(format!("cannot read {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, bytes: &[u8]) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    async fn list(sources: &[String]) -> Result<Listing> {
        Listing::of(sources, &Access::default()).await
    }

    async fn names(sources: &[String]) -> Vec<String> {
        let mut names: Vec<String> = list(sources).await.unwrap().objects.into_iter().map(|o| o.name).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn hidden_files_and_work_folders_are_skipped() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a/x.parquet", ".git/y.parquet", "a/.z.crc", "_temporary/0/p.parquet", "a/_SUCCESS", "_b/q"] {
            write(dir.path().join(name), b"1");
        }
        let given = dir.path().display().to_string();
        assert_eq!(names(&[format!("{given}/")]).await, [format!("{given}/_b/q"), format!("{given}/a/x.parquet")]);
    }

    #[tokio::test]
    async fn parquet_is_known_by_name_or_by_its_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path().join("A.PARQUET"), b"");
        write(dir.path().join("000_0"), b"PAR1........PAR1");
        write(dir.path().join("b.txt"), b"PAR1........PAR1");
        write(dir.path().join("c"), b"hello, this is text");
        let listing = list(&[dir.path().display().to_string()]).await.unwrap();
        let parquet: Vec<&str> = listing.objects.iter().filter(|o| o.is_parquet).map(Object::file).collect();
        assert_eq!(parquet, ["000_0", "A.PARQUET"]);
    }

    #[tokio::test]
    async fn a_file_reached_twice_is_listed_once() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path().join("a/x.parquet"), b"1");
        let given = dir.path().display().to_string();
        let listing = list(&[given.clone(), format!("{given}/a"), given.clone()]).await.unwrap();
        assert_eq!(listing.objects.len(), 1);
        assert_eq!(listing.objects[0].sources, [0, 1, 2]);
        assert_eq!(listing.objects[0].name, format!("{given}/a/x.parquet"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_are_followed_but_never_read_twice() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        write(dir.path().join("b/x.parquet"), b"1");
        write(outside.path().join("y.parquet"), b"1");
        symlink(dir.path(), dir.path().join("b/loop")).unwrap();
        symlink(dir.path().join("b"), dir.path().join("a")).unwrap();
        symlink(outside.path(), dir.path().join("c")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        let given = dir.path().display().to_string();
        assert_eq!(
            names(std::slice::from_ref(&given)).await,
            [format!("{given}/b/x.parquet"), format!("{given}/c/y.parquet")]
        );
        symlink("nowhere", dir.path().join("z.parquet")).unwrap();
        let error = list(&[given]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Incomplete);
    }

    #[tokio::test]
    async fn what_does_not_exist_is_a_usage_error() {
        for (given, words) in [("/no/such/folder", "/no/such/folder does not exist"), ("s3:///p", "names no bucket")] {
            let error = list(&[given.to_owned()]).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.to_string().contains(words), "{error}");
            assert!(!error.hints().is_empty());
        }
    }
}
