//! Axes: round steps around the data.

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// A range of amounts that begins and ends on a round step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: Decimal,
    high: Decimal,
    step: Decimal,
}

impl Axis {
    /// Returns the range around `low..=high` and zero, in at most `intervals` + 1 round steps of at least `finest`.
    pub(super) fn covering(low: Decimal, high: Decimal, intervals: u32, finest: Decimal) -> Self {
        let low = low.min(Decimal::ZERO);
        let high = high.max(Decimal::ZERO);
        let high = if high > low { high } else { Decimal::ONE };
        let step = round_step((high - low) / Decimal::from(intervals.max(1)), finest);
        let low = (low / step).floor() * step;
        let high = (high / step).ceil() * step;
        Self { low, high, step: step.normalize() }
    }

    /// Returns the range around `low..=high` without zero, with some room below.
    pub(super) fn above_zero(low: Decimal, high: Decimal, intervals: u32, finest: Decimal) -> Self {
        let room = (high - low) / Decimal::from(4);
        let step = round_step((high - low + room) / Decimal::from(intervals.max(1)), finest);
        let low = (((low - room) / step).floor() * step).max(Decimal::ZERO);
        Self { low, high: (high / step).ceil() * step, step: step.normalize() }
    }

    /// Returns the amounts of the ticks, smallest first.
    pub(super) fn ticks(&self) -> Vec<Decimal> {
        std::iter::successors(Some(self.low), |tick| Some(tick + self.step))
            .take_while(|tick| *tick <= self.high)
            .collect()
    }

    /// Returns the highest tick.
    pub(super) fn high(&self) -> Decimal {
        self.high
    }

    /// Returns the number of steps above zero.
    pub(super) fn steps_up(&self) -> u32 {
        (self.high / self.step).round().to_u32().unwrap_or(0)
    }

    /// Returns the axis with that many steps more above.
    pub(super) fn raised(self, steps: u32) -> Self {
        Self { high: self.high + self.step * Decimal::from(steps), ..self }
    }

    /// Returns where the amount lies: 0 at the low end, 1 at the high end.
    pub(super) fn fraction(&self, amount: Decimal) -> f64 {
        ((amount - self.low) / (self.high - self.low)).to_f64().unwrap_or(0.0)
    }
}

/// Returns the smallest of 1, 2, 2.5 or 5 times a power of ten that is a multiple of `finest` and not below `raw`.
fn round_step(raw: Decimal, finest: Decimal) -> Decimal {
    let mut power = Decimal::new(1, 12).max(finest);
    loop {
        for factor in [Decimal::new(1, 0), Decimal::new(2, 0), Decimal::new(25, 1), Decimal::new(5, 0)] {
            let step = power * factor;
            if step >= raw && (step % finest).is_zero() {
                return step;
            }
        }
        power *= Decimal::TEN;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: &str, high: &str, places: u32) -> Vec<String> {
        let axis = Axis::covering(low.parse().unwrap(), high.parse().unwrap(), 5, Decimal::new(1, places));
        axis.ticks().into_iter().map(|tick| tick.normalize().to_string()).collect()
    }

    #[test]
    fn axes_are_round_at_every_size() {
        assert_eq!(ticks("0", "45691", 2), ["0", "10000", "20000", "30000", "40000", "50000"]);
        assert_eq!(ticks("0", "0.01", 2), ["0", "0.01"]);
        assert_eq!(ticks("0", "0.11", 2), ["0", "0.05", "0.1", "0.15"]);
        assert_eq!(ticks("0", "100000000", 2).last().unwrap(), "100000000");
        assert_eq!(ticks("0", "1.2", 2), ["0", "0.25", "0.5", "0.75", "1", "1.25"]);
        assert_eq!(ticks("0", "12", 0), ["0", "5", "10", "15"]);
        assert_eq!(ticks("0", "3", 0), ["0", "1", "2", "3"]);
        assert_eq!(ticks("-120", "300", 2).first().unwrap(), "-200");
        assert_eq!(ticks("0", "0", 2).len(), 6);
    }

    #[test]
    fn fractions_run_over_the_axis() {
        let axis = Axis::covering(Decimal::new(-50, 0), Decimal::new(100, 0), 3, Decimal::ONE);
        assert!((axis.fraction(Decimal::ZERO) - 1.0 / 3.0).abs() < 1e-9);
        assert!((axis.fraction(Decimal::ONE_HUNDRED) - 1.0).abs() < 1e-9);
    }
}
