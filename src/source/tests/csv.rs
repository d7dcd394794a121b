//! CSV deliveries: known by manifest and header, never by name alone.

use std::io::Write;

use flate2::{Compression as Level, Crc, write::DeflateEncoder, write::GzEncoder};

use super::*;

const P: &str = "111122223333";

/// A CUR 1 file of one row.
fn cur1(payer: &str) -> String {
    format!("bill/PayerAccountId,lineItem/LineItemType,lineItem/UnblendedCost\n{payer},Usage,1.5\n")
}

/// A CUR 2.0 file of one row.
fn cur2(payer: &str) -> String {
    format!("bill_payer_account_id,line_item_line_item_type,product,resource_tags\n{payer},Usage,{{}},{{}}\n")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn two(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

fn four(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// Packs files into a zip archive; `data_descriptor` as AWS writes it, with the sizes behind the data.
fn zip(files: &[(&str, &str)], data_descriptor: bool) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Level::default());
        encoder.write_all(text.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let known = [crc.sum().to_le_bytes(), four(packed.len()), four(text.len())].concat();
        let flags = if data_descriptor { 8_u16 } else { 0 };
        let common = [&20_u16.to_le_bytes(), &flags.to_le_bytes(), &8_u16.to_le_bytes(), &[0_u8; 4][..]].concat();
        let lengths = [two(name.len()), [0, 0]].concat();
        let place = four(bytes.len());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(if data_descriptor { vec![0; 12] } else { known.clone() });
        bytes.extend(&lengths);
        bytes.extend(name.as_bytes());
        bytes.extend(&packed);
        if data_descriptor {
            bytes.extend(b"PK\x07\x08");
            bytes.extend(&known);
        }
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend(&known);
        directory.extend(&lengths);
        directory.extend([0; 10]);
        directory.extend(place);
        directory.extend(name.as_bytes());
    }
    let (start, length) = (four(bytes.len()), four(directory.len()));
    bytes.extend(directory);
    let count = two(files.len());
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend([length, start].concat());
    bytes.extend([0, 0]);
    bytes
}

/// Reads all records of all files behind their header lines.
async fn records(export: &Export) -> Result<Vec<Vec<String>>, Error> {
    let mut all = Vec::new();
    for file in export.deliveries.iter().flat_map(|delivery| &delivery.files) {
        let mut records = file.open().await?.records(file.reader())?;
        records.advance().await?;
        while records.advance().await? {
            all.push((0..records.width()).map(|index| records.field(index).unwrap().to_owned()).collect());
        }
    }
    Ok(all)
}

#[tokio::test]
async fn the_header_tells_what_a_file_is_however_it_is_packed() {
    let packed: [(&str, Vec<u8>); 4] = [
        ("r-1.csv", cur1(P).into_bytes()),
        ("r-1.csv.gz", gzip(&cur1(P))),
        ("r-1.csv.zip", zip(&[("r-1.csv", &cur1(P))], true)),
        // The first bytes count, not the name.
        ("r-1.csv.gz", zip(&[("a/", ""), ("a/r-1.csv", &cur1(P))], false)),
    ];
    for (name, bytes) in packed {
        let bucket = Bucket::new();
        bucket.put(&format!("r/20250101-20250201/{name}"), bytes);
        let export = bucket.one().await;
        assert_eq!(export.format.to_string(), "CUR 1 CSV");
        assert_eq!(export.payer.as_deref(), Some(P));
        assert_eq!(shown(&export, &bucket), [format!("2025-01: r/20250101-20250201/{name}")]);
        assert_eq!(records(&export).await.unwrap(), [[P, "Usage", "1.5"]]);
    }
    let bucket = Bucket::new();
    bucket.put("ha/data/BILLING_PERIOD=2026-04/ha-00001.csv.gz", gzip(&cur2(P)));
    assert_eq!(bucket.one().await.format.to_string(), "CUR 2.0 CSV");
}

#[tokio::test]
async fn older_assemblies_are_never_added() {
    let bucket = Bucket::new();
    let assemblies = ["c3bed2b7-e72a-4d7a-92ad-96ed624f3e07", "882c034e-d08d-40ae-b933-638bba109bd3"];
    let file = |assembly: &str| format!("p/r/20220401-20220501/{assembly}/r-1.csv.gz");
    for assembly in assemblies {
        bucket.put(&file(assembly), gzip(&cur1(P)));
        let manifest = format!("p/r/20220401-20220501/{assembly}/r-Manifest.json");
        bucket.cur1_manifest(&manifest, "r", "20220401", &[&file(assembly)]);
    }
    refused(bucket.read("").await, Kind::Incomplete, &["nothing tells which is newer"]);
    for assembly in assemblies {
        let key = format!("/{}", file(assembly));
        bucket.cur1_manifest("p/r/20220401-20220501/r-Manifest.json", "r", "20220401", &[&key]);
        let bill = bucket.read("").await.unwrap();
        assert_eq!(shown(&bill.exports[0], &bucket), [format!("2022-04: {}", file(assembly))]);
        assert_eq!(bill.notes, ["r: 1 file is not read, because no current manifest names them"]);
    }
    // Without any manifest nobody knows.
    let bucket = Bucket::new();
    for assembly in assemblies {
        bucket.put(&file(assembly), gzip(&cur1(P)));
    }
    refused(bucket.read("").await, Kind::Incomplete, &["2022-04", "more than one folder"]);
}

#[tokio::test]
async fn of_84_growing_assemblies_only_the_one_the_period_names_is_read() {
    let bucket = Bucket::new();
    let place = |n: usize| format!("p/r/20220401-20220501/202204{:02}T{:02}0000Z", 1 + n / 4, n % 4);
    let keys =
        |n: usize| -> Vec<String> { (0..=n / 28).map(|part| format!("{}/r-{}.csv.gz", place(n), part + 1)).collect() };
    for n in 0..84 {
        let keys = keys(n);
        for key in &keys {
            let rows = format!("{P},Usage,1\n").repeat(n);
            bucket.put(key, gzip(&(cur1(P) + &rows)));
        }
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        bucket.cur1_manifest(&format!("{}/r-Manifest.json", place(n)), "r", "20220401", &keys);
        bucket.cur1_manifest("p/r/20220401-20220501/r-Manifest.json", "r", "20220401", &keys);
    }
    let bill = bucket.read("").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), [format!("2022-04: {}", keys(83).join(", "))]);
    assert_eq!(records(&bill.exports[0]).await.unwrap().len(), 3 * 84);
    assert_eq!(bill.notes, ["r: 165 files are not read, because no current manifest names them"]);
    // Without the manifest of the period the newest assembly is the month.
    std::fs::remove_file(bucket.at("p/r/20220401-20220501/r-Manifest.json")).unwrap();
    assert_eq!(shown(&bucket.one().await, &bucket), [format!("2022-04: {}", keys(83).join(", "))]);
    // One of its parts is short: no other assembly stands in.
    let whole = std::fs::read(bucket.at(&keys(83)[1])).unwrap();
    bucket.put(&keys(83)[1], &whole[..whole.len() - 9]);
    let error = records(&bucket.one().await).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Incomplete);
    assert!(error.to_string().contains(&keys(83)[1]), "{error}");
    std::fs::remove_file(bucket.at(&keys(83)[1])).unwrap();
    refused(bucket.read("").await, Kind::Incomplete, &[&keys(83)[1], "missing", "2022-04"]);
}

