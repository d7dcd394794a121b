//! Calendars as tables: `name,start,end`, and the CSV that Google Calendar and Outlook write.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{Calendar, Event, Span, UNNAMED, push, wrong, zone};
use crate::error::{Error, Result};

/// The headings of each column, small letters only.
const NAMES: [&str; 6] = ["name", "subject", "title", "event", "summary", "제목"];
const STARTS: [&str; 4] = ["start", "start date", "begin", "시작 날짜"];
const START_TIMES: [&str; 2] = ["start time", "시작 시간"];
const ENDS: [&str; 3] = ["end", "end date", "종료 날짜"];
const END_TIMES: [&str; 2] = ["end time", "종료 시간"];
const ALL_DAYS: [&str; 3] = ["all day event", "all day", "하루 종일"];

/// Where the columns are.
struct Columns {
    name: usize,
    start: usize,
    start_time: Option<usize>,
    end: Option<usize>,
    end_time: Option<usize>,
    all_day: Option<usize>,
}

/// What a cell says of a time.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// A day.
    Day(NaiveDate),
    /// A time of a day, in no zone.
    Local(NaiveDateTime),
    /// An instant.
    Instant(DateTime<Utc>),
}

/// In which order the dates with slashes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    MonthFirst,
    DayFirst,
}

/// Reads the events.
///
/// # Errors
/// When the heading lacks a column, or a cell cannot be read.
pub(super) fn read(file: &str, bytes: &[u8], span: &Span) -> Result<Calendar> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        wrong(file, line, "is no UTF-8 text").hint("save the table as \"CSV UTF-8\"")
    })?;
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if count(separator) == 0 { b',' } else { separator })
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            wrong(file, usize::try_from(line).unwrap_or(1), format!("cannot be read: {error}"))
                .hint("save the table again as CSV")
        })?;
        let line = record.position().map_or(1, csv::Position::line);
        rows.push((usize::try_from(line).unwrap_or(1), record));
    }
    let mut rows = rows.into_iter();
    let (line, heading) = rows.next().ok_or_else(|| {
        Error::usage(format!("the calendar {file} is empty"))
            .hint("give an iCalendar file (.ics), or a CSV with the columns name,start,end")
    })?;
    let columns = Columns::of(file, line, &heading)?;
    let rows: Vec<(usize, csv::StringRecord)> =
        rows.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty())).collect();
    let table = Table { file, order: order(file, &columns, &rows)?, columns };
    let mut calendar = Calendar::default();
    for (line, row) in &rows {
        push(&mut calendar, table.event(*line, row)?, span)?;
    }
    Ok(calendar)
}

impl Columns {
    fn of(file: &str, line: usize, heading: &csv::StringRecord) -> Result<Self> {
        let heads: Vec<String> = heading.iter().map(|head| head.trim().to_lowercase()).collect();
        let place = |names: &[&str]| names.iter().find_map(|name| heads.iter().position(|head| head == name));
        let needed = |column: &str, names: &[&str]| {
            place(names).ok_or_else(|| {
                wrong(file, line, format!("the heading has no column \"{column}\"; it has {}", heads.join(", "))).hint(
                    "the columns are name,start,end, or those of Google Calendar and Outlook (Subject, Start Date, …)",
                )
            })
        };
        Ok(Self {
            name: needed("name", &NAMES)?,
            start: needed("start", &STARTS)?,
            start_time: place(&START_TIMES),
            end: place(&ENDS),
            end_time: place(&END_TIMES),
            all_day: place(&ALL_DAYS),
        })
    }
}

/// A table whose columns are known.
struct Table<'a> {
    file: &'a str,
    columns: Columns,
    order: Order,
}

