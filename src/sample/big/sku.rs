//! What a line item is charged for: the texts that all its rows share, and its rate.

use bytes::Bytes;
use parquet::data_type::ByteArray;

use super::catalog::{CACHES, ENGINES, FAMILIES, MANAGED, REGIONS, SYSTEMS};
use super::chance::Chance;
use super::meters::{Amount, METERS, Prefix};

/// Units of an amount in a dollar, an hour or a gigabyte.
pub(super) const UNIT: i64 = 10_000_000_000;

/// Names a charge; equal keys are one [`Sku`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Index of the meter, of the operation, of the region, and of the other region of a transfer.
    Meter(usize, usize, usize, usize),
    /// Region, family, size, system.
    Ec2(usize, usize, usize, usize),
    /// Region, family, size.
    Spot(usize, usize, usize),
    /// Region, managed family, size, engine.
    Rds(usize, usize, usize, usize),
    /// Region, managed family, size, engine.
    Cache(usize, usize, usize, usize),
    /// Region, managed family, size.
    Search(usize, usize, usize),
    /// Fee of Reserved Instances of an EC2 class: region, family, size.
    Reserved(usize, usize, usize),
    /// Fee of a Savings Plan.
    Plan,
    /// Tax on a product.
    Tax(&'static str),
    /// Support.
    Support,
}

/// Text that many rows share.
pub(super) type Text = Option<ByteArray>;

/// What a row is charged for.
#[derive(Debug, Clone, Default)]
pub(super) struct Sku {
    pub product_code: Text,
    pub usage_type: Text,
    pub operation: Text,
    pub description: Text,
    pub unit: Text,
    /// Rate in units of 10^-10 dollars.
    pub rate: i64,
    pub rate_text: Text,
    pub rate_id: Text,
    pub rate_code: Text,
    pub family: Text,
    pub instance_type: Text,
    pub instance_family: Text,
    pub region: Text,
    pub location: Text,
    pub to_region: Text,
    pub to_location: Text,
    /// AWS's own id of the charge.
    pub id: Text,
    /// The `product` map, sorted by key.
    pub product: Vec<(ByteArray, ByteArray)>,
    pub amount: Option<Amount>,
    /// Normalization factor in units of 10^-10.
    pub factor: i64,
    /// Pattern of resource ids.
    pub resource: &'static str,
    /// Whether usage happens in an availability zone.
    pub zonal: bool,
}

/// Returns a text that is not empty.
pub(super) fn text(value: impl Into<String>) -> Text {
    let value = value.into();
    (!value.is_empty()).then(|| ByteArray::from(value.into_bytes()))
}

/// Returns a constant text.
pub(super) fn word(value: &'static str) -> ByteArray {
    ByteArray::from(Bytes::from_static(value.as_bytes()))
}

/// Writes an amount in units of 10^-10 with all its places, as AWS writes rates.
fn places(units: i64) -> String {
    format!("{}.{:010}", units / UNIT, units % UNIT)
}

