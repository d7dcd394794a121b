//! What a failed request means: repeat it, follow the bucket to its region, or stop and say what to do.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use object_store::Error as StoreError;

use super::uri::shown;
use crate::{
    error::{Error, Kind},
    source::aws::{Identity, cause, innermost},
};

/// Why a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may succeed when it is repeated.
    Again(Trouble),
    /// The bucket lies in this region.
    Region(String),
    /// The object is not there.
    Missing,
    /// The object is no longer, or not, at the version asked for.
    Changed,
    /// The object is still at the version that was not wanted.
    Same,
    /// The range begins behind the end of the object.
    OutOfRange,
    /// Repeating it changes nothing.
    Final(Error),
}

/// A failure that may pass.
#[derive(Debug)]
pub(super) struct Trouble {
    /// What went wrong, in words.
    pub reason: String,
    /// The service asks for fewer requests.
    pub slow_down: bool,
    /// No connection came about.
    pub unreachable: bool,
}

impl Failure {
    /// Builds a failure that may pass.
    pub(super) fn again(reason: impl Into<String>) -> Self {
        Self::Again(Trouble { reason: reason.into(), slow_down: false, unreachable: false })
    }
}

/// What a request is about, for messages.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The bucket.
    pub bucket: String,
    /// The key or prefix.
    pub key: String,
    /// What has to be allowed.
    pub permission: &'static str,
    /// Who asks.
    pub identity: Identity,
    /// Requests carry no signature.
    pub unsigned: bool,
}

impl Subject {
    /// Returns the name that users see.
    pub(super) fn name(&self) -> String {
        shown(&self.bucket, &self.key)
    }

    /// Understands the failure of a request.
    pub(super) fn failure<E>(&self, error: &SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        if let Some(credentials) = cause::<CredentialsError>(error) {
            return Failure::Final(self.credentials(credentials));
        }
        let Some(response) = error.raw_response() else {
            return match error {
                SdkError::ConstructionFailure(_) => Failure::Final(self.stop(Kind::Usage, &innermost(error))),
                SdkError::DispatchFailure(failure) if failure.is_user() => {
                    Failure::Final(self.stop(Kind::Usage, &innermost(error)))
                }
                SdkError::DispatchFailure(failure) => Failure::Again(Trouble {
                    reason: innermost(error),
                    slow_down: false,
                    unreachable: failure.as_connector_error().is_some_and(|error| error.is_io() || error.is_other()),
                }),
                _ => Failure::again(innermost(error)),
            };
        };
        let region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
        let body = response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let answer = Answer {
            status: response.status().as_u16(),
            code: error.code().map(str::to_owned).or_else(|| element(&body, "Code")).unwrap_or_default(),
            message: error.message().map(str::to_owned).or_else(|| element(&body, "Message")).unwrap_or_default(),
            region: region.or_else(|| element(&body, "Region")),
        };
        self.understand(&answer)
    }

