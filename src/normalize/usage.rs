//! Derives what a line item ran: service, instance type, system, engine, deployment, and how it was bought.
//!
//! The bill's own columns come first; where AWS leaves them empty (Spot rows have no product columns at all) the usage
//! type, operation and description say it. Spellings: AWS's billing codes, as seen in real bills.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::line_type::LineType;
use crate::{
    pricing::{PriceBook, bare_type},
    terms::{Architecture, PurchaseOption, Service},
};

/// What kind of usage a line item is, as far as the architecture question goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UsageKind {
    /// Hours that an instance ran; the only rows that count as hours.
    InstanceHours,
    /// Compute without an instance type to choose: Aurora Serverless, ElastiCache Serverless.
    Serverless,
    /// Compute of a service that this version recognises and does not analyse.
    OtherCompute,
    /// Everything else that was used: storage, transfer, requests, surcharges.
    Other,
    /// No usage at all: fees, negations, credits, refunds, tax, discounts.
    NoUsage,
}

impl UsageKind {
    /// Returns the spelling of the `usage_kind` column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InstanceHours => "instance_hours",
            Self::Serverless => "serverless",
            Self::OtherCompute => "other_compute",
            Self::Other => "other",
            Self::NoUsage => "no_usage",
        }
    }

    /// Tells whether it is compute of any kind.
    pub fn is_compute(self) -> bool {
        matches!(self, Self::InstanceHours | Self::Serverless | Self::OtherCompute)
    }

    /// Returns the kind with this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::InstanceHours, Self::Serverless, Self::OtherCompute, Self::Other, Self::NoUsage]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

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
    /// Public on-demand rate per hour that the bill itself states.
    pub public_rate: Option<Decimal>,
    /// ISO code of the bill's amounts.
    pub currency: Option<String>,
}

/// Derives the usage of a line item.
pub(crate) fn derive(facts: &Facts<'_>, book: &PriceBook) -> Usage {
    let line_type = LineType::parse(facts.charge_type);
    let (prefix_region, plain) = split_region(facts.usage_type, book);
    let service = service_of(facts.product_code);
    let hours = service.and_then(|service| instance_hours(service, plain));
    let kind = if !line_type.is_usage() {
        UsageKind::NoUsage
    } else if hours.is_some() {
        UsageKind::InstanceHours
    } else if service.is_some() && plain.contains("Serverless") {
        UsageKind::Serverless
    } else if is_other_compute(facts.product_code, plain) {
        UsageKind::OtherCompute
    } else {
        UsageKind::Other
    };
    let instance_type = instance_type(facts, service, hours.as_ref());
    let bare = instance_type.as_deref().map(bare_type);
    let running = kind == UsageKind::InstanceHours;
    let brings_licence = facts.operation.is_some_and(|operation| operation.ends_with(":00g0"));
    let operating_system = match service {
        Some(Service::Ec2) if running => operating_system(facts),
        _ => facts.operating_system.map(str::to_owned),
    };
    let database_engine = database_engine(facts, service, running);
    let deployment_option = facts
        .deployment_option
        .map(str::to_owned)
        .or_else(|| hours.as_ref().filter(|_| running).and_then(|hours| hours.deployment.map(str::to_owned)));
    let tenancy = facts
        .tenancy
        .map(str::to_owned)
        .or_else(|| hours.as_ref().filter(|_| running).and_then(|hours| hours.tenancy.map(str::to_owned)));
    let price_variant = service.filter(|_| running).and_then(|service| {
        price_variant(
            service,
            // RHEL under a licence of one's own costs what Linux costs.
            if brings_licence { Some("Linux") } else { operating_system.as_deref() },
            database_engine.as_deref(),
            deployment_option.as_deref(),
            hours.as_ref().is_some_and(|hours| hours.io_optimized),
        )
    });
    Usage {
        service,
        kind,
        line_type,
        region: region(facts, prefix_region, running, book),
        instance_family: instance_type.as_deref().and_then(family_of),
        architecture: bare.filter(|_| running).and_then(|bare| architecture(bare, facts.processor, book)),
        vcpu: bare.and_then(|bare| vcpu(bare, facts.vcpu, book)),
        instance_type,
        operating_system,
        database_engine,
        deployment_option,
        tenancy,
        purchase_option: running.then(|| purchase_option(facts, line_type, plain)),
        licensed_software: if service == Some(Service::Ec2) && running { licensed_software(facts) } else { None },
        price_variant,
        public_rate: facts
            .list_rate
            .filter(|_| running)
            .and_then(|text| Decimal::from_str(text.trim()).ok())
            .filter(|rate| *rate > Decimal::ZERO)
            .map(|rate| rate.normalize()),
        currency: facts.currency.map(str::to_owned),
    }
}

