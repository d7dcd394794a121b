//! Exact amounts: the decimal that a double or a text spells, counted in units of 10^-12.
//!
//! A double stands for the shortest decimal that reads back as the same double. Amounts with more than 12 places are
//! rounded half to even, each line item by itself; how many were is counted, because that is the only place where two
//! exact engines may differ: by one unit for each of them.

use std::fmt::Write;

use rust_decimal::Decimal;

use crate::units::{SCALE, to_scaled};

/// A sum of amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// The sum in units of 10^-12.
    pub units: i128,
    /// How many doubles in it had more than 12 places.
    pub roundings: u64,
}

impl Amount {
    /// Adds the other; `None` when the sum is out of range, which no bill reaches.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let units = self.units.checked_add(other.units)?;
        Some(Self { units, roundings: self.roundings + other.roundings })
    }

    /// Takes the other away.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { units: other.units.checked_neg()?, roundings: other.roundings })
    }

    /// Returns this amount times `part` ÷ `whole`, rounded half away from zero; `None` when `whole` is 0.
    pub(super) fn share(self, part: Self, whole: Self) -> Option<Self> {
        let product = self.units.checked_mul(part.units)?;
        let (quotient, rest) = (product.checked_div(whole.units)?, product.checked_rem(whole.units)?);
        let away = if product.signum() == whole.units.signum() { 1 } else { -1 };
        let up = rest.unsigned_abs() >= whole.units.unsigned_abs() - rest.unsigned_abs();
        let units = if rest != 0 && up { quotient + away } else { quotient };
        Some(Self { units, roundings: self.roundings + part.roundings + whole.roundings + 1 })
    }
}

impl From<Decimal> for Amount {
    fn from(amount: Decimal) -> Self {
        Self { units: to_scaled(amount), roundings: 0 }
    }
}

/// Spells doubles; it keeps its buffer, for there are many.
#[derive(Debug, Default)]
pub(super) struct Speller {
    text: String,
}

impl Speller {
    /// Returns the decimal that the double stands for; `None` when it is not a number or out of range.
    pub(super) fn double(&mut self, value: f64) -> Option<Amount> {
        if value == 0.0 {
            return Some(Amount::default());
        }
        self.text.clear();
        write!(self.text, "{value:e}").ok()?;
        let (units, rounded) = spelled(&self.text)?;
        Some(Amount { units, roundings: u64::from(rounded) })
    }
}

/// Returns the decimal that a text spells; `None` when it spells none.
///
/// The text is the amount itself, not a picture of one in binary: its rounding leaves nothing open.
pub(super) fn of_text(text: &str) -> Option<Amount> {
    let (units, _) = spelled(text.trim_matches([' ', '\t', '\r']))?;
    Some(Amount { units, roundings: 0 })
}

/// Reads `[sign] digits [. digits] [e exponent]` into units, and tells whether places were cut off.
fn spelled(text: &str) -> Option<(i128, bool)> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let unsigned = number.strip_prefix(['+', '-']).unwrap_or(number);
    let point = unsigned.find('.').unwrap_or(unsigned.len());
    let digits: Vec<u8> = unsigned.bytes().filter(|byte| *byte != b'.').collect();
    let one_point = unsigned.len() - digits.len() <= 1;
    if digits.is_empty() || !one_point || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // How many of the digits stand before the place where units end.
    let kept = i64::try_from(point).ok()?.checked_add(exponent)?.checked_add(i64::from(SCALE))?;
    let (whole, cut) = digits.split_at(usize::try_from(kept.max(0)).ok()?.min(digits.len()));
    let mut units: i128 = 0;
    for digit in whole {
        units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    if units != 0 {
        for _ in digits.len()..usize::try_from(kept).unwrap_or(0) {
            units = units.checked_mul(10)?;
        }
    }
    let cut_off = cut.iter().any(|digit| *digit != b'0');
    // Digits that stand far behind the units, with zeros in between, never round up.
    let round_up = kept >= 0
        && match cut.split_first() {
            Some((b'5', rest)) => rest.iter().any(|digit| *digit != b'0') || units % 2 == 1,
            Some((first, _)) => *first > b'5',
            None => false,
        };
    units += i128::from(round_up);
    Some((if number.starts_with('-') { -units } else { units }, cut_off))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> Option<(i128, u64)> {
        Speller::default().double(value).map(|amount| (amount.units, amount.roundings))
    }

    #[test]
    fn doubles_are_the_shortest_decimal_that_reads_back() {
        for (value, units, roundings) in [
            (0.0, 0, 0),
            (-0.0, 0, 0),
            (0.1, 100_000_000_000, 0),
            (-7e-8, -70_000, 0),
            (4_064.483_131_54, 4_064_483_131_540_000, 0),
            (123_456_789.123_456_78, 123_456_789_123_456_780_000, 0),
            (1e15, 10_i128.pow(27), 0),
            (1e-300, 0, 1),
            (5e-13, 0, 1),
            (6e-13, 1, 1),
            (5e-14, 0, 1),
            (9e-14, 0, 1),
            (-1.5e-12, -2, 1),
            // A product with 10^12 in doubles gives …962 here: the decimal ends in 9626.
            (1_989.979_957_783_962_6, 1_989_979_957_783_963, 1),
            (0.503_150_708_513_5, 503_150_708_514, 1),
        ] {
            assert_eq!(double(value), Some((units, roundings)), "{value}");
        }
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(double(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_read_as_they_stand() {
        for (text, units) in [
            ("0.0960000000", 96_000_000_000),
            ("-7.0E-8", -70_000),
            ("+1.5e3", 1_500_000_000_000_000),
            (" .5\r", 500_000_000_000),
            ("12.", 12_000_000_000_000),
            ("0.0000000000015", 2),
            ("0e9999", 0),
        ] {
            assert_eq!(of_text(text).map(|amount| amount.units), Some(units), "{text}");
        }
        for wrong in ["", "-", ".", "1.2.3", "--1", "1e", "1e5x", "NaN", "1,5", "No Upfront"] {
            assert_eq!(of_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        let amount = |units| Amount { units, roundings: 0 };
        for (whole, part, of, expected) in [(3, 1, 2, 2), (-3, 1, 2, -2), (3, 1, -2, -2), (10, 1, 3, 3), (11, 1, 3, 4)]
        {
            assert_eq!(amount(whole).share(amount(part), amount(of)).unwrap().units, expected, "{whole}·{part}/{of}");
        }
        assert_eq!(amount(1).share(amount(1), amount(0)), None);
        assert_eq!(amount(i128::MAX).share(amount(2), amount(1)), None);
    }
}
