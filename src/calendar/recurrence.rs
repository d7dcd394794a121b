//! Recurrence rules: every time of an event that repeats, within a span.
//!
//! Rules speak of local time. The crate follows them in a calendar without time zones; the caller puts the zone back.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use icalendar::{Tz, UnvalidatedRRule};

use super::{content::Line, ical::stamp, wrong};
use crate::error::Result;

/// Times that a rule may take from its begin to the end of the span.
const MOST_STEPS: usize = 100_000;

/// Returns the local times of a rule within a span, the begin among them; `local` turns the instant of an UNTIL into
/// local time.
///
/// # Errors
/// When the rule cannot be read, repeats each minute, or takes too many times.
pub(super) fn expand(
    file: &str,
    rule: &Line,
    begin: NaiveDateTime,
    (from, to): (NaiveDateTime, NaiveDateTime),
    local: impl Fn(DateTime<Utc>) -> NaiveDateTime,
) -> Result<Vec<NaiveDateTime>> {
    let unread = |why: String| {
        wrong(file, rule.number, format!("the rule \"{}\" cannot be followed: {why}", rule.value))
            .hint("write it as RRULE:FREQ=WEEKLY;BYDAY=FR, or export the events one by one")
    };
    let mut parts = Vec::new();
    for part in rule.value.trim().trim_end_matches(';').split(';') {
        let (name, value) = part.split_once('=').ok_or_else(|| unread(format!("\"{part}\" is no part of a rule")))?;
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
        match name.as_str() {
            "UNTIL" => {
                let (until, has_time) = stamp(&value).ok_or_else(|| unread(format!("\"{value}\" is no time")))?;
                let until = if value.ends_with('Z') { local(until.and_utc()) } else { until };
                // A day is over at its end.
                let until = if has_time { until } else { until + Duration::seconds(86_399) };
                if until < begin {
                    return Ok(Vec::new());
                }
                parts.push(format!("UNTIL={}Z", until.format("%Y%m%dT%H%M%S")));
            }
            "FREQ" if matches!(value.as_str(), "SECONDLY" | "MINUTELY") => {
                return Err(unread(format!("an event that repeats {} is not planned", value.to_ascii_lowercase())));
            }
            // What begins with X- is an extension of a program.
            _ if name.starts_with("X-") => {}
            _ => parts.push(format!("{name}={value}")),
        }
    }
    let text = parts.join(";");
    let parsed: UnvalidatedRRule = text.parse().map_err(|error| unread(format!("{error}")))?;
    let start = begin.and_utc().with_timezone(&Tz::UTC);
    let set = parsed.build(start).map_err(|error| unread(format!("{error}")))?;
    let mut found = vec![begin];
    for (step, time) in set.limit().into_iter().enumerate() {
        let time = time.naive_utc();
        if time > to {
            break;
        }
        if step >= MOST_STEPS {
            return Err(unread(format!("it takes more than {MOST_STEPS} times up to the months of the bill")));
        }
        found.push(time);
    }
    found.retain(|time| *time >= from && *time <= to);
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