    /// Understands an answer that is an error.
    fn understand(&self, answer: &Answer) -> Failure {
        let name = self.name();
        match (answer.code.as_str(), answer.status) {
            ("SlowDown" | "ServiceUnavailable" | "TooManyRequests", _) | (_, 503 | 429) => {
                Failure::Again(Trouble { reason: answer.words(), slow_down: true, unreachable: false })
            }
            (code, _) if code.starts_with("Throttl") || code == "RequestLimitExceeded" => {
                Failure::Again(Trouble { reason: answer.words(), slow_down: true, unreachable: false })
            }
            ("InternalError" | "RequestTimeout" | "OperationAborted", _) | (_, 500 | 502 | 504) => {
                Failure::again(answer.words())
            }
            ("PreconditionFailed" | "ConditionalRequestConflict", _) | (_, 412) => Failure::Changed,
            ("NotModified", _) | (_, 304) => Failure::Same,
            ("InvalidRange", _) | (_, 416) => Failure::OutOfRange,
            ("NoSuchBucket", _) => Failure::Final(
                Error::usage(format!("the bucket {} does not exist: {name}", self.bucket))
                    .hint("list yours with: aws s3 ls"),
            ),
            (
                "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException"
                | "IncorrectEndpoint",
                _,
            )
            | (_, 301 | 307) => match &answer.region {
                Some(region) => Failure::Region(region.clone()),
                None => Failure::Final(
                    Error::usage(format!("{name} lies in another region ({})", answer.words()))
                        .hint("name the region of the bucket with --region; the console shows it"),
                ),
            },
            ("RequestTimeTooSkewed", _) => Failure::Final(
                self.stop(Kind::Permission, &format!("RequestTimeTooSkewed: {}", answer.message))
                    .hint("the clock of this machine differs from that of AWS: set it"),
            ),
            ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired", _) => {
                Failure::Final(self.identity.expired(&answer.code, &name))
            }
            ("InvalidAccessKeyId" | "InvalidToken" | "SignatureDoesNotMatch" | "InvalidSecurity", _) => {
                Failure::Final(self.identity.not_accepted(&answer.code, &name))
            }
            ("InvalidObjectState", _) => Failure::Final(
                Error::incomplete(format!("{name} is archived and cannot be read ({})", answer.code)).hint(format!(
                    "restore it, then run again: aws s3api restore-object --bucket {} --key '{}' --restore-request Days=7",
                    self.bucket, self.key
                )),
            ),
            ("NoSuchKey" | "NotFound" | "NoSuchVersion", _) | (_, 404) => Failure::Missing,
            (_, 401 | 403) => Failure::Final(self.denied(answer)),
            _ => Failure::Final(self.stop(Kind::Runtime, &answer.words())),
        }
    }

    /// Builds the error of a request that is not allowed.
    fn denied(&self, answer: &Answer) -> Error {
        let mut error = self.stop(Kind::Permission, &answer.words());
        let arn = match self.permission {
            "s3:ListBucket" => format!("arn:aws:s3:::{}", self.bucket),
            _ => format!("arn:aws:s3:::{}/{}", self.bucket, self.key),
        };
        error = error.hint(format!("needed is the permission {} on {arn}", self.permission));
        if answer.message.contains("kms") {
            error = error.hint("and kms:Decrypt on the key that encrypts the bucket");
        }
        if self.unsigned {
            return error.hint("only public buckets answer without a signature: leave --no-sign-request away");
        }
        if self.identity.profile.is_none() {
            error = error.hint("another account may have it: --profile NAME");
        }
        error.hint("a bucket whose readers pay needs --request-payer")
    }

    /// Builds the error of credentials that could not be loaded.
    fn credentials(&self, error: &CredentialsError) -> Error {
        let name = self.name();
        match self.permission {
            "s3:PutObject" | "s3:DeleteObject" => self.identity.not_loaded(error, &format!("write {name}"), None),
            _ => {
                let without = "a public bucket is read with --no-sign-request";
                self.identity.not_loaded(error, &format!("read {name}"), Some(without))
            }
        }
    }

    /// Builds an error that names the object.
    fn stop(&self, kind: Kind, reason: &str) -> Error {
        let what = match kind {
            Kind::Permission => "no permission to read",
            _ => "cannot read",
        };
        let what = if self.permission == "s3:PutObject" { "cannot write" } else { what };
        Error::new(kind, format!("{what} {}: {reason}", self.name()))
    }

    /// Turns a failure into the error of the store.
    pub(super) fn store_error(&self, failure: Failure) -> StoreError {
        let path = self.name();
        match failure {
            Failure::Missing => {
                StoreError::NotFound { source: Box::new(Error::usage(format!("{path} does not exist"))), path }
            }
            Failure::Changed => StoreError::Precondition { source: Box::new(Error::changed(&path)), path },
            Failure::Same => StoreError::NotModified { source: Box::new(Error::runtime("it has not changed")), path },
            Failure::OutOfRange => generic(self.stop(Kind::Runtime, "the range begins behind its end")),
            Failure::Region(region) => generic(
                Error::usage(format!("{path} lies in the region {region}")).hint(format!("pass --region {region}")),
            ),
            Failure::Again(trouble) => generic(self.stop(Kind::Transient, &trouble.reason)),
            Failure::Final(error) if error.kind() == Kind::Permission => {
                StoreError::PermissionDenied { source: Box::new(error), path }
            }
            Failure::Final(error) => generic(error),
        }
    }
}

/// Wraps an error for the store.
pub(super) fn generic(error: Error) -> StoreError {
    StoreError::Generic { store: "S3", source: Box::new(error) }
}

