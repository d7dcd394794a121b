//! Calendars of planned events: sales, launches, maintenance.
//!
//! ```text
//! bytes of a file ──► ical (RFC 5545) or table (CSV) ──► Event: name, begin and end in UTC
//! ```
//!
//! Pure: no I/O, no clock. In: the bytes of a file and the span that matters. Out: the events that touch the span, and
//! the names of those that do not. What repeats is followed within the span only, and never without an end.

mod content;
mod ical;
mod recurrence;
mod table;
#[cfg(test)]
mod tests;
mod zone;

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

/// Events of one file at most: a calendar of planned events has dozens.
const MOST_EVENTS: usize = 10_000;

/// Name of an event that states none.
const UNNAMED: &str = "(no title)";

/// The span of time that matters.
pub type Span = Range<DateTime<Utc>>;

/// A planned event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Begin.
    pub start: DateTime<Utc>,
    /// End, the first instant that is no part of it; the same as the begin where the file states none.
    pub end: DateTime<Utc>,
    /// Name as the file has it.
    pub name: String,
    /// It is of days, not of hours.
    pub all_day: bool,
    /// The file states no time zone for it: its times are taken as UTC.
    pub is_floating: bool,
    /// Name of the file.
    pub source: String,
}

impl Event {
    /// Tells whether the event and a span have an instant in common.
    pub fn touches(&self, span: &Span) -> bool {
        self.start < span.end && (self.end > span.start || self.start >= span.start)
    }
}

/// The events of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Those that touch the span, by their begin.
    pub events: Vec<Event>,
    /// Names of those that do not.
    pub outside: Vec<String>,
}

/// Reads a calendar: iCalendar where it begins as such, else a table with a heading, as spreadsheets and mail programs
/// export it.
///
/// # Errors
/// When a line is not what it has to be, with file, line and the next step.
pub fn read(file: &str, bytes: &[u8], span: &Span) -> Result<Calendar> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Error::usage(format!("the calendar {file} is UTF-16, not UTF-8"))
            .hint("save it as \"CSV UTF-8\", or export it as iCalendar (.ics)"));
    }
    let begin = bytes.trim_ascii_start();
    let is_ical = begin.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"));
    let mut calendar = if is_ical { ical::read(file, bytes, span)? } else { table::read(file, bytes, span)? };
    calendar.events.sort();
    calendar.events.dedup();
    Ok(calendar)
}

/// Adds an event, to those that touch the span or to the others.
///
/// # Errors
/// When the file has too many.
fn push(calendar: &mut Calendar, event: Event, span: &Span) -> Result<()> {
    if calendar.events.len() + calendar.outside.len() >= MOST_EVENTS {
        return Err(Error::usage(format!("the calendar {} has more than {MOST_EVENTS} events", event.source))
            .hint("export the planned events alone, of the months of the bill"));
    }
    if event.touches(span) {
        calendar.events.push(event);
    } else {
        calendar.outside.push(event.name);
    }
    Ok(())
}

/// Builds the error of a line.
fn wrong(file: &str, line: usize, what: impl std::fmt::Display) -> Error {
    Error::usage(format!("the calendar {file}, line {line}: {what}"))
}
