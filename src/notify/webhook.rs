//! The JSON webhook: the message as one object, for programs.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Attempt, Message, Name,
    http::{self, Answer},
};
use crate::error::Kind;

/// Raised when a field changes its meaning or goes; new fields may come without.
const SCHEMA_VERSION: u32 = 1;

/// Writes a message for programs.
pub(super) fn body(message: &Message) -> Bytes {
    let facts: Vec<Value> = message.facts.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let written = json!({
        "schema_version": SCHEMA_VERSION,
        "event": message.event(),
        "id": message.id,
        "title": message.heading(),
        "text": message.text,
        "facts": facts,
        "link": message.link,
        "details": message.details,
    });
    Bytes::from(written.to_string())
}

/// Understands the answer: every 2xx is a yes, whatever its text.
pub(super) fn understand(name: &Name, answer: &Answer) -> Attempt {
    match http::refused(name, answer) {
        None => Attempt::Sent,
        Some(Attempt::Stop(error)) if error.kind() == Kind::Permission => {
            let variables = match answer.status {
                401 | 403 => super::WEBHOOK_TOKEN,
                _ => super::WEBHOOK_URL,
            };
            Attempt::Stop(error.hint(format!("check {variables}")))
        }
        Some(other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_one_object() {
        let mut message = Message {
            title: "AWS bill 2024-01".to_owned(),
            text: "Costs <up>".to_owned(),
            facts: vec![("Total".to_owned(), "USD 1,000.00".to_owned())],
            link: None,
            is_test: false,
            id: "id-1".to_owned(),
            details: json!({"month": "2024-01"}),
        };
        let expected = json!({
            "schema_version": 1, "event": "report", "id": "id-1", "title": "AWS bill 2024-01", "text": "Costs <up>",
            "facts": [{"name": "Total", "value": "USD 1,000.00"}], "link": null, "details": {"month": "2024-01"},
        });
        assert_eq!(serde_json::from_slice::<Value>(&body(&message)).unwrap(), expected);
        message.is_test = true;
        let test: Value = serde_json::from_slice(&body(&message)).unwrap();
        assert_eq!((&test["event"], &test["title"]), (&json!("test"), &json!("Test: AWS bill 2024-01")));
    }

    #[test]
    fn refusals_say_what_to_check() {
        let name = Name::new("webhook", "example.com");
        for (status, kind, words) in [
            (401, Kind::Permission, "GRAVIMETER_WEBHOOK_TOKEN"),
            (403, Kind::Permission, "GRAVIMETER_WEBHOOK_TOKEN"),
            (404, Kind::Permission, "GRAVIMETER_WEBHOOK_URL"),
            (410, Kind::Permission, "GRAVIMETER_WEBHOOK_URL"),
            (400, Kind::Runtime, ""),
            (413, Kind::Runtime, ""),
            (308, Kind::Runtime, "final address"),
        ] {
            let answer = Answer { status, text: "canary".to_owned(), wait: None };
            let Attempt::Stop(error) = understand(&name, &answer) else { panic!("{status}") };
            let said = format!("{error} {:?}", error.hints());
            assert_eq!(error.kind(), kind, "{said}");
            assert!(
                said.contains("webhook (example.com)") && said.contains(words) && !said.contains("canary"),
                "{said}"
            );
        }
        for status in [200, 201, 202, 204] {
            let answer = Answer { status, text: "thanks".to_owned(), wait: None };
            assert!(matches!(understand(&name, &answer), Attempt::Sent), "{status}");
        }
    }
}
