//! The lenient way in: everything is named, nothing is refused.

use super::*;
use crate::source::{Surveyed, survey};

const P: &str = "111122223333";

async fn surveyed(bucket: &Bucket) -> (Vec<Surveyed>, Vec<String>) {
    let survey = survey(&[bucket.at("")], None, &Access::default()).await.unwrap();
    (survey.exports, survey.problems.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_month_that_is_not_whole_leaves_the_others() {
    let bucket = Bucket::new();
    for month in ["2024-01", "2024-02", "2024-03"] {
        let data = format!("e/data/BILLING_PERIOD={month}");
        bucket.cur2(&format!("{data}/e-1.parquet"), P);
        let keys = [format!("{data}/e-1.parquet"), format!("{data}/e-2.parquet")];
        let named = if month == "2024-02" { 2 } else { 1 };
        let keys: Vec<&str> = keys.iter().take(named).map(String::as_str).collect();
        bucket.data_manifest(&format!("e/metadata/BILLING_PERIOD={month}/e-Manifest.json"), &keys);
    }
    bucket.put("e/data/BILLING_PERIOD=2024-03/e-1.parquet", "PAR1 cut");
    let (exports, problems) = surveyed(&bucket).await;
    assert_eq!((exports.len(), problems.len()), (1, 0), "{problems:?}");
    let months: Vec<String> = exports[0].deliveries.iter().map(|d| d.month.unwrap().to_string()).collect();
    let broken: Vec<String> = exports[0].broken.iter().map(|month| month.unwrap().to_string()).collect();
    assert_eq!((months, broken), (vec!["2024-01".to_owned()], vec!["2024-02".to_owned(), "2024-03".to_owned()]));
    let said: Vec<String> = exports[0].problems.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("e-2.parquet") && said[1].contains("2024-03/e-1.parquet"), "{said:?}");
    assert_eq!(exports[0].payer.as_deref(), Some(P));
}

#[tokio::test]
async fn two_exports_of_one_payer_are_both_described() {
    let bucket = Bucket::new();
    bucket.cur1("a/year=2024/month=1/a.parquet", P);
    bucket.cur1("b/year=2024/month=1/b.parquet", P);
    let (exports, problems) = surveyed(&bucket).await;
    assert_eq!(exports.iter().map(|export| export.deliveries.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(problems[0].contains("2 exports of the payer"), "{problems:?}");
    bucket.put("gravimeter.toml", "export = \"b\"\n");
    let (exports, problems) = surveyed(&bucket).await;
    assert_eq!(exports.iter().map(|export| export.unread.is_some()).collect::<Vec<_>>(), [true, false]);
    assert!(problems.is_empty(), "{problems:?}");
}

#[tokio::test]
async fn a_broken_manifest_is_a_problem_among_others() {
    let bucket = Bucket::new();
    bucket.cur1("a/year=2024/month=1/a.parquet", P);
    bucket.put("b/b-Manifest.json", "{ cut");
    let (exports, problems) = surveyed(&bucket).await;
    assert_eq!(exports.len(), 1);
    assert!(problems[0].contains("b-Manifest.json cannot be read"), "{problems:?}");
    assert!(survey(&[Bucket::new().at("")], None, &Access::default()).await.is_err());
}
