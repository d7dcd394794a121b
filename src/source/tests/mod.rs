//! Whole-stage tests on small deliveries written for the purpose, and on real ones where they are at hand.

mod choosing;
mod csv;
mod focus;
mod manifests;
mod real;
mod surveying;
mod without_manifest;

use std::{path::PathBuf, sync::Arc};

use arrow::{
    array::{ArrayRef, MapBuilder, RecordBatch, StringArray, StringBuilder},
    datatypes::{Field, Schema},
};
use parquet::arrow::ArrowWriter;

use super::{Access, Bill, DataFile, Encoding, Export, Memory, discover};
use crate::error::{Error, Kind};

/// A folder of deliveries that is removed at the end.
struct Bucket(tempfile::TempDir);

impl Bucket {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.0.path().display())
    }

    fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = PathBuf::from(self.at(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Writes a CUR 1 file of one payer.
    fn cur1(&self, path: &str, payer: &str) {
        self.put(path, parquet(&cur_columns(payer, 3)));
    }

    /// Writes a CUR 2.0 file of one payer.
    fn cur2(&self, path: &str, payer: &str) {
        let mut columns = cur_columns(payer, 3);
        columns.push(("product", map(3)));
        self.put(path, parquet(&columns));
    }

    /// Writes a FOCUS 1.0 file of one payer.
    fn focus(&self, path: &str, payer: &str) {
        self.put(path, parquet(&focus_columns(payer, "Usage", 3)));
    }

    /// Writes a Data Exports manifest.
    fn data_manifest(&self, path: &str, keys: &[&str]) {
        let files: Vec<String> = keys.iter().map(|key| format!("\"s3://bucket/{key}\"")).collect();
        self.put(
            path,
            format!(r#"{{"executionId":"x","exportArn":"arn:1","columns":[],"dataFiles":[{}]}}"#, files.join(",")),
        );
    }

    /// Writes a CUR 1 manifest for the month that begins on `start` (yyyymmdd).
    fn cur1_manifest(&self, path: &str, report: &str, start: &str, keys: &[&str]) {
        let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        self.put(
            path,
            format!(
                r#"{{"assemblyId":"a","reportName":"{report}","billingPeriod":{{"start":"{start}T000000.000Z"}},"reportKeys":[{}]}}"#,
                keys.join(",")
            ),
        );
    }

    async fn read(&self, path: &str) -> Result<Bill, Error> {
        discover(&[self.at(path)], None, &Access::default(), &Memory::none()).await
    }

    async fn choose(&self, path: &str, name: &str) -> Result<Bill, Error> {
        discover(&[self.at(path)], Some(name), &Access::default(), &Memory::none()).await
    }

    /// Reads the only export under the bucket.
    async fn one(&self) -> Export {
        let mut bill = self.read("").await.unwrap();
        assert_eq!(bill.exports.len(), 1, "{:?}", bill.exports);
        bill.exports.remove(0)
    }
}

fn cur_columns(payer: &str, rows: usize) -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("bill_payer_account_id", text(payer, rows)),
        ("line_item_line_item_type", text("Usage", rows)),
        ("line_item_unblended_cost", text("1.5", rows)),
    ]
}

fn focus_columns(payer: &str, category: &str, rows: usize) -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("BilledCost", text("1.5", rows)),
        ("BillingAccountId", text(payer, rows)),
        ("ChargeCategory", text(category, rows)),
        ("x_UsageType", text("BoxUsage:m5.large", rows)),
    ]
}

fn text(value: &str, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![value; rows]))
}

fn map(rows: usize) -> ArrayRef {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for _ in 0..rows {
        builder.keys().append_value("region");
        builder.values().append_value("ap-northeast-2");
        builder.append(true).unwrap();
    }
    Arc::new(builder.finish())
}

fn parquet(columns: &[(&str, ArrayRef)]) -> Vec<u8> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.iter().map(|(_, array)| Arc::clone(array)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Returns `month: file, file` for each delivery, with the files below the bucket's folder.
fn shown(export: &Export, bucket: &Bucket) -> Vec<String> {
    let root = bucket.at("");
    let deliveries = export.deliveries.iter().map(|delivery| {
        let month = delivery.month.map_or("?".to_owned(), |month| month.to_string());
        let files: Vec<&str> =
            delivery.files.iter().map(|file| file.name.trim_start_matches(&root).trim_start_matches('/')).collect();
        format!("{month}: {}", files.join(", "))
    });
    deliveries.collect()
}

/// Asserts the kind of an error, words in its message, and that it says what to do.
#[track_caller]
fn refused(result: Result<Bill, Error>, kind: Kind, words: &[&str]) {
    let error = result.expect_err("it was read");
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "\"{word}\" is not in: {error}");
    }
    assert!(!error.hints().is_empty(), "no hint: {error}");
}
