//! A version: what the index says of a file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Arrival;
use crate::pricing::Term;

/// Kinds of prices: each has files, days and versions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PriceKind {
    /// List prices, on demand.
    List,
    /// Reserved Instances.
    Reserved,
    /// Savings Plans.
    SavingsPlan,
}

impl PriceKind {
    /// Returns the kind of a term; `None` for what the table does not have.
    pub fn of(term: Term) -> Option<Self> {
        match term {
            Term::OnDemand => Some(Self::List),
            Term::Dedicated => None,
            Term::Reserved(..) => Some(Self::Reserved),
            Term::SavingsPlan(..) => Some(Self::SavingsPlan),
        }
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Reserved => "reserved",
            Self::SavingsPlan => "savings plans",
        }
    }

    /// Returns what the name of a file has behind its day.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::List => "",
            Self::Reserved => "-reserved",
            Self::SavingsPlan => "-savings-plans",
        }
    }
}

/// The prices of a kind, of a service in a region, as they were stated on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceVersion {
    /// Service as the price table calls it.
    pub service: String,
    /// Region code.
    pub region: String,
    /// Kind of prices.
    pub kind: PriceKind,
    /// Day of the newest publication in it.
    #[serde(with = "days")]
    pub as_of: NaiveDate,
    /// Codes of the offers: `AmazonEC2`.
    pub offers: Vec<String>,
    /// Version of the price list, as AWS names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offer_version: Option<String>,
    /// Where it is from.
    pub source: String,
    /// Day since which it is known to have all prices of its kind.
    #[serde(with = "days::perhaps", skip_serializing_if = "Option::is_none", default)]
    pub whole_since: Option<NaiveDate>,
    /// Days on which the source stated it, the first and each later one.
    #[serde(with = "days::list")]
    pub checked: Vec<NaiveDate>,
    /// File relative to the folder.
    pub file: String,
    /// Number of prices.
    pub rows: usize,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl PriceVersion {
    /// Describes the file of an arrival.
    pub(super) fn new(file: String, sha256: String, arrival: &Arrival, checked: NaiveDate) -> Self {
        let Arrival { sheet, kind, source, whole } = arrival;
        Self {
            service: sheet.service.clone(),
            region: sheet.region.clone(),
            kind: *kind,
            as_of: sheet.published,
            offers: sheet.offers.clone(),
            offer_version: sheet.version.clone(),
            source: source.clone(),
            whole_since: whole.then_some(sheet.published),
            checked: vec![checked],
            file,
            rows: sheet.prices.len(),
            sha256,
        }
    }

    /// Tells whether it is a version of the same prices of the same day.
    pub(super) fn is_of(&self, arrival: &Arrival) -> bool {
        let Arrival { sheet, kind, .. } = arrival;
        (&self.service, &self.region, self.kind, self.as_of) == (&sheet.service, &sheet.region, *kind, sheet.published)
    }

    /// Takes down that the source stated the same again.
    pub(super) fn confirm(&mut self, day: NaiveDate, whole: bool) {
        if !self.checked.contains(&day) {
            self.checked.push(day);
            self.checked.sort_unstable();
        }
        if whole && self.whole_since.is_none() {
            self.whole_since = Some(day);
        }
    }

    /// Returns the last day up to `by` on which the source stated it; without such a day that of the publication.
    pub fn last_checked(&self, by: Option<NaiveDate>) -> NaiveDate {
        let days = self.checked.iter().filter(|day| by.is_none_or(|by| **day <= by));
        days.max().map_or(self.as_of, |day| self.as_of.max(*day))
    }

    /// Tells whether, by the day, it was known to have all prices of its kind.
    pub(in crate::pricing) fn is_whole(&self, by: Option<NaiveDate>) -> bool {
        self.whole_since.is_some_and(|since| by.is_none_or(|by| since <= by))
    }

    /// Names the source in a price: `AWS Price List API (AmazonEC2 20261118203412)`.
    pub fn label(&self) -> String {
        let version = self.offer_version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        format!("{} ({}{version})", self.source, self.offers.join("+"))
    }
}

/// Days as text: "2026-11-18".
pub(super) mod days {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::pricing::text::date;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(in super::super) fn serialize<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        read(&String::deserialize(deserializer)?)
    }

    fn read<E: Error>(text: &str) -> Result<NaiveDate, E> {
        date(text).ok_or_else(|| E::custom(format!("\"{text}\" is not a day")))
    }

    /// Several of them.
    pub(super) mod list {
        use chrono::NaiveDate;
        use serde::{Deserialize, Deserializer, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(days: &[NaiveDate], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(days.iter().map(ToString::to_string))
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<NaiveDate>, D::Error> {
            Vec::<String>::deserialize(deserializer)?.iter().map(|text| super::read(text)).collect()
        }
    }
    /// A day that may not be known.
    pub(super) mod perhaps {
        use chrono::NaiveDate;
        use serde::{Deserialize, Deserializer, Serializer};

        #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
        pub(in super::super) fn serialize<S: Serializer>(
            day: &Option<NaiveDate>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match day {
                Some(day) => serializer.collect_str(day),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<NaiveDate>, D::Error> {
            Option::<String>::deserialize(deserializer)?.map(|text| super::read(&text)).transpose()
        }
    }
}
