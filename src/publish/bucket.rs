//! Reports below a prefix in S3: all files first, each with its checksum, then the record, then `latest.json`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::{
    Attribute, Attributes, Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    UpdateVersion,
};

use super::{File, LATEST, Latest, Listed, Pointer, RECORD, Shelf, overtaken};
use crate::{
    error::{Error, Kind, Result},
    source::{Access, S3Place, bucket},
    units::Month,
};

/// Uploads under way at the same time.
const UPLOADS: usize = 4;

/// A prefix in S3 with reports.
#[derive(Debug, Clone)]
pub struct BucketShelf {
    place: S3Place,
    store: Arc<dyn ObjectStore>,
}

/// What became of a write that was bound to a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// It is there, at this version.
    Here(Option<String>),
    /// The condition did not hold.
    Refused,
}

impl BucketShelf {
    /// Returns the place of that name; asks nobody whether it is there.
    ///
    /// # Errors
    /// When it names no bucket.
    pub async fn new(url: &str, access: &Access) -> Result<Self> {
        let place = S3Place::parse(url)?;
        let store = bucket(&place.bucket, access).await;
        Ok(Self { place, store })
    }

    /// Reads an object with its version.
    pub(super) async fn versioned(&self, path: &str) -> Result<Option<(Bytes, Option<String>)>> {
        let found = match self.store.get(&self.place.location(path)).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(own(&error)),
        };
        let e_tag = found.meta.e_tag.clone();
        Ok(Some((found.bytes().await.map_err(|error| own(&error))?, e_tag)))
    }

    /// Writes an object over the version that was read, or where there was none; a refusal after an answer that was lost
    /// is not mistaken for that of another run.
    pub(super) async fn write_over(&self, path: &str, bytes: Vec<u8>, over: Option<&str>) -> Result<Written> {
        let mode = match over {
            None => PutMode::Create,
            Some(e_tag) => PutMode::Update(UpdateVersion { e_tag: Some(e_tag.to_owned()), version: None }),
        };
        match self.put(path, bytes.clone(), mode).await {
            Ok(e_tag) => Ok(Written::Here(e_tag)),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. } | StoreError::NotFound { .. }) => {
                match self.versioned(path).await? {
                    Some((found, e_tag)) if found == bytes => Ok(Written::Here(e_tag)),
                    _ => Ok(Written::Refused),
                }
            }
            Err(error) => Err(own(&error)),
        }
    }

    async fn upload(&self, latest: &Latest, file: &File) -> Result<()> {
        let put = self.put(&latest.path(&file.path), file.bytes.clone(), PutMode::Overwrite).await;
        put.map(|_| ()).map_err(|error| own(&error))
    }

    async fn put(&self, path: &str, bytes: Vec<u8>, mode: PutMode) -> Result<Option<String>, StoreError> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, content_type(path).into());
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let put = self.store.put_opts(&self.place.location(path), PutPayload::from(bytes), options).await?;
        Ok(put.e_tag)
    }
}

#[async_trait]
impl Shelf for BucketShelf {
    fn name_of(&self, path: &str) -> String {
        self.place.url(path)
    }

    async fn latest(&self, month: Month) -> Result<Option<Pointer>> {
        let path = format!("{month}/{LATEST}");
        let found = self.versioned(&path).await.map_err(|error| match error.kind() {
            // S3 says "denied" of what is not there to those who may not list.
            Kind::Permission => error
                .hint(format!("and s3:ListBucket on arn:aws:s3:::{}, for prefixes of the reports", self.place.bucket)),
            _ => error,
        })?;
        let Some((bytes, e_tag)) = found else { return Ok(None) };
        Ok(Some(Pointer { latest: Latest::read(&self.name_of(&path), &bytes)?, e_tag }))
    }

