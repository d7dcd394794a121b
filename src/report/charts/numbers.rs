//! How a picture writes amounts: places of the currency, thousands separators, short forms.

use rust_decimal::Decimal;

use crate::{
    report::words::{Words, signed},
    units::{decimals, grouped},
};

/// How amounts are written in one chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Places that the currency has.
    places: u32,
    /// Short forms: power of ten and what stands after the figure, smallest first.
    units: Vec<(u32, String)>,
}

impl Numbers {
    /// Returns the way of a language with a currency.
    pub fn of(words: &Words, currency: &str) -> Self {
        let said = words.find(&format!("chart.compact.{currency}")).or_else(|| words.find("chart.compact.any"));
        let unit = |text: &str| {
            let (power, suffix) = text.trim().split_once(' ')?;
            Some((power.parse().ok()?, suffix.to_owned()))
        };
        let mut units: Vec<_> = said.unwrap_or_default().split(',').filter_map(unit).collect();
        units.retain(|(power, _)| (1..=15).contains(power));
        units.sort();
        Self { places: decimals(currency), units }
    }

    /// Returns the places that the currency has.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Returns what stands after figures in short forms.
    pub(super) fn suffixes(&self) -> impl Iterator<Item = &str> {
        self.units.iter().map(|(_, suffix)| suffix.as_str())
    }

    /// Writes an amount in full: without places from a thousand on where `largest` is the largest beside it.
    pub fn full(&self, amount: Decimal, largest: Decimal) -> String {
        let places = if largest.abs() >= Decimal::ONE_THOUSAND { 0 } else { self.places };
        signed(&grouped(amount, places))
    }

    /// Writes an amount for the space above a column: "45.7k".
    pub fn compact(&self, amount: Decimal) -> String {
        let size = amount.abs();
        let scaled = |power: u32| size / power_of_ten(power);
        // A figure that rounds up to the next unit is written in it: 999,999 is 1.0M.
        let unit = self.units.iter().rev().find(|(power, _)| scaled(*power) >= Decimal::new(9_995, 4));
        let (value, places, suffix) = match unit {
            None if size < Decimal::ONE_HUNDRED => (amount, self.places, ""),
            None => (amount, 0, ""),
            Some((power, suffix)) => {
                let value = amount / power_of_ten(*power);
                (value, u32::from(value.abs() < Decimal::ONE_HUNDRED), suffix.as_str())
            }
        };
        let places = if amount.is_zero() { 0 } else { places };
        format!("{}{suffix}", signed(&grouped(value, places)))
    }

    /// Writes the ticks of an axis: in full, or all in one unit when they would be long.
    pub fn ticks(&self, ticks: &[Decimal]) -> Vec<String> {
        let largest = ticks.iter().map(Decimal::abs).max().unwrap_or_default();
        let exact = |power: u32| {
            let scaled = ticks.iter().map(move |tick| (*tick / power_of_ten(power)).normalize());
            let places = scaled.clone().map(|tick| tick.scale()).max().unwrap_or_default();
            (scaled.collect::<Vec<_>>(), places)
        };
        let long = Decimal::from(10_000_000);
        if largest >= long {
            for (power, suffix) in self.units.iter().rev() {
                let (scaled, places) = exact(*power);
                if places <= 2 && scaled.iter().any(|tick| tick.abs() >= Decimal::ONE) {
                    let write = |tick: &Decimal| {
                        let text = signed(&grouped(*tick, places));
                        if tick.is_zero() { "0".to_owned() } else { text + suffix }
                    };
                    return scaled.iter().map(write).collect();
                }
            }
        }
        let (scaled, places) = exact(0);
        let places = if places == 0 { 0 } else { places.max(self.places) };
        scaled.iter().map(|tick| signed(&grouped(*tick, places))).collect()
    }
}

fn power_of_ten(power: u32) -> Decimal {
    (0..power.min(20)).fold(Decimal::ONE, |value, _| value * Decimal::TEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::words::Language;

    fn numbers(language: Language, currency: &str) -> Numbers {
        Numbers::of(&Words::of(language).unwrap(), currency)
    }

    #[test]
    fn compact_amounts_round_up_into_the_next_unit() {
        let dollars = numbers(Language::English, "USD");
        for (amount, text) in [
            ("45691", "45.7k"),
            ("999.4", "999"),
            ("999.6", "1.0k"),
            ("999999", "1.0M"),
            ("123456789", "123M"),
            ("-12.344", "−12.34"),
            ("0.01", "0.01"),
            ("0", "0"),
        ] {
            assert_eq!(dollars.compact(amount.parse().unwrap()), text, "{amount}");
        }
    }

    #[test]
    fn won_have_no_places_and_korean_units() {
        let won = numbers(Language::Korean, "KRW");
        for (amount, text) in
            [("12.4", "12"), ("9800", "9,800"), ("61400000", "6,140만"), ("123000000", "1.2억"), ("99999999", "1.0억")]
        {
            assert_eq!(won.compact(amount.parse().unwrap()), text, "{amount}");
        }
        assert_eq!(numbers(Language::English, "KRW").compact(Decimal::from(61_400_000)), "61.4M");
        assert_eq!(numbers(Language::Korean, "USD").compact(Decimal::from(61_400)), "61.4K");
    }

    #[test]
    fn ticks_are_exact_and_alike() {
        let ticks = |language, currency, ticks: &[i64]| {
            let ticks: Vec<_> = ticks.iter().map(|tick| Decimal::new(*tick, 2)).collect();
            numbers(language, currency).ticks(&ticks)
        };
        assert_eq!(ticks(Language::English, "USD", &[0, 1_000_000, 2_000_000]), ["0", "10,000", "20,000"]);
        assert_eq!(ticks(Language::English, "USD", &[0, 50, 100]), ["0.00", "0.50", "1.00"]);
        assert_eq!(ticks(Language::English, "USD", &[-2_500_000_000, 0, 2_500_000_000]), ["−25M", "0", "25M"]);
        assert_eq!(ticks(Language::Korean, "KRW", &[0, 2_500_000_000, 5_000_000_000]), ["0", "2,500만", "5,000만"]);
        assert_eq!(ticks(Language::Korean, "KRW", &[0, 5_000_000_000, 10_000_000_000]), ["0", "0.5억", "1.0억"]);
    }
}
