//! Time zones: by their name, as the file describes them, or as Windows calls them.

use std::{collections::BTreeMap, rc::Rc};

use chrono::{DateTime, Days, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Span, content::Component, ical::stamp, recurrence, wrong};
use crate::error::{Error, Result};

/// Time zones of Windows, as Outlook names them, for files that do not describe them.
const WINDOWS: [(&str, &str); 28] = [
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("Arab Standard Time", "Asia/Riyadh"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("Argentina Standard Time", "America/Argentina/Buenos_Aires"),
    ("Canada Central Standard Time", "America/Regina"),
    ("Central America Standard Time", "America/Guatemala"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Central Standard Time", "America/Chicago"),
    ("China Standard Time", "Asia/Shanghai"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Eastern Standard Time", "America/New_York"),
    ("Egypt Standard Time", "Africa/Cairo"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GMT Standard Time", "Europe/London"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("India Standard Time", "Asia/Kolkata"),
    ("Israel Standard Time", "Asia/Jerusalem"),
    ("Korea Standard Time", "Asia/Seoul"),
    ("Mountain Standard Time", "America/Denver"),
    ("New Zealand Standard Time", "Pacific/Auckland"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Romance Standard Time", "Europe/Paris"),
    ("SE Asia Standard Time", "Asia/Bangkok"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("W. Europe Standard Time", "Europe/Berlin"),
];

/// A time zone.
#[derive(Debug, Clone)]
pub(super) enum Zone {
    /// UTC, or none that is stated.
    Utc,
    /// One of the IANA database.
    Named(Tz),
    /// As the file describes it.
    Described(Rc<[Change]>),
}

/// When an offset begins, in the local time before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    at: NaiveDateTime,
    before: Duration,
    after: Duration,
}

impl Zone {
    /// Returns the instant of a local time. Of two it is the first; one that the clocks leave out counts by the offset
    /// before.
    pub(super) fn utc(&self, local: NaiveDateTime) -> DateTime<Utc> {
        match self {
            Self::Utc => local.and_utc(),
            Self::Named(zone) => {
                let of = |local: NaiveDateTime| {
                    zone.from_local_datetime(&local).earliest().map(|instant| instant.with_timezone(&Utc))
                };
                // No gap is as long as this.
                let gap = Duration::hours(3);
                of(local).or_else(|| Some(of(local - gap)? + gap)).unwrap_or_else(|| local.and_utc())
            }
            Self::Described(changes) => (local - offset(changes, local)).and_utc(),
        }
    }

    /// Returns the local time of an instant.
    pub(super) fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Utc => instant.naive_utc(),
            Self::Named(zone) => instant.with_timezone(zone).naive_local(),
            Self::Described(changes) => {
                let near = offset(changes, instant.naive_utc());
                instant.naive_utc() + offset(changes, instant.naive_utc() + near)
            }
        }
    }
}

fn offset(changes: &[Change], local: NaiveDateTime) -> Duration {
    let last = changes.iter().rev().find(|change| change.at <= local);
    last.map(|change| change.after).or(changes.first().map(|first| first.before)).unwrap_or_default()
}

/// The time zones of a file by name.
#[derive(Debug, Default)]
pub(super) struct Zones(BTreeMap<String, Zone>);

impl Zones {
    /// Reads those that the file describes.
    ///
    /// # Errors
    /// When a description cannot be read.
    pub(super) fn of(file: &str, calendar: &Component, span: &Span) -> Result<Self> {
        let mut zones = BTreeMap::new();
        for described in calendar.parts.iter().filter(|part| part.name == "VTIMEZONE") {
            let Some(name) = described.value("TZID") else { continue };
            let location = described.value("X-LIC-LOCATION").and_then(named);
            let zone = match named(name).or(location) {
                Some(zone) => zone,
                None => Zone::Described(changes(file, described, span)?.into()),
            };
            zones.insert(name.to_owned(), zone);
        }
        Ok(Self(zones))
    }

    /// Returns the time zone of a name.
    ///
    /// # Errors
    /// When nobody knows it.
    pub(super) fn get(&self, file: &str, line: usize, name: &str) -> Result<Zone> {
        let known = self.0.get(name).cloned().or_else(|| named(name));
        known.ok_or_else(|| unknown(file, line, name))
    }
}

fn unknown(file: &str, line: usize, name: &str) -> Error {
    wrong(file, line, format!("the time zone \"{name}\" is not known"))
        .hint("export the calendar with its time zones (VTIMEZONE), or with times in UTC")
}

/// Finds a time zone by its name in the IANA database or in Windows.
fn named(name: &str) -> Option<Zone> {
    // Old programs put a path before the name: "/freeassociation.sourceforge.net/Asia/Seoul".
    let parts: Vec<&str> = name.trim().split('/').filter(|part| !part.is_empty()).collect();
    let tails = (0..parts.len()).map(|from| parts[from..].join("/"));
    if ["UTC", "Z", "GMT", "ETC/UTC"].contains(&name.trim().to_ascii_uppercase().as_str()) {
        return Some(Zone::Utc);
    }
    let found = tails.into_iter().find_map(|tail| tail.parse::<Tz>().ok());
    let windows = || WINDOWS.iter().find(|(windows, _)| *windows == name.trim())?.1.parse().ok();
    found.or_else(windows).map(Zone::Named)
}

/// Lists when the offset of a described time zone changes, from two years before the span to its end.
fn changes(file: &str, zone: &Component, span: &Span) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for part in zone.parts.iter().filter(|part| matches!(part.name.as_str(), "STANDARD" | "DAYLIGHT")) {
        let missing = |name: &str| {
            wrong(file, part.number, format!("the time zone has no {name}"))
                .hint("the file is damaged: export the calendar again")
        };
        let offset = |name: &str| {
            let line = part.line(name).ok_or_else(|| missing(name))?;
            seconds(&line.value).ok_or_else(|| {
                wrong(file, line.number, format!("\"{}\" is no offset from UTC", line.value)).hint("write it as +0900")
            })
        };
        let (before, after) = (offset("TZOFFSETFROM")?, offset("TZOFFSETTO")?);
        let start = part.line("DTSTART").ok_or_else(|| missing("DTSTART"))?;
        let begin = stamp(&start.value).map(|(at, _)| at).ok_or_else(|| missing("DTSTART that can be read"))?;
        changes.push(Change { at: begin, before, after });
        if let Some(rule) = part.line("RRULE") {
            let from = (span.start - Duration::days(800)).naive_utc();
            let to = (span.end + Duration::days(2)).naive_utc();
            let until = |instant: DateTime<Utc>| instant.naive_utc() + before;
            let at = recurrence::expand(file, rule, begin, (from, to), until)?;
            changes.extend(at.into_iter().map(|at| Change { at, before, after }));
        }
    }
    changes.sort_by_key(|change| change.at);
    if changes.is_empty() {
        return Err(wrong(file, zone.number, "the time zone states no offset")
            .hint("the file is damaged: export the calendar again"));
    }
    Ok(changes)
}

/// Reads an offset: +0900, -033000.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
    if !matches!(digits.len(), 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse::<i64>().ok());
    Some(Duration::seconds(sign * (part(0)? * 3_600 + part(2)? * 60 + part(4)?)))
}

/// Returns the day after.
pub(super) fn day_after(day: NaiveDateTime) -> NaiveDateTime {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}
