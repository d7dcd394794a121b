//! The way of a message over HTTP: where it may go, what is sent, and what an answer means whoever gives it.

use std::time::Duration;

use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sns::config::http::{HttpRequest, HttpResponse};
use aws_smithy_http_client::{Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use bytes::Bytes;
use chrono::DateTime;
use http_body_util::{BodyExt, Limited};
use secrecy::{ExposeSecret, SecretString};

use super::{
    Attempt, Name,
    once::{Exchange, Patience, exchange, hold},
};
use crate::{
    error::{Error, Kind, Result},
    source::aws::{CONNECT, TLS, innermost},
};

/// Who we are.
const AGENT: &str = concat!("gravimeter/", env!("CARGO_PKG_VERSION"));

/// As much of an answer is read.
const ANSWER: usize = 64 * 1024;

/// Where a message goes. The path of its address may be a secret, so only the host is ever shown.
#[derive(Debug, Clone)]
pub(super) struct Target {
    url: SecretString,
    /// The host, and the port where one is named.
    pub host: String,
    /// It is this machine, behind no proxy.
    pub is_local: bool,
}

impl Target {
    /// Understands an address that came from an environment variable.
    pub(super) fn new(url: &SecretString, variable: &str) -> Result<Self> {
        let stop = |reason: &str| Error::usage(format!("{variable} {reason}"));
        let text = url.expose_secret();
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let (scheme, rest) = text
            .split_once("://")
            .filter(|_| printable)
            .ok_or_else(|| stop("holds no address").hint("an address begins with https://"))?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.contains('@') {
            return Err(stop("holds a user name before the host, which is not sent")
                .hint(format!("take it out of the address; a bearer token belongs into {}", super::WEBHOOK_TOKEN)));
        }
        if host.is_empty() || !host.chars().all(|letter| letter.is_alphanumeric() || "-._:[]".contains(letter)) {
            return Err(stop("holds an address without a host").hint("an address begins with https://"));
        }
        let is_local = is_local(host);
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" if is_local => {}
            _ => {
                return Err(stop(&format!("does not begin with https:// (host {host})"))
                    .hint("plain http is taken for this machine alone: everybody on the way could read the message"));
            }
        }
        // The library refuses what is no URL in its own words, which may hold it.
        HttpRequest::get(text).map_err(|_| stop("holds no address that can be called"))?;
        Ok(Self { url: url.clone(), host: host.to_owned(), is_local })
    }
}

/// Returns whether a host is this machine.
pub(super) fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns a client that keeps no connection: a used one may break after the request went out.
///
/// Messages to others go through the proxy that `HTTPS_PROXY` and `NO_PROXY` name.
pub(super) fn connector(is_local: bool) -> SharedHttpConnector {
    let proxy = if is_local { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    let builder = Connector::builder().connector_settings(settings).pool_max_idle_per_host(0).proxy_config(proxy);
    SharedHttpConnector::new(builder.tls_provider(TLS).build())
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Where to.
    pub target: Target,
    /// JSON.
    pub body: Bytes,
    /// Identifies the message to its receiver.
    pub id: Option<String>,
    /// Who sends it.
    pub token: Option<SecretString>,
}

impl Parcel {
    /// Builds the request around a body.
    fn request(&self, body: SdkBody) -> Result<HttpRequest> {
        let mut request = HttpRequest::new(body);
        let refused = |what: &str| Error::usage(format!("{what} cannot be sent in a header of HTTP"));
        request.set_method("POST").map_err(|error| Error::runtime(error.to_string()))?;
        request.set_uri(self.target.url.expose_secret()).map_err(|_| refused("the address"))?;
        let mut header = |name: &'static str, value: String, what: &str| {
            request.headers_mut().try_insert(name, value).map(|_| ()).map_err(|_| refused(what))
        };
        header("content-type", "application/json; charset=utf-8".to_owned(), "the content type")?;
        header("user-agent", AGENT.to_owned(), "the name of the program")?;
        if let Some(id) = &self.id {
            header("idempotency-key", id.clone(), "the id of the message")?;
        }
        if let Some(token) = &self.token {
            header("authorization", format!("Bearer {}", token.expose_secret()), super::WEBHOOK_TOKEN)?;
        }
        Ok(request)
    }
}

/// What was answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The status.
    pub status: u16,
    /// The text, where there is one.
    pub text: String,
    /// How long to wait before the next try.
    pub wait: Option<Duration>,
}

/// Sends a parcel once; `understand` says what the answer means.
pub(super) async fn attempt(
    connector: &SharedHttpConnector,
    name: &Name,
    parcel: &Parcel,
    patience: Patience,
    mark: &impl AsyncFn() -> Result<()>,
    understand: impl Fn(&Name, &Answer) -> Attempt,
) -> Attempt {
    let (holder, gate) = hold();
    let request = match parcel.request(SdkBody::from_body_1_x(holder.body(parcel.body.clone()))) {
        Ok(request) => request,
        Err(error) => return Attempt::Stop(error),
    };
    match exchange(connector.call(request), gate, patience, mark).await {
        Exchange::Ended { result: Ok(response), whole } => {
            let answer = read(response, patience.answering).await;
            match understand(name, &answer) {
                // It was content before it had heard everything.
                Attempt::Sent if !whole => mark().await.map_or_else(Attempt::Unknown, |()| Attempt::Sent),
                other => other,
            }
        }
        Exchange::Ended { result: Err(error), whole } => broken(name, &error, whole),
        Exchange::Silent { whole } => silent(name, whole, patience),
        Exchange::Unmarked(error) => Attempt::Stop(error),
    }
}

