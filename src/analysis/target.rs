//! Which Graviton type can take over: by shape, region and speed, then by price. Never by a suffix swap.

use std::{collections::BTreeMap, fmt, str::FromStr};

use rust_decimal::Decimal;

use super::offer::{Loss, Offer, offers};
use crate::{
    error::{Error, Result},
    pricing::{Price, PriceBook, Shape, Speed, bare_type},
    terms::Service,
};

/// A candidate that loses at most this much is shown as a near miss.
pub const NEAR_MISS: Decimal = Decimal::from_parts(15, 0, 0, false, 2);

/// Which of the admissible targets is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// The cheapest one.
    #[default]
    Cheapest,
    /// The newest Graviton generation, then the cheapest.
    Newest,
    /// The cheapest of one Graviton generation.
    Generation(u8),
}

impl FromStr for Preference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "cheapest" => Ok(Self::Cheapest),
            "newest" => Ok(Self::Newest),
            "graviton2" => Ok(Self::Generation(2)),
            "graviton3" => Ok(Self::Generation(3)),
            "graviton4" => Ok(Self::Generation(4)),
            "graviton5" => Ok(Self::Generation(5)),
            _ => Err(Error::usage(format!("\"{text}\" is not a target policy"))
                .hint("use cheapest, newest, graviton2, graviton3, graviton4 or graviton5")),
        }
    }
}

/// What a reader allows and prefers.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Which admissible target is taken.
    pub preference: Preference,
    /// Take targets whose measured ratio says slower.
    pub allow_slower: bool,
    /// Take targets that lose up to this share of vCPUs, memory, storage or network.
    pub allow_loss: Decimal,
    /// Target family by source family, over the preference.
    pub pins: BTreeMap<String, String>,
    /// Baseline family by Graviton family, over the documented predecessors.
    pub baselines: BTreeMap<String, String>,
}

impl Policy {
    fn takes(&self, source: &Shape, target: &Shape, generation: u8) -> bool {
        if let Some(pinned) = self.pins.get(&source.family) {
            return target.family == *pinned;
        }
        match self.preference {
            Preference::Generation(wanted) => generation == wanted,
            Preference::Cheapest | Preference::Newest => true,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.preference {
            Preference::Cheapest => f.write_str("cheapest target")?,
            Preference::Newest => f.write_str("newest Graviton generation, then the cheapest target")?,
            Preference::Generation(generation) => write!(f, "cheapest target of Graviton{generation}")?,
        }
        f.write_str(if self.allow_slower { ", slower ones allowed" } else { ", none that is measured to be slower" })?;
        if self.allow_loss.is_zero() {
            f.write_str(", none that is smaller")
        } else {
            write!(f, ", up to {} % smaller", (self.allow_loss * Decimal::ONE_HUNDRED).normalize())
        }?;
        for (source, target) in &self.pins {
            write!(f, ", {source} pinned to {target}")?;
        }
        for (graviton, baseline) in &self.baselines {
            write!(f, ", {graviton} held against {baseline}")?;
        }
        Ok(())
    }
}

/// A Graviton type that is sold where the source runs.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Name with the service's prefix or suffix.
    pub instance_type: String,
    /// Its shape.
    pub shape: &'a Shape,
    /// Graviton generation, 2 or later.
    pub generation: u8,
    /// On-demand list price; `None` when it is not known.
    pub price: Option<&'a Price>,
    /// What it has less of than the rules ask for; empty when it fits.
    pub losses: Vec<Loss>,
    /// Measured speed against the source.
    pub speed: Speed,
    /// A virtual machine for a bare metal source.
    pub is_virtual_for_metal: bool,
}

impl<'a> Candidate<'a> {
    fn new(book: &PriceBook, source: &Shape, offer: &Offer<'a>) -> Self {
        Self {
            losses: offer.losses(source),
            speed: book.speed(&source.family, &offer.shape.family),
            is_virtual_for_metal: offer.is_virtual_for_metal(source),
            instance_type: offer.instance_type.clone(),
            shape: offer.shape,
            generation: offer.generation,
            price: offer.price,
        }
    }

    /// Tells whether the measured ratio says slower.
    pub fn is_slower(&self) -> bool {
        matches!(&self.speed, Speed::Ratio { value, .. } if *value < Decimal::ONE)
    }

    /// Tells whether what it loses is within the share.
    pub fn loses_at_most(&self, share: Decimal) -> bool {
        self.losses.iter().all(|loss| loss.share() <= share)
    }

