//! Slack's incoming webhook: the message in its blocks, and what its refusals mean.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    Attempt, Message, Name,
    http::{self, Answer},
    line,
};
use crate::error::Kind;

/// Letters of a header block.
const HEADER: usize = 150;
/// Letters of a section's text.
const SECTION: usize = 3000;
/// Letters of a field.
const FIELD: usize = 2000;
/// Fields of a section.
const FIELDS: usize = 10;
/// Sections of fields; a message has at most 50 blocks.
const SECTIONS: usize = 40;
/// Letters of the text that notifications show; Slack cuts it at 40,000.
const TEXT: usize = 4000;

/// Writes a message as Slack takes it.
pub(super) fn body(message: &Message) -> Bytes {
    let heading = line(&message.heading());
    let mut blocks = vec![json!({
        "type": "header",
        "text": {"type": "plain_text", "text": cut(&heading, HEADER), "emoji": false},
    })];
    if !message.text.trim().is_empty() {
        blocks.push(section(&escaped(message.text.trim(), SECTION)));
    }
    for facts in message.facts.chunks(FIELDS).take(SECTIONS) {
        let fields: Vec<Value> = facts.iter().map(|(label, value)| mrkdwn(&field(label, value))).collect();
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    if let Some(link) = &message.link {
        blocks.push(section(&linked(link)));
    }
    if message.is_test {
        let note = "This is a test: somebody tries whether messages arrive here.";
        blocks.push(json!({"type": "context", "elements": [mrkdwn(note)]}));
    }
    let text = escaped(&format!("{heading}\n{}", message.text.trim()), TEXT);
    Bytes::from(json!({"text": text.trim_end(), "blocks": blocks}).to_string())
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

/// Text in which Slack looks for no links or mentions of its own accord.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn field(label: &str, value: &str) -> String {
    let label = escaped(&line(label), FIELD / 4);
    format!("*{label}*\n{}", escaped(value, FIELD - label.chars().count() - 3))
}

/// Writes a link; one that leads to no web page, or is too long to be called one, is text.
fn linked(link: &str) -> String {
    let is_page = link.starts_with("https://") || link.starts_with("http://");
    if !is_page || !link.bytes().all(|byte| byte.is_ascii_graphic()) {
        return escaped(&line(link), SECTION);
    }
    let mut target = String::with_capacity(link.len());
    for letter in link.chars() {
        match letter {
            '&' => target.push_str("&amp;"),
            '<' => target.push_str("%3C"),
            '>' => target.push_str("%3E"),
            '|' => target.push_str("%7C"),
            letter => target.push(letter),
        }
    }
    let whole = format!("<{target}|Open the report>");
    if whole.len() <= SECTION { whole } else { escaped(link, SECTION) }
}

/// Escapes what Slack takes for its own, and cuts what is then too long between letters.
fn escaped(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    let mut one = [0; 4];
    for letter in text.chars() {
        let part = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '\n' => "\n",
            letter if letter.is_control() => " ",
            letter => letter.encode_utf8(&mut one),
        };
        count += part.chars().count();
        if count >= most {
            out.push('…');
            break;
        }
        out.push_str(part);
    }
    out
}

/// Cuts what is too long.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Understands Slack's answer.
pub(super) fn understand(name: &Name, answer: &Answer) -> Attempt {
    let code = code(&answer.text);
    let words = match code {
        Some(code) => format!("{code} (HTTP status {})", answer.status),
        None => format!("HTTP status {}", answer.status),
    };
    let stop = |hint: &str| Attempt::Stop(name.stop(Kind::Permission, &words).hint(hint));
    let make = format!("make a new incoming webhook in Slack and put its address into {}", super::SLACK_WEBHOOK);
    match (answer.status, code) {
        (200..=299, Some("ok")) => Attempt::Sent,
        // A page for people who have to log in to the network first looks like this.
        (200..=299, _) => Attempt::Unknown(
            name.unknown(&format!("answered HTTP status {} without Slack's ok", answer.status))
                .hint(format!("check that {} is an incoming webhook of Slack", super::SLACK_WEBHOOK)),
        ),
        (_, Some("channel_is_archived")) => {
            stop("take the channel out of the archive in Slack, or make a webhook for another one")
        }
        (_, Some("channel_not_found" | "user_not_found")) => {
            stop("the channel of this webhook is gone: make a webhook for another one")
        }
        (_, Some("posting_to_general_channel_denied")) => {
            stop("the workspace lets nobody post to this channel: make a webhook for another one")
        }
        (_, Some("action_prohibited" | "team_disabled")) => {
            stop("an administrator of the workspace has forbidden this: ask them")
        }
        (
            _,
            Some(
                "invalid_token" | "no_service" | "no_service_id" | "no_team" | "no_active_hooks" | "token_revoked"
                | "account_inactive",
            ),
        )
        | (401 | 403 | 404 | 410, _) => stop(&make),
        (_, None) => http::refused(name, answer).unwrap_or(Attempt::Sent),
        (status, Some(_)) => match http::refused(name, answer) {
            Some(Attempt::Again { wait, .. }) => Attempt::Again { reason: words, wait },
            Some(Attempt::Stop(error)) if (400..500).contains(&status) => {
                Attempt::Stop(name.stop(error.kind(), &words))
            }
            Some(other) => other,
            None => Attempt::Sent,
        },
    }
}

