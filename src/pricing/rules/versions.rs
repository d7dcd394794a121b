//! The first engine version that runs on Graviton.
//!
//! Versions are compared number by number: 7.10 is later than 7.9, and 10.4.13 later than 10.4.9.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{
    error::{Error, Result},
    pricing::{files::VERSIONS, text::Reader},
    terms::Service,
};

/// A version as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(Vec<u32>);

impl FromStr for Version {
    type Err = Error;

    /// Reads the numbers of "8.0.35", `8.0.mysql_aurora.3.04.1` (the last run of them), `OpenSearch_2.11` or `emr-6.1.0`.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::usage(format!("\"{text}\" is not a version")).hint("write it as 8.0.35");
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let run = text.split(|c: char| !digits(c)).map(|run| run.trim_matches('.')).rfind(|run| !run.is_empty());
        let numbers: Option<Vec<u32>> = run.ok_or_else(wrong)?.split('.').map(|part| part.parse().ok()).collect();
        numbers.map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl Version {
    /// Returns the numbers, the most important one first.
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }

    fn major(&self) -> u32 {
        self.0.first().copied().unwrap_or(0)
    }

    /// Compares as far as both go: what is left open may be anything.
    fn compare(&self, minimum: &Self) -> Option<Ordering> {
        for (own, least) in self.0.iter().zip(&minimum.0) {
            match own.cmp(least) {
                Ordering::Equal => {}
                order => return Some(order),
            }
        }
        (self.0.len() >= minimum.0.len()).then_some(Ordering::Equal)
    }
}

/// What an engine needs on Graviton: a line of `engine-versions.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    service: Service,
    engine: String,
    name: String,
    text: String,
    /// The first version of each major version that runs, oldest first.
    minimums: Vec<Version>,
}

impl Requirement {
    /// Tells whether a version runs on Graviton; `None` when what is known of it does not tell.
    pub fn is_met_by(&self, version: &Version) -> Option<bool> {
        let of_branch = self.minimums.iter().rfind(|minimum| minimum.major() == version.major());
        match of_branch {
            Some(minimum) => version.compare(minimum).map(Ordering::is_ge),
            None => Some(self.minimums.iter().all(|minimum| version.major() > minimum.major())),
        }
    }

    /// Returns the requirement in words: "MySQL 8.0.17 or later".
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the engine as an inventory names it.
    pub fn engine(&self) -> &str {
        &self.engine
    }
}

/// All requirements.
#[derive(Debug)]
pub struct Versions(Vec<Requirement>);

impl Versions {
    /// Reads the file.
    pub(in crate::pricing) fn read(text: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(VERSIONS, text)?;
        let [service, engine, name, minimum] = reader.columns(["service", "engine", "name", "minimum"])?;
        let mut all = Vec::new();
        while reader.advance()? {
            let minimums: Vec<&str> = reader.field(minimum).split(' ').collect();
            let parsed: Result<Vec<Version>> = minimums.iter().map(|version| version.parse()).collect();
            let name: String = reader.parsed(name)?;
            all.push(Requirement {
                service: super::service(&reader, service)?,
                engine: reader.parsed(engine)?,
                text: format!("{name} {} or later", minimums.join(", or ")),
                name,
                minimums: parsed.map_err(|_| reader.wrong(minimum))?,
            });
        }
        Ok(Self(all))
    }

    /// Returns what an engine of a service needs; `None` when any version runs.
    pub fn of(&self, service: Service, engine: Option<&str>) -> Option<&Requirement> {
        let of_service = || self.0.iter().filter(move |requirement| requirement.service == service);
        match engine {
            Some(engine) => of_service().find(|requirement| requirement.engine.eq_ignore_ascii_case(engine)),
            None => None,
        }
        .or_else(|| of_service().next().filter(|_| of_service().count() == 1))
    }

    /// Returns the requirement in words, of a service whose engine the bill does not name too.
    pub fn condition(&self, service: Service, engine: Option<&str>) -> Option<String> {
        if service == Service::OpenSearch {
            let of_service = self.0.iter().filter(|requirement| requirement.service == service);
            let texts: Vec<&str> = of_service.map(Requirement::text).collect();
            return (!texts.is_empty()).then(|| texts.join(", "));
        }
        self.of(service, engine).map(|requirement| requirement.text.clone())
    }