/// Writes an amount without the zeros at its end.
fn short(units: i64) -> String {
    let text = places(units);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn prefixed(region: usize, usage: &str) -> String {
    if region == 0 { usage.to_owned() } else { format!("{}-{usage}", REGIONS[region].prefix) }
}

/// What a maker says of a charge before the common parts are added.
struct Draft<'a> {
    region: Option<usize>,
    product: &'static str,
    name: &'a str,
    family: &'a str,
    usage: String,
    operation: &'a str,
    what: String,
    unit: &'static str,
    rate: i64,
    map: Vec<(&'static str, String)>,
}

fn finished(draft: Draft<'_>) -> Sku {
    let mut chance = Chance::of(&draft.usage.bytes().chain(draft.operation.bytes()).map(u64::from).collect::<Vec<_>>());
    let id = chance.text(b"ABCDEFGHJKMNPQRSTUVWXYZ23456789", 16);
    let mut map = draft.map;
    map.push(("product_name", draft.name.to_owned()));
    map.push(("servicename", draft.name.to_owned()));
    if let Some(region) = draft.region {
        map.push(("region", REGIONS[region].code.to_owned()));
    }
    map.sort_unstable();
    let region = draft.region.map(|region| &REGIONS[region]);
    Sku {
        product_code: Some(word(draft.product)),
        description: text(format!("${} per {}", short(draft.rate), draft.what)),
        usage_type: text(draft.usage),
        operation: text(draft.operation),
        unit: Some(word(draft.unit)),
        rate: draft.rate,
        rate_text: text(places(draft.rate)),
        rate_id: text(format!("{}", 100_000_000_000 + chance.below(899_999_999_999))),
        rate_code: text(format!("{id}.JRTCKXETXF.6YS6EN2CT7")),
        family: text(draft.family),
        region: region.map(|region| word(region.code)),
        location: region.map(|region| word(region.location)),
        id: text(id),
        product: map.into_iter().filter_map(|(key, value)| Some((word(key), text(value)?))).collect(),
        ..Sku::default()
    }
}

impl Sku {
    /// Builds what the key names.
    pub(super) fn of(key: Key) -> Self {
        match key {
            Key::Meter(meter, operation, region, other) => metered(meter, operation, region, other),
            Key::Ec2(region, family, size, system) => ec2(region, family, size, system),
            Key::Spot(region, family, size) => spot(region, family, size),
            Key::Rds(region, family, size, engine) => rds(region, MANAGED[family], size, engine),
            Key::Cache(region, family, size, engine) => cache(region, MANAGED[family], size, engine),
            Key::Search(region, family, size) => search(region, MANAGED[family], size),
            Key::Reserved(region, family, size) => reserved(region, family, size),
            Key::Plan => Self {
                product_code: Some(word("ComputeSavingsPlans")),
                usage_type: Some(word("ComputeSP:1yrNoUpfront")),
                description: Some(word("1 year No Upfront Compute Savings Plan")),
                family: Some(word("ComputeSavingsPlans")),
                product: vec![(word("product_name"), word("Savings Plans for AWS Compute usage"))],
                amount: Some(Amount::Hours),
                ..Self::default()
            },
            Key::Tax(product) => Self {
                product_code: Some(word(product)),
                description: text(format!("Tax for product code {product}")),
                ..Self::default()
            },
            Key::Support => Self {
                product_code: Some(word("AWSSupportEnterprise")),
                usage_type: Some(word("Dollar")),
                description: Some(word("AWS Support (Enterprise)")),
                product: vec![(word("product_name"), word("AWS Support (Enterprise)"))],
                ..Self::default()
            },
        }
    }
}

fn metered(meter: usize, operation: usize, region: usize, other: usize) -> Sku {
    let meter = &METERS[meter];
    let usage = match meter.prefix {
        Prefix::Classic => prefixed(region, meter.usage),
        Prefix::Always => format!("{}-{}", REGIONS[region].prefix, meter.usage),
        Prefix::Pair => format!("{}-{}-{}", REGIONS[region].prefix, REGIONS[other].prefix, meter.usage),
        Prefix::Never => meter.usage.to_owned(),
    };
    let rate = meter.rate * REGIONS[region].price / 1000;
    let mut sku = finished(Draft {
        region: Some(region),
        product: meter.product,
        name: meter.name,
        family: meter.family,
        what: format!("{} of {} in {}", meter.unit, meter.usage, REGIONS[region].location),
        usage,
        operation: meter.operations[operation],
        unit: meter.unit,
        rate,
        map: vec![("group", meter.family.to_owned())],
    });
    if meter.prefix == Prefix::Pair {
        sku.to_region = Some(word(REGIONS[other].code));
        sku.to_location = Some(word(REGIONS[other].location));
    }
    sku.amount = Some(meter.amount);
    sku.resource = meter.resource;
    sku.zonal = meter.product == "AmazonEC2" && meter.family != "Storage";
    sku
}

/// Returns class, vCPUs, memory, and the price of a class in a region in millionths of a dollar.
fn class(region: usize, family: usize, size: usize) -> (String, i64, i64, i64) {
    let family = &FAMILIES[family];
    let (size, large) = family.sizes[size % family.sizes.len()];
    let price = family.large * large * REGIONS[region].price / 1000;
    (format!("{}.{size}", family.name), large * 2, family.memory * large, price)
}

fn machine(family: usize, vcpu: i64, memory: i64) -> Vec<(&'static str, String)> {
    vec![
        ("vcpu", vcpu.to_string()),
        ("memory", format!("{memory} GiB")),
        ("physical_processor", FAMILIES[family].processor.to_owned()),
        ("instance_type_family", FAMILIES[family].name.to_owned()),
        ("current_generation", "Yes".to_owned()),
        ("normalization_size_factor", (vcpu * 2).to_string()),
    ]
}

fn hourly(mut sku: Sku, class: &str, family: usize, vcpu: i64, resource: &'static str) -> Sku {
    sku.instance_type = text(class);
    sku.instance_family = Some(word(FAMILIES[family].label));
    sku.amount = Some(Amount::Hours);
    sku.factor = vcpu * 2 * UNIT;
    sku.resource = resource;
    sku.zonal = true;
    sku
}

fn ec2(region: usize, family: usize, size: usize, system: usize) -> Sku {
    let (class, vcpu, memory, price) = class(region, family, size);
    let (operation, system, licence, _) = SYSTEMS[system];
    let mut map = machine(family, vcpu, memory);
    map.extend(
        [
            ("operating_system", system),
            ("tenancy", "Shared"),
            ("pre_installed_sw", "NA"),
            ("license_model", "No License required"),
            ("capacitystatus", "Used"),
            ("processor_architecture", "64-bit"),
            ("storage", "EBS only"),
            ("marketoption", "OnDemand"),
            ("network_performance", "Up to 10 Gigabit"),
            ("enhanced_networking_supported", "Yes"),
            ("vpcnetworkingsupport", "true"),
            ("processor_features", "AVX; AVX2; Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo"),
        ]
        .map(|(key, value)| (key, value.to_owned())),
    );
    let sku = finished(Draft {
        region: Some(region),
        product: "AmazonEC2",
        name: "Amazon Elastic Compute Cloud",
        family: "Compute Instance",
        usage: prefixed(region, &format!("BoxUsage:{class}")),
        operation,
        what: format!("On Demand {system} {class} Instance Hour"),
        unit: "Hrs",
        rate: (price + licence * vcpu) * 10_000,
        map,
    });
    hourly(sku, &class, family, vcpu, "i-0{h}")
}

fn spot(region: usize, family: usize, size: usize) -> Sku {
    let (class, vcpu, _, price) = class(region, family, size);
    let location = REGIONS[region].location;
    let mut sku = finished(Draft {
        region: Some(region),
        product: "AmazonEC2",
        name: "Amazon Elastic Compute Cloud",
        family: "",
        usage: prefixed(region, &format!("SpotUsage:{class}")),
        operation: "RunInstances:SV052",
        what: format!("hour for {class} Linux/UNIX Spot Instance-hour in {location} in VPC Zone #2"),
        unit: "Hrs",
        rate: price * 3_600,
        map: Vec::new(),
    });
    sku = hourly(sku, &class, family, vcpu, "i-0{h}");
    // AWS leaves type and family of a Spot row empty.
    sku.instance_type = None;
    sku.instance_family = None;
    sku
}

fn rds(region: usize, family: usize, size: usize, engine: usize) -> Sku {
    let (class, vcpu, memory, price) = class(region, family, size);
    let (operation, engine, percent, usage, deployment) = ENGINES[engine];
    let mut map = machine(family, vcpu, memory);
    let licence = if engine == "Oracle" { "License included" } else { "No license required" };
    map.extend(
        [("database_engine", engine), ("deployment_option", deployment), ("license_model", licence)]
            .map(|(key, value)| (key, value.to_owned())),
    );
    // The usage type spells sizes from xlarge on in short.
    let brief = class.strip_suffix("xlarge").map_or_else(|| class.clone(), |start| format!("{start}xl"));
    let sku = finished(Draft {
        region: Some(region),
        product: "AmazonRDS",
        name: "Amazon Relational Database Service",
        family: "Database Instance",
        usage: prefixed(region, &format!("{usage}:db.{brief}")),
        operation,
        what: format!("RDS db.{class} {deployment} instance hour (or partial hour) running {engine}"),
        unit: "Hrs",
        rate: price * percent * 100,
        map,
    });
    hourly(sku, &format!("db.{class}"), family, vcpu, "arn:aws:rds:{r}:{a}:db:{n}")
}

fn cache(region: usize, family: usize, size: usize, engine: usize) -> Sku {
    let (class, vcpu, memory, price) = class(region, family, size);
    let (operation, engine) = CACHES[engine];
    let mut map = machine(family, vcpu, memory);
    map.push(("cache_engine", engine.to_owned()));
    let sku = finished(Draft {
        region: Some(region),
        product: "AmazonElastiCache",
        name: "Amazon ElastiCache",
        family: "Cache Instance",
        usage: prefixed(region, &format!("NodeUsage:cache.{class}")),
        operation,
        what: format!("cache.{class} node-hour running {engine}"),
        unit: "Hrs",
        rate: price * 16_200,
        map,
    });
    hourly(sku, &format!("cache.{class}"), family, vcpu, "arn:aws:elasticache:{r}:{a}:cluster:{n}")
}

fn search(region: usize, family: usize, size: usize) -> Sku {
    let (class, vcpu, memory, price) = class(region, family, size);
    let sku = finished(Draft {
        region: Some(region),
        product: "AmazonES",
        name: "Amazon OpenSearch Service",
        family: "Amazon OpenSearch Service Instance",
        usage: prefixed(region, &format!("ESInstance:{class}")),
        operation: "ESDomain",
        what: format!("{class}.search instance hour (or partial hour)"),
        unit: "Hrs",
        rate: price * 14_700,
        map: machine(family, vcpu, memory),
    });
    hourly(sku, &format!("{class}.search"), family, vcpu, "arn:aws:es:{r}:{a}:domain/{n}")
}

fn reserved(region: usize, family: usize, size: usize) -> Sku {
    let mut sku = ec2(region, family, size, 0);
    let class = class(region, family, size).0;
    sku.usage_type = text(prefixed(region, &format!("HeavyUsage:{class}")));
    sku.description = text(format!("Linux/UNIX (Amazon VPC), {class} reserved instance applied"));
    sku
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &Text) -> String {
        String::from_utf8(text.as_ref().map(|text| text.data().to_vec()).unwrap_or_default()).unwrap()
    }

    #[test]
    fn usage_types_are_spelled_as_aws_does() {
        let usage = |key| spelled(&Sku::of(key).usage_type);
        assert_eq!(usage(Key::Ec2(0, 0, 1, 0)), "BoxUsage:m5.xlarge");
        assert_eq!(usage(Key::Ec2(4, 0, 1, 1)), "APN2-BoxUsage:m5.xlarge");
        assert_eq!(usage(Key::Rds(1, 1, 2, 0)), "EU-InstanceUsage:db.r5.2xl");
        assert_eq!(usage(Key::Reserved(2, 5, 0)), "USW2-HeavyUsage:m6g.large");
        let pair = METERS.iter().position(|meter| meter.key == "pair-in").unwrap();
        assert_eq!(usage(Key::Meter(pair, 0, 0, 2)), "USE1-USW2-AWS-In-Bytes");
    }

    #[test]
    fn rates_have_ten_places() {
        let sku = Sku::of(Key::Ec2(0, 0, 1, 0));
        assert_eq!(spelled(&sku.rate_text), "0.1920000000");
        assert_eq!(spelled(&sku.description), "$0.192 per On Demand Linux m5.xlarge Instance Hour");
        assert_eq!(sku.rate, 1_920_000_000);
    }
}
