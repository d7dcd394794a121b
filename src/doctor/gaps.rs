//! Holes in the data: hours or days between the first and the last usage in which none begins.

use chrono::{DateTime, Duration, DurationRound, Utc};

/// A run of steps without usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    /// Begin of the first step without usage.
    pub from: DateTime<Utc>,
    /// Begin of the next step with usage.
    pub to: DateTime<Utc>,
}

impl Gap {
    /// Returns the hours it lasts.
    pub(super) fn hours(&self) -> i64 {
        (self.to - self.from).num_hours()
    }

    /// Returns the whole days within it.
    pub(super) fn whole_days(&self) -> i64 {
        let day = Duration::days(1);
        let first = match self.from.duration_trunc(day) {
            Ok(start) if start == self.from => start,
            Ok(start) => start + day,
            Err(_) => return 0,
        };
        (self.to - first).num_days().max(0)
    }
}

/// Finds the gaps; `hours` are the begins of usage, in order. Steps are hours, or days for an export by the day.
pub(super) fn gaps(hours: &[DateTime<Utc>], hourly: bool) -> Vec<Gap> {
    let step = if hourly { Duration::hours(1) } else { Duration::days(1) };
    let mut begins: Vec<DateTime<Utc>> = hours.iter().filter_map(|hour| hour.duration_trunc(step).ok()).collect();
    begins.sort_unstable();
    begins.dedup();
    let pairs = begins.windows(2).filter(|pair| pair[1] - pair[0] > step);
    pairs.map(|pair| Gap { from: pair[0] + step, to: pair[1] }).collect()
}
