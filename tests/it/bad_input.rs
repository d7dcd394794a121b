//! Bills that are broken: a clear error with file and hint, the right exit code, no output left behind.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, Int64Array, RecordBatch},
    compute::cast,
    datatypes::DataType,
};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use crate::support::{ROOT, copy_folder, failure, renamed, rewrite, without};

/// A copy of the sample's CUR 2.0 export, to be broken.
struct Broken {
    dir: TempDir,
}

impl Broken {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy_folder(&Path::new(ROOT).join("sample-cur/cur2"), &dir.path().join("bill"));
        Self { dir }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("bill/seoul-cur2/data/BILLING_PERIOD=2023-09/seoul-cur2-00001.snappy.parquet")
    }

    /// Reports the broken bill; checks that the report folder was not made.
    fn report(&self, code: i32) -> String {
        let out = self.dir.path().join("out");
        let error =
            failure(&["report", self.dir.path().join("bill").to_str().unwrap(), "--out", out.to_str().unwrap()], code);
        assert!(!out.exists(), "output was left behind");
        assert!(error.contains("error: ") && error.contains("hint: "), "{error}");
        error
    }
}

#[test]
fn a_truncated_file_is_named() {
    let broken = Broken::new();
    let bytes = fs::read(broken.data()).unwrap();
    fs::write(broken.data(), &bytes[..bytes.len() / 2]).unwrap();
    let error = broken.report(3);
    assert!(error.contains("BILLING_PERIOD=2023-09/seoul-cur2-00001.snappy.parquet"), "{error}");
}

#[test]
fn damage_inside_a_page_is_named() {
    let broken = Broken::new();
    let mut bytes = fs::read(broken.data()).unwrap();
    let middle = bytes.len() / 3;
    for byte in &mut bytes[middle..middle + 4_000] {
        *byte ^= 0x5a;
    }
    fs::write(broken.data(), &bytes).unwrap();
    let error = broken.report(3);
    assert!(error.contains("BILLING_PERIOD=2023-09"), "{error}");
}

#[test]
fn a_missing_file_is_named_with_its_manifest() {
    let broken = Broken::new();
    fs::remove_file(broken.data()).unwrap();
    let error = broken.report(3);
    assert!(error.contains("seoul-cur2-00001.snappy.parquet") && error.contains("2023-09"), "{error}");
}

#[test]
fn a_month_without_a_cost_column_is_named() {
    let broken = Broken::new();
    rewrite(&broken.data(), |batch| without(&batch, "line_item_unblended_cost"));
    let error = broken.report(3);
    assert!(error.contains("line_item_unblended_cost") && error.contains("2023-09"), "{error}");
    assert!(error.contains("seoul-cur2-00001.snappy.parquet"), "{error}");
}

#[test]
fn a_column_in_another_case_or_type_is_named() {
    let broken = Broken::new();
    rewrite(&broken.data(), |batch| renamed(&batch, "line_item_unblended_cost", "Line_Item_Unblended_Cost"));
    let error = broken.report(3);
    assert!(error.contains("letter case"), "{error}");

    let broken = Broken::new();
    rewrite(&broken.data(), |batch| {
        let index = batch.schema().index_of("line_item_unblended_cost").unwrap();
        let text: ArrayRef = cast(batch.column(index), &DataType::Utf8).unwrap();
        let mut columns = batch.columns().to_vec();
        columns[index] = text;
        let fields: Vec<_> = batch
            .schema()
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()))
            .collect();
        RecordBatch::try_new(Arc::new(arrow::datatypes::Schema::new(fields)), columns).unwrap()
    });
    let error = broken.report(3);
    assert!(error.contains("line_item_unblended_cost is Utf8"), "{error}");
}

#[test]
fn an_amortised_cost_that_cannot_be_known_is_no_zero() {
    let broken = Broken::new();
    rewrite(&broken.data(), |batch| without(&batch, "savings_plan_savings_plan_effective_cost"));
    let error = broken.report(3);
    assert!(error.contains("savings_plan_savings_plan_effective_cost"), "{error}");
}

#[test]
fn a_file_in_the_wrong_month_is_refused() {
    let broken = Broken::new();
    let other = broken.data().to_string_lossy().replace("2023-09", "2023-10");
    fs::copy(other, broken.data()).unwrap();
    let error = broken.report(3);
    assert!(error.contains("holds a row of 2023-10") && error.contains("2023-09"), "{error}");
    let bill = broken.dir.path().join("bill");
    let error = failure(&["sql", bill.to_str().unwrap(), "-c", "select count(*) from line_items"], 3);
    assert!(error.contains("holds a row of 2023-10"), "{error}");
}

#[test]
fn folders_without_a_bill_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap().to_owned();
    let out = dir.path().join("out");
    let args = ["report", folder.as_str(), "--out", out.to_str().unwrap()];
    let error = failure(&args, 3);
    assert!(error.contains(&folder) && error.contains("hint: "), "{error}");

    let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("trips", column)]).unwrap();
    let path = dir.path().join("taxi.parquet");
    let mut writer = ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let error = failure(&args, 3);
    assert!(error.contains("taxi.parquet") && error.contains("hint: "), "{error}");
    assert!(!out.exists());

    let error = failure(&["report", "/nonexistent/bill"], 2);
    assert!(error.contains("/nonexistent/bill"), "{error}");
}

#[test]
fn an_older_report_survives_a_failed_run() {
    let broken = Broken::new();
    let out = broken.dir.path().join("reports");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("report.html"), "older").unwrap();
    fs::create_dir(out.join("report.json")).unwrap();
    fs::write(out.join("report.json/in-the-way"), "x").unwrap();
    let bill = broken.dir.path().join("bill");
    let error = failure(&["report", bill.to_str().unwrap(), "--out", out.to_str().unwrap()], 1);
    assert!(error.contains("report.json"), "{error}");
    assert_eq!(fs::read_to_string(out.join("report.html")).unwrap(), "older");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
}
