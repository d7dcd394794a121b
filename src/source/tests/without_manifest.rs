//! Folders without manifests: read only when they cannot be ambiguous.

use super::*;

const P: &str = "111122223333";

#[tokio::test]
async fn partitions_give_months_and_names() {
    let bucket = Bucket::new();
    for (year, month) in [(2018, 12), (2018, 9), (2019, 1)] {
        for part in [2, 1] {
            bucket.cur1(&format!("b/W/W/year={year}/month={month}/W-0000{part}.snappy.parquet"), P);
        }
    }
    bucket.put("b/W/W/W_$folder$", "");
    bucket.put("b/W/W/year=2018/month=9/empty.parquet", "");
    bucket.put("b/W/W/cost_and_usage_data_status/s.parquet", parquet(&[("status", text("READY", 1))]));
    let bill = bucket.read("b").await.unwrap();
    assert_eq!(bill.notes, Vec::<String>::new());
    let export = &bill.exports[0];
    assert_eq!((export.name.as_str(), export.payer.as_deref()), ("W", Some(P)));
    let files =
        |partition: &str| format!("b/W/W/{partition}/W-00001.snappy.parquet, b/W/W/{partition}/W-00002.snappy.parquet");
    assert_eq!(
        shown(export, &bucket),
        [
            format!("2018-09: {}", files("year=2018/month=9")),
            format!("2018-12: {}", files("year=2018/month=12")),
            format!("2019-01: {}", files("year=2019/month=1")),
        ]
    );
}

#[tokio::test]
async fn a_single_file_or_a_plain_folder_leaves_the_month_to_its_rows() {
    let bucket = Bucket::new();
    bucket.cur1("bills/any name.parquet", P);
    for source in ["bills", "bills/any name.parquet"] {
        let bill = bucket.read(source).await.unwrap();
        assert_eq!(bill.exports[0].name, "bills");
        assert_eq!(shown(&bill.exports[0], &bucket), ["?: bills/any name.parquet"]);
    }
}

#[tokio::test]
async fn a_partition_above_the_source_still_tells_the_month() {
    let bucket = Bucket::new();
    bucket.cur2("ha/data/BILLING_PERIOD=2025-07/ha-00001.snappy.parquet", P);
    let bill = bucket.read("ha/data/BILLING_PERIOD=2025-07/ha-00001.snappy.parquet").await.unwrap();
    assert_eq!(bill.exports[0].name, "ha");
    assert_eq!(bill.exports[0].deliveries[0].month.unwrap().to_string(), "2025-07");
}

#[tokio::test]
async fn months_named_one_by_one_are_one_export() {
    let bucket = Bucket::new();
    bucket.cur1("oct/W/W/year=2018/month=10/W.parquet", P);
    bucket.cur1("nov/W/W/year=2018/month=11/W.parquet", P);
    let sources = [bucket.at("nov"), bucket.at("oct")];
    let bill = discover(&sources, None, &Access::default(), &Memory::none()).await.unwrap();
    assert_eq!(bill.exports.len(), 1);
    let months: Vec<String> = bill.exports[0].deliveries.iter().map(|d| d.month.unwrap().to_string()).collect();
    assert_eq!(months, ["2018-10", "2018-11"]);
    bucket.cur1("again/W/W/year=2018/month=11/W.parquet", P);
    let sources = [bucket.at("nov"), bucket.at("again")];
    refused(
        discover(&sources, None, &Access::default(), &Memory::none()).await,
        Kind::Usage,
        &["2 exports of the payer"],
    );
}

#[tokio::test]
async fn two_folders_for_one_month_are_never_added() {
    let bucket = Bucket::new();
    for assembly in ["20220503T120125Z", "20220504T120125Z"] {
        bucket.cur1(&format!("p/r/20220401-20220501/{assembly}/r.parquet"), P);
    }
    let words = ["2022-04", "more than one folder", "20220503T120125Z", "20220504T120125Z"];
    refused(bucket.read("").await, Kind::Incomplete, &words);

    let bucket = Bucket::new();
    for n in 0..3 {
        bucket.cur2(&format!("ha/data/BILLING_PERIOD=2026-04/2026-04-0{}T00:00:00.000Z-x/h.parquet", n + 1), P);
    }
    refused(bucket.read("").await, Kind::Incomplete, &["2026-04", "more than one folder"]);
}

#[tokio::test]
async fn nested_snapshots_are_never_added() {
    for inner in ["bills/snap2/y.parquet", "bills/year=2018/month=10/y.parquet", "bills/20220503T120125Z/y.parquet"] {
        let bucket = Bucket::new();
        bucket.cur1("bills/x.parquet", P);
        bucket.cur1(inner, P);
        refused(bucket.read("").await, Kind::Incomplete, &["more than one folder", "/bills and "]);
    }
}

