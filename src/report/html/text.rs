//! Figures as people read them.

use rust_decimal::Decimal;

use crate::units::grouped;

pub(super) fn amount(amount: Decimal) -> String {
    signless(&grouped(amount, 2))
}

/// Prices per hour keep at least four places, and more when the price list has them.
pub(super) fn price(price: Decimal) -> String {
    grouped(price, price.normalize().scale().clamp(4, 6))
}

pub(super) fn count(number: usize) -> String {
    grouped(Decimal::from(number), 0)
}

pub(super) fn known(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Writes a real minus sign instead of a hyphen.
pub(super) fn signless(text: &str) -> String {
    text.replace('-', "−")
}

/// Formats a number of bytes in powers of 1,000, as disks and clouds count.
pub(super) fn bytes(bytes: u64) -> String {
    let exact = Decimal::from(bytes);
    for (unit, name) in [(1_000_000_000_000_u64, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            return format!("{} {name}", grouped(exact / Decimal::from(unit), 1));
        }
    }
    format!("{bytes} bytes")
}
