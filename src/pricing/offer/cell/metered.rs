//! Compute without instance types, load balancers, gateways: told by the usage type.

use super::{Found, Name, Unit, Usage, tiers};
use crate::{pricing::offer::reason, terms::Service};

type Answer = Result<Found, &'static str>;

/// Reads a meter of `meters.csv`; `None` for usage that is not among them.
fn meter(usage: &Usage<'_>, service: Service, unit: Unit) -> Option<Found> {
    let meter = usage.book.meters().tiers(service, usage.plain).next()?;
    Some(Found::of(service.as_str(), meter.variant.as_str(), meter.item.as_str(), unit))
}

pub(super) fn lambda(usage: &Usage<'_>) -> Answer {
    if tiers::has(usage.plain) {
        let found = meter(usage, Service::Lambda, Unit::GbSeconds).ok_or(reason::USAGE)?;
        return Ok(Found { name: Name::Tiers(usage.plain.to_owned()), ..found });
    }
    let other = |variant, unit| Found::of("Lambda", variant, usage.plain, unit);
    match usage.plain {
        "Request" | "Lambda-Edge-Request" => Ok(other("x86_64", Unit::Requests)),
        "Request-ARM" => Ok(other("arm64", Unit::Requests)),
        "Lambda-Storage-GB-Second" => Ok(other("x86_64", Unit::GbSeconds)),
        "Lambda-Storage-GB-Second-ARM" => Ok(other("arm64", Unit::GbSeconds)),
        _ => meter(usage, Service::Lambda, Unit::GbSeconds).ok_or(reason::USAGE),
    }
}

pub(super) fn fargate(usage: &Usage<'_>) -> Answer {
    match usage.plain {
        "Fargate-EphemeralStorage-GB-Hours" => Ok(Found::hours("Fargate", "any", usage.plain)),
        "ECS-Anywhere-Instance-hours" => Ok(Found::hours("Fargate", "-", usage.plain)),
        _ => meter(usage, Service::Fargate, Unit::Hours).ok_or(reason::USAGE),
    }
}

pub(super) fn eks(usage: &Usage<'_>) -> Answer {
    match usage.plain {
        "AmazonEKS-Hours:perCluster" | "AmazonEKS-Hours:extendedSupport" => Ok(Found::hours("EKS", "-", usage.plain)),
        _ => meter(usage, Service::Eks, Unit::Hours).ok_or(reason::USAGE),
    }
}

/// EMR without instances.
pub(super) fn emr_serverless(usage: &Usage<'_>) -> Answer {
    meter(usage, Service::Emr, Unit::Hours).ok_or(reason::USAGE)
}

/// Builds: the price list names fleet, system and size; the usage type alone means the plain fleet.
pub(super) fn codebuild(usage: &Usage<'_>) -> Answer {
    let at = usage.at;
    let unit = if at.computefamily == "OnDemand-Lambda" { Unit::Seconds } else { Unit::Minutes };
    if at.computefamily.is_empty() || at.computetype.is_empty() {
        return meter(usage, Service::CodeBuild, unit).ok_or(reason::USAGE);
    }
    let variant = match at.operatingsystem.as_str() {
        _ if unit == Unit::Seconds => at.computefamily.clone(),
        "" => return Err(reason::SYSTEM),
        system => format!("{}/{system}", at.computefamily),
    };
    Ok(Found::of("CodeBuild", variant, at.computetype.as_str(), unit))
}

pub(super) fn api_gateway(usage: &Usage<'_>) -> Answer {
    let variant = match usage.kind {
        "ApiGatewayRequest" => "REST",
        "ApiGatewayHttpRequest" => "HTTP",
        "ApiGatewayMessage" | "ApiGatewayMinute" => "WebSocket",
        "ApiGatewayCacheUsage" => return Ok(Found::hours("APIGateway", "Cache", usage.plain)),
        _ => return Err(reason::USAGE),
    };
    let found = Found::of("APIGateway", variant, usage.plain, Unit::Requests);
    if tiers::has(usage.plain) {
        return Ok(Found { name: Name::Tiers(usage.plain.to_owned()), ..found });
    }
    Ok(found)
}

pub(super) fn load_balancer(usage: &Usage<'_>) -> Answer {
    let at = usage.at;
    let says = |kind: &str| at.productfamily.ends_with(kind) || at.operation.ends_with(kind);
    let kind = ["Application", "Network", "Gateway"].into_iter().find(|kind| says(kind));
    let is_classic = at.productfamily == "Load Balancer" || at.operation == "LoadBalancing";
    let variant = kind.or_else(|| is_classic.then_some("Classic")).ok_or(reason::USAGE)?;
    let unit = match (usage.plain, variant) {
        ("LoadBalancerUsage", _) => Unit::Hours,
        ("LCUUsage", "Application" | "Network" | "Gateway") => Unit::LcuHours,
        ("DataProcessing-Bytes", "Classic") => Unit::Gigabytes,
        _ => return Err(reason::USAGE),
    };
    Ok(Found::of("ELB", variant, usage.plain, unit))
}

/// NAT gateways: the table names them by what the price list says in words.
pub(super) fn nat_gateway(usage: &Usage<'_>) -> Answer {
    let item = match usage.plain {
        "NatGateway-Hours" => "Hourly charge for NAT Gateways",
        "NatGateway-Bytes" => "Charge for per GB data processed by NatGateways",
        "NatGateway-Prvd-Hours" => "Per hour and per Gbps charge for NAT Gateways with provisioned bandwidth",
        _ => return Err(reason::USAGE),
    };
    Ok(Found::of("NATGateway", "-", item, Unit::Any))
}
