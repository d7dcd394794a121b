//! Axes: round steps around the data, and amounts as labels.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::units::grouped;

/// A range of amounts that begins and ends on a round step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: Decimal,
    high: Decimal,
    step: Decimal,
}

impl Axis {
    /// Returns the range around `low..=high` and zero, in at most `intervals` + 1 round steps.
    pub(super) fn covering(low: Decimal, high: Decimal, intervals: u32) -> Self {
        let low = low.min(Decimal::ZERO);
        let high = high.max(Decimal::ZERO);
        let high = if high > low { high } else { Decimal::ONE };
        let step = round_step((high - low) / Decimal::from(intervals.max(1)));
        let low = (low / step).floor() * step;
        let high = (high / step).ceil() * step;
        Self { low, high, step: step.normalize() }
    }

    /// Returns the amounts of the ticks, smallest first.
    pub(super) fn ticks(&self) -> Vec<Decimal> {
        let mut ticks = Vec::new();
        let mut tick = self.low;
        while tick <= self.high {
            ticks.push(tick);
            tick += self.step;
        }
        ticks
    }

    /// Returns the label of a tick.
    pub(super) fn label(&self, tick: Decimal) -> String {
        minus(&grouped(tick, self.step.scale()))
    }

    /// Returns where the amount lies: 0 at the low end, 1 at the high end.
    pub(super) fn fraction(&self, amount: Decimal) -> f64 {
        ((amount - self.low) / (self.high - self.low)).to_f64().unwrap_or(0.0)
    }
}

/// Returns the smallest of 1, 2, 2.5 or 5 times a power of ten that is not below `raw`.
fn round_step(raw: Decimal) -> Decimal {
    let mut power = Decimal::new(1, 12);
    loop {
        for factor in [Decimal::new(1, 0), Decimal::new(2, 0), Decimal::new(25, 1), Decimal::new(5, 0)] {
            if power * factor >= raw {
                return power * factor;
            }
        }
        power *= Decimal::TEN;
    }
}

/// Formats an amount for the space above a column: "45.7k".
pub(super) fn compact(amount: Decimal) -> String {
    let size = amount.abs();
    let (divisor, suffix) = match () {
        () if size >= Decimal::new(9_995, 1) * Decimal::new(1_000_000, 0) => (1_000_000_000, "B"),
        () if size >= Decimal::new(9_995, 1) * Decimal::new(1_000, 0) => (1_000_000, "M"),
        () if size >= Decimal::new(9_995, 1) => (1_000, "k"),
        () => (1, ""),
    };
    let scaled = amount / Decimal::from(divisor);
    let places = match scaled.abs() {
        size if size.is_zero() => 0,
        size if suffix.is_empty() && size < Decimal::ONE => 3,
        size if suffix.is_empty() && size < Decimal::ONE_HUNDRED => 2,
        size if !suffix.is_empty() && size < Decimal::ONE_HUNDRED => 1,
        _ => 0,
    };
    format!("{}{suffix}", minus(&grouped(scaled, places)))
}

/// Returns the decimal places that tell amounts of this size apart.
pub(super) fn places_for(largest: Decimal) -> u32 {
    match largest.abs() {
        size if size >= Decimal::ONE_THOUSAND => 0,
        size if size >= Decimal::ONE => 2,
        _ => 4,
    }
}

/// Writes a real minus sign, which is as wide as a digit.
pub(super) fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: &str, high: &str) -> Vec<String> {
        let axis = Axis::covering(low.parse().unwrap(), high.parse().unwrap(), 5);
        axis.ticks().into_iter().map(|tick| axis.label(tick)).collect()
    }

    #[test]
    fn axes_are_round_at_every_size() {
        assert_eq!(labels("0", "45691"), ["0", "10,000", "20,000", "30,000", "40,000", "50,000"]);
        assert_eq!(labels("0", "0.01"), ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010"]);
        assert_eq!(labels("0", "100000000").last().unwrap(), "100,000,000");
        assert_eq!(labels("0", "1.2"), ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]);
        assert_eq!(labels("-120", "300").first().unwrap(), "−200");
        assert_eq!(labels("0", "0").len(), 6);
    }

    #[test]
    fn fractions_run_over_the_axis() {
        let axis = Axis::covering(Decimal::new(-50, 0), Decimal::new(100, 0), 3);
        assert!((axis.fraction(Decimal::ZERO) - 1.0 / 3.0).abs() < 1e-9);
        assert!((axis.fraction(Decimal::ONE_HUNDRED) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn compact_amounts_round_up_into_the_next_unit() {
        let compact = |text: &str| super::compact(text.parse().unwrap());
        assert_eq!(compact("45691"), "45.7k");
        assert_eq!(compact("999.6"), "1.0k");
        assert_eq!(compact("999999"), "1.0M");
        assert_eq!(compact("123456789"), "123M");
        assert_eq!(compact("-12.344"), "−12.34");
        assert_eq!(compact("0.01"), "0.010");
        assert_eq!(compact("0"), "0");
    }
}
