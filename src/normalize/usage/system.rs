//! What software a line item ran: operating system, licensed software, database engine.

use super::Facts;
use crate::terms::Service;

/// The words by which a description tells the operating system, the first one found counts.
pub(crate) const DESCRIBED_SYSTEMS: [&str; 5] = ["Windows", "RHEL", "Red Hat", "SUSE", "Linux"];

/// Reads the operating system of instance hours: the bill's own text, else the operation, else the description.
pub(super) fn operating_system(facts: &Facts<'_>) -> Option<String> {
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
pub(super) fn licensed_software(facts: &Facts<'_>) -> Option<String> {
    let own = facts.installed_software.filter(|software| *software != "NA");
    let coded = facts.operation.and_then(|operation| match operation.rsplit(':').next()? {
        "0004" | "0006" | "0014" | "1014" => Some("SQL Std"),
        "0100" | "0102" | "0110" | "1110" => Some("SQL Ent"),
        "0200" | "0202" | "0210" | "1210" => Some("SQL Web"),
        _ => None,
    });
    own.or(coded).map(str::to_owned)
}

pub(super) fn database_engine(facts: &Facts<'_>, service: Option<Service>, running: bool) -> Option<String> {
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
