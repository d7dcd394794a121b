//! Versions come, stay, and are proven; what is not whole does not exist.

use std::{collections::BTreeMap, fs};

use chrono::NaiveDate;

use super::*;
use crate::pricing::{Line, Listed, PriceBook, text::date};

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

fn arrival(published: &str, prices: &[(&str, &str, &str)], whole: &[Kinds]) -> Arrival {
    Arrival { sheet: sheet(published, prices), source: "AWS Price List API".to_owned(), whole: whole.to_vec() }
}

fn price(root: &Path, as_of: Option<&str>, item: &str) -> Option<(String, String)> {
    let book = PriceBook::open(&Store::open(root).unwrap(), as_of.map(day)).unwrap();
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
    Store::add(&root, &[arrival("2026-11-01", &[("OnDemand", "m5.large", "0.09")], &[])], today).unwrap();
    Store::add(&root, &[arrival("2026-11-18", &[("OnDemand", "m5.large", "0.08")], &[])], today).unwrap();
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
    let version = |as_of: Option<&str>| {
        PriceBook::open(&Store::open(folder.path()).unwrap(), as_of.map(day)).unwrap().version().to_owned()
    };
    let embedded = version(None);
    assert_eq!(embedded.len(), 8);
    Store::add(folder.path(), &[arrival("2026-11-01", &[("OnDemand", "m5.large", "0.09")], &[])], None).unwrap();
    let first = (version(None), version(Some("2026-11-01")));
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "m5.large", "0.08")], &[])], None).unwrap();
    assert_eq!(version(Some("2026-11-01")), first.1, "a later version changes nothing of an earlier day");
    let all = [embedded, first.0, version(None)];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
}

#[test]
fn an_old_file_does_not_win_over_a_newer_embedded_price() {
    let folder = tempfile::tempdir().unwrap();
    // Asked today, AWS states the price of its last publication: it holds today.
    let old = [arrival("2026-03-01", &[("OnDemand", "m5.large", "0.099")], &[])];
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
}

#[test]
fn a_whole_version_hides_older_ones_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let terms = [("OnDemand", "x9.large", "0.5"), ("ComputeSP-1yr-NoUpfront", "x9.large", "0.4")];
    Store::add(folder.path(), &[arrival("2026-11-01", &terms, &[Kinds::OnDemand, Kinds::SavingsPlan])], None).unwrap();
    let next = [arrival("2026-11-18", &[("OnDemand", "x9.xlarge", "1")], &[Kinds::OnDemand])];
    Store::add(folder.path(), &next, None).unwrap();
    assert_eq!(price(folder.path(), None, "x9.large"), None, "AWS no longer lists it");
    assert_eq!(price(folder.path(), None, "x9.xlarge"), of("1", "2026-11-18"));
    let partial = [arrival("2026-11-19", &[("OnDemand", "x9.2xlarge", "2")], &[])];
    Store::add(folder.path(), &partial, None).unwrap();
    assert_eq!(price(folder.path(), None, "x9.xlarge"), of("1", "2026-11-18"), "a part hides nothing");
}

#[test]
fn two_versions_of_a_day_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    for usd in ["0.09", "0.08", "0.08"] {
        Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "m5.large", usd)], &[])], None).unwrap();
    }
    let store = Store::open(folder.path()).unwrap();
    let files: Vec<&str> = store.versions().iter().map(|version| version.file.as_str()).collect();
    assert_eq!(files, ["EC2/us-east-1/2026-11-18.csv", "EC2/us-east-1/2026-11-18-2.csv"]);
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
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "m5.large", "0.09")], &[])], None).unwrap();
    let path = folder.path().join("EC2/us-east-1/2026-11-18.csv");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("0.09", "0.01")).unwrap();
    let store = Store::open(folder.path()).unwrap();
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
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "m5.large", "0.09")], &[])], None).unwrap();
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
}

#[test]
fn an_empty_price_list_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "m5.large", "0.09")], &[])], None).unwrap();
    let before = fs::read(folder.path().join("versions.json")).unwrap();
    let arrivals = [arrival("2026-11-19", &[("OnDemand", "m5.large", "0.07")], &[]), arrival("2026-11-19", &[], &[])];
    assert!(Store::add(folder.path(), &arrivals, None).is_err());
    assert_eq!(fs::read(folder.path().join("versions.json")).unwrap(), before);
    assert_eq!(price(folder.path(), None, "m5.large"), of("0.09", "2026-11-18"));
}

#[test]
fn one_run_writes_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let held = lock(folder.path(), ".lock").unwrap();
    let error = Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "a", "1")], &[])], None).unwrap_err();
    assert_eq!(error.kind(), Kind::Transient);
    drop(held);
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "a", "1")], &[])], None).unwrap();
}

#[test]
fn skus_lead_to_items() {
    let folder = tempfile::tempdir().unwrap();
    Store::add(folder.path(), &[arrival("2026-11-18", &[("OnDemand", "c5.xlarge", "0.17")], &[])], None).unwrap();
    let skus = Store::open(folder.path()).unwrap().skus().unwrap();
    assert_eq!(skus.len(), 1);
    assert_eq!((skus[0].sku.as_str(), skus[0].item.as_str()), ("35AEEWH98DECPC35", "c5.xlarge"));
}
