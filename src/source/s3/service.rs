//! The way to S3: credentials, region, endpoint, one HTTPS client for all, and the repetition of requests.

use std::{
    future::Future,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use aws_config::SdkConfig;
use aws_sdk_s3::{
    Client,
    config::{Builder, Region, RequestChecksumCalculation, ResponseChecksumValidation},
    types::RequestPayer,
};

use super::failure::{Failure, Subject, Trouble};
use crate::{
    error::{Error, Kind},
    source::{
        Access,
        aws::{self, FIRST_CONTACT, Identity, TALK},
        patience::{AT_ONCE, Limit, pause},
    },
};

/// S3 as this process reaches it.
#[derive(Debug)]
pub(in crate::source) struct Service {
    access: Access,
    identity: Identity,
    config: SdkConfig,
    path_style: bool,
    limit: Limit,
    reached: AtomicBool,
    talked: RwLock<Option<Instant>>,
}

impl Service {
    /// Finds out where and who; asks nobody for credentials yet.
    pub(in crate::source) async fn new(access: &Access) -> Arc<Self> {
        let config = aws::sdk_config(access).await;
        let elsewhere = config.endpoint_url().is_some() || aws::variable("AWS_ENDPOINT_URL_S3").is_some();
        Arc::new(Self {
            access: access.clone(),
            identity: Identity::of(access),
            config,
            path_style: access.path_style || elsewhere,
            limit: Limit::new(AT_ONCE),
            reached: AtomicBool::new(false),
            talked: RwLock::new(None),
        })
    }

    /// Returns a client; `region` is that of the bucket when it is known to differ.
    fn client(&self, region: Option<String>) -> Client {
        let mut config = Builder::from(&self.config)
            .force_path_style(self.path_style)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            // A checksum covers a whole object, and parts are read here: ETag and length are compared instead.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
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
            identity: self.identity.clone(),
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
