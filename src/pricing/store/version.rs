//! A version: what the index says of a file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Arrival;
use crate::pricing::{Sheet, Term};

/// Kinds of prices that are stated together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kinds {
    /// By the unit.
    OnDemand,
    /// Reserved Instances.
    Reserved,
    /// Savings Plans.
    SavingsPlan,
}

impl Kinds {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OnDemand, Self::Reserved, Self::SavingsPlan];

    /// Returns the kind of a term.
    pub fn of(term: Term) -> Self {
        match term {
            Term::OnDemand | Term::Dedicated => Self::OnDemand,
            Term::Reserved(..) => Self::Reserved,
            Term::SavingsPlan(..) => Self::SavingsPlan,
        }
    }
}

/// The prices of a service in a region, as they were stated on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceVersion {
    /// Service as the price table calls it.
    pub service: String,
    /// Region code.
    pub region: String,
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
    /// Kinds of prices of which it has all.
    pub whole: Vec<Kinds>,
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
        let Arrival { sheet, source, whole } = arrival;
        Self {
            service: sheet.service.clone(),
            region: sheet.region.clone(),
            as_of: sheet.published,
            offers: sheet.offers.clone(),
            offer_version: sheet.version.clone(),
            source: source.clone(),
            whole: whole.clone(),
            checked: vec![checked],
            file,
            rows: sheet.prices.len(),
            sha256,
        }
    }

    /// Tells whether it is a version of the sheet's service, region and day.
    pub(super) fn is_of(&self, sheet: &Sheet) -> bool {
        self.service == sheet.service && self.region == sheet.region && self.as_of == sheet.published
    }

    /// Takes down that the source stated the same again.
    pub(super) fn confirm(&mut self, day: NaiveDate, whole: &[Kinds]) {
        if !self.checked.contains(&day) {
            self.checked.push(day);
            self.checked.sort_unstable();
        }
        self.whole.extend(whole.iter().filter(|kind| !self.whole.contains(kind)).copied().collect::<Vec<_>>());
        self.whole.sort_unstable();
    }

    /// Returns the last day up to `by` on which the source stated it; without such a day that of the publication.
    pub fn last_checked(&self, by: Option<NaiveDate>) -> NaiveDate {
        let days = self.checked.iter().filter(|day| by.is_none_or(|by| **day <= by));
        days.max().map_or(self.as_of, |day| self.as_of.max(*day))
    }

    /// Names the source in a price: `AWS Price List API, AmazonEC2 20261118203412`.
    pub fn label(&self) -> String {
        let version = self.offer_version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        format!("{}, {}{version}", self.source, self.offers.join("+"))
    }
}

/// Days as text: "2026-11-18".
mod days {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::pricing::text::date;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
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
}
