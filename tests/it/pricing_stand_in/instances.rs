//! Managed services with instance types, as their price lists state them.

use gravimeter::pricing::PriceRow;

use super::products::{Product, Rate, always, one_of, place};

/// Returns the product of a row and those that are near to it.
pub(crate) fn products(row: &PriceRow<'_>) -> Vec<Product> {
    match row.service {
        "RDS" => rds(row),
        "ElastiCache" => cache(row),
        "OpenSearch" => search(row),
        "MSK" => kafka(row),
        "DocumentDB" => {
            cluster(row, "AmazonDocDB", "Amazon DocumentDB (with MongoDB compatibility)", "Amazon DocumentDB")
        }
        "Neptune" => cluster(row, "AmazonNeptune", "Amazon Neptune", "Amazon Neptune"),
        "MemoryDB" => memory(row),
        "EMR" => emr(row),
        "Redshift" => redshift(row),
        "SageMaker" => sagemaker(row),
        _ => Vec::new(),
    }
}

/// "db.m5.2xlarge" in a usage type: "db.m5.2xl".
fn short(item: &str) -> String {
    match item.rsplit_once('.') {
        Some((family, size)) if size.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("{family}.{}", size.replace("xlarge", "xl"))
        }
        _ => item.to_owned(),
    }
}

fn rds(row: &PriceRow<'_>) -> Vec<Product> {
    let (Some((engine, deployment)), "Hrs") = (row.variant.split_once('|'), row.unit) else { return Vec::new() };
    let engines =
        ["Aurora MySQL", "Aurora PostgreSQL", "MySQL", "PostgreSQL", "MariaDB", "Oracle", "SQL Server", "Db2"];
    let Some(name) = engines.into_iter().find(|name| engine.starts_with(name)) else { return Vec::new() };
    let rest = engine[name.len()..].trim();
    let licences = [
        ("BYOL", "Bring your own license"),
        ("BYOM", "Bring your own media"),
        ("Marketplace", "Marketplace"),
        ("License Included", "License included"),
    ];
    let licence = licences.into_iter().find(|(ending, _)| rest.ends_with(ending));
    let edition = licence.map_or(rest, |(ending, _)| rest.trim_end_matches(ending).trim());
    let licence = licence.map_or("No license required", |(_, text)| text);
    let operation = match (name, edition, licence) {
        ("Aurora MySQL", ..) => "CreateDBInstance:0016",
        ("Aurora PostgreSQL", ..) => "CreateDBInstance:0021",
        ("MySQL", ..) => "CreateDBInstance:0002",
        ("PostgreSQL", ..) => "CreateDBInstance:0014",
        ("MariaDB", ..) => "CreateDBInstance:0018",
        ("Oracle", "Enterprise", _) => "CreateDBInstance:0005",
        ("Oracle", _, "License included") => "CreateDBInstance:0020",
        ("Oracle", ..) => "CreateDBInstance:0019",
        ("SQL Server", "Express", _) => "CreateDBInstance:0010",
        ("SQL Server", "Web", _) => "CreateDBInstance:0011",
        ("SQL Server", "Standard", "License included") => "CreateDBInstance:0012",
        ("SQL Server", "Enterprise", "License included") => "CreateDBInstance:0015",
        ("SQL Server", ..) => "CreateDBInstance:0032",
        _ => "CreateDBInstance:0034",
    };
    let (option, usage) = match (deployment, name) {
        ("Standard" | "Single-AZ", _) => ("Single-AZ", "InstanceUsage"),
        ("IO-Optimized", _) => ("Single-AZ", "InstanceUsageIOOptimized"),
        ("Multi-AZ", "SQL Server") => ("Multi-AZ (SQL Server Mirror)", "MirrorUsage"),
        ("Multi-AZ", _) => ("Multi-AZ", "Multi-AZUsage"),
        ("Multi-AZ (readable standbys)", _) => ("Multi-AZ (readable standbys)", "Multi-AZClusterUsage"),
        _ => return Vec::new(),
    };
    let (_, prefix) = place(row.region);
    let mut product = Product::of(row, "AmazonRDS", "Amazon Relational Database Service", "Database Instance")
        .with(&[
            ("instanceType", row.item),
            ("databaseEngine", name),
            ("deploymentOption", option),
            ("licenseModel", licence),
            ("storage", if deployment == "IO-Optimized" { "Aurora IO Optimization Mode" } else { "EBS Only" }),
            ("engineCode", operation.rsplit('0').next().unwrap()),
            ("currentGeneration", "Yes"),
            ("processorArchitecture", "64-bit"),
        ])
        .used(&format!("{prefix}{usage}:{}", short(row.item)), operation);
    if !edition.is_empty() {
        product.set("databaseEdition", edition);
    }
    product.reserved = one_of(&format!("{} {} {}", row.region, row.item, row.variant), 12);
    let product = product.finish();
    let mut other = product.clone();
    other.reserved = false;
    let mut near = Vec::new();
    if matches!(name, "MySQL" | "PostgreSQL") && option == "Single-AZ" && one_of(row.item, 8) {
        let outposts = other.clone().with(&[("locationType", "AWS Outposts")]);
        near.push(outposts.used(&format!("{prefix}OutpostsInstanceUsage:{}", row.item), operation).times(55).finish());
    }
    if matches!(name, "Oracle" | "SQL Server") && option == "Single-AZ" && one_of(row.item, 8) {
        let custom = other.clone().with(&[("deploymentModel", "Custom")]);
        near.push(
            custom.used(&format!("{prefix}RDSCustomUsage:{}", row.item), "CreateCustomDBInstance").times(91).finish(),
        );
    }
    near.push(product);
    near
}

