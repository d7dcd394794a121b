//! Rolls deliveries up: one scan of the needed columns, piece by piece, by as many threads as there are.
//!
//! ```text
//! pieces (row groups, CSV files) ──fetch──► queue ──► crew: decode, code, sum ──► making: merge, write, seal
//! ```
//!
//! Bytes are fetched ahead of the workers, as many as the memory allows.

use std::{path::Path, sync::Arc};

use futures::{StreamExt, stream};
use tokio::sync::{AcquireError, Semaphore, mpsc};

use super::{
    crew::{Crew, Parcel, Share, Work},
    making::Making,
    parts::{Facts, PortionFacts},
    portion::{PieceOf, version},
};
use crate::{
    error::{Error, Result},
    normalize::{FileScan, Piece, Reading, ScanCount, TagKeys, open_files},
    pricing::PriceBook,
    source::{DataFile, Delivery},
};

/// What a run may use.
#[derive(Debug, Clone, Copy)]
pub struct Means {
    /// Threads that decode.
    pub threads: usize,
    /// Bytes of memory for bytes in flight and sums.
    pub memory: usize,
}

/// Bytes that permits of the memory for bytes in flight are counted in.
const PERMIT: usize = 1024 * 1024;

/// A delivery to be rolled up.
pub(super) struct Job<'d> {
    pub delivery: &'d Delivery,
    /// Where its files are written: an empty folder.
    pub folder: &'d Path,
    /// The pieces to be read, in order; `None` = all there are.
    pub portion: Option<&'d [PieceOf]>,
    /// The tags that rows are told apart by.
    pub tags: &'d Arc<TagKeys>,
}

impl Job<'_> {
    fn wants(&self, piece: PieceOf) -> bool {
        self.portion.is_none_or(|wanted| wanted.binary_search(&piece).is_ok())
    }
}

/// Rolls the deliveries up, each into its folder.
///
/// # Errors
/// When a file cannot be read or the folder not be written.
pub(super) async fn build(
    jobs: &[Job<'_>],
    book: &'static PriceBook,
    means: Means,
    count: &Arc<ScanCount>,
) -> Result<()> {
    let threads = means.threads.max(1);
    let makings = jobs.iter().map(|job| Making::new(job.folder, count)).collect();
    let (sender, receiver) = mpsc::channel(threads.div_ceil(2));
    let crew = Arc::new(Crew::new(receiver, makings, book, means.memory / 4 / threads));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let crew = Arc::clone(&crew);
            tokio::task::spawn_blocking(move || crew.work())
        })
        .collect();
    let mut outcome = fetch(jobs, book, &crew, means, sender).await;
    for worker in workers {
        let worked = worker.await.unwrap_or_else(|error| {
            Err(Error::incomplete(format!("a file of the bill made the decoder fail: {error}"))
                .hint("copy the file again and compare its size with that in the bucket"))
        });
        // What a worker says comes first: the fetching only notices that nobody takes the pieces any more.
        if worked.is_err() {
            outcome = worked;
        }
    }
    outcome
}

fn stopped(_: AcquireError) -> Error {
    Error::runtime("the fetching was stopped")
}

/// Fetches piece after piece, in order, some of them ahead: as many as a network needs, one where there is none.
async fn fetch(
    jobs: &[Job<'_>],
    book: &'static PriceBook,
    crew: &Crew,
    means: Means,
    sender: mpsc::Sender<Work>,
) -> Result<()> {
    let threads = means.threads.max(1);
    let permits = (means.memory / 8 / PERMIT).max(1);
    let memory = Arc::new(Semaphore::new(permits));
    let is_remote = jobs.iter().flat_map(|job| &job.delivery.files).any(DataFile::is_remote);
    let places = Arc::new(Semaphore::new(threads + if is_remote { 2 * threads } else { 1 }));
    for (index, job) in jobs.iter().enumerate() {
        let mut pieces: Vec<(FileScan, Reading, Piece, u64, Share)> = Vec::new();
        let mut facts = Facts { portion: job.portion.map(|_| PortionFacts::default()), ..Facts::default() };
        for (file, scan) in open_files(job.delivery, book, &crew.makings[index].count).await?.into_iter().enumerate() {
            let reading = scan.bind_coded(job.tags)?;
            let size = scan.file.data.object.size;
            facts.file_bytes += size;
            let mut of_file = scan.pieces(&reading);
            of_file.retain(|&(piece, _)| job.wants(PieceOf::new(file, piece)));
            if let Some(portion) = facts.portion.as_mut().filter(|_| !of_file.is_empty()) {
                portion.pieces.extend(of_file.iter().map(|&(piece, _)| PieceOf::new(portion.files.len(), piece)));
                portion.files.push(version(&scan.file.data));
            }
            for (number, &(piece, bytes)) in of_file.iter().enumerate() {
                facts.needed_bytes += if piece == Piece::All { size } else { bytes };
                let share = Share { bytes: size / of_file.len() as u64, is_last: number + 1 == of_file.len() };
                pieces.push((scan.clone(), reading.clone(), piece, bytes, share));
            }
        }
        crew.makings[index].begin(pieces.len(), facts);
        if pieces.is_empty() {
            crew.makings[index].finish()?;
        }
        let mut parcels = stream::iter(pieces)
            .map(|(scan, reading, piece, bytes, share)| {
                let (memory, places) = (Arc::clone(&memory), Arc::clone(&places));
                async move {
                    let place = places.acquire_owned().await.map_err(stopped)?;
                    let wanted = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(PERMIT).clamp(1, permits);
                    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
                    let memory = memory.acquire_many_owned(wanted).await.map_err(stopped)?;
                    let fetched = scan.fetch(reading, piece).await?;
                    Ok::<_, Error>((fetched, share, [place, memory]))
                }
            })
            .buffered(2 * threads);
        while let Some(parcel) = parcels.next().await {
            let (fetched, share, held) = parcel?;
            let work = Work::Piece(Parcel { job: index, fetched, share, held, queue: sender.clone() });
            if sender.send(work).await.is_err() {
                return Err(Error::runtime("the workers stopped"));
            }
        }
    }
    Ok(())
}
