//! Tells people that something is there, once: a message in, one request to Slack, a webhook or Amazon SNS out.
//!
//! It knows nothing of reports. Whoever calls keeps the mark of what counts as sent; here is decided when to set it.
//! An address or a token is in no message, error or description: the channel and its host are named.

mod http;
mod once;
mod slack;
mod sns;
#[cfg(test)]
mod tests;
mod webhook;

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use secrecy::SecretString;

use self::{
    http::{Parcel, Target},
    once::Patience,
};
use crate::{
    error::{Error, Kind, Result},
    source::{Access, patience::pause},
};

/// Holds the address of Slack's incoming webhook.
pub const SLACK_WEBHOOK: &str = "GRAVIMETER_SLACK_WEBHOOK";

/// Holds the address of the JSON webhook.
pub const WEBHOOK_URL: &str = "GRAVIMETER_WEBHOOK_URL";

/// Holds what the JSON webhook knows us by.
pub const WEBHOOK_TOKEN: &str = "GRAVIMETER_WEBHOOK_TOKEN";

/// A message that was not taken for reasons that may pass is sent so often.
const TRIES: u32 = 4;

/// The first pause, in doublings of the shortest pause that S3 gets: 0.8 s, since a service that is down needs longer.
const SLOWER: u32 = 4;

/// Whoever asks for a longer wait is left alone until the next run.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What people are told.
#[derive(Debug, Clone)]
pub struct Message {
    /// One line.
    pub title: String,
    /// The headline, in sentences.
    pub text: String,
    /// Headline numbers: label and value.
    pub facts: Vec<(String, String)>,
    /// Where the report lies.
    pub link: Option<String>,
    /// Somebody tries whether messages arrive.
    pub is_test: bool,
    /// Identifies the message; the same for each try.
    pub id: String,
    /// For programs.
    pub details: serde_json::Value,
}

impl Message {
    fn heading(&self) -> String {
        if self.is_test { format!("Test: {}", self.title) } else { self.title.clone() }
    }

    fn event(&self) -> &'static str {
        if self.is_test { "test" } else { "report" }
    }
}

/// Where people are told.
#[derive(Debug, Clone)]
pub enum Channel {
    /// An incoming webhook of Slack.
    Slack {
        /// Its address, whose path is a secret.
        url: SecretString,
    },
    /// A program that takes JSON.
    Webhook {
        /// Its address.
        url: SecretString,
        /// Sent as a bearer token.
        token: Option<SecretString>,
    },
    /// Amazon SNS.
    Sns {
        /// The ARN of the topic.
        topic: String,
    },
}

impl Channel {
    /// Returns the name that settings and records use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "slack",
            Self::Webhook { .. } => "webhook",
            Self::Sns { .. } => "sns",
        }
    }

    /// Checks the address, so that a wrong one is found before the work; asks nobody.
    ///
    /// # Errors
    /// The address cannot be one, or plain HTTP would carry the message to another machine.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Slack { url } => Target::new(url, SLACK_WEBHOOK).map(|_| ()),
            Self::Webhook { url, .. } => Target::new(url, WEBHOOK_URL).map(|_| ()),
            Self::Sns { topic } => sns::Topic::new(topic).map(|_| ()),
        }
    }
}

/// What is to be written down of a message while it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It counts as sent from here on: only the last byte of the request is still here.
    Sending,
    /// It was certainly not taken, and counts as sent no longer; it is tried again after a pause.
    Refused,
}

/// What became of a message.
#[derive(Debug)]
pub enum Delivery {
    /// It was taken.
    Sent {
        /// How often it was sent for that.
        tries: u32,
    },
    /// It was certainly not taken: another run may send it.
    Failed(Error),
    /// All of it was sent and nobody said yes or no: it may have arrived, so it is not sent again.
    Unanswered(Error),
}

/// Carries messages.
#[derive(Debug)]
pub struct Courier {
    access: Access,
    timeout: Duration,
    talk: Option<fn(&str)>,
    /// The way to others, and that to this machine.
    ways: [OnceLock<SharedHttpConnector>; 2],
}

impl Courier {
    /// Returns a courier that waits so long for an answer; `talk` is told when something is tried again.
    pub fn new(access: &Access, timeout: Duration, talk: Option<fn(&str)>) -> Self {
        Self { access: access.clone(), timeout, talk, ways: Default::default() }
    }

    /// Sends a message. `mark` writes down that it counts as sent: it is called by each try at the last moment, when
    /// only the last byte of the request is still here. Where it fails nothing whole is sent. Before the pause after
    /// a try that certainly failed it is called to take that back.
    pub async fn send(&self, channel: &Channel, message: &Message, mark: impl AsyncFn(Mark) -> Result<()>) -> Delivery {
        match channel {
            Channel::Slack { url } => {
                let parcel = Target::new(url, SLACK_WEBHOOK).map(|target| Parcel {
                    target,
                    body: slack::body(message),
                    id: None,
                    token: None,
                });
                self.post(channel, parcel, &mark, slack::understand).await
            }
            Channel::Webhook { url, token } => {
                let parcel = Target::new(url, WEBHOOK_URL).map(|target| Parcel {
                    target,
                    body: webhook::body(message),
                    id: Some(message.id.clone()),
                    token: token.clone(),
                });
                self.post(channel, parcel, &mark, webhook::understand).await
            }
            Channel::Sns { topic } => {
                let topic = match sns::Topic::new(topic) {
                    Ok(topic) => topic,
                    Err(error) => return Delivery::Failed(error),
                };
                let name = topic.name();
                let post = sns::Post::new(&self.access, topic, message, |is_local| self.way(is_local)).await;
                let marks = Marks::new(&mark);
                let attempt = async || Box::pin(post.attempt(self.patience(), &async || marks.set().await)).await;
                self.repeat(&name, &marks, attempt).await
            }
        }
    }