    /// Returns the number of lines.
    pub(in crate::pricing) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the longest engine name that a text begins with, and the rest: "MySQL5.7" is MySQL and 5.7.
    pub fn split<'t>(&self, service: Service, text: &'t str) -> Option<(&Requirement, &'t str)> {
        let squeezed = |name: &str| name.replace(' ', "");
        self.0
            .iter()
            .filter(|requirement| requirement.service == service)
            .filter_map(|requirement| Some((requirement, text.strip_prefix(&squeezed(&requirement.name))?)))
            .max_by_key(|(requirement, _)| requirement.name.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::PriceBook;

    fn met(service: Service, engine: &str, version: &str) -> Option<bool> {
        let book = PriceBook::embedded().unwrap();
        book.versions().of(service, Some(engine)).unwrap().is_met_by(&version.parse().unwrap())
    }

    /// The acceptance numbers of the field: text comparison gets the first one wrong.
    #[test]
    fn versions_are_numbers() {
        assert_eq!(met(Service::OpenSearch, "Elasticsearch", "Elasticsearch_7.10"), Some(true));
        assert_eq!(met(Service::OpenSearch, "Elasticsearch", "7.8"), Some(false));
        assert_eq!(met(Service::OpenSearch, "OpenSearch", "OpenSearch_2.11"), Some(true));
        assert_eq!(met(Service::ElastiCache, "Redis", "5.0.4"), Some(false));
        assert_eq!(met(Service::ElastiCache, "redis", "7.1"), Some(true));
        assert_eq!(met(Service::Rds, "MySQL", "5.7.44"), Some(false));
        assert_eq!(met(Service::Rds, "MySQL", "8.0.9"), Some(false));
        assert_eq!(met(Service::Rds, "MySQL", "8.0.35"), Some(true));
        assert_eq!(met(Service::Rds, "MariaDB", "10.4.13"), Some(true));
        assert_eq!(met(Service::Rds, "Aurora MySQL", "5.7.mysql_aurora.2.07.2"), Some(false));
        assert_eq!(met(Service::Rds, "Aurora MySQL", "8.0.mysql_aurora.3.04.1"), Some(true));
        assert_eq!(met(Service::Rds, "Aurora PostgreSQL", "12.3"), Some(false));
        assert_eq!(met(Service::Rds, "Aurora PostgreSQL", "11.10"), Some(true));
        assert_eq!(met(Service::Msk, "Kafka", "3.2.0"), Some(false));
        assert_eq!(met(Service::Msk, "Kafka", "2.8.2.tiered"), Some(true));
    }

    #[test]
    fn half_a_version_tells_half() {
        assert_eq!(met(Service::Rds, "MySQL", "5.7"), Some(false));
        assert_eq!(met(Service::Rds, "MySQL", "8.0"), None);
        assert_eq!(met(Service::Rds, "PostgreSQL", "11"), Some(false));
        assert_eq!(met(Service::Rds, "PostgreSQL", "12"), None);
        assert_eq!(met(Service::Rds, "PostgreSQL", "13"), Some(true));
    }

    #[test]
    fn conditions_are_in_words() {
        let versions = PriceBook::embedded().unwrap().versions();
        let of = |service, engine| versions.condition(service, engine);
        assert_eq!(of(Service::Rds, Some("MySQL")).as_deref(), Some("MySQL 8.0.17 or later"));
        assert_eq!(of(Service::Msk, None).as_deref(), Some("Apache Kafka 2.8.2, or 3.3.2 or later"));
        assert_eq!(
            of(Service::OpenSearch, None).as_deref(),
            Some("OpenSearch 1.0 or later, Elasticsearch 7.9 or later")
        );
        assert_eq!(of(Service::Ec2, None), None);
        assert_eq!(of(Service::ElastiCache, Some("Valkey")), None);
    }

    #[test]
    fn names_are_split_from_versions() {
        let versions = PriceBook::embedded().unwrap().versions();
        let (requirement, rest) = versions.split(Service::Rds, "AuroraMySQL2").unwrap();
        assert_eq!((requirement.engine(), rest), ("Aurora MySQL", "2"));
        assert_eq!(versions.split(Service::Rds, "MySQL5.7").unwrap().1, "5.7");
        assert!(versions.split(Service::Rds, "Oracle12").is_none());
    }

    #[test]
    fn what_is_no_version_is_refused() {
        assert!("".parse::<Version>().is_err() && "latest".parse::<Version>().is_err());
        assert!("1..2".parse::<Version>().is_err());
        assert_eq!("emr-6.1.0".parse::<Version>().unwrap().to_string(), "6.1.0");
    }
}
