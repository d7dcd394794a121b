//! What people are told of a report.

use serde_json::json;

use super::record::Record;
use crate::{notify::Message, publish::Latest, report::words::signed, units::money};

/// Makes the message about a report that lies at `place`; `link` is where readers find it, with places to fill in.
pub fn message(record: &Record, latest: &Latest, place: &str, link: Option<&str>, is_test: bool) -> Message {
    let month = latest.month.to_string();
    let page = record.files.iter().find(|file| file.path == "report.html").or(record.files.first());
    let path = page.map_or_else(|| latest.run.clone(), |page| format!("{}/{}", latest.folder, page.path));
    let link = link.map(|link| {
        let path = format!("{month}/{path}");
        link.replace("{month}", &month).replace("{folder}", &latest.folder).replace("{path}", &path)
    });
    let breached: Vec<String> =
        record.thresholds.iter().filter(|judged| judged.outcome == "breached").map(ToString::to_string).collect();
    let mut text = record.headline.clone();
    if let Some(changes) = changes(record) {
        text = format!("{text} {changes}");
    }
    if !breached.is_empty() {
        text = format!("{text} Beyond its limits: {}.", breached.join("; "));
    }
    let mut facts = record.facts();
    facts.push(("Report".to_owned(), place.to_owned()));
    Message {
        title: record.title.clone(),
        text,
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
    }
}

/// Says in a sentence or two what changed since the report before.
fn changes(record: &Record) -> Option<String> {
    let changes = record.changes.as_ref()?;
    let causes = changes["causes"].as_array().into_iter().flatten();
    let causes: Vec<String> = causes
        .map(|cause| {
            let detail = cause["detail"].as_str().unwrap_or_default();
            match cause["id"].as_str().unwrap_or_default() {
                "delivery" => format!("new delivery of {detail}"),
                "settings" => format!("other settings: {detail}"),
                "prices" => format!("other prices: {detail}"),
                _ => "files were missing".to_owned(),
            }
        })
        .collect();
    let of_month = changes["months"].as_array()?.iter().find(|row| row["month"] == json!(record.key.month));
    let change = of_month.and_then(|row| row[format!("{}_change", record.basis)].as_str()?.parse().ok());
    let change: rust_decimal::Decimal = change.unwrap_or_default();
    let sign = if change > rust_decimal::Decimal::ZERO { "+" } else { "" };
    let told = if change.is_zero() {
        "the bill of the month is the same".to_owned()
    } else {
        format!("the bill of the month changed by {sign}{}", signed(&money(change, &record.currency)))
    };
    Some(format!("Takes the place of report {} ({}): {told}.", changes["previous"], causes.join("; ")))
}
