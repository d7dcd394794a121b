//! Reads: one version of an object, large ranges in parts at the same time.

use std::{ops::Range, sync::Arc};

use aws_sdk_s3::{Client, operation::get_object::GetObjectOutput, primitives::DateTime};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{Attributes, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, Result, path::Path};

use super::{Bucket, Failure, Subject, list::instant, parts, uri};
use crate::{error::Error, source::aws::SILENCE};

/// Bytes of one request: enough to make its round trip count for little.
const PART: u64 = 8 * 1024 * 1024;

/// Parts of one range that are read at the same time.
const PARTS_AT_ONCE: usize = 8;

/// What is asked for in every part.
#[derive(Debug, Clone)]
struct Wanted {
    key: String,
    subject: Subject,
    options: Arc<GetOptions>,
    /// The version; that of the first part when none was asked for.
    e_tag: Option<String>,
}

/// A part that came whole.
#[derive(Debug)]
struct Part {
    bytes: Bytes,
    /// Size of the whole object.
    total: u64,
    meta: Meta,
}

/// What the headers say of the version.
#[derive(Debug)]
struct Meta {
    last_modified: Option<DateTime>,
    e_tag: Option<String>,
    version: Option<String>,
}

impl Meta {
    fn object(self, location: &Path, size: u64) -> ObjectMeta {
        let last_modified = instant(self.last_modified.as_ref());
        ObjectMeta { location: location.clone(), last_modified, size, e_tag: self.e_tag, version: self.version }
    }
}

impl Bucket {
    /// Reads an object, or its range.
    pub(super) async fn get(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let key = uri::key(location);
        let mut wanted = Wanted {
            subject: self.subject(&key, "s3:GetObject"),
            key,
            e_tag: options.if_match.clone(),
            options: Arc::new(options),
        };
        // A listed version that is not there any more was replaced.
        let pinned = wanted.e_tag.is_some();
        let outcome = self.get_wanted(location, &mut wanted).await;
        outcome.map_err(|failure| match failure {
            Failure::Missing if pinned => wanted.subject.store_error(Failure::Changed),
            other => wanted.subject.store_error(other),
        })
    }

    async fn get_wanted(&self, location: &Path, wanted: &mut Wanted) -> Result<GetResult, Failure> {
        if wanted.options.head {
            let (meta, size) = self.head_object(wanted).await?;
            return Ok(result(meta.object(location, size), 0..0, Vec::new()));
        }
        let (start, end) = match wanted.options.range.clone() {
            None => (0, None),
            Some(GetRange::Bounded(range)) => (range.start, Some(range.end)),
            Some(GetRange::Offset(start)) => (start, None),
            Some(GetRange::Suffix(count)) => {
                let (meta, size) = self.head_object(wanted).await?;
                wanted.e_tag = wanted.e_tag.take().or(meta.e_tag);
                (size.saturating_sub(count), Some(size))
            }
        };
        if let Some(end) = end {
            self.get_bounded(location, wanted, start..end).await
        } else {
            self.get_to_the_end(location, wanted, start).await
        }
    }

    /// Reads a range whose end is known: all its parts are on their way at once.
    async fn get_bounded(&self, location: &Path, wanted: &Wanted, range: Range<u64>) -> Result<GetResult, Failure> {
        if range.is_empty() {
            return Err(Failure::OutOfRange);
        }
        if range.end - range.start > PART && wanted.e_tag.is_none() {
            // Only parts of one version are put together.
            let first = self.part(wanted, range.start..range.start + PART).await?;
            return self.put_together(location, wanted, range, first).await;
        }
        let all: Vec<Part> = stream::iter(parts(range.clone(), PART).map(|part| self.part(wanted, part)))
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(joined(location, range.start, all))
    }

    /// Reads to the end, which the first answer tells.
    async fn get_to_the_end(&self, location: &Path, wanted: &Wanted, start: u64) -> Result<GetResult, Failure> {
        match self.part(wanted, start..start + PART).await {
            Ok(first) => {
                let end = first.total;
                self.put_together(location, wanted, start..end, first).await
            }
            // Nothing lies within any range of an empty object.
            Err(Failure::OutOfRange) if start == 0 => {
                let (meta, size) = self.head_object(wanted).await?;
                if size == 0 { Ok(result(meta.object(location, 0), 0..0, Vec::new())) } else { Err(Failure::Changed) }
            }
            Err(other) => Err(other),
        }
    }

    /// Reads the rest of a range, at the version of the first part.
    async fn put_together(
        &self,
        location: &Path,
        wanted: &Wanted,
        range: Range<u64>,
        first: Part,
    ) -> Result<GetResult, Failure> {
        let wanted = Wanted { e_tag: first.meta.e_tag.clone(), ..wanted.clone() };
        let rest = range.start + first.bytes.len() as u64..range.end.min(first.total);
        let rest: Vec<Part> = stream::iter(parts(rest, PART).map(|part| self.part(&wanted, part)))
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(joined(location, range.start, std::iter::once(first).chain(rest).collect()))
    }

    async fn part(&self, wanted: &Wanted, range: Range<u64>) -> Result<Part, Failure> {
        self.requests.send(&wanted.subject, |client| self.one_part(client, wanted, range.clone())).await
    }

