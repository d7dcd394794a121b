//! Tells people of a report, each channel once, whatever happens in between.

use std::sync::Mutex;

use super::month::{Current, place};
use crate::{
    batch::{NOTICE, Notice, State, message},
    cli::{
        args::{Global, NotifyOptions},
        say, talk,
    },
    config::Secret,
    error::{Error, Kind, Result},
    notify::{Channel, Courier, Delivery, Mark, Message},
    publish::Shelf,
};

/// Returns the channels that were asked for, with their secrets.
///
/// # Errors
/// When a secret is missing, or an address is none.
pub(in crate::cli) fn channels(options: &NotifyOptions) -> Result<Vec<Channel>> {
    let mut channels = Vec::new();
    if options.slack {
        channels.push(Channel::Slack { url: Secret::SlackWebhook.need()? });
    }
    if options.webhook {
        channels.push(Channel::Webhook { url: Secret::WebhookUrl.need()?, token: Secret::WebhookToken.read()? });
    }
    if let Some(topic) = &options.sns {
        channels.push(Channel::Sns { topic: topic.clone() });
    }
    channels.iter().try_for_each(Channel::check)?;
    Ok(channels)
}

/// Tells people.
pub(in crate::cli) struct Teller<'a> {
    global: &'a Global,
    options: &'a NotifyOptions,
    channels: Vec<Channel>,
    courier: Courier,
}

impl<'a> Teller<'a> {
    pub(in crate::cli) fn new(global: &'a Global, options: &'a NotifyOptions, channels: Vec<Channel>) -> Self {
        let hears = (!global.quiet).then_some(say as fn(&str));
        let courier = Courier::new(&global.access(), options.notify_timeout, hears);
        Self { global, options, channels, courier }
    }

    /// Tells every channel that was not told of the report, or all of them `again`; returns why one could not be told.
    ///
    /// # Errors
    /// When nobody can tell who was told.
    pub(in crate::cli) async fn tell(&self, home: &dyn Shelf, current: &Current, again: bool) -> Result<Option<Error>> {
        if self.channels.is_empty() {
            return Ok(None);
        }
        let path = format!("{}/{NOTICE}", current.latest.month);
        let notice = Notice::read(&home.name_of(&path), home.read(&path).await?.as_deref())?;
        let notice = Told { home, path, folder: &current.latest.folder, notice: Mutex::new(notice) };
        let place = place(home, &current.latest);
        let message = message(&current.record, &current.latest, &place, self.options.link.as_deref(), false)?;
        let mut failed = None;
        for channel in &self.channels {
            let name = channel.name();
            let before = notice.state(name);
            match before {
                Some(State::Sent) if !again => continue,
                Some(State::Sending | State::Unanswered) if !again => {
                    let text = format!(
                        "warning: nobody knows whether the message about {} reached {name}: the receiver did not answer \
                         an earlier run; send it again with `gravimeter notify --resend`",
                        current.latest.month
                    );
                    talk(self.global, &text);
                    continue;
                }
                _ => {}
            }
            let mark = |mark| {
                let state = match mark {
                    Mark::Sending => State::Sending,
                    Mark::Refused => State::Failed,
                };
                notice.write(name, state, None)
            };
            let (state, error) = match self.courier.send(channel, &message, mark).await {
                Delivery::Sent { .. } => (State::Sent, None),
                Delivery::Failed(error) => (State::Failed, Some(error)),
                Delivery::Unanswered(error) => (State::Unanswered, Some(error)),
            };
            let reason = error.as_ref().map(ToString::to_string);
            notice.write(name, state, reason).await?;
            match error {
                None => talk(self.global, &format!("{}: {name} was told", current.latest.month)),
                // The first one ends the run, which says so.
                Some(error) if failed.is_none() && !self.options.notify_optional => {
                    failed = Some(error.hint(format!("the report of {} is published", current.latest.month)));
                }
                Some(error) => talk(self.global, &format!("warning: {error}; the report is published")),
            }
        }
        Ok(failed)
    }

    /// Sends a message that is marked as a test to every channel, with the figures of a report where there is one.
    ///
    /// # Errors
    /// When one does not take it.
    pub(in crate::cli) async fn test(&self, home: &dyn Shelf, current: Option<&Current>) -> Result<()> {
        // Receivers drop what they know by its id: a test is never the report, nor an earlier test.
        let id = format!("test-{}", chrono::Utc::now().timestamp_millis());
        let message = match current {
            Some(current) => {
                let place = place(home, &current.latest);
                Message { id, ..message(&current.record, &current.latest, &place, self.options.link.as_deref(), true)? }
            }
            None => Message {
                title: "Gravimeter".to_owned(),
                text: format!("This channel works. There is no report yet at {}.", home.name_of("")),
                facts: Vec::new(),
                link: None,
                is_test: true,
                id,
                details: serde_json::Value::Null,
            },
        };
        let mut failed = None;
        for channel in &self.channels {
            match self.courier.send(channel, &message, async |_| Ok(())).await {
                Delivery::Sent { .. } => talk(self.global, &format!("{} took the test message", channel.name())),
                Delivery::Failed(error) | Delivery::Unanswered(error) => {
                    talk(self.global, &format!("warning: {error}"));
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Checks that there is anybody to tell.
    ///
    /// # Errors
    /// When there is not.
    pub(in crate::cli) fn has_channels(&self) -> Result<()> {
        if self.channels.is_empty() {
            return Err(Error::new(Kind::Usage, "nobody is to be told").hint(
                "name a channel in the configuration under [notify]: slack = true, webhook = true or sns = \"ARN\"",
            ));
        }
        Ok(())
    }
}

/// Who was told of one report.
struct Told<'a> {
    home: &'a dyn Shelf,
    path: String,
    folder: &'a str,
    notice: Mutex<Notice>,
}

impl Told<'_> {
    fn state(&self, channel: &str) -> Option<State> {
        let notice = self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        notice.of(self.folder, channel).map(|told| told.state)
    }

    async fn write(&self, channel: &str, state: State, reason: Option<String>) -> Result<()> {
        let bytes = {
            let mut notice = self.notice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            notice.set(self.folder, channel, state, reason);
            notice.bytes()?
        };
        self.home.note(&self.path, &bytes).await
    }
}
