//! Writes: uploads in one piece or in parts, copies, deletions.
//!
//! What is uploaded in one piece carries its SHA-256, so that S3 takes nothing that was damaged on the way.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, StorageClass},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::FutureExt;
use object_store::{
    Attribute, Attributes, CopyMode, Error as StoreError, MultipartUpload, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result, UploadPart,
};
use sha2::{Digest, Sha256};

use super::{Bucket, Failure, Subject, failure::generic, uri};
use crate::error::Error;

/// What has to be allowed to upload.
const PUT: &str = "s3:PutObject";

/// Sets the headers that describe an object, on the builder of either kind of upload.
macro_rules! described {
    ($request:expr, $about:expr, $tags:expr) => {{
        let (about, tags): (&About, &str) = ($about, $tags);
        $request
            .set_content_type(about.content_type.clone())
            .set_cache_control(about.cache_control.clone())
            .set_content_disposition(about.content_disposition.clone())
            .set_content_encoding(about.content_encoding.clone())
            .set_content_language(about.content_language.clone())
            .set_storage_class(about.storage_class.clone())
            .set_tagging((!tags.is_empty()).then(|| tags.to_owned()))
    }};
}

/// What describes an object.
#[derive(Debug, Default)]
struct About {
    content_type: Option<String>,
    cache_control: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
    storage_class: Option<StorageClass>,
}

impl About {
    fn of(attributes: &Attributes) -> Result<Self> {
        let mut about = Self::default();
        for (name, value) in attributes {
            let value = value.to_string();
            match name {
                Attribute::ContentType => about.content_type = Some(value),
                Attribute::CacheControl => about.cache_control = Some(value),
                Attribute::ContentDisposition => about.content_disposition = Some(value),
                Attribute::ContentEncoding => about.content_encoding = Some(value),
                Attribute::ContentLanguage => about.content_language = Some(value),
                Attribute::StorageClass => about.storage_class = Some(StorageClass::from(value.as_str())),
                other => {
                    return Err(StoreError::NotSupported {
                        source: Box::new(Error::runtime(format!("{other:?} is not written to S3"))),
                    });
                }
            }
        }
        Ok(about)
    }
}

impl Bucket {
    /// Uploads an object in one piece.
    pub(super) async fn put(&self, key: &str, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let subject = self.subject(key, PUT);
        let (bytes, about) = (Bytes::from(payload), About::of(&options.attributes)?);
        let (if_match, if_none_match) = match &options.mode {
            PutMode::Overwrite => (None, None),
            PutMode::Create => (None, Some("*".to_owned())),
            PutMode::Update(version) => (version.e_tag.clone(), None),
        };
        let checksum = BASE64_STANDARD.encode(Sha256::digest(&bytes));
        let upload = async |client: Client| {
            let request = client
                .put_object()
                .bucket(&*self.name)
                .key(key)
                .checksum_sha256(&checksum)
                .body(ByteStream::from(bytes.clone()))
                .set_if_match(if_match.clone())
                .set_if_none_match(if_none_match.clone())
                .set_request_payer(self.requests.service.payer());
            let answer = described!(request, &about, options.tags.encoded()).send().await;
            let answer = answer.map_err(|error| subject.failure(&error))?;
            let (e_tag, version) = (answer.e_tag().map(str::to_owned), answer.version_id().map(str::to_owned));
            Ok(PutResult { e_tag, version })
        };
        let outcome = self.requests.send(&subject, upload).await;
        outcome.map_err(|failure| exists(&subject, failure, options.mode == PutMode::Create))
    }

    /// Begins an upload in parts.
    pub(super) async fn put_in_parts(
        &self,
        key: &str,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let subject = self.subject(key, PUT);
        let about = About::of(&options.attributes)?;
        let begin = async |client: Client| {
            let request = client
                .create_multipart_upload()
                .bucket(&*self.name)
                .key(key)
                .set_request_payer(self.requests.service.payer());
            let answer = described!(request, &about, options.tags.encoded()).send().await;
            let answer = answer.map_err(|error| subject.failure(&error))?;
            let id = answer.upload_id().map(str::to_owned);
            id.ok_or_else(|| {
                Failure::Final(Error::runtime(format!("cannot write {}: S3 names no upload", subject.name())))
            })
        };
        let outcome = self.requests.send(&subject, begin).await;
        let id = outcome.map_err(|failure| subject.store_error(failure))?;
        let upload = Upload { bucket: self.clone(), key: key.to_owned(), id, subject, done: Mutex::default() };
        Ok(Box::new(Parts { upload: Arc::new(upload), count: 0 }))
    }

