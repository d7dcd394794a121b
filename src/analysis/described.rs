//! A judge on its way to another machine: the policy and what is proven of versions; the price table lies there already.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Inventory, Judge, Policy, Preference, ProvenVersions};
use crate::{
    error::{Error, Result},
    normalize::{Classify, Unjudged},
    pricing::PriceBook,
    units::Month,
};

/// All that decides a verdict beside the price table.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    preference: String,
    /// Version of the price table.
    prices: String,
    allow_slower: bool,
    allow_loss: String,
    pins: BTreeMap<String, String>,
    baselines: BTreeMap<String, String>,
    proven: Option<Proven>,
}

/// What is proven of engine versions.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Proven {
    pub inventory: Inventory,
    /// Month, resource and version.
    pub charged: Vec<(Month, String, String)>,
}

/// Describes a judge with what is proven.
pub(super) fn describe(policy: &Policy, prices: &str, proven: Option<&ProvenVersions>) -> Option<String> {
    let Policy { preference, allow_slower, allow_loss, pins, baselines } = policy;
    let description = Description {
        preference: match preference {
            Preference::Cheapest => "cheapest".to_owned(),
            Preference::Newest => "newest".to_owned(),
            Preference::Generation(generation) => format!("graviton{generation}"),
        },
        prices: prices.to_owned(),
        allow_slower: *allow_slower,
        allow_loss: allow_loss.to_string(),
        pins: pins.clone(),
        baselines: baselines.clone(),
        proven: proven.map(ProvenVersions::described),
    };
    serde_json::to_string(&description).ok()
}

impl Judge {
    /// Describes the judge for another machine.
    pub fn description(&self) -> Option<String> {
        describe(self.policy(), self.prices(), None)
    }

    /// Returns the judge that another machine describes.
    ///
    /// # Errors
    /// When it was described by another version, or judges by another price table.
    pub fn of_description(description: &str, book: &'static PriceBook) -> Result<Self> {
        Ok(read(description, book)?.0)
    }

    /// Returns a judge that only carries the description on: it speaks for the price table of the one that described it.
    ///
    /// # Errors
    /// When it was described by another version.
    pub fn passing_on(description: &str) -> Result<Self> {
        let description = parsed(description)?;
        let prices = description.prices.clone();
        Ok(Self::new(PriceBook::embedded()?, description.policy()?).speaking_for(prices))
    }
}

/// Returns the classifier that another machine describes; nothing describes the one that judges nothing.
///
/// # Errors
/// When it was described by another version.
pub fn classifier_of(description: &str, book: &'static PriceBook) -> Result<Arc<dyn Classify>> {
    if description.is_empty() {
        return Ok(Arc::new(Unjudged));
    }
    let (judge, proven) = read(description, book)?;
    Ok(judge.classifier(proven.map(|proven| Arc::new(ProvenVersions::again(proven, book)))))
}

fn parsed(description: &str) -> Result<Description> {
    serde_json::from_str(description).map_err(|error| wrong(&error))
}

fn wrong(error: &dyn std::fmt::Display) -> Error {
    Error::runtime(format!("a judge cannot be understood: {error}"))
}

impl Description {
    fn policy(&self) -> Result<Policy> {
        Ok(Policy {
            preference: self.preference.parse()?,
            allow_slower: self.allow_slower,
            allow_loss: self.allow_loss.parse::<Decimal>().map_err(|error| wrong(&error))?,
            pins: self.pins.clone(),
            baselines: self.baselines.clone(),
        })
    }
}

fn read(description: &str, book: &'static PriceBook) -> Result<(Judge, Option<Proven>)> {
    let description = parsed(description)?;
    if description.prices != book.version() {
        return Err(Error::usage(format!(
            "the executor has the price table {}, the client {}: their verdicts would differ",
            book.version(),
            description.prices
        ))
        .hint("start the executors with the --cache-dir and the --as-of of the client"));
    }
    Ok((Judge::new(book, description.policy()?), description.proven))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        normalize::{ResourceMonth, metered},
        rollup::fixture::row,
        terms::Service,
    };

    #[test]
    fn a_judge_survives_the_way() {
        let book = PriceBook::embedded().unwrap();
        let policy = Policy {
            preference: Preference::Generation(4),
            allow_slower: true,
            allow_loss: Decimal::new(12, 2),
            pins: [("c5".to_owned(), "c7g".to_owned())].into(),
            baselines: [("m7g".to_owned(), "m5".to_owned())].into(),
        };
        let inventory =
            Inventory::parse("i.csv", "arn,engine_version,month\narn:aws:rds:us-east-1:1:db:a,8.0.35,2024-01\n")
                .unwrap();
        let mut support = row("2024-01", "AmazonRDS", "Usage");
        support.meter = Some("ExtendedSupport:Yr1-Yr2:MySQL5.7".into());
        let resources = [("arn:aws:rds:us-east-1:1:db:b".into(), support)];
        let proven = Arc::new(ProvenVersions::new(inventory, &resources, book));
        let judge = Judge::new(book, policy.clone()).classifier(Some(proven));
        let described = judge.description().unwrap();
        let again = classifier_of(&described, book).unwrap();
        let bare = Judge::of_description(&described, book).unwrap();
        assert_eq!(bare.description(), Judge::new(book, policy).description());
        assert_eq!(again.description().unwrap(), described);
        for name in ["a", "b", "c"] {
            let id = format!("arn:aws:rds:us-east-1:1:db:{name}");
            let resource = ResourceMonth {
                id: &id,
                month: "2024-01".parse().unwrap(),
                account_id: None,
                region: Some("us-east-1"),
                service: Some(Service::Rds),
            };
            let version = |of: &Arc<dyn Classify>| of.versions().unwrap().of(&resource);
            assert_eq!(version(&judge), version(&again), "{name}");
            assert_eq!(version(&judge).is_some(), name != "c", "{name}");
        }
        let usage = metered("AmazonEC2", "BoxUsage:c5.large");
        assert_eq!(judge.classify(&usage, None), again.classify(&usage, None));
    }
}
