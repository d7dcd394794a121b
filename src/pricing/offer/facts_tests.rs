//! The names that the reading gives are those of the price table: every row of it is found again.

use std::collections::BTreeMap;

use super::{
    RateCode,
    cell::{Name, find},
    reason,
    samples::{Pairs, attributes, lines, read},
};
use crate::{
    pricing::{PriceBook, text::Reader},
    terms::Service,
};

/// Returns offer, attributes and usage type of a row; `None` for rows that no product is read to.
fn described(
    book: &PriceBook,
    service: &str,
    variant: &str,
    item: &str,
) -> Option<(&'static str, Vec<(String, String)>)> {
    let pairs =
        |pairs: Pairs<'_>| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let short = item.strip_suffix("xlarge").map_or_else(|| item.to_owned(), |start| format!("{start}xl"));
    let usage = |kind: &str, item: &str| format!("{kind}:{item}");
    let (offer, usage, mut others): (_, String, Vec<(String, String)>) = match service {
        "EC2" => {
            let (system, code) = match variant {
                "Linux" => ("Linux", ""),
                "Windows" => ("Windows", ":0002"),
                "RHEL" => ("RHEL", ":0010"),
                "RHEL-HA" => ("Red Hat Enterprise Linux with HA", ":1010"),
                "SLES" => ("SUSE", ":000g"),
                _ => return None,
            };
            let operation = format!("RunInstances{code}");
            let others = pairs(&[("operatingSystem", system), ("operation", &operation)]);
            ("AmazonEC2", usage("BoxUsage", item), others)
        }
        "RDS" if item.starts_with("db.") => {
            let (product, deployment) = variant.split_once('|')?;
            let kind = match deployment {
                "Single-AZ" | "Standard" => "InstanceUsage",
                "IO-Optimized" => "InstanceUsageIOOptimized",
                "Multi-AZ" if product.starts_with("SQL Server") => "MirrorUsage",
                "Multi-AZ" => "Multi-AZUsage",
                "Multi-AZ (readable standbys)" => "Multi-AZClusterUsage",
                _ => return None,
            };
            let licences = [
                (" License Included", "License included"),
                (" BYOL", "Bring your own license"),
                (" BYOM", "Bring your own media"),
                (" Marketplace", "Db2 license from AWS Marketplace"),
            ];
            let licence = licences.into_iter().find(|(end, _)| product.ends_with(end));
            let engine = ["Oracle", "SQL Server", "Db2"].into_iter().find(|engine| product.starts_with(engine));
            let others = match (engine, licence) {
                (Some(engine), Some((end, licence))) => {
                    let edition = product.strip_prefix(engine)?.strip_suffix(end)?.trim();
                    pairs(&[("databaseEngine", engine), ("databaseEdition", edition), ("licenseModel", licence)])
                }
                _ => pairs(&[("databaseEngine", product), ("licenseModel", "No license required")]),
            };
            ("AmazonRDS", usage(kind, &short), others)
        }
        "ElastiCache" if item.starts_with("cache.") => {
            ("AmazonElastiCache", usage("NodeUsage", item), pairs(&[("cacheEngine", variant)]))
        }
        "MemoryDB" if item.starts_with("db.") => {
            let operation = format!("CreateCluster:{variant}");
            ("AmazonMemoryDB", usage("NodeUsage", item), pairs(&[("operation", &operation)]))
        }
        "DocumentDB" | "Neptune" if item.starts_with("db.") => {
            let kind = if variant.ends_with("|Standard") { "InstanceUsage" } else { "InstanceUsageIOOptimized" };
            let offer = if service == "Neptune" { "AmazonNeptune" } else { "AmazonDocDB" };
            (offer, usage(kind, &short), Vec::new())
        }
        "OpenSearch" => ("AmazonES", usage("ESInstance", item.strip_suffix(".search")?), Vec::new()),
        "MSK" if item.starts_with("kafka.") => ("AmazonMSK", item.replace("kafka", "Kafka"), Vec::new()),
        "EMR" if variant == "EMR-surcharge" => ("ElasticMapReduce", usage("BoxUsage", item), Vec::new()),
        "SageMaker" => ("AmazonSageMaker", format!("Studio:KernelGateway-{item}"), Vec::new()),
        "Redshift" if variant == "Redshift" => ("AmazonRedshift", usage("Node", item), Vec::new()),
        "Redshift" => ("AmazonRedshift", "Redshift:ServerlessUsage".to_owned(), Vec::new()),
        "Lambda" => ("AWSLambda", item.split(":Tier").next()?.to_owned(), Vec::new()),
        "Fargate" => ("AmazonECS", item.to_owned(), Vec::new()),
        "EKS" => ("AmazonEKS", item.strip_prefix("EKS-").unwrap_or(item).to_owned(), Vec::new()),
        "APIGateway" => {
            let usage = if variant == "Cache" { item } else { item.split(':').next()? };
            ("AmazonApiGateway", usage.to_owned(), Vec::new())
        }
        "ELB" => {
            let family =
                if variant == "Classic" { "Load Balancer".to_owned() } else { format!("Load Balancer-{variant}") };
            ("AWSELB", item.to_owned(), pairs(&[("productFamily", &family)]))
        }
        "NATGateway" => {
            let usages = [("Hourly", "Hours"), ("Charge", "Bytes"), ("Per hour", "Prvd-Hours")];
            let (_, usage) = usages.into_iter().find(|(start, _)| item.starts_with(start))?;
            ("AmazonEC2", format!("NatGateway-{usage}"), Vec::new())
        }
        "CodeBuild" => {
            let (fleet, system) = variant.split_once('/').unwrap_or((variant, ""));
            let others = pairs(&[("computeFamily", fleet), ("computeType", item), ("operatingSystem", system)]);
            // The usage type alone says as much, where it is known.
            let meters = book.meters();
            let by_usage = ["Build-Min:Linux", "Build-Min:ARM"].map(|kind| format!("{kind}:g1.small"));
            assert!(by_usage.iter().all(|usage| meters.knows(Service::CodeBuild, usage)));
            ("CodeBuild", "Build-Min:X".to_owned(), others)
        }
        _ => return None,
    };
    others.push(("usagetype".to_owned(), usage));
    Some((offer, others))
}

