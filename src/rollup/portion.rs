//! Portions: the parts of a delivery that other machines roll up, and their merge.
//!
//! ```text
//! delivery ──pieces, cut──► portions ──(elsewhere: roll_up)──► sealed folders ──merge──► the folder of the delivery
//! ```
//!
//! A portion is sealed like any rollup and names the pieces that it holds. The merge takes only what is whole, and only
//! when the portions are exactly the pieces of the delivery, each once; sums are exact, so the cut changes no digit.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{
    Means, Part, build,
    cache::Cache,
    parts::{Facts, Folder, SEAL},
    whole::Whole,
};
use crate::{
    error::{Error, Result},
    normalize::{Piece, ScanCount, open_files},
    pricing::PriceBook,
    source::{DataFile, Delivery},
};

/// A piece of a file of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PieceOf {
    /// Number of the file in its delivery.
    pub file: usize,
    /// Number of the row group; `None` = the whole file.
    pub group: Option<usize>,
}

impl PieceOf {
    /// Names a piece of a file.
    pub(super) fn new(file: usize, piece: Piece) -> Self {
        let group = match piece {
            Piece::All => None,
            Piece::RowGroup(group) => Some(group),
        };
        Self { file, group }
    }
}

/// A portion of a delivery, to be rolled up elsewhere.
#[derive(Debug)]
pub struct Portion<'d> {
    /// The delivery.
    pub delivery: &'d Delivery,
    /// What of it is to be read, in order.
    pub pieces: Vec<PieceOf>,
    /// Bytes that are to be read.
    pub bytes: u64,
    /// Where the sealed files are to be put: an empty folder.
    pub folder: PathBuf,
}

impl Portion<'_> {
    /// Returns the files that are read, each at its version, and the pieces by their numbers in that list.
    fn expected(&self) -> (Vec<String>, Vec<PieceOf>) {
        let mut files: Vec<usize> = self.pieces.iter().map(|piece| piece.file).collect();
        files.dedup();
        let number = |file| files.iter().position(|&known| known == file).unwrap_or(usize::MAX);
        let pieces = self.pieces.iter().map(|piece| PieceOf { file: number(piece.file), group: piece.group }).collect();
        (files.iter().filter_map(|&file| self.delivery.files.get(file)).map(version).collect(), pieces)
    }
}

/// Names a file at its version.
pub(super) fn version(file: &DataFile) -> String {
    format!("{} {} {:?}", file.name, file.object.size, file.object.e_tag)
}

/// Rolls portions up, wherever that is.
#[async_trait]
pub trait Elsewhere: std::fmt::Debug + Sync {
    /// Returns how many portions are worked on at a time.
    fn slots(&self) -> usize;

    /// Returns the bytes that a portion has at most when there are so many in all.
    fn portion_bytes(&self, all: u64) -> u64 {
        (all / (self.slots().max(1) as u64 * PER_SLOT)).clamp(LEAST, MOST)
    }

    /// Has the portions rolled up by [`roll_up`], and the files that it writes put into the folder of each.
    async fn roll_up(&self, portions: &[Portion<'_>]) -> Result<()>;
}

/// The files of a sealed folder, the seal last.
pub fn files() -> impl Iterator<Item = &'static str> {
    Part::ALL.into_iter().map(Part::file).chain([SEAL])
}

/// Rolls the pieces of a delivery up and writes them, sealed, into the folder.
///
/// # Errors
/// When a file cannot be read or the folder not be written.
pub async fn roll_up(
    delivery: &Delivery,
    pieces: &[PieceOf],
    folder: &Path,
    book: &'static PriceBook,
    means: Means,
) -> Result<()> {
    let job = build::Job { delivery, folder, portion: Some(pieces), tags: &Arc::default() };
    build::build(&[job], book, means, &Arc::default()).await
}

/// Bytes of a portion that are worth the way to another machine.
const LEAST: u64 = 8 * 1024 * 1024;

/// Bytes of a portion at most; larger ones would be lost with their machine.
const MOST: u64 = 256 * 1024 * 1024;

/// Portions that every slot gets, so that the last ones do not wait for a slow one.
const PER_SLOT: u64 = 3;

/// Cuts pieces into portions of some size, in order; a piece is never cut.
pub(super) fn cut(pieces: &[(PieceOf, u64)], size: u64) -> Vec<(Vec<PieceOf>, u64)> {
    let mut portions: Vec<(Vec<PieceOf>, u64)> = Vec::new();
    for &(piece, bytes) in pieces {
        match portions.last_mut() {
            Some((of_last, so_far)) if *so_far + bytes <= size => {
                of_last.push(piece);
                *so_far += bytes;
            }
            _ => portions.push((vec![piece], bytes)),
        }
    }
    portions
}

/// What of a delivery is rolled up elsewhere.
struct Planned<'d> {
    delivery: &'d Delivery,
    pieces: Vec<(PieceOf, u64)>,
    facts: Facts,
}

