//! Amazon SNS: a topic, the message in lines, and what a refusal means.

use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_sns::{
    Client,
    config::{Builder, http::HttpRequest},
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::{PublishError, builders::PublishFluentBuilder},
    types::MessageAttributeValue,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    result::ConnectorError,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{
    Attempt, Message, Name, http, line,
    once::{Exchange, Holder, Patience, exchange, hold},
};
use crate::{
    error::{Error, Kind, Result},
    source::{
        Access,
        aws::{self, Identity, cause, innermost},
    },
};

/// Letters of a subject.
const SUBJECT: usize = 100;

/// Bytes of a message; SNS takes 256 KiB with everything around it.
const MESSAGE: usize = 250_000;

/// Letters of the id by which a FIFO topic knows a message again.
const DEDUPLICATION: usize = 128;

/// Messages of one group arrive in order.
const GROUP: &str = "gravimeter";

/// What has to be allowed.
const ACTION: &str = "sns:Publish";

/// The topic of an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    arn: String,
    region: String,
}

impl Topic {
    /// Understands an ARN: `arn:aws:sns:eu-central-1:123456789012:alerts`, in any partition.
    pub(super) fn new(arn: &str) -> Result<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        match parts[..] {
            ["arn", partition, "sns", region, account, name]
                if [partition, region, account, name].into_iter().all(word) =>
            {
                Ok(Self { arn: arn.to_owned(), region: region.to_owned() })
            }
            _ => Err(Error::usage(format!("'{}' is no ARN of an SNS topic", line(arn)))
                .hint("an ARN of a topic: arn:aws:sns:eu-central-1:123456789012:alerts")
                .hint("list yours with: aws sns list-topics")),
        }
    }

    /// Returns the name for messages.
    pub(super) fn name(&self) -> Name {
        Name::new("sns", &self.arn)
    }

    /// First in, first out: each message belongs to a group and is known again.
    fn is_fifo(&self) -> bool {
        self.arn.rsplit_once('.').is_some_and(|(_, kind)| kind == "fifo")
    }
}

/// The way to a topic.
#[derive(Debug)]
pub(super) struct Post {
    topic: Topic,
    name: Name,
    builder: Builder,
    connector: SharedHttpConnector,
    identity: Identity,
    publish: Publish,
}

/// What is published.
#[derive(Debug)]
struct Publish {
    subject: String,
    text: String,
    event: &'static str,
    id: String,
}

impl Post {
    /// Finds out where and who; asks nobody for credentials yet.
    pub(super) async fn new(
        access: &Access,
        topic: Topic,
        message: &Message,
        connector: impl Fn(bool) -> SharedHttpConnector,
    ) -> Self {
        // An unsigned message is for nobody; the topic says where it is.
        let access = Access {
            region: Some(topic.region.clone()),
            endpoint_url: access.endpoint_url.clone().filter(|url| !is_of_s3(url)),
            no_sign_request: false,
            ..access.clone()
        };
        let config = aws::sdk_config(&access).await;
        let own = aws::variable("AWS_ENDPOINT_URL_SNS");
        let mut builder = Builder::from(&config);
        if let Some(url) = &own {
            builder = builder.endpoint_url(url);
        }
        let endpoint = own.as_deref().or(config.endpoint_url());
        let host = endpoint.and_then(|url| url.split_once("://")?.1.split('/').next());
        let connector = connector(host.is_some_and(http::is_local));
        let publish = Publish {
            subject: subject(&message.heading()),
            text: text(message),
            event: message.event(),
            id: line(&message.id),
        };
        Self { name: topic.name(), topic, builder, connector, identity: Identity::of(&access), publish }
    }

    /// Signs with these credentials.
    #[cfg(test)]
    pub(super) fn by(self, credentials: aws_credential_types::Credentials) -> Self {
        Self { builder: self.builder.credentials_provider(credentials), ..self }
    }