    async fn months(&self) -> Result<Vec<Month>> {
        let root = self.place.location("");
        let prefix = Some(&root).filter(|_| !self.place.prefix.is_empty());
        let found = self.store.list_with_delimiter(prefix).await.map_err(|error| own(&error))?;
        let names = found.common_prefixes.iter().filter_map(|folder| folder.filename());
        let mut months = Vec::new();
        for month in names.filter_map(|name| name.parse::<Month>().ok()) {
            if self.latest(month).await?.is_some() {
                months.push(month);
            }
        }
        months.sort_unstable();
        Ok(months)
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.versioned(path).await?.map(|(bytes, _)| bytes.to_vec()))
    }

    async fn has(&self, latest: &Latest, files: &[Listed]) -> Result<bool> {
        let folder = self.place.location(&format!("{}/{}", latest.month, latest.folder));
        let found: Vec<_> = self.store.list(Some(&folder)).try_collect().await.map_err(|error| own(&error))?;
        let size = |path: &str| {
            let location = self.place.location(&latest.path(path));
            found.iter().find(|object| object.location == location).map(|object| object.size)
        };
        Ok(files.iter().all(|file| size(&file.path) == Some(file.size)) && size(RECORD).is_some())
    }

    async fn place(&self, latest: &Latest, files: &[File]) -> Result<()> {
        let (record, data): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| file.path == RECORD);
        for part in [data, record] {
            let uploads: Vec<_> = part.into_iter().map(|file| self.upload(latest, file).boxed()).collect();
            let _: Vec<()> = stream::iter(uploads).buffer_unordered(UPLOADS).try_collect().await?;
        }
        Ok(())
    }

    async fn point(&self, latest: &Latest, over: Option<&Pointer>) -> Result<()> {
        let path = format!("{}/{LATEST}", latest.month);
        let e_tag = over.and_then(|over| over.e_tag.as_deref());
        match self.write_over(&path, latest.bytes()?, e_tag).await? {
            Written::Here(_) => Ok(()),
            Written::Refused => Err(overtaken(&self.name_of(&path), latest.month)),
        }
    }

    fn tidy(&self, _: &Latest) {}

    async fn note(&self, path: &str, bytes: &[u8]) -> Result<()> {
        self.put(path, bytes.to_vec(), PutMode::Overwrite).await.map(|_| ()).map_err(|error| own(&error))
    }
}

/// Returns our own error within that of the store.
fn own(error: &StoreError) -> Error {
    Error::within(error).unwrap_or_else(|| Error::runtime(error.to_string()))
}

/// Says what a file is, so that browsers show it.
fn content_type(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "csv" => "text/csv; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "png" => "image/png",
        "pdf" => "application/pdf",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    fn shelf() -> BucketShelf {
        BucketShelf { place: S3Place::parse("s3://b/reports/").unwrap(), store: Arc::new(InMemory::new()) }
    }

    fn month() -> Month {
        Month::new(2024, 1).unwrap()
    }

    #[tokio::test]
    async fn a_report_is_found_again_and_only_one_run_points() {
        let shelf = shelf();
        assert_eq!(shelf.latest(month()).await.unwrap(), None);
        let files =
            ["report.html", "csv/a.csv", RECORD].map(|path| File { path: path.to_owned(), bytes: b"{}".to_vec() });
        let latest = Latest::new(month(), 1, "0123456789abcdef", b"{}");
        let listed: Vec<Listed> = files[..2].iter().map(File::listed).collect();
        assert!(!shelf.has(&latest, &listed).await.unwrap());
        shelf.place(&latest, &files).await.unwrap();
        shelf.point(&latest, None).await.unwrap();
        assert!(shelf.has(&latest, &listed).await.unwrap());
        let first = shelf.latest(month()).await.unwrap().unwrap();
        assert_eq!(first.latest, latest);
        assert_eq!(super::super::fetch(&shelf, &latest, &listed).await.unwrap().unwrap().len(), 3);

        // The answer to the first try was lost: the second one finds its own work.
        shelf.point(&latest, None).await.unwrap();
        let next = Latest::new(month(), 2, "fedcba9876543210", b"{}");
        assert_eq!(shelf.point(&next, None).await.unwrap_err().kind(), Kind::Locked);
        shelf.point(&next, Some(&first)).await.unwrap();
        let late = Latest::new(month(), 2, "aaaaaaaaaaaaaaaa", b"{}");
        let error = shelf.point(&late, Some(&first)).await.unwrap_err();
        assert!(
            error.kind() == Kind::Locked && error.to_string().contains("s3://b/reports/2024-01/latest.json"),
            "{error}"
        );
    }
}
