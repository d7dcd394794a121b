//! Verdicts of single types, from the acceptance figures of the field.

use rust_decimal::Decimal;

use super::*;
use crate::{
    rollup::fixture::{hours, usd},
    terms::Service,
};

fn book() -> &'static PriceBook {
    PriceBook::embedded().unwrap()
}

fn judged(instance_type: &str) -> Judgement<'static> {
    Judge::new(book(), Policy::default()).judge(&Workload::from(&hours(instance_type, "1")))
}

fn target_of(judgement: &Judgement<'_>) -> String {
    judgement.target.as_ref().map(|target| target.name.clone()).unwrap_or_default()
}

#[test]
fn cheaper_targets_by_shape_and_speed() {
    let m5 = judged("m5.large");
    assert_eq!((m5.verdict, target_of(&m5).as_str()), (Verdict::Eligible, "m6g.large"));
    assert_eq!(m5.source_price.map(|price| price.usd), Some(usd("0.096")));
    assert_eq!(m5.target.as_ref().and_then(|target| target.price).map(|price| price.usd), Some(usd("0.077")));
    let m6i = judged("m6i.xlarge");
    assert_eq!((m6i.verdict, target_of(&m6i).as_str()), (Verdict::Eligible, "m7g.xlarge"));
    let slower = Policy { allow_slower: true, ..Policy::default() };
    let m6i = Judge::new(book(), slower).judge(&Workload::from(&hours("m6i.xlarge", "1")));
    assert_eq!(target_of(&m6i), "m6g.xlarge");
}

#[test]
fn types_without_a_twin_get_a_named_target() {
    for name in ["c5.9xlarge", "c5.18xlarge", "m6i.32xlarge", "c6a.48xlarge"] {
        let judgement = judged(name);
        let target = judgement.target.as_ref().unwrap_or_else(|| panic!("{name} has no target"));
        let source = book().shape(name).unwrap();
        assert!(matches!(judgement.verdict, Verdict::Eligible | Verdict::Costlier), "{name}");
        let instance = target.instance.as_ref().unwrap();
        assert!(target.price.is_some() && instance.losses.is_empty(), "{name}");
        assert!(instance.shape.vcpu >= source.vcpu && instance.shape.memory_gib >= source.memory_gib, "{name}");
    }
    assert_eq!(judged("c5.9xlarge").verdict, Verdict::Costlier);
}

#[test]
fn no_target_is_ever_dearer_or_slower_or_smaller() {
    let judge = Judge::new(book(), Policy::default());
    let mut eligible = 0;
    for shape in book().shapes().filter(|shape| shape.architecture == Architecture::X86) {
        let judgement = judge.judge(&Workload::from(&hours(&shape.instance_type, "1")));
        if judgement.verdict != Verdict::Eligible {
            continue;
        }
        eligible += 1;
        let target = judgement.target.unwrap();
        assert!(target.price.unwrap().usd < judgement.source_price.unwrap().usd, "{}", shape.instance_type);
        let instance = target.instance.unwrap();
        assert!(!instance.is_slower() && instance.losses.is_empty(), "{}", shape.instance_type);
        assert!(instance.shape.vcpu >= shape.vcpu && instance.shape.memory_gib >= shape.memory_gib);
    }
    assert!(eligible > 300, "only {eligible} types are eligible");
}

#[test]
fn what_cannot_move_says_why() {
    assert_eq!(judged("g4dn.xlarge").reason, Some(Reason::Gpu));
    assert_eq!(judged("p3.2xlarge").reason, Some(Reason::Gpu));
    assert_eq!(judged("inf1.xlarge").reason, Some(Reason::Gpu));
    assert_eq!(judged("m99x.large").reason, Some(Reason::TypeNotInTable));
    let with = |change: fn(&mut UsageRow)| {
        let mut row = hours("m5.large", "1");
        change(&mut row);
        Judge::new(book(), Policy::default()).judge(&Workload::from(&row)).reason
    };
    assert_eq!(with(|row| row.operating_system = Some("Windows".into())), Some(Reason::Windows));
    assert_eq!(with(|row| row.licensed_software = Some("SQL Std".into())), Some(Reason::Licence));
    assert_eq!(with(|row| row.purchase_option = Some(PurchaseOption::Spot)), Some(Reason::Spot));
    assert_eq!(with(|row| row.tenancy = Some("Dedicated".into())), Some(Reason::Dedicated));
    assert_eq!(with(|row| row.region = None), Some(Reason::RegionNotStated));
    assert_eq!(with(|row| row.region = Some("mars-north-1".into())), Some(Reason::TargetPrice));
    assert_eq!(with(|row| row.currency = "EUR".into()), Some(Reason::Currency));
    assert_eq!(with(|row| row.architecture = Some(Architecture::Arm)), None);
}

