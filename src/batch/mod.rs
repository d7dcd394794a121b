//! The scheduled job's decisions: which months, whether there is anything to do, what changed, which threshold is breached.
//!
//! In: a configuration, a bill's deliveries, the record of the run before. Out: what to make, and what to tell. It reads
//! no bill and writes nothing itself.

mod months;
mod threshold;

pub use months::{Chosen, MonthChoice};
pub use threshold::{Metric, Outcome, Threshold};
