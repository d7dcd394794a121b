//! Units and their spelling: the billing month, and exact decimal money with a fixed scale.
//!
//! Everything that is summed is a decimal with [`SCALE`] places, never a float: the same input gives
//! the same bytes, whatever the order of addition.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::error::{Error, Result};

/// Decimal places of every amount of money and of usage: AWS prints at most 10, quotients get 12.
pub const SCALE: u32 = 12;

/// Precision of the Arrow type that carries amounts.
pub const PRECISION: u8 = 38;

/// A billing month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl<'de> serde::Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Month {
    /// Returns the month, or `None` when `month` is not 1 to 12 or the year is out of range.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, 1).map(|_| Self { year, month })
    }

    /// Returns the month that contains the day.
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// Returns the month that contains the day given in days since 1970-01-01 (Arrow `Date32`).
    pub fn from_date32(days: i32) -> Option<Self> {
        let day = NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::Duration::days(i64::from(days)))?;
        Some(Self::of(day))
    }

    /// Returns the first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MIN)
    }

    /// Returns the first day as days since 1970-01-01 (Arrow `Date32`).
    pub fn to_date32(self) -> i32 {
        let days = self.first_day().signed_duration_since(NaiveDate::default()).num_days();
        i32::try_from(days).unwrap_or(i32::MIN)
    }

    /// Returns the following month.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { year: self.year, month: self.month + 1 }
        }
    }

    /// Returns the number of hours of the month (UTC has no daylight saving).
    pub fn hours(self) -> u32 {
        let days = self.next().first_day().signed_duration_since(self.first_day()).num_days();
        u32::try_from(days * 24).unwrap_or(0)
    }

    /// Returns the name as people write it in English: "May 2023".
    pub fn label(self) -> String {
        const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        format!("{} {}", NAMES[self.month as usize - 1], self.year)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.split_once('-').and_then(|(year, month)| {
            let well_formed = year.len() == 4 && (1..=2).contains(&month.len());
            well_formed.then(|| Month::new(year.parse().ok()?, month.parse().ok()?))?
        });
        parsed.ok_or_else(|| Error::usage(format!("\"{text}\" is not a month")).hint("write a month as 2024-01"))
    }
}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Rounds to [`SCALE`] places, half to even.
pub fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven)
}

/// Returns the amount as an integer count of 10^-[`SCALE`], as Arrow's `Decimal128(38, 12)` stores it.
pub fn to_scaled(amount: Decimal) -> i128 {
    let mut exact = rounded(amount);
    exact.rescale(SCALE);
    exact.mantissa()
}

/// Returns the amount that Arrow's `Decimal128(38, 12)` stores as `scaled`.
///
/// # Errors
/// When the amount has more than 28 digits, which no bill has.
pub fn from_scaled(scaled: i128) -> Result<Decimal> {
    Decimal::try_from_i128_with_scale(scaled, SCALE)
        .map_err(|_| Error::runtime(format!("an amount of {scaled}e-{SCALE} is out of range")))
}

/// Formats an amount with thousands separators and a fixed number of places, never "-0.00".
///
/// ```
/// use rust_decimal::Decimal;
/// assert_eq!(gravimeter::units::grouped(Decimal::new(45_691_005, 3), 2), "45,691.00");
/// assert_eq!(gravimeter::units::grouped(Decimal::new(-1, 9), 2), "0.00");
/// ```
pub fn grouped(amount: Decimal, places: u32) -> String {
    let rounded = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
    let text = format!("{:.*}", places as usize, rounded.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    if rounded.is_sign_negative() && !rounded.is_zero() {
        out.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Formats money with its currency: "45,691.00 USD".
pub fn money(amount: Decimal, currency: &str) -> String {
    format!("{} {currency}", grouped(amount, decimals(currency)))
}

/// Returns the decimal places that amounts of a currency have (ISO 4217).
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Formats a ratio as per cent with one place: 0.4567 → "45.7 %".
pub fn percent(ratio: Decimal) -> String {
    format!("{} %", grouped(ratio * Decimal::ONE_HUNDRED, 1))
}

/// Divides, or returns `None` when the denominator is zero: unknown is not zero.
pub fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole.is_zero() { None } else { part.checked_div(whole).map(rounded) }
}

/// Exact amounts as JSON strings without trailing zeros, and back.
pub mod text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, de::Error};

    /// Reads an amount from a string.
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("\"{text}\" is no amount")))
    }

    /// Writes the amount as a string.
    pub fn serialize<S: serde::Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&amount.normalize())
    }
}

/// Optional exact amounts as JSON strings or null, and back.
pub mod opt_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, de::Error};

    /// Reads an amount from a string, an unknown one from null.
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| text.parse().map_err(|_| D::Error::custom(format!("\"{text}\" is no amount")));
        text.map(read).transpose()
    }

    /// Writes the amount as a string, an unknown one as null.
    pub fn serialize<S: serde::Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match amount {
            Some(amount) => serializer.collect_str(&amount.normalize()),
            None => serializer.serialize_none(),
        }
    }
}

/// Serializes days as ISO 8601 text.
pub mod day_text {
    use chrono::NaiveDate;

    /// Writes a day.
    pub fn serialize<S: serde::Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    /// Writes a day, an unknown one as null.
    pub fn optional<S: serde::Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => serializer.collect_str(day),
            None => serializer.serialize_none(),
        }
    }

    /// Writes the first and the last day as a pair, an unknown range as null.
    pub fn range<S: serde::Serializer>(
        range: &Option<(NaiveDate, NaiveDate)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match range {
            Some((first, last)) => serializer.collect_seq([first.to_string(), last.to_string()]),
            None => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_parse_and_print() {
        let month: Month = "2023-12".parse().unwrap();
        assert_eq!(month.next().to_string(), "2024-01");
        assert_eq!(month.label(), "Dec 2023");
        assert_eq!(Month::from_date32(month.to_date32()), Some(month));
        assert_eq!("2024-2".parse::<Month>().unwrap().hours(), 29 * 24);
        for wrong in ["2024", "2024-13", "24-01", "2024-001", "x"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn scaled_amounts_round_trip() {
        let amount = Decimal::from_str("4064.48313154").unwrap();
        assert_eq!(to_scaled(amount), 4_064_483_131_540_000);
        assert_eq!(from_scaled(to_scaled(amount)).unwrap(), amount);
        assert_eq!(to_scaled(Decimal::from_str("0.0000000000005").unwrap()), 0);
        assert_eq!(to_scaled(Decimal::from_str("0.0000000000015").unwrap()), 2);
    }
}