/// Judges a connection that broke or never was.
pub(super) fn broken(name: &Name, error: &ConnectorError, whole: bool) -> Attempt {
    let reason = innermost(error);
    if whole {
        return Attempt::Unknown(name.unknown(&format!("broke the connection off without an answer ({reason})")));
    }
    if error.is_user() {
        return Attempt::Stop(name.stop(Kind::Usage, &reason));
    }
    Attempt::again(reason)
}

/// Judges silence.
pub(super) fn silent(name: &Name, whole: bool, patience: Patience) -> Attempt {
    if whole {
        return Attempt::Unknown(name.unknown(&format!("did not answer in {} s", patience.answering.as_secs())));
    }
    Attempt::again(format!("the message could not be handed over in {} s", patience.sending.as_secs()))
}

/// Reads an answer, as far as it comes and is of use.
async fn read(response: HttpResponse, patience: Duration) -> Answer {
    let status = response.status().as_u16();
    let wait = wait(response.headers().get("retry-after"), response.headers().get("date"));
    let body = Limited::new(response.into_body(), ANSWER).collect();
    let bytes = match tokio::time::timeout(patience, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        _ => Bytes::new(),
    };
    Answer { status, text: String::from_utf8_lossy(&bytes).trim().to_owned(), wait }
}

/// Understands `Retry-After`: seconds, or a date that is held against that of the answer.
fn wait(after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let after = after?;
    if let Ok(seconds) = after.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text| DateTime::parse_from_rfc2822(text).ok();
    (instant(after)? - instant(date?)?).to_std().ok()
}

/// What a status means whoever answers it; `None` where the message was taken.
pub(super) fn refused(name: &Name, answer: &Answer) -> Option<Attempt> {
    let status = answer.status;
    let words = format!("HTTP status {status}");
    Some(match status {
        200..=299 => return None,
        300..=399 => Attempt::Stop(
            name.stop(Kind::Runtime, &format!("{words}, which sends on to another address"))
                .hint("a message is not sent on: give the final address"),
        ),
        401 | 403 => Attempt::Stop(name.stop(Kind::Permission, &words)),
        404 | 410 => Attempt::Stop(name.stop(Kind::Permission, &format!("{words}, nobody is there"))),
        // A gateway has sent the message on, and heard nothing from whom it sent it to.
        504 => Attempt::Unknown(name.unknown(&format!("did not answer its gateway in time ({words})"))),
        408 | 425 | 429 | 500..=599 => Attempt::Again { reason: words, wait: answer.wait },
        _ => Attempt::Stop(name.stop(Kind::Runtime, &words)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target> {
        Target::new(&SecretString::from(url), "GRAVIMETER_WEBHOOK_URL")
    }

    #[test]
    fn messages_go_behind_https_or_stay_on_this_machine() {
        for (url, host) in [
            ("https://hooks.example.com/services/canary", "hooks.example.com"),
            ("HTTPS://hooks.example.com:8443?canary", "hooks.example.com:8443"),
            ("http://127.0.0.1:1234/canary", "127.0.0.1:1234"),
            ("http://localhost/canary", "localhost"),
            ("http://[::1]:80/canary", "[::1]:80"),
        ] {
            assert_eq!(target(url).unwrap().host, host, "{url}");
        }
        for url in [
            "http://hooks.example.com/canary",
            "http://127.0.0.1.example.com/canary",
            "http://localhost@example.com/canary",
            "https://me:canary@example.com/",
            "ftp://localhost/canary",
            "https:///canary",
            "https://exam ple.com/canary",
            "https://example.com/canary\n",
            "canary",
            "",
        ] {
            let error = target(url).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{url}");
            let said = format!("{error} {:?}", error.hints());
            assert!(said.contains("GRAVIMETER_WEBHOOK_URL") && !said.contains("canary"), "{said}");
        }
    }

    #[test]
    fn the_time_to_wait_is_seconds_or_a_date() {
        let date = "Sun, 22 Nov 2026 01:00:00 GMT";
        assert_eq!(wait(Some("7"), None), Some(Duration::from_secs(7)));
        assert_eq!(wait(Some("Sun, 22 Nov 2026 01:00:09 GMT"), Some(date)), Some(Duration::from_secs(9)));
        assert_eq!(wait(Some("Sun, 22 Nov 2026 00:59:00 GMT"), Some(date)), None);
        assert_eq!(wait(Some("Sun, 22 Nov 2026 01:00:09 GMT"), None), None);
        assert_eq!(wait(Some("soon"), Some(date)), None);
        assert_eq!(wait(None, Some(date)), None);
    }

    #[test]
    fn secrets_are_in_no_description() {
        let parcel = Parcel {
            target: target("https://example.com/canary").unwrap(),
            body: Bytes::from_static(b"{}"),
            id: None,
            token: Some(SecretString::from("canary\n")),
        };
        let error = parcel.request(SdkBody::empty()).unwrap_err();
        let said = format!("{parcel:?} {error:?}");
        assert!(error.to_string().contains("GRAVIMETER_WEBHOOK_TOKEN") && !said.contains("canary"), "{said}");
    }
}
