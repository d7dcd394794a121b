//! Price lists of AWS as facts: what the documents of the Price List API say, in the names of the price table.
//!
//! In: the text of a document, whoever fetched it. Out: a [`Sheet`] per service and region. Pure: no network, no clock.

mod attributes;
mod cell;
mod document;
mod draft;
mod plan_document;
mod plans;
mod queries;
mod reading;
mod reason;
mod rows;
mod terms;

pub use queries::{Query, offer_codes, plan_offers, queries, services};
pub use reading::{Read, Reading};

use std::{collections::BTreeMap, fmt, str::FromStr};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Term;
use crate::error::{Error, Result};

/// The prices of a service in a region, of one version of its price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Service as the price table calls it: "EC2".
    pub service: String,
    /// Region code.
    pub region: String,
    /// Codes of the offers it was made from: `AmazonEC2`, `ComputeSavingsPlans`.
    pub offers: Vec<String>,
    /// Version of the price list, as AWS names it: "20261118203412".
    pub version: Option<String>,
    /// Day of the newest publication among them.
    pub published: NaiveDate,
    /// What is in it.
    pub prices: BTreeMap<Line, Listed>,
}

impl Sheet {
    /// Divides it by the day of publication, the newest last; only that one is of its version of the price list.
    pub fn by_day(self) -> Vec<Self> {
        let Self { service, region, offers, version, published, prices } = self;
        let mut days: BTreeMap<NaiveDate, BTreeMap<Line, Listed>> = BTreeMap::new();
        for (line, listed) in prices {
            days.entry(listed.as_of).or_default().insert(line, listed);
        }
        let sheet = |(day, prices)| Self {
            service: service.clone(),
            region: region.clone(),
            offers: offers.clone(),
            version: version.clone().filter(|_| day == published),
            published: day,
            prices,
        };
        days.into_iter().map(sheet).collect()
    }
}

/// Which price of a sheet; orders by term, variant, item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// How it is paid.
    pub term: Term,
    /// Operating system, or engine and deployment.
    pub variant: String,
    /// Instance type, or the usage that is priced.
    pub item: String,
}

/// A price of a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// US dollars for one unit; of a commitment the effective rate, the upfront fee spread over its hours.
    pub usd: Decimal,
    /// What is counted: "Hrs", "GB-Second", "Request".
    pub unit: &'static str,
    /// Day on which AWS published it.
    pub as_of: NaiveDate,
    /// Fee at the beginning, of a Reserved Instance that has one.
    pub upfront: Option<Decimal>,
    /// The rate's place in the price list.
    pub rate_code: RateCode,
}

/// A rate of the price list: SKU, offer term and rate; empty where a price was stated without.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateCode {
    /// Stock keeping unit: the product, or the Savings Plan.
    pub sku: String,
    /// Offer term code: `JRTCKXETXF` is on demand; a rate of a Savings Plan has none.
    pub term: Option<String>,
    /// Rate code: `6YS6EN2CT7` is the hourly rate.
    pub rate: String,
}

impl fmt::Display for RateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            _ if self.sku.is_empty() => Ok(()),
            Some(term) => write!(f, "{}.{term}.{}", self.sku, self.rate),
            None => write!(f, "{}.{}", self.sku, self.rate),
        }
    }
}

impl FromStr for RateCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_code = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let parts: Vec<&str> = text.split('.').collect();
        let code = match parts.as_slice() {
            _ if !parts.iter().all(|part| is_code(part)) => None,
            [sku, term, rate] => Some((*sku, Some((*term).to_owned()), *rate)),
            [plan, rate] => Some((*plan, None, *rate)),
            _ => None,
        };
        code.map(|(sku, term, rate)| Self { sku: sku.to_owned(), term, rate: rate.to_owned() }).ok_or_else(|| {
            Error::incomplete(format!("\"{text}\" is no rate code: SKU.TERM.RATE or PLAN.RATE is expected"))
        })
    }
}

#[cfg(test)]
mod cell_tests;
#[cfg(test)]
mod facts_tests;
#[cfg(test)]
mod plans_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod reserved_tests;
#[cfg(test)]
mod rows_tests;
#[cfg(test)]
mod samples;