#[tokio::test]
async fn a_truncated_file_is_named() {
    let bucket = Bucket::new();
    bucket.cur1("r/year=2018/month=10/a.parquet", P);
    let whole = std::fs::read(bucket.at("r/year=2018/month=10/a.parquet")).unwrap();
    for cut in [4, 7, whole.len() / 2, whole.len() - 1] {
        bucket.put("r/year=2018/month=10/b.parquet", &whole[..cut]);
        refused(bucket.read("").await, Kind::Incomplete, &["b.parquet is truncated"]);
    }
    // A whole footer behind a body that lost bytes.
    let ids: ArrayRef = Arc::new((0..9_000).map(|id| Some(format!("line {id}"))).collect::<StringArray>());
    let whole = parquet(&[cur_columns(P, 9_000), vec![("identity_line_item_id", ids)]].concat());
    let footer = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize;
    let body_lost = [b"PAR1".as_slice(), &whole[whole.len() - 8 - footer..]].concat();
    bucket.put("r/year=2018/month=10/b.parquet", body_lost);
    refused(bucket.read("").await, Kind::Incomplete, &["b.parquet is truncated", "more bytes than it has"]);
}

#[tokio::test]
async fn no_damage_to_a_footer_stops_the_program() {
    let bucket = Bucket::new();
    bucket.cur2("r/a.parquet", P);
    let whole = std::fs::read(bucket.at("r/a.parquet")).unwrap();
    for offset in (whole.len() - 400..whole.len()).step_by(7) {
        let mut bent = whole.clone();
        bent[offset] ^= 0x55;
        bucket.put("r/a.parquet", bent);
        if let Err(error) = bucket.read("r").await {
            assert_eq!(error.kind(), Kind::Incomplete, "byte {offset}: {error}");
        }
    }
}

#[tokio::test]
async fn other_parquet_is_left_aside_only_in_folders_of_its_own() {
    let bucket = Bucket::new();
    bucket.cur1("r/year=2018/month=10/a.parquet", P);
    bucket.put("weather/w.parquet", parquet(&[("rain", text("1", 1))]));
    let bill = bucket.read("").await.unwrap();
    assert_eq!(bill.exports.len(), 1);
    assert!(bill.notes.len() == 1 && bill.notes[0].contains("weather/w.parquet is not read"), "{:?}", bill.notes);
    bucket.put("r/year=2018/month=10/w.parquet", parquet(&[("rain", text("1", 1))]));
    let words = ["month=10/w.parquet", "2018-10", "is none itself"];
    refused(bucket.read("").await, Kind::Incomplete, &words);
}

#[tokio::test]
async fn two_kinds_of_reports_in_one_folder_are_refused() {
    let bucket = Bucket::new();
    bucket.cur1("r/a.parquet", P);
    bucket.cur2("r/b.parquet", P);
    refused(bucket.read("").await, Kind::Incomplete, &["CUR 1 Parquet", "CUR 2.0 Parquet", "a.parquet", "b.parquet"]);
}

#[tokio::test]
async fn a_month_with_renamed_columns_does_not_vanish() {
    let bucket = Bucket::new();
    bucket.cur1("r/year=2018/month=10/a.parquet", P);
    let renamed: Vec<(&str, ArrayRef)> = vec![
        ("bill_payer_account_id", text(P, 1)),
        ("Line_Item_Line_Item_Type", text("Usage", 1)),
        ("line_item_unblended_cost", text("1", 1)),
    ];
    bucket.put("r/year=2018/month=11/a.parquet", parquet(&renamed));
    let words = ["month=11/a.parquet", "2018-11", "`Line_Item_Line_Item_Type`", "letter case"];
    refused(bucket.read("").await, Kind::Incomplete, &words);
}

#[tokio::test]
async fn what_holds_no_report_says_what_was_found() {
    let bucket = Bucket::new();
    bucket.put("empty/readme.txt", "nothing");
    refused(bucket.read("empty").await, Kind::Incomplete, &["no Cost and Usage Report found under", "empty"]);
    bucket.put("weather/w.parquet", parquet(&[("rain", text("1", 1))]));
    let words = ["no Cost and Usage Report found", "w.parquet", "line_item_line_item_type"];
    refused(bucket.read("weather").await, Kind::Incomplete, &words);
    bucket.put("csv/b.csv", "rain,sun\n1,2\n");
    refused(bucket.read("csv").await, Kind::Incomplete, &["no Cost and Usage Report found", "b.csv"]);
    bucket.put("gz/b.csv.gz", [0x1f, 0x8b]);
    refused(bucket.read("gz").await, Kind::Incomplete, &["b.csv.gz is truncated"]);
    let sources = [bucket.at("empty"), bucket.at("weather")];
    refused(discover(&sources, None, &Access::default(), &Memory::none()).await, Kind::Incomplete, &["empty"]);
}
