//! Instances without a database engine: EC2, OpenSearch, MSK, EMR, SageMaker, Redshift.

use super::{Found, Unit, Usage, metered};
use crate::pricing::offer::reason;

type Answer = Result<Found, &'static str>;

/// Tells whether the operation is another one than that of instance hours.
fn does_other(usage: &Usage<'_>, operation: &str) -> bool {
    !usage.at.operation.is_empty() && usage.at.operation != operation
}

pub(super) fn ec2(usage: &Usage<'_>) -> Answer {
    let at = usage.at;
    let is_instance = at.productfamily.is_empty() || at.productfamily.starts_with("Compute Instance");
    let dedicated = match (usage.kind, at.tenancy.as_str()) {
        _ if !is_instance => return Err(reason::USAGE),
        ("UnusedBox" | "UnusedDed" | "UnusedDedicated" | "Reservation" | "DedicatedRes", _) => {
            return Err(reason::CAPACITY);
        }
        ("BoxUsage", "" | "Shared") => false,
        ("DedicatedUsage", "" | "Dedicated") => true,
        ("HostUsage" | "HostBoxUsage" | "ReservedHostUsage", _) | (_, "Host") => return Err(reason::HOST),
        _ => return Err(reason::USAGE),
    };
    if !matches!(at.capacitystatus.as_str(), "" | "Used") || !matches!(at.marketoption.as_str(), "" | "OnDemand") {
        return Err(reason::CAPACITY);
    }
    if !at.preinstalledsw.is_empty() {
        return Err(reason::SOFTWARE);
    }
    if at.licensemodel.to_ascii_lowercase().starts_with("bring your own") {
        return Err(reason::OWN_LICENCE);
    }
    let item = match (at.instancetype.as_str(), usage.item) {
        // The first type of all is billed without its name.
        ("", "") => "m1.small",
        ("", item) => item,
        (own, _) => own,
    };
    Ok(Found { dedicated, ..Found::hours("EC2", system(usage)?, item) })
}

/// Returns the operating system that the product names and that its operation does not deny.
fn system(usage: &Usage<'_>) -> Result<&'static str, &'static str> {
    let named = match usage.at.operatingsystem.as_str() {
        "" => None,
        "Linux" => Some("Linux"),
        "Windows" => Some("Windows"),
        "RHEL" => Some("RHEL"),
        "Red Hat Enterprise Linux with HA" => Some("RHEL-HA"),
        "SUSE" => Some("SLES"),
        "Ubuntu Pro" => Some("Ubuntu Pro"),
        _ => return Err(reason::SYSTEM),
    };
    let Some(code) = usage.at.operation.strip_prefix("RunInstances") else {
        return named.filter(|_| usage.at.operation.is_empty()).ok_or(reason::SYSTEM);
    };
    let coded = match code {
        "" => "Linux",
        ":0002" => "Windows",
        ":0010" => "RHEL",
        ":1010" => "RHEL-HA",
        ":000g" => "SLES",
        ":0g00" => "Ubuntu Pro",
        ":0800" | ":00g0" => return Err(reason::OWN_LICENCE),
        ":0004" | ":0006" | ":0014" | ":1014" | ":0100" | ":0102" | ":0110" | ":1110" | ":0200" | ":0202" | ":0210"
        | ":1210" => return Err(reason::SOFTWARE),
        _ => return Err(reason::SYSTEM),
    };
    if named.is_none_or(|named| named == coded) { Ok(coded) } else { Err(reason::SYSTEM) }
}

pub(super) fn opensearch(usage: &Usage<'_>) -> Answer {
    if usage.kind != "ESInstance" || usage.item.is_empty() || does_other(usage, "ESDomain") {
        return Err(reason::USAGE);
    }
    let bare = usage.item.strip_suffix(".search").or_else(|| usage.item.strip_suffix(".elasticsearch"));
    Ok(Found::hours("OpenSearch", "OpenSearch", format!("{}.search", bare.unwrap_or(usage.item))))
}

/// Brokers have a dot and no colon: "Kafka.m5.large"; "Kafka.Storage.GP2" and "Kafka.mcu.general" are none.
pub(super) fn msk(usage: &Usage<'_>) -> Answer {
    let Some((kind, item)) = usage.plain.split_once('.') else { return Err(reason::USAGE) };
    let is_type = item.split('.').count() == 2 && item.bytes().any(|byte| byte.is_ascii_digit());
    let is_broker = matches!(kind, "Kafka" | "Express") && is_type && !item.starts_with("Storage");
    if !is_broker || does_other(usage, "RunBroker") {
        return Err(reason::USAGE);
    }
    Ok(Found::hours("MSK", "RunBroker", usage.plain.to_ascii_lowercase()))
}

/// The fee on top of the instances of a cluster, or EMR Serverless.
pub(super) fn emr(usage: &Usage<'_>) -> Answer {
    if usage.kind != "BoxUsage" {
        return metered::emr_serverless(usage);
    }
    if !matches!(usage.at.softwaretype.as_str(), "" | "EMR") {
        return Err(reason::SOFTWARE);
    }
    if usage.item.is_empty() {
        return Err(reason::USAGE);
    }
    Ok(Found::hours("EMR", "EMR-surcharge", usage.item))
}

pub(super) fn sagemaker(usage: &Usage<'_>) -> Answer {
    let (variant, item) = match (usage.kind, usage.item) {
        ("Host", item) => ("Hosting", item),
        ("Train", item) => ("Training", item),
        ("Processing", item) => ("Processing", item),
        ("Tsform", item) => ("Transform", item),
        ("Notebk", item) => ("Notebook", item),
        ("Studio", item) => ("Studio-Notebook", item.strip_prefix("KernelGateway-").unwrap_or("")),
        _ => return Err(reason::USAGE),
    };
    if !item.starts_with("ml.") {
        return Err(reason::USAGE);
    }
    Ok(Found::hours("SageMaker", variant, item))
}

pub(super) fn redshift(usage: &Usage<'_>) -> Answer {
    match (usage.kind, usage.item) {
        ("Redshift", "ServerlessUsage") => {
            let item = "Redshift Serverless compute charges per RPU-Hr";
            Ok(Found::of("Redshift", "Serverless", item, Unit::RpuHours))
        }
        ("Node", item) if !item.is_empty() => Ok(Found::hours("Redshift", "Redshift", item)),
        _ => Err(reason::USAGE),
    }
}
