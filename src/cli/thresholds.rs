//! What becomes of thresholds: a breached one ends with exit code 4, one that nobody can judge with a warning.

use super::{args::Global, talk};
use crate::{
    batch::Judged,
    error::{Error, Kind, Result},
    units::Month,
};

/// Says which thresholds the figures of a month breach.
///
/// # Errors
/// When they breach one.
pub(super) fn check(global: &Global, month: Month, judged: &[Judged]) -> Result<()> {
    for threshold in judged.iter().filter(|judged| judged.outcome == "unknown") {
        talk(
            global,
            &format!("warning: {month}: nobody can tell about {}: the figure is not known", threshold.threshold),
        );
    }
    let breached: Vec<String> =
        judged.iter().filter(|judged| judged.outcome == "breached").map(ToString::to_string).collect();
    if breached.is_empty() {
        return Ok(());
    }
    Err(Error::new(Kind::Breached, format!("{month} is beyond its limits: {}", breached.join("; ")))
        .hint("the report is written and says why"))
}