#[tokio::test]
async fn a_header_alone_is_a_month_without_rows() {
    let bucket = Bucket::new();
    let header = cur1(P).lines().next().unwrap().to_owned() + "\r\n";
    bucket.put("r/20250301-20250401/r-1.csv", cur1(P));
    bucket.put("r/20250401-20250501/r-1.csv.gz", gzip(&header));
    let export = bucket.one().await;
    assert_eq!(export.deliveries.len(), 2);
    assert_eq!(export.payer.as_deref(), Some(P));
    assert_eq!(records(&export).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_cut_is_named() {
    let bucket = Bucket::new();
    let rows: Vec<String> = (0..9_000).map(|n| format!("{P},Usage,{n}.5\n")).collect();
    let long = cur1(P) + &rows.concat();
    let zipped = zip(&[("r.csv", &long)], true);
    let packed = gzip(&long);
    for (name, bytes) in [
        ("a.csv", long.as_bytes()[..long.len() - 20].to_vec()),
        ("a.csv", long.as_bytes()[..long.len() - 1].to_vec()),
        ("a.csv", [long.as_bytes(), b"\xff,Usage,1\n"].concat()),
        ("a.csv.gz", packed[..packed.len() - 1].to_vec()),
        ("a.csv.gz", packed[..packed.len() / 2].to_vec()),
        ("a.csv.gz", packed[..20].to_vec()),
        ("a.csv.zip", zipped[..zipped.len() - 30].to_vec()),
        ("a.csv.zip", zip(&[("a", &long), ("b", &long)], false)),
    ] {
        let bucket = Bucket::new();
        bucket.put(&format!("r/20250101-20250201/{name}"), &bytes);
        let error = match bucket.read("").await {
            Err(error) => error,
            Ok(bill) => records(&bill.exports[0]).await.unwrap_err(),
        };
        assert_eq!(error.kind(), Kind::Incomplete, "{error}");
        assert!(error.to_string().contains(&format!("20250101-20250201/{name}")), "{error}");
        assert!(!error.hints().is_empty());
    }
    bucket.put("r/20250101-20250201/a.csv.gz", "");
    bucket.cur1_manifest(
        "r/20250101-20250201/r-Manifest.json",
        "r",
        "20250101",
        &["r/20250101-20250201/a.csv.gz", "r/20250101-20250201/b.csv.gz"],
    );
    refused(bucket.read("").await, Kind::Incomplete, &["b.csv.gz is missing"]);
    bucket.put("r/20250101-20250201/b.csv.gz", gzip(&cur1(P)));
    refused(bucket.read("").await, Kind::Incomplete, &["a.csv.gz is empty"]);
}

#[tokio::test]
async fn a_file_packed_and_unpacked_counts_once() {
    let bucket = Bucket::new();
    bucket.put("r/20250101-20250201/r-1.csv", cur1(P));
    bucket.put("r/20250101-20250201/r-1.csv.gz", gzip(&cur1(P)));
    let words = ["r-1.csv and ", "r-1.csv.gz are one file", "2025-01"];
    refused(bucket.read("").await, Kind::Incomplete, &words);
    let key = "r/20250101-20250201/r-1.csv.gz";
    bucket.cur1_manifest("r/20250101-20250201/r-Manifest.json", "r", "20250101", &[key]);
    assert_eq!(shown(&bucket.one().await, &bucket), [format!("2025-01: {key}")]);
}

#[tokio::test]
async fn a_file_cut_in_its_header_does_not_vanish() {
    let bucket = Bucket::new();
    bucket.put("r/20250101-20250201/r-1.csv", cur1(P));
    bucket.put("r/20250201-20250301/r-1.csv", &cur1(P)[..50]);
    refused(bucket.read("").await, Kind::Incomplete, &["20250201-20250301/r-1.csv is truncated"]);
}

#[tokio::test]
async fn a_csv_file_replaced_after_discovery_is_not_read() {
    let bucket = Bucket::new();
    bucket.put("r/a.csv", cur1(P));
    let export = bucket.one().await;
    bucket.put("r/a.csv", cur1(P).repeat(2));
    let error = records(&export).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Changed);
    assert!(error.to_string().contains("a.csv was changed while it was read"), "{error}");
}

#[tokio::test]
async fn text_that_is_no_report_is_left_aside() {
    let bucket = Bucket::new();
    bucket.cur1("r/year=2018/month=10/a.parquet", P);
    for (name, text) in [
        ("r/year=2018/month=10/notes.csv", b"a,b\n1,2\n".as_slice()),
        ("r/year=2018/month=10/broken.csv.gz", b"\x1f\x8bxx"),
        ("other/latin.csv", b"\xe9,b\n"),
        ("other/empty.csv", b""),
    ] {
        bucket.put(name, text);
    }
    let bill = bucket.read("").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), ["2018-10: r/year=2018/month=10/a.parquet"]);
    assert_eq!(bill.notes, Vec::<String>::new());
    // A report beside a report is not left aside: one of them may be a copy of the other.
    bucket.put("r/year=2018/month=10/b.csv", cur1(P));
    refused(bucket.read("").await, Kind::Incomplete, &["two kinds of reports", "CUR 1 CSV", "CUR 1 Parquet"]);
}

