//! What earlier stages say, as they say it, is told in every language.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::*;
use crate::{
    analysis::{
        Commitments, Judge, Judgement, Policy, Preference, PriceCoverage, SourcePrice, Target, Wanted, candidates,
        opportunities,
    },
    normalize::{Commitment, ScanCount, absent_columns},
    pricing::PriceBook,
    rollup::{
        UsageRow,
        fixture::{commitment, hours, usd},
    },
    source::{Bill, Delivery, Export, Format},
    terms::{CommitmentKind, PurchaseOption, Service, Verdict},
};

fn korean() -> Arc<Words> {
    Words::of(Language::Korean).unwrap()
}

/// Returns the Korean of a text, each part of which must be told.
fn told(text: &str) -> String {
    let korean = korean().translated(text);
    for part in korean.split("; ").flat_map(|part| part.split(", ")) {
        assert!(part.contains(|c: char| ('가'..='힣').contains(&c)), "{part}\n of {korean}\n of {text}");
    }
    korean
}

#[test]
fn sentences_are_matched_with_their_places() {
    let found = matched("at {share} of list, at {day}", "at 63 % of list, at 2024-01-01").unwrap();
    assert_eq!(found, [("share", "63 %"), ("day", "2024-01-01")]);
    assert!(matched("at {share} of list", "at 63 % of what").is_none());
    assert!(matched("fixed", "fixe").is_none());
}

#[test]
fn lists_are_told_part_by_part() {
    let korean = korean();
    assert_eq!(korean.translated("nothing known; speed not measured"), "nothing known; 속도 측정값 없음");
    let text = "accepts 1 vCPU instead of 2 (−50 %), 3 GiB memory instead of 4 (−25 %); convertible: can be exchanged";
    let wanted = "사양 감소 허용: vCPU 2 → 1(−50 %), 메모리 4 → 3 GiB(−25 %); 컨버터블: 교환 가능";
    assert_eq!(korean.translated(text), wanted);
    assert_eq!(korean.translated("my account, my region or later on"), "my account, my region or later on");
    assert_eq!(Words::of(Language::English).unwrap().translated(text), text);
}

#[test]
fn policies_are_told() {
    told(&Policy::default().to_string());
    let pairs = |from: &str, to: &str| [(from.to_owned(), to.to_owned())].into();
    let mut policy = Policy {
        preference: Preference::Newest,
        allow_slower: true,
        allow_loss: Decimal::new(1, 1),
        pins: pairs("m5", "m8g"),
        baselines: pairs("m7g", "m6i"),
    };
    let korean = told(&policy.to_string());
    assert!(korean.contains("m5 → m8g") && korean.contains("10 %"), "{korean}");
    policy.preference = Preference::Generation(4);
    told(&policy.to_string());
}