/// The region whose usage types of EC2, RDS, ElastiCache and OpenSearch have no prefix.
const UNPREFIXED_REGION: &str = "us-east-1";

/// Splits "APN2-BoxUsage:m5.large" into the region of its prefix and the rest.
fn split_region<'a>(usage_type: &'a str, book: &PriceBook) -> (Option<String>, &'a str) {
    if let Some((prefix, rest)) = usage_type.split_once('-')
        && let Some(region) = book.region_of_prefix(prefix)
    {
        return (Some(region.to_owned()), rest);
    }
    (None, usage_type)
}

pub(crate) fn service_of(product_code: &str) -> Option<Service> {
    match product_code {
        "AmazonEC2" => Some(Service::Ec2),
        "AmazonRDS" => Some(Service::Rds),
        "AmazonElastiCache" => Some(Service::ElastiCache),
        "AmazonES" => Some(Service::OpenSearch),
        _ => None,
    }
}

/// Instance hours as the usage type spells them.
#[derive(Debug, PartialEq, Eq)]
struct Hours<'a> {
    /// Type after the colon; empty for the bare `BoxUsage` of old m1.small.
    item: &'a str,
    deployment: Option<&'static str>,
    tenancy: Option<&'static str>,
    io_optimized: bool,
}

/// Recognises the usage types that count instance hours; `plain` has no region prefix.
fn instance_hours(service: Service, plain: &str) -> Option<Hours<'_>> {
    let (kind, item) = plain.split_once(':').unwrap_or((plain, ""));
    let hours = |deployment, tenancy, io_optimized| Some(Hours { item, deployment, tenancy, io_optimized });
    match (service, kind) {
        (Service::Ec2, "BoxUsage" | "SpotUsage" | "UnusedBox") => hours(None, Some("Shared"), false),
        (Service::Ec2, "DedicatedUsage" | "UnusedDed") => hours(None, Some("Dedicated"), false),
        (Service::Ec2, "HostUsage" | "ReservedHostUsage") => hours(None, Some("Host"), false),
        (Service::Rds, "InstanceUsage") => hours(Some("Single-AZ"), None, false),
        (Service::Rds, "InstanceUsageIOOptimized") => hours(Some("Single-AZ"), None, true),
        (Service::Rds, "Multi-AZUsage" | "MirrorUsage" | "Multi-AZMirrorUsage") => hours(Some("Multi-AZ"), None, false),
        (Service::Rds, "Multi-AZClusterUsage") => hours(Some("Multi-AZ (readable standbys)"), None, false),
        (Service::ElastiCache, "NodeUsage") | (Service::OpenSearch, "ESInstance") if !item.is_empty() => {
            hours(None, None, false)
        }
        _ => None,
    }
}

/// Compute that is recognised by product and usage type, and not analysed yet.
fn is_other_compute(product_code: &str, plain: &str) -> bool {
    let starts = |names: &[&str]| names.iter().any(|name| plain.starts_with(name));
    match product_code {
        "AWSLambda" => plain.contains("GB-Second") || plain.contains("Provisioned-Concurrency"),
        "AmazonECS" | "AmazonEKS" => plain.contains("Fargate") && !plain.contains("EphemeralStorage"),
        "ElasticMapReduce" => plain.contains("BoxUsage") || plain.contains("vCPUHours"),
        "AmazonMSK" => starts(&["Kafka.", "Express."]) && !plain.starts_with("Kafka.Storage"),
        "AmazonDocDB" | "AmazonNeptune" => starts(&["InstanceUsage"]),
        "AmazonMemoryDB" => starts(&["NodeUsage"]),
        "AmazonRedshift" => starts(&["Node:"]),
        "AmazonSageMaker" => plain.contains(":ml."),
        "CodeBuild" => plain.contains("Build-Min"),
        _ => false,
    }
}

