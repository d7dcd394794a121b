//! The refresh of prices against a stand-in of the Pricing API: exact facts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use gravimeter::{
    error::Error,
    pricing::{Line, Listed, PriceBook, Sheet, Term},
    refresh::{Ask, Fetched, Want, refresh},
    source::Access,
};
use rust_decimal::Decimal;

use crate::{
    pricing_stand_in::{
        Catalogue, Cell, Fact, Faults, PLAN_TERMS, Product, REGIONS, RESERVED, StandIn, nobody, plan_rate,
    },
    s3_stand_in::SECRET,
};

/// Runs a test in a process of its own that has credentials: an environment is for whole processes.
pub(crate) fn in_process(name: &str, test: impl FnOnce()) {
    if std::env::var("AWS_SECRET_ACCESS_KEY").is_ok_and(|key| key == SECRET) {
        return test();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    nobody(&mut command);
    command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
    let output = command.args(["--exact", name, "--nocapture"]).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains(SECRET));
    eprintln!("{said}");
}

pub(crate) fn wants(services: &[&str], regions: &[&str]) -> Vec<Want> {
    let of = |service: &&str, region: &&str| Want { service: (*service).to_owned(), region: (*region).to_owned() };
    regions.iter().flat_map(|region| services.iter().map(move |service| of(service, region))).collect()
}

pub(crate) fn access(service: &StandIn, seconds: u64) -> Access {
    Access { endpoint_url: Some(service.endpoint()), give_up_after: Duration::from_secs(seconds), ..Access::default() }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn ask<'a>(wants: &'a [Want], staging: &'a Path) -> Ask<'a> {
    Ask {
        wants,
        bulk: false,
        plans: false,
        effective: None,
        today: day("2026-11-21"),
        staging,
        keep_for: Duration::from_hours(1),
        known_skus: Vec::new(),
    }
}

pub(crate) fn run(access: &Access, ask: &Ask<'_>) -> Result<Fetched, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(refresh(access, PriceBook::embedded().unwrap(), ask))
}

/// Refreshes without any trouble.
pub(crate) fn whole(service: &StandIn, ask: &Ask<'_>) -> Fetched {
    let fetched = run(&access(service, 60), ask).unwrap();
    assert!(fetched.failed.is_empty(), "{:?}", fetched.failed);
    fetched
}

fn lines(sheets: &[Sheet], term: impl Fn(&Term) -> bool) -> BTreeMap<Cell, &Listed> {
    let mut all = BTreeMap::new();
    for sheet in sheets {
        for (line, listed) in sheet.prices.iter().filter(|(line, _)| term(&line.term)) {
            let Line { variant, item, .. } = line;
            let cell = (sheet.service.clone(), sheet.region.clone(), item.clone(), variant.clone());
            all.insert(cell, listed);
        }
    }
    all
}

pub(crate) fn files(folder: &Path) -> usize {
    crate::support::files(folder).len()
}

#[test]
fn two_regions_give_exactly_the_facts() {
    in_process("prices_refresh::two_regions_give_exactly_the_facts", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let expected = &Catalogue::get().cells;
        let services: BTreeSet<&str> = expected.keys().map(|cell| cell.0.as_str()).collect();
        let services: Vec<&str> = services.into_iter().collect();
        let wants = wants(&services, &REGIONS);
        let started = Instant::now();
        let fetched = whole(&service, &ask(&wants, staging.path()));
        eprintln!("{} requests in {:?}", fetched.requests, started.elapsed());
        assert_eq!(fetched.requests, service.requests());
        let found = lines(&fetched.sheets, |term| *term == Term::OnDemand);
        let mut report: BTreeMap<&str, [usize; 4]> = services.iter().map(|name| (*name, [0; 4])).collect();
        let mut examples: Vec<String> = Vec::new();
        for (cell, fact) in expected {
            let (usd, unit, as_of): &Fact = fact;
            let counts = report.get_mut(cell.0.as_str()).unwrap();
            match found.get(cell) {
                Some(listed) if listed.usd == *usd && listed.unit == unit && listed.as_of == *as_of => counts[0] += 1,
                Some(listed) => {
                    counts[1] += 1;
                    examples.push(format!("{cell:?}: {usd} {unit} {as_of}, not {listed:?}"));
                }
                None => {
                    counts[2] += 1;
                    examples.push(format!("{cell:?}: missing"));
                }
            }
        }
        for (cell, listed) in found.iter().filter(|(cell, _)| !expected.contains_key(*cell)) {
            report.entry(cell.0.as_str()).or_default()[3] += 1;
            examples.push(format!("{cell:?}: more, {listed:?}"));
        }
        for (name, [same, other, missing, more]) in &report {
            eprintln!("{name}: {same} equal, {other} different, {missing} missing, {more} more");
        }
        let book = PriceBook::embedded().unwrap();
        let table = book.rows().filter(|row| REGIONS.contains(&row.region)).count();
        eprintln!("{} of {table} cells; left out: {:?}", expected.len(), fetched.left_out);
        let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
        for example in &examples {
            let count = shown.entry(example.split(',').next().unwrap()).or_default();
            *count += 1;
            if *count <= 6 {
                eprintln!("  {example}");
            }
        }
        for text in fetched.ambiguous.iter().take(20) {
            eprintln!("  ambiguous: {text}");
        }
        assert!(examples.is_empty() && fetched.ambiguous.is_empty() && fetched.nothing_for.is_empty());
    });
}

