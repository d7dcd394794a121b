//! The way to AWS, whichever service: credentials, profile, region and one HTTPS client, and what failing ones mean.

use std::{iter, time::Duration};

use aws_config::{
    BehaviorVersion, SdkConfig,
    default_provider::credentials::DefaultCredentialsChain,
    environment::EnvironmentVariableRegionProvider,
    identity::IdentityCache,
    imds,
    meta::region::RegionProviderChain,
    profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider},
    provider_config::ProviderConfig,
    retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::provider::{SharedCredentialsProvider, error::CredentialsError};
use aws_sdk_s3::config::{Region, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::Access;
use crate::error::{Error, Kind};

/// A connection that is not made by then is tried again.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// An answer that sends no byte for so long is given up and asked for again.
pub(crate) const SILENCE: Duration = Duration::from_secs(10);

/// Failing requests are talked about so often.
pub(crate) const TALK: Duration = Duration::from_secs(4);

/// Requests of an endpoint that was never reached are tried so often.
pub(crate) const FIRST_CONTACT: u32 = 4;

/// The implementation of TLS, one for all.
pub(crate) const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// Where nothing names a region.
pub(crate) const SOMEWHERE: &str = "us-east-1";

/// Credentials may come from a program that asks its user something.
pub(crate) const CREDENTIALS: Duration = Duration::from_mins(1);

/// The metadata service of an instance answers at once, or is not there.
const METADATA: Duration = Duration::from_secs(1);

/// Next step of a profile that nobody knows.
const LIST_PROFILES: &str = "list the profiles with: aws configure list-profiles";

/// Finds out where and who, for the clients of all services; asks nobody for credentials yet.
///
/// Requests are repeated by their callers, so the clients do not.
pub(crate) async fn sdk_config(access: &Access) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(TLS)
        .pool_idle_timeout(Duration::from_secs(30))
        .build_https();
    let region = region(access).await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(Region::new(region.clone()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(SILENCE).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS).build());
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &access.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader = if access.no_sign_request {
        loader.no_credentials()
    } else {
        loader.credentials_provider(credentials(access, http, region).await)
    };
    loader.load().await
}

/// Returns an environment variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Finds the region to start from. An instance is not asked for its own: that would cost a second elsewhere.
async fn region(access: &Access) -> String {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &access.profile {
        profile = profile.profile_name(name);
    }
    let chain = RegionProviderChain::first_try(access.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build());
    chain.region().await.map_or_else(|| SOMEWHERE.to_owned(), |region| region.as_ref().to_owned())
}

/// Builds what credentials come from: the profile that was asked for, even beside keys in the environment as the AWS
/// command line does it, else the usual chain.
async fn credentials(access: &Access, http: SharedHttpClient, region: String) -> SharedCredentialsProvider {
    let config = ProviderConfig::without_region().with_http_client(http);
    if let Some(profile) = &access.profile {
        let config = config.with_region(Some(Region::new(region)));
        let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
        return SharedCredentialsProvider::new(provider);
    }
    let metadata = imds::Client::builder()
        .configure(&config)
        .max_attempts(1)
        .connect_timeout(METADATA)
        .read_timeout(METADATA)
        .operation_attempt_timeout(METADATA)
        .operation_timeout(METADATA)
        .build();
    let chain = DefaultCredentialsChain::builder().configure(config).region(Region::new(region)).imds_client(metadata);
    SharedCredentialsProvider::new(chain.build().await)
}

/// Who asks, for messages.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The profile that is in use, where one is named.
    pub profile: Option<String>,
}

impl Identity {
    /// Returns who asks.
    pub(crate) fn of(access: &Access) -> Self {
        Self { profile: access.profile.clone().or_else(|| variable("AWS_PROFILE")) }
    }

    /// Returns the command that opens a session.
    pub(crate) fn login(&self) -> String {
        self.with_profile("aws sso login")
    }

    /// Returns the command that sets credentials.
    pub(crate) fn configure(&self) -> String {
        self.with_profile("aws configure")
    }

    fn with_profile(&self, command: &str) -> String {
        match &self.profile {
            Some(profile) => format!("{command} --profile {profile}"),
            None => command.to_owned(),
        }
    }

    /// Builds the error of credentials that could not be loaded to `act` ("read x"); `without` says how to do
    /// without any.
    pub(crate) fn not_loaded(&self, error: &CredentialsError, act: &str, without: Option<&str>) -> Error {
        let (all, reason) = (chain(error), innermost(error));
        let unknown = ["could not find source profile", "was not defined", "o profiles were defined"];
        if unknown.iter().any(|words| all.contains(words)) {
            let profile = self.profile.as_deref().unwrap_or("default");
            return Error::usage(format!("the AWS profile {profile} cannot be used to {act}: {reason}"))
                .hint(LIST_PROFILES);
        }
        // The metadata service of an instance is the last resort; one that refuses knows no credentials either.
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) || all.contains("IMDS") {
            let mut error = Error::new(Kind::Permission, format!("no AWS credentials were found to {act}"))
                .hint(format!("set them up with: {}", self.configure()))
                .hint(format!("or log in: {}", self.login()));
            if let Some(without) = without {
                error = error.hint(without);
            }
            return if self.profile.is_some() { error.hint(LIST_PROFILES) } else { error };
        }
        if all.to_ascii_lowercase().contains("sso") {
            return Error::new(Kind::Permission, format!("the SSO session to {act} has expired or was never opened"))
                .hint(format!("log in: {}", self.login()));
        }
        Error::new(Kind::Permission, format!("the AWS credentials to {act} cannot be loaded: {reason}"))
            .hint(format!("look where they come from: {}", self.with_profile("aws configure list")))
    }

    /// Builds the error of a session that has ended.
    pub(crate) fn expired(&self, code: &str, name: &str) -> Error {
        Error::new(Kind::Permission, format!("the AWS session has expired ({code}): {name}"))
            .hint(format!("log in again: {}", self.login()))
    }

    /// Builds the error of credentials that AWS does not know.
    pub(crate) fn not_accepted(&self, code: &str, name: &str) -> Error {
        Error::new(Kind::Permission, format!("AWS does not accept the credentials ({code}): {name}"))
            .hint(format!("set them with: {}", self.configure()))
            .hint(format!("or log in: {}", self.login()))
    }
}

/// Finds a cause of that type.
pub(crate) fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// Returns the words of the first cause.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let last = iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}

/// Returns the words of all causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let all: Vec<String> = iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    all.join(": ")
}