/// Returns Slack's word for it; anything else that may be in an answer is not repeated to anybody.
fn code(text: &str) -> Option<&str> {
    let is_word = !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_word.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            title: "AWS bill 2024-01".to_owned(),
            text: "Costs <up> 5 % & more".to_owned(),
            facts: vec![("Total".to_owned(), "USD 1,000.00".to_owned())],
            link: Some("https://example.com/r?a=1&b=<2>|x".to_owned()),
            is_test: false,
            id: "id-1".to_owned(),
            details: json!({}),
        }
    }

    fn written(message: &Message) -> Value {
        serde_json::from_slice(&body(message)).unwrap()
    }

    #[test]
    fn the_message_is_blocks_and_a_text() {
        assert_eq!(
            written(&message()),
            json!({
                "text": "AWS bill 2024-01\nCosts &lt;up&gt; 5 % &amp; more",
                "blocks": [
                    {"type": "header", "text": {"type": "plain_text", "text": "AWS bill 2024-01", "emoji": false}},
                    {"type": "section", "text":
                        {"type": "mrkdwn", "text": "Costs &lt;up&gt; 5 % &amp; more", "verbatim": true}},
                    {"type": "section", "fields":
                        [{"type": "mrkdwn", "text": "*Total*\nUSD 1,000.00", "verbatim": true}]},
                    {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
                        "text": "<https://example.com/r?a=1&amp;b=%3C2%3E%7Cx|Open the report>"}},
                ],
            })
        );
    }

    #[test]
    fn a_test_says_so_and_what_is_not_there_has_no_block() {
        let message = Message { is_test: true, text: String::new(), facts: vec![], link: None, ..message() };
        let written = written(&message);
        assert_eq!(written["text"], "Test: AWS bill 2024-01");
        let kinds: Vec<&str> =
            written["blocks"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["header", "context"]);
    }

    #[test]
    fn a_place_that_is_no_page_is_text() {
        assert_eq!(linked("s3://bucket/a&b"), "s3://bucket/a&amp;b");
        assert_eq!(linked("reports/2024-01\nx"), "reports/2024-01 x");
    }

    #[test]
    fn nothing_is_longer_than_slack_takes() {
        let message = Message {
            title: "é".repeat(500),
            text: "<".repeat(50_000),
            facts: vec![("&".repeat(5000), "&".repeat(5000)); 1000],
            link: Some(format!("https://example.com/{}", "&".repeat(5000))),
            is_test: true,
            ..message()
        };
        let written = written(&message);
        let blocks = written["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50, "{} blocks", blocks.len());
        assert!(written["text"].as_str().unwrap().chars().count() <= 40_000);
        for block in blocks {
            let most = if block["type"] == "header" { 150 } else { 3000 };
            if let Some(text) = block["text"]["text"].as_str() {
                assert!((1..=most).contains(&text.chars().count()), "{block}");
                assert!(!text.ends_with("&am…"), "an escape was cut: {block}");
            }
            let fields = block["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert!(fields.len() <= 10);
            for field in fields {
                assert!(field["text"].as_str().unwrap().chars().count() <= 2000);
            }
        }
    }

    #[test]
    fn refusals_say_what_to_do() {
        let name = Name::new("slack", "hooks.slack.com");
        for (status, text, kind, words) in [
            (403, "invalid_token", Kind::Permission, "GRAVIMETER_SLACK_WEBHOOK"),
            (404, "no_service", Kind::Permission, "GRAVIMETER_SLACK_WEBHOOK"),
            (404, "<html>canary</html>", Kind::Permission, "GRAVIMETER_SLACK_WEBHOOK"),
            (410, "channel_is_archived", Kind::Permission, "archive"),
            (404, "channel_not_found", Kind::Permission, "another"),
            (403, "action_prohibited", Kind::Permission, "administrator"),
            (400, "invalid_payload", Kind::Runtime, ""),
            (400, "canary in a sentence", Kind::Runtime, ""),
            (302, "", Kind::Runtime, "final address"),
        ] {
            let answer = Answer { status, text: text.to_owned(), wait: None };
            let Attempt::Stop(error) = understand(&name, &answer) else { panic!("{status} {text}") };
            let said = format!("{error} {:?}", error.hints());
            assert_eq!(error.kind(), kind, "{text}: {said}");
            assert!(said.contains("slack (hooks.slack.com)") && said.contains(words), "{said}");
            assert!(!said.contains("canary"), "{said}");
        }
        let of = |status, text: &str| understand(&name, &Answer { status, text: text.to_owned(), wait: None });
        assert!(matches!(of(200, "ok"), Attempt::Sent));
        assert!(matches!(of(200, "<html>Log in</html>"), Attempt::Unknown(_)));
        assert!(matches!(of(500, "rollup_error"), Attempt::Again { .. }));
        assert!(matches!(of(429, "rate_limited"), Attempt::Again { .. }));
        assert!(matches!(of(504, ""), Attempt::Unknown(_)));
    }
}
