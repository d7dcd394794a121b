//! The Graviton types that are on sale somewhere, and how their shapes compare with that of a source.

use std::{cmp::Ordering, fmt};

use rust_decimal::Decimal;

use super::target::item_name;
use crate::{
    pricing::{Price, PriceBook, Shape},
    terms::{Architecture, Service},
    units::{grouped, ratio},
};

/// Share of the source's local storage that a target must have.
const STORAGE_SHARE: Decimal = Decimal::from_parts(90, 0, 0, false, 2);

/// Share of the source's baseline network that a target must have, where both are known.
const NETWORK_SHARE: Decimal = Decimal::from_parts(70, 0, 0, false, 2);

/// A Graviton type that is sold for a service in a region, with its price in a variant.
#[derive(Debug, Clone)]
pub(super) struct Offer<'a> {
    /// Name with the service's prefix or suffix.
    pub instance_type: String,
    /// Its shape.
    pub shape: &'a Shape,
    /// Graviton generation, 2 or later.
    pub generation: u8,
    /// On-demand list price; `None` when it is not known.
    pub price: Option<&'a Price>,
}

/// Returns every Graviton type that is sold for the service in the region.
///
/// Left out from the start: Graviton1, HPC types, GPU types.
pub(super) fn offers<'a>(book: &'a PriceBook, service: Service, region: &str, variant: &str) -> Vec<Offer<'a>> {
    book.shapes()
        .filter(|shape| shape.architecture == Architecture::Arm && shape.gpus == 0)
        .filter(|shape| !shape.family.starts_with("hpc"))
        .filter_map(|shape| {
            let generation = book.family(&shape.family)?.generation.filter(|generation| *generation >= 2)?;
            let instance_type = item_name(service, &shape.instance_type);
            let price = book.trusted(service.as_str(), region, &instance_type, variant);
            let sold = price.is_some()
                || (service == Service::Ec2 && book.sold_in(&shape.instance_type, region) == Some(true));
            sold.then_some(Offer { instance_type, shape, generation, price })
        })
        .collect()
}

impl Offer<'_> {
    /// Tells whether it can be meant: no burstable type for a source that is not, no metal type for one that is not.
    pub(super) fn could_replace(&self, source: &Shape) -> bool {
        (source.bare_metal || !self.shape.bare_metal) && (source.burstable || !self.shape.burstable)
    }

    /// Tells whether it is a virtual machine for a bare metal source.
    pub(super) fn is_virtual_for_metal(&self, source: &Shape) -> bool {
        source.bare_metal && !self.shape.bare_metal
    }

    /// Tells whether what it loses is within the share.
    pub(super) fn loses_at_most(&self, source: &Shape, share: Decimal) -> bool {
        dimensions(source, self.shape).into_iter().all(|dimension| dimension.is_kept() || dimension.lost() <= share)
    }

    /// Returns what it has less of than the rules ask for; empty when it fits.
    pub(super) fn losses(&self, source: &Shape) -> Vec<Loss> {
        let lost = |dimension: &Dimension| !dimension.is_kept();
        dimensions(source, self.shape).into_iter().filter(lost).map(|dimension| dimension.loss).collect()
    }

    /// Orders by price, unknown last; equal prices by bare metal for bare metal, newer generation, then by name.
    pub(super) fn by_price(&self, other: &Self, source: &Shape) -> Ordering {
        let order = match (self.price, other.price) {
            (Some(first), Some(second)) => first.usd.cmp(&second.usd),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        order
            .then_with(|| self.is_virtual_for_metal(source).cmp(&other.is_virtual_for_metal(source)))
            .then_with(|| other.generation.cmp(&self.generation))
            .then_with(|| self.instance_type.cmp(&other.instance_type))
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

/// A dimension of two shapes, and the share of the source's amount that the rules ask for.
struct Dimension {
    loss: Loss,
    asked: Decimal,
}

impl Dimension {
    fn is_kept(&self) -> bool {
        self.loss.to >= self.loss.from || self.loss.to >= self.loss.from * self.asked
    }

    fn lost(&self) -> Decimal {
        self.loss.share()
    }
}

fn dimensions(source: &Shape, target: &Shape) -> impl IntoIterator<Item = Dimension> {
    let dimension = |what, from, to, asked| Some(Dimension { loss: Loss { what, from, to }, asked });
    let network = source.network_gbps.zip(target.network_gbps);
    [
        dimension("vCPU", source.vcpu.into(), target.vcpu.into(), Decimal::ONE),
        dimension("GiB memory", source.memory_gib, target.memory_gib, Decimal::ONE),
        dimension("GB local storage", source.local_storage_gb, target.local_storage_gb, STORAGE_SHARE),
        network.and_then(|(from, to)| dimension("Gbit/s network", from, to, NETWORK_SHARE)),
    ]
    .into_iter()
    .flatten()
}