/// An answer of the service that is an error.
#[derive(Debug, Clone, Default)]
struct Answer {
    status: u16,
    code: String,
    message: String,
    region: Option<String>,
}

impl Answer {
    fn words(&self) -> String {
        let Self { status, code, message, .. } = self;
        match (code.is_empty(), message.is_empty()) {
            (true, _) => format!("HTTP status {status}"),
            (false, true) => format!("{code} (HTTP status {status})"),
            (false, false) => format!("{code}: {}", message.trim_end_matches('.')),
        }
    }
}

/// Returns the text of an element of an error in XML.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            bucket: "b".to_owned(),
            key: "p/k".to_owned(),
            permission: "s3:GetObject",
            identity: Identity { profile: Some("dev".to_owned()) },
            unsigned: false,
        }
    }

    fn of(status: u16, code: &str) -> Failure {
        subject().understand(&Answer { status, code: code.to_owned(), ..Answer::default() })
    }

    fn stops(failure: Failure) -> Error {
        match failure {
            Failure::Final(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_may_pass_is_repeated() {
        for (status, code, slow) in [
            (503, "SlowDown", true),
            (503, "", true),
            (400, "ThrottlingException", true),
            (500, "InternalError", false),
            (502, "", false),
            (504, "", false),
            (400, "RequestTimeout", false),
        ] {
            let Failure::Again(trouble) = of(status, code) else { panic!("{status} {code}") };
            assert_eq!(trouble.slow_down, slow, "{status} {code}");
        }
    }

    #[test]
    fn what_does_not_pass_says_what_to_do() {
        for (status, code, kind, words) in [
            (400, "ExpiredToken", Kind::Permission, "aws sso login --profile dev"),
            (403, "InvalidAccessKeyId", Kind::Permission, "aws configure --profile dev"),
            (403, "SignatureDoesNotMatch", Kind::Permission, "aws configure --profile dev"),
            (403, "AccessDenied", Kind::Permission, "s3:GetObject on arn:aws:s3:::b/p/k"),
            (403, "RequestTimeTooSkewed", Kind::Permission, "clock"),
            (404, "NoSuchBucket", Kind::Usage, "aws s3 ls"),
            (301, "PermanentRedirect", Kind::Usage, "--region"),
            (403, "InvalidObjectState", Kind::Incomplete, "restore-object --bucket b --key 'p/k'"),
        ] {
            let error = stops(of(status, code));
            assert_eq!(error.kind(), kind, "{code}");
            assert!(error.to_string().contains("s3://b/p/k"), "{error}");
            assert!(error.hints().join("\n").contains(words), "{code}: {:?}", error.hints());
        }
    }

    #[test]
    fn a_bucket_elsewhere_is_followed() {
        let answer = Answer { status: 400, code: "AuthorizationHeaderMalformed".to_owned(), ..Answer::default() };
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        let answer = Answer { region: element(body, "Region"), ..answer };
        assert!(matches!(subject().understand(&answer), Failure::Region(region) if region == "eu-west-1"));
    }

    #[test]
    fn versions_and_ranges_are_told_apart() {
        assert!(matches!(of(412, "PreconditionFailed"), Failure::Changed));
        assert!(matches!(of(404, ""), Failure::Missing));
        assert!(matches!(of(304, ""), Failure::Same));
        assert!(matches!(of(416, "InvalidRange"), Failure::OutOfRange));
        let error = Error::within(&subject().store_error(Failure::Changed)).unwrap();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (Kind::Changed, "s3://b/p/k was changed while it was read")
        );
    }

    #[test]
    fn missing_credentials_are_named() {
        let error = subject().credentials(&CredentialsError::not_loaded_no_source());
        assert_eq!(error.kind(), Kind::Permission);
        let error = subject().credentials(&CredentialsError::provider_error("request forbidden: IMDS is disabled"));
        assert!(error.to_string().contains("no AWS credentials were found"), "{error}");
        let error = subject().credentials(&CredentialsError::provider_error("the SSO token has expired"));
        assert!(error.to_string().contains("SSO session") && error.hints()[0].contains("--profile dev"), "{error}");
        let error = subject().credentials(&CredentialsError::invalid_configuration("profile `dev` was not defined: x"));
        assert_eq!(error.kind(), Kind::Usage);
    }
}
