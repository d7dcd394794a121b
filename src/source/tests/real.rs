//! Real deliveries, where the machine has them.

use super::*;
use crate::source::{listing::Listing, manifest};

/// Discovers a folder of the shared data; `None` with a message when it is not there.
async fn real(folder: &str) -> Option<Bill> {
    let path = format!("{}/../shared/cur-data/{folder}", env!("CARGO_MANIFEST_DIR"));
    if !PathBuf::from(&path).exists() {
        eprintln!("skipped: {path} is not there");
        return None;
    }
    Some(discover(&[path], None, &Access::default(), &Memory::none()).await.unwrap())
}

/// Name, format, and month, files and rows (0 where only reading tells) of each delivery.
type Summary = (String, String, Vec<(String, usize, i64)>);

fn rows(file: &DataFile) -> i64 {
    match file.opened.as_ref().unwrap() {
        Encoding::Parquet(footer) => footer.metadata().file_metadata().num_rows(),
        Encoding::Csv(_) => 0,
    }
}

fn summary(bill: &Bill) -> Vec<Summary> {
    let months = |export: &Export| {
        export
            .deliveries
            .iter()
            .map(|delivery| {
                let month = delivery.month.map_or("?".to_owned(), |month| month.to_string());
                let rows = delivery.files.iter().map(rows).sum();
                (month, delivery.files.len(), rows)
            })
            .collect()
    };
    bill.exports.iter().map(|e| (e.name.clone(), e.format.to_string(), months(e))).collect()
}

#[tokio::test]
async fn cur_1_as_aws_wrote_it_in_2018() {
    let Some(bill) = real("wa-labs-2018-10").await else { return };
    let expected = ("WorkshopCUR".to_owned(), "CUR 1 Parquet".to_owned(), vec![("2018-10".to_owned(), 1, 119_307)]);
    assert_eq!(summary(&bill), [expected]);
    assert_eq!(bill.exports[0].payer.as_deref().map(str::len), Some(12));
    assert_eq!(bill.notes, Vec::<String>::new());
}

#[tokio::test]
async fn one_day_without_a_partition() {
    let Some(bill) = real("wa-labs-licensing").await else { return };
    let expected = ("wa-labs-licensing".to_owned(), "CUR 1 Parquet".to_owned(), vec![("?".to_owned(), 1, 7_850)]);
    assert_eq!(summary(&bill), [expected]);
}

#[tokio::test]
async fn data_exports_with_a_manifest() {
    let Some(bill) = real("cur2-2026-04").await else { return };
    let expected = ("ha-project".to_owned(), "CUR 2.0 Parquet".to_owned(), vec![("2026-04".to_owned(), 2, 1_882)]);
    assert_eq!(summary(&bill), [expected]);
    let manifest = bill.exports[0].deliveries[0].manifest.as_deref().unwrap();
    assert!(manifest.ends_with("metadata/BILLING_PERIOD=2026-04/ha-project-Manifest.json"), "{manifest}");
}

#[tokio::test]
async fn create_new_csv_of_cur_1_by_its_manifests() {
    let Some(bill) = real("nise-2025-q1").await else { return };
    let month = |month: u32| (format!("2025-{month:02}"), 1, 0);
    let expected = ("cur".to_owned(), "CUR 1 CSV".to_owned(), (1..=4).map(month).collect());
    assert_eq!(summary(&bill), [expected]);
    assert_eq!(bill.exports[0].payer.as_deref(), Some("100000000001"));
    assert!(bill.exports[0].deliveries.iter().all(|delivery| delivery.manifest.is_some()));
}

#[tokio::test]
async fn csv_passed_on_by_hand() {
    let Some(bill) = real("cur2-2026-04-csv").await else { return };
    let expected = ("cur2-2026-04-csv".to_owned(), "CUR 2.0 CSV".to_owned(), vec![("2026-04".to_owned(), 1, 0)]);
    assert_eq!(summary(&bill), [expected]);
    let Some(bill) = real("cur1-csv-2023-11").await else { return };
    let expected = ("cur1-csv-2023-11".to_owned(), "CUR 1 CSV".to_owned(), vec![("?".to_owned(), 1, 0)]);
    assert_eq!(summary(&bill), [expected]);
}

#[tokio::test]
async fn manifests_of_every_age_are_understood() {
    let folder = format!("{}/../shared/cur-data/cur1-manifests", env!("CARGO_MANIFEST_DIR"));
    let Ok(files) = std::fs::read_dir(&folder) else { return eprintln!("skipped: {folder} is not there") };
    let names: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(names.len() >= 6);
    for path in names {
        let listing = Listing::of(&[path.display().to_string()], &Access::default()).await.unwrap();
        let manifests = manifest::read_all(&listing).await.unwrap();
        assert_eq!(manifests.len(), 1, "{}", path.display());
        assert_eq!(manifests[0].said.shape, manifest::Shape::Csv, "{}", path.display());
        assert!(manifests[0].said.month.is_some());
    }
}

#[tokio::test]
async fn focus_passed_on_by_hand() {
    let Some(bill) = real("focus-1.2-synthetic").await else { return };
    let expected = ("focus-1.2-synthetic".to_owned(), "FOCUS 1.2 CSV".to_owned(), vec![("?".to_owned(), 1, 0)]);
    assert_eq!(summary(&bill), [expected]);
    assert_eq!(bill.exports[0].payer.as_deref(), Some("100000000001"));
}
