//! Text for eyes: aligned columns, ranges of months, sizes; and the way to stdout.

use std::io::{self, Write};

use crate::{
    error::{Error, Result},
    report::guard,
    units::Month,
};

/// Writes rows as columns two blanks apart; those that `is_left` names stand left, the others right.
pub(super) fn columns(rows: &[Vec<String>], indent: usize, is_left: impl Fn(usize) -> bool) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (at, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[at].saturating_sub(width(cell)));
            if at > 0 {
                line.push_str("  ");
            }
            if is_left(at) {
                line.push_str(cell);
                line.push_str(&pad);
            } else {
                line.push_str(&pad);
                line.push_str(cell);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks text between words into lines of at most `most` columns; a word that is longer stays whole.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= most {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Takes control characters out of text that comes from a bill.
pub(super) fn plain(text: &str) -> String {
    guard::eyes(text)
}

/// Writes months in order as ranges: "2023-05 to 2023-07, 2024-01".
pub(super) fn months(months: &[Month]) -> String {
    let mut runs: Vec<(Month, Month)> = Vec::new();
    for &month in months {
        match runs.last_mut() {
            Some((_, last)) if last.next() == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    let written = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false if first.next() == *last => format!("{first}, {last}"),
        false => format!("{first} to {last}"),
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Writes a size: "812 B", "3.4 MiB".
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut unit = 0;
    let mut tenths = bytes.saturating_mul(10) / 1024;
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Writes to stdout; a reader that went away is no error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}"))),
    }
}

/// Writes JSON to stdout.
pub(super) fn print_json(value: &serde_json::Value) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::runtime(format!("cannot write JSON: {error}")))?;
    print(&format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_leave_no_blanks_behind() {
        let rows = [vec!["a".to_owned(), "1.00".to_owned()], vec!["long".to_owned(), "10.00".to_owned()]];
        assert_eq!(columns(&rows, 2, |at| at == 0), "  a      1.00\n  long  10.00\n");
        let left = [vec!["a".to_owned(), "x".to_owned()], vec!["b".to_owned(), "long".to_owned()]];
        assert_eq!(columns(&left, 0, |_| true), "a  x\nb  long\n");
    }

    #[test]
    fn months_are_written_as_ranges() {
        let of = |text: &str| -> Vec<Month> { text.split(' ').map(|month| month.parse().unwrap()).collect() };
        assert_eq!(months(&of("2023-11 2023-12 2024-01 2024-03")), "2023-11 to 2024-01, 2024-03");
        assert_eq!(months(&of("2023-11 2023-12")), "2023-11, 2023-12");
        assert_eq!(months(&[]), "");
    }

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a /very/long/path b", 6), ["a", "/very/long/path", "b"]);
        assert_eq!(wrapped("", 6), [""]);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(812), "812 B");
        assert_eq!(size(3_600_000), "3.4 MiB");
        assert_eq!(size(5 * 1024 * 1024 * 1024), "5.0 GiB");
    }
}
