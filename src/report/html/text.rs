//! Figures as people read them, beside the exact value.

use rust_decimal::Decimal;

use crate::{
    report::{
        sheets::{Cell, Kind},
        words::{Words, figure, signed},
    },
    units::grouped,
};

/// What a cell shows.
pub(in crate::report) struct Shown {
    /// For readers.
    pub text: String,
    /// For programs, where the text is not it: the exact number, the month, the day, the code of a word.
    pub exact: Option<String>,
    /// What the style sheet and the script must know about the cell.
    pub class: &'static str,
}

/// Writes a cell; one without a figure has no text.
pub(in crate::report) fn shown(cell: &Cell, kind: Kind, currency: &str, words: &Words) -> Shown {
    let plain = if kind == Kind::Code { "k" } else { "" };
    match cell {
        Cell::Missing => Shown { text: String::new(), exact: None, class: "m" },
        Cell::Text(text) => Shown { text: text.clone(), exact: None, class: plain },
        Cell::Word { code, name } => Shown { text: name.clone(), exact: Some(code.clone()), class: plain },
        Cell::Month(month) => Shown { text: words.month(*month), exact: Some(month.to_string()), class: "k" },
        Cell::Day(day) => Shown { text: day.to_string(), exact: Some(day.to_string()), class: "k" },
        Cell::Number(number) => {
            let (text, class) = written(*number, kind, currency, words);
            Shown { text, exact: Some(exact(*number)), class }
        }
    }
}

/// Writes a number in the way of its column.
fn written(number: Decimal, kind: Kind, currency: &str, words: &Words) -> (String, &'static str) {
    let text = match kind {
        Kind::Change => return change(number, currency),
        Kind::Money => figure(number, currency),
        Kind::Price => price(number),
        Kind::Ratio => words.percent(number),
        Kind::Quantity => signed(&grouped(number, 1)),
        Kind::Count => signed(&grouped(number, 0)),
        Kind::Text | Kind::Code | Kind::Month | Kind::Day => signed(&exact(number)),
    };
    (text, "n")
}

/// Writes a change with its sign and the class that colours it.
fn change(number: Decimal, currency: &str) -> (String, &'static str) {
    let text = figure(number, currency);
    if !text.contains(|c| matches!(c, '1'..='9')) {
        (text, "n same")
    } else if number.is_sign_negative() {
        (text, "n less")
    } else {
        (format!("+{text}"), "n more")
    }
}

/// Prices per hour keep at least four places, and more when the price list has them.
fn price(price: Decimal) -> String {
    signed(&grouped(price, price.normalize().scale().clamp(4, 6)))
}

/// Writes a number as JSON and CSV have it.
pub(super) fn exact(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Formats a number of bytes in powers of 1,000, as disks and clouds count.
pub(super) fn bytes(bytes: u64) -> String {
    let exact = Decimal::from(bytes);
    for (unit, name) in [(1_000_000_000_000_u64, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            return format!("{} {name}", grouped(exact / Decimal::from(unit), 1));
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::words::Language, units::Month};

    #[test]
    fn figures_read_well_and_keep_their_exact_value() {
        let words = Words::of(Language::English).unwrap();
        let read = |number: Decimal, kind| {
            let shown = shown(&Cell::Number(number), kind, "USD", &words);
            (shown.text, shown.exact.unwrap(), shown.class)
        };
        let read = |number, kind| {
            let (text, exact, class) = read(number, kind);
            format!("{text} | {exact} | {class}")
        };
        assert_eq!(read(Decimal::new(404_254_012, 4), Kind::Money), "40,425.40 | 40425.4012 | n");
        assert_eq!(read(Decimal::new(-1_234_560, 3), Kind::Change), "−1,234.56 | -1234.56 | n less");
        assert_eq!(read(Decimal::new(5, 1), Kind::Change), "+0.50 | 0.5 | n more");
        assert_eq!(read(Decimal::new(-1, 6), Kind::Change), "0.00 | -0.000001 | n same");
        assert_eq!(read(Decimal::new(2_784, 3), Kind::Price), "2.7840 | 2.784 | n");
        assert_eq!(read(Decimal::new(1_234_567, 6), Kind::Price), "1.234567 | 1.234567 | n");
        assert_eq!(read(Decimal::new(4_567, 4), Kind::Ratio), "45.7 % | 0.4567 | n");
        assert_eq!(read(Decimal::new(1_204_331, 0), Kind::Count), "1,204,331 | 1204331 | n");
        assert_eq!(read(Decimal::new(74_425, 2), Kind::Quantity), "744.2 | 744.25 | n");
    }

    #[test]
    fn months_and_missing_cells() {
        let words = Words::of(Language::Korean).unwrap();
        let month = shown(&Cell::Month(Month::new(2024, 1).unwrap()), Kind::Month, "USD", &words);
        assert_eq!((month.text.as_str(), month.exact.as_deref()), ("2024년 1월", Some("2024-01")));
        let missing = shown(&Cell::Missing, Kind::Money, "USD", &words);
        assert_eq!((missing.text.as_str(), missing.exact, missing.class), ("", None, "m"));
    }

    #[test]
    fn bytes_are_counted_in_thousands() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_312_094_331), "1.3 GB");
    }
}
