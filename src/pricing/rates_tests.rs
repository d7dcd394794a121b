//! What the embedded snapshot must know of Reserved Instances and Savings Plans.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{PriceBook, Region, TERM, Term};

fn book() -> &'static PriceBook {
    PriceBook::embedded().unwrap()
}

fn rate(service: &str, region: &str, item: &str, variant: &str, term: &str) -> Option<String> {
    let found = book().committed(service, region, item, variant, term.parse().unwrap());
    found.map(|price| price.usd.to_string())
}

/// Rows of the facts by service and term: `zcat prices.csv.gz | awk -F, '{print $1, $5}' | sort | uniq -c`.
#[test]
fn every_rate_of_the_facts_is_there() {
    let mut found: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for row in book().rows().filter(|row| row.term != TERM) {
        let terms = found.entry(row.service).or_default();
        match terms.last_mut() {
            Some((term, count)) if *term == row.term => *count += 1,
            _ => terms.push((row.term, 1)),
        }
    }
    let wanted: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::from([
        (
            "EC2",
            vec![
                ("RI-1yr-NoUpfront", 53),
                ("RI-1yr-PartialUpfront", 53),
                ("RI-1yr-AllUpfront", 691),
                ("RI-3yr-NoUpfront", 53),
                ("RI-3yr-PartialUpfront", 53),
                ("RI-3yr-AllUpfront", 1_333),
                ("ComputeSP-1yr-NoUpfront", 1),
                ("ComputeSP-3yr-NoUpfront", 1),
            ],
        ),
        (
            "ElastiCache",
            vec![
                ("RI-1yr-NoUpfront", 3_663),
                ("RI-1yr-PartialUpfront", 3_663),
                ("RI-3yr-NoUpfront", 2_985),
                ("RI-3yr-PartialUpfront", 2_985),
                ("RI-3yr-AllUpfront", 2_985),
                ("DatabaseSP-1yr-NoUpfront", 14),
            ],
        ),
        ("Fargate", vec![("ComputeSP-1yr-NoUpfront", 2), ("ComputeSP-3yr-NoUpfront", 2)]),
        ("Lambda", vec![("ComputeSP-1yr-NoUpfront", 1), ("ComputeSP-3yr-NoUpfront", 1)]),
        (
            "OpenSearch",
            vec![
                ("RI-1yr-NoUpfront", 3_391),
                ("RI-1yr-PartialUpfront", 3_392),
                ("RI-1yr-AllUpfront", 3_392),
                ("RI-3yr-NoUpfront", 3_391),
                ("RI-3yr-PartialUpfront", 3_392),
                ("RI-3yr-AllUpfront", 3_391),
                ("DatabaseSP-1yr-NoUpfront", 68),
            ],
        ),
        (
            "RDS",
            vec![
                ("RI-1yr-NoUpfront", 1_622),
                ("RI-1yr-PartialUpfront", 1_650),
                ("RI-1yr-AllUpfront", 1_649),
                ("RI-3yr-NoUpfront", 72),
                ("RI-3yr-PartialUpfront", 1_192),
                ("RI-3yr-AllUpfront", 1_239),
                ("DatabaseSP-1yr-NoUpfront", 292),
            ],
        ),
    ]);
    assert_eq!(found, wanted);
    assert_eq!(found.values().flatten().map(|(_, count)| count).sum::<usize>(), 46_672);
}

#[test]
fn published_rates_hold() {
    for (service, region, item, variant, term, usd) in [
        ("EC2", "us-east-1", "c5.xlarge", "Linux", "RI-1yr-AllUpfront", "0.1"),
        ("EC2", "us-east-1", "c5.xlarge", "Linux", "RI-3yr-AllUpfront", "0.061986"),
        ("EC2", "ap-northeast-2", "r5.xlarge", "Linux", "RI-1yr-NoUpfront", "0.192"),
        ("EC2", "us-east-1", "m7g.large", "Linux", "ComputeSP-1yr-NoUpfront", "0.0599"),
        ("Lambda", "us-east-1", "Lambda-GB-Second", "x86_64", "ComputeSP-3yr-NoUpfront", "0.0000147"),
        ("RDS", "ap-south-2", "db.m7g.large", "MariaDB|Multi-AZ", "DatabaseSP-1yr-NoUpfront", "0.38336"),
        ("RDS", "ap-south-2", "db.r7g.12xlarge", "Aurora MySQL|Standard", "DatabaseSP-1yr-NoUpfront", "6.0008"),
        ("OpenSearch", "ap-south-2", "or1.2xlarge.search", "OpenSearch", "DatabaseSP-1yr-NoUpfront", "0.4688"),
    ] {
        assert_eq!(rate(service, region, item, variant, term).as_deref(), Some(usd), "{item} {term}");
    }
    // Nothing is carried over from another term, class or region.
    assert_eq!(rate("EC2", "us-east-1", "c5.xlarge", "Linux", "RI-1yr-NoUpfront"), None);
    assert_eq!(rate("EC2", "us-east-1", "c5.xlarge", "Linux", "RI-1yr-AllUpfront-Convertible"), None);
    assert_eq!(rate("EC2", "eu-west-1", "c5.xlarge", "Linux", "RI-1yr-AllUpfront"), None);
    assert_eq!(rate("EC2", "us-east-1", "c5.xlarge", "Linux", "EC2InstanceSP-1yr-AllUpfront"), None);
    assert_eq!(rate("MSK", "us-east-1", "kafka.m5.large", "-", "RI-1yr-NoUpfront"), None);
}

/// A commitment costs less than the list price, Microsoft's licences aside.
#[test]
fn rates_are_below_the_list_price_of_the_same_cell() {
    let variants: BTreeSet<(&str, &str)> =
        book().rows().filter(|row| row.term == TERM).map(|row| (row.service, row.variant)).collect();
    let regions: BTreeSet<&str> = book().regions().iter().map(|region: &Region| region.code.as_str()).collect();
    let mut unlisted = 0;
    for row in book().rows().filter(|row| row.term != TERM) {
        assert!(row.price > Decimal::ZERO && !row.unit.is_empty() && !row.source.is_empty(), "{row:?}");
        assert!(row.as_of > NaiveDate::from_ymd_opt(2023, 1, 1).unwrap(), "{row:?}");
        assert!(variants.contains(&(row.service, row.variant)) && regions.contains(row.region), "{row:?}");
        assert!(matches!(row.term.parse().unwrap(), Term::Reserved(..) | Term::SavingsPlan(..)));
        let licensed = row.variant.starts_with("SQL Server");
        match book().on_demand(row.service, row.region, row.item, row.variant) {
            Some(list) => assert!(row.price < list.usd || licensed, "{row:?}: {}", list.usd),
            None => unlisted += 1,
        }
    }
    // 217 databases and search nodes of new families in Hyderabad, 52 machines of bare metal in us-east-1.
    assert_eq!(unlisted, 269);
}
