//! The Price List API: one client, and the repetition of its requests.

use std::{
    future::Future,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use aws_sdk_pricing::{
    Client,
    config::{Builder, Region},
    primitives::DateTime,
    types::{Filter, FilterType, PriceList},
};
use aws_smithy_http_client::Connector;

use super::failure::{Failure, Subject};
use crate::{
    error::Result,
    pricing::{CURRENCY, Query},
    source::{
        Access,
        aws::{self, FIRST_CONTACT, Identity, SOMEWHERE, TALK, TLS},
        patience::{Limit, pause},
    },
};

/// Units of work under way at the same time, each with one request.
pub(super) const AT_ONCE: usize = 4;

/// An answer that is not whole by then is given up and asked for again.
const ANSWER: Duration = Duration::from_secs(15);

/// Records of one page, as many as AWS gives.
const RECORDS: i32 = 100;

/// The Price List API as this process reaches it.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    /// For files that lie elsewhere.
    pub(super) connector: Connector,
    /// Another endpoint was given.
    pub(super) elsewhere: bool,
    identity: Identity,
    limit: Limit,
    give_up_after: Duration,
    talk: Option<fn(&str)>,
    requests: AtomicU64,
    contact: Mutex<Contact>,
}

/// Returns the region in the name of an endpoint of AWS: `https://api.pricing.eu-central-1.amazonaws.com`.
fn region_of(endpoint: &str) -> Option<&str> {
    endpoint.split("//api.pricing.").nth(1)?.split(".amazonaws.com").next().filter(|region| !region.contains('.'))
}

/// When AWS was last heard of.
#[derive(Debug)]
struct Contact {
    reached: bool,
    /// The last good answer, or the beginning.
    good: Instant,
    talked: Instant,
}

impl Api {
    /// Finds out where and who; asks nobody for credentials yet.
    pub(super) async fn new(access: &Access) -> Self {
        // Prices are not for anonymous readers.
        let config = aws::sdk_config(&Access { no_sign_request: false, ..access.clone() }).await;
        let mut builder = Builder::from(&config);
        // The API answers in three regions only, whatever the region that is asked about: the endpoint says which.
        let endpoint = config.endpoint_url().map(str::to_owned).or_else(|| aws::variable("AWS_ENDPOINT_URL_PRICING"));
        let named = endpoint.as_deref().and_then(region_of).unwrap_or(SOMEWHERE).to_owned();
        builder = builder.region(Region::new(named));
        let now = Instant::now();
        Self {
            client: Client::from_conf(builder.build()),
            connector: Connector::builder().tls_provider(TLS).build(),
            elsewhere: endpoint.is_some(),
            identity: Identity::of(access),
            limit: Limit::new(AT_ONCE),
            give_up_after: access.give_up_after,
            talk: access.talk,
            requests: AtomicU64::new(0),
            contact: Mutex::new(Contact { reached: false, good: now, talked: now }),
        }
    }

    /// Returns how many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Describes a request for messages.
    pub(super) fn subject(&self, name: String, action: &'static str) -> Subject {
        Subject { name, action, identity: self.identity.clone() }
    }

    /// Asks for a page of products: its records, and the token of the next page.
    pub(super) async fn products(
        &self,
        subject: &Subject,
        query: &Query,
        token: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let mut filters = Vec::with_capacity(query.filters.len());
        for (field, value) in &query.filters {
            let filter = Filter::builder().r#type(FilterType::TermMatch).field(*field).value(value).build();
            filters.push(filter.map_err(|error| Failure::Final(crate::error::Error::runtime(error.to_string())))?);
        }
        let request = self
            .client
            .get_products()
            .service_code(query.service_code)
            .set_filters(Some(filters))
            .format_version("aws_v1")
            .max_results(RECORDS)
            .set_next_token(token.map(str::to_owned));
        let answer = self
            .send(subject, || async { whole(request.clone().send()).await?.map_err(|error| subject.failure(&error)) })
            .await?;
        let next = answer.next_token.filter(|token| !token.is_empty());
        match answer.price_list {
            Some(records) => Ok((records, next)),
            None => Err(Failure::Final(subject.malformed("there is no PriceList"))),
        }
    }

