//! What runs by the hour: the level that always runs, the bursts above it, what planned events cost, and what a
//! commitment to the level would save.
//!
//! ```text
//! cells of a month by hour and by day ──► Course ──► bursts (baseline, peak, extra cost)
//!                                            │   └──► steady (level × rates of the price book)
//!                     calendar::Event ───────┴──────► event costs
//! ```
//!
//! Machines are grouped by product and region: within one, capacity moves between types and sizes freely, so that a level
//! of one type is no level of the service. An hour counts two ways. Its **average** is its instance hours: one machine for
//! 20 minutes is a third. Its **instances** are its line items: in a bill with resources each machine is a row of its own;
//! where a bill has fewer rows than hours it does not tell machines apart, and the count is unknown.

mod course;
mod events;
mod find;
mod steady;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

pub use course::{Course, Day, Hour, Series};
pub use events::{EventCost, event_costs, event_days};
pub use find::{BURST_MORE, BURST_SHARE, Burst, bursts};
pub use steady::{Steady, steady};

/// Returns the instant at which an hour since 1970 begins.
pub fn instant(hour: i32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(hour) * 3_600, 0).unwrap_or_default()
}

/// Returns the middle of values; of two middles their mean, cut to the places of an amount. `None` without values.
pub(crate) fn median(mut values: Vec<Decimal>) -> Option<Decimal> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(((lower + upper) / Decimal::TWO).trunc_with_scale(crate::units::SCALE))
}
