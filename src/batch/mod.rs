//! The scheduled job's decisions: which months, whether there is anything to do, what changed, which threshold is breached.
//!
//! In: a configuration, a bill's deliveries, the record of the run before. Out: what to make, and what to tell. It reads
//! no bill and writes nothing itself.

mod key;
mod message;
mod months;
mod notice;
mod record;
mod revision;
mod threshold;

pub use key::{Input, InputFile, Key, Settings, inputs};
pub use message::message;
pub use months::{Chosen, MonthChoice};
pub use notice::{NOTICE, Notice, State, Told};
pub use record::{Figure, Judged, Record, Run, Service, Total, Versions, figures, judged};
pub use revision::{Made, compare};
pub use threshold::{Metric, Outcome, Threshold};
