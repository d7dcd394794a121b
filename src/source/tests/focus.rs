//! FOCUS deliveries: the layout of Data Exports with lower-case periods, alone and beside the CUR of the same bill.

use super::*;

const P: &str = "111122223333";

/// A FOCUS CSV file of one row.
fn csv(payer: &str) -> String {
    format!("BilledCost,BillingAccountId,ChargeCategory,InvoiceId\n1.5,{payer},Usage,i\n")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn overwritten_months_are_read_by_their_manifests() {
    let bucket = Bucket::new();
    let mut months = Vec::new();
    for month in ["2024-11", "2024-12"] {
        let file = format!("f/data/billing_period={month}/f-00001.snappy.parquet");
        bucket.focus(&file, P);
        let manifest = format!("f/metadata/billing_period={month}/f-Manifest.json");
        bucket.data_manifest(&manifest, &[&format!("prefix/{file}")]);
        months.push(format!("{month}: {file}"));
    }
    // An older chunk that the manifest does not name any more.
    bucket.focus("f/data/billing_period=2024-12/f-00002.snappy.parquet", P);
    let bill = bucket.read("f").await.unwrap();
    let export = &bill.exports[0];
    assert_eq!(shown(export, &bucket), months);
    assert_eq!((export.name.as_str(), export.format.to_string().as_str()), ("f", "FOCUS 1.0 Parquet"));
    assert_eq!(export.payer.as_deref(), Some(P));
    assert_eq!(bill.notes, ["f: 1 file is not read, because no current manifest names them"]);
}

#[tokio::test]
async fn of_84_growing_snapshots_only_the_latest_is_read() {
    let bucket = Bucket::new();
    for n in 0..84 {
        let stamp = format!("2024-11-{:02}T{:02}:00:00.000Z-id{n:02}", 1 + n / 4, n % 4);
        let key = format!("f/data/billing_period=2024-11/{stamp}/f-00001.csv.gz");
        bucket.put(&key, gzip(&csv(P)));
        bucket.data_manifest(&format!("f/metadata/billing_period=2024-11/{stamp}/f-Manifest.json"), &[&key]);
    }
    let export = bucket.one().await;
    let newest = "2024-11: f/data/billing_period=2024-11/2024-11-21T03:00:00.000Z-id83/f-00001.csv.gz";
    assert_eq!(shown(&export, &bucket), [newest]);
    assert_eq!(export.format.to_string(), "FOCUS 1.2 CSV");

    // A manifest directly under the period says which execution is current, be it an older one.
    let key = "f/data/billing_period=2024-11/2024-11-02T01:00:00.000Z-id05/f-00001.csv.gz";
    bucket.data_manifest("f/metadata/billing_period=2024-11/f-Manifest.json", &[key]);
    assert_eq!(shown(&bucket.one().await, &bucket), [format!("2024-11: {key}")]);
}

#[tokio::test]
async fn without_a_manifest_the_folders_tell_the_months() {
    let bucket = Bucket::new();
    bucket.focus("f/data/billing_period=2024-11/f-00001.snappy.parquet", P);
    bucket.put("f/data/billing_period=2024-12/f-00001.csv.gz", gzip(&csv(P)));
    let bill = bucket.read("").await.unwrap();
    assert_eq!(bill.exports.len(), 1);
    assert_eq!(bill.exports[0].deliveries.len(), 2);
    bucket.focus("f/data/billing_period=2024-12/f-00002.snappy.parquet", P);
    refused(bucket.read("").await, Kind::Incomplete, &["two kinds of reports", "FOCUS 1.0 Parquet", "FOCUS 1.2 CSV"]);
}

#[tokio::test]
async fn the_same_bill_as_cur_1_cur_2_and_focus_is_never_added() {
    let bucket = Bucket::new();
    bucket.cur1("exports/legacy/legacy/year=2024/month=11/l-00001.snappy.parquet", P);
    let cur2 = "exports/standard/data/BILLING_PERIOD=2024-11/s-00001.snappy.parquet";
    bucket.cur2(cur2, P);
    bucket.data_manifest("exports/standard/metadata/BILLING_PERIOD=2024-11/s-Manifest.json", &[cur2]);
    let focus = "exports/focus/data/billing_period=2024-11/f-00001.snappy.parquet";
    bucket.focus(focus, P);
    bucket.data_manifest("exports/focus/metadata/billing_period=2024-11/f-Manifest.json", &[focus]);
    let words = [
        P,
        "3 exports",
        "focus (FOCUS 1.0 Parquet, 2024-11)",
        "legacy (CUR 1 Parquet, 2024-11)",
        "standard (CUR 2.0 Parquet, 2024-11)",
    ];
    refused(bucket.read("exports").await, Kind::Usage, &words);
    for (name, format) in [("focus", "FOCUS 1.0 Parquet"), ("legacy", "CUR 1 Parquet"), ("standard", "CUR 2.0 Parquet")]
    {
        let bill = bucket.choose("exports", name).await.unwrap();
        assert_eq!((bill.exports.len(), bill.exports[0].format.to_string().as_str()), (1, format));
    }
    // The FOCUS export of another payer is another bill.
    bucket.focus(focus, "999988887777");
    refused(bucket.read("exports").await, Kind::Usage, &["2 exports of the payer 111122223333", "legacy", "standard"]);
}

#[tokio::test]
async fn names_in_another_letter_case_are_no_other_file() {
    let bucket = Bucket::new();
    bucket.focus("f/data/billing_period=2024-11/f-00001.snappy.parquet", P);
    let lower = [("billedcost", text("1", 1)), ("chargecategory", text("Usage", 1))];
    bucket.put("f/data/billing_period=2024-12/f-00001.snappy.parquet", parquet(&lower));
    let words = ["2024-12", "f-00001.snappy.parquet", "`billedcost`", "`BilledCost`", "letter case"];
    refused(bucket.read("").await, Kind::Incomplete, &words);
}
