//! The engine version that a Graviton target needs.
//!
//! A bill does not say which version runs, so the condition stands beside the saving until an inventory settles it.
//! Versions: AWS's own Graviton lists (aws-graviton-getting-started, Cloud Intelligence Dashboards 3.0.2), as of 2026-08.

use crate::terms::Service;

/// First engine version that runs on Graviton.
const MINIMUM_VERSIONS: &[(Service, &str, &str)] = &[
    (Service::Rds, "Aurora MySQL", "Aurora MySQL 2.09.2 or later"),
    (Service::Rds, "Aurora PostgreSQL", "Aurora PostgreSQL 11.9 or later"),
    (Service::Rds, "MySQL", "MySQL 8.0.17 or later"),
    (Service::Rds, "PostgreSQL", "PostgreSQL 12.3 or later"),
    (Service::Rds, "MariaDB", "MariaDB 10.4.13 or later"),
    (Service::ElastiCache, "Redis", "Redis 5.0.6 or later"),
    (Service::ElastiCache, "Memcached", "Memcached 1.5.16 or later"),
    (Service::OpenSearch, "", "OpenSearch, or Elasticsearch 7.9 or later"),
];

/// Returns the version that the engine needs on Graviton; `None` when any version runs.
pub fn condition(service: Service, engine: Option<&str>) -> Option<&'static str> {
    let engine = engine.unwrap_or("");
    MINIMUM_VERSIONS
        .iter()
        .find(|(known, name, _)| *known == service && (service == Service::OpenSearch || *name == engine))
        .map(|(_, _, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_by_service_and_engine() {
        assert_eq!(condition(Service::Rds, Some("MySQL")), Some("MySQL 8.0.17 or later"));
        assert_eq!(condition(Service::Ec2, None), None);
        assert_eq!(condition(Service::ElastiCache, Some("Valkey")), None);
        assert!(condition(Service::OpenSearch, None).is_some());
    }
}