    /// Sends the message once.
    pub(super) async fn attempt(&self, patience: Patience, mark: &impl AsyncFn() -> Result<()>) -> Attempt {
        let (holder, gate) = hold();
        let holding = SharedHttpConnector::new(Holding {
            inner: self.connector.clone(),
            holder: Arc::new(Mutex::new(Some(holder))),
        });
        let http = http_client_fn(move |_, _| holding.clone());
        let client = Client::from_conf(self.builder.clone().http_client(http).build());
        let request = match self.request(&client) {
            Ok(request) => request,
            Err(error) => return Attempt::Stop(error),
        };
        // The client finds credentials first, which may ask somebody.
        let patience = Patience { sending: patience.sending + aws::CREDENTIALS, ..patience };
        match exchange(Box::pin(request.send()), gate, patience, mark).await {
            Exchange::Ended { result, whole } => match self.understand(result.map(|_| ()), whole) {
                Attempt::Sent if !whole => mark().await.map_or_else(Attempt::Unknown, |()| Attempt::Sent),
                other => other,
            },
            Exchange::Silent { whole } => http::silent(&self.name, whole, patience),
            Exchange::Unmarked(error) => Attempt::Stop(error),
        }
    }

    fn request(&self, client: &Client) -> Result<PublishFluentBuilder> {
        let Publish { subject, text, event, id } = &self.publish;
        let attribute = |value: &str| {
            let attribute = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            attribute.map_err(|error| Error::runtime(error.to_string()))
        };
        let mut request = client
            .publish()
            .topic_arn(&self.topic.arn)
            .subject(subject)
            .message(text)
            .message_attributes("event", attribute(event)?);
        // An attribute is never empty.
        if !id.is_empty() {
            request = request.message_attributes("id", attribute(id)?);
        }
        if self.topic.is_fifo() {
            request = request.message_group_id(GROUP).message_deduplication_id(deduplication(id));
        }
        Ok(request)
    }

    fn understand(&self, result: Result<(), SdkError<PublishError>>, whole: bool) -> Attempt {
        let Err(error) = result else { return Attempt::Sent };
        if let Some(credentials) = cause::<CredentialsError>(&error) {
            let act = format!("send to {}", self.topic.arn);
            return Attempt::Stop(self.identity.not_loaded(credentials, &act, None));
        }
        if let Some(response) = error.raw_response() {
            let status = response.status().as_u16();
            // What a success says beside that is of no use here.
            if response.status().is_success() {
                return Attempt::Sent;
            }
            return self.refused(status, error.code().unwrap_or_default(), error.message().unwrap_or_default());
        }
        match &error {
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => http::broken(&self.name, error, whole),
                None => Attempt::again(innermost(&error)),
            },
            error if whole => Attempt::Unknown(self.name.unknown(&format!("gave no answer ({})", innermost(error)))),
            SdkError::ConstructionFailure(_) => Attempt::Stop(self.name.stop(Kind::Usage, &innermost(&error))),
            error => Attempt::again(innermost(error)),
        }
    }

    /// Understands an answer that is an error.
    fn refused(&self, status: u16, code: &str, message: &str) -> Attempt {
        let arn = &self.topic.arn;
        let words = match (code.is_empty(), message.is_empty()) {
            (true, _) => format!("HTTP status {status}"),
            (false, true) => format!("{code} (HTTP status {status})"),
            (false, false) => format!("{code}: {}", line(message).trim_end_matches('.')),
        };
        let stop = |kind, hint: &str| Attempt::Stop(self.name.stop(kind, &words).hint(hint));
        match (code, status) {
            ("AuthorizationError" | "AuthorizationErrorException" | "AccessDenied" | "AccessDeniedException", _) => {
                stop(Kind::Permission, &format!("needed is the permission {ACTION} on {arn}"))
            }
            ("NotFound" | "NotFoundException", _) => {
                stop(Kind::Usage, "there is no such topic; list yours with: aws sns list-topics")
            }
            (
                "KMSThrottling"
                | "KMSThrottlingException"
                | "Throttled"
                | "ThrottledException"
                | "RequestLimitExceeded",
                _,
            ) => Attempt::again(words),
            (code, _) if code.starts_with("Throttling") => Attempt::again(words),
            (code, _) if code.starts_with("KMS") => stop(
                Kind::Permission,
                "the topic is encrypted: needed are kms:GenerateDataKey and kms:Decrypt on its key, which has to be enabled",
            ),
            ("ExpiredToken" | "ExpiredTokenException" | "RequestExpired", _) => {
                Attempt::Stop(self.identity.expired(code, arn))
            }
            (
                "InvalidClientTokenId"
                | "UnrecognizedClientException"
                | "InvalidAccessKeyId"
                | "SignatureDoesNotMatch"
                | "IncompleteSignature"
                | "InvalidSecurity"
                | "InvalidSecurityException"
                | "MissingAuthenticationToken",
                _,
            ) => {
                let error = self.identity.not_accepted(code, arn);
                let is_clock = ["Signature expired", "not yet current"].iter().any(|words| message.contains(words));
                let clock = "the clock of this machine differs from that of AWS: set it";
                Attempt::Stop(if is_clock { error.hint(clock) } else { error })
            }
            ("InvalidParameter" | "InvalidParameterException" | "InvalidParameterValue" | "ValidationError", _) => {
                stop(Kind::Usage, &format!("check the topic {arn}"))
            }
            (_, 401 | 403) => stop(Kind::Permission, &format!("needed is the permission {ACTION} on {arn}")),
            (_, 504) => Attempt::Unknown(self.name.unknown(&format!("did not answer its gateway in time ({words})"))),
            (_, 408 | 429 | 500..=599) => Attempt::again(words),
            _ => Attempt::Stop(self.name.stop(Kind::Runtime, &words)),
        }
    }
}