    /// Asks which bulk file holds an offer in a region.
    pub(super) async fn price_list(
        &self,
        subject: &Subject,
        code: &str,
        region: &str,
        effective: DateTime,
    ) -> Result<PriceList, Failure> {
        let request = self
            .client
            .list_price_lists()
            .service_code(code)
            .region_code(region)
            .currency_code(CURRENCY)
            .effective_date(effective);
        let answer = self
            .send(subject, || async { whole(request.clone().send()).await?.map_err(|error| subject.failure(&error)) })
            .await?;
        let of_region =
            |list: &PriceList| list.region_code.as_deref().is_none_or(|code| code.eq_ignore_ascii_case(region));
        answer.price_lists.unwrap_or_default().into_iter().find(of_region).ok_or(Failure::Missing)
    }

    /// Asks where a bulk file lies.
    pub(super) async fn file_url(&self, subject: &Subject, arn: &str, format: &str) -> Result<String, Failure> {
        let request = self.client.get_price_list_file_url().price_list_arn(arn).file_format(format);
        let answer = self
            .send(subject, || async { whole(request.clone().send()).await?.map_err(|error| subject.failure(&error)) })
            .await?;
        answer.url.ok_or_else(|| Failure::Final(subject.malformed("there is no Url")))
    }

    /// Sends a request, and repeats it while that may help.
    ///
    /// Nothing is repeated for long while nothing at all is answered: an outage is waited for once, not by each unit.
    pub(super) async fn send<T, F, R>(&self, subject: &Subject, request: F) -> Result<T, Failure>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, Failure>>,
    {
        let (mut tries, mut started) = (0, None);
        loop {
            let slot = self.limit.enter().await;
            let begin = *started.get_or_insert_with(Instant::now);
            self.requests.fetch_add(1, Ordering::Relaxed);
            let trouble = match request().await {
                Err(Failure::Again(trouble)) => trouble,
                other => {
                    slot.answered();
                    self.heard();
                    return other;
                }
            };
            if trouble.slow_down {
                slot.slow_down();
            }
            drop(slot);
            tries += 1;
            let pause = pause(tries);
            let (reached, silence) = {
                let contact = self.contact();
                (contact.reached, contact.good.elapsed())
            };
            let nobody = trouble.unreachable && !reached && tries >= FIRST_CONTACT;
            if nobody || begin.elapsed().max(silence) + pause >= self.give_up_after {
                return Err(Failure::Final(subject.given_up(&trouble, tries, begin.elapsed().as_secs())));
            }
            if begin.elapsed() + pause >= TALK {
                self.talk(&format!("waiting for prices of {}: {}", subject.name, trouble.reason));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes down that AWS answered.
    pub(super) fn heard(&self) {
        let mut contact = self.contact();
        contact.reached = true;
        contact.good = Instant::now();
    }

    /// Says what is being done, unless something was said just now.
    pub(super) fn talk(&self, text: &str) {
        let Some(talk) = self.talk else { return };
        let mut contact = self.contact();
        if contact.talked.elapsed() >= TALK {
            contact.talked = Instant::now();
            drop(contact);
            talk(text);
        }
    }

    fn contact(&self) -> MutexGuard<'_, Contact> {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a whole answer: the client itself only waits for its beginning.
async fn whole<T>(answer: impl Future<Output = T>) -> Result<T, Failure> {
    let silent = |_| Failure::again(format!("no whole answer came in {} s", ANSWER.as_secs()));
    tokio::time::timeout(ANSWER, Box::pin(answer)).await.map_err(silent)
}

#[cfg(test)]
mod tests {
    use super::region_of;

    #[test]
    fn the_endpoint_says_in_which_region_it_lies() {
        assert_eq!(region_of("https://api.pricing.eu-central-1.amazonaws.com"), Some("eu-central-1"));
        assert_eq!(region_of("https://api.pricing.ap-south-1.amazonaws.com/"), Some("ap-south-1"));
        assert_eq!(region_of("http://127.0.0.1:4566"), None);
    }
}
