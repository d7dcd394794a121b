//! Thresholds: what `--fail-on 'mom>10%'` means, and whether the figures of a report breach it.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result, nearest_first},
    units::{grouped, percent},
};

/// A figure of the report that can be held against a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Change of the bill against the month before, as a ratio, on the basis of the report.
    Mom,
    /// The bill of the month, on the basis of the report.
    Bill,
    /// What the bill falls by if every move is made now.
    UnlockedSaving,
    /// What waits for the end of commitments.
    LockedSaving,
    /// What the moves save at list price.
    ListSaving,
    /// What Graviton saved in the month.
    RealizedSaving,
    /// Share of the usage that commitments can cover which they do cover.
    Coverage,
    /// Share of the commitments that was used.
    Utilization,
    /// What commitments save of the list cost.
    EffectiveSavingsRate,
    /// Commitment paid for and not used.
    UnusedCommitment,
    /// Graviton's share of the compute cost.
    GravitonShare,
    /// Share of the compute cost whose verdict is unpriced or unknown.
    UnpricedShare,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 12] = [
        Self::Mom,
        Self::Bill,
        Self::UnlockedSaving,
        Self::LockedSaving,
        Self::ListSaving,
        Self::RealizedSaving,
        Self::Coverage,
        Self::Utilization,
        Self::EffectiveSavingsRate,
        Self::UnusedCommitment,
        Self::GravitonShare,
        Self::UnpricedShare,
    ];

    /// Returns its name in thresholds and in the run record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mom => "mom",
            Self::Bill => "bill",
            Self::UnlockedSaving => "unlocked_saving",
            Self::LockedSaving => "locked_saving",
            Self::ListSaving => "list_saving",
            Self::RealizedSaving => "realized_saving",
            Self::Coverage => "coverage",
            Self::Utilization => "utilization",
            Self::EffectiveSavingsRate => "effective_savings_rate",
            Self::UnusedCommitment => "unused_commitment",
            Self::GravitonShare => "graviton_share",
            Self::UnpricedShare => "unpriced_share",
        }
    }

    /// Tells whether it is a ratio; the others are money.
    pub fn is_ratio(self) -> bool {
        matches!(
            self,
            Self::Mom
                | Self::Coverage
                | Self::Utilization
                | Self::EffectiveSavingsRate
                | Self::GravitonShare
                | Self::UnpricedShare
        )
    }

    /// Writes a value for people: "12.5 %", "1,234.50".
    pub fn shown(self, value: Decimal) -> String {
        if self.is_ratio() { percent(value) } else { grouped(value, 2) }
    }
}

/// How a figure is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Comparison {
    /// The spellings; those of two characters first.
    const ALL: [(&'static str, Self); 4] =
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::Above), ("<", Self::Below)];

    fn holds(self, value: Decimal, limit: Decimal) -> bool {
        match self {
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

/// A condition under which the job ends with exit code 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    metric: Metric,
    comparison: Comparison,
    limit: Decimal,
    text: String,
}

impl FromStr for Threshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::usage(format!("\"{text}\" is no threshold: {why}"))
                .hint("write it as mom>10%, unlocked_saving>1000 or coverage<70%")
        };
        let found = Comparison::ALL.iter().find_map(|(sign, comparison)| {
            let (name, limit) = text.split_once(sign)?;
            Some((name.trim(), *comparison, limit.trim()))
        });
        let (name, comparison, limit) = found.ok_or_else(|| wrong("it has no >, >=, < or <="))?;
        let metric = Metric::ALL.into_iter().find(|metric| metric.as_str() == name).ok_or_else(|| {
            let near = nearest_first(name, Metric::ALL.map(|metric| (metric.as_str(), metric.as_str())));
            wrong(&format!("there is no figure \"{name}\"")).hint(format!("the figures are {}", near.join(", ")))
        })?;
        let (digits, is_percent) = match limit.strip_suffix('%') {
            Some(digits) => (digits.trim(), true),
            None => (limit, false),
        };
        let number: Decimal = digits.parse().map_err(|_| wrong(&format!("\"{limit}\" is no number")))?;
        let limit = match (metric.is_ratio(), is_percent) {
            (true, true) => number / Decimal::ONE_HUNDRED,
            (false, true) => return Err(wrong(&format!("{name} is an amount of money, not a share"))),
            // Nobody who writes coverage<70 means 7,000 per cent.
            (true, false) if number.abs() > Decimal::ONE => {
                return Err(wrong(&format!("{name} is a share: write {number}%")));
            }
            (_, false) => number,
        };
        let text = text.split_whitespace().collect::<String>();
        Ok(Self { metric, comparison, limit, text })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What became of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The figure is within the limit.
    Kept,
    /// The figure is beyond it.
    Breached(Decimal),
    /// The figure is not known, so nobody can tell.
    Unknown,
}

impl Threshold {
    /// Returns the figure that it limits.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Holds the figure against the limit.
    pub fn judge(&self, value: Option<Decimal>) -> Outcome {
        match value {
            None => Outcome::Unknown,
            Some(value) if self.comparison.holds(value, self.limit) => Outcome::Breached(value),
            Some(_) => Outcome::Kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn judged(threshold: &str, value: &str) -> Outcome {
        threshold.parse::<Threshold>().unwrap().judge(Some(value.parse().unwrap()))
    }

    #[test]
    fn limits_are_exact() {
        let breached = |value: &str| Outcome::Breached(value.parse().unwrap());
        assert_eq!(judged("mom>10%", "0.1"), Outcome::Kept);
        assert_eq!(judged("mom>10%", "0.1000000001"), breached("0.1000000001"));
        assert_eq!(judged("mom >= 10 %", "0.1"), breached("0.1"));
        assert_eq!(judged("coverage<70%", "0.7"), Outcome::Kept);
        assert_eq!(judged("coverage<=0.7", "0.7"), breached("0.7"));
        assert_eq!(judged("unlocked_saving>1000", "1000.01"), breached("1000.01"));
        assert_eq!(judged("mom<-5%", "-0.051"), breached("-0.051"));
    }

    #[test]
    fn what_is_unknown_breaches_nothing_and_keeps_nothing() {
        assert_eq!("mom>10%".parse::<Threshold>().unwrap().judge(None), Outcome::Unknown);
    }

    #[test]
    fn wrong_ones_are_refused_with_a_way_out() {
        for (wrong, why) in [
            ("mom", "no >"),
            ("momm>10%", "no figure"),
            ("mom>ten%", "no number"),
            ("bill>10%", "money"),
            ("coverage<70", "write 70%"),
        ] {
            let error = wrong.parse::<Threshold>().unwrap_err();
            assert!(error.kind() == Kind::Usage && error.to_string().contains(why), "{wrong}: {error}");
        }
        let error = "unlocked_savings>1".parse::<Threshold>().unwrap_err();
        assert!(error.hints()[1].contains("the figures are unlocked_saving,"), "{:?}", error.hints());
    }

    #[test]
    fn every_metric_has_a_name_of_its_own() {
        for metric in Metric::ALL {
            let limit = if metric.is_ratio() { "5%" } else { "5" };
            let threshold: Threshold = format!("{}>{limit}", metric.as_str()).parse().unwrap();
            assert_eq!(threshold.metric(), metric);
            assert_eq!(serde_json::to_string(&metric).unwrap(), format!("\"{}\"", metric.as_str()));
        }
    }
}
