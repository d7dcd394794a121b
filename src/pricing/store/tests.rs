//! Versions come, stay, and are proven; what is not whole does not exist.

use std::{collections::BTreeMap, fs, sync::Arc};

use chrono::NaiveDate;

use super::*;
use crate::pricing::{Line, Listed, PriceBook, Sheet, text::date};

fn day(text: &str) -> NaiveDate {
    date(text).unwrap()
}

fn sheet(published: &str, prices: &[(&str, &str, &str)]) -> Sheet {
    let prices = prices.iter().map(|(term, item, usd)| {
        let line = Line { term: term.parse().unwrap(), variant: "Linux".to_owned(), item: (*item).to_owned() };
        let listed = Listed {
            usd: usd.parse().unwrap(),
            unit: "Hrs",
            as_of: day(published),
            upfront: None,
            rate_code: "35AEEWH98DECPC35.JRTCKXETXF.6YS6EN2CT7".parse().unwrap(),
        };
        (line, listed)
    });
    Sheet {
        service: "EC2".to_owned(),
        region: "us-east-1".to_owned(),
        offers: vec!["AmazonEC2".to_owned()],
        version: Some("20261118203412".to_owned()),
        published: day(published),
        prices: prices.collect::<BTreeMap<_, _>>(),
    }
}

/// The arrivals of a sheet; `whole` when it has all of each of its kinds.
fn arrivals(published: &str, prices: &[(&str, &str, &str)], whole: bool) -> Vec<Arrival> {
    let all = [PriceKind::List, PriceKind::Reserved, PriceKind::SavingsPlan];
    Arrival::of(sheet(published, prices), "AWS Price List API", if whole { &all } else { &[] })
}

fn open(root: &Path) -> Arc<Store> {
    Arc::new(Store::open(root).unwrap())
}

fn price(root: &Path, as_of: Option<&str>, item: &str) -> Option<(String, String)> {
    let book = PriceBook::open(&open(root), as_of.map(day)).unwrap();
    let price = book.on_demand("EC2", "us-east-1", item, "Linux")?;
    Some((price.usd.to_string(), price.as_of.to_string()))
}

#[expect(clippy::unnecessary_wraps, reason = "compared with what may be unknown")]
fn of(usd: &str, as_of: &str) -> Option<(String, String)> {
    Some((usd.to_owned(), as_of.to_owned()))
}

#[test]
fn each_day_has_its_prices() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("pricing-cache");
    let today = Some(day("2026-11-21"));
    assert_eq!(price(&root, None, "m5.large"), of("0.096", "2026-09-06"), "the embedded price");
    Store::add(&root, &arrivals("2026-11-01", &[("OnDemand", "m5.large", "0.09")], false), today).unwrap();
    Store::add(&root, &arrivals("2026-11-18", &[("OnDemand", "m5.large", "0.08")], false), today).unwrap();
    assert_eq!(price(&root, None, "m5.large"), of("0.08", "2026-11-18"));
    assert_eq!(price(&root, Some("2026-11-18"), "m5.large"), of("0.08", "2026-11-18"));
    assert_eq!(price(&root, Some("2026-11-17"), "m5.large"), of("0.09", "2026-11-01"));
    assert_eq!(price(&root, Some("2026-10-31"), "m5.large"), of("0.096", "2026-09-06"));
    assert_eq!(price(&root, Some("2026-01-01"), "m5.large"), None, "nobody had stated it by then");
    assert_eq!(price(&root, None, "m6g.large"), of("0.077", "2026-07-20"), "a cell that no version has");
    Store::open(&root).unwrap().verify().unwrap();
}

#[test]
fn the_table_is_named_by_its_contents() {
    let folder = tempfile::tempdir().unwrap();
    let version =
        |as_of: Option<&str>| PriceBook::open(&open(folder.path()), as_of.map(day)).unwrap().version().to_owned();
    let embedded = version(None);
    assert_eq!(embedded.len(), 8);
    Store::add(folder.path(), &arrivals("2026-11-01", &[("OnDemand", "m5.large", "0.09")], false), None).unwrap();
    let first = (version(None), version(Some("2026-11-01")));
    Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "m5.large", "0.08")], false), None).unwrap();
    assert_eq!(version(Some("2026-11-01")), first.1, "a later version changes nothing of an earlier day");
    let all = [embedded, first.0, version(None)];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
}

