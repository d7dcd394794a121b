//! Portions of a bill, cut at random and merged, against the bill rolled up as a whole.

use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
};

use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    file::properties::WriterProperties,
};
use tempfile::TempDir;

use super::{
    cells::{CellKey, Sums},
    columns::{CellRows, Shape},
    keys,
    parts::Folder,
    *,
};
use crate::{
    error::Kind,
    normalize::Account,
    source::{Access, Memory, discover},
};

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    /// A portion does not come back.
    Lost,
    /// A byte of a file changes.
    Changed,
    /// A portion comes back in the place of another.
    Swapped,
}

/// Another machine in this process.
#[derive(Debug)]
struct Here {
    bytes: u64,
    trouble: Trouble,
    portions: AtomicU64,
}

#[async_trait::async_trait]
impl Elsewhere for Here {
    fn slots(&self) -> usize {
        1
    }

    fn portion_bytes(&self, _all: u64) -> u64 {
        self.bytes
    }

    async fn roll_up(&self, portions: &[Portion<'_>]) -> Result<()> {
        let book = PriceBook::embedded()?;
        let means = Means { threads: 1, memory: 64 << 20 };
        for (number, portion) in portions.iter().enumerate() {
            self.portions.fetch_add(1, Ordering::Relaxed);
            let folder = tempfile::tempdir().unwrap();
            let of = if self.trouble == Trouble::Swapped { &portions[0] } else { portion };
            portion::roll_up(of.delivery, &of.pieces, folder.path(), book, means).await?;
            for file in files() {
                if self.trouble == Trouble::Lost && number == 1 {
                    continue;
                }
                let mut bytes = std::fs::read(folder.path().join(file)).unwrap();
                if self.trouble == Trouble::Changed && number == 1 && file == "months.parquet" {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                }
                std::fs::write(portion.folder.join(file), bytes).unwrap();
            }
        }
        Ok(())
    }
}

/// Copies a Parquet bill with many small row groups.
fn in_small_groups(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(std::result::Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else if entry.path().extension().is_some_and(|extension| extension == "parquet") {
            let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(entry.path()).unwrap()).unwrap();
            let rows: Vec<_> = rows.build().unwrap().map(std::result::Result::unwrap).collect();
            let properties = WriterProperties::builder().set_max_row_group_row_count(Some(41)).build();
            let schema = rows[0].schema();
            let mut writer = ArrowWriter::try_new(File::create(target).unwrap(), schema, Some(properties)).unwrap();
            for batch in &rows {
                writer.write(batch).unwrap();
            }
            writer.close().unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn sample(name: &str) -> String {
    format!("{}/sample-cur/{name}", env!("CARGO_MANIFEST_DIR"))
}

async fn bill(source: &str) -> Bill {
    discover(&[source.to_owned()], None, &Access::default(), &Memory::none()).await.unwrap()
}

async fn rollup(bill: &Bill, elsewhere: Option<&dyn Elsewhere>) -> (Cache, Result<Rollup>, Arc<ScanCount>) {
    let (cache, count) = (Cache::temporary().unwrap(), Arc::default());
    let means = Means { threads: 2, memory: 64 << 20 };
    let book = PriceBook::embedded().unwrap();
    let rollup =
        Rollup::of(bill, Wanted { parts: &Part::ALL, tags: &Arc::default() }, &cache, book, means, &count, elsewhere)
            .await;
    (cache, rollup, count)
}

type Cells = BTreeMap<(Account, UsageKey, i32, String), Sums>;

/// Returns the cells of a file by what they are told apart by; each may be there once.
fn cells(folder: &Folder, part: Part, shape: Shape) -> Cells {
    let batches = |part| folder.rows(part).unwrap().unwrap();
    let usages: Vec<_> = batches(Part::Usages).iter().flat_map(|batch| keys::usages(batch).unwrap()).collect();
    let accounts: Vec<_> = batches(Part::Accounts).iter().flat_map(|batch| keys::accounts(batch).unwrap()).collect();
    let mut all = Cells::new();
    for batch in batches(part) {
        let rows = CellRows::new(&batch, shape).unwrap();
        for row in 0..batch.num_rows() {
            let CellKey { place, account, usage } = rows.key(row);
            let usage = usages[usage as usize].as_ref().clone();
            let key = (accounts[account as usize].clone(), usage, place, rows.text(row).to_owned());
            assert!(all.insert(key, rows.sums(row)).is_none(), "a cell is there twice");
        }
    }
    all
}

fn assert_same(one: &Rollup, other: &Rollup) {
    assert_eq!(one.usage_rows().unwrap(), other.usage_rows().unwrap());
    assert_eq!(one.effort(), other.effort());
    for (one, other) in one.folders.iter().zip(&other.folders) {
        assert_eq!(one.facts, other.facts);
        for (part, shape) in [
            (Part::Months, Shape::Months),
            (Part::Days, Shape::Times),
            (Part::Hours, Shape::Times),
            (Part::Resources, Shape::Resources),
        ] {
            let (one, other) = (cells(one, part, shape), cells(other, part, shape));
            assert!(!one.is_empty() && one == other, "{part:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn portions_however_cut_add_up_to_the_whole() {
    let dir = TempDir::new().unwrap();
    in_small_groups(Path::new(&sample("cur2")), dir.path());
    for source in [dir.path().display().to_string(), sample("cur1")] {
        let bill = bill(&source).await;
        let (_cache, whole, read) = rollup(&bill, None).await;
        let whole = whole.unwrap();
        for bytes in [1, 30_011] {
            let here = Here { bytes, trouble: Trouble::None, portions: AtomicU64::new(0) };
            let (_cache, merged, count) = rollup(&bill, Some(&here)).await;
            assert_same(&whole, &merged.unwrap());
            assert_eq!((count.rows(), count.done().0), (read.rows(), read.done().0), "{source} by {bytes}");
            let portions = here.portions.load(Ordering::Relaxed);
            assert!(portions >= 10, "{portions}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_damaged_is_refused_and_not_kept() {
    let bill = bill(&sample("cur2")).await;
    for trouble in [Trouble::Lost, Trouble::Changed, Trouble::Swapped] {
        let here = Here { bytes: 1, trouble, portions: AtomicU64::new(0) };
        let (cache, merged, _) = rollup(&bill, Some(&here)).await;
        let error = merged.unwrap_err();
        assert_eq!(error.kind(), Kind::Runtime, "{trouble:?}");
        assert!(error.to_string().contains("came back"), "{error}");
        for export in &bill.exports {
            for delivery in &export.deliveries {
                assert!(cache.find(&Name::of(export, delivery, &TagKeys::default()).unwrap()).is_none(), "{trouble:?}");
            }
        }
    }
}

#[test]
fn every_piece_is_in_one_portion() {
    let mut state = 5_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..200 {
        let pieces: Vec<(PieceOf, u64)> = (0..usize::try_from(next(40)).unwrap())
            .map(|number| (PieceOf { file: number / 7, group: Some(number % 7) }, next(50)))
            .collect();
        let size = next(120) + 1;
        let portions = portion::cut(&pieces, size);
        let again: Vec<PieceOf> = portions.iter().flat_map(|(pieces, _)| pieces.clone()).collect();
        assert_eq!(again, pieces.iter().map(|(piece, _)| *piece).collect::<Vec<_>>());
        for (of_it, bytes) in &portions {
            assert!(*bytes <= size || of_it.len() == 1);
        }
        assert_eq!(portions.iter().map(|(_, bytes)| bytes).sum::<u64>(), pieces.iter().map(|(_, b)| b).sum::<u64>());
    }
}

#[tokio::test]
async fn other_machines_do_not_tell_rows_apart_by_tags() {
    let bill = bill(&sample("cur2")).await;
    let here = Here { bytes: 1, trouble: Trouble::None, portions: AtomicU64::new(0) };
    let (cache, count) = (Cache::temporary().unwrap(), Arc::default());
    let means = Means { threads: 2, memory: 64 << 20 };
    let tags = Arc::new(TagKeys::new(&["team".to_owned()]));
    let wanted = Wanted { parts: &Part::ALL, tags: &tags };
    let book = PriceBook::embedded().unwrap();
    let error = Rollup::of(&bill, wanted, &cache, book, means, &count, Some(&here)).await.unwrap_err();
    assert!(error.kind() == Kind::Usage && error.to_string().contains("cluster"), "{error}");
    assert_eq!(count.bytes(), 0);
}
