//! Real deliveries, where the machine has them.

use super::*;

/// Discovers a folder of the shared data; `None` with a message when it is not there.
async fn real(folder: &str) -> Option<Bill> {
    let path = format!("{}/../shared/cur-data/{folder}", env!("CARGO_MANIFEST_DIR"));
    if !PathBuf::from(&path).exists() {
        eprintln!("skipped: {path} is not there");
        return None;
    }
    Some(discover(&[path], None).await.unwrap())
}

/// Name, format, and month, files and rows of each delivery.
type Summary = (String, String, Vec<(String, usize, i64)>);

fn summary(bill: &Bill) -> Vec<Summary> {
    let months = |export: &Export| {
        export
            .deliveries
            .iter()
            .map(|delivery| {
                let month = delivery.month.map_or("?".to_owned(), |month| month.to_string());
                let rows = delivery.files.iter().map(|file| file.footer.metadata().file_metadata().num_rows()).sum();
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
async fn csv_deliveries_are_named_as_not_read() {
    for folder in ["nise-2025-q1", "cur1-csv-2023-11", "cur2-2026-04-csv", "focus-1.2-synthetic"] {
        let path = format!("{}/../shared/cur-data/{folder}", env!("CARGO_MANIFEST_DIR"));
        if !PathBuf::from(&path).exists() {
            eprintln!("skipped: {path} is not there");
            continue;
        }
        refused(discover(&[path], None).await, Kind::Usage, &["CSV", "not read by this version yet"]);
    }
}
