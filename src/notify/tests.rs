//! Messages to a receiver that fails in all the ways receivers do.

use std::{cell::Cell, sync::atomic::AtomicUsize};

use aws_credential_types::Credentials;
use serde_json::{Value, json};

use self::webhook_stand_in::{Behaviour, CANARY, Receiver};
use super::*;

#[path = "../../tests/it/webhook_stand_in.rs"]
#[allow(dead_code, reason = "the tests of the program use the rest")]
mod webhook_stand_in;

/// A long answer is waited for; tests that wait in vain take a shorter time.
const LONG: Duration = Duration::from_mins(1);

fn message() -> Message {
    Message {
        title: "AWS bill 2024-01".to_owned(),
        text: "Costs are up.".to_owned(),
        facts: vec![("Total".to_owned(), "USD 1,000.00".to_owned())],
        link: Some("https://example.com/r".to_owned()),
        is_test: false,
        id: "2024-01/r1".to_owned(),
        details: json!({"month": "2024-01"}),
    }
}

fn webhook(url: String) -> Channel {
    Channel::Webhook { url: url.into(), token: Some(CANARY.into()) }
}

fn slack(url: String) -> Channel {
    Channel::Slack { url: url.into() }
}

fn courier(timeout: Duration) -> Courier {
    Courier::new(&Access::default(), timeout, None)
}

/// Sends a message to a receiver; returns what became of it and how often it was marked.
async fn send(channel: &Channel, timeout: Duration) -> (Delivery, u32) {
    let (marks, refused) = (Cell::new(0), Cell::new(0));
    let mark = async |mark| {
        let count = if mark == Mark::Sending { &marks } else { &refused };
        count.set(count.get() + 1);
        Ok(())
    };
    let courier = courier(timeout);
    let delivery = Box::pin(courier.send(channel, &message(), mark)).await;
    let said = format!("{delivery:?} {courier:?} {channel:?}");
    assert!(!said.contains(CANARY), "{said}");
    if let Delivery::Failed(error) | Delivery::Unanswered(error) = &delivery {
        assert!(!error.to_string().contains(CANARY), "{error}");
        assert!(error.to_string().contains(channel.name()), "{error}");
        assert!(!error.hints().is_empty() || error.kind() == Kind::Runtime, "{error}");
    }
    if let Delivery::Sent { .. } | Delivery::Unanswered(_) = &delivery {
        assert_eq!(refused.get() + 1, marks.get(), "a mark for each try, and one that stays");
    }
    (delivery, marks.get())
}

fn failed(delivery: &Delivery) -> &Error {
    let Delivery::Failed(error) = delivery else { panic!("{delivery:?}") };
    error
}

#[tokio::test]
async fn a_webhook_gets_one_whole_request() {
    let receiver = Receiver::start();
    let (delivery, marks) = send(&webhook(receiver.url()), LONG).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 1 }), "{delivery:?}");
    let requests = receiver.requests();
    assert_eq!((requests.len(), marks), (1, 1));
    let request = &requests[0];
    assert_eq!(request.path, format!("/{CANARY}"));
    for (name, value) in [
        ("authorization", format!("Bearer {CANARY}")),
        ("content-length", request.body.len().to_string()),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("idempotency-key", "2024-01/r1".to_owned()),
        ("user-agent", format!("gravimeter/{}", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(request.headers[name], value);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((&body["event"], &body["details"]["month"]), (&json!("report"), &json!("2024-01")));
}

#[tokio::test]
async fn slack_gets_blocks_and_no_token() {
    let receiver = Receiver::start();
    let (delivery, _) = send(&slack(receiver.url()), LONG).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 1 }), "{delivery:?}");
    let request = &receiver.requests()[0];
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["blocks"][0]["text"]["text"], "AWS bill 2024-01");
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_byte_stays_here_until_the_mark_is_set() {
    let receiver = Receiver::start();
    let mark = async |_| {
        receiver.wait_for_all_but_one();
        assert_eq!(receiver.requests().len(), 0);
        Ok(())
    };
    let delivery = Box::pin(courier(LONG).send(&webhook(receiver.url()), &message(), mark)).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 1 }), "{delivery:?}");
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mark_nothing_whole_is_sent() {
    let receiver = Receiver::start();
    let mark = async |_| {
        receiver.wait_for_all_but_one();
        Err(Error::new(Kind::Permission, "the record cannot be written"))
    };
    let delivery = Box::pin(courier(LONG).send(&webhook(receiver.url()), &message(), mark)).await;
    assert_eq!(failed(&delivery).to_string(), "the record cannot be written");
    receiver.wait_for_torn(1);
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_while_marking_has_sent_nothing_whole() {
    let receiver = Receiver::start();
    let (channel, message, courier) = (webhook(receiver.url()), message(), courier(LONG));
    let (asked, is_asked) = tokio::sync::oneshot::channel();
    let asked = Cell::new(Some(asked));
    let mark = async |_| {
        receiver.wait_for_all_but_one();
        asked.take().unwrap().send(()).unwrap();
        std::future::pending().await
    };
    tokio::select! {
        delivery = Box::pin(courier.send(&channel, &message, mark)) => panic!("{delivery:?}"),
        asked = is_asked => asked.unwrap(),
    }
    receiver.wait_for_torn(1);
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let receiver = Receiver::start();
    receiver.behaves([503, 429, 500].map(Behaviour::refuses), Behaviour::Takes);
    let (delivery, marks) = send(&webhook(receiver.url()), LONG).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 4 }), "{delivery:?}");
    assert_eq!((marks, receiver.messages().len()), (4, 1));

    receiver.behaves([], Behaviour::refuses(502));
    let (delivery, _) = send(&slack(receiver.url()), LONG).await;
    let error = failed(&delivery);
    assert_eq!((error.kind(), receiver.requests().len()), (Kind::Transient, 8));
    let said = error.to_string();
    assert!(said.contains("given up after 4 tries: HTTP status 502") && said.contains("(127.0.0.1:"), "{said}");
}

