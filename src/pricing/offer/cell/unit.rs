//! Units: one spelling in the price table, several in price lists.

use crate::pricing::offer::attributes::squeezed;

/// What is counted, as the price table spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pricing::offer) enum Unit {
    /// Hours of an instance, a vCPU or a gigabyte.
    Hours,
    /// Gigabytes of memory for a second.
    GbSeconds,
    /// Requests, messages, minutes of a connection.
    Requests,
    /// Minutes of a build.
    Minutes,
    /// Seconds of a build.
    Seconds,
    /// Gigabytes.
    Gigabytes,
    /// Capacity units of a load balancer for an hour.
    LcuHours,
    /// Processing units of a warehouse for an hour.
    RpuHours,
    /// Gigabytes of a serverless cache for an hour.
    GbHours,
    /// Processing units of a serverless cache.
    ProcessingUnits,
    /// Whatever the item says.
    Any,
}

impl Unit {
    /// Returns the spelling of the price table.
    pub(in crate::pricing::offer) fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "Hrs",
            Self::GbSeconds => "GB-Second",
            Self::Requests => "Request",
            Self::Minutes => "min",
            Self::Seconds => "sec",
            Self::Gigabytes => "GB",
            Self::LcuHours => "LCU-Hrs",
            Self::RpuHours => "RPU-Hr",
            Self::GbHours => "GB-Hours",
            Self::ProcessingUnits => "ElastiCacheProcessingUnit",
            Self::Any => "unit",
        }
    }

    /// Tells whether a price list means this unit: "hours" for `Hrs`, "Lambda-GB-Second" for `GB-Second`.
    pub(in crate::pricing::offer) fn is(self, listed: &str) -> bool {
        let ends: &[&str] = match self {
            Self::Hours => &["hr", "hrs", "hour", "hours"],
            Self::GbSeconds => &["second", "seconds"],
            Self::Requests => &["request", "requests", "message", "messages", "minute", "minutes"],
            Self::Minutes => &["min", "mins", "minute", "minutes"],
            Self::Seconds => &["sec", "secs", "second", "seconds"],
            Self::Gigabytes => &["gb"],
            Self::LcuHours => &["lcuhr", "lcuhrs", "lcuhour", "lcuhours"],
            Self::RpuHours => &["rpuhr", "rpuhrs", "rpuhour", "rpuhours"],
            Self::GbHours => &["gbhr", "gbhrs", "gbhour", "gbhours"],
            Self::ProcessingUnits => &["processingunit", "processingunits"],
            Self::Any => &[""],
        };
        let listed = squeezed(listed);
        let is_capacity = self == Self::Hours && (listed.starts_with("lcu") || listed.starts_with("rpu"));
        !is_capacity && ends.iter().any(|end| listed.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_price_lists_are_understood() {
        for (unit, listed) in [
            (Unit::Hours, "Hrs"),
            (Unit::Hours, "hours"),
            (Unit::GbSeconds, "Lambda-GB-Second"),
            (Unit::GbSeconds, "Second"),
            (Unit::Requests, "Requests"),
            (Unit::LcuHours, "LCU-Hrs"),
            (Unit::GbHours, "GB-Hours"),
            (Unit::ProcessingUnits, "ElastiCacheProcessingUnits"),
            (Unit::Any, "GB"),
        ] {
            assert!(unit.is(listed), "{listed}");
        }
        for (unit, listed) in [(Unit::Hours, "Quantity"), (Unit::Hours, "LCU-Hrs"), (Unit::Requests, "GB")] {
            assert!(!unit.is(listed), "{listed}");
        }
    }
}