#[test]
fn every_row_of_the_table_is_found_again() {
    let book = PriceBook::embedded().unwrap();
    let (mut found, mut other) = (BTreeMap::<&str, usize>::new(), BTreeMap::<(&str, &str), usize>::new());
    for row in book.rows() {
        // Quirks of the sources: a usage type for a variant, a family for an item.
        if row.variant.contains("APS5-") {
            continue;
        }
        let Some((offer, mut pairs)) = described(book, row.service, row.variant, row.item) else {
            *other.entry((row.service, row.variant)).or_default() += 1;
            continue;
        };
        pairs.push(("regionCode".to_owned(), row.region.to_owned()));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let cell = find(offer, &attributes(&pairs), book).unwrap_or_else(|reason| panic!("{row:?}: {reason}"));
        let item = match &cell.name {
            Name::Item(item) => item.clone(),
            tiers @ Name::Tiers(_) => {
                let begins = [0_u64, 300_000_000, 333_000_000, 1_000_000_000, 6_000_000_000, 7_500_000_000]
                    .into_iter()
                    .chain([15_000_000_000, 18_750_000_000, 20_000_000_000]);
                let items: Vec<String> = begins.filter_map(|begin| tiers.item(begin.into())).collect();
                items.into_iter().find(|item| item == row.item).unwrap_or_else(|| panic!("{row:?} has no tier"))
            }
        };
        let named = (cell.service, cell.region.as_str(), cell.variant.as_str(), item.as_str(), cell.unit.as_str());
        assert_eq!(named, (row.service, row.region, row.variant, row.item, row.unit));
        *found.entry(row.service).or_default() += 1;
    }
    assert_eq!(found.len(), 18, "{found:?}");
    // What is not compute, or has no architecture to choose, is not read from price lists.
    let services: Vec<&str> = other.keys().map(|(service, _)| *service).collect();
    for service in services {
        let known = ["DocumentDB", "EMR", "ElastiCache", "MSK", "MemoryDB", "RDS", "RDS-Storage"];
        assert!(known.contains(&service), "{other:?}");
    }
}

