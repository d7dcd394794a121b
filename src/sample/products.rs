//! How AWS describes what it sells: usage types, operations and product attributes of instances.

use rust_decimal::Decimal;

use super::lines::Attributes;
use super::story::What;

/// Everything about an instance that its type and what it runs decide.
#[derive(Debug)]
pub(super) struct Sold {
    /// Product code.
    pub product_code: &'static str,
    /// Usage type.
    pub usage_type: String,
    /// Usage type of the fee when it is reserved.
    pub reserved_usage_type: String,
    /// Operation.
    pub operation: &'static str,
    /// Key of its price in the price list.
    pub price_key: String,
    /// What the description calls it.
    pub label: String,
    /// Normalisation factor; zero for services without one.
    pub factor: Decimal,
    /// Product attributes; Spot has hardly any.
    pub product: Attributes,
}

/// Returns the name of a service, as `product_product_name` has it.
pub(super) fn service_name(product_code: &str) -> &'static str {
    match product_code {
        "AmazonEC2" => "Amazon Elastic Compute Cloud",
        "AmazonRDS" => "Amazon Relational Database Service",
        "AmazonElastiCache" => "Amazon ElastiCache",
        "AmazonES" => "Amazon OpenSearch Service",
        "AmazonMSK" => "Amazon Managed Streaming for Apache Kafka",
        "AWSLambda" => "AWS Lambda",
        "AmazonECS" => "Amazon Elastic Container Service",
        "AmazonEKS" => "Amazon Elastic Container Service for Kubernetes",
        "AWSELB" => "Elastic Load Balancing",
        "AmazonS3" => "Amazon Simple Storage Service",
        "AmazonCloudWatch" => "AmazonCloudWatch",
        "AmazonECR" => "Amazon EC2 Container Registry (ECR)",
        "AWSCloudTrail" => "AWS CloudTrail",
        "AWSSupportBusiness" => "AWS Support (Business)",
        "ComputeSavingsPlans" => "Savings Plans for AWS Compute usage",
        _ => "",
    }
}

/// Returns the attributes that place a product: its service and its region.
pub(super) fn placed(product_code: &str, us_east: bool) -> Attributes {
    let (region, location) =
        if us_east { ("us-east-1", "US East (N. Virginia)") } else { ("ap-northeast-2", "Asia Pacific (Seoul)") };
    let name = service_name(product_code);
    Attributes::from([
        ("product_name", name.to_owned()),
        ("servicecode", product_code.to_owned()),
        ("servicename", name.to_owned()),
        ("location", location.to_owned()),
        ("location_type", "AWS Region".to_owned()),
        ("region", region.to_owned()),
        ("region_code", region.to_owned()),
    ])
}

/// Returns the vCPUs and the memory in GiB; `None` for types whose shape AWS does not tell.
fn shape(class: &str) -> Option<(u32, u32)> {
    let bare = class.trim_start_matches("db.").trim_start_matches("cache.").trim_start_matches("kafka.");
    let (family, size) = bare.trim_end_matches(".search").split_once('.')?;
    let vcpu = match size {
        "small" | "medium" | "large" => 2,
        "xlarge" => 4,
        other => other.strip_suffix("xlarge")?.parse::<u32>().ok()?.checked_mul(4)?,
    };
    let memory = match (family, size) {
        ("ultrawarm1", _) => return None,
        ("t3" | "t4g", "small") => 2,
        ("t3" | "t4g", "medium") => 4,
        ("t3" | "t4g", "large") => 8,
        _ if family.starts_with('c') => vcpu * 2,
        _ if family.starts_with('r') => vcpu * 8,
        _ => vcpu * 4,
    };
    Some((vcpu, memory))
}

/// Returns the normalisation factor of a size: large is 4.
fn factor(class: &str) -> Decimal {
    let size = class.trim_end_matches(".search").rsplit('.').next().unwrap_or_default();
    Decimal::from(match size {
        "small" => 1,
        "medium" => 2,
        "large" => 4,
        "xlarge" => 8,
        other => other.strip_suffix("xlarge").and_then(|n| n.parse::<u32>().ok()).map_or(0, |n| n * 8),
    })
}

