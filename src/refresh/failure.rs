//! What a failed request for prices means: repeat it, begin again, or stop and say what to do.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_pricing::error::{ProvideErrorMetadata, SdkError};

use crate::{
    error::{Error, Kind},
    source::aws::{Identity, cause, innermost},
};

/// Why a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may succeed when it is repeated.
    Again(Trouble),
    /// The token of the page is not, or no longer, known.
    Token(String),
    /// AWS lists nothing of that name.
    Missing,
    /// A value of the request is none that AWS knows.
    Unknown(String),
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
    /// What is asked for: "EC2 in us-east-1, page 3".
    pub name: String,
    /// What has to be allowed: "pricing:GetProducts".
    pub action: &'static str,
    /// Who asks.
    pub identity: Identity,
}

impl Subject {
    /// Understands the failure of a request.
    pub(super) fn failure<E>(&self, error: &SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        if let Some(credentials) = cause::<CredentialsError>(error) {
            return Failure::Final(self.identity.not_loaded(credentials, &format!("read {}", self.prices()), None));
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
        let status = response.status().as_u16();
        if response.status().is_success() {
            // A body that is whole and cannot be read stays what it is; one that broke off is asked for again.
            return match response.body().bytes() {
                Some(_) => Failure::Final(self.malformed(&innermost(error))),
                None => Failure::again(innermost(error)),
            };
        }
        self.understand(status, error.code().unwrap_or_default(), error.message().unwrap_or_default())
    }

    /// Understands an answer that is an error.
    pub(super) fn understand(&self, status: u16, code: &str, message: &str) -> Failure {
        let words = words(status, code, message);
        match (code, status) {
            ("ServiceUnavailable" | "ServiceUnavailableException" | "TooManyRequestsException", _) | (_, 429 | 503) => {
                Failure::Again(Trouble { reason: words, slow_down: true, unreachable: false })
            }
            (code, _) if code.starts_with("Throttl") || code.starts_with("RequestLimitExceeded") => {
                Failure::Again(Trouble { reason: words, slow_down: true, unreachable: false })
            }
            ("InternalErrorException" | "InternalFailure" | "InternalServerError" | "RequestTimeout", _)
            | (_, 408 | 500 | 502 | 504) => Failure::again(words),
            ("ExpiredNextTokenException" | "InvalidNextTokenException", _) => Failure::Token(words),
            ("NotFoundException" | "ResourceNotFoundException", _) => Failure::Missing,
            ("InvalidParameterException", _) => Failure::Unknown(words),
            ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired", _) => {
                Failure::Final(self.identity.expired(code, &self.prices()))
            }
            (
                "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "InvalidSignatureException"
                | "IncompleteSignature"
                | "MissingAuthenticationToken"
                | "MissingAuthenticationTokenException"
                | "SignatureDoesNotMatch"
                | "UnrecognizedClientException",
                _,
            ) => {
                let error = self.identity.not_accepted(code, &self.prices());
                let is_clock = ["Signature expired", "not yet current"].iter().any(|words| message.contains(words));
                let clock = "the clock of this machine differs from that of AWS: set it";
                Failure::Final(if is_clock { error.hint(clock) } else { error })
            }
            ("AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation", _)
            | (_, 401 | 403) => Failure::Final(self.denied(&words)),
            _ => Failure::Final(self.stop(Kind::Runtime, &words)),
        }
    }

    fn prices(&self) -> String {
        format!("prices of {}", self.name)
    }

    /// Builds the error of an answer that is not what it should be.
    pub(super) fn malformed(&self, reason: &str) -> Error {
        Error::incomplete(format!("prices of {}: the answer of AWS is malformed: {reason}", self.name))
            .hint("the prices that were known before stay; run the command again")
    }

    /// Builds the error of a request that failed for good.
    pub(super) fn stop(&self, kind: Kind, reason: &str) -> Error {
        Error::new(kind, format!("cannot ask AWS for the prices of {}: {reason}", self.name))
    }