#[tokio::test]
async fn whoever_ends_in_the_pause_has_no_mark_left() {
    let receiver = Receiver::start();
    receiver.behaves([], Behaviour::refuses(500));
    let (channel, message, courier) = (webhook(receiver.url()), message(), courier(LONG));
    let marks = Cell::new(Vec::new());
    let mark = async |mark| {
        let mut all = marks.take();
        all.push((mark, receiver.requests().len()));
        marks.set(all);
        Ok(())
    };
    assert!(matches!(Box::pin(courier.send(&channel, &message, mark)).await, Delivery::Failed(_)));
    // Set before a request is whole, taken back after it was refused; the last one is for the caller.
    let expected = (0..4).flat_map(|count| [(Mark::Sending, count), (Mark::Refused, count + 1)]);
    assert_eq!(marks.take(), expected.take(7).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_asks_for_a_long_wait_is_left_alone() {
    let receiver = Receiver::start();
    receiver.behaves([], Behaviour::Answers(429, "Retry-After: 3600\r\n".to_owned(), ""));
    let (delivery, _) = send(&webhook(receiver.url()), LONG).await;
    let error = failed(&delivery);
    assert_eq!((error.kind(), receiver.requests().len()), (Kind::Transient, 1));
    assert!(error.to_string().contains("asks to wait 3600 s"), "{error}");
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    let receiver = Receiver::start();
    for (status, kind) in [(401, Kind::Permission), (404, Kind::Permission), (400, Kind::Runtime)] {
        receiver.behaves([], Behaviour::Answers(status, String::new(), CANARY));
        let before = receiver.requests().len();
        for channel in [webhook(receiver.url()), slack(receiver.url())] {
            assert_eq!(failed(&send(&channel, LONG).await.0).kind(), kind, "{status}");
        }
        assert_eq!(receiver.requests().len(), before + 2);
    }
    assert_eq!(receiver.messages().len(), 0);
}

#[tokio::test]
async fn nothing_is_sent_on_to_another_address() {
    let (receiver, other) = (Receiver::start(), Receiver::start());
    let location = format!("location: {}\r\n", other.url());
    receiver.behaves([], Behaviour::Answers(307, location, ""));
    let (delivery, _) = send(&webhook(receiver.url()), LONG).await;
    assert!(failed(&delivery).to_string().contains("HTTP status 307"), "{delivery:?}");
    assert_eq!((receiver.requests().len(), other.requests().len()), (1, 0));
}

#[tokio::test]
async fn silence_after_the_whole_message_is_not_answered_by_a_second_one() {
    let receiver = Receiver::start();
    for (behaviour, words) in [
        (Behaviour::Silent, "did not answer in 2 s"),
        (Behaviour::Cut, "broke the connection off"),
        (Behaviour::Answers(504, String::new(), ""), "HTTP status 504"),
    ] {
        let before = receiver.requests().len();
        receiver.behaves([], behaviour);
        let (delivery, _) = send(&webhook(receiver.url()), Duration::from_secs(2)).await;
        let Delivery::Unanswered(error) = delivery else { panic!("{delivery:?}") };
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(receiver.requests().len(), before + 1);
    }
}

#[tokio::test]
async fn a_late_answer_is_an_answer() {
    let receiver = Receiver::start();
    receiver.behaves([], Behaviour::Late(Duration::from_secs(1)));
    let (delivery, marks) = send(&slack(receiver.url()), LONG).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 1 }), "{delivery:?}");
    assert_eq!((marks, receiver.messages().len()), (1, 1));
}

#[tokio::test]
async fn a_request_that_broke_off_is_sent_again() {
    let receiver = Receiver::start();
    receiver.behaves([Behaviour::CutEarly], Behaviour::Takes);
    // A body that the first frame does not hold: the connection breaks while it is on its way.
    let message = Message { details: json!("x".repeat(8_000_000)), ..message() };
    let delivery = Box::pin(courier(LONG).send(&webhook(receiver.url()), &message, async |_| Ok(()))).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 2 }), "{delivery:?}");
    assert_eq!(receiver.messages().len(), 1);
}