#[test]
fn reserved_instances_are_spread_over_their_hours() {
    in_process("prices_refresh::reserved_instances_are_spread_over_their_hours", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let wants = wants(&["EC2", "ElastiCache"], &["us-east-1"]);
        let fetched = whole(&service, &ask(&wants, staging.path()));
        let by_sku: BTreeMap<&str, &Product> =
            Catalogue::get().products.iter().map(|product| (product.sku.as_str(), product)).collect();
        let (mut seen, mut skus) = (0, BTreeSet::new());
        for sheet in &fetched.sheets {
            for (line, listed) in sheet.prices.iter().filter(|(line, _)| matches!(line.term, Term::Reserved(..))) {
                let product = by_sku[listed.rate_code.sku.as_str()];
                let (_, years, class, payment) =
                    RESERVED.into_iter().find(|term| Some(term.0) == listed.rate_code.term.as_deref()).unwrap();
                let (_, upfront, effective) = product.reserved_rate(years, class, payment);
                assert!((listed.usd - effective).abs() < Decimal::new(1, 6), "{line:?} {listed:?} {effective}");
                assert_eq!(listed.upfront.unwrap_or_default(), upfront, "{line:?}");
                let suffix = if class == "convertible" { "-Convertible" } else { "" };
                assert_eq!(line.term.to_string(), format!("RI-{years}yr-{}{suffix}", payment.replace(' ', "")));
                skus.insert(product.sku.as_str());
                seen += 1;
            }
        }
        let promised = Catalogue::get()
            .products
            .iter()
            .filter(|product| product.reserved && product.get("regionCode") == "us-east-1")
            .filter(|product| ["AmazonEC2", "AmazonElastiCache"].contains(&product.code))
            .count();
        eprintln!("{seen} reserved rates of {} products", skus.len());
        assert_eq!((seen, skus.len()), (promised * 12, promised));
    });
}

#[test]
fn a_region_without_a_service_is_a_note() {
    in_process("prices_refresh::a_region_without_a_service_is_a_note", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        for bulk in [false, true] {
            let wants = wants(&["MSK"], &["eu-west-9", "us-east-1"]);
            let fetched = whole(&service, &Ask { bulk, ..ask(&wants, staging.path()) });
            assert_eq!(fetched.nothing_for, self::wants(&["MSK"], &["eu-west-9"]), "bulk: {bulk}");
            assert_eq!(fetched.sheets.len(), 1);
        }
    });
}