fn cache(row: &PriceRow<'_>) -> Vec<Product> {
    if let Some(unit) = row.item.strip_prefix("Serverless:") {
        let prefix = always(row.region);
        let usage = if unit == "GB-Hours" { "CachedData" } else { "ElastiCacheProcessingUnits" };
        let mut product = Product::of(row, "AmazonElastiCache", "Amazon ElastiCache", "ElastiCache Serverless")
            .with(&[("cacheEngine", row.variant)])
            .used(&format!("{prefix}{usage}:{}", row.variant), "CreateServerlessCache");
        product.rates = vec![Rate::flat(row.unit, row.price)];
        return vec![product.finish()];
    }
    if row.unit != "Hrs" || !row.item.starts_with("cache.") {
        return Vec::new();
    }
    let operation = match row.variant {
        "Memcached" => "CreateCacheCluster:0001",
        "Redis" => "CreateCacheCluster:0002",
        _ => "CreateCacheCluster:Valkey",
    };
    let (_, prefix) = place(row.region);
    let mut product = Product::of(row, "AmazonElastiCache", "Amazon ElastiCache", "Cache Instance")
        .with(&[("instanceType", row.item), ("cacheEngine", row.variant), ("currentGeneration", "Yes")])
        .used(&format!("{prefix}NodeUsage:{}", row.item), operation);
    product.reserved = one_of(&format!("{} {}", row.region, row.item), 10);
    let product = product.finish();
    let mut other = product.clone();
    other.reserved = false;
    let mut near = Vec::new();
    if row.variant == "Redis" {
        for (usage, percent) in [("ExtendedSupportYr1_Yr2-NodeUsage", 80), ("ExtendedSupportYr3-NodeUsage", 160)] {
            let other = other.clone().used(&format!("{prefix}{usage}:{}", row.item), operation);
            near.push(other.times(percent).finish());
        }
        let outposts = other.clone().with(&[("locationType", "AWS Outposts")]);
        near.push(outposts.used(&format!("{prefix}OutpostsNodeUsage:{}", row.item), operation).times(60).finish());
    }
    near.push(product);
    near
}

fn search(row: &PriceRow<'_>) -> Vec<Product> {
    let (_, prefix) = place(row.region);
    let bare = row.item.trim_end_matches(".search");
    let mut product = Product::of(row, "AmazonES", "Amazon OpenSearch Service", "Amazon OpenSearch Service Instance")
        .with(&[("instanceType", row.item), ("currentGeneration", "Yes")])
        .used(&format!("{prefix}ESInstance:{bare}"), "ESDomain");
    product.reserved = one_of(&format!("{} {}", row.region, row.item), 10);
    vec![product.finish()]
}

