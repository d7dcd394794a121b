//! What the service answers.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Mutex,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::{
    BUCKET, State, Stored,
    http::{Answer, Body, End, Request, decoded},
};

/// Keys of one page of a listing: few, so that every listing has several.
const PAGE: usize = 5;

/// The instant at which everything was written.
const WRITTEN: (&str, &str) = ("2026-01-02T03:04:05.000Z", "Fri, 02 Jan 2026 03:04:05 GMT");

pub(super) fn answer(state: &Mutex<State>, request: &Request) -> Answer {
    let mut state = state.lock().unwrap();
    state.requests += 1;
    let (bucket, key) = request.path.split_once('/').unwrap_or((&request.path, ""));
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    let faults = state.faults.clone();
    if chance(&state, "slow down", faults.slow_down) {
        return failure(503, "SlowDown", "Please reduce your request rate.");
    }
    if chance(&state, "broken", faults.broken) {
        return failure(500, "InternalError", "We encountered an internal error. Please try again.");
    }
    if let Some((status, code, message)) = faults.refuse {
        return failure(status, code, message);
    }
    let is_put = request.method == "PUT";
    if is_put {
        state.puts += 1;
        if let Some((_, status, code)) = faults.refuse_puts.filter(|(after, ..)| state.puts > *after) {
            return failure(status, code, "the test wants it so");
        }
    }
    let hold = faults.hold_put.filter(|(number, _)| is_put && state.puts == *number);
    let silent = || Answer { end: End::Silent, ..Answer::default() };
    if let Some((_, false)) = hold {
        state.is_held = true;
        return silent();
    }
    match (header("authorization"), faults.region) {
        (None, _) if !faults.public => return failure(403, "AccessDenied", "Access Denied"),
        (Some(signature), Some(region)) if !signature.contains(&format!("/{region}/s3/")) => {
            let mut answer = failure(400, "AuthorizationHeaderMalformed", "the region is wrong");
            answer.body =
                xml(&format!("<Error><Code>AuthorizationHeaderMalformed</Code><Region>{region}</Region></Error>"));
            return answer;
        }
        _ => {}
    }
    if bucket != BUCKET {
        return failure(404, "NoSuchBucket", "The specified bucket does not exist");
    }
    let part = request.query.get("partNumber").and_then(|number| number.parse().ok());
    match (request.method.as_str(), request.query.get("uploadId"), part) {
        ("GET", ..) if key.is_empty() => list(&state, &request.query),
        ("GET" | "HEAD", ..) => {
            let answer = get(&mut state, request, key);
            drop(state);
            std::thread::sleep(faults.delay);
            answer
        }
        ("PUT", Some(id), Some(number)) => {
            let object = Stored::new(request.body.clone());
            state.uploads.get_mut(id).unwrap().insert(number, request.body.clone());
            ok(vec![("etag", object.e_tag)], "")
        }
        ("PUT", ..) => {
            let answer = put(&mut state, request, key);
            if hold.is_none() {
                return answer;
            }
            state.is_held = true;
            silent()
        }
        ("POST", None, _) => {
            let id = format!("upload-{}", state.requests);
            state.uploads.insert(id.clone(), BTreeMap::new());
            ok(
                vec![],
                &format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"),
            )
        }
        ("POST", Some(id), _) => {
            let parts = state.uploads.remove(id).unwrap();
            let object = Stored::new(parts.into_values().flatten().collect());
            let e_tag = object.e_tag.replace('"', "&quot;");
            state.objects.insert(key.to_owned(), object);
            ok(vec![], &format!("<CompleteMultipartUploadResult><ETag>{e_tag}</ETag></CompleteMultipartUploadResult>"))
        }
        ("DELETE", Some(id), _) => {
            state.uploads.remove(id);
            Answer { status: 204, ..Answer::default() }
        }
        ("DELETE", ..) => {
            state.objects.remove(key);
            Answer { status: 204, ..Answer::default() }
        }
        other => failure(405, "MethodNotAllowed", &format!("{other:?}")),
    }
}

fn list(state: &State, query: &BTreeMap<String, String>) -> Answer {
    assert_eq!(query.get("list-type").map(String::as_str), Some("2"));
    let text = |name: &str| query.get(name).map_or("", String::as_str);
    let (prefix, delimiter) = (text("prefix"), text("delimiter"));
    // The token is the last key of the page before, in a form that clients cannot make use of.
    let token: String = text("continuation-token").chars().rev().collect();
    let after = if token.is_empty() { text("start-after").to_owned() } else { token };
    let page = query.get("max-keys").map_or(PAGE, |count| count.parse::<usize>().unwrap().min(PAGE));
    let (mut entries, mut last, mut more) = (Vec::new(), String::new(), false);
    for (key, object) in state.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let below = &key[prefix.len()..];
        let folder = below.find(delimiter).filter(|_| !delimiter.is_empty()).map(|at| &key[..=prefix.len() + at]);
        let entry = folder.unwrap_or(key);
        if entry <= after.as_str() || entry == last {
            continue;
        }
        if entries.len() == page {
            more = true;
            break;
        }
        entry.clone_into(&mut last);
        entries.push(match folder {
            Some(folder) => format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escaped(folder)),
            None => format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size>\
                 <StorageClass>STANDARD</StorageClass></Contents>",
                escaped(key),
                WRITTEN.0,
                escaped(&object.e_tag),
                object.bytes.len()
            ),
        });
    }
    let next: String = last.chars().rev().collect();
    let next =
        if more { format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(&next)) } else { String::new() };
    ok(
        vec![],
        &format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{next}{}</ListBucketResult>", entries.concat()),
    )
}