/// Holds the last byte of the one signed request.
#[derive(Debug)]
struct Holding {
    inner: SharedHttpConnector,
    holder: Arc<Mutex<Option<Holder>>>,
}

impl HttpConnector for Holding {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner).take();
        let bytes = request.body().bytes().map(Bytes::copy_from_slice);
        let (Some(holder), Some(bytes)) = (holder, bytes) else {
            let error = Error::runtime("a message is sent by one request");
            return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(error))));
        };
        *request.body_mut() = SdkBody::from_body_1_x(holder.body(bytes));
        self.inner.call(request)
    }
}

/// Returns whether an endpoint is one of S3 at AWS: an access to S3 through it says nothing of SNS.
fn is_of_s3(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    let is_aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    is_aws && host.split('.').any(|label| label == "s3" || label.starts_with("s3-"))
}

/// Writes a subject: printable ASCII that begins with a letter or digit.
fn subject(heading: &str) -> String {
    let mut out = String::new();
    for letter in heading.chars() {
        match letter {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '\u{2026}' => out.push_str("..."),
            '\u{20ac}' => out.push_str("EUR"),
            letter if letter.is_ascii_graphic() => out.push(letter),
            // Letters that ASCII lacks leave a gap.
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    let kept: String =
        out.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric()).chars().take(SUBJECT).collect();
    if kept.chars().any(|letter| letter.is_ascii_alphanumeric()) {
        kept.trim_end().to_owned()
    } else {
        "Gravimeter".to_owned()
    }
}

/// Writes the message in lines.
fn text(message: &Message) -> String {
    let mut parts = vec![line(&message.heading())];
    if message.is_test {
        parts.push("This is a test: somebody tries whether messages arrive here.".to_owned());
    }
    if !message.text.trim().is_empty() {
        parts.push(message.text.trim().to_owned());
    }
    if !message.facts.is_empty() {
        let facts: Vec<String> =
            message.facts.iter().map(|(label, value)| format!("{}: {}", line(label), line(value))).collect();
        parts.push(facts.join("\n"));
    }
    if let Some(link) = &message.link {
        parts.push(line(link));
    }
    let mut text = parts.join("\n\n");
    if text.len() > MESSAGE {
        text.truncate(text.floor_char_boundary(MESSAGE));
        text.push('…');
    }
    text
}

/// Returns what a FIFO topic knows a message again by: its id where SNS takes it.
fn deduplication(id: &str) -> String {
    let fits = (1..=DEDUPLICATION).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return id.to_owned();
    }
    format!("{:x}", Sha256::digest(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws-cn:sns:cn-north-1:123456789012:alerts";

    fn message() -> Message {
        Message {
            title: "AWS bill 2024-01".to_owned(),
            text: "Costs are up.\nTwo lines.".to_owned(),
            facts: vec![("Total".to_owned(), "USD 1,000.00".to_owned()), ("Saved".to_owned(), "USD 2".to_owned())],
            link: Some("https://example.com/r".to_owned()),
            is_test: false,
            id: "id-1".to_owned(),
            details: json!({}),
        }
    }

    #[test]
    fn the_region_is_that_of_the_topic() {
        assert_eq!(Topic::new(ARN).unwrap().region, "cn-north-1");
        assert_eq!(Topic::new("arn:aws-us-gov:sns:us-gov-west-1:123456789012:a.fifo").unwrap().region, "us-gov-west-1");
        assert!(Topic::new("arn:aws:sns:us-east-1:123456789012:a.fifo").unwrap().is_fifo());
        for arn in [
            "",
            "alerts",
            "arn:aws:sqs:us-east-1:1:a",
            "arn:aws:sns::1:a",
            "arn:aws:sns:us-east-1:1:a:sub",
            ARN.trim_end_matches("alerts"),
        ] {
            assert_eq!(Topic::new(arn).unwrap_err().kind(), Kind::Usage, "{arn}");
        }
    }

    #[test]
    fn the_message_is_lines() {
        assert_eq!(
            text(&message()),
            "AWS bill 2024-01\n\nCosts are up.\nTwo lines.\n\nTotal: USD 1,000.00\nSaved: USD 2\n\nhttps://example.com/r"
        );
        let test = Message { is_test: true, facts: vec![], link: None, ..message() };
        assert!(text(&test).starts_with("Test: AWS bill 2024-01\n\nThis is a test"), "{}", text(&test));
        let long = Message { text: "é".repeat(200_000), ..message() };
        assert!(text(&long).len() <= 256 * 1024 - 1024);
    }

    #[test]
    fn subjects_are_short_ascii() {
        assert_eq!(subject("AWS bill – 2024‑01 “up” €5…"), "AWS bill - 2024-01 \"up\" EUR5...");
        assert_eq!(subject("[x] a\nb"), "x] a b");
        assert_eq!(subject("청구서 2024-01"), "2024-01");
        assert_eq!(subject("청구서"), "Gravimeter");
        assert_eq!(subject(""), "Gravimeter");
        assert_eq!(subject(&"é".repeat(300)), "Gravimeter");
        assert_eq!(subject(&"ab".repeat(300)).len(), 100);
    }

    #[test]
    fn messages_are_known_again() {
        assert_eq!(deduplication("2024-01/r2-abc"), "2024-01/r2-abc");
        assert_eq!(deduplication("a b").len(), 64);
        assert_eq!(deduplication(&"a".repeat(129)).len(), 64);
        assert_eq!(deduplication("").len(), 64);
    }

    #[test]
    fn endpoints_of_s3_are_not_those_of_sns() {
        for url in [
            "https://s3.eu-central-1.amazonaws.com",
            "https://bucket.vpce-0a1b.s3.eu-central-1.vpce.amazonaws.com/",
            "https://s3-fips.us-east-1.amazonaws.com:443",
            "https://s3.cn-north-1.amazonaws.com.cn",
        ] {
            assert!(is_of_s3(url), "{url}");
        }
        for url in ["http://127.0.0.1:4566", "https://sns.eu-central-1.amazonaws.com", "https://s3.example.com"] {
            assert!(!is_of_s3(url), "{url}");
        }
    }

    #[tokio::test]
    async fn refusals_say_what_to_do() {
        let topic = Topic::new(ARN).unwrap();
        let access = Access { profile: Some("dev".to_owned()), ..Access::default() };
        let post = Post::new(&access, topic, &message(), http::connector).await;
        for (status, code, kind, words) in [
            (403, "AuthorizationError", Kind::Permission, "sns:Publish on arn:aws-cn:sns"),
            (403, "", Kind::Permission, "sns:Publish"),
            (404, "NotFound", Kind::Usage, "aws sns list-topics"),
            (400, "KMSAccessDenied", Kind::Permission, "kms:GenerateDataKey"),
            (403, "ExpiredToken", Kind::Permission, "aws sso login --profile dev"),
            (403, "InvalidClientTokenId", Kind::Permission, "aws configure --profile dev"),
            (400, "InvalidParameter", Kind::Usage, "check the topic"),
            (400, "EndpointDisabled", Kind::Runtime, ""),
        ] {
            let Attempt::Stop(error) = post.refused(status, code, "words.") else { panic!("{code}") };
            let said = format!("{error} {:?}", error.hints());
            assert_eq!(error.kind(), kind, "{said}");
            assert!(said.contains(ARN) && said.contains(words), "{said}");
        }
        for (status, code) in
            [(400, "Throttling"), (429, "Throttled"), (500, "InternalError"), (503, ""), (400, "KMSThrottling")]
        {
            assert!(matches!(post.refused(status, code, ""), Attempt::Again { .. }), "{code}");
        }
    }
}