    /// Deletes an object; that it is not there is no failure.
    pub(super) async fn delete(&self, key: &str) -> Result<()> {
        let subject = self.subject(key, "s3:DeleteObject");
        let delete = async |client: Client| {
            let request = client.delete_object().bucket(&*self.name).key(key);
            let answer = request.set_request_payer(self.requests.service.payer()).send().await;
            answer.map(|_| ()).map_err(|error| subject.failure(&error))
        };
        let outcome = self.requests.send(&subject, delete).await;
        outcome.map_err(|failure| subject.store_error(failure))
    }

    /// Copies an object within the bucket.
    pub(super) async fn copy(&self, from: &str, to: &str, mode: CopyMode) -> Result<()> {
        let subject = self.subject(to, PUT);
        let source = format!("{}/{}", self.name, uri::escaped(from));
        let copy = async |client: Client| {
            let answer = client
                .copy_object()
                .bucket(&*self.name)
                .key(to)
                .copy_source(&source)
                .set_if_none_match((mode == CopyMode::Create).then(|| "*".to_owned()))
                .set_request_payer(self.requests.service.payer())
                .send()
                .await;
            answer.map(|_| ()).map_err(|error| subject.failure(&error))
        };
        let outcome = self.requests.send(&subject, copy).await;
        outcome.map_err(|failure| exists(&subject, failure, mode == CopyMode::Create))
    }
}

/// Names the failure of an object that was to be new.
fn exists(subject: &Subject, failure: Failure, create: bool) -> StoreError {
    match failure {
        Failure::Changed if create => {
            let path = subject.name();
            StoreError::AlreadyExists { source: Box::new(Error::runtime(format!("{path} already exists"))), path }
        }
        other => subject.store_error(other),
    }
}

/// An upload that has begun.
#[derive(Debug)]
struct Upload {
    bucket: Bucket,
    key: String,
    id: String,
    subject: Subject,
    done: Mutex<Vec<CompletedPart>>,
}

impl Upload {
    async fn put(&self, number: i32, bytes: Bytes) -> Result<()> {
        let put = async |client: Client| {
            let answer = client
                .upload_part()
                .bucket(&*self.bucket.name)
                .key(&self.key)
                .upload_id(&self.id)
                .part_number(number)
                .body(ByteStream::from(bytes.clone()))
                .set_request_payer(self.bucket.requests.service.payer())
                .send()
                .await
                .map_err(|error| self.subject.failure(&error))?;
            Ok(answer.e_tag().map(str::to_owned))
        };
        let outcome = self.bucket.requests.send(&self.subject, put).await;
        let e_tag = outcome.map_err(|failure| self.subject.store_error(failure))?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(e_tag).build();
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(part);
        Ok(())
    }

    async fn complete(&self, count: i32) -> Result<PutResult> {
        let mut parts = self.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
        parts.sort_by_key(CompletedPart::part_number);
        if i32::try_from(parts.len()) != Ok(count) {
            let name = self.subject.name();
            return Err(generic(Error::runtime(format!(
                "cannot write {name}: {} of {count} parts are there",
                parts.len()
            ))));
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = async |client: Client| {
            let answer = client
                .complete_multipart_upload()
                .bucket(&*self.bucket.name)
                .key(&self.key)
                .upload_id(&self.id)
                .multipart_upload(all.clone())
                .set_request_payer(self.bucket.requests.service.payer())
                .send()
                .await
                .map_err(|error| self.subject.failure(&error))?;
            let (e_tag, version) = (answer.e_tag().map(str::to_owned), answer.version_id().map(str::to_owned));
            Ok(PutResult { e_tag, version })
        };
        let outcome = self.bucket.requests.send(&self.subject, complete).await;
        outcome.map_err(|failure| self.subject.store_error(failure))
    }

    async fn abort(&self) -> Result<()> {
        let abort = async |client: Client| {
            let request = client.abort_multipart_upload().bucket(&*self.bucket.name).key(&self.key).upload_id(&self.id);
            let answer = request.set_request_payer(self.bucket.requests.service.payer()).send().await;
            answer.map(|_| ()).map_err(|error| self.subject.failure(&error))
        };
        let outcome = self.bucket.requests.send(&self.subject, abort).await;
        outcome.map_err(|failure| self.subject.store_error(failure))
    }
}

/// The parts of an upload, in the order they were given.
#[derive(Debug)]
struct Parts {
    upload: Arc<Upload>,
    count: i32,
}

#[async_trait]
impl MultipartUpload for Parts {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.count += 1;
        let (upload, number) = (Arc::clone(&self.upload), self.count);
        async move { upload.put(number, Bytes::from(data)).await }.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.upload.complete(self.count).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
