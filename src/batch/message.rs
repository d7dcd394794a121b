//! What people are told of a report, in its language.

use rust_decimal::Decimal;
use serde_json::json;

use super::{record::Record, threshold::Metric};
use crate::{
    error::Result,
    notify::Message,
    publish::Latest,
    report::words::{Words, signed},
    units::money,
};

/// The figures that are told, in this order.
const TOLD: [Metric; 8] = [
    Metric::Bill,
    Metric::Mom,
    Metric::UnlockedSaving,
    Metric::LockedSaving,
    Metric::RealizedSaving,
    Metric::Coverage,
    Metric::Utilization,
    Metric::UnusedCommitment,
];

/// Makes the message about a report that lies at `place`; `link` is where readers find it, with places to fill in.
///
/// # Errors
/// When the texts cannot be read.
pub fn message(record: &Record, latest: &Latest, place: &str, link: Option<&str>, is_test: bool) -> Result<Message> {
    let words = Words::of(record.language.parse().unwrap_or_default())?;
    let month = latest.month.to_string();
    let page = record.files.iter().find(|file| file.path == "report.html").or(record.files.first());
    let path = page.map_or_else(|| latest.run.clone(), |page| format!("{}/{}", latest.folder, page.path));
    let link = link.map(|link| {
        let path = format!("{month}/{path}");
        link.replace("{month}", &month).replace("{folder}", &latest.folder).replace("{path}", &path)
    });
    let changes = changes(record, &words);
    let text: Vec<String> =
        [Some(record.headline.clone()), changes, limits(record, &words)].into_iter().flatten().collect();
    let mut facts = facts(record, &words);
    facts.push((words.say("message.report"), place.to_owned()));
    Ok(Message {
        title: record.title.clone(),
        text: text.join(" "),
        facts,
        link,
        is_test,
        id: format!("{month}-{}", latest.folder),
        details: json!({
            "month": latest.month,
            "revision": latest.revision,
            "key": latest.key,
            "currency": record.currency,
            "basis": record.basis,
            "figures": record.figures,
            "thresholds": record.thresholds,
            "changes": record.changes,
            "place": place,
            "versions": record.versions,
        }),
    })
}

/// Returns the headline numbers that are known, each with its name.
fn facts(record: &Record, words: &Words) -> Vec<(String, String)> {
    let known = TOLD.iter().filter_map(|metric| Some((*metric, record.figure(*metric)?)));
    let told = known.map(|(metric, value)| {
        let text = if metric.is_ratio() { metric.shown(value) } else { money(value, &record.currency) };
        let sign = if metric == Metric::Mom { plus(value) } else { "" };
        (words.say(&format!("word.figure.{}", metric.as_str())), format!("{sign}{}", signed(&text)))
    });
    told.collect()
}

/// Says which limits are breached.
fn limits(record: &Record, words: &Words) -> Option<String> {
    let breached = record.thresholds.iter().filter(|judged| judged.outcome == "breached");
    let breached: Vec<String> = breached.map(ToString::to_string).collect();
    (!breached.is_empty()).then(|| words.fill("message.limits", &[("limits", &breached.join("; "))]))
}

/// Says in a sentence what changed since the report before.
fn changes(record: &Record, words: &Words) -> Option<String> {
    let changes = record.changes.as_ref()?;
    let cause = |cause: &serde_json::Value| {
        let text = |name: &str| cause[name].as_str().unwrap_or_default().to_owned();
        let (name, detail) = (words.say(&format!("word.cause.{}", text("id"))), text("detail"));
        if detail.is_empty() { name } else { format!("{name}: {detail}") }
    };
    let causes: Vec<String> = changes["causes"].as_array().into_iter().flatten().map(cause).collect();
    let of_month = changes["months"].as_array()?.iter().find(|row| row["month"] == json!(record.key.month));
    let change = of_month.and_then(|row| row[format!("{}_change", record.basis)].as_str()?.parse().ok());
    let change: Decimal = change.unwrap_or_default();
    let amount = format!("{}{}", plus(change), signed(&money(change, &record.currency)));
    let name = if change.is_zero() { "message.revised.same" } else { "message.revised.changed" };
    let previous = changes["previous"].to_string();
    Some(words.fill(name, &[("number", &previous), ("causes", &causes.join("; ")), ("amount", &amount)]))
}

fn plus(value: Decimal) -> &'static str {
    if value > Decimal::ZERO { "+" } else { "" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        batch::{Key, Run, Settings, Threshold},
        report::{charts::fixture, words::Language},
    };

    fn told(language: Language) -> Message {
        let mut report = fixture::report();
        report.language = language;
        let run = Run {
            key: Key::new(report.month, &[], &Settings::new(), "0badcafe"),
            revision: 2,
            inputs: Vec::new(),
            needed_bytes: 0,
            settings: Settings::new(),
            started: chrono::DateTime::UNIX_EPOCH,
            milliseconds: BTreeMap::new(),
        };
        let thresholds: Vec<Threshold> = vec!["bill>1".parse().unwrap(), "coverage<1%".parse().unwrap()];
        let record = Record::new(run, &report, &thresholds, Vec::new());
        let latest = Latest::new(report.month, 2, "0123456789abcdef", b"{}");
        message(&record, &latest, "out/x", Some("https://x/{month}/{folder}?p={path}"), false).unwrap()
    }

    #[test]
    fn a_message_says_what_changed_and_which_limits_are_breached() {
        let message = told(Language::English);
        assert!(
            message.text.contains("Takes the place of report 1 (New delivery: seoul-cur2 2024-01)"),
            "{}",
            message.text
        );
        assert!(message.text.contains("changed by +12.34 USD."), "{}", message.text);
        assert!(message.text.contains("Beyond its limits: bill>1 (it is "), "{}", message.text);
        assert!(!message.text.contains("coverage<1%"), "{}", message.text);
        assert_eq!(message.facts[0].0, "Bill");
        assert_eq!(message.facts.last().unwrap(), &("Report".to_owned(), "out/x".to_owned()));
        let link = "https://x/2024-01/002-0123456789ab?p=2024-01/002-0123456789ab/run.json";
        assert_eq!(message.link.as_deref(), Some(link));
        assert_eq!(message.id, "2024-01-002-0123456789ab");
    }

    #[test]
    fn a_message_is_in_the_language_of_its_report() {
        let message = told(Language::Korean);
        assert_eq!(message.facts[0].0, "청구액");
        assert!(
            message.text.contains("1번째 보고서를 대체합니다(새 청구 데이터: seoul-cur2 2024-01)"),
            "{}",
            message.text
        );
    }
}