/// Finds the region; instance hours without any sign of one are us-east-1, whose usage types have no prefix.
fn region(facts: &Facts<'_>, prefix_region: Option<String>, running: bool, book: &PriceBook) -> Option<String> {
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
    prefix_region.or_else(zone_region).or_else(|| running.then(|| UNPREFIXED_REGION.to_owned()))
}

fn instance_type(facts: &Facts<'_>, service: Option<Service>, hours: Option<&Hours<'_>>) -> Option<String> {
    if let Some(own) = facts.instance_type {
        return Some(own.to_owned());
    }
    let hours = hours?;
    match service? {
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

/// The words by which a description tells the operating system, the first one found counts.
pub(crate) const DESCRIBED_SYSTEMS: [&str; 5] = ["Windows", "RHEL", "Red Hat", "SUSE", "Linux"];

/// Reads the operating system of instance hours: the bill's own text, else the operation, else the description.
fn operating_system(facts: &Facts<'_>) -> Option<String> {
    if let Some(own) = facts.operating_system.filter(|own| *own != "NA") {
        return Some(own.to_owned());
    }
    let code = facts.operation.and_then(|operation| operation.strip_prefix("RunInstances"));
    let from_code = code.map(|code| match code.split(':').nth(1).unwrap_or("") {
        "0002" | "0006" | "0102" | "0202" | "0800" => "Windows",
        "0010" | "00g0" | "0014" | "0110" | "0210" => "RHEL",
        "1010" | "1014" | "1110" | "1210" => "Red Hat Enterprise Linux with HA",
        "000g" => "SUSE",
        "0g00" => "Ubuntu Pro",
        _ => "Linux",
    });
    let described =
        facts.description.and_then(|description| DESCRIBED_SYSTEMS.into_iter().find(|name| description.contains(name)));
    match (from_code, described) {
        (Some("Linux") | None, Some("Windows")) => Some("Windows".to_owned()),
        (Some("Linux") | None, Some("RHEL" | "Red Hat")) => Some("RHEL".to_owned()),
        (Some("Linux") | None, Some("SUSE")) => Some("SUSE".to_owned()),
        (Some(code), _) => Some(code.to_owned()),
        (None, other) => other.map(str::to_owned),
    }
}

/// Returns licensed software that runs on Linux only with an x86 licence.
fn licensed_software(facts: &Facts<'_>) -> Option<String> {
    let own = facts.installed_software.filter(|software| *software != "NA");
    let coded = facts.operation.and_then(|operation| match operation.rsplit(':').next()? {
        "0004" | "0006" | "0014" | "1014" => Some("SQL Std"),
        "0100" | "0102" | "0110" | "1110" => Some("SQL Ent"),
        "0200" | "0202" | "0210" | "1210" => Some("SQL Web"),
        _ => None,
    });
    own.or(coded).map(str::to_owned)
}

fn database_engine(facts: &Facts<'_>, service: Option<Service>, running: bool) -> Option<String> {
    if let Some(own) = facts.database_engine.or(facts.cache_engine) {
        return Some(own.to_owned());
    }
    let operation = facts.operation.filter(|_| running)?;
    let (name, code) = operation.split_once(':')?;
    let engine = match (service?, name, code) {
        (Service::Rds, "CreateDBInstance", code) => match code {
            "0002" => "MySQL",
            "0014" => "PostgreSQL",
            "0016" => "Aurora MySQL",
            "0021" => "Aurora PostgreSQL",
            "0018" => "MariaDB",
            "0003" | "0004" | "0005" | "0006" | "0019" | "0020" => "Oracle",
            "0008" | "0009" | "0010" | "0011" | "0012" | "0013" | "0015" => "SQL Server",
            _ => return None,
        },
        (Service::ElastiCache, "CreateCacheCluster", code) => match code {
            "0001" => "Memcached",
            "0002" => "Redis",
            "Valkey" | "0003" => "Valkey",
            _ => return None,
        },
        _ => return None,
    };
    Some(engine.to_owned())
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
        Service::ElastiCache => engine.map(str::to_owned),
        Service::OpenSearch => Some("OpenSearch".to_owned()),
    }
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
