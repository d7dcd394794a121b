//! Brings rates that a source spells by usage type and operation into the spelling of the table.
//!
//! `M7G` / `APS5-Multi-AZUsage:db.m7g.2xl|CreateDBInstance:0014` is `db.m7g.2xlarge` / `PostgreSQL|Multi-AZ`.

/// Returns item and variant as the table spells them; `None` when the variant is one already, an error when it is
/// spelled by a usage type that is not known here.
pub(super) fn of_usage_type(service: &str, variant: &str) -> Option<Result<(String, String), ()>> {
    let (usage_type, operation) = variant.split_once('|')?;
    let (usage, name) = usage_type.split_once(':')?;
    // Without the prefix of the region.
    let usage = usage.split_once('-').map_or(usage, |(_, usage)| usage);
    let (_, code) = operation.split_once(':').unwrap_or((operation, ""));
    let known = match (service, usage, operation) {
        ("RDS", ..) => deployment(usage, code).map(|variant| (with_long_size(name), variant)),
        ("ElastiCache", "NodeUsage", "CreateCacheCluster:Valkey") => Some((name.to_owned(), "Valkey".to_owned())),
        ("OpenSearch", "ESInstance", "ESDomain") => Some((format!("{name}.search"), "OpenSearch".to_owned())),
        _ => None,
    };
    Some(known.ok_or(()))
}

/// Returns engine and deployment of RDS.
fn deployment(usage: &str, code: &str) -> Option<String> {
    let engine = match code {
        "0002" => "MySQL",
        "0005" => "Oracle Enterprise BYOL",
        "0014" => "PostgreSQL",
        "0016" => "Aurora MySQL",
        "0018" => "MariaDB",
        "0019" => "Oracle Standard Two BYOL",
        "0021" => "Aurora PostgreSQL",
        _ => return None,
    };
    let deployment = match (usage, engine.starts_with("Aurora")) {
        ("InstanceUsage", true) => "Standard",
        ("InstanceUsageIOOptimized", true) => "IO-Optimized",
        ("InstanceUsage", false) => "Single-AZ",
        ("Multi-AZUsage", false) => "Multi-AZ",
        _ => return None,
    };
    Some(format!("{engine}|{deployment}"))
}

/// Writes out the size: "db.m7g.2xl" → "db.m7g.2xlarge"; "metal-48xl" is one already.
fn with_long_size(name: &str) -> String {
    let is_short = name.rsplit('.').next().is_some_and(|size| size.ends_with("xl") && !size.starts_with("metal"));
    if is_short { format!("{name}arge") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_are_brought_into_the_spelling_of_the_table() {
        for (service, variant, item, ours) in [
            ("RDS", "APS5-InstanceUsage:db.m7g.12xl|CreateDBInstance:0002", "db.m7g.12xlarge", "MySQL|Single-AZ"),
            (
                "RDS",
                "APS5-Multi-AZUsage:db.r8i.xl|CreateDBInstance:0019",
                "db.r8i.xlarge",
                "Oracle Standard Two BYOL|Multi-AZ",
            ),
            (
                "RDS",
                "APS5-InstanceUsageIOOptimized:db.r7g.large|CreateDBInstance:0021",
                "db.r7g.large",
                "Aurora PostgreSQL|IO-Optimized",
            ),
            (
                "RDS",
                "APS5-InstanceUsage:db.r8i.metal-48xl|CreateDBInstance:0005",
                "db.r8i.metal-48xl",
                "Oracle Enterprise BYOL|Single-AZ",
            ),
            ("ElastiCache", "APS5-NodeUsage:cache.m7g.large|CreateCacheCluster:Valkey", "cache.m7g.large", "Valkey"),
            ("OpenSearch", "APS5-ESInstance:or1.2xlarge|ESDomain", "or1.2xlarge.search", "OpenSearch"),
        ] {
            assert_eq!(of_usage_type(service, variant), Some(Ok((item.to_owned(), ours.to_owned()))), "{variant}");
        }
        assert_eq!(of_usage_type("RDS", "PostgreSQL|Multi-AZ (readable standbys)"), None);
        assert_eq!(of_usage_type("EC2", "Linux"), None);
        assert_eq!(of_usage_type("RDS", "APS5-Multi-AZUsage:db.r7g.large|CreateDBInstance:0021"), Some(Err(())));
        assert_eq!(of_usage_type("EC2", "APS5-BoxUsage:m5.large|RunInstances"), Some(Err(())));
    }
}
