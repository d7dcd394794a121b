//! S3 as an object store, on top of aws-sdk-s3: listing, ranged reads of one version, uploads.
//!
//! In: a bucket and how to reach it ([`Access`]). Out: an [`ObjectStore`] whose errors carry our own [`Error`] inside,
//! with the name of the object and the next step. A large range is read in parts at the same time, each with the `ETag`
//! of the first, and each repeated by itself: short timeouts, a pause that grows, fewer requests when S3 asks for that.

mod failure;
mod get;
mod list;
mod service;
mod uri;
mod write;

use std::{fmt, ops::Range, sync::Arc};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, path::Path,
};

pub(super) use service::Service;
pub(super) use uri::{Uri, location};

#[cfg(doc)]
use crate::{error::Error, source::Access};
use failure::{Failure, Subject};
use service::Requests;

/// Deletions under way at the same time.
const DELETIONS: usize = 8;

/// A bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    name: Arc<str>,
    requests: Arc<Requests>,
}

impl Bucket {
    /// Returns the bucket of that name; asks nobody whether it is there.
    pub(super) fn new(service: Arc<Service>, name: &str) -> Self {
        Self { name: Arc::from(name), requests: Arc::new(Requests::new(service)) }
    }

    fn subject(&self, key: &str, permission: &'static str) -> Subject {
        self.requests.service.subject(&self.name, key, permission)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.name)
    }
}

#[async_trait]
impl ObjectStore for Bucket {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.put(&uri::key(location), payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.put_in_parts(&uri::key(location), options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.get(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let bucket = self.clone();
        locations
            .map(move |location| {
                let bucket = bucket.clone();
                async move {
                    let location = location?;
                    bucket.delete(&uri::key(&location)).await?;
                    Ok(location)
                }
            })
            .buffered(DELETIONS)
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects(list::folder(prefix), None).boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects(list::folder(prefix), Some(uri::key(offset))).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.level(list::folder(prefix)).try_fold(ListResult { common_prefixes: vec![], objects: vec![] }, join).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.copy(&uri::key(from), &uri::key(to), options.mode).await
    }
}

async fn join(mut all: ListResult, page: ListResult) -> Result<ListResult> {
    all.common_prefixes.extend(page.common_prefixes);
    all.objects.extend(page.objects);
    Ok(all)
}

/// Cuts a range into parts.
fn parts(range: Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let part = start..range.end.min(start.saturating_add(size));
        start = part.end;
        (part.start < part.end).then_some(part)
    })
}
