//! From the doubles of a bill to exact decimals.
//!
//! AWS computes with decimals and writes doubles. The decimal it meant is the shortest one that reads back as the same
//! double, so `0.1` becomes 0.1 and not 0.1000000000000000055. Places beyond the 12th are rounded half to even.

use crate::units::SCALE;

/// Scale factor of the canonical amounts.
const UNIT: f64 = 1e12;

/// Below this the product with [`UNIT`] keeps every one of the 12 places in a double's 53 bits, with two to spare.
const EXACT_BELOW: f64 = 2_048.0;

/// 1.5 × 2^52: doubles of this size are whole numbers.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// Returns the amount in units of 10^-12, or `None` when it is not a number or out of range.
pub(crate) fn scaled_from_f64(value: f64) -> Option<i128> {
    if value.abs() < EXACT_BELOW {
        // Adding 1.5 × 2^52 leaves the nearest whole number, ties to even, in the low bits of the sum.
        let product = value * UNIT;
        let sum = product + SHIFT;
        // The double is off the decimal that was meant by 2^-53 of it at most, and the product by as much again: only a
        // tie that lies nearer than that can be decided wrongly.
        if (product - (sum - SHIFT)).abs() + product.abs() * f64::EPSILON < 0.5 {
            return Some(i128::from(sum.to_bits().cast_signed() - SHIFT.to_bits().cast_signed()));
        }
    }
    if !value.is_finite() {
        return None;
    }
    scaled_from_text(&format!("{value:e}"))
}

/// Returns the decimal that the text spells in units of 10^-12; accepts a sign and an exponent.
pub(crate) fn scaled_from_text(text: &str) -> Option<i128> {
    let text = text.trim();
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let shift = i32::try_from(SCALE).ok()?.checked_sub(places)?;
    let scaled = if shift >= 0 {
        value.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
    } else {
        match 10_i128.checked_pow(u32::try_from(-shift).ok()?) {
            Some(divisor) => divided_half_even(value, divisor),
            None => 0,
        }
    };
    Some(if negative { -scaled } else { scaled })
}

/// Divides a non-negative number, rounding half to even.
fn divided_half_even(value: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (value / divisor, value % divisor);
    let up = match (remainder * 2).cmp(&divisor) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Less => false,
    };
    quotient + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_become_the_decimal_that_was_meant() {
        for (value, expected) in [
            (0.1, 100_000_000_000),
            (-0.000_000_040_0, -40_000),
            (1.23456e-8, 12_346),
            (4_064.483_131_54, 4_064_483_131_540_000),
            (2_047.999_999_999_999, 2_047_999_999_999_999),
            (123_456_789.123_456_78, 123_456_789_123_456_780_000),
            (1e15, 10_i128.pow(27)),
            (0.0, 0),
            (-0.0, 0),
            (1e-300, 0),
            (0.000_000_000_002_5, 2),
            (0.000_000_000_003_5, 4),
            (-2_047.999_999_999_999, -2_047_999_999_999_999),
            // More than 12 places near a tie: the shortest text decides.
            (1_989.979_957_783_962_6, 1_989_979_957_783_963),
            (0.503_150_708_513_5, 503_150_708_514),
        ] {
            assert_eq!(scaled_from_f64(value), Some(expected), "{value}");
        }
        assert_eq!(scaled_from_f64(f64::NAN), None);
        assert_eq!(scaled_from_f64(f64::INFINITY), None);
    }

    #[test]
    fn the_two_ways_agree_where_they_meet() {
        let mut value = 0.000_000_000_7_f64;
        while value < EXACT_BELOW {
            let ten_places = (value * 1e10).round() / 1e10;
            assert_eq!(scaled_from_f64(ten_places), scaled_from_text(&format!("{ten_places:e}")), "{ten_places}");
            value *= 1.37;
        }
    }

    #[test]
    fn text_amounts_parse_exactly() {
        assert_eq!(scaled_from_text("0.0960000000"), Some(96_000_000_000));
        assert_eq!(scaled_from_text("-7.0E-8"), Some(-70_000));
        assert_eq!(scaled_from_text("5e-13"), Some(0));
        assert_eq!(scaled_from_text("15e-13"), Some(2));
        assert_eq!(scaled_from_text("1.5E3"), Some(1_500_000_000_000_000));
        for wrong in ["", "-", "1.2.3", "abc", "1e", "No Upfront"] {
            assert_eq!(scaled_from_text(wrong), None, "{wrong}");
        }
    }
}