#[test]
fn databases_are_judged_by_engine_and_deployment() {
    let database = |engine: &str, variant: &str| {
        let mut row = hours("db.r5.large", "1");
        row.product_code = "AmazonRDS".into();
        row.operating_system = None;
        row.database_engine = Some(engine.into());
        row.price_variant = Some(variant.into());
        Judge::new(book(), Policy::default()).judge(&Workload::from(&row))
    };
    let aurora = database("Aurora MySQL", "Aurora MySQL|Standard");
    assert_eq!((aurora.verdict, target_of(&aurora).as_str()), (Verdict::Eligible, "db.r6g.large"));
    assert_eq!(database("Oracle", "Oracle|Single-AZ").reason, Some(Reason::Engine));
    assert_eq!(database("SQL Server", "SQL Server|Multi-AZ").reason, Some(Reason::Engine));
}

#[test]
fn the_bills_own_rate_stands_in_for_an_unlisted_source() {
    let mut row = hours("m5.large", "1");
    row.price_variant = Some("Linux".into());
    row.instance_type = Some("m4.large".into());
    row.public_rate = Some(Decimal::new(1, 0));
    let judgement = Judge::new(book(), Policy::default()).judge(&Workload::from(&row));
    assert_eq!(
        judgement.source_price.and_then(|price| price.as_of).is_some(),
        book().on_demand("EC2", "us-east-1", "m4.large", "Linux").is_some()
    );
    let items: Vec<&str> = book().items(Service::Ec2.as_str(), "us-east-1", "Linux").map(|(item, _)| item).collect();
    let unlisted = book().shapes().find(|shape| {
        shape.architecture == Architecture::X86
            && shape.gpus == 0
            && shape.family == "m3"
            && !items.contains(&shape.instance_type.as_str())
    });
    if let Some(unlisted) = unlisted {
        row.instance_type = Some(unlisted.instance_type.as_str().into());
        let judgement = Judge::new(book(), Policy::default()).judge(&Workload::from(&row));
        assert_eq!(
            judgement.source_price,
            Some(SourcePrice { usd: Decimal::ONE, as_of: None, confirmed: None, source: None, billed: None })
        );
        assert!(judgement.estimate().unwrap().contains("own public rate"));
    }
}

/// The families c, m, r, t, i, x, z, d, h, over which the dashboards find a target for 59 % and 39 %.
#[test]
fn nearly_every_x86_type_gets_a_target_or_a_proof_that_there_is_none() {
    let judge = Judge::new(book(), Policy::default());
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    let mut undecided = Vec::new();
    for (name, _) in book().items("EC2", "us-east-1", "Linux") {
        let Some(shape) = book().shape(name).filter(|shape| shape.architecture == Architecture::X86) else { continue };
        let is_of_families = shape.family.chars().next().is_some_and(|first| "cmrtixzdh".contains(first));
        if !is_of_families || shape.family.starts_with("mac") || shape.family.starts_with("trn") {
            continue;
        }
        let judgement = judge.judge(&Workload::from(&hours(name, "1")));
        let reason = judgement.reason.map_or("", Reason::as_str);
        *counts.entry(format!("{} {reason}", judgement.verdict)).or_default() += 1;
        if !matches!(judgement.verdict, Verdict::Eligible | Verdict::Costlier | Verdict::Blocked) {
            undecided.push(name.to_owned());
        }
        if judgement.verdict == Verdict::Blocked {
            assert!(judgement.reason.is_some(), "{name}");
        }
    }
    let all: u32 = counts.values().sum();
    println!("{all} types: {counts:?}; undecided: {undecided:?}");
    assert!(all > 800, "{counts:?}");
    assert!(undecided.len() * 100 <= 3 * all as usize, "{counts:?} {undecided:?}");
}

fn metered(product: &str, usage_type: &str, rate: &str) -> Judgement<'static> {
    let facts = crate::normalize::Usage {
        region: Some("us-east-1".to_owned()),
        public_rate: Some(rate.parse().unwrap()),
        ..crate::normalize::metered(product, usage_type)
    };
    Judge::new(book(), Policy::default()).judge(&Workload::from(&facts))
}

