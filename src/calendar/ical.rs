//! iCalendar (RFC 5545): the events of a file, those that repeat followed through the span.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};

use super::{
    Calendar, Event, Span, UNNAMED,
    content::{self, Component, Line},
    push, recurrence, wrong,
    zone::{Zone, Zones, day_after},
};
use crate::error::Result;

/// A time of the file.
#[derive(Debug, Clone)]
struct Time {
    local: NaiveDateTime,
    zone: Rc<Zone>,
    is_day: bool,
    is_floating: bool,
}

impl Time {
    fn utc(&self) -> DateTime<Utc> {
        self.zone.utc(self.local)
    }
}

/// How long an event lasts.
#[derive(Debug, Clone, Copy)]
enum Length {
    /// Days by the calendar.
    Days(Duration),
    /// By the clock.
    Exact(Duration),
}

/// An event of the file, before it is followed.
struct Planned<'a> {
    component: &'a Component,
    name: String,
    start: Time,
    length: Length,
    is_cancelled: bool,
}

/// Reads the events.
///
/// # Errors
/// When a line that matters cannot be read.
pub(super) fn read(file: &str, bytes: &[u8], span: &Span) -> Result<Calendar> {
    let mut calendar = Calendar::default();
    for root in content::components(file, bytes)?.iter().filter(|root| root.name == "VCALENDAR") {
        let reader = Reader { file, zones: Zones::of(file, root, span)?, span };
        reader.events(root, &mut calendar)?;
    }
    Ok(calendar)
}

struct Reader<'a> {
    file: &'a str,
    zones: Zones,
    span: &'a Span,
}

impl Reader<'_> {
    fn events(&self, root: &Component, calendar: &mut Calendar) -> Result<()> {
        let withdrawn = root.value("METHOD").is_some_and(|method| method.eq_ignore_ascii_case("CANCEL"));
        let mut planned = Vec::new();
        // Single times of an event that repeats, which another entry of the same id moves or cancels.
        let mut moved: BTreeMap<&str, BTreeSet<DateTime<Utc>>> = BTreeMap::new();
        for component in root.parts.iter().filter(|part| part.name == "VEVENT") {
            if let Some(line) = component.line("RECURRENCE-ID") {
                if line.param("RANGE").is_some() {
                    return Err(wrong(
                        self.file,
                        line.number,
                        "a change of all following times (RANGE) is not understood",
                    )
                    .hint("export the events one by one, or split the series in the calendar"));
                }
                let id = component.value("UID").unwrap_or_default();
                moved.entry(id).or_default().insert(self.time(line, line.value.trim())?.utc());
            }
            let mut event = self.planned(component)?;
            event.is_cancelled |= withdrawn;
            planned.push(event);
        }
        for event in planned.iter().filter(|event| !event.is_cancelled) {
            let is_single = event.component.line("RECURRENCE-ID").is_some();
            let id = event.component.value("UID").unwrap_or_default();
            let left_out = moved.get(id).filter(|_| !is_single);
            let mut times = if is_single { vec![event.start.clone()] } else { self.times(event)? };
            times.retain(|time| left_out.is_none_or(|out| !out.contains(&time.utc())));
            if times.is_empty() {
                calendar.outside.push(event.name.clone());
            }
            for time in &times {
                push(calendar, self.event(event, time), self.span)?;
            }
        }
        Ok(())
    }

    fn event(&self, planned: &Planned<'_>, time: &Time) -> Event {
        let end = match planned.length {
            Length::Days(length) => time.zone.utc(time.local + length),
            Length::Exact(length) => time.utc() + length,
        };
        Event {
            start: time.utc(),
            end,
            name: planned.name.clone(),
            all_day: time.is_day,
            is_floating: time.is_floating,
            source: self.file.to_owned(),
        }
    }

    fn planned<'c>(&self, component: &'c Component) -> Result<Planned<'c>> {
        let file = self.file;
        let start = component.line("DTSTART").ok_or_else(|| {
            wrong(file, component.number, "the event has no DTSTART").hint("an event needs a begin: export it again")
        })?;
        let start = self.time(start, start.value.trim())?;
        let day = Length::Days(Duration::days(1));
        let length = match (component.line("DTEND"), component.line("DURATION")) {
            (Some(line), _) => {
                let end = self.time(line, line.value.trim())?;
                if end.utc() < start.utc() {
                    return Err(wrong(file, line.number, "the event ends before it begins")
                        .hint("correct DTEND in the calendar and export it again"));
                }
                match end.local == start.local {
                    true if start.is_day => day,
                    _ if start.is_day => Length::Days(end.local - start.local),
                    _ => Length::Exact(end.utc() - start.utc()),
                }
            }
            (None, Some(line)) => {
                let length = duration(line.value.trim()).filter(|length| *length >= Duration::zero());
                let length = length.ok_or_else(|| {
                    wrong(file, line.number, format!("\"{}\" is no duration", line.value))
                        .hint("write it as PT20M, P1D or P1DT2H")
                })?;
                if start.is_day { Length::Days(length) } else { Length::Exact(length) }
            }
            (None, None) if start.is_day => day,
            (None, None) => Length::Exact(Duration::zero()),
        };
        let name = component.value("SUMMARY").map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
        Ok(Planned {
            component,
            name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| UNNAMED.to_owned()),
            start,
            length,
            is_cancelled: component.value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")),
        })
    }

    /// Returns every time of an event that may touch the span.
    fn times(&self, event: &Planned<'_>) -> Result<Vec<Time>> {
        let (start, component) = (&event.start, event.component);
        let at = |local: NaiveDateTime| Time { local, ..start.clone() };
        if let Some(line) = component.line("EXRULE") {
            return Err(wrong(self.file, line.number, "EXRULE is not understood")
                .hint("export the events one by one, or leave single times out with EXDATE"));
        }
        let mut locals = match component.line("RRULE") {
            None => vec![start.local],
            Some(rule) => {
                let (Length::Days(length) | Length::Exact(length)) = event.length;
                let margin = Duration::days(2);
                let from = self.span.start.naive_utc() - length - margin;
                let to = self.span.end.naive_utc() + margin;
                let local = |instant| start.zone.local(instant);
                recurrence::expand(self.file, rule, start.local, (from, to), local)?
            }
        };
        for line in component.all("RDATE") {
            for value in line.value.split(',') {
                let value = value.split('/').next().unwrap_or(value).trim();
                locals.push(start.zone.local(self.time(line, value)?.utc()));
            }
        }
        let mut out = BTreeSet::new();
        for line in component.all("EXDATE") {
            for value in line.value.split(',') {
                let time = self.time(line, value.trim())?;
                // A day without a time takes out what begins on it.
                out.insert((time.is_day && !start.is_day, start.zone.local(time.utc()), time.local.date()));
            }
        }
        locals.retain(|local| {
            !out.iter().any(|(whole_day, time, day)| if *whole_day { local.date() == *day } else { local == time })
        });
        locals.sort_unstable();
        locals.dedup();
        if component.line("RRULE").is_some() {
            // Of what repeats, the times outside the span are no loss.
            locals.retain(|local| self.event(event, &at(*local)).touches(self.span));
        }
        Ok(locals.into_iter().map(at).collect())
    }

    /// Reads a time by its value and its parameters.
    fn time(&self, line: &Line, value: &str) -> Result<Time> {
        let (local, has_time) = stamp(value).ok_or_else(|| {
            wrong(self.file, line.number, format!("\"{value}\" is no time"))
                .hint("write it as 20240112T200000Z, or as a day: 20240112")
        })?;
        let is_utc = value.ends_with(['Z', 'z']);
        let zone = match line.param("TZID").filter(|_| has_time && !is_utc) {
            Some(name) => self.zones.get(self.file, line.number, name)?,
            None => Zone::Utc,
        };
        let is_floating = !is_utc && (!has_time || line.param("TZID").is_none());
        Ok(Time { local, zone: Rc::new(zone), is_day: !has_time, is_floating })
    }
}

