//! Who was told of which report: `MONTH/notified.json`, so that nobody is told twice.
//!
//! A channel is marked `sending` when only the last byte of its message is still here. A run that finds that mark knows of a
//! run that was killed while the receiver answered: the message counts as sent.

use std::collections::BTreeMap;

use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Name of the file, beside `latest.json`.
pub const NOTICE: &str = "notified.json";

/// Version of the layout.
const SCHEMA_VERSION: u32 = 1;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All but the last byte was sent.
    Sending,
    /// It was taken.
    Sent,
    /// It was not taken, and may be sent again.
    Failed,
    /// All of it was sent, and no answer came.
    Unanswered,
}

/// A message by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What became of it.
    pub state: State,
    /// When, RFC 3339.
    pub at: String,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who was told of the reports of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    schema_version: u32,
    /// By folder of the report, then by channel.
    reports: BTreeMap<String, BTreeMap<String, Told>>,
}

impl Notice {
    /// Reads the file; nobody was told where there is none.
    ///
    /// # Errors
    /// When it is not what this version writes: then nobody knows who was told.
    pub fn read(name: &str, bytes: Option<&[u8]>) -> Result<Self> {
        let Some(bytes) = bytes else { return Ok(Self { schema_version: SCHEMA_VERSION, ..Self::default() }) };
        match serde_json::from_slice(bytes) {
            Ok(Self { schema_version: SCHEMA_VERSION, reports }) => {
                Ok(Self { schema_version: SCHEMA_VERSION, reports })
            }
            _ => {
                Err(Error::incomplete(format!("{name} is not what gravimeter writes there: nobody knows who was told"))
                    .hint("move that file away; then people are told once more of the newest report"))
            }
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::runtime(format!("cannot write {NOTICE}: {error}")))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Returns what became of the message about a report.
    pub fn of(&self, folder: &str, channel: &str) -> Option<&Told> {
        self.reports.get(folder)?.get(channel)
    }

    /// Takes down what became of it.
    pub fn set(&mut self, folder: &str, channel: &str, state: State, reason: Option<String>) {
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let told = Told { state, at, reason };
        self.reports.entry(folder.to_owned()).or_default().insert(channel.to_owned(), told);
    }

    /// Counts what was told of a report for another one, which says the same.
    pub fn carry(&mut self, from: &str, to: &str) {
        if let Some(told) = self.reports.get(from).cloned() {
            self.reports.insert(to.to_owned(), told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_found_again() {
        let mut notice = Notice::read("x", None).unwrap();
        assert_eq!(notice.of("001-a", "slack"), None);
        notice.set("001-a", "slack", State::Sending, None);
        notice.set("001-a", "slack", State::Sent, None);
        notice.set("001-a", "sns", State::Failed, Some("no way".to_owned()));
        let mut read = Notice::read("x", Some(&notice.bytes().unwrap())).unwrap();
        assert_eq!(read, notice);
        assert_eq!(read.of("001-a", "slack").unwrap().state, State::Sent);
        read.carry("001-a", "002-a");
        assert_eq!(read.of("002-a", "sns").unwrap().reason.as_deref(), Some("no way"));
        assert_eq!(read.of("002-a", "webhook"), None);
    }

    #[test]
    fn a_damaged_file_is_no_reason_to_tell_everybody_again() {
        for damaged in ["", "{}", "{\"schema_version\":9,\"reports\":{}}"] {
            let error = Notice::read("s3://b/notified.json", Some(damaged.as_bytes())).unwrap_err();
            assert!(error.to_string().contains("s3://b/notified.json"), "{error}");
        }
    }
}
