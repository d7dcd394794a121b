//! Instants as the CSV files of a bill spell them.

use chrono::NaiveDate;

/// Returns the milliseconds since 1970-01-01 UTC of an instant such as `2017-08-01T00:00:00Z`,
/// `2023-11-01T00:00:00.000Z` or `2025-01-01 00:00:00+00:00`; without a zone it is UTC.
pub(crate) fn millis(text: &str) -> Option<i64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let at = |index: usize, allowed: &[u8]| bytes.get(index).is_some_and(|byte| allowed.contains(byte));
    let separated = at(4, b"-") && at(7, b"-") && at(10, b"T ") && at(13, b":") && at(16, b":");
    if !separated || !text.is_ascii() {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(digits(text.get(..4)?)?).ok()?,
        digits(text.get(5..7)?)?,
        digits(text.get(8..10)?)?,
    )?;
    let (hour, minute, second) = (digits(text.get(11..13)?)?, digits(text.get(14..16)?)?, digits(text.get(17..19)?)?);
    let (fraction, zone) = match text.get(19..)?.strip_prefix('.') {
        None => ("0", text.get(19..)?),
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
    };
    let milli = digits(&format!("{fraction:0<3}")[..3]).filter(|_| !fraction.is_empty())?;
    let instant = day.and_hms_milli_opt(hour, minute, second, milli)?.and_utc().timestamp_millis();
    Some(instant - offset_minutes(zone)? * 60_000)
}

/// Reads `Z`, `+09:00`, `+0900` or nothing.
fn offset_minutes(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes() {
        [] | b"Z" | b"z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, minutes) = match zone.len() {
        6 if zone.as_bytes()[3] == b':' => (&zone[1..3], &zone[4..]),
        5 => (&zone[1..3], &zone[3..]),
        _ => return None,
    };
    Some(sign * (i64::from(digits(hours)?) * 60 + i64::from(digits(minutes)?)))
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_field_is_read() {
        let january = 1_735_689_600_000;
        for text in [
            "2025-01-01T00:00:00Z",
            "2025-01-01T00:00:00.000Z",
            "2025-01-01 00:00:00+00:00",
            "2025-01-01 00:00:00",
            " 2025-01-01 09:00:00+0900 ",
            "2024-12-31T19:00:00-05:00",
        ] {
            assert_eq!(millis(text), Some(january), "{text}");
        }
        assert_eq!(millis("2025-01-01T00:00:01.5Z"), Some(january + 1_500));
        assert_eq!(millis("2025-01-01T00:00:00.123456Z"), Some(january + 123));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "2025",
            "2025-13-01T00:00:00Z",
            "2025-02-30T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00.Z",
            "2025-01-01T00:00:00X",
            "2025-01-01T00:00:00+9",
            "+025-01-01T00:00:00Z",
            "2025-01-01T00:00:0\u{e9}",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
