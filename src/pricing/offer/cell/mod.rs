//! Finds the place of a product in the price table: service, region, variant, item and unit.
//!
//! The usage type, which bills carry too, comes first; other attributes tell what it leaves open. Where they are missing,
//! as in reduced records, the operation stands in. What stays open is left out, with the reason. The names agree with
//! those that bills are read to (`normalize::usage`).

mod databases;
mod instances;
mod metered;
mod tiers;
mod unit;

pub(super) use unit::Unit;

use super::{attributes::Attributes, reason};
use crate::pricing::PriceBook;

/// The place of a product in the price table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Service as the price table calls it.
    pub(super) service: &'static str,
    /// Region code.
    pub(super) region: String,
    /// Operating system, or engine and deployment.
    pub(super) variant: String,
    /// What is priced.
    pub(super) name: Name,
    /// What is counted.
    pub(super) unit: Unit,
    /// On hardware of one's own.
    pub(super) dedicated: bool,
}

/// What is priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// An item.
    Item(String),
    /// A usage type whose volume tiers are items of their own.
    Tiers(String),
}

impl Name {
    /// Returns the item for the rate that begins at this volume.
    pub(super) fn item(&self, begin: rust_decimal::Decimal) -> Option<String> {
        match self {
            Self::Item(item) => begin.is_zero().then(|| item.clone()),
            Self::Tiers(usage) => tiers::item(usage, begin).map(str::to_owned),
        }
    }
}

/// A usage type without its region prefix, with what the product says beside it.
struct Usage<'a> {
    plain: &'a str,
    /// What stands before the colon.
    kind: &'a str,
    /// What stands after it.
    item: &'a str,
    at: &'a Attributes,
    book: &'a PriceBook,
}

/// A place without its region.
struct Found {
    service: &'static str,
    variant: String,
    name: Name,
    unit: Unit,
    dedicated: bool,
}

impl Found {
    /// Hours of an item.
    fn hours(service: &'static str, variant: impl Into<String>, item: impl Into<String>) -> Self {
        Self::of(service, variant, item, Unit::Hours)
    }

    fn of(service: &'static str, variant: impl Into<String>, item: impl Into<String>, unit: Unit) -> Self {
        Self { service, variant: variant.into(), name: Name::Item(item.into()), unit, dedicated: false }
    }
}

/// Finds the place of a product of an offer; otherwise says why it has none.
pub(super) fn find(offer: &str, at: &Attributes, book: &PriceBook) -> Result<Cell, &'static str> {
    let read = match offer {
        "AmazonEC2" if at.usagetype.contains("NatGateway") => metered::nat_gateway,
        "AmazonEC2" => instances::ec2,
        "AmazonRDS" => databases::rds,
        "AmazonElastiCache" => databases::elasticache,
        "AmazonMemoryDB" => databases::memorydb,
        "AmazonDocDB" => databases::documentdb,
        "AmazonNeptune" => databases::neptune,
        "AmazonES" => instances::opensearch,
        "AmazonMSK" => instances::msk,
        "ElasticMapReduce" => instances::emr,
        "AmazonSageMaker" => instances::sagemaker,
        "AmazonRedshift" => instances::redshift,
        "AWSLambda" => metered::lambda,
        "AmazonECS" => metered::fargate,
        "AmazonEKS" => metered::eks,
        "CodeBuild" => metered::codebuild,
        "AmazonApiGateway" => metered::api_gateway,
        "AWSELB" => metered::load_balancer,
        _ => return Err(reason::SERVICE),
    };
    if !matches!(at.locationtype.as_str(), "" | "AWS Region") || at.usagetype.contains("Outpost") {
        return Err(reason::PLACE);
    }
    let (region, plain) = region(at, book)?;
    let (kind, item) = plain.split_once(':').unwrap_or((plain, ""));
    let found = read(&Usage { plain, kind, item, at, book })?;
    let Found { service, variant, name, unit, dedicated } = found;
    Ok(Cell { service, region, variant, name, unit, dedicated })
}

/// Finds the region, and the usage type without its prefix.
fn region<'a>(at: &'a Attributes, book: &PriceBook) -> Result<(String, &'a str), &'static str> {
    let known = |code: &str| book.regions().iter().find(|region| region.code == code);
    let stated = if !at.regioncode.is_empty() {
        Some(known(&at.regioncode).ok_or(reason::REGION)?)
    } else if !at.location.is_empty() {
        Some(book.location_region(&at.location).and_then(known).ok_or(reason::REGION)?)
    } else {
        None
    };
    let (prefix, rest) = at.usagetype.split_once('-').unwrap_or(("", &at.usagetype));
    let spelled = book.region_of_prefix(prefix);
    match (stated, spelled) {
        (Some(stated), Some(spelled)) if stated.code != spelled => Err(reason::OTHER_REGION),
        (_, Some(spelled)) => Ok((spelled.to_owned(), rest)),
        // The prefix of a new region is not known yet. Local Zones have prefixes of the same form.
        (Some(stated), None) if stated.prefixes.is_empty() && is_prefix(prefix) && at.locationtype == "AWS Region" => {
            Ok((stated.code.clone(), rest))
        }
        (Some(stated), None) => Ok((stated.code.clone(), &at.usagetype)),
        // Usage types of us-east-1 have no prefix.
        (None, None) => Ok(("us-east-1".to_owned(), &at.usagetype)),
    }
}

/// Tells whether a text has the form of a region's prefix: three letters and a digit.
fn is_prefix(text: &str) -> bool {
    let digits = text.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or("");
    text.len() == 4 && digits.ends_with(|c: char| c.is_ascii_digit())
}

/// Spells an abbreviated size in full: "db.r5.2xl" → "db.r5.2xlarge".
fn expanded(item: &str) -> String {
    let full = |part: &str| match part.strip_suffix("xl") {
        Some(count) if count.bytes().all(|byte| byte.is_ascii_digit()) => format!("{part}arge"),
        _ => part.to_owned(),
    };
    item.split('.').map(full).collect::<Vec<_>>().join(".")
}
