//! Several exports: names, payers, `--export` and `gravimeter.toml`.

use super::*;

const P: &str = "111122223333";

/// Two exports of one payer, as a bucket has them after a move from CUR 1 to Data Exports.
fn two() -> Bucket {
    let bucket = Bucket::new();
    bucket.cur1("sample/cur1/seoul-cur1/year=2018/month=10/a.parquet", P);
    bucket.cur1("sample/cur1/seoul-cur1/year=2018/month=11/a.parquet", P);
    bucket.cur2("sample/cur2/seoul-cur2/data/BILLING_PERIOD=2018-10/a.parquet", P);
    bucket
}

fn names(bill: &Bill) -> Vec<&str> {
    bill.exports.iter().map(|export| export.name.as_str()).collect()
}

#[tokio::test]
async fn two_exports_of_one_payer_need_a_choice() {
    let bucket = two();
    let words = [P, "seoul-cur1 (CUR 1 Parquet, 2018-10 to 2018-11)", "seoul-cur2 (CUR 2.0 Parquet, 2018-10)"];
    refused(bucket.read("sample").await, Kind::Usage, &words);
    let bill = bucket.choose("sample", "seoul-cur1").await.unwrap();
    assert_eq!(names(&bill), ["seoul-cur1"]);
    assert_eq!(bill.exports[0].deliveries.len(), 2);
    let error = bucket.choose("sample", "seoul").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.hints()[0].contains("seoul-cur1, seoul-cur2"), "{:?}", error.hints());
}

#[tokio::test]
async fn exports_of_different_payers_are_read_together() {
    let bucket = Bucket::new();
    bucket.cur1("a/r/year=2018/month=10/a.parquet", "444455556666");
    bucket.cur1("b/r/year=2018/month=10/a.parquet", P);
    let bill = bucket.read("").await.unwrap();
    assert_eq!(names(&bill), ["a/r", "b/r"]);
    assert_eq!(bill.exports[0].payer.as_deref(), Some("444455556666"));
}

#[tokio::test]
async fn exports_without_a_known_payer_never_clash() {
    let bucket = Bucket::new();
    for name in ["a", "b"] {
        bucket.put(&format!("{name}/x.parquet"), parquet(&cur_columns(P, 0)));
    }
    bucket.cur1("c/x.parquet", "");
    let bill = bucket.read("").await.unwrap();
    assert_eq!(names(&bill), ["a", "b", "c"]);
    assert!(bill.exports.iter().all(|export| export.payer.is_none()));
}

#[tokio::test]
async fn the_file_at_the_top_of_the_source_chooses() {
    let bucket = two();
    bucket.put("sample/gravimeter.toml", "# which one\nexport = \"seoul-cur2\"\n");
    let bill = bucket.read("sample").await.unwrap();
    assert_eq!(names(&bill), ["seoul-cur2"]);
    let note = "gravimeter.toml chooses the export seoul-cur2 of 2";
    assert_eq!(bill.notes, [note]);
    // The command line counts more; a folder above or below the file does not know it.
    assert_eq!(names(&bucket.choose("sample", "seoul-cur1").await.unwrap()), ["seoul-cur1"]);
    assert_eq!(names(&bucket.read("sample/cur1").await.unwrap()), ["seoul-cur1"]);
    refused(bucket.read("").await, Kind::Usage, &["2 exports"]);

    bucket.put("sample/gravimeter.toml", "export = \"tokyo\"\n");
    refused(bucket.read("sample").await, Kind::Usage, &["sample/gravimeter.toml", "\"tokyo\""]);
    bucket.put("sample/gravimeter.toml", "expert = \"seoul-cur2\"\n");
    refused(bucket.read("sample").await, Kind::Usage, &["unknown key \"expert\""]);
}

#[tokio::test]
async fn a_damaged_export_that_is_not_chosen_does_no_harm() {
    let bucket = two();
    bucket.put("sample/cur1/seoul-cur1/year=2018/month=10/a.parquet", "PAR1 cut");
    refused(bucket.read("sample").await, Kind::Incomplete, &["month=10/a.parquet"]);
    assert_eq!(names(&bucket.choose("sample", "seoul-cur2").await.unwrap()), ["seoul-cur2"]);
    refused(bucket.choose("sample", "seoul-cur1").await, Kind::Incomplete, &["month=10/a.parquet"]);
}

#[tokio::test]
async fn a_file_replaced_after_discovery_is_not_read() {
    use futures::TryStreamExt;
    use parquet::arrow::{ParquetRecordBatchStreamBuilder, arrow_reader::ArrowReaderMetadata};
    let footer = |file: &DataFile| -> ArrowReaderMetadata {
        let Some(Encoding::Parquet(footer)) = &file.opened else { panic!("no Parquet") };
        footer.clone()
    };
    let bucket = Bucket::new();
    bucket.cur1("r/a.parquet", P);
    let export = bucket.one().await;
    let file = &export.deliveries[0].files[0];
    let rows = || ParquetRecordBatchStreamBuilder::new_with_metadata(file.reader(), footer(file)).build();
    let batches: Vec<RecordBatch> = rows().unwrap().try_collect().await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    bucket.put("r/a.parquet", parquet(&cur_columns("999988887777", 30)));
    let torn: Result<Vec<RecordBatch>, _> = rows().unwrap().try_collect().await;
    let error = file.read_error(torn.unwrap_err());
    assert_eq!(error.kind(), Kind::Changed);
    assert!(error.to_string().contains("a.parquet was changed while it was read"), "{error}");
}
