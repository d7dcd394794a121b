//! Derives what a line item ran: service, instance type, system, engine, deployment, and how it was bought.
//!
//! The bill's own columns come first; where AWS leaves them empty (Spot rows have no product columns at all) the usage
//! type, operation and description say it. Spellings: AWS's billing codes, as seen in real bills.

mod kind;
mod system;

use std::str::FromStr;

use rust_decimal::Decimal;

use super::line_type::LineType;
use crate::{
    pricing::{PriceBook, bare_type},
    terms::{Architecture, PurchaseOption, Service},
};
pub use kind::UsageKind;
pub(crate) use kind::service_of;
use kind::{Hours, Spelled};
pub(crate) use system::DESCRIBED_SYSTEMS;
use system::{database_engine, licensed_software, operating_system};

/// The texts of a line item that the derivation reads; `None` = absent or empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts<'a> {
    pub charge_type: &'a str,
    pub product_code: &'a str,
    pub usage_type: &'a str,
    pub operation: Option<&'a str>,
    pub description: Option<&'a str>,
    pub availability_zone: Option<&'a str>,
    pub region: Option<&'a str>,
    pub location: Option<&'a str>,
    pub instance_type: Option<&'a str>,
    pub operating_system: Option<&'a str>,
    pub tenancy: Option<&'a str>,
    pub database_engine: Option<&'a str>,
    pub cache_engine: Option<&'a str>,
    pub deployment_option: Option<&'a str>,
    pub installed_software: Option<&'a str>,
    pub processor: Option<&'a str>,
    pub vcpu: Option<&'a str>,
    pub list_rate: Option<&'a str>,
    pub currency: Option<&'a str>,
    pub has_reservation: bool,
    pub has_savings_plan: bool,
}

/// What a line item ran and how it was bought: all that its verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Compute service, when it is one that this version analyses.
    pub service: Option<Service>,
    /// Kind of usage.
    pub kind: UsageKind,
    /// Line item type.
    pub line_type: LineType,
    /// AWS region code.
    pub region: Option<String>,
    /// Instance type with its service's prefix or suffix: "db.r5.2xlarge".
    pub instance_type: Option<String>,
    /// Family with the same prefix or suffix: "db.r5".
    pub instance_family: Option<String>,
    /// Instruction set of instance hours.
    pub architecture: Option<Architecture>,
    /// vCPUs of one instance.
    pub vcpu: Option<i32>,
    /// Operating system of EC2 usage.
    pub operating_system: Option<String>,
    /// Database or cache engine.
    pub database_engine: Option<String>,
    /// Single-AZ, Multi-AZ…
    pub deployment_option: Option<String>,
    /// Shared, Dedicated, Host.
    pub tenancy: Option<String>,
    /// How instance hours were bought.
    pub purchase_option: Option<PurchaseOption>,
    /// Software that comes with a licence: "SQL Std".
    pub licensed_software: Option<String>,
    /// Variant under which the price table lists it: "Linux", "Aurora MySQL|Standard".
    pub price_variant: Option<String>,
    /// Usage type without region prefix: of metered compute, of Extended Support and of the fees of Savings Plans.
    pub meter: Option<String>,
    /// Metered usage at the Spot price.
    pub is_spot: bool,
    /// Public on-demand rate per hour that the bill itself states.
    pub public_rate: Option<Decimal>,
    /// ISO code of the bill's amounts.
    pub currency: Option<String>,
}