#[tokio::test]
async fn text_beside_a_parquet_export_with_manifests_is_left_aside() {
    let bucket = Bucket::new();
    let file = "ha/data/BILLING_PERIOD=2026-04/ha-00001.snappy.parquet";
    bucket.cur2(file, P);
    bucket.data_manifest("ha/metadata/BILLING_PERIOD=2026-04/ha-Manifest.json", &[file]);
    bucket.put("ha/data/BILLING_PERIOD=2026-04/result.csv", cur2(P));
    bucket.put("ha/data/BILLING_PERIOD=2026-03/result.csv", cur2(P));
    assert_eq!(shown(&bucket.one().await, &bucket), [format!("2026-04: {file}")]);
}

#[tokio::test]
async fn the_same_bill_as_csv_and_as_parquet_needs_a_choice() {
    let bucket = Bucket::new();
    let (csv, parquet) = ("c/data/BILLING_PERIOD=2026-04/c-1.csv.gz", "d/data/BILLING_PERIOD=2026-04/d-1.parquet");
    bucket.put(csv, gzip(&cur2(P)));
    bucket.cur2(parquet, P);
    bucket.data_manifest("c/metadata/BILLING_PERIOD=2026-04/c-Manifest.json", &[csv]);
    bucket.data_manifest("d/metadata/BILLING_PERIOD=2026-04/d-Manifest.json", &[parquet]);
    refused(bucket.read("").await, Kind::Usage, &["c (CUR 2.0 CSV, 2026-04)", "d (CUR 2.0 Parquet, 2026-04)"]);
    let bill = bucket.choose("", "c").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), [format!("2026-04: {csv}")]);
}