#[test]
fn real_codes_are_rate_codes() {
    for text in [
        "35AEEWH98DECPC35.JRTCKXETXF.6YS6EN2CT7",
        "35AEEWH98DECPC35.HU7G6KETJZ.2TG2D8R56U",
        "TG3M4CAGBA3NYQBH.JRTCKXETXF.QZE2SB4KVB",
        "FC2TWT2UEPTBKVBX.JRTCKXETXF.Y5DREYKEMT",
        "HG9V2UBQC2P9GB3T.2E92YMZ2XD6UMPWS",
    ] {
        let code: RateCode = text.parse().unwrap();
        assert_eq!(code.to_string(), text);
        assert_eq!(code.term.is_none(), text.matches('.').count() == 1);
    }
    for wrong in ["", "A", "A.B.C.D", "A..B", "a.B.C", "A.B.C ", ".B.C"] {
        assert!(wrong.parse::<RateCode>().is_err(), "{wrong}");
    }
}

/// Run by hand: `GRAVIMETER_SKUS=skus.csv cargo test -- --ignored every_known_sku`, with the unpacked file of the facts.
#[test]
#[ignore = "needs a file that is not in the repository"]
fn every_known_sku_is_read() {
    let book = PriceBook::embedded().unwrap();
    let path = std::env::var("GRAVIMETER_SKUS").unwrap();
    let mut reader = Reader::new("skus.csv", std::fs::File::open(path).unwrap()).unwrap();
    let columns = ["service", "region", "instance_type_or_usage", "os_or_engine", "sku", "offer_term_code"];
    let [service, region, item, variant, sku, term] = reader.columns(columns).unwrap();
    let [rate, usage] = reader.columns(["rate_code_suffix", "usagetype_if_known"]).unwrap();
    let mut wrong = BTreeMap::<String, usize>::new();
    while reader.advance().unwrap() {
        let code = format!("{}.{}.{}", reader.field(sku), reader.field(term), reader.field(rate));
        assert_eq!(code.parse::<RateCode>().unwrap().to_string(), code);
        let (service, variant, item) = (reader.field(service), reader.field(variant), reader.field(item));
        let Some((offer, mut pairs)) = described(book, service, variant, item) else { continue };
        if reader.field(usage).is_empty() {
            continue;
        }
        pairs.retain(|(name, _)| name != "usagetype");
        pairs.push(("usagetype".to_owned(), reader.field(usage).to_owned()));
        pairs.push(("regionCode".to_owned(), reader.field(region).to_owned()));
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let named = find(offer, &attributes(&pairs), book).map(|cell| (cell.variant, cell.name));
        let same = |item: &str| Name::Item(item.to_owned());
        if named != Ok((variant.to_owned(), same(item))) {
            *wrong.entry(format!("{service} {variant} as {named:?} {}", reader.field(usage))).or_default() += 1;
        }
    }
    for (what, count) in &wrong {
        eprintln!("{count} {what}");
    }
}

/// Run by hand: `GRAVIMETER_API_SAMPLES=folder cargo test -- --ignored the_samples`.
#[test]
#[ignore = "needs files that are not in the repository"]
fn the_samples_of_the_api_are_read() {
    let folder = std::path::PathBuf::from(std::env::var("GRAVIMETER_API_SAMPLES").unwrap());
    for name in ["get_products_response.json", "get_products_records_expanded.json"] {
        let read = read(std::fs::read(folder.join(name)).unwrap()).unwrap();
        let lines = lines(&read);
        assert_eq!(lines.len(), 15, "{lines:?}");
        for line in [
            "EC2 us-east-1 c5.xlarge Linux OnDemand 0.17 Hrs",
            "EC2 us-east-1 c5.xlarge Linux RI-3yr-AllUpfront 0.0619863014 Hrs",
            "EC2 us-east-1 m5.large Linux OnDemand 0.096 Hrs",
            "RDS us-east-1 db.r6g.large Aurora PostgreSQL|Standard OnDemand 0.26 Hrs",
        ] {
            assert!(lines.iter().any(|found| found == line), "{line}");
        }
        assert_eq!(read.left_out.into_iter().collect::<Vec<_>>(), [(reason::CAPACITY, 2)]);
        assert!(read.ambiguous.is_empty());
    }
}