#[test]
fn lambda_and_fargate_move_by_meter() {
    let target = |judgement: &Judgement<'_>| {
        let target = judgement.target.as_ref().unwrap();
        (target.name.clone(), target.price.unwrap().usd.to_string())
    };
    let first = metered("AWSLambda", "Lambda-GB-Second", "0.0000166667");
    assert_eq!(target(&first), ("Lambda-GB-Second-ARM".to_owned(), "0.0000133334".to_owned()));
    // 20 % to the last digit that AWS prints.
    let ratio = Decimal::new(133_334, 10) / first.source_price.unwrap().usd;
    assert!((ratio - Decimal::new(8, 1)).abs() < Decimal::new(1, 5));
    let third = metered("AWSLambda", "Lambda-GB-Second", "0.0000133334");
    assert_eq!(target(&third).1, "0.0000106667");
    assert!(first.estimate().is_none() && third.estimate().unwrap().contains("volume tier"));
    let fargate = metered("AmazonECS", "USE1-Fargate-vCPU-Hours:perCPU", "0.04048");
    assert_eq!(target(&fargate).0, "Fargate-ARM-vCPU-Hours:perCPU");
    assert_eq!(metered("AmazonEKS", "USE1-Fargate-GB-Hours", "0.004445").reason, Some(Reason::NotOnGraviton));
    assert_eq!(metered("AmazonECS", "USE1-SpotUsage-Fargate-GB-Hours", "0.001").reason, Some(Reason::Spot));
    assert_eq!(metered("AmazonECS", "USE1-Fargate-ARM-GB-Hours", "0.00356").verdict, Verdict::Graviton);
    assert_eq!(metered("AWSLambda", "Lambda-Edge-GB-Second", "0.00005001").reason, Some(Reason::NotOnGraviton));
    assert_eq!(metered("AWSLambda", "Request", "0.0000002").verdict, Verdict::NotApplicable);
    let build = metered("CodeBuild", "USE1-Build-Min:Linux:g1.small", "0.005");
    assert_eq!(target(&build), ("Build-Min:ARM:g1.small".to_owned(), "0.0034".to_owned()));
    assert_eq!(metered("CodeBuild", "USE1-Build-Min:Linux:g1.2xlarge", "0.2").reason, Some(Reason::NoEquivalent));
    let serverless = metered("ElasticMapReduce", "USE1-EMR-SERVERLESS-vCPUHours", "0.05");
    assert_eq!(serverless.reason, Some(Reason::TargetPrice));
}

#[test]
fn other_services_have_their_own_prices() {
    let judged = |product: &str, usage_type: &str| {
        let usage = crate::normalize::metered(product, usage_type);
        Judge::new(book(), Policy::default()).judge(&Workload::from(&usage))
    };
    let name = |judgement: &Judgement<'_>| judgement.target.as_ref().map(|target| target.name.clone());
    // Kafka needs a version, m7g is the only Graviton family of brokers.
    let kafka = judged("AmazonMSK", "USE1-Kafka.m5.large");
    assert_eq!((kafka.verdict, name(&kafka).as_deref()), (Verdict::Eligible, Some("kafka.m7g.large")));
    assert_eq!(kafka.condition.as_deref(), Some("Apache Kafka 2.8.2, or 3.3.2 or later"));
    assert_eq!(judged("AmazonMSK", "USE1-Express.m7g.large").verdict, Verdict::Graviton);
    // The surcharge moves with its instance: m5.xlarge 0.048 becomes that of m6g.xlarge.
    let emr = judged("ElasticMapReduce", "BoxUsage:m5.xlarge");
    assert_eq!((emr.verdict, name(&emr).as_deref()), (Verdict::Eligible, Some("m6g.xlarge")));
    let documents = judged("AmazonDocDB", "InstanceUsage:db.r5.large");
    assert_eq!(name(&documents).as_deref(), Some("db.r6g.large"));
    let optimized = judged("AmazonDocDB", "InstanceUsageIOOptimized:db.r5.large");
    assert!(optimized.source_price.unwrap().usd > documents.source_price.unwrap().usd);
    assert_eq!(judged("AmazonNeptune", "InstanceUsage:db.r5.xl").verdict, Verdict::Eligible);
    assert_eq!(judged("AmazonMemoryDB", "NodeUsage:db.r6g.large").verdict, Verdict::Graviton);
    assert_eq!(judged("AmazonRedshift", "Node:ra3.xlplus").reason, Some(Reason::TargetPrice));
    assert_eq!(judged("AmazonRedshift", "Node:dc2.large").reason, Some(Reason::NoEquivalent));
    assert_eq!(judged("AmazonRedshift", "Node:rg.xlplus").verdict, Verdict::Graviton);
    assert_eq!(judged("AmazonSageMaker", "USE1-Host:ml.m5.xlarge").reason, Some(Reason::TargetPrice));
    assert_eq!(judged("AmazonSageMaker", "USE1-Train:ml.m5.xlarge").reason, Some(Reason::NotOnGraviton));
    assert_eq!(judged("AmazonSageMaker", "USE1-Host:ml.g4dn.xlarge").reason, Some(Reason::Gpu));
    assert_eq!(judged("AmazonES", "ESInstance:c7i.large").target.unwrap().name, "c7g.large.search");
}

