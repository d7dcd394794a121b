//! Deliveries with manifests: exactly the files they name.

use super::*;

const P: &str = "111122223333";

#[tokio::test]
async fn of_84_growing_snapshots_only_the_one_the_manifest_names_is_read() {
    let bucket = Bucket::new();
    for n in 0..84 {
        let stamp = format!("2026-04-{:02}T{:02}:00:00.000Z-id{n:02}", 1 + n / 4, n % 4);
        let key = format!("cur2/ha/data/BILLING_PERIOD=2026-04/{stamp}/ha-00001.snappy.parquet");
        bucket.cur2(&key, P);
        bucket.data_manifest(
            &format!("cur2/ha/metadata/BILLING_PERIOD=2026-04/{stamp}/ha-Manifest.json"),
            &[&format!("some/prefix/{key}")],
        );
    }
    let last = "2026-04-21T03:00:00.000Z-id83";
    let bill = bucket.read("cur2").await.unwrap();
    let export = &bill.exports[0];
    let newest = format!("2026-04: cur2/ha/data/BILLING_PERIOD=2026-04/{last}/ha-00001.snappy.parquet");
    assert_eq!(shown(export, &bucket), [newest]);
    assert_eq!((export.name.as_str(), export.format.to_string()), ("ha", "CUR 2.0 Parquet".to_owned()));
    assert!(bill.notes.iter().any(|note| note.contains("83 files are not read")), "{:?}", bill.notes);

    // A manifest directly under the period says which execution is current, be it an older one.
    let older = "2026-04-02T01:00:00.000Z-id05";
    let key = format!("ha/data/BILLING_PERIOD=2026-04/{older}/ha-00001.snappy.parquet");
    bucket.data_manifest("cur2/ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[&key]);
    let export = bucket.one().await;
    assert_eq!(shown(&export, &bucket), [format!("2026-04: cur2/{key}")]);
}

#[tokio::test]
async fn a_key_is_found_by_its_end_in_the_tree_of_its_manifest() {
    let bucket = Bucket::new();
    let file = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    for copy in ["one", "two"] {
        bucket.cur2(&format!("{copy}/{file}"), if copy == "one" { P } else { "999988887777" });
        bucket.data_manifest(
            &format!("{copy}/ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json"),
            &[&format!("two/{file}")],
        );
    }
    let bill = bucket.read("").await.unwrap();
    let names: Vec<&str> = bill.exports.iter().map(|export| export.name.as_str()).collect();
    assert_eq!(names, ["one/ha", "two/ha"]);
    assert_eq!(shown(&bill.exports[0], &bucket), [format!("2026-04: one/{file}")]);
    assert_eq!(shown(&bill.exports[1], &bucket), [format!("2026-04: two/{file}")]);
}

#[tokio::test]
async fn data_and_metadata_may_be_named_apart() {
    let bucket = Bucket::new();
    let file = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    bucket.cur2(file, P);
    bucket.data_manifest("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[&format!("p/{file}")]);
    let bill = discover(&[bucket.at("ha/data"), bucket.at("ha/metadata")], None, &Access::default(), &Memory::none())
        .await
        .unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), [format!("2026-04: {file}")]);
    assert!(bill.exports[0].deliveries[0].manifest.is_some());
}

#[tokio::test]
async fn two_equally_good_files_are_ambiguous() {
    let bucket = Bucket::new();
    for copy in ["a", "b"] {
        bucket.cur2(&format!("{copy}/data/BILLING_PERIOD=2026-04/x.parquet"), P);
    }
    bucket.data_manifest("x-Manifest.json", &["p/data/BILLING_PERIOD=2026-04/x.parquet"]);
    refused(bucket.read("").await, Kind::Incomplete, &["two files fit", "/a/data/", "/b/data/"]);
}

#[tokio::test]
async fn a_file_belongs_to_one_manifest_only() {
    let bucket = Bucket::new();
    let file = "c/data/BILLING_PERIOD=2026-04/x.parquet";
    bucket.cur2(file, P);
    for export in ["a", "b"] {
        bucket.data_manifest(&format!("{export}/metadata/BILLING_PERIOD=2026-04/m-Manifest.json"), &[file]);
    }
    refused(bucket.read("").await, Kind::Incomplete, &[file, "two manifests", "/a/", "/b/"]);
}

#[tokio::test]
async fn what_a_manifest_names_must_be_there() {
    let bucket = Bucket::new();
    let file = |n: u32| format!("ha/data/BILLING_PERIOD=2026-04/ha-0000{n}.snappy.parquet");
    bucket.cur2(&file(1), P);
    // A file of the same name in another month is not it.
    bucket.cur2("ha/data/BILLING_PERIOD=2026-05/ha-00002.snappy.parquet", P);
    let manifest = "ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json";
    bucket.data_manifest(manifest, &[&file(1), &file(2)]);
    refused(bucket.read("").await, Kind::Incomplete, &[&file(2), "missing", "2026-04", manifest]);

    bucket.put(&file(2), "");
    refused(bucket.read("").await, Kind::Incomplete, &[&file(2), "empty", "2026-04", manifest]);

    let whole = std::fs::read(bucket.at(&file(1))).unwrap();
    bucket.put(&file(2), &whole[..whole.len() - 9]);
    std::fs::remove_dir_all(bucket.at("ha/data/BILLING_PERIOD=2026-05")).unwrap();
    refused(bucket.read("").await, Kind::Incomplete, &[&file(2), "truncated"]);

    bucket.put(&file(2), &whole);
    assert_eq!(bucket.one().await.deliveries[0].files.len(), 2);
}

