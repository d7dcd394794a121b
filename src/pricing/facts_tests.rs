//! What the embedded snapshot must know: published prices, consistent families, every way to find a region.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{CURRENCY, PriceBook, Term, shapes};
use crate::terms::{Architecture, Service};

fn book() -> &'static PriceBook {
    PriceBook::embedded().unwrap()
}

fn linux(item: &str) -> String {
    book().on_demand("EC2", "us-east-1", item, "Linux").unwrap().usd.to_string()
}

#[test]
fn published_prices_hold() {
    for (item, usd) in [
        ("m5.large", "0.096"),
        ("m6g.large", "0.077"),
        ("m7g.large", "0.0816"),
        ("r5.large", "0.126"),
        ("r6g.large", "0.1008"),
        ("c5.large", "0.085"),
        ("c6g.large", "0.068"),
        ("t3.medium", "0.0416"),
        ("t4g.medium", "0.0336"),
    ] {
        assert_eq!(linux(item), usd, "{item}");
    }
    for (item, variant, usd) in
        [("Lambda-GB-Second", "x86_64", "0.0000166667"), ("Lambda-GB-Second-ARM", "arm64", "0.0000133334")]
    {
        let price = book().on_demand("Lambda", "us-east-1", item, variant).unwrap();
        assert_eq!((price.usd.to_string().as_str(), price.unit), (usd, "GB-Second"));
    }
}

#[test]
fn every_price_is_there_and_says_its_date_and_source() {
    book().verify().unwrap();
    let rows: Vec<_> = book().rows().collect();
    assert_eq!(rows.iter().filter(|row| row.term == Term::OnDemand).count(), 91_186);
    let key = |row: &super::PriceRow<'static>| (row.service, row.term, row.region, row.item, row.variant);
    assert!(rows.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
    assert!(rows.iter().all(|row| row.currency == CURRENCY));
    assert!(rows.iter().all(|row| row.price > Decimal::ZERO && !row.unit.is_empty() && !row.source.is_empty()));
    assert_eq!(rows.iter().map(|row| row.as_of).max(), Some(book().snapshot()));
    assert_eq!(book().snapshot(), NaiveDate::from_ymd_opt(2026, 10, 14).unwrap());
}

#[test]
fn the_status_adds_up_to_the_rows() {
    let status = book().status();
    assert_eq!(status.iter().map(|service| service.rows).sum::<usize>(), book().rows().count());
    let of = |service: Service| status.iter().find(|known| known.service == service.as_str()).unwrap();
    for service in [Service::Ec2, Service::Rds, Service::ElastiCache, Service::OpenSearch] {
        assert!(of(service).rows > 3_000 && of(service).regions >= 30, "{service}");
    }
    assert_eq!(of(Service::Ec2).oldest, NaiveDate::from_ymd_opt(2023, 2, 23));
}

#[test]
fn a_cell_that_is_not_known_stays_empty() {
    assert_eq!(book().on_demand("EC2", "ap-northeast-2", "m5.large", "RHEL"), None);
    assert_eq!(book().on_demand("EC2", "cn-north-1", "m5.large", "Linux"), None);
    assert_eq!(book().on_demand("Nope", "us-east-1", "m5.large", "Linux"), None);
    assert_eq!(book().items("EC2", "us-east-1", "Plan 9").count(), 0);
    let items: Vec<_> = book().items("EC2", "us-east-1", "Linux").map(|(item, _)| item).collect();
    assert!(items.len() > 500 && items.is_sorted());
}

#[test]
fn every_family_agrees_with_its_shapes() {
    let all: Vec<_> = book().shapes().cloned().collect();
    assert_eq!(all.len(), 1_419);
    let families = all.iter().map(|shape| shape.family.clone()).map(|name| {
        let family = book().family(&name).unwrap_or_else(|| panic!("{name} is not in families.csv"));
        (name, family.clone())
    });
    shapes::check(&all, &families.collect()).unwrap();
    for shape in &all {
        let family = book().family(&shape.family).unwrap();
        assert_eq!(shape.instance_type, format!("{}.{}", shape.family, shape.size));
        assert!(shape.gpus == 0 || family.accelerator.is_some(), "{} has GPUs", shape.instance_type);
        assert!(family.generation.is_none_or(|generation| family.class == format!("graviton{generation}")));
        assert_eq!(family.processor.contains("Graviton"), family.generation.is_some(), "{}", family.name);
        assert!(!shape.family.starts_with("mac") || family.generation.is_none());
    }
}

#[test]
fn shapes_csv_repeats_the_families_faithfully() {
    let text = std::str::from_utf8(include_bytes!("../../pricing-cache/shapes.csv")).unwrap();
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let family = book().family(fields[1]).unwrap();
        let generation = family.generation.map_or_else(String::new, |generation| generation.to_string());
        assert_eq!((fields[8], fields[9]), (family.processor.as_str(), generation.as_str()), "{line}");
    }
}

