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
    judgement.target.as_ref().map(|target| target.instance_type.clone()).unwrap_or_default()
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
        assert!(target.price.is_some() && target.losses.is_empty(), "{name}");
        assert!(target.shape.vcpu >= source.vcpu && target.shape.memory_gib >= source.memory_gib, "{name}");
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
        assert!(!target.is_slower() && target.losses.is_empty(), "{}", shape.instance_type);
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
        assert_eq!(judgement.source_price, Some(SourcePrice { usd: Decimal::ONE, as_of: None, billed: None }));
        assert!(judgement.estimate().unwrap().contains("own public rate"));
    }
}
