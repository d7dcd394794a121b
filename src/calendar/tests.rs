//! Files as calendars write them, below `tests/it/calendars`: each with the events that it has in January and February
//! 2024; and what is wrong with the others.

use std::{fs, path::Path};

use chrono::SecondsFormat;

use super::*;

fn span() -> Span {
    "2024-01-01T00:00:00Z".parse().unwrap().."2024-03-01T00:00:00Z".parse().unwrap()
}

fn told(calendar: &Calendar) -> String {
    let mut lines = Vec::new();
    for event in &calendar.events {
        let iso = |instant: DateTime<Utc>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
        let marks = match (event.all_day, event.is_floating) {
            (true, true) => " (all day, floating)",
            (true, false) => " (all day)",
            (false, true) => " (floating)",
            (false, false) => "",
        };
        lines.push(format!("{} {} {}{marks}\n", iso(event.start), iso(event.end), event.name));
    }
    lines.extend(calendar.outside.iter().map(|name| format!("outside: {name}\n")));
    lines.concat()
}

#[test]
fn every_file_has_its_events() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/calendars"));
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|extension| extension == "txt") {
            continue;
        }
        let expected = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(told(&read(&name, &bytes, &span()).unwrap()), expected, "{name}");
        // Nothing of it depends on the span but what is in it.
        assert!(
            read(&name, &bytes, &(DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH)).unwrap().events.is_empty(),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 18, "{count}");
}

fn ical(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, line, what) in [
        (ical("SUMMARY:x"), 2, "no DTSTART"),
        (ical("DTSTART:2024-01-12"), 3, "\"2024-01-12\" is no time"),
        (ical("DTSTART:20240112T250000Z"), 3, "is no time"),
        (ical("DTSTART:20240112T100000Z\nDTEND:20240112T090000Z"), 4, "ends before it begins"),
        (ical("DTSTART:20240112T100000Z\nDURATION:20 minutes"), 4, "no duration"),
        (ical("DTSTART;TZID=Mars/Olympus:20240112T100000"), 3, "time zone \"Mars/Olympus\" is not known"),
        (ical("DTSTART:20240112T100000Z\nRRULE:FREQ=SECONDLY"), 4, "repeats secondly"),
        (ical("DTSTART:20240112T100000Z\nRRULE:FREQ=OFTEN"), 4, "cannot be followed"),
        (ical("DTSTART:20240112T100000Z\nRRULE:WEEKLY"), 4, "is no part of a rule"),
        (ical("DTSTART:20240112T100000Z\nEXRULE:FREQ=DAILY"), 4, "EXRULE"),
        (ical("DTSTART:20240112T100000Z\nUID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20240112T100000Z"), 5, "RANGE"),
        (
            ical("DTSTART:20240112T100000Z\nDESCRIPTION:one\nand a line that was not folded"),
            5,
            "is no line of iCalendar",
        ),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240112T100000Z\n".to_owned(), 2, "BEGIN:VEVENT has no END"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\n".to_owned(), 2, "END:VEVENT has no BEGIN"),
        ("name,start,end\na,soon,\n".to_owned(), 2, "\"soon\" is no time"),
        ("name,start,end\na,2024-01-12 10:00,2024-01-12 25:00\n".to_owned(), 2, "is no time"),
        ("name,start,end\na,,2024-01-12\n".to_owned(), 2, "no begin"),
        ("name,start,end\na,2024-01-12,2024-01-10\n".to_owned(), 2, "ends before it begins"),
        ("name,when\na,2024-01-12\n".to_owned(), 1, "no column \"start\"; it has name, when"),
        ("name,start,end\na,13/1/2024,\nb,1/13/2024,\n".to_owned(), 3, "another order than line 2"),
    ] {
        let error = read("x.ics", text.as_bytes(), &span()).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("the calendar x.ics, line {line}: ")) && said.contains(what),
            "{said}\n{text}"
        );
        assert_eq!((error.kind(), error.hints().len()), (crate::error::Kind::Usage, 1), "{said}");
    }
}

#[test]
fn letters_of_other_kinds_are_refused() {
    let said = |bytes: &[u8]| read("x.csv", bytes, &span()).unwrap_err().to_string();
    assert!(said(b"\xff\xfen\0a\0").contains("UTF-16"));
    assert!(said(b"name,start,end\n\xc7\xd1,2024-01-12,\n").contains("line 2: is no UTF-8"));
    assert!(said(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:\xc7\xd1\r\n").contains("line 3: is no UTF-8"));
    assert!(said(b"").contains("is empty"));
}

/// What repeats has an end: by steps, and by the number of events of a file.
#[test]
fn no_rule_is_followed_for_ever() {
    let error = |rule: &str| {
        let text = ical(&format!("DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:{rule}"));
        read("x.ics", text.as_bytes(), &span()).unwrap_err().to_string()
    };
    assert!(error("FREQ=HOURLY").contains("more than 100000 times"));
    // Every hour of two months.
    let text = ical("DTSTART:20240101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY");
    assert_eq!(read("x.ics", text.as_bytes(), &span()).unwrap().events.len(), 60 * 24);
    // A rule that never fits any day.
    let text = ical("DTSTART:20240101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    assert_eq!(read("x.ics", text.as_bytes(), &span()).unwrap().events.len(), 1);
    let many = (0..10_001).map(|number| format!("e{number},2024-01-12,\n")).collect::<Vec<_>>().concat();
    let error = read("x.csv", format!("name,start,end\n{many}").as_bytes(), &span()).unwrap_err().to_string();
    assert!(error.contains("more than 10000 events"), "{error}");
}

#[test]
fn an_hour_that_the_clocks_leave_out_or_have_twice_has_an_instant() {
    let start = |time: &str, zone: &str| {
        let text = ical(&format!("DTSTART;TZID={zone}:{time}"));
        let span = "2024-01-01T00:00:00Z".parse().unwrap().."2025-01-01T00:00:00Z".parse().unwrap();
        read("x.ics", text.as_bytes(), &span).unwrap().events[0].start.to_rfc3339_opts(SecondsFormat::Secs, true)
    };
    // 31 March: from 02:00 to 03:00 there is nothing; 27 October: from 02:00 to 03:00 there are two hours.
    assert_eq!(start("20240331T023000", "Europe/Berlin"), "2024-03-31T01:30:00Z");
    assert_eq!(start("20241027T023000", "Europe/Berlin"), "2024-10-27T00:30:00Z");
    assert_eq!(start("20240310T023000", "Pacific Standard Time"), "2024-03-10T10:30:00Z");
}