#[test]
fn bulk_files_say_the_same() {
    in_process("prices_refresh::bulk_files_say_the_same", || {
        let service = StandIn::start();
        let services = ["MSK", "OpenSearch", "ElastiCache", "EC2", "Lambda", "Fargate", "ELB"];
        let wants = wants(&services, &["us-east-1"]);
        let staging = tempfile::tempdir().unwrap();
        let pages = whole(&service, &ask(&wants, staging.path()));
        let plain = |sheets: &[Sheet]| -> BTreeMap<(String, String), (Decimal, &'static str)> {
            let mut all = BTreeMap::new();
            for sheet in sheets {
                for (line, listed) in sheet.prices.iter().filter(|(line, _)| line.term != Term::Dedicated) {
                    all.insert((sheet.service.clone(), format!("{line:?}")), (listed.usd, listed.unit));
                }
            }
            all
        };
        for format in ["csv", "json"] {
            let staging = tempfile::tempdir().unwrap();
            service.fails(Faults { formats: Some(vec![format]), cut: 20, seed: 3, ..Faults::default() });
            let ask = Ask { bulk: true, ..ask(&wants, staging.path()) };
            let bulk = whole(&service, &ask);
            // A file states one day for all that is in it: MSK has one anyway and is the same to the last field.
            let kafka = |sheets: &[Sheet]| sheets.iter().find(|sheet| sheet.service == "MSK").cloned();
            assert_eq!(kafka(&bulk.sheets), kafka(&pages.sheets), "{format}");
            let (ours, theirs) = (plain(&bulk.sheets), plain(&pages.sheets));
            let difference: Vec<_> = ours
                .iter()
                .filter(|(key, value)| theirs.get(*key) != Some(value))
                .chain(theirs.iter().filter(|(key, _)| !ours.contains_key(*key)))
                .take(5)
                .collect();
            assert!(difference.is_empty(), "{format}: {} and {}: {difference:?}", ours.len(), theirs.len());
            eprintln!("{format}: {} prices are equal", ours.len());
            assert_eq!(service.count("GetProducts"), 0);
            // All of it is in staging.
            service.fails(Faults::default());
            let again = whole(&service, &ask);
            assert_eq!((again.sheets, service.requests(), again.reused), (bulk.sheets, 0, 7));
        }
    });
}

#[test]
fn savings_plans_are_joined_by_sku() {
    in_process("prices_refresh::savings_plans_are_joined_by_sku", || {
        let service = StandIn::start();
        let services = ["EC2", "Fargate", "Lambda", "RDS", "ElastiCache", "SageMaker", "MSK"];
        let wants = wants(&services, &["ap-northeast-2"]);
        for format in ["csv", "json"] {
            let staging = tempfile::tempdir().unwrap();
            service.fails(Faults { formats: Some(vec![format]), ..Faults::default() });
            let fetched = whole(&service, &Ask { plans: true, ..ask(&wants, staging.path()) });
            let by_sku: BTreeMap<&str, &Product> =
                Catalogue::get().products.iter().map(|product| (product.sku.as_str(), product)).collect();
            let mut expected: BTreeMap<(String, Cell), Decimal> = BTreeMap::new();
            for (cell, listed) in lines(&fetched.sheets, |term| *term == Term::OnDemand) {
                let product = by_sku[listed.rate_code.sku.as_str()];
                for (_, family, name, years, payment) in PLAN_TERMS {
                    if let Some(rate) = plan_rate(product, family, years) {
                        let term = format!("{name}-{years}yr-{}", payment.replace(' ', ""));
                        expected.insert((term, cell.clone()), rate);
                    }
                }
            }
            let mut found = BTreeMap::new();
            for sheet in &fetched.sheets {
                for (line, listed) in &sheet.prices {
                    if matches!(line.term, Term::SavingsPlan(..)) {
                        let cell =
                            (sheet.service.clone(), sheet.region.clone(), line.item.clone(), line.variant.clone());
                        found.insert((line.term.to_string(), cell), listed.usd);
                    }
                }
            }
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for (term, _) in found.keys() {
                *kinds.entry(term).or_default() += 1;
            }
            eprintln!("{format}: {} rates, {} expected: {kinds:?}", found.len(), expected.len());
            assert_eq!(kinds.len(), PLAN_TERMS.len());
            let difference: Vec<_> =
                expected.iter().filter(|(key, rate)| found.get(*key) != Some(rate)).take(5).collect();
            assert!(difference.is_empty(), "{format}: {difference:?}");
            let more: Vec<_> = found.keys().filter(|key| !expected.contains_key(*key)).take(5).collect();
            assert!(more.is_empty() && !found.is_empty(), "{format}: {more:?}");
        }
    });
}