    async fn one_part(&self, client: Client, wanted: &Wanted, range: Range<u64>) -> Result<Part, Failure> {
        let options = &wanted.options;
        let answer = client
            .get_object()
            .bucket(&*self.name)
            .key(&wanted.key)
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .set_if_match(wanted.e_tag.clone())
            .set_if_none_match(options.if_none_match.clone())
            .set_if_modified_since(options.if_modified_since.map(date))
            .set_if_unmodified_since(options.if_unmodified_since.map(date))
            .set_version_id(options.version.clone())
            .set_request_payer(self.requests.service.payer())
            .send()
            .await
            .map_err(|error| wanted.subject.failure(&error))?;
        // Not every service that speaks S3 knows conditions.
        check_version(wanted, answer.e_tag())?;
        read_part(answer, &range).await
    }

    async fn head_object(&self, wanted: &Wanted) -> Result<(Meta, u64), Failure> {
        let options = &wanted.options;
        let ask = async |client: Client| {
            let answer = client
                .head_object()
                .bucket(&*self.name)
                .key(&wanted.key)
                .set_if_match(wanted.e_tag.clone())
                .set_if_none_match(options.if_none_match.clone())
                .set_if_modified_since(options.if_modified_since.map(date))
                .set_if_unmodified_since(options.if_unmodified_since.map(date))
                .set_version_id(options.version.clone())
                .set_request_payer(self.requests.service.payer())
                .send()
                .await
                .map_err(|error| wanted.subject.failure(&error))?;
            check_version(wanted, answer.e_tag())?;
            let size = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
            let (e_tag, version) = (answer.e_tag().map(str::to_owned), answer.version_id().map(str::to_owned));
            Ok((Meta { last_modified: answer.last_modified().copied(), e_tag, version }, size))
        };
        self.requests.send(&wanted.subject, ask).await
    }
}

/// Reads a body to its end, and checks that it is what was asked for.
async fn read_part(mut answer: GetObjectOutput, range: &Range<u64>) -> Result<Part, Failure> {
    let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
    let (start, total) = match answer.content_range().map(content_range) {
        Some(Some((start, total))) => (start, total),
        Some(None) => return Err(Failure::again("the answer states a range that makes no sense")),
        // The whole object, from a service that knows no ranges.
        None => (0, length.unwrap_or(0)),
    };
    if start != range.start {
        return Err(Failure::Final(Error::runtime("the S3 service answers with another range than the one asked for")));
    }
    let expected = range.end.min(total).saturating_sub(range.start);
    let room = usize::try_from(expected).map_err(|_| Failure::OutOfRange)?;
    let mut bytes = Vec::with_capacity(room);
    loop {
        match tokio::time::timeout(SILENCE, answer.body.next()).await {
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() <= room => bytes.extend_from_slice(&chunk),
            Ok(Some(Ok(_))) => return Err(Failure::again("the answer is longer than it says")),
            Ok(Some(Err(error))) => return Err(Failure::again(format!("the answer broke off: {error}"))),
            Ok(None) => break,
            Err(_) => return Err(Failure::again(format!("no byte came for {} s", SILENCE.as_secs()))),
        }
    }
    if bytes.len() != room {
        return Err(Failure::again(format!("the answer broke off at {} of {room} bytes", bytes.len())));
    }
    let meta = Meta {
        last_modified: answer.last_modified().copied(),
        e_tag: answer.e_tag().map(str::to_owned),
        version: answer.version_id().map(str::to_owned),
    };
    Ok(Part { bytes: Bytes::from(bytes), total, meta })
}

/// Checks that an answer is about the version that was asked for.
fn check_version(wanted: &Wanted, found: Option<&str>) -> Result<(), Failure> {
    let bare = |tag: &str| tag.trim_matches('"').to_owned();
    match (&wanted.e_tag, found) {
        (Some(wanted), Some(found)) if wanted != "*" && bare(wanted) != bare(found) => Err(Failure::Changed),
        _ => Ok(()),
    }
}

/// Reads `bytes 0-9/100` as the start and the size of the object.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.parse().ok()?, total.parse().ok()?))
}

fn joined(location: &Path, start: u64, parts: Vec<Part>) -> GetResult {
    let (mut total, mut meta) = (0, Meta { last_modified: None, e_tag: None, version: None });
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        (total, meta) = (part.total, part.meta);
        all.push(part.bytes);
    }
    let length: u64 = all.iter().map(|bytes| bytes.len() as u64).sum();
    result(meta.object(location, total), start..start + length, all)
}

fn result(meta: ObjectMeta, range: Range<u64>, parts: Vec<Bytes>) -> GetResult {
    let payload = GetResultPayload::Stream(stream::iter(parts.into_iter().map(Ok)).boxed());
    GetResult { payload, meta, range, attributes: Attributes::new() }
}

fn date(date: chrono::DateTime<chrono::Utc>) -> DateTime {
    DateTime::from_secs(date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_into_parts() {
        let cut = |range, size| parts(range, size).collect::<Vec<_>>();
        assert_eq!(cut(3..10, 4), [3..7, 7..10]);
        assert_eq!(cut(0..8, 4), [0..4, 4..8]);
        assert!(cut(5..5, 4).is_empty());
    }

    #[test]
    fn the_stated_range_is_understood() {
        assert_eq!(content_range("bytes 8-15/100"), Some((8, 100)));
        for wrong in ["bytes */100", "bytes 8-15/*", "8-15/100", ""] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
