//! The pages that the tests open, made with the program from bills on disk.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};

use crate::support::{ROOT, Runs, copy_folder, files, gravimeter, rewrite};

/// Names that try to leave the text they stand in and to run as a script.
pub(super) const HOSTILE: &str = "</script></style></td><script>window.__pwned=1</script>\
     <img src=x onerror=window.__pwned=2>\"'><svg onload=window.__pwned=3>{{7*7}}";

/// Makes a page once for all tests.
fn made(name: &str, prepare: impl FnOnce(&Path) -> PathBuf, options: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let bill = prepare(&folder.join("bill"));
    let mut args = vec!["report", bill.to_str().unwrap(), "--quiet", "--no-cache", "--format", "html", "--out"];
    args.push(folder.to_str().unwrap());
    args.extend(options);
    gravimeter(&args).assert().success();
    folder.join("report.html")
}

/// The page of the sample.
pub(super) fn sample() -> &'static Path {
    static PAGE: OnceLock<PathBuf> = OnceLock::new();
    PAGE.get_or_init(|| made("sample", |_| Path::new(ROOT).join("sample-cur"), &[]))
}

/// The page of the sample with hostile names of accounts, services and types.
pub(super) fn hostile() -> &'static Path {
    static PAGE: OnceLock<PathBuf> = OnceLock::new();
    let respell = |bill: &Path| {
        copy_folder(&Path::new(ROOT).join("sample-cur/cur2"), bill);
        for file in parquet(bill) {
            rewrite(&file, |batch| {
                let name = |_: usize, old: &str| format!("{old}{HOSTILE}");
                let batch = respelled(&batch, "line_item_usage_account_name", name);
                respelled(&batch, "line_item_product_code", |row, old| {
                    if row % 7 == 0 { format!("{old}{HOSTILE}") } else { old.to_owned() }
                })
            });
        }
        bill.to_owned()
    };
    PAGE.get_or_init(|| made("hostile", respell, &[]))
}

/// The page of a bill with 300 accounts, 60 services and 36 months.
pub(super) fn large() -> &'static Path {
    static PAGE: OnceLock<PathBuf> = OnceLock::new();
    let spread = |bill: &Path| {
        gravimeter(&["sample", bill.to_str().unwrap(), "--rows", "108000", "--months", "36"]).assert().success();
        for file in parquet(bill) {
            rewrite(&file, |batch| {
                let batch =
                    respelled(&batch, "line_item_usage_account_id", |row, _| format!("{:012}", 100_000 + row % 300));
                let batch = respelled(&batch, "line_item_usage_account_name", |row, _| {
                    format!("team-{}-production", row % 300)
                });
                respelled(&batch, "line_item_product_code", |row, old| {
                    if row % 5 == 0 { format!("AmazonService{}", row % 300 / 5) } else { old.to_owned() }
                })
            });
        }
        bill.to_owned()
    };
    PAGE.get_or_init(|| made("large", spread, &[]))
}

fn parquet(folder: &Path) -> Vec<PathBuf> {
    let data = files(folder).into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "parquet"));
    data.map(|file| folder.join(file)).collect()
}

/// Writes a column of texts anew; a bill without it stays as it is.
fn respelled(batch: &RecordBatch, name: &str, spell: impl Fn(usize, &str) -> String) -> RecordBatch {
    let Ok(index) = batch.schema().index_of(name) else { return batch.clone() };
    let mut columns = batch.columns().to_vec();
    let old = columns[index].as_string::<i32>().iter().enumerate();
    let new: StringArray = old.map(|(row, text)| text.map(|text| spell(row, text))).collect();
    columns[index] = Arc::new(new) as ArrayRef;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}