#[test]
fn families_that_only_a_service_sells_are_known_and_have_no_shape() {
    for family in ["or1", "or2", "om2", "oi2", "x2g"] {
        assert_eq!(book().family(family).unwrap().architecture, Architecture::Arm, "{family}");
        assert!(book().shapes().all(|shape| shape.family != family));
    }
    let known = |item: &str| book().family(super::bare_type(item).split('.').next().unwrap()).is_some();
    for service in [Service::Ec2, Service::Rds, Service::ElastiCache, Service::OpenSearch] {
        for row in book().rows().filter(|row| row.service == service.as_str() && row.unit == "Hrs") {
            let usage = row.item.starts_with("Serverless:") || row.item.starts_with("ultrawarm1.");
            assert!(usage || known(row.item), "the family of {} is not in families.csv", row.item);
        }
    }
}

#[test]
fn shapes_are_found_under_the_names_of_services() {
    let m5 = book().shape("m5.large").unwrap();
    for name in ["db.m5.large", "cache.m5.large", "m5.large.search", "m5.large.elasticsearch"] {
        assert_eq!(book().shape(name), Some(m5), "{name}");
    }
    assert_eq!((m5.vcpu, m5.memory_gib, m5.network_gbps), (2, Decimal::from(8), Some(Decimal::new(75, 2))));
    assert_eq!(book().shape("or1.large.search"), None);
    assert!(book().shape("t4g.micro").unwrap().burstable);
    assert!(book().shape("c5.metal").unwrap().bare_metal);
    assert_eq!(book().shape("p3.8xlarge").unwrap().gpus, 4);
}

#[test]
fn offerings_tell_not_sold_from_not_known() {
    assert_eq!(book().sold_in("m5.large", "ap-northeast-2"), Some(true));
    assert_eq!(book().sold_in("a1.large", "ap-northeast-2"), Some(false));
    assert_eq!(book().sold_in("m5.large", "us-gov-west-1"), None);
    assert_eq!(book().sold_in("or1.large", "us-east-1"), None);
}

#[test]
fn prefixes_and_locations_lead_to_regions() {
    for (prefix, region) in [
        ("APN2", "ap-northeast-2"),
        ("EU", "eu-west-1"),
        ("EUW1", "eu-west-1"),
        ("EUC1", "eu-central-1"),
        ("USE1", "us-east-1"),
        ("USE2", "us-east-2"),
        ("UGW1", "us-gov-west-1"),
    ] {
        assert_eq!(book().region_of_prefix(prefix), Some(region), "{prefix}");
    }
    assert_eq!(book().region_of_prefix("BoxUsage:m5.large"), None);
    for (location, region) in [
        ("US East (N. Virginia)", "us-east-1"),
        ("EU (Ireland)", "eu-west-1"),
        ("Europe (Ireland)", "eu-west-1"),
        ("Asia Pacific (Seoul)", "ap-northeast-2"),
        ("AWS GovCloud (US-West)", "us-gov-west-1"),
        ("South America (São Paulo)", "sa-east-1"),
    ] {
        assert_eq!(book().location_region(location), Some(region), "{location}");
    }
    assert_eq!(book().location_region("Global"), None);
    assert!(book().regions().iter().any(|region| region.code == "ap-northeast-2"));
}

#[test]
fn every_meter_has_its_price() {
    // EMR Serverless is recognised, and its prices are not in the table.
    let priced = book().meters().all().iter().filter(|meter| meter.service != Service::Emr);
    for meter in priced {
        let price = book().on_demand(meter.service.as_str(), "us-east-1", &meter.item, &meter.variant);
        assert!(price.is_some(), "{} {} has no price", meter.service, meter.item);
    }
    for meter in book().meters().all().iter().filter(|meter| meter.target.is_some()) {
        let tiers = |usage_type: &str| book().meters().tiers(meter.service, usage_type).count();
        assert_eq!(tiers(&meter.usage_type), tiers(meter.target.as_ref().unwrap()), "tiers of {}", meter.usage_type);
    }
}

#[test]
fn every_graviton_family_took_somebodys_place() {
    let graviton = |family: &&str| {
        let known = book().family(family);
        known.is_some_and(|known| known.generation.is_some_and(|generation| generation >= 2))
    };
    let mut families: Vec<&str> = book().shapes().map(|shape| shape.family.as_str()).collect();
    families.dedup();
    for family in families.into_iter().filter(graviton) {
        // GPU and HPC types replaced nothing of x86.
        let none = family == "g5g" || family.starts_with("hpc") || matches!(family, "m8gb" | "c8gb");
        assert_eq!(book().predecessors(family).is_empty(), none, "{family}");
        for predecessor in book().predecessors(family) {
            assert!(book().shapes().any(|shape| shape.family == *predecessor), "{predecessor}");
        }
    }
}