#[test]
fn a_proven_version_settles_the_condition() {
    let judged = |version: Option<&str>| {
        let mut row = hours("db.r5.large", "1");
        row.product_code = "AmazonRDS".into();
        row.database_engine = Some("MySQL".into());
        row.price_variant = Some("MySQL|Single-AZ".into());
        row.engine_version = version.map(Into::into);
        Judge::new(book(), Policy::default()).judge(&Workload::from(&row))
    };
    let open = judged(None);
    assert_eq!((open.verdict, open.condition.as_deref()), (Verdict::Eligible, Some("MySQL 8.0.17 or later")));
    let met = judged(Some("8.0.35"));
    assert_eq!((met.verdict, met.condition), (Verdict::Eligible, None));
    let old = judged(Some("5.7.44"));
    assert_eq!((old.verdict, old.reason), (Verdict::Blocked, Some(Reason::EngineVersion)));
    assert_eq!(old.condition.as_deref(), Some("MySQL 8.0.17 or later"));
    // What is known of the version does not tell.
    assert_eq!(judged(Some("8.0")).condition.as_deref(), Some("MySQL 8.0.17 or later"));
}

/// Dashboards book a flat saving where the newest generation is dearer (us-east-1, on demand, Linux).
#[test]
fn a_dearer_generation_is_never_a_saving() {
    let judged = |name: &str, policy: Policy| Judge::new(book(), policy).judge(&Workload::from(&hours(name, "1")));
    let fourth = || Policy { preference: super::super::Preference::Generation(4), ..Policy::default() };
    let pinned = |from: &str, to: &str| Policy {
        pins: [(from.to_owned(), to.to_owned())].into(),
        // c7gn.xlarge has 8 GiB, c5n.xlarge 10.5.
        allow_loss: Decimal::new(25, 2),
        allow_slower: true,
        ..Policy::default()
    };
    for (name, policy, target, percent) in [
        ("m6a.large", fourth(), "m8g.large", "-3.9"),
        ("c6a.large", fourth(), "c8g.large", "-4.3"),
        ("c5n.xlarge", pinned("c5n", "c7gn"), "c7gn.xlarge", "-15.6"),
        ("c6in.xlarge", pinned("c6in", "c7gn"), "c7gn.xlarge", "-10.1"),
    ] {
        let judgement = judged(name, policy);
        assert_eq!((judgement.verdict, judgement.reason), (Verdict::Costlier, Some(Reason::NoneCheaper)), "{name}");
        let (source, found) = (judgement.source_price.unwrap().usd, judgement.target.unwrap());
        let price = found.price.unwrap().usd;
        assert_eq!(found.name, target);
        let change = ((source - price) / source * Decimal::ONE_HUNDRED).round_dp(1);
        assert_eq!(change.to_string(), percent, "{name}");
    }
}

/// In us-east-1 half of the table's RHEL prices are those of RHEL with High Availability, 0.035 dearer.
#[test]
fn prices_of_another_product_are_not_known() {
    let mut row = hours("m5.large", "1");
    row.operating_system = Some("RHEL".into());
    row.price_variant = Some("RHEL".into());
    row.public_rate = Some(Decimal::new(156, 3));
    assert!(book().on_demand("EC2", "us-east-1", "m5.large", "RHEL").is_some());
    assert!(book().trusted("EC2", "us-east-1", "m5.large", "RHEL").is_none());
    assert!(book().trusted("EC2", "us-east-1", "m5.xlarge", "RHEL").is_some());
    assert!(book().trusted("EC2", "eu-west-1", "m5.large", "RHEL").is_some());
    let judgement = Judge::new(book(), Policy::default()).judge(&Workload::from(&row));
    let source = judgement.source_price.unwrap();
    assert_eq!((source.usd, source.as_of), (Decimal::new(156, 3), None), "the bill's own rate stands in");
    let target = judgement.target.unwrap();
    let linux = book().on_demand("EC2", "us-east-1", &target.name, "Linux").unwrap().usd;
    assert_eq!(target.price.unwrap().usd - linux, Decimal::new(6, 2), "{}", target.name);
}