/// Returns the normalisation factor of one instance of the class, as reservations count it.
pub(super) fn units(class: &str) -> Decimal {
    factor(class)
}

fn family(class: &str) -> &str {
    let bare = class.trim_start_matches("db.").trim_start_matches("cache.").trim_start_matches("kafka.");
    bare.split('.').next().unwrap_or_default()
}

fn processor(family: &str) -> &'static str {
    match family {
        "m5" | "r5" => "Intel Xeon Platinum 8175",
        "c5" => "Intel Xeon Platinum 8124M",
        "t3" => "Intel Skylake E5 2686 v5",
        "g4dn" => "Intel Xeon Platinum 8259 (Cascade Lake)",
        "m6g" | "r6g" | "t4g" => "AWS Graviton2 Processor",
        _ => "",
    }
}

fn family_label(family: &str) -> &'static str {
    match family.as_bytes().first() {
        Some(b'c') => "Compute optimized",
        Some(b'r') => "Memory optimized",
        Some(b'g') => "GPU instance",
        _ => "General purpose",
    }
}

/// RDS shortens the larger sizes in its usage types: `db.r5.2xl`.
fn shortened(class: &str) -> String {
    match class.strip_suffix("xlarge") {
        Some(rest) => format!("{rest}xl"),
        None => class.to_owned(),
    }
}

/// Returns how AWS describes an instance of this class.
pub(super) fn instance(what: What, class: &str) -> Sold {
    match what {
        What::Ec2(_) | What::Dedicated | What::Spot | What::UsEast => ec2(what, class),
        What::AuroraMySql
        | What::AuroraPostgres
        | What::AuroraIo
        | What::MySqlMultiAz
        | What::Oracle
        | What::SqlServer => rds(what, class),
        What::Redis => {
            let more = [("cache_engine", "Redis"), ("instance_family", family_label(family(class)))];
            node("AmazonElastiCache", &format!("NodeUsage:{class}"), "CreateCacheCluster:0002", class, &more)
        }
        What::Search => {
            let bare = class.trim_end_matches(".search");
            let label = if bare.starts_with("ultrawarm") { "UltraWarm" } else { family_label(family(class)) };
            let more = [("instance_family", label), ("storage", "EBS Only")];
            node("AmazonES", &format!("ESInstance:{bare}"), "ESDomain", class, &more)
        }
        What::Kafka => {
            let usage_type = format!("K{}", class.trim_start_matches('k'));
            let more = [("compute_family", class.trim_start_matches("kafka.")), ("group", "Broker")];
            node("AmazonMSK", &usage_type, "RunBroker", class, &more)
        }
    }
}

/// Adds the attributes of a machine.
fn machine(product: &mut Attributes, class: &str) {
    product.insert("instance_type", class.to_owned());
    let family = family(class);
    if let Some((vcpu, memory)) = shape(class) {
        product.insert("vcpu", vcpu.to_string());
        product.insert("memory", format!("{memory} GiB"));
    }
    if !processor(family).is_empty() {
        product.insert("physical_processor", processor(family).to_owned());
    }
    product.insert("instance_type_family", family.to_owned());
    product.insert("current_generation", "Yes".to_owned());
}