/// Derives the usage of a line item.
pub(crate) fn derive(facts: &Facts<'_>, book: &PriceBook) -> Usage {
    let line_type = LineType::parse(facts.charge_type);
    let (prefix, plain) = split_region(facts.usage_type, book);
    let service = service_of(facts.product_code);
    let spelled =
        service.map_or_else(|| Spelled::of_other_product(plain), |service| Spelled::read(service, plain, book));
    let kind = if line_type.is_usage() { spelled.kind() } else { UsageKind::NoUsage };
    let hours = spelled.hours();
    let instance_type = instance_type(facts, service, plain, hours);
    let bare = instance_type.as_deref().map(bare_type);
    let running = kind == UsageKind::InstanceHours;
    let on_instance = running || kind == UsageKind::Surcharge;
    let brings_licence = facts.operation.is_some_and(|operation| operation.ends_with(":00g0"));
    let operating_system = match service {
        Some(Service::Ec2) if running => operating_system(facts),
        _ => facts.operating_system.map(str::to_owned),
    };
    let database_engine = database_engine(facts, service, running);
    let spelled_out = |own: Option<&str>, of: fn(&Hours<'_>) -> Option<&'static str>| {
        own.or_else(|| hours.as_ref().filter(|_| running).and_then(of)).map(str::to_owned)
    };
    let deployment_option = spelled_out(facts.deployment_option, |hours| hours.deployment);
    let tenancy = spelled_out(facts.tenancy, |hours| hours.tenancy);
    let price_variant = service.filter(|_| on_instance).and_then(|service| {
        price_variant(
            service,
            // RHEL under a licence of one's own costs what Linux costs.
            if brings_licence { Some("Linux") } else { operating_system.as_deref() },
            database_engine.as_deref(),
            deployment_option.as_deref(),
            hours.is_some_and(|hours| hours.io_optimized),
        )
    });
    let metered = match spelled {
        Spelled::Metered(meter) if kind == UsageKind::Metered => Some(meter),
        _ => None,
    };
    let architecture = match (bare, metered, service) {
        (Some(bare), None, _) if on_instance => architecture(bare, facts.processor, book),
        (_, Some(meter), Some(service)) => book.meters().architecture(service, meter),
        _ => None,
    };
    // Extended Support names the version that runs, the fee of a Savings Plan its kind.
    let named = line_type.is_usage() && plain.contains("ExtendedSupport")
        || matches!(line_type, LineType::SavingsPlanRecurringFee | LineType::SavingsPlanUpfrontFee);
    Usage {
        service,
        kind,
        line_type,
        region: region(facts, prefix, kind.has_architecture(), book),
        instance_family: instance_type.as_deref().and_then(family_of),
        architecture,
        vcpu: bare.and_then(|bare| vcpu(bare, facts.vcpu, book)),
        instance_type,
        operating_system,
        database_engine,
        deployment_option,
        tenancy,
        purchase_option: running.then(|| purchase_option(facts, line_type, plain)),
        licensed_software: if service == Some(Service::Ec2) && running { licensed_software(facts) } else { None },
        price_variant,
        meter: metered.or_else(|| named.then_some(plain)).map(str::to_owned),
        is_spot: kind == UsageKind::Metered && plain.starts_with("SpotUsage"),
        public_rate: facts
            .list_rate
            .filter(|_| kind.has_architecture())
            .and_then(|text| Decimal::from_str(text.trim()).ok())
            .filter(|rate| *rate > Decimal::ZERO)
            .map(|rate| rate.normalize()),
        currency: facts.currency.map(str::to_owned),
    }
}

/// The region whose usage types of EC2, RDS, ElastiCache and OpenSearch have no prefix.
const UNPREFIXED_REGION: &str = "us-east-1";

/// Splits "APN2-BoxUsage:m5.large" into the region of its prefix and the rest.
fn split_region<'a>(usage_type: &'a str, book: &PriceBook) -> (Prefix, &'a str) {
    if let Some((prefix, rest)) = usage_type.split_once('-')
        && let Some(region) = book.region_of_prefix(prefix)
    {
        return (Prefix::Region(region.to_owned()), rest);
    }
    match usage_type.split_once('-') {
        Some((prefix, rest)) if is_region_code(prefix) => (Prefix::Unknown, rest),
        _ => (Prefix::None, usage_type),
    }
}

/// What stands before the first hyphen of a usage type.
enum Prefix {
    /// The code of a region.
    Region(String),
    /// The code of a region that the table does not know: "CNN1", "APS8".
    Unknown,
    /// None.
    None,
}

/// Tells whether a text has the form of the codes by which usage types name regions: three letters and a digit.
fn is_region_code(text: &str) -> bool {
    match text.as_bytes() {
        [letters @ .., digit] => {
            letters.len() == 3 && letters.iter().all(u8::is_ascii_uppercase) && digit.is_ascii_digit()
        }
        [] => false,
    }
}

/// Finds the region; instance hours without any sign of one are us-east-1, whose usage types have no prefix.
fn region(facts: &Facts<'_>, prefix: Prefix, running: bool, book: &PriceBook) -> Option<String> {
    if let Some(region) = facts.region {
        return Some(region.to_owned());
    }
    if let Some(region) = facts.location.and_then(|location| book.location_region(location)) {
        return Some(region.to_owned());
    }
    let zone_region = || {
        let zone = facts.availability_zone?;
        let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
        book.regions().iter().find(|known| known.code == zone || known.code == region).map(|known| known.code.clone())
    };
    match prefix {
        Prefix::Region(region) => Some(region),
        Prefix::Unknown => zone_region(),
        Prefix::None => zone_region().or_else(|| running.then(|| UNPREFIXED_REGION.to_owned())),
    }
}