/// Reads `20240112T200000`, with or without `Z`, or a day; says whether there is a time of the day.
pub(super) fn stamp(text: &str) -> Option<(NaiveDateTime, bool)> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let digits = |text: &str, most: usize| text.len() == most && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(date, 8) || time.is_some_and(|time| !digits(time, 6)) {
        return None;
    }
    let part = |text: &str, at: usize| text.get(at..at + 2)?.parse::<u32>().ok();
    let day = NaiveDate::from_ymd_opt(date[..4].parse().ok()?, part(date, 4)?, part(date, 6)?)?;
    match time {
        None => Some((day.and_hms_opt(0, 0, 0)?, false)),
        // Midnight at the end of a day, and a leap second, are the next minute.
        Some("240000") => Some((day_after(day.and_hms_opt(0, 0, 0)?), true)),
        Some(time) => Some((day.and_hms_opt(part(time, 0)?, part(time, 2)?, part(time, 4)?.min(59))?, true)),
    }
}

/// Reads `PT20M`, `P1W`, `-P1DT2H`.
fn duration(text: &str) -> Option<Duration> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let text = text.strip_prefix(['P', 'p'])?.to_ascii_uppercase();
    let (days, time) = text.split_once('T').map_or((text.as_str(), None), |(days, time)| (days, Some(time)));
    let sum = |text: &str, units: &[(char, i64)]| -> Option<i64> {
        let (mut seconds, mut number) = (0_i64, String::new());
        for letter in text.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
            } else {
                let (_, unit) = units.iter().find(|(name, _)| *name == letter)?;
                seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(*unit)?)?;
                number.clear();
            }
        }
        number.is_empty().then_some(seconds)
    };
    if days.is_empty() && time.is_none_or(str::is_empty) {
        return None;
    }
    let seconds = sum(days, &[('W', 604_800), ('D', 86_400)])?;
    let seconds = seconds.checked_add(time.map_or(Some(0), |time| sum(time, &[('H', 3_600), ('M', 60), ('S', 1)]))?)?;
    Duration::try_seconds(sign * seconds).filter(|length| length.num_days().abs() < 3_700)
}