fn get(state: &mut State, request: &Request, key: &str) -> Answer {
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    if request.method == "GET" {
        state.gets += 1;
        if header("if-match").is_none() {
            state.unpinned.insert(key.to_owned());
        }
        while let Some((_, swap)) = state.faults.swaps.pop_if_due(state.gets) {
            for (key, bytes) in swap {
                state.objects.insert(key, Stored::new(bytes));
            }
        }
    }
    if let Some((status, code, message)) = state.faults.refuse_objects {
        return failure(status, code, message);
    }
    let Some(object) = state.objects.get(key).cloned() else {
        return failure(404, "NoSuchKey", "The specified key does not exist.");
    };
    if header("if-match").is_some_and(|tag| tag != object.e_tag && tag != "*") {
        return failure(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    }
    if header("if-none-match").is_some_and(|tag| tag == object.e_tag) {
        return Answer { status: 304, ..Answer::default() };
    }
    let size = object.bytes.len();
    let mut headers = vec![("etag", object.e_tag.clone()), ("last-modified", WRITTEN.1.to_owned())];
    let (mut status, mut start, mut end) = (200, 0, size);
    if let Some(range) = header("range") {
        let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (start, end) = match (from.parse::<usize>(), to.parse::<usize>()) {
            (Ok(from), Ok(to)) => (from, size.min(to + 1)),
            (Ok(from), Err(_)) => (from, size),
            (Err(_), count) => (size.saturating_sub(count.unwrap()), size),
        };
        if start >= size {
            return failure(416, "InvalidRange", "The requested range is not satisfiable");
        }
        status = 206;
        headers.push(("content-range", format!("bytes {start}-{}/{size}", end - 1)));
    }
    let mut ending = End::Whole;
    if request.method == "GET" && end - start > 1 {
        if chance(state, "cut", state.faults.cut) {
            ending = End::Cut;
        } else if state.stalled < state.faults.stall {
            state.stalled += 1;
            ending = End::Stalled;
        }
    }
    Answer { status, headers, body: Body { bytes: object.bytes, start, end }, end: ending }
}

fn put(state: &mut State, request: &Request, key: &str) -> Answer {
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    let there = state.objects.get(key);
    let refused = header("if-none-match").is_some() && there.is_some()
        || header("if-match").is_some_and(|tag| there.is_none_or(|object| object.e_tag != tag));
    if refused {
        return failure(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    }
    if let Some(source) = header("x-amz-copy-source") {
        let source = decoded(source);
        let (_, source) = source.trim_start_matches('/').split_once('/').unwrap();
        let Some(object) = state.objects.get(source).cloned() else {
            return failure(404, "NoSuchKey", "The specified key does not exist.");
        };
        state.objects.insert(key.to_owned(), object);
        return ok(vec![], "<CopyObjectResult></CopyObjectResult>");
    }
    // What AWS checks where a checksum comes along, the tests ask of every upload.
    let checksum = BASE64_STANDARD.encode(Sha256::digest(&request.body));
    if header("x-amz-checksum-sha256") != Some(&*checksum) {
        return failure(400, "BadDigest", "The SHA256 you specified did not match what we received.");
    }
    let object = Stored::new(request.body.clone());
    let e_tag = object.e_tag.clone();
    state.objects.insert(key.to_owned(), object);
    ok(vec![("etag", e_tag)], "")
}

/// Decides by seed and number of the request.
fn chance(state: &State, what: &str, of_hundred: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    (state.faults.seed, state.requests, what).hash(&mut hasher);
    hasher.finish() % 100 < of_hundred
}

trait Due<T> {
    fn pop_if_due(&mut self, now: u64) -> Option<(u64, T)>;
}

impl<T> Due<T> for Vec<(u64, T)> {
    fn pop_if_due(&mut self, now: u64) -> Option<(u64, T)> {
        self.first().is_some_and(|(due, _)| *due < now).then(|| self.remove(0))
    }
}

fn ok(headers: Vec<(&'static str, String)>, text: &str) -> Answer {
    let body = if text.is_empty() { Body::default() } else { xml(text) };
    Answer { status: 200, headers, body, end: End::Whole }
}

fn failure(status: u16, code: &str, message: &str) -> Answer {
    let body = xml(&format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"));
    Answer { status, headers: vec![("content-type", "application/xml".to_owned())], body, end: End::Whole }
}

fn xml(text: &str) -> Body {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}").into_bytes().into()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