fn kafka(row: &PriceRow<'_>) -> Vec<Product> {
    let Some(bare) = row.item.strip_prefix("kafka.") else { return Vec::new() };
    let prefix = always(row.region);
    let family = "Managed Streaming for Apache Kafka (MSK)";
    let product = Product::of(row, "AmazonMSK", "Amazon Managed Streaming for Apache Kafka", family)
        .with(&[("computeFamily", bare), ("group", "Broker")])
        .used(&format!("{prefix}Kafka.{bare}"), "RunBroker");
    vec![product.finish()]
}

/// DocumentDB and Neptune, whose lists look alike.
fn cluster(row: &PriceRow<'_>, code: &'static str, service: &str, engine: &str) -> Vec<Product> {
    let Some((_, storage)) = row.variant.split_once('|') else { return Vec::new() };
    let usage = if storage == "IO-Optimized" { "InstanceUsageIOOptimized" } else { "InstanceUsage" };
    let (_, prefix) = place(row.region);
    let operation = if code == "AmazonDocDB" { "CreateDBInstance:0023" } else { "CreateDBInstance:0022" };
    let product = Product::of(row, code, service, "Database Instance")
        .with(&[
            ("instanceType", row.item),
            ("databaseEngine", engine),
            ("deploymentOption", "Multi-AZ"),
            ("currentGeneration", "Yes"),
        ])
        .used(&format!("{prefix}{usage}:{}", row.item), operation);
    vec![product.finish()]
}

fn memory(row: &PriceRow<'_>) -> Vec<Product> {
    let operation = if row.variant == "Valkey" { "CreateCluster:Valkey" } else { "CreateCluster:0002" };
    let usage = format!("{}NodeUsage:{}", always(row.region), row.item);
    let product = Product::of(row, "AmazonMemoryDB", "Amazon MemoryDB", "Amazon MemoryDB")
        .with(&[("instanceType", row.item), ("cacheEngine", row.variant), ("currentGeneration", "Yes")])
        .used(&usage, operation);
    vec![product.finish()]
}

fn emr(row: &PriceRow<'_>) -> Vec<Product> {
    if row.variant != "EMR-surcharge" {
        return Vec::new();
    }
    let (_, prefix) = place(row.region);
    let product = Product::of(row, "ElasticMapReduce", "Amazon Elastic MapReduce", "Elastic Map Reduce Instance")
        .with(&[("instanceType", row.item), ("softwareType", "EMR")])
        .used(&format!("{prefix}BoxUsage:{}", row.item), "");
    let other = product.clone().with(&[("softwareType", "EMR MapR M7")]).times(400).finish();
    vec![other, product.finish()]
}

fn redshift(row: &PriceRow<'_>) -> Vec<Product> {
    if row.variant != "Redshift" {
        return Vec::new();
    }
    let (_, prefix) = place(row.region);
    let mut product = Product::of(row, "AmazonRedshift", "Amazon Redshift", "Compute Instance")
        .with(&[("instanceType", row.item), ("usageFamily", "Compute Instance"), ("currentGeneration", "Yes")])
        .used(&format!("{prefix}Node:{}", row.item), "RunComputeNode:0001");
    product.reserved = true;
    let mut scaling = product.clone().used(&format!("{prefix}CS:{}", row.item), "ConcurrencyScaling:0001");
    "Redshift Concurrency Scaling".clone_into(&mut scaling.family);
    scaling.reserved = false;
    scaling.rates[0].unit = "seconds";
    vec![scaling.times(1).finish(), product.finish()]
}

fn sagemaker(row: &PriceRow<'_>) -> Vec<Product> {
    let usage = format!("{}Studio:KernelGateway-{}", always(row.region), row.item);
    let product = Product::of(row, "AmazonSageMaker", "Amazon SageMaker", "ML Instance")
        .with(&[
            ("instanceName", row.item),
            ("instanceType", &format!("{}-{}", row.item, row.variant)),
            ("component", row.variant),
            ("computeType", "Standard"),
            ("currentGeneration", "Yes"),
        ])
        .used(&usage, "RunInstance");
    vec![product.finish()]
}