    /// Builds the error of a request that is not allowed.
    fn denied(&self, words: &str) -> Error {
        let who = match &self.identity.profile {
            Some(profile) => format!("the AWS profile {profile}"),
            None => "the credentials in use".to_owned(),
        };
        let error = self
            .stop(Kind::Permission, words)
            .hint(format!("{who} needs the permission {}, which is read only", self.action));
        if self.identity.profile.is_none() {
            return error.hint("another account may have it: --profile NAME");
        }
        error
    }

    /// Builds the error of a request that was repeated long enough.
    pub(super) fn given_up(&self, trouble: &Trouble, tries: u32, seconds: u64) -> Error {
        let times = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
        let error = Error::new(
            Kind::Transient,
            format!(
                "prices of {}: AWS does not answer as it should, given up after {times} in {seconds} s: {}",
                self.name, trouble.reason
            ),
        );
        if trouble.unreachable {
            error.hint("check the network and, where it is given, --endpoint-url; then run the command again")
        } else {
            error.hint("run the command again, it goes on from there; to wait longer: --give-up-after SECONDS")
        }
    }

    /// Turns what is left of a failure into an error.
    pub(super) fn error(&self, failure: Failure) -> Error {
        match failure {
            Failure::Final(error) => error,
            Failure::Again(trouble) => self.given_up(&trouble, 1, 0),
            Failure::Token(words) => self
                .stop(Kind::Transient, &format!("AWS refuses its own page token: {words}"))
                .hint("run the command again"),
            Failure::Missing => self.stop(Kind::Runtime, "AWS has no such price list"),
            Failure::Unknown(words) => self.stop(Kind::Runtime, &words),
        }
    }
}

/// Describes an answer that is an error.
fn words(status: u16, code: &str, message: &str) -> String {
    match (code.is_empty(), message.is_empty()) {
        (true, _) => format!("HTTP status {status}"),
        (false, true) => format!("{code} (HTTP status {status})"),
        (false, false) => format!("{code}: {}", message.trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str) -> Failure {
        let identity = Identity { profile: Some("dev".to_owned()) };
        let subject = Subject { name: "EC2 in us-east-1, page 3".to_owned(), action: "pricing:GetProducts", identity };
        subject.understand(status, code, "words")
    }

    #[test]
    fn what_may_pass_is_repeated() {
        for (status, code, slow) in [
            (400, "ThrottlingException", true),
            (400, "Throttling", true),
            (429, "", true),
            (503, "", true),
            (500, "InternalErrorException", false),
            (502, "", false),
        ] {
            let Failure::Again(trouble) = of(status, code) else { panic!("{status} {code}") };
            assert_eq!(trouble.slow_down, slow, "{status} {code}");
        }
        assert!(matches!(of(400, "ExpiredNextTokenException"), Failure::Token(_)));
        assert!(matches!(of(400, "InvalidNextTokenException"), Failure::Token(_)));
        assert!(matches!(of(400, "NotFoundException"), Failure::Missing));
        assert!(matches!(of(400, "InvalidParameterException"), Failure::Unknown(_)));
    }

    #[test]
    fn what_does_not_pass_says_what_to_do() {
        for (status, code, kind, words) in [
            (400, "AccessDeniedException", Kind::Permission, "pricing:GetProducts"),
            (400, "AccessDeniedException", Kind::Permission, "the AWS profile dev"),
            (403, "", Kind::Permission, "pricing:GetProducts"),
            (400, "ExpiredTokenException", Kind::Permission, "aws sso login --profile dev"),
            (400, "UnrecognizedClientException", Kind::Permission, "aws configure --profile dev"),
            (400, "ValidationException", Kind::Runtime, ""),
        ] {
            let Failure::Final(error) = of(status, code) else { panic!("{code}") };
            assert_eq!(error.kind(), kind, "{code}");
            assert!(error.to_string().contains("EC2 in us-east-1, page 3"), "{error}");
            assert!(error.hints().join("\n").contains(words), "{code}: {:?}", error.hints());
        }
    }
}
