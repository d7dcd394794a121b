//! A type as a person writes it, without a bill: `m5.large`, `db.r5.large`, `r5.large.search`.

use super::{item_name, workload::Workload};
use crate::{
    normalize::{LineType, UsageKind},
    pricing::{PriceBook, bare_type},
    terms::{PurchaseOption, Service},
};

/// What a person may say beside the type.
#[derive(Debug, Clone, Copy, Default)]
pub struct Detail<'a> {
    /// Service; told by the type's name when it is not given.
    pub service: Option<Service>,
    /// Operating system of EC2, Linux by default.
    pub os: Option<&'a str>,
    /// Engine of a database or cache, `MySQL` or `Redis` by default.
    pub engine: Option<&'a str>,
    /// Deployment of a database, one zone and standard storage by default.
    pub deployment: Option<&'a str>,
}

impl<'a> Detail<'a> {
    /// Reads the one word that a SQL function takes: an operating system, an engine, or `engine|deployment`.
    pub fn of_word(typed: &str, word: Option<&'a str>) -> Self {
        let Some(word) = word else { return Self::default() };
        if service_of_type(typed) == Service::Ec2 {
            return Self { os: Some(word), ..Self::default() };
        }
        let (engine, deployment) = word.split_once('|').map_or((word, None), |(engine, rest)| (engine, Some(rest)));
        Self { engine: Some(engine), deployment, ..Self::default() }
    }
}

/// A type to be priced or judged in a region, on demand and shared.
#[derive(Debug, Clone)]
pub struct Question {
    /// The service that runs it.
    pub service: Service,
    /// Region code.
    pub region: String,
    /// The type as the price table spells it.
    pub name: String,
    /// The variant of the price table.
    pub variant: String,
    /// Engine of a database or cache.
    pub engine: Option<String>,
}

impl Question {
    /// Reads a type.
    pub fn new(typed: &str, region: &str, detail: Detail<'_>) -> Self {
        let service = detail.service.unwrap_or_else(|| service_of_type(typed));
        let engine = match service {
            Service::Rds => Some(detail.engine.unwrap_or("MySQL")),
            Service::ElastiCache => Some(detail.engine.unwrap_or("Redis")),
            _ => None,
        };
        Self {
            service,
            region: region.to_owned(),
            name: item_name(service, bare_type(typed)),
            variant: variant(service, detail, engine),
            engine: engine.map(str::to_owned),
        }
    }

    /// Returns the usage that it is about.
    pub fn workload(&self, book: &PriceBook) -> Workload<'_> {
        let family = bare_type(&self.name).split('.').next().unwrap_or("");
        Workload {
            service: Some(self.service),
            kind: UsageKind::InstanceHours,
            line_type: LineType::Usage,
            region: Some(&self.region),
            instance_type: Some(&self.name),
            architecture: book.family(family).map(|family| family.architecture),
            operating_system: (self.service == Service::Ec2).then_some(self.variant.as_str()),
            database_engine: self.engine.as_deref(),
            tenancy: Some("Shared"),
            licensed_software: None,
            price_variant: Some(&self.variant),
            meter: None,
            is_spot: false,
            engine_version: None,
            purchase_option: Some(PurchaseOption::OnDemand),
            public_rate: None,
            currency: None,
        }
    }
}

/// Tells the service by the prefix or suffix of the type.
fn service_of_type(typed: &str) -> Service {
    if typed.starts_with("db.") {
        Service::Rds
    } else if typed.starts_with("cache.") {
        Service::ElastiCache
    } else if typed.ends_with(".search") || typed.ends_with(".elasticsearch") {
        Service::OpenSearch
    } else if typed.starts_with("kafka.") {
        Service::Msk
    } else if typed.starts_with("ml.") {
        Service::SageMaker
    } else {
        Service::Ec2
    }
}

/// Returns the variant of the price table.
fn variant(service: Service, detail: Detail<'_>, engine: Option<&str>) -> String {
    match service {
        Service::Ec2 => match detail.os.unwrap_or("Linux") {
            "SUSE" => "SLES".to_owned(),
            other => other.to_owned(),
        },
        Service::Rds => {
            let engine = engine.unwrap_or("MySQL");
            let default = if engine.starts_with("Aurora") { "Standard" } else { "Single-AZ" };
            format!("{engine}|{}", detail.deployment.unwrap_or(default))
        }
        Service::ElastiCache | Service::MemoryDb => engine.unwrap_or("Redis").to_owned(),
        Service::OpenSearch => "OpenSearch".to_owned(),
        Service::DocumentDb | Service::Neptune => {
            format!("{service}|{}", detail.deployment.unwrap_or("Standard"))
        }
        Service::Msk => "RunBroker".to_owned(),
        Service::Emr => "EMR-surcharge".to_owned(),
        Service::Redshift => "Redshift".to_owned(),
        Service::SageMaker => "Hosting".to_owned(),
        Service::Lambda | Service::Fargate | Service::Eks | Service::CodeBuild => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_says_its_service_and_a_word_the_rest() {
        for (typed, word, service, variant) in [
            ("m5.large", None, Service::Ec2, "Linux"),
            ("m5.large", Some("SUSE"), Service::Ec2, "SLES"),
            ("db.r5.large", None, Service::Rds, "MySQL|Single-AZ"),
            ("db.r5.large", Some("Aurora PostgreSQL"), Service::Rds, "Aurora PostgreSQL|Standard"),
            ("db.r5.large", Some("MySQL|Multi-AZ"), Service::Rds, "MySQL|Multi-AZ"),
            ("cache.r5.large", Some("Valkey"), Service::ElastiCache, "Valkey"),
            ("r5.large.search", None, Service::OpenSearch, "OpenSearch"),
        ] {
            let question = Question::new(typed, "us-east-1", Detail::of_word(typed, word));
            assert_eq!((question.service, question.variant.as_str()), (service, variant), "{typed}");
        }
    }
}
