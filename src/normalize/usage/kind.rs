//! What kind of usage a line item is: hours of machines, meters of other compute, or none of the architecture's business.
//!
//! Told by product code and usage type alone. Spellings: AWS's billing codes, as seen in real bills and price lists.

use crate::{pricing::PriceBook, terms::Service};

/// Declares the kinds with their spelling in the `usage_kind` column.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident => $text:literal),+ $(,)?) => {
        /// What kind of usage a line item is, as far as the architecture question goes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum UsageKind { $($(#[$meta])* $name),+ }

        impl UsageKind {
            /// Returns the spelling of the `usage_kind` column.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// Returns the kind with this spelling.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// Hours that an instance ran; the only rows that count as hours.
    InstanceHours => "instance_hours",
    /// A fee for each hour of an instance that another row counts: EMR.
    Surcharge => "surcharge",
    /// Compute that is metered without an instance type: Lambda, Fargate, builds.
    Metered => "metered",
    /// Compute without an architecture to choose: Aurora Serverless, ElastiCache Serverless.
    Serverless => "serverless",
    /// Compute that is recognised and for which there is no rule.
    OtherCompute => "other_compute",
    /// Everything else that was used: storage, transfer, requests.
    Other => "other",
    /// No usage at all: fees, negations, credits, refunds, tax, discounts.
    NoUsage => "no_usage",
}

impl UsageKind {
    /// Tells whether it is compute of any kind.
    pub fn is_compute(self) -> bool {
        !matches!(self, Self::Other | Self::NoUsage)
    }

    /// Tells whether it has an architecture to choose, and is a row of `graviton_opportunities`.
    pub fn has_architecture(self) -> bool {
        matches!(self, Self::InstanceHours | Self::Surcharge | Self::Metered)
    }
}

/// Returns the compute service of a product; `None` for one whose instances and meters have no architecture.
pub(crate) fn service_of(product_code: &str) -> Option<Service> {
    Some(match product_code {
        "AmazonEC2" => Service::Ec2,
        "AmazonRDS" => Service::Rds,
        "AmazonElastiCache" => Service::ElastiCache,
        "AmazonES" => Service::OpenSearch,
        "AmazonMemoryDB" => Service::MemoryDb,
        "AmazonDocDB" => Service::DocumentDb,
        "AmazonNeptune" => Service::Neptune,
        "AmazonMSK" => Service::Msk,
        "ElasticMapReduce" => Service::Emr,
        "AWSLambda" => Service::Lambda,
        "AmazonECS" => Service::Fargate,
        "AmazonEKS" => Service::Eks,
        "AmazonSageMaker" => Service::SageMaker,
        "CodeBuild" => Service::CodeBuild,
        "AmazonRedshift" => Service::Redshift,
        _ => return None,
    })
}

/// Hours of an instance as the usage type spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours<'a> {
    /// Type after the colon; empty for the bare `BoxUsage` of old m1.small.
    pub item: &'a str,
    pub deployment: Option<&'static str>,
    pub tenancy: Option<&'static str>,
    pub io_optimized: bool,
}