/// Finds the pieces of a delivery, and checks the columns of its files.
async fn plan<'d>(delivery: &'d Delivery, book: &'static PriceBook, count: &Arc<ScanCount>) -> Result<Planned<'d>> {
    let (mut pieces, mut facts) = (Vec::new(), Facts::default());
    for (file, scan) in open_files(delivery, book, count).await?.into_iter().enumerate() {
        let reading = scan.bind_coded(&Arc::default())?;
        let size = scan.file.data.object.size;
        facts.file_bytes += size;
        for (piece, bytes) in scan.pieces(&reading) {
            let bytes = if piece == Piece::All { size } else { bytes };
            facts.needed_bytes += bytes;
            pieces.push((PieceOf::new(file, piece), bytes));
        }
    }
    Ok(Planned { delivery, pieces, facts })
}

/// Has deliveries rolled up elsewhere, each into its folder.
///
/// # Errors
/// When a file cannot be read, a portion is not what it should be, or a folder cannot be written.
pub(super) async fn build_elsewhere(
    jobs: &[(&Delivery, &Path)],
    elsewhere: &dyn Elsewhere,
    cache: &Cache,
    book: &'static PriceBook,
    means: Means,
    count: &Arc<ScanCount>,
) -> Result<()> {
    let mut planned = Vec::with_capacity(jobs.len());
    for (delivery, _) in jobs {
        planned.push(plan(delivery, book, count).await?);
    }
    let bytes: u64 = planned.iter().map(|planned| planned.facts.needed_bytes).sum();
    let size = elsewhere.portion_bytes(bytes);
    let mut folders: Vec<TempDir> = Vec::new();
    let (mut portions, mut owners) = (Vec::new(), Vec::new());
    for (owner, planned) in planned.iter().enumerate() {
        for (pieces, bytes) in cut(&planned.pieces, size) {
            let folder = cache.begin()?;
            portions.push(Portion { delivery: planned.delivery, pieces, bytes, folder: folder.path().to_owned() });
            owners.push(owner);
            folders.push(folder);
        }
    }
    if !portions.is_empty() {
        elsewhere.roll_up(&portions).await?;
    }
    let budget = means.memory / 4 / jobs.len().clamp(1, means.threads.max(1));
    let merged = jobs.par_iter().zip(planned.into_par_iter()).enumerate().map(|(owner, ((_, into), planned))| {
        let of_it = portions.iter().zip(&owners).filter(|&(_, &of)| of == owner).map(|(portion, _)| portion);
        merge(&of_it.collect::<Vec<_>>(), planned, into, budget, count)
    });
    merged.collect::<Result<Vec<()>>>().map(drop)
}

/// Merges the portions of a delivery into its folder.
fn merge(
    portions: &[&Portion<'_>],
    planned: Planned<'_>,
    into: &Path,
    budget: usize,
    count: &Arc<ScanCount>,
) -> Result<()> {
    let own = ScanCount::part_of(count);
    let mut whole = Whole::new(into.to_owned());
    let (mut done, mut line_items): (Vec<PieceOf>, u64) = (Vec::new(), 0);
    for portion in portions {
        let folder = Folder::open(&portion.folder).filter(|folder| folder.is_whole(&Part::ALL)).ok_or_else(|| {
            Error::runtime("a part of the rollup came back damaged from another machine").hint("run the command again")
        })?;
        let (files, pieces) = portion.expected();
        let facts = folder.facts.portion.as_ref().filter(|facts| facts.files == files && facts.pieces == pieces);
        let facts = facts.ok_or_else(not_as_planned)?;
        own.read_elsewhere(facts.rows, facts.bytes, &facts.not_amounts);
        done.extend(&portion.pieces);
        line_items += folder.facts.line_items;
        whole.add_folder(&folder, budget)?;
    }
    done.sort_unstable();
    let mut wanted: Vec<PieceOf> = planned.pieces.iter().map(|(piece, _)| *piece).collect();
    wanted.sort_unstable();
    if done != wanted || whole.line_items() != line_items {
        return Err(not_as_planned());
    }
    for file in &planned.delivery.files {
        own.part_done(file.object.size, true);
    }
    whole.write(into, Facts { line_items, notes: own.notes(), ..planned.facts })
}

fn not_as_planned() -> Error {
    Error::runtime("the parts of the rollup that came back from other machines are not the whole bill")
        .hint("run the command again; if it stays, report it")
}