#[test]
fn an_old_file_does_not_win_over_a_newer_embedded_price() {
    let folder = tempfile::tempdir().unwrap();
    // Asked today, AWS states the price of its last publication: it holds today.
    let old = arrivals("2026-03-01", &[("OnDemand", "m5.large", "0.099")], false);
    Store::add(folder.path(), &old, None).unwrap();
    assert_eq!(price(folder.path(), None, "m5.large"), of("0.096", "2026-09-06"));
    assert_eq!(price(folder.path(), Some("2026-03-02"), "m5.large"), of("0.099", "2026-03-01"));
    let added = Store::add(folder.path(), &old, Some(day("2026-11-21"))).unwrap();
    assert_eq!(added, Added { new: Vec::new(), confirmed: 1 });
    assert_eq!(price(folder.path(), None, "m5.large"), of("0.099", "2026-03-01"), "confirmed after the embedded one");
    assert_eq!(
        price(folder.path(), Some("2026-10-20"), "m5.large"),
        of("0.096", "2026-09-06"),
        "not yet confirmed then"
    );
    // The newest version is compared with the embedded price, not the one that an older version had beaten.
    let newer = arrivals("2026-08-01", &[("OnDemand", "m5.large", "0.12")], false);
    Store::add(folder.path(), &newer, None).unwrap();
    assert_eq!(price(folder.path(), None, "m5.large"), of("0.096", "2026-09-06"));
}

#[test]
fn a_whole_version_hides_older_ones_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let rate = |item: &str| {
        let book = PriceBook::open(&open(folder.path()), None).unwrap();
        let found = book.committed("EC2", "us-east-1", item, "Linux", "ComputeSP-1yr-NoUpfront".parse().unwrap());
        book.fault().unwrap();
        found.map(|price| price.usd.to_string())
    };
    let terms = [("OnDemand", "x9.large", "0.5"), ("ComputeSP-1yr-NoUpfront", "x9.large", "0.4")];
    Store::add(folder.path(), &arrivals("2026-11-01", &terms, true), None).unwrap();
    let next = [("OnDemand", "x9.xlarge", "1"), ("OnDemand", "m5.large", "0.09")];
    Store::add(folder.path(), &arrivals("2026-11-18", &next, true), None).unwrap();
    assert_eq!(price(folder.path(), None, "x9.large"), None, "AWS no longer lists it");
    assert_eq!(price(folder.path(), None, "x9.xlarge"), of("1", "2026-11-18"));
    assert_eq!(
        price(folder.path(), None, "m6g.large"),
        of("0.077", "2026-07-20"),
        "the embedded price of the cell stays"
    );
    assert_eq!(rate("x9.large").as_deref(), Some("0.4"), "another kind");
    Store::add(folder.path(), &arrivals("2026-11-19", &[("OnDemand", "x9.2xlarge", "2")], false), None).unwrap();
    assert_eq!(price(folder.path(), None, "x9.xlarge"), of("1", "2026-11-18"), "a part hides nothing");
}

#[test]
fn each_kind_has_its_own_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut mixed =
        sheet("2026-11-20", &[("OnDemand", "m5.large", "0.09"), ("ComputeSP-1yr-NoUpfront", "m5.large", "0.07")]);
    mixed.offers.push("ComputeSavingsPlans".to_owned());
    for (line, listed) in &mut mixed.prices {
        if line.term == Term::OnDemand {
            listed.as_of = day("2026-11-10");
        }
    }
    Store::add(folder.path(), &Arrival::of(mixed, "AWS", &[]), None).unwrap();
    assert_eq!(price(folder.path(), Some("2026-11-18"), "m5.large"), of("0.09", "2026-11-10"));
    let store = open(folder.path());
    let found: Vec<(&str, &str)> =
        store.versions().iter().map(|version| (version.file.as_str(), version.offers[0].as_str())).collect();
    let expected = [
        ("EC2/us-east-1/2026-11-10.csv", "AmazonEC2"),
        ("EC2/us-east-1/2026-11-20-savings-plans.csv", "ComputeSavingsPlans"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_makes_a_version_whole_later_changes_no_earlier_day() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &arrivals("2026-11-01", &[("OnDemand", "x9.large", "0.5")], false), None).unwrap();
    let second = [("OnDemand", "x9.xlarge", "1")];
    Store::add(folder.path(), &arrivals("2026-11-05", &second, false), None).unwrap();
    Store::add(folder.path(), &arrivals("2026-11-05", &second, true), Some(day("2026-11-21"))).unwrap();
    assert_eq!(price(folder.path(), Some("2026-11-10"), "x9.large"), of("0.5", "2026-11-01"));
    assert_eq!(price(folder.path(), None, "x9.large"), None);
}