#[tokio::test]
async fn an_answer_may_come_before_the_end() {
    let receiver = Receiver::start();
    receiver.behaves([], Behaviour::AnswersEarly(413));
    let (delivery, _) = send(&webhook(receiver.url()), LONG).await;
    assert!(failed(&delivery).to_string().contains("HTTP status 413"), "{delivery:?}");
    receiver.behaves([], Behaviour::AnswersEarly(202));
    let (delivery, marks) = send(&webhook(receiver.url()), LONG).await;
    assert!(matches!(delivery, Delivery::Sent { tries: 1 }), "{delivery:?}");
    assert_eq!(marks, 1);
}

#[tokio::test]
async fn nobody_there_is_tried_four_times_and_said() {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    let (url, _taken) = Receiver::nobody();
    let talk = |said: &str| {
        assert!(said.contains("webhook (127.0.0.1:") && !said.contains(CANARY), "{said}");
        SAID.fetch_add(1, Ordering::SeqCst);
    };
    let courier = Courier::new(&Access::default(), LONG, Some(talk));
    let mark = async |_| panic!("nothing was sent");
    let delivery = Box::pin(courier.send(&webhook(url), &message(), mark)).await;
    let error = failed(&delivery);
    assert_eq!((error.kind(), SAID.load(Ordering::SeqCst)), (Kind::Transient, 3));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn whoever_speaks_no_tls_gets_nothing() {
    let receiver = Receiver::start();
    let url = receiver.url().replace("http://", "https://");
    let (delivery, marks) = send(&webhook(url), LONG).await;
    assert_eq!((failed(&delivery).kind(), marks), (Kind::Transient, 0));
}

#[tokio::test]
async fn a_wrong_address_is_found_before_anything_is_sent() {
    for channel in [
        webhook(format!("http://example.com/{CANARY}")),
        slack(CANARY.to_owned()),
        Channel::Sns { topic: "alerts".to_owned() },
    ] {
        assert_eq!(channel.check().unwrap_err().kind(), Kind::Usage);
        let mark = async |_| panic!("nothing was sent");
        let delivery = Box::pin(courier(LONG).send(&channel, &message(), mark)).await;
        assert_eq!(failed(&delivery).kind(), Kind::Usage);
    }
}

/// Publishes to a topic behind a receiver.
async fn publish(receiver: &Receiver, topic: &str) -> (Attempt, u32) {
    let endpoint = receiver.url().replace(&format!("/{CANARY}"), "");
    let access = Access { endpoint_url: Some(endpoint), ..Access::default() };
    let topic = sns::Topic::new(topic).unwrap();
    let credentials = Credentials::new("AKIAEXAMPLE", CANARY, None, None, "test");
    let post = sns::Post::new(&access, topic, &message(), http::connector).await.by(credentials);
    let marks = Cell::new(0);
    let mark = async || {
        marks.set(marks.get() + 1);
        Ok(())
    };
    let patience = Patience { sending: LONG, answering: Duration::from_secs(2) };
    let attempt = Box::pin(post.attempt(patience, &mark)).await;
    assert!(!format!("{attempt:?} {post:?}").contains(CANARY), "{attempt:?}");
    (attempt, marks.get())
}

#[tokio::test]
async fn a_topic_gets_one_signed_request() {
    let receiver = Receiver::start();
    let (attempt, marks) = publish(&receiver, "arn:aws:sns:eu-west-1:123456789012:a.fifo").await;
    assert!(matches!(attempt, Attempt::Sent), "{attempt:?}");
    let requests = receiver.requests();
    assert_eq!((requests.len(), marks), (1, 1));
    assert!(requests[0].headers["authorization"].contains("/eu-west-1/sns/"));
    let body = String::from_utf8(requests[0].body.clone()).unwrap();
    for part in [
        "Action=Publish",
        "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aa.fifo",
        "Subject=AWS%20bill%202024-01",
        "MessageDeduplicationId=2024-01%2Fr1",
        "MessageGroupId=gravimeter",
        "Total%3A%20USD%201%2C000.00",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
}

#[tokio::test]
async fn a_topic_fails_as_a_webhook_does() {
    let receiver = Receiver::start();
    let topic = "arn:aws:sns:eu-west-1:123456789012:a";
    let refusal = "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no.</Message></Error></ErrorResponse>";
    receiver.behaves([], Behaviour::Answers(403, "content-type: text/xml\r\n".to_owned(), refusal));
    let (attempt, _) = publish(&receiver, topic).await;
    let Attempt::Stop(error) = attempt else { panic!("{attempt:?}") };
    assert_eq!(error.kind(), Kind::Permission);
    assert!(error.hints()[0].contains("sns:Publish"), "{error:?}");
    receiver.behaves([], Behaviour::refuses(503));
    assert!(matches!(publish(&receiver, topic).await.0, Attempt::Again { .. }));
    for behaviour in [Behaviour::Cut, Behaviour::Silent] {
        let before = receiver.requests().len();
        receiver.behaves([], behaviour);
        let (attempt, marks) = publish(&receiver, topic).await;
        assert!(matches!(attempt, Attempt::Unknown(_)), "{attempt:?}");
        assert_eq!((receiver.requests().len(), marks), (before + 1, 1));
    }
}
