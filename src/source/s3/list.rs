//! Listings, page by page.

use aws_sdk_s3::{Client, operation::list_objects_v2::ListObjectsV2Output, primitives::DateTime, types::Object};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ListResult, ObjectMeta, Result, path::Path};

use super::{Bucket, Failure, uri};

/// What is listed.
#[derive(Debug, Clone, Default)]
struct Question {
    prefix: String,
    /// Only one level, with the folders below by name.
    level: bool,
    /// Only keys behind this one.
    after: Option<String>,
    /// Only so many keys, and one page.
    at_most: Option<i32>,
}

impl Bucket {
    /// Lists the keys with a prefix.
    pub(super) fn objects(
        &self,
        prefix: String,
        after: Option<String>,
    ) -> impl Stream<Item = Result<ObjectMeta>> + use<> {
        let pages = self.pages(Question { prefix, after, ..Question::default() });
        pages.map_ok(|page| stream::iter(objects(&page).map(Ok).collect::<Vec<_>>())).try_flatten()
    }

    /// Lists one level of folders.
    pub(super) fn level(&self, prefix: String) -> impl Stream<Item = Result<ListResult>> + use<> {
        self.pages(Question { prefix, level: true, ..Question::default() }).map_ok(|page| ListResult {
            common_prefixes: page
                .common_prefixes()
                .iter()
                .filter_map(|folder| folder.prefix())
                .map(|folder| uri::location(folder.trim_end_matches('/')))
                .collect(),
            objects: objects(&page).collect(),
        })
    }

    /// Lists what a source names: the object of that key, and all below the folder of that name.
    pub(in crate::source) async fn named(&self, key: &str) -> Result<Vec<(String, ObjectMeta)>> {
        let mut found = Vec::new();
        if !key.is_empty() && !key.ends_with('/') {
            // A key comes before all keys that it is the beginning of.
            let question = Question { prefix: key.to_owned(), at_most: Some(1), ..Question::default() };
            let page = self.page(&question, None).await?;
            found.extend(objects(&page).filter(|object| uri::key(&object.location) == key));
        }
        let folder = if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") };
        let below: Vec<ObjectMeta> = self.objects(folder, None).try_collect().await?;
        found.extend(below);
        Ok(found.into_iter().map(|object| (uri::key(&object.location), object)).collect())
    }

    fn pages(&self, question: Question) -> impl Stream<Item = Result<ListObjectsV2Output>> + use<> {
        let bucket = self.clone();
        let start = Some(None);
        stream::try_unfold((bucket, question, start), |(bucket, question, token)| async move {
            let Some(token) = token else { return Ok(None) };
            let page = bucket.page(&question, token).await?;
            let next = page.is_truncated().unwrap_or(false).then(|| page.next_continuation_token().map(str::to_owned));
            // Without a token there is no next page, whatever the flag says.
            let next = next.flatten().map(Some);
            Ok(Some((page, (bucket, question, next))))
        })
        .boxed()
    }

    async fn page(&self, question: &Question, token: Option<String>) -> Result<ListObjectsV2Output> {
        let subject = self.subject(&question.prefix, "s3:ListBucket");
        let outcome = self.requests.send(&subject, |client| self.one_page(client, question, token.clone())).await;
        outcome.map_err(|failure| subject.store_error(failure))
    }

    async fn one_page(
        &self,
        client: Client,
        question: &Question,
        token: Option<String>,
    ) -> Result<ListObjectsV2Output, Failure> {
        let subject = self.subject(&question.prefix, "s3:ListBucket");
        client
            .list_objects_v2()
            .bucket(&*self.name)
            .prefix(&question.prefix)
            .set_delimiter(question.level.then(|| "/".to_owned()))
            .set_start_after(question.after.clone())
            .set_max_keys(question.at_most)
            .set_continuation_token(token)
            .set_request_payer(self.requests.service.payer())
            .send()
            .await
            .map_err(|error| subject.failure(&error))
    }
}

/// Returns the prefix of everything below a folder.
pub(super) fn folder(prefix: Option<&Path>) -> String {
    match prefix.map(uri::key) {
        Some(key) if !key.is_empty() => format!("{key}/"),
        _ => String::new(),
    }
}

/// Returns the objects of a page, without the markers that stand for empty folders.
fn objects(page: &ListObjectsV2Output) -> impl Iterator<Item = ObjectMeta> + '_ {
    page.contents().iter().filter_map(object)
}

fn object(object: &Object) -> Option<ObjectMeta> {
    let key = object.key().filter(|key| !key.ends_with('/'))?;
    Some(ObjectMeta {
        location: uri::location(key),
        last_modified: instant(object.last_modified()),
        size: u64::try_from(object.size()?).ok()?,
        e_tag: object.e_tag().map(quoted),
        version: None,
    })
}

/// Writes an `ETag` as conditions want it; some services list it without its quotation marks.
fn quoted(tag: &str) -> String {
    if tag.starts_with('"') || tag.starts_with("W/") { tag.to_owned() } else { format!("\"{tag}\"") }
}

/// Returns an instant of the service; what is not there becomes the epoch.
pub(super) fn instant(date: Option<&DateTime>) -> chrono::DateTime<chrono::Utc> {
    date.and_then(|date| chrono::DateTime::from_timestamp(date.secs(), date.subsec_nanos())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_quoted_once() {
        assert_eq!((quoted("ab"), quoted("\"ab\"")), ("\"ab\"".to_owned(), "\"ab\"".to_owned()));
    }

    #[test]
    fn folders_and_damaged_entries_are_left_out() {
        let entry = |key: &str, size| object(&Object::builder().key(key).set_size(size).build()).is_some();
        assert!(entry("a/b", Some(1)) && !entry("a/", Some(0)) && !entry("a/b", None) && !entry("a/b", Some(-1)));
    }
}