    /// Tells whether the policy may take it, price aside.
    pub fn is_admissible(&self, source: &Shape, policy: &Policy) -> bool {
        policy.takes(source, self.shape, self.generation)
            && (policy.allow_slower || !self.is_slower())
            && self.loses_at_most(policy.allow_loss)
    }
}

/// What is to be replaced.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Service that sells it.
    pub service: Service,
    /// AWS region code.
    pub region: &'a str,
    /// Variant in the price table.
    pub variant: &'a str,
    /// Shape of the source.
    pub shape: &'a Shape,
}

/// Returns how a service spells an EC2 type: "m5.large" is "db.m5.large" in RDS.
pub fn item_name(service: Service, ec2_type: &str) -> String {
    match service {
        Service::Rds | Service::DocumentDb | Service::Neptune | Service::MemoryDb => format!("db.{ec2_type}"),
        Service::ElastiCache => format!("cache.{ec2_type}"),
        Service::OpenSearch => format!("{ec2_type}.search"),
        Service::Msk => format!("kafka.{ec2_type}"),
        Service::SageMaker => format!("ml.{ec2_type}"),
        Service::Ec2
        | Service::Emr
        | Service::Redshift
        | Service::Lambda
        | Service::Fargate
        | Service::Eks
        | Service::CodeBuild => ec2_type.to_owned(),
    }
}

/// Returns the price item of an instance type as a bill may spell it ("…​.elasticsearch" is ".search" in the table).
pub(super) fn price_item(service: Service, instance_type: &str) -> String {
    item_name(service, bare_type(instance_type))
}

/// Returns every Graviton type that is sold for the service in the region and could be meant, in price order.
///
/// What a candidate lacks in size or speed is recorded, not filtered.
pub fn candidates<'a>(book: &'a PriceBook, wanted: &Wanted<'_>) -> Vec<Candidate<'a>> {
    let source = wanted.shape;
    let mut offers = offers(book, wanted.service, wanted.region, wanted.variant);
    offers.retain(|offer| offer.could_replace(source));
    offers.sort_by(|a, b| a.by_price(b, source));
    offers.iter().map(|offer| Candidate::new(book, source, offer)).collect()
}

/// What the rules make of the offers.
#[derive(Debug)]
pub(super) enum Choice<'a> {
    /// This one is taken.
    Target(Candidate<'a>),
    /// Nothing of the kind is sold.
    NothingSold,
    /// None is large enough.
    NoneFits,
    /// Those that are large enough are slower.
    OnlySlower,
    /// Admissible ones exist, the price of none is known.
    NonePriced,
}

/// Chooses the target; also names the admissible offers whose price is not known.
pub(super) fn choose<'a>(
    book: &'a PriceBook,
    offers: &[Offer<'a>],
    source: &Shape,
    policy: &Policy,
) -> (Choice<'a>, Vec<String>) {
    let could: Vec<&Offer<'a>> = offers.iter().filter(|offer| offer.could_replace(source)).collect();
    if could.is_empty() {
        return (Choice::NothingSold, Vec::new());
    }
    let mut fitting: Vec<&Offer<'a>> = could
        .into_iter()
        .filter(|offer| {
            policy.takes(source, offer.shape, offer.generation) && offer.loses_at_most(source, policy.allow_loss)
        })
        .collect();
    if fitting.is_empty() {
        return (Choice::NoneFits, Vec::new());
    }
    fitting.sort_by(|a, b| match policy.preference {
        Preference::Newest => b.generation.cmp(&a.generation).then_with(|| a.by_price(b, source)),
        _ => a.by_price(b, source),
    });
    let candidate = |offer: &&Offer<'a>| Candidate::new(book, source, offer);
    let is_admissible = |candidate: &Candidate<'_>| candidate.is_admissible(source, policy);
    let (priced, not_priced): (Vec<&Offer<'a>>, Vec<&Offer<'a>>) =
        fitting.into_iter().partition(|offer| offer.price.is_some());
    let unpriced: Vec<String> =
        not_priced.iter().map(candidate).filter(is_admissible).map(|candidate| candidate.instance_type).collect();
    // The first one is the best: no other is looked at.
    let choice = match priced.iter().map(candidate).find(is_admissible) {
        Some(target) => Choice::Target(target),
        None if unpriced.is_empty() => Choice::OnlySlower,
        None => Choice::NonePriced,
    };
    (choice, unpriced)
}