#[test]
fn rates_that_cannot_be_read_are_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &arrivals("2026-11-18", &[("RI-1yr-NoUpfront", "m5.large", "0.06")], false), None)
        .unwrap();
    let file = folder.path().join("EC2/us-east-1/2026-11-18-reserved.csv");
    fs::write(&file, "").unwrap();
    let book = PriceBook::open(&open(folder.path()), None).unwrap();
    assert!(book.on_demand("EC2", "us-east-1", "m5.large", "Linux").is_some());
    book.fault().unwrap();
    assert!(book.committed("EC2", "us-east-1", "m5.large", "Linux", "RI-1yr-NoUpfront".parse().unwrap()).is_none());
    assert!(book.fault().unwrap_err().to_string().contains("2026-11-18-reserved.csv"));
}

#[test]
fn two_versions_of_a_day_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    // What was stated last counts, even where it had been stated before.
    for usd in ["0.08", "0.09", "0.08"] {
        Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "m5.large", usd)], false), None).unwrap();
    }
    let store = Store::open(folder.path()).unwrap();
    let files: Vec<&str> = store.versions().iter().map(|version| version.file.as_str()).collect();
    assert_eq!(files, ["EC2/us-east-1/2026-11-18-2.csv", "EC2/us-east-1/2026-11-18.csv"]);
    assert_eq!(price(folder.path(), None, "m5.large"), of("0.08", "2026-11-18"), "what came later counts");
    let text = fs::read_to_string(folder.path().join(files[0])).unwrap();
    assert_eq!(
        text,
        "term,variant,item,unit,price,upfront,as_of,rate_code\n\
         OnDemand,Linux,m5.large,Hrs,0.09,,2026-11-18,35AEEWH98DECPC35.JRTCKXETXF.6YS6EN2CT7\n"
    );
}

#[test]
fn a_file_that_was_touched_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "m5.large", "0.09")], false), None).unwrap();
    let path = folder.path().join("EC2/us-east-1/2026-11-18.csv");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("0.09", "0.01")).unwrap();
    let store = open(folder.path());
    for error in [store.verify().unwrap_err(), PriceBook::open(&store, None).unwrap_err()] {
        assert!(
            error.to_string().contains("2026-11-18.csv is not the file that versions.json was written for"),
            "{error}"
        );
        assert_eq!(error.kind().exit_code(), 3);
    }
    fs::remove_file(&path).unwrap();
    assert!(PriceBook::open(&store, None).unwrap_err().to_string().contains("2026-11-18.csv"));
    // A day before it needs no such file.
    PriceBook::open(&store, Some(day("2026-11-17"))).unwrap();
}

#[test]
fn an_index_that_cannot_be_read_or_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "m5.large", "0.09")], false), None).unwrap();
    let index = folder.path().join("versions.json");
    let text = fs::read_to_string(&index).unwrap();
    for wrong in [
        text[..text.len() / 2].to_owned(),
        text.replace("EC2/us-east-1/2026-11-18.csv", "../elsewhere.csv"),
        text.replace("EC2/us-east-1/2026-11-18.csv", "/etc/passwd"),
        text.replace("\"layout\": 1", "\"layout\": 2"),
        text.replace("2026-11-18\"", "2026-13-18\""),
    ] {
        assert_ne!(wrong, text);
        fs::write(&index, wrong).unwrap();
        let error = Store::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("versions.json"), "{error}");
    }
    fs::write(&index, "{\"layout\": 2, \"versions\": 7}").unwrap();
    assert!(Store::open(folder.path()).unwrap_err().to_string().contains("newer gravimeter"));
}

#[test]
fn one_run_writes_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = lock(folder.path(), ".lock").unwrap();
    let error = Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "a", "1")], false), None).unwrap_err();
    assert_eq!(error.kind(), Kind::Transient);
    drop(held);
    Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "a", "1")], false), None).unwrap();
}

#[test]
fn skus_lead_to_items() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &arrivals("2026-11-18", &[("OnDemand", "c5.xlarge", "0.17")], false), None).unwrap();
    let tiers = [("OnDemand", "c5.xlarge:Tier2", "0.1"), ("OnDemand", "c5.xlarge", "0.16")];
    Store::add(folder.path(), &arrivals("2026-11-19", &tiers, false), None).unwrap();
    let skus = Store::open(folder.path()).unwrap().skus().unwrap();
    assert_eq!(skus.len(), 1, "of the tiers of a SKU the first");
    assert_eq!((skus[0].sku.as_str(), skus[0].item.as_str()), ("35AEEWH98DECPC35", "c5.xlarge"));
}