#[tokio::test]
async fn a_file_beside_its_manifest_is_found_unpacked() {
    let bucket = Bucket::new();
    let key = "p/c/data/BILLING_PERIOD=2026-04/2026-04-16T15:24:15.653Z-04e9/c-1.csv.gz";
    bucket.put("flat/c-1.csv", cur2(P));
    bucket.data_manifest("flat/c-Manifest.json", &[key]);
    let bill = bucket.read("").await.unwrap();
    assert_eq!(shown(&bill.exports[0], &bucket), ["2026-04: flat/c-1.csv"]);
    assert!(bill.notes.len() == 1 && bill.notes[0].contains("flat/c-1.csv is read for"), "{:?}", bill.notes);
    // Two candidates, or a manifest in the folders of AWS: only the key itself counts.
    bucket.put("flat/c-1.csv.gz", gzip(&cur2(P)));
    refused(bucket.read("").await, Kind::Incomplete, &["c-1.csv.gz is missing"]);
    let bucket = Bucket::new();
    bucket.put("c/metadata/BILLING_PERIOD=2026-04/c-1.csv", cur2(P));
    bucket.data_manifest("c/metadata/BILLING_PERIOD=2026-04/c-Manifest.json", &[key]);
    refused(bucket.read("").await, Kind::Incomplete, &["c-1.csv.gz is missing"]);
}