#[test]
fn conditions_are_told() {
    let versions = PriceBook::embedded().unwrap().versions();
    let table = include_str!("../../../pricing-cache/engine-versions.csv");
    let mut count = 0;
    for line in table.lines().skip(1) {
        let engine = line.split(',').nth(1);
        for condition in Service::ALL.iter().filter_map(|service| versions.condition(*service, engine)) {
            assert!(!told(&condition).contains(" or "), "{condition}");
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
    assert_eq!(told("Apache Kafka 2.8.2, or 3.3.2 or later"), "Apache Kafka 2.8.2 또는 3.3.2 이상");
    assert_eq!(
        told("OpenSearch 1.0 or later, Elasticsearch 7.9 or later"),
        "OpenSearch 1.0 이상, Elasticsearch 7.9 이상"
    );
}

#[test]
fn what_is_assumed_of_a_target_is_told() {
    let book = PriceBook::embedded().unwrap();
    let mut english = String::new();
    for source in ["m5d.24xlarge", "m5.metal", "m6i.large"] {
        let shape = book.shape(source).unwrap();
        let wanted = Wanted { service: Service::Ec2, region: "us-east-1", variant: "Linux", shape };
        for candidate in candidates(book, &wanted) {
            let mut target =
                Target { name: String::new(), price: None, instance: Some(candidate), beyond_first_tier: true };
            for billed in [None, Some(usd("0.1"))] {
                let price = SourcePrice { usd: usd("0.2"), as_of: None, confirmed: None, source: None, billed };
                let judgement = Judgement {
                    verdict: Verdict::Eligible,
                    reason: None,
                    target: Some(target.clone()),
                    source_price: Some(price),
                    unpriced_targets: Arc::default(),
                    condition: None,
                };
                let estimate = judgement.estimate().unwrap();
                told(&estimate);
                english += &estimate;
                target.beyond_first_tier = false;
            }
        }
    }
    for kind in [
        "public rate;",
        "rate is 0.1",
        "volume tier",
        "speed derived",
        "slower",
        "bare metal",
        "vCPU instead",
        "memory instead",
        "storage instead",
        "network instead",
    ] {
        assert!(english.contains(kind), "no target shows: {kind}");
    }
    told("speed not measured");
}

#[test]
fn what_a_saving_rests_on_is_told() {
    let book = PriceBook::embedded().unwrap();
    let bought = |offering: Option<&str>, kind: CommitmentKind, end: bool| {
        let mut terms = Commitment { offering: offering.map(str::to_owned), ..commitment(kind, "arn:1") };
        terms.end = terms.end.filter(|_| end);
        let mut row = hours("r5.xlarge", "744");
        let (charge, option) = match kind {
            CommitmentKind::SavingsPlan => ("SavingsPlanCoveredUsage", PurchaseOption::SavingsPlan),
            CommitmentKind::Reserved => ("DiscountedUsage", PurchaseOption::Reserved),
        };
        row.charge_type = charge.into();
        row.purchase_option = Some(option);
        row.commitment = Some(Arc::new(terms));
        row.region = Some("ap-northeast-2".into());
        UsageRow { amortized_cost: usd("142.848"), list_cost: Some(usd("226.176")), ..row }
    };
    let mut plan = bought(Some("DatabaseSavingsPlans"), CommitmentKind::SavingsPlan, true);
    plan.product_code = "AmazonRDS".into();
    plan.instance_type = Some("db.r7i.large".into());
    plan.region = Some("us-east-1".into());
    plan.operating_system = None;
    plan.database_engine = Some("Aurora MySQL".into());
    plan.price_variant = Some("Aurora MySQL|Standard".into());
    let on_demand = UsageRow { amortized_cost: usd("9"), list_cost: Some(usd("10")), ..hours("m5.large", "100") };
    let rows = [
        bought(Some("convertible"), CommitmentKind::Reserved, true),
        bought(None, CommitmentKind::Reserved, false),
        plan,
        on_demand,
    ];
    let mut english = String::new();
    for row in rows {
        let judge = Judge::new(book, Policy { allow_slower: true, ..Policy::default() });
        let rows = [row];
        for found in opportunities(&rows, &judge.judgements(&rows), &Commitments::of(&rows), book) {
            let estimate = found.estimate.unwrap_or_default();
            told(&estimate);
            english += &estimate;
        }
    }
    for kind in [
        "rate of the target is known",
        "does not state the terms",
        "convertible",
        "when the commitment ends",
        "does not cover",
        "(ratio of the bill)",
    ] {
        assert!(english.contains(kind), "no row shows \"{kind}\": {english}");
    }
}

#[test]
fn old_prices_are_told() {
    for stale in ["12.5", "0.001"] {
        let stalest = Some("2026-01-01".parse().unwrap());
        let coverage =
            PriceCoverage { priced_cost: usd("100"), stale_cost: usd(stale), stalest, ..PriceCoverage::default() };
        let korean = told(&coverage.warning().unwrap());
        assert!(korean.contains("2026-01-01") && !korean.contains("less"), "{korean}");
    }
}

#[test]
fn what_the_bill_lacks_is_told() {
    let delivery =
        |manifest: Option<&str>| Delivery { month: None, manifest: manifest.map(str::to_owned), files: Vec::new() };
    let mut notes = Vec::new();
    for (format, deliveries) in [
        (Format::Cur2Parquet, vec![delivery(None)]),
        (Format::Cur1Csv, vec![delivery(Some("m")), delivery(None)]),
        (Format::FocusCsv(crate::source::FocusVersion::V1_2), vec![delivery(Some("m"))]),
    ] {
        let export = Export { name: "my, export".to_owned(), format, payer: None, deliveries };
        let source = korean().translated(&export.describe());
        assert!(source.starts_with("my, export(") && source.contains("개월, 파일 0개, 매니페스트"), "{source}");
        notes.extend(absent_columns(&Bill { exports: vec![export], notes: Vec::new() }));
    }
    let count = ScanCount::default();
    count.not_amounts("a.csv", "net", 1, "n/a");
    notes.extend(count.notes());
    count.not_amounts("b.csv", "net", 2, "n/a");
    notes.extend(count.notes());
    assert!(notes.len() > 8, "{notes:?}");
    for note in notes {
        assert!(korean().translated(&note).contains("습니다"), "{note}");
    }
}

#[test]
fn the_code_still_says_every_phrase() {
    // Put together from parts, and told above or by tests of the stage; or words of AWS.
    const COMPOSED: [&str; 9] =
        ["source_", "loss_", "no_amount", "ratio_", "note_older", "absent_", "old_prices", "lease_", "payment_"];
    let code: String = [
        include_str!("../../pricing/rules/versions.rs"),
        include_str!("../../pricing/speed.rs"),
        include_str!("../../analysis/judgement.rs"),
        include_str!("../../analysis/committed.rs"),
        include_str!("../../analysis/saving.rs"),
        include_str!("../../analysis/offer.rs"),
        include_str!("../../analysis/target.rs"),
        include_str!("../../analysis/selection.rs"),
        include_str!("../../analysis/commitments/terms.rs"),
        include_str!("../../source/groups.rs"),
        include_str!("../../source/plan.rs"),
        include_str!("../../source/choice.rs"),
        include_str!("../../normalize/focus/mod.rs"),
    ]
    .concat();
    let english = Words::of(Language::English).unwrap();
    let phrases = english.texts.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix("phrase.").or_else(|| name.strip_prefix("scope."))?;
        (!COMPOSED.iter().any(|composed| name.starts_with(composed))).then_some((name, text))
    });
    for (name, text) in phrases {
        for piece in text.split(['{', '}']).step_by(2) {
            assert!(code.contains(piece), "nothing says \"{piece}\" of {name}");
        }
    }
}

#[test]
fn what_was_found_beside_a_bill_is_told() {
    for (note, words) in [
        ("s.parquet says UPDATING: AWS was writing the report when it was copied", "UPDATING"),
        ("d/x.parquet is not read: it is no Cost and Usage Report", "d/x.parquet"),
        ("d: 3 Parquet files (such as x.parquet) are not read: they are no Cost and Usage Report", "3개(x.parquet 등)"),
        ("m.json names no data files", "m.json"),
        ("c.csv is read for m.json, which names a file of that name in a folder of AWS", "c.csv"),
        ("r: 1 file is not read, because no current manifest names them", "r: "),
        ("r: 165 files are not read, because no current manifest names them", "165개"),
        ("--export chooses the export one of 3", "3개 중 one 선택(--export)"),
        ("m5 in us-east-1", "m5 in us-east-1"),
    ] {
        assert!(korean().translated(note).contains(words), "{}", korean().translated(note));
    }
    assert_eq!(korean().scope("m5 in us-east-1"), "m5, us-east-1");
    assert_eq!(korean().translated("1yr, No Upfront"), "1년, 선결제 없음");
    assert_eq!(korean().translated("tag:team"), "태그(team)");
}
