//! Numbers as people read them: found in a text, with the places to which they are rounded.

use std::fmt;

use rust_decimal::Decimal;

/// A number of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    /// Without its sign: sentences say "less".
    value: Decimal,
    /// What one of its units is worth: 0.01 for per cent, 1,000 for k.
    unit: Decimal,
    text: String,
}

impl Figure {
    /// Tells whether a value is shown so: half of the last place is what rounding may take.
    pub(super) fn rounds(&self, value: Decimal) -> bool {
        let half = Decimal::new(5, self.value.scale() + 1);
        value.abs().checked_div(self.unit).is_some_and(|value| (value - self.value).abs() <= half)
    }

    /// Tells an amount or a share from a count of things.
    pub(super) fn is_amount(&self) -> bool {
        self.value.scale() > 0 || self.unit != Decimal::ONE || self.text.contains(',')
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the numbers of a text; those in names, days and months are none.
pub(super) fn figures(text: &str) -> Vec<Figure> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let begin = at;
        while at < letters.len() && (letters[at].is_ascii_digit() || matches!(letters[at], '.' | ',')) {
            at += 1;
        }
        let end = begin + letters[begin..at].iter().collect::<String>().trim_end_matches(['.', ',']).len();
        if is_name(&letters, begin, end) {
            // The rest of a name is part of it: of "2024-01-31", of "m5.2xlarge".
            while at < letters.len() && is_of_name(letters[at]) {
                at += 1;
            }
            continue;
        }
        let digits: String = letters[begin..end].iter().filter(|letter| **letter != ',').collect();
        let Ok(value) = digits.parse::<Decimal>() else { continue };
        let rest: String = letters[end..].iter().collect();
        let unit = unit(rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']));
        found.push(Figure { value, unit, text: letters[begin..end].iter().collect::<String>() });
    }
    found
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_' | '/' | ':')
}

/// Tells digits of a name, a day or a month from a number.
fn is_name(letters: &[char], begin: usize, end: usize) -> bool {
    let before: String = letters[..begin].iter().collect();
    let after = |place: usize| letters.get(end + place).copied().unwrap_or(' ');
    let joined = before.chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || "._/:".contains(letter));
    let hyphened = before.ends_with('-') && before.chars().rev().nth(1).is_some_and(char::is_alphanumeric);
    let goes_on = matches!(after(0), '-' | '/' | ':' | '_' | '.') && after(1).is_alphanumeric();
    let is_compact = matches!(after(0), 'k' | 'K' | 'M' | 'B' | 'T') && !after(1).is_alphanumeric();
    let worded = after(0).is_ascii_alphabetic() && !is_compact;
    let digits: String = letters[begin..end].iter().collect();
    let is_year = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let of_month = is_year && months.iter().any(|month| before.trim_end().ends_with(month));
    let korean = matches!(after(0), '년' | '월' | '일');
    joined || hyphened || goes_on || worded || of_month || korean
}

/// Returns what one of the units of a number is worth.
fn unit(after: &str) -> Decimal {
    let word: String = after.chars().take_while(|letter| letter.is_alphabetic() || *letter == '%').collect();
    match word.as_str() {
        "%" => Decimal::new(1, 2),
        "k" | "K" | "kB" => Decimal::ONE_THOUSAND,
        "M" | "MB" => Decimal::from(1_000_000),
        "B" | "GB" if word == "GB" || !after.starts_with("B ") => Decimal::from(1_000_000_000),
        "T" | "TB" => Decimal::from(1_000_000_000_000_u64),
        _ => Decimal::ONE,
    }
}

#[test]
fn numbers_are_read_as_they_are_rounded() {
    let read = |text: &str| figures(text).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(read("Jan 2024 cost 39,374.00 USD, 6,317.00 less (−13.8 %)."), ["39,374.00", "6,317.00", "13.8"]);
    assert_eq!(read("m5.2xlarge on 2024-01-31 in ap-northeast-2, CUR 2.0"), ["2.0"]);
    assert_eq!(read("2024년 1월 39.4k"), ["39.4"]);
    let of = |text: &str| figures(text).remove(0);
    assert!(of("13.8 %").rounds(Decimal::new(-13_826, 5)) && !of("13.8 %").rounds(Decimal::new(-1_386, 4)));
    assert!(of("39.4k").rounds(Decimal::from(39_374)) && !of("39.4k").rounds(Decimal::from(39_474)));
    assert!(!of("39,374.00").rounds(Decimal::new(3_937_401, 2)));
}