impl Table<'_> {
    fn event(&self, line: usize, row: &csv::StringRecord) -> Result<Event> {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|cell| !cell.is_empty());
        let columns = &self.columns;
        let unread = |what: &str| {
            wrong(self.file, line, format!("\"{what}\" is no time"))
                .hint("write it as 2024-01-12 20:00, 2024-01-12T20:00:00+09:00 or 2024-01-12")
        };
        let time = |date: Option<usize>, time: Option<usize>| -> Result<Option<Cell>> {
            let Some(date) = cell(date) else { return Ok(None) };
            let day = self.cell(date).ok_or_else(|| unread(date))?;
            match (day, cell(time)) {
                (Cell::Day(day), Some(text)) => {
                    let clock = clock(text).ok_or_else(|| unread(text))?;
                    Ok(Some(Cell::Local(day.and_time(clock))))
                }
                (day, _) => Ok(Some(day)),
            }
        };
        let start = time(Some(columns.start), columns.start_time)?
            .ok_or_else(|| wrong(self.file, line, "the event has no begin").hint("fill in the column of the start"))?;
        let says_all_day = cell(columns.all_day)
            .is_some_and(|text| matches!(text.to_lowercase().as_str(), "true" | "yes" | "1" | "y" | "예" | "참"));
        let end = time(columns.end, columns.end_time)?;
        let (start, end, all_day) = match (start, end) {
            // Days: the last one is part of the event.
            (Cell::Day(first), Some(Cell::Day(last))) => (midnight(first), midnight(last) + Duration::days(1), true),
            (Cell::Day(first), None) => (midnight(first), midnight(first) + Duration::days(1), true),
            (start, end) => {
                let start = start.instant();
                let end = end.map_or(start, Cell::instant);
                // Outlook writes a day as midnight to midnight; some write it as no time at all.
                let end = if says_all_day && end == start { start + Duration::days(1) } else { end };
                (start, end, says_all_day)
            }
        };
        if end < start {
            return Err(wrong(self.file, line, "the event ends before it begins").hint("correct its end"));
        }
        let is_floating = [time(Some(columns.start), columns.start_time)?, time(columns.end, columns.end_time)?]
            .iter()
            .flatten()
            .any(|cell| !matches!(cell, Cell::Instant(_)));
        let name = cell(Some(columns.name)).map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
        Ok(Event {
            start,
            end,
            name: name.unwrap_or_else(|| UNNAMED.to_owned()),
            all_day,
            is_floating,
            source: self.file.to_owned(),
        })
    }

    fn cell(&self, text: &str) -> Option<Cell> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
            return Some(Cell::Instant(instant.with_timezone(&Utc)));
        }
        if let Some(day) = day(text, self.order) {
            return Some(Cell::Day(day));
        }
        // Of a day and a time in one cell, the time is what follows the day.
        text.char_indices().filter(|(_, letter)| matches!(letter, ' ' | 'T' | 't')).find_map(|(at, letter)| {
            let (date, rest) = (text.get(..at)?, text.get(at + letter.len_utf8()..)?);
            let day = day(date, self.order)?;
            // An offset without seconds: 20:00+09:00, 20:00Z.
            let (rest, offset) = match rest.find(['+', '-']) {
                Some(at) => (rest.get(..at)?, Some(zone::seconds(rest.get(at..)?)?)),
                None => match rest.strip_suffix(['Z', 'z']) {
                    Some(rest) => (rest, Some(Duration::zero())),
                    None => (rest, None),
                },
            };
            let local = day.and_time(clock(rest.trim())?);
            Some(offset.map_or(Cell::Local(local), |offset| Cell::Instant((local - offset).and_utc())))
        })
    }
}

impl Cell {
    fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => midnight(day),
            Self::Local(time) => time.and_utc(),
            Self::Instant(instant) => instant,
        }
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Reads `2024-01-12`, `2024. 1. 12.`, `1/12/2024`.
fn day(text: &str, order: Order) -> Option<NaiveDate> {
    let parts = numbers(text)?;
    let (year, month, day) = match (parts[0].len(), order) {
        (4, _) => (parts[0], parts[1], parts[2]),
        (1 | 2, Order::MonthFirst) => (parts[2], parts[0], parts[1]),
        (1 | 2, Order::DayFirst) => (parts[2], parts[1], parts[0]),
        _ => return None,
    };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Returns the three numbers of a date.
fn numbers(text: &str) -> Option<[&str; 3]> {
    let text = text.trim().trim_end_matches('.');
    let parts: Vec<&str> = text.split(['-', '/', '.']).map(str::trim).collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() != 3 || !parts.iter().all(is_number) {
        return None;
    }
    Some([parts[0], parts[1], parts[2]])
}

/// Reads `20:00`, `8:00 PM`, `오후 8:00:00`.
fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.trim().to_lowercase();
    let marks = [("am", false), ("pm", true), ("a.m.", false), ("p.m.", true), ("오전", false), ("오후", true)];
    let found = marks.iter().find_map(|(mark, is_after)| {
        let rest = text.strip_suffix(mark).or_else(|| text.strip_prefix(mark))?;
        Some((rest.trim().to_owned(), Some(*is_after)))
    });
    let (digits, half) = found.unwrap_or((text, None));
    let parts: Vec<u32> = digits.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        [hour] if half.is_some() => (*hour, 0, 0),
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(is_after) => hour % 12 + if is_after { 12 } else { 0 },
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// Finds out in which order the dates are: the month first, as Google and Outlook write in English, until a day says no.
fn order(file: &str, columns: &Columns, rows: &[(usize, csv::StringRecord)]) -> Result<Order> {
    let mut found: Option<(Order, usize)> = None;
    for (line, row) in rows {
        for cell in [Some(columns.start), columns.end].into_iter().flatten().filter_map(|at| row.get(at)) {
            let date = cell.split([' ', 'T']).next().unwrap_or(cell);
            let Some(parts) = numbers(date).filter(|parts| parts[0].len() < 3) else { continue };
            let [first, second] = [parts[0], parts[1]].map(|part| part.parse::<u32>().unwrap_or_default());
            let says = match (first > 12, second > 12) {
                (true, false) => Order::DayFirst,
                (false, true) => Order::MonthFirst,
                _ => continue,
            };
            match found {
                Some((before, at)) if before != says => {
                    return Err(wrong(
                        file,
                        *line,
                        format!("\"{cell}\" has day and month in another order than line {at}"),
                    )
                    .hint("write dates as 2024-01-12"));
                }
                _ => found = Some((says, *line)),
            }
        }
    }
    Ok(found.map_or(Order::MonthFirst, |(order, _)| order))
}