#[tokio::test]
async fn a_month_of_another_year_is_not_taken_for_the_missing_one() {
    let bucket = Bucket::new();
    bucket.cur1("p/r/r/year=2019/month=10/r-00001.snappy.parquet", P);
    let key = "p/r/r/year=2018/month=10/r-00001.snappy.parquet";
    bucket.cur1_manifest("p/r/20181001-20181101/r-Manifest.json", "r", "20181001", &[key]);
    refused(bucket.read("").await, Kind::Incomplete, &["year=2018/month=10", "missing"]);
}

#[tokio::test]
async fn files_that_no_manifest_names_are_ignored_and_counted() {
    let bucket = Bucket::new();
    let file = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    bucket.cur2(file, P);
    bucket.cur2("ha/data/BILLING_PERIOD=2026-04/ha-00002.snappy.parquet", P);
    bucket.put("ha/data/BILLING_PERIOD=2026-04/ha-00003.snappy.parquet", "cut off");
    bucket.put("ha/data/BILLING_PERIOD=2026-04/ha-00004.snappy.parquet", "");
    bucket.data_manifest("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[file]);
    let bill = bucket.read("").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), [format!("2026-04: {file}")]);
    assert_eq!(bill.notes, ["ha: 2 files are not read, because no current manifest names them"]);
}

#[tokio::test]
async fn a_month_with_data_but_no_manifest_is_incomplete() {
    let bucket = Bucket::new();
    for month in ["2026-03", "2026-04"] {
        bucket.cur2(&format!("ha/data/BILLING_PERIOD={month}/ha-00001.snappy.parquet"), P);
    }
    let april = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    bucket.data_manifest("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[april]);
    refused(bucket.read("").await, Kind::Incomplete, &["ha: month 2026-03 has data files but no manifest"]);
}

#[tokio::test]
async fn cur_1_reads_what_the_manifest_of_the_period_names() {
    let bucket = Bucket::new();
    let file = |assembly: &str| format!("p/r/20220401-20220501/{assembly}/r-00001.snappy.parquet");
    for assembly in ["20220503T120125Z", "20220504T120125Z"] {
        bucket.cur1(&file(assembly), P);
        let manifest = format!("p/r/20220401-20220501/{assembly}/r-Manifest.json");
        bucket.cur1_manifest(&manifest, "r", "20220401", &[&file(assembly)]);
    }
    assert_eq!(shown(&bucket.one().await, &bucket), [format!("2022-04: {}", file("20220504T120125Z"))]);
    let period = "p/r/20220401-20220501/r-Manifest.json";
    bucket.cur1_manifest(period, "r", "20220401", &[&file("20220503T120125Z")]);
    let export = bucket.one().await;
    assert_eq!(shown(&export, &bucket), [format!("2022-04: {}", file("20220503T120125Z"))]);
    assert_eq!((export.name.as_str(), export.format.to_string().as_str()), ("r", "CUR 1 Parquet"));
    assert!(export.deliveries[0].manifest.as_deref().unwrap().ends_with(period));
}

#[tokio::test]
async fn cur_1_for_athena_is_found_beside_its_manifests() {
    let bucket = Bucket::new();
    let mut months = Vec::new();
    for month in [9, 10, 11] {
        let file = format!("r/r/year=2018/month={month}/r-00001.snappy.parquet");
        bucket.cur1(&file, P);
        let (start, end) = (format!("2018{month:02}01"), format!("2018{:02}01", month + 1));
        bucket.cur1_manifest(&format!("r/{start}-{end}/r-Manifest.json"), "r", &start, &[&format!("p/{file}")]);
        months.push(format!("2018-{month:02}: {file}"));
    }
    bucket.put("r/r/cost_and_usage_data_status/s.parquet", parquet(&[("status", text("UPDATING", 1))]));
    let bill = bucket.read("").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), months);
    assert!(bill.notes.len() == 1 && bill.notes[0].contains("UPDATING"), "{:?}", bill.notes);
}

#[tokio::test]
async fn a_broken_manifest_is_named() {
    let bucket = Bucket::new();
    bucket.cur2("ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet", P);
    bucket.put("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", "{\"dataFiles\": [");
    refused(bucket.read("").await, Kind::Incomplete, &["ha-Manifest.json cannot be read"]);
    bucket.put("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", "{}");
    bucket.put("notes.json", "{ this is not JSON");
    assert!(bucket.one().await.deliveries[0].manifest.is_none());
}

#[tokio::test]
async fn a_manifest_that_names_something_else_is_refused() {
    let bucket = Bucket::new();
    let file = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    bucket.put(file, parquet(&[("a", text("1", 1))]));
    bucket.data_manifest("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[file]);
    refused(bucket.read("").await, Kind::Incomplete, &[file, "2026-04", "no Cost and Usage Report"]);
}
