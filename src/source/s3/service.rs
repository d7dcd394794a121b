//! The way to S3: credentials, region, endpoint, one HTTPS client for all, and the repetition of requests.

use std::{
    future::Future,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

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
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::{
    Client,
    config::{Builder, Region, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient},
    types::RequestPayer,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::{
    failure::{Failure, Subject, Trouble},
    patience::{Limit, pause},
};
use crate::{
    error::{Error, Kind},
    source::Access,
};

/// A connection that is not made by then is tried again.
const CONNECT: Duration = Duration::from_secs(5);

/// An answer that sends no byte for so long is given up and asked for again.
pub(super) const SILENCE: Duration = Duration::from_secs(10);

/// Credentials may come from a program that asks its user something.
const CREDENTIALS: Duration = Duration::from_mins(1);

/// The metadata service of an instance answers at once, or is not there.
const METADATA: Duration = Duration::from_secs(1);

/// Requests of an endpoint that was never reached are tried so often.
const FIRST_CONTACT: u32 = 4;

/// Failing requests are talked about so often.
const TALK: Duration = Duration::from_secs(4);

/// Where nothing names a region; the bucket's own is followed from there.
const SOMEWHERE: &str = "us-east-1";

/// S3 as this process reaches it.
#[derive(Debug)]
pub(in crate::source) struct Service {
    access: Access,
    profile: Option<String>,
    config: SdkConfig,
    path_style: bool,
    limit: Limit,
    reached: AtomicBool,
    talked: RwLock<Option<Instant>>,
}

impl Service {
    /// Finds out where and who; asks nobody for credentials yet.
    pub(in crate::source) async fn new(access: &Access) -> Arc<Self> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .pool_idle_timeout(Duration::from_secs(30))
            .build_https();
        let profile = access.profile.clone().or_else(|| variable("AWS_PROFILE"));
        let region = region(access).await;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .region(Region::new(region.clone()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(SILENCE).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS).build())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            // A checksum covers a whole object, and parts are read here: ETag and length are compared instead.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
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
        let config = loader.load().await;
        let elsewhere = config.endpoint_url().is_some() || variable("AWS_ENDPOINT_URL_S3").is_some();
        Arc::new(Self {
            access: access.clone(),
            profile,
            config,
            path_style: access.path_style || elsewhere,
            limit: Limit::new(),
            reached: AtomicBool::new(false),
            talked: RwLock::new(None),
        })
    }

    /// Returns a client; `region` is that of the bucket when it is known to differ.
    fn client(&self, region: Option<String>) -> Client {
        let mut config = Builder::from(&self.config).force_path_style(self.path_style);
        if let Some(region) = region {
            config = config.region(Region::new(region));
        }
        if self.access.no_sign_request {
            config = config.allow_no_auth();
        }
        Client::from_conf(config.build())
    }

    /// Tells AWS who pays.
    pub(super) fn payer(&self) -> Option<RequestPayer> {
        self.access.request_payer.then_some(RequestPayer::Requester)
    }

    /// Describes a request for messages.
    pub(super) fn subject(&self, bucket: &str, key: &str, permission: &'static str) -> Subject {
        Subject {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            permission,
            profile: self.profile.clone(),
            unsigned: self.access.no_sign_request,
        }
    }

    /// Says what is being waited for, unless something was said just now.
    fn talk(&self, text: &str) {
        let Some(talk) = self.access.talk else { return };
        let mut talked = self.talked.write().unwrap_or_else(PoisonError::into_inner);
        if talked.is_none_or(|last| last.elapsed() >= TALK) {
            *talked = Some(Instant::now());
            talk(text);
        }
    }
}

/// The clients of one bucket: the first one, or that of the region where the bucket turned out to be.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) service: Arc<Service>,
    client: RwLock<Client>,
}

impl Requests {
    /// Returns the way to a bucket.
    pub(super) fn new(service: Arc<Service>) -> Self {
        let client = RwLock::new(service.client(None));
        Self { service, client }
    }

    /// Sends a request, follows it to the region of the bucket, and repeats it while that may help.
    ///
    /// # Errors
    /// What the last try failed with; a failure that may pass has become an error by then.
    pub(super) async fn send<T, F, R>(&self, subject: &Subject, request: F) -> Result<T, Failure>
    where
        F: Fn(Client) -> R,
        R: Future<Output = Result<T, Failure>>,
    {
        let service = &self.service;
        let (mut tries, mut moved, mut started) = (0, false, None);
        loop {
            let slot = service.limit.enter().await;
            let begin = *started.get_or_insert_with(Instant::now);
            let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
            let trouble = match request(client).await {
                Err(Failure::Again(trouble)) => trouble,
                Err(Failure::Region(region)) if !moved => {
                    moved = true;
                    *self.client.write().unwrap_or_else(PoisonError::into_inner) = service.client(Some(region));
                    continue;
                }
                other => {
                    slot.answered();
                    service.reached.store(true, Ordering::Relaxed);
                    return other;
                }
            };
            if trouble.slow_down {
                slot.slow_down();
            }
            drop(slot);
            tries += 1;
            let pause = pause(tries);
            let nobody = trouble.unreachable && !service.reached.load(Ordering::Relaxed) && tries >= FIRST_CONTACT;
            if nobody || begin.elapsed() + pause >= service.access.give_up_after {
                return Err(Failure::Final(given_up(subject, &trouble, tries, begin.elapsed())));
            }
            if begin.elapsed() + pause >= TALK {
                service.talk(&format!("waiting for {}: {}", subject.name(), trouble.reason));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Builds the error of a request that was repeated long enough.
fn given_up(subject: &Subject, trouble: &Trouble, tries: u32, after: Duration) -> Error {
    let (name, reason) = (subject.name(), &trouble.reason);
    let error = Error::new(
        Kind::Transient,
        format!(
            "{name}: S3 does not answer as it should, given up after {tries} tries in {} s: {reason}",
            after.as_secs()
        ),
    );
    if trouble.unreachable {
        error.hint("check the network and, where it is given, --endpoint-url; then run the command again")
    } else {
        error.hint("run the command again; to wait longer: --give-up-after SECONDS")
    }
}

/// Returns an environment variable that is set to something.
fn variable(name: &str) -> Option<String> {
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
