//! Instances with a database or cache engine: RDS, Aurora, ElastiCache, MemoryDB, DocumentDB, Neptune.

use super::{Found, Usage, expanded, unit::Unit};
use crate::pricing::offer::reason;

type Answer = Result<Found, &'static str>;

/// Second lines for the same node, whichever side of its type they are named on.
fn refuse_additions(usage: &Usage<'_>) -> Result<(), &'static str> {
    if usage.plain.contains("ExtendedSupport") {
        return Err(reason::EXTENDED);
    }
    if usage.plain.contains("SyncDurability") { Err(reason::USAGE) } else { Ok(()) }
}

/// Returns the type with the service's prefix, in full.
fn instance_type(usage: &Usage<'_>, prefix: &str) -> Result<String, &'static str> {
    let own = usage.at.instancetype.as_str();
    let item = if own.starts_with(prefix) { own.to_owned() } else { expanded(usage.item) };
    if item.starts_with(prefix) && usage.item.starts_with(prefix) { Ok(item) } else { Err(reason::USAGE) }
}

/// Tells whether requests to the storage are in the price.
fn is_io_optimized(usage: &Usage<'_>) -> bool {
    let says = |text: &str| text.contains("IO Optim") || text.contains("IO-Optim");
    usage.kind.ends_with("IOOptimized") || says(&usage.at.storage) || says(&usage.at.volumetype)
}

pub(super) fn rds(usage: &Usage<'_>) -> Answer {
    refuse_additions(usage)?;
    let at = usage.at;
    if at.deploymentmodel.contains("Custom") || at.usagetype.contains("Custom") || at.deploymentoption == "Custom" {
        return Err(reason::CUSTOM);
    }
    let spelled = match usage.kind {
        "InstanceUsage" | "InstanceUsageIOOptimized" => "Single-AZ",
        "Multi-AZUsage" | "MirrorUsage" | "Multi-AZMirrorUsage" => "Multi-AZ",
        "Multi-AZClusterUsage" => "Multi-AZ (readable standbys)",
        _ => return Err(reason::USAGE),
    };
    let named = match at.deploymentoption.as_str() {
        "" => spelled,
        "Multi-AZ (SQL Server Mirror)" => "Multi-AZ",
        other => other,
    };
    if named != spelled {
        return Err(reason::DEPLOYMENT);
    }
    let item = instance_type(usage, "db.")?;
    let variant = match engine(usage).ok_or(reason::ENGINE)? {
        engine @ ("Aurora MySQL" | "Aurora PostgreSQL") if spelled == "Single-AZ" => {
            format!("{engine}|{}", if is_io_optimized(usage) { "IO-Optimized" } else { "Standard" })
        }
        engine @ ("MySQL" | "PostgreSQL" | "MariaDB") => format!("{engine}|{spelled}"),
        engine @ ("Oracle" | "SQL Server" | "Db2") if !at.databaseedition.is_empty() => {
            format!("{engine} {} {}|{spelled}", at.databaseedition, licence(&at.licensemodel).ok_or(reason::ENGINE)?)
        }
        _ => return Err(reason::ENGINE),
    };
    Ok(Found::hours("RDS", variant, item))
}

/// Returns the engine that the product names, else the one of its operation.
fn engine<'a>(usage: &'a Usage<'_>) -> Option<&'a str> {
    let named = usage.at.databaseengine.as_str();
    if !named.is_empty() {
        return Some(named);
    }
    Some(match usage.at.operation.strip_prefix("CreateDBInstance:")? {
        "0002" => "MySQL",
        "0014" => "PostgreSQL",
        "0018" => "MariaDB",
        "0016" => "Aurora MySQL",
        "0021" => "Aurora PostgreSQL",
        _ => return None,
    })
}

/// Returns the word of the price table for a licence model.
fn licence(model: &str) -> Option<&'static str> {
    let model = model.to_ascii_lowercase();
    let words = [
        ("license included", "License Included"),
        ("bring your own license", "BYOL"),
        ("bring your own media", "BYOM"),
        ("marketplace", "Marketplace"),
    ];
    words.into_iter().find(|(spelling, _)| model.contains(spelling)).map(|(_, word)| word)
}

pub(super) fn elasticache(usage: &Usage<'_>) -> Answer {
    refuse_additions(usage)?;
    let serverless = match usage.kind {
        "NodeUsage" => None,
        "CachedData" => Some(("Serverless:GB-Hours", Unit::GbHours)),
        "ElastiCacheProcessingUnits" => Some(("Serverless:ElastiCacheProcessingUnit", Unit::ProcessingUnits)),
        _ => return Err(reason::USAGE),
    };
    if let Some((item, unit)) = serverless {
        let engine = ["Redis", "Memcached", "Valkey"].into_iter().find(|engine| {
            usage.item.eq_ignore_ascii_case(engine) || usage.at.cacheengine.eq_ignore_ascii_case(engine)
        });
        return Ok(Found::of("ElastiCache", engine.ok_or(reason::ENGINE)?, item, unit));
    }
    let engine = match (usage.at.cacheengine.as_str(), usage.at.operation.as_str()) {
        ("Redis", _) | ("", "CreateCacheCluster:0002") => "Redis",
        ("Memcached", _) | ("", "CreateCacheCluster:0001") => "Memcached",
        ("Valkey", _) | ("", "CreateCacheCluster:Valkey" | "CreateCacheCluster:0003") => "Valkey",
        _ => return Err(reason::ENGINE),
    };
    Ok(Found::hours("ElastiCache", engine, instance_type(usage, "cache.")?))
}

pub(super) fn memorydb(usage: &Usage<'_>) -> Answer {
    refuse_additions(usage)?;
    if usage.kind != "NodeUsage" {
        return Err(reason::USAGE);
    }
    let at = usage.at;
    let says = |engine: &str| {
        [&at.cacheengine, &at.databaseengine, &at.engine, &at.operation].iter().any(|text| text.contains(engine))
    };
    let engine = match (says("Valkey"), says("Redis")) {
        (true, false) => "Valkey",
        (false, true) => "Redis",
        _ => return Err(reason::ENGINE),
    };
    Ok(Found::hours("MemoryDB", engine, instance_type(usage, "db.")?))
}

pub(super) fn documentdb(usage: &Usage<'_>) -> Answer {
    cluster(usage, "DocumentDB")
}

pub(super) fn neptune(usage: &Usage<'_>) -> Answer {
    cluster(usage, "Neptune")
}

/// Instances of a cluster whose storage is shared.
fn cluster(usage: &Usage<'_>, service: &'static str) -> Answer {
    refuse_additions(usage)?;
    if !matches!(usage.kind, "InstanceUsage" | "InstanceUsageIOOptimized") {
        return Err(reason::USAGE);
    }
    let storage = if is_io_optimized(usage) { "IO-Optimized" } else { "Standard" };
    Ok(Found::hours(service, format!("{service}|{storage}"), instance_type(usage, "db.")?))
}