fn node(
    product_code: &'static str,
    usage: &str,
    operation: &'static str,
    class: &str,
    more: &[(&'static str, &str)],
) -> Sold {
    let usage_type = format!("APN2-{usage}");
    let mut product = placed(product_code, false);
    machine(&mut product, class);
    if product_code == "AmazonMSK" {
        product.remove("instance_type");
        product.remove("physical_processor");
    }
    let (family, prefix) = match product_code {
        "AmazonElastiCache" => ("Cache Instance", "cache"),
        "AmazonES" => ("Amazon OpenSearch Service Instance", "es"),
        _ => ("Managed Streaming for Apache Kafka (MSK)", "msk"),
    };
    product.insert("product_family", family.to_owned());
    for (key, value) in more {
        product.insert(key, (*value).to_owned());
    }
    let engine = if prefix == "cache" { "/Redis" } else { "" };
    Sold {
        product_code,
        reserved_usage_type: format!("APN2-HeavyUsage:{class}"),
        operation,
        price_key: format!("{prefix}/{class}{engine}"),
        label: if prefix == "cache" { format!("{class} node") } else { class.to_owned() },
        factor: if prefix == "cache" { factor(class) } else { Decimal::ZERO },
        product: finished(product, &usage_type, operation),
        usage_type,
    }
}

fn ec2(what: What, class: &str) -> Sold {
    let (operation, system, software) = match what {
        What::Ec2("Windows") => ("RunInstances:0002", "Windows", "NA"),
        What::Ec2("RHEL") => ("RunInstances:0010", "RHEL", "NA"),
        What::Ec2("SQLStd") => ("RunInstances:0004", "Linux", "SQL Std"),
        What::Spot => ("RunInstances:SV062", "Linux", "NA"),
        _ => ("RunInstances", "Linux", "NA"),
    };
    let (prefix, usage, tenancy) = match what {
        What::Spot => ("APN2-", "SpotUsage", "Shared"),
        What::Dedicated => ("APN2-", "DedicatedUsage", "Dedicated"),
        What::UsEast => ("", "BoxUsage", "Shared"),
        _ => ("APN2-", "BoxUsage", "Shared"),
    };
    let usage_type = format!("{prefix}{usage}:{class}");
    let price_key = match what {
        What::Ec2(system) => format!("ec2/{class}/{system}"),
        What::Dedicated => format!("ec2/{class}/Dedicated"),
        What::Spot => format!("ec2/{class}/Spot"),
        _ => format!("us/ec2/{class}/Linux"),
    };
    let mut product = placed("AmazonEC2", what == What::UsEast);
    if what == What::Spot {
        // AWS leaves type, system and processor of a Spot row empty.
        product.retain(|key, _| matches!(*key, "product_name" | "region" | "region_code"));
    } else {
        machine(&mut product, class);
        for (key, value) in [
            ("product_family", "Compute Instance"),
            ("instance_family", family_label(family(class))),
            ("operating_system", system),
            ("tenancy", tenancy),
            ("pre_installed_sw", software),
            ("license_model", "No License required"),
            ("capacitystatus", "Used"),
            ("processor_architecture", "64-bit"),
            ("storage", if class.starts_with("g4dn") { "125 GB NVMe SSD" } else { "EBS only" }),
        ] {
            product.insert(key, value.to_owned());
        }
        product.insert("normalization_size_factor", factor(class).to_string());
        product = finished(product, &usage_type, operation);
    }
    let label = match what {
        What::Spot => format!("{class} Linux/UNIX Spot Instance-hour in Asia Pacific (Seoul) in VPC Zone #1"),
        What::Ec2("SQLStd") => format!("Linux with SQL Std {class} Instance"),
        What::Dedicated => format!("Dedicated Usage {system} {class} Instance"),
        _ => format!("On Demand {system} {class} Instance"),
    };
    Sold {
        product_code: "AmazonEC2",
        reserved_usage_type: format!("{prefix}HeavyUsage:{class}"),
        usage_type,
        operation,
        price_key,
        label,
        factor: factor(class),
        product,
    }
}

fn rds(what: What, class: &str) -> Sold {
    let (operation, engine, engine_code, usage, price) = match what {
        What::AuroraMySql => ("CreateDBInstance:0016", "Aurora MySQL", "16", "InstanceUsage", "Aurora MySQL"),
        What::AuroraIo => {
            ("CreateDBInstance:0021", "Aurora PostgreSQL", "21", "InstanceUsageIOOptimized", "Aurora PostgreSQL/IO")
        }
        What::MySqlMultiAz => ("CreateDBInstance:0002", "MySQL", "2", "Multi-AZUsage", "MySQL/Multi-AZ"),
        What::Oracle => ("CreateDBInstance:0020", "Oracle", "20", "InstanceUsage", "Oracle"),
        What::SqlServer => ("CreateDBInstance:0010", "SQL Server", "10", "InstanceUsage", "SQL Server"),
        _ => ("CreateDBInstance:0021", "Aurora PostgreSQL", "21", "InstanceUsage", "Aurora PostgreSQL"),
    };
    let multi_az = what == What::MySqlMultiAz;
    let usage_type = format!("APN2-{usage}:{}", shortened(class));
    let mut product = placed("AmazonRDS", false);
    machine(&mut product, class);
    let (licence, edition) = match what {
        What::Oracle => ("License included", "Standard Two"),
        What::SqlServer => ("License included", "Express"),
        _ => ("No license required", ""),
    };
    for (key, value) in [
        ("product_family", "Database Instance"),
        ("instance_family", family_label(family(class))),
        ("database_engine", engine),
        ("deployment_option", if multi_az { "Multi-AZ" } else { "Single-AZ" }),
        ("license_model", licence),
        ("engine_code", engine_code),
        ("database_edition", edition),
    ] {
        if !value.is_empty() {
            product.insert(key, value.to_owned());
        }
    }
    // RDS spells the family in capitals.
    product.insert("instance_type_family", family(class).to_uppercase());
    let az = if multi_az { "Multi-AZ" } else { "Single-AZ" };
    let factor = factor(class) * Decimal::from(if multi_az { 2 } else { 1 });
    product.insert("normalization_size_factor", factor.to_string());
    Sold {
        product_code: "AmazonRDS",
        reserved_usage_type: format!("APN2-HeavyUsage:{}", shortened(class)),
        operation,
        price_key: format!("rds/{class}/{price}"),
        label: format!("RDS {class} {az} instance running {engine}"),
        factor,
        product: finished(product, &usage_type, operation),
        usage_type,
    }
}

/// Adds the attributes that repeat the line item's own.
pub(super) fn finished(mut product: Attributes, usage_type: &str, operation: &str) -> Attributes {
    product.insert("usagetype", usage_type.to_owned());
    product.insert("operation", operation.to_owned());
    let sku = super::ids::upper(&format!("sku {usage_type} {operation}"), 16);
    product.insert("sku", sku);
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_types_are_spelled_as_aws_does() {
        let usage_type = |what, class| instance(what, class).usage_type;
        assert_eq!(usage_type(What::MySqlMultiAz, "db.m5.2xlarge"), "APN2-Multi-AZUsage:db.m5.2xl");
        assert_eq!(usage_type(What::AuroraMySql, "db.r5.xlarge"), "APN2-InstanceUsage:db.r5.xl");
        assert_eq!(usage_type(What::AuroraMySql, "db.r5.large"), "APN2-InstanceUsage:db.r5.large");
        assert_eq!(usage_type(What::UsEast, "t3.small"), "BoxUsage:t3.small");
        assert_eq!(usage_type(What::Kafka, "kafka.m5.large"), "APN2-Kafka.m5.large");
        assert_eq!(usage_type(What::Search, "m5.large.search"), "APN2-ESInstance:m5.large");
    }

    #[test]
    fn spot_rows_have_no_instance_type() {
        let product = instance(What::Spot, "c5.xlarge").product;
        assert_eq!(product.keys().copied().collect::<Vec<_>>(), ["product_name", "region", "region_code"]);
        assert_eq!(instance(What::Spot, "c5.xlarge").operation, "RunInstances:SV062");
    }

    #[test]
    fn shapes_and_factors() {
        assert_eq!(shape("db.r5.4xlarge"), Some((16, 128)));
        assert_eq!(shape("c5.9xlarge"), Some((36, 72)));
        assert_eq!(shape("ultrawarm1.medium.search"), None);
        assert_eq!(units("db.r6g.2xlarge"), Decimal::from(16));
        assert_eq!(units("m5.large.search"), Decimal::from(4));
    }
}
