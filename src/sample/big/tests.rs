//! The large bill at a small size: its bytes, its sums, its shape.

use std::collections::BTreeMap;
use std::fs::File;

use parquet::basic::{Compression, Encoding, Type as PhysicalType};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::rows::{Line, Rows, blocks, fill};
use super::*;

fn written(rows: u64, months: u32, seed: u64, threads: usize) -> (tempfile::TempDir, Summary) {
    let dir = tempfile::tempdir().unwrap();
    let threads = NonZeroUsize::new(threads).unwrap();
    let summary = write(dir.path(), &Options { rows, months, seed, threads }).unwrap();
    (dir, summary)
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(dir)
        .into_iter()
        .map(std::result::Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().strip_prefix(dir).unwrap().to_owned(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// All rows of a month.
fn month(plan: &Plan, period: usize) -> Rows {
    let mut rows = Rows::default();
    for file in 0..2 {
        for block in blocks(plan, period, file, 2) {
            fill(plan, period, block, &mut rows);
        }
    }
    rows
}

#[test]
fn bytes_depend_on_rows_months_and_seed_alone() {
    let (one, summary) = written(20_000, 2, 1, 1);
    let (three, _) = written(20_000, 2, 1, 3);
    assert_eq!(summary.rows, 20_000);
    assert!(files(one.path()) == files(three.path()), "the threads show in the bytes");
    let (other, _) = written(20_000, 2, 2, 1);
    assert!(files(one.path()) != files(other.path()), "the seed does not show");
    let again = write(one.path(), &Options { rows: 15_000, months: 1, seed: 1, threads: NonZeroUsize::MIN }).unwrap();
    assert_eq!((again.rows, again.files), (15_000, 5), "an earlier sample is replaced");
}

#[test]
fn covered_usage_and_fees_add_up_every_month() {
    let plan = planner::plan(260_000, 1, 3);
    let rows = month(&plan, 0);
    assert_eq!(rows.rows.len(), 260_000);
    let sum = |line: Line, of: fn(&rows::Row) -> i64| -> i128 {
        rows.rows.iter().filter(|row| rows.items[row.item as usize].line == line).map(|row| i128::from(of(row))).sum()
    };
    let covered = sum(Line::Covered, |row| row.cost);
    assert!(covered > 0 && covered + sum(Line::Negation, |row| row.cost) == 0);
    assert_eq!(sum(Line::Negation, |row| row.list), covered, "negations carry a positive copy");
    assert_eq!(sum(Line::PlanFee, |row| row.used), sum(Line::Covered, |row| row.effective));
    assert!(rows.rows.iter().all(|row| row.used <= row.commitment));
    // What a Reserved Instance costs is what its usage takes and what nobody used.
    let paid = sum(Line::ReservedFee, |row| row.cost + row.period_upfront);
    let unused = sum(Line::ReservedFee, |row| row.unused_recurring + row.unused_upfront);
    assert!(sum(Line::Discounted, |row| row.usage) > 0);
    assert_eq!(paid, sum(Line::Discounted, |row| row.effective) + unused);
    let mut sums = Sums::default();
    sums.add(&rows);
    let upfront = sum(Line::Upfront, |row| row.cost);
    assert_eq!(sums.amortized - sums.unblended, sum(Line::ReservedFee, |row| row.period_upfront) - upfront);
}

#[test]
fn the_bill_has_the_variety_of_a_large_one() {
    let plan = planner::plan(260_000, 1, 1);
    let rows = month(&plan, 0);
    let distinct = |of: fn(&sku::Sku) -> &sku::Text| {
        let texts = rows.items.iter().map(|item| of(&plan.skus[item.sku as usize]).clone());
        texts.flatten().map(|text| text.data().to_vec()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(distinct(|sku| &sku.product_code) > 40);
    assert!(distinct(|sku| &sku.region) >= 15);
    assert!(distinct(|sku| &sku.usage_type) > 600);
    let resources: std::collections::BTreeSet<_> =
        rows.items.iter().filter_map(|item| item.resource.as_ref().map(|text| text.data().to_vec())).collect();
    assert!(resources.len() > 4_000, "{}", resources.len());
    // Neither by time nor by resource: few neighbours share an item, and hours go up and down.
    let falls = rows.rows.windows(2).filter(|pair| pair[1].hour < pair[0].hour).count();
    assert!(falls > rows.rows.len() / 10);
}

#[test]
fn files_look_as_aws_writes_them() {
    assert!(COLUMNS.len() >= 120 && COLUMNS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let (dir, _) = written(15_000, 1, 1, 1);
    let export = dir.path().join("cur2/large-cur2");
    let manifest = fs::read_to_string(export.join("metadata/BILLING_PERIOD=2025-01/large-cur2-Manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["columns"].as_array().unwrap().len(), COLUMNS.len());
    let keys = manifest["dataFiles"].as_array().unwrap();
    let mut rows = 0;
    for key in keys {
        let name = key.as_str().unwrap().rsplit_once("large-cur2/").unwrap().1;
        let reader = SerializedFileReader::new(File::open(export.join(name)).unwrap()).unwrap();
        let group = reader.metadata().row_group(0).clone();
        rows += reader.metadata().file_metadata().num_rows();
        let column = |name: &str| group.columns().iter().find(|column| column.column_path().string() == name).unwrap();
        assert_eq!(column("line_item_usage_start_date").column_type(), PhysicalType::INT96);
        assert_eq!(column("line_item_unblended_cost").column_type(), PhysicalType::DOUBLE);
        assert_eq!(column("product.key_value.key").compression(), Compression::SNAPPY);
        assert!(column("line_item_usage_type").encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY));
        assert!(group.columns().iter().all(|column| column.column_descr().max_def_level() > 0), "all optional");
    }
    assert_eq!((keys.len(), rows), (2, 15_000));
}

#[test]
fn a_bill_too_small_for_its_months_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { rows: 100, months: 3, seed: 1, threads: NonZeroUsize::MIN };
    let error = write(dir.path(), &options).unwrap_err();
    assert_eq!(error.to_string(), "100 line items are too few for 3 months");
}