    async fn post(
        &self,
        channel: &Channel,
        parcel: Result<Parcel>,
        mark: &impl AsyncFn(Mark) -> Result<()>,
        understand: impl Fn(&Name, &http::Answer) -> Attempt,
    ) -> Delivery {
        let parcel = match parcel {
            Ok(parcel) => parcel,
            Err(error) => return Delivery::Failed(error),
        };
        let name = Name::new(channel.name(), &parcel.target.host);
        let way = self.way(parcel.target.is_local);
        let marks = Marks::new(mark);
        let set = async || marks.set().await;
        let attempt = async || Box::pin(http::attempt(&way, &name, &parcel, self.patience(), &set, &understand)).await;
        self.repeat(&name, &marks, attempt).await
    }

    /// Tries until the message is taken, or trying again is of no use or not allowed.
    async fn repeat<M: AsyncFn(Mark) -> Result<()>>(
        &self,
        name: &Name,
        marks: &Marks<'_, M>,
        attempt: impl AsyncFn() -> Attempt,
    ) -> Delivery {
        let mut tries = 0;
        loop {
            tries += 1;
            let (reason, wait) = match attempt().await {
                Attempt::Sent => return Delivery::Sent { tries },
                Attempt::Stop(error) => return Delivery::Failed(error),
                Attempt::Unknown(error) => return Delivery::Unanswered(error),
                Attempt::Again { reason, wait } => (reason, wait),
            };
            if tries >= TRIES {
                return Delivery::Failed(name.given_up(&reason, tries));
            }
            if let Some(wait) = wait.filter(|wait| *wait > LONGEST_WAIT) {
                let reason = format!("{reason}, and it asks to wait {} s", wait.as_secs());
                return Delivery::Failed(name.given_up(&reason, tries));
            }
            if let Err(error) = marks.take_back().await {
                return Delivery::Failed(error);
            }
            let pause = wait.map_or_else(|| pause(tries + SLOWER), |wait| wait + pause(tries));
            if let Some(talk) = self.talk {
                let seconds = pause.as_secs_f64();
                talk(&format!("{name}: {reason}; the message is sent again in {seconds:.1} s"));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns the client for others, or that for this machine.
    fn way(&self, is_local: bool) -> SharedHttpConnector {
        self.ways[usize::from(is_local)].get_or_init(|| http::connector(is_local)).clone()
    }

    fn patience(&self) -> Patience {
        Patience { sending: self.timeout, answering: self.timeout }
    }
}

/// Sets marks, and knows whether one is set.
struct Marks<'a, M> {
    mark: &'a M,
    is_set: AtomicBool,
}

impl<'a, M: AsyncFn(Mark) -> Result<()>> Marks<'a, M> {
    fn new(mark: &'a M) -> Self {
        Self { mark, is_set: AtomicBool::new(false) }
    }

    async fn set(&self) -> Result<()> {
        // One that failed may have been written all the same.
        self.is_set.store(true, Ordering::SeqCst);
        (self.mark)(Mark::Sending).await
    }

    async fn take_back(&self) -> Result<()> {
        if self.is_set.swap(false, Ordering::SeqCst) { (self.mark)(Mark::Refused).await } else { Ok(()) }
    }
}

/// How one try went.
#[derive(Debug)]
enum Attempt {
    /// The message was taken.
    Sent,
    /// It was not, for a reason that may pass.
    Again {
        /// What went wrong, in words.
        reason: String,
        /// How long the receiver asks to wait.
        wait: Option<Duration>,
    },
    /// It was not, and will not be.
    Stop(Error),
    /// It may have been.
    Unknown(Error),
}

impl Attempt {
    fn again(reason: impl Into<String>) -> Self {
        Self::Again { reason: reason.into(), wait: None }
    }
}

/// The channel and its place, for messages: "slack (hooks.slack.com)".
#[derive(Debug, Clone)]
struct Name {
    channel: &'static str,
    place: String,
}

impl Name {
    fn new(channel: &'static str, place: &str) -> Self {
        Self { channel, place: place.to_owned() }
    }

    /// Builds the error of a message that is not taken.
    fn stop(&self, kind: Kind, reason: &str) -> Error {
        Error::new(kind, format!("cannot send the message to {self}: {reason}"))
    }

    /// Builds the error of a message that was sent often enough.
    fn given_up(&self, reason: &str, tries: u32) -> Error {
        let times = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
        let text = format!("cannot send the message to {self}, given up after {times}: {reason}");
        Error::new(Kind::Transient, text).hint("run the command again later; the message is not lost")
    }

    /// Builds the error of a message of which nobody knows whether it arrived.
    fn unknown(&self, reason: &str) -> Error {
        let text = format!("{self} {reason}: the message may have arrived, so it is not sent again");
        Error::new(Kind::Transient, text).hint("look whether it is there; to send it again: gravimeter notify --resend")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.channel, self.place)
    }
}

/// Returns text on one line that gives no terminal orders.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