/// What a usage type says; it has no region prefix any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelled<'a> {
    Hours(Hours<'a>),
    Surcharge(Hours<'a>),
    /// The usage type without `SpotUsage-`.
    Metered(&'a str),
    Serverless,
    OtherCompute,
    Other,
}

impl<'a> Spelled<'a> {
    /// Reads the usage type of a service's usage.
    pub(super) fn read(service: Service, plain: &'a str, book: &PriceBook) -> Self {
        if let Some(hours) = instance_hours(service, plain) {
            return if service == Service::Emr { Self::Surcharge(hours) } else { Self::Hours(hours) };
        }
        let meter = plain.strip_prefix("SpotUsage-").unwrap_or(plain);
        if book.meters().knows(service, meter) {
            Self::Metered(meter)
        } else if plain.contains("Serverless") {
            Self::Serverless
        } else if is_other_compute(service, plain) {
            Self::OtherCompute
        } else {
            Self::Other
        }
    }

    /// Reads the usage type of a product without rules, such as `GameLift` or DMS.
    pub(super) fn of_other_product(plain: &str) -> Self {
        let hours = ["BoxUsage:", "SpotUsage:", "InstanceUsage:", "InstanceUsg:", "NodeUsage:"];
        if hours.iter().any(|spelling| plain.starts_with(spelling)) { Self::OtherCompute } else { Self::Other }
    }

    /// Returns the hours of an instance, or of the fee on top of it.
    pub(super) fn hours(self) -> Option<Hours<'a>> {
        match self {
            Self::Hours(hours) | Self::Surcharge(hours) => Some(hours),
            _ => None,
        }
    }

    /// Returns the kind of usage.
    pub(super) fn kind(self) -> UsageKind {
        match self {
            Self::Hours(_) => UsageKind::InstanceHours,
            Self::Surcharge(_) => UsageKind::Surcharge,
            Self::Metered(_) => UsageKind::Metered,
            Self::Serverless => UsageKind::Serverless,
            Self::OtherCompute => UsageKind::OtherCompute,
            Self::Other => UsageKind::Other,
        }
    }
}

/// Recognises the usage types that count instance hours; `plain` has no region prefix.
fn instance_hours(service: Service, plain: &str) -> Option<Hours<'_>> {
    // Second lines for the same node, whichever side of its type they are named on.
    if plain.contains("SyncDurability") || plain.contains("ExtendedSupport") {
        return None;
    }
    if service == Service::Msk {
        // A dot and no colon; "Kafka.Storage.GP2" and "Kafka.mcu.general" are no brokers.
        let (kind, item) = plain.split_once('.')?;
        let is_broker = matches!(kind, "Kafka" | "Express") && item.bytes().any(|byte| byte.is_ascii_digit());
        let is_type = item.split('.').count() == 2 && !item.starts_with("Storage");
        return (is_broker && is_type).then_some(Hours {
            item: plain,
            deployment: None,
            tenancy: None,
            io_optimized: false,
        });
    }
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
        (Service::DocumentDb | Service::Neptune, "InstanceUsageIOOptimized") if !item.is_empty() => {
            hours(None, None, true)
        }
        (Service::Emr, "BoxUsage")
        | (Service::DocumentDb | Service::Neptune, "InstanceUsage")
        | (Service::ElastiCache | Service::MemoryDb, "NodeUsage")
        | (Service::OpenSearch, "ESInstance")
        | (Service::Redshift, "Node")
            if !item.is_empty() =>
        {
            hours(None, None, false)
        }
        (Service::SageMaker, _) if item.starts_with("ml.") && !kind.contains("Volume") => {
            hours(sagemaker_component(kind), None, false)
        }
        _ => None,
    }
}

/// Returns what a SageMaker instance is used for.
fn sagemaker_component(kind: &str) -> Option<&'static str> {
    let known = [
        ("Host", "Hosting"),
        ("AsyncInf", "Hosting"),
        ("Train", "Training"),
        ("SpotTrain", "Training"),
        ("Processing", "Processing"),
        ("Tsform", "Transform"),
        ("Notebk", "Notebook"),
        ("Studio", "Studio"),
    ];
    known.into_iter().find(|(spelling, _)| kind.starts_with(spelling)).map(|(_, component)| component)
}

/// Compute for which there is no rule: neither an instance type nor a meter of the table.
fn is_other_compute(service: Service, plain: &str) -> bool {
    match service {
        Service::Lambda => {
            plain.contains("GB-Second") && !plain.contains("Storage") || plain.contains("Provisioned-Concurrency")
        }
        Service::Fargate | Service::Eks => plain.contains("Fargate") && !plain.contains("EphemeralStorage"),
        Service::Emr => plain.contains("vCPUHours"),
        Service::SageMaker => plain.contains("ml.") && !plain.contains("Volume"),
        Service::CodeBuild => plain.contains("Build-"),
        Service::Redshift => plain.starts_with("ConcurrencyScaling"),
        _ => false,
    }
}
