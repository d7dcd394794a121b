//! Which Graviton type can take over: by shape, region and speed, then by price. Never by a suffix swap.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;

use crate::{
    error::{Error, Result},
    pricing::{Price, PriceBook, Shape, Speed, bare_type},
    terms::{Architecture, Service},
    units::{grouped, ratio},
};

/// Share of the source's local storage that a target must have.
const STORAGE_SHARE: Decimal = Decimal::from_parts(90, 0, 0, false, 2);

/// Share of the source's baseline network that a target must have, where both are known.
const NETWORK_SHARE: Decimal = Decimal::from_parts(70, 0, 0, false, 2);

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
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    /// Which admissible target is taken.
    pub preference: Preference,
    /// Take targets whose measured ratio says slower.
    pub allow_slower: bool,
    /// Take targets that lose up to this share of vCPUs, memory, storage or network.
    pub allow_loss: Decimal,
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
        }
    }
}

/// What a target has less of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// "vCPU", "GiB memory", "GB local storage", "Gbit/s network".
    pub what: &'static str,
    /// Amount of the source.
    pub from: Decimal,
    /// Amount of the target.
    pub to: Decimal,
}

impl Loss {
    /// Returns the lost share, 0 to 1.
    pub fn share(&self) -> Decimal {
        ratio(self.from - self.to, self.from).unwrap_or_default()
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = grouped(self.share() * Decimal::ONE_HUNDRED, 1);
        write!(f, "{} {} instead of {} (−{share} %)", self.to.normalize(), self.what, self.from.normalize())
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

impl Candidate<'_> {
    /// Tells whether the measured ratio says slower.
    pub fn is_slower(&self) -> bool {
        matches!(&self.speed, Speed::Ratio { value, .. } if *value < Decimal::ONE)
    }

    /// Tells whether what it loses is within the share.
    pub fn loses_at_most(&self, share: Decimal) -> bool {
        self.losses.iter().all(|loss| loss.share() <= share)
    }

    /// Tells whether the policy may take it, price aside.
    pub fn is_admissible(&self, policy: &Policy) -> bool {
        let generation = match policy.preference {
            Preference::Generation(wanted) => self.generation == wanted,
            _ => true,
        };
        generation && (policy.allow_slower || !self.is_slower()) && self.loses_at_most(policy.allow_loss)
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
        Service::Ec2 => ec2_type.to_owned(),
        Service::Rds => format!("db.{ec2_type}"),
        Service::ElastiCache => format!("cache.{ec2_type}"),
        Service::OpenSearch => format!("{ec2_type}.search"),
    }
}

/// Returns the price item of an instance type as a bill may spell it ("…​.elasticsearch" is ".search" in the table).
pub(super) fn price_item(service: Service, instance_type: &str) -> String {
    item_name(service, bare_type(instance_type))
}

/// Returns every Graviton type that is sold for the service in the region and could be meant, in price order.
///
/// Left out from the start: Graviton1, HPC types, GPU types, burstable types for a source that is not burstable, metal
/// types for a source that is not metal. What a candidate lacks in size or speed is recorded, not filtered.
pub fn candidates<'a>(book: &'a PriceBook, wanted: &Wanted<'_>) -> Vec<Candidate<'a>> {
    let source = wanted.shape;
    let mut found: Vec<Candidate<'a>> = book
        .shapes()
        .filter(|shape| shape.architecture == Architecture::Arm && shape.gpus == 0)
        .filter(|shape| !shape.family.starts_with("hpc"))
        .filter(|shape| (source.bare_metal || !shape.bare_metal) && (source.burstable || !shape.burstable))
        .filter_map(|shape| {
            let generation = book.family(&shape.family)?.generation.filter(|generation| *generation >= 2)?;
            let instance_type = item_name(wanted.service, &shape.instance_type);
            let price = book.on_demand(wanted.service.as_str(), wanted.region, &instance_type, wanted.variant);
            let sold = price.is_some()
                || (wanted.service == Service::Ec2 && book.sold_in(&shape.instance_type, wanted.region) == Some(true));
            sold.then(|| Candidate {
                losses: losses(source, shape),
                speed: book.speed(&source.family, &shape.family),
                is_virtual_for_metal: source.bare_metal && !shape.bare_metal,
                instance_type,
                shape,
                generation,
                price,
            })
        })
        .collect();
    found.sort_by(|a, b| by_price(a, b));
    found
}

/// Orders by price, unknown last; equal prices by bare metal for bare metal, newer generation, then by name.
fn by_price(a: &Candidate<'_>, b: &Candidate<'_>) -> std::cmp::Ordering {
    let known = |candidate: &Candidate<'_>| candidate.price.map(|price| price.usd);
    match (known(a), known(b)) {
        (Some(first), Some(second)) => first.cmp(&second),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => std::cmp::Ordering::Equal,
    }
    .then(a.is_virtual_for_metal.cmp(&b.is_virtual_for_metal))
    .then(b.generation.cmp(&a.generation))
    .then_with(|| a.instance_type.cmp(&b.instance_type))
}

fn losses(source: &Shape, target: &Shape) -> Vec<Loss> {
    let mut losses = Vec::new();
    let mut check = |what, from: Decimal, to: Decimal, share: Decimal| {
        if to < from * share {
            losses.push(Loss { what, from, to });
        }
    };
    check("vCPU", source.vcpu.into(), target.vcpu.into(), Decimal::ONE);
    check("GiB memory", source.memory_gib, target.memory_gib, Decimal::ONE);
    check("GB local storage", source.local_storage_gb, target.local_storage_gb, STORAGE_SHARE);
    if let (Some(from), Some(to)) = (source.network_gbps, target.network_gbps) {
        check("Gbit/s network", from, to, NETWORK_SHARE);
    }
    losses
}

/// What the rules make of the candidates.
#[derive(Debug, Clone, Copy)]
pub enum Choice<'c, 'a> {
    /// This one is taken.
    Target(&'c Candidate<'a>),
    /// None is large enough.
    NoneFits,
    /// Those that are large enough are slower.
    OnlySlower,
    /// Admissible ones exist, the price of none is known.
    NonePriced,
}

/// Chooses the target.
pub fn choose<'c, 'a>(candidates: &'c [Candidate<'a>], policy: &Policy) -> Choice<'c, 'a> {
    let admissible: Vec<&Candidate<'a>> =
        candidates.iter().filter(|candidate| candidate.is_admissible(policy)).collect();
    if admissible.is_empty() {
        let slower_too = Policy { allow_slower: true, ..*policy };
        let any = candidates.iter().any(|candidate| candidate.is_admissible(&slower_too));
        return if any { Choice::OnlySlower } else { Choice::NoneFits };
    }
    let priced = admissible.iter().filter(|candidate| candidate.price.is_some());
    let best = match policy.preference {
        Preference::Newest => priced.min_by(|a, b| b.generation.cmp(&a.generation).then_with(|| by_price(a, b))),
        _ => priced.min_by(|a, b| by_price(a, b)),
    };
    best.map_or(Choice::NonePriced, |best| Choice::Target(best))
}