fn instance_type(facts: &Facts<'_>, service: Option<Service>, plain: &str, hours: Option<Hours<'_>>) -> Option<String> {
    // MSK states no type there, SageMaker adds the component: "ml.m5.xlarge-Hosting".
    let own = facts.instance_type.filter(|_| !matches!(service, Some(Service::Msk | Service::SageMaker)));
    if let Some(own) = own {
        return Some(own.to_owned());
    }
    let Some(hours) = hours else {
        // The fee of a Reserved Instance may have no product columns: "HeavyUsage:c4.large".
        let leased = plain.strip_prefix("HeavyUsage:").filter(|item| item.contains('.'));
        return facts.instance_type.map(str::to_owned).or_else(|| leased.map(expanded));
    };
    match service? {
        Service::Msk => Some(hours.item.to_ascii_lowercase()),
        Service::Ec2 if hours.item.is_empty() => Some("m1.small".to_owned()),
        Service::OpenSearch => Some(format!("{}.search", hours.item)),
        _ if hours.item.is_empty() => None,
        _ => Some(expanded(hours.item)),
    }
}

/// Spells an abbreviated size in full: "db.r5.2xl" → "db.r5.2xlarge".
fn expanded(item: &str) -> String {
    let size = item.rsplit('.').next().unwrap_or("");
    match size.strip_suffix("xl") {
        Some(count) if count.bytes().all(|byte| byte.is_ascii_digit()) => format!("{item}arge"),
        _ => item.to_owned(),
    }
}

/// Returns the family with the service's prefix or suffix: "cache.r5.large" → "cache.r5", "r5.large.search" → "r5".
fn family_of(instance_type: &str) -> Option<String> {
    let bare = bare_type(instance_type);
    let family = bare.split('.').next().filter(|family| !family.is_empty())?;
    let prefix = instance_type.find(bare).map_or("", |at| &instance_type[..at]);
    Some(format!("{prefix}{family}"))
}

fn architecture(bare: &str, processor: Option<&str>, book: &PriceBook) -> Option<Architecture> {
    let family = bare.split('.').next()?;
    if let Some(known) = book.family(family) {
        return Some(known.architecture);
    }
    let processor = processor?;
    if processor.contains("Graviton") {
        Some(Architecture::Arm)
    } else if processor.contains("Intel") || processor.contains("AMD") {
        Some(Architecture::X86)
    } else {
        None
    }
}

fn vcpu(bare: &str, own: Option<&str>, book: &PriceBook) -> Option<i32> {
    own.and_then(|text| text.trim().parse().ok())
        .or_else(|| book.shape(bare).and_then(|shape| i32::try_from(shape.vcpu).ok()))
}

fn purchase_option(facts: &Facts<'_>, line_type: LineType, plain: &str) -> PurchaseOption {
    if line_type == LineType::SavingsPlanCoveredUsage || facts.has_savings_plan {
        PurchaseOption::SavingsPlan
    } else if line_type == LineType::DiscountedUsage || facts.has_reservation {
        PurchaseOption::Reserved
    } else if plain.starts_with("SpotUsage") {
        PurchaseOption::Spot
    } else {
        PurchaseOption::OnDemand
    }
}

/// Returns the variant of the price table; `None` when the bill does not say enough.
fn price_variant(
    service: Service,
    operating_system: Option<&str>,
    engine: Option<&str>,
    deployment: Option<&str>,
    io_optimized: bool,
) -> Option<String> {
    match service {
        Service::Ec2 => Some(match operating_system? {
            "SUSE" => "SLES".to_owned(),
            "Red Hat Enterprise Linux with HA" => "RHEL-HA".to_owned(),
            other => other.to_owned(),
        }),
        Service::Rds => {
            let engine = engine?;
            let deployment = if engine.starts_with("Aurora") {
                if io_optimized { "IO-Optimized" } else { "Standard" }
            } else {
                deployment?
            };
            Some(format!("{engine}|{deployment}"))
        }
        Service::ElastiCache | Service::MemoryDb => engine.map(str::to_owned),
        Service::OpenSearch => Some("OpenSearch".to_owned()),
        Service::DocumentDb | Service::Neptune => {
            Some(format!("{service}|{}", if io_optimized { "IO-Optimized" } else { "Standard" }))
        }
        Service::Msk => Some("RunBroker".to_owned()),
        Service::Emr => Some("EMR-surcharge".to_owned()),
        Service::Redshift => Some("Redshift".to_owned()),
        Service::SageMaker => deployment.map(str::to_owned),
        Service::Lambda | Service::Fargate | Service::Eks | Service::CodeBuild => None,
    }
}

#[cfg(test)]
mod tests;
