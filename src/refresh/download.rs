//! Fetches a bulk file from where AWS says it lies.

use std::path::Path;

use aws_sdk_pricing::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::http::HttpConnector;

use super::{
    api::Api,
    failure::{Failure, Subject, Trouble},
    staging::Unit,
};
use crate::{error::Kind, source::aws::SILENCE};

/// Redirections that are followed.
const HOPS: usize = 5;

/// Fetches a file into staging, where it appears whole or not at all.
pub(super) async fn download(api: &Api, subject: &Subject, url: &str, unit: &Unit, path: &Path) -> Result<(), Failure> {
    api.send(subject, || attempt(api, subject, url, unit, path)).await
}

async fn attempt(api: &Api, subject: &Subject, url: &str, unit: &Unit, path: &Path) -> Result<(), Failure> {
    let response = follow(api, subject, url).await?;
    let expected: Option<u64> = response.headers().get("content-length").and_then(|length| length.parse().ok());
    let mut body = ByteStream::new(response.into_body());
    let mut writer = unit.writer(path).map_err(Failure::Final)?;
    loop {
        match tokio::time::timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(bytes))) => {
                writer.write(&bytes).map_err(Failure::Final)?;
                api.heard();
                api.talk(&format!("reading prices of {}: {} MB", subject.name, writer.length / 1_000_000));
            }
            Ok(Some(Err(error))) => return Err(Failure::again(format!("the file broke off: {error}"))),
            Ok(None) => break,
            Err(_) => return Err(silent()),
        }
    }
    if expected.is_some_and(|expected| expected != writer.length) {
        return Err(Failure::again(format!("the file broke off after {} bytes", writer.length)));
    }
    writer.finish().map_err(Failure::Final)
}

/// Asks for a URL and where that sends on to.
async fn follow(api: &Api, subject: &Subject, url: &str) -> Result<HttpResponse, Failure> {
    let stop = |reason: &str| Failure::Final(subject.stop(Kind::Runtime, reason));
    let mut url = url.to_owned();
    for _ in 0..=HOPS {
        let allowed = url.starts_with("https://") || api.elsewhere && url.starts_with("http://");
        if !allowed {
            return Err(stop("the file of the price list does not lie behind https"));
        }
        let request = HttpRequest::get(&url).map_err(|_| stop("the address of the price list file is no URL"))?;
        let response = match tokio::time::timeout(SILENCE, api.connector.call(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let unreachable = error.is_io() || error.is_other();
                let reason = crate::source::aws::innermost(&error);
                return Err(Failure::Again(Trouble { reason, slow_down: false, unreachable }));
            }
            Err(_) => return Err(silent()),
        };
        match response.status().as_u16() {
            200 => return Ok(response),
            301 | 302 | 303 | 307 | 308 => {
                let Some(location) = response.headers().get("location") else {
                    return Err(stop("the price list file is sent on to nowhere"));
                };
                url = joined(&url, location);
            }
            // The signature of the address has run out, or the file has gone: not a matter of permissions.
            status @ (401 | 403 | 404) => return Err(stop(&format!("the price list file: HTTP status {status}"))),
            status => return Err(subject.understand(status, "", "")),
        }
    }
    Err(stop("the price list file is sent on and on"))
}

fn silent() -> Failure {
    Failure::again(format!("no byte came for {} s", SILENCE.as_secs()))
}

/// Returns a location, which may lack the host.
fn joined(url: &str, location: &str) -> String {
    if !location.starts_with('/') {
        return location.to_owned();
    }
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    format!("{}{location}", &url[..end])
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn locations_are_joined() {
        assert_eq!(joined("https://a/b/c", "/d?e"), "https://a/d?e");
        assert_eq!(joined("https://a", "/d"), "https://a/d");
        assert_eq!(joined("https://a/b", "https://x/y"), "https://x/y");
    }
}
