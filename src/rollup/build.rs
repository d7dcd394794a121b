//! Rolls deliveries up: one scan of the needed columns, piece by piece, by as many threads as there are.
//!
//! ```text
//! pieces (row groups, CSV files) ──fetch──► queue ──► workers: code, sum ──► delivery: merge, write, seal
//! ```
//!
//! Bytes are fetched ahead of the workers, as many as the memory allows. A worker that comes to the pieces of the next
//! delivery hands its sums over; the last one to do so writes the delivery's files while the others go on.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{StreamExt, stream};
use rayon::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{
    cells::{CellKey, Cells, Sums},
    columns::{CellColumns, Shape},
    key::Registry,
    keys::{account_batch, usage_batch},
    parts::{Facts, FolderWriter, GROUP_ROWS, Part, PartWriter},
    spill::Spills,
    tally::{Grains, Renaming, Tally},
};
use crate::{
    error::{Error, Result},
    normalize::{Coder, Fetched, FileScan, Piece, Reading, ScanCount, open_files},
    pricing::PriceBook,
    source::Delivery,
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
    let states: Vec<Arc<State>> = jobs.iter().map(|job| Arc::new(State::new(job.folder, count))).collect();
    let (sender, receiver) = mpsc::channel(threads);
    let crew = Arc::new(Crew {
        queue: Mutex::new(receiver),
        states,
        book,
        budget: means.memory / 4 / threads,
        stopped: AtomicBool::new(false),
        runtime: tokio::runtime::Handle::current(),
    });
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

/// The part of its file that a piece is, for the eyes of the user.
#[derive(Debug, Clone, Copy)]
struct Share {
    bytes: u64,
    is_last: bool,
}

/// A piece on its way to a worker.
struct Parcel {
    job: usize,
    fetched: Fetched,
    share: Share,
    /// Held until the piece is worked off.
    _memory: OwnedSemaphorePermit,
}

/// Fetches piece after piece, in order, some of them ahead.
async fn fetch(
    jobs: &[Job<'_>],
    book: &'static PriceBook,
    crew: &Crew,
    means: Means,
    sender: mpsc::Sender<Parcel>,
) -> Result<()> {
    let permits = (means.memory / 8 / PERMIT).max(1);
    let memory = Arc::new(Semaphore::new(permits));
    for (index, job) in jobs.iter().enumerate() {
        let mut pieces: Vec<(FileScan, Reading, Piece, u64, Share)> = Vec::new();
        let mut facts = Facts::default();
        for scan in open_files(job.delivery, book, &crew.states[index].count).await? {
            let reading = scan.bind_coded()?;
            let size = scan.file.data.object.size;
            facts.file_bytes += size;
            let of_file = scan.pieces(&reading);
            for (number, &(piece, bytes)) in of_file.iter().enumerate() {
                facts.needed_bytes += if piece == Piece::All { size } else { bytes };
                let share = Share { bytes: size / of_file.len() as u64, is_last: number + 1 == of_file.len() };
                pieces.push((scan.clone(), reading.clone(), piece, bytes, share));
            }
        }
        crew.states[index].begin(pieces.len(), facts);
        if pieces.is_empty() {
            crew.states[index].finish()?;
        }
        let mut parcels = stream::iter(pieces)
            .map(|(scan, reading, piece, bytes, share)| {
                let memory = Arc::clone(&memory);
                async move {
                    let wanted = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(PERMIT).clamp(1, permits);
                    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
                    let permit = memory.acquire_many_owned(wanted).await;
                    let memory = permit.map_err(|_| Error::runtime("the fetching was stopped"))?;
                    let fetched = scan.fetch(reading, piece).await?;
                    Ok::<_, Error>(Parcel { job: index, fetched, share, _memory: memory })
                }
            })
            .buffered(2 * means.threads.max(1));
        while let Some(parcel) = parcels.next().await {
            if sender.send(parcel?).await.is_err() {
                return Err(Error::runtime("the workers stopped"));
            }
        }
    }
    Ok(())
}

/// What the workers share.
struct Crew {
    queue: Mutex<mpsc::Receiver<Parcel>>,
    states: Vec<Arc<State>>,
    book: &'static PriceBook,
    /// Bytes of sums that one worker may hold.
    budget: usize,
    stopped: AtomicBool,
    runtime: tokio::runtime::Handle,
}

impl Crew {
    /// Works until the queue is empty, or one of the workers fails.
    fn work(&self) -> Result<()> {
        let done = self.work_off();
        if done.is_err() {
            self.stopped.store(true, Ordering::Relaxed);
            locked(&self.queue).close();
        }
        done
    }

    fn work_off(&self) -> Result<()> {
        let mut coder = Coder::new(self.book);
        let mut current: Option<(usize, Tally)> = None;
        let mut fresh = Tally::default();
        loop {
            let parcel = locked(&self.queue).blocking_recv();
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let next = parcel.as_ref().map(|parcel| parcel.job);
            if let Some((job, tally)) = current.take_if(|(job, _)| Some(*job) != next) {
                if next.is_some() && tally.bytes() < self.budget / 2 {
                    fresh = Tally::like(&tally);
                }
                self.states[job].hand_over(tally, self.budget)?;
                coder = Coder::new(self.book);
            }
            let Some(Parcel { job, fetched, share, .. }) = parcel else { return Ok(()) };
            let state = &self.states[job];
            let (_, tally) = current.get_or_insert_with(|| {
                state.join();
                (job, std::mem::take(&mut fresh))
            });
            fetched.code(&mut coder, &self.runtime, |coder, batch| {
                tally.add(coder, batch)?;
                if tally.bytes() > self.budget { state.relieve(tally) } else { Ok(()) }
            })?;
            state.piece_done(share);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A delivery while it is rolled up.
struct State {
    folder: PathBuf,
    count: Arc<ScanCount>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    facts: Facts,
    pieces_left: usize,
    workers: usize,
    registry: Registry,
    grains: Grains,
    spills: Spills,
}

impl State {
    fn new(folder: &Path, count: &Arc<ScanCount>) -> Self {
        let shared = Shared { spills: Spills::new(folder.to_owned()), ..Shared::default() };
        let count = Arc::new(ScanCount::part_of(count));
        Self { folder: folder.to_owned(), count, shared: Mutex::new(shared) }
    }

    fn begin(&self, pieces: usize, facts: Facts) {
        let mut shared = locked(&self.shared);
        shared.pieces_left = pieces;
        shared.facts = facts;
    }

    fn join(&self) {
        locked(&self.shared).workers += 1;
    }

    fn piece_done(&self, share: Share) {
        self.count.part_done(share.bytes, share.is_last);
        locked(&self.shared).pieces_left -= 1;
    }

    /// Takes a worker's sums over, and writes the delivery when they are the last.
    fn hand_over(&self, mut tally: Tally, budget: usize) -> Result<()> {
        let finished = {
            let mut shared = locked(&self.shared);
            let small = shared.spills.kept_bytes() + tally.resources.bytes() <= budget;
            if small && shared.registry.is_empty() {
                shared.take_first(&mut tally);
            } else {
                shared.absorb(&mut tally, small)?;
            }
            shared.workers -= 1;
            shared.workers == 0 && shared.pieces_left == 0
        };
        if finished { self.finish() } else { Ok(()) }
    }

    /// Takes the sums over, so that the worker has memory again.
    fn relieve(&self, tally: &mut Tally) -> Result<()> {
        locked(&self.shared).absorb(tally, false)
    }

    /// Writes and seals the delivery.
    fn finish(&self) -> Result<()> {
        let Shared { mut facts, registry, grains, spills, .. } = std::mem::take(&mut *locked(&self.shared));
        facts.line_items = grains.months.line_items();
        facts.notes = self.count.notes();
        let mut writer = FolderWriter::new(&self.folder);
        let grains = || {
            let parts = [
                (Part::Months, Shape::Months, &grains.months),
                (Part::Days, Shape::Times, &grains.days),
                (Part::Hours, Shape::Times, &grains.hours),
            ];
            let written = parts.into_par_iter().map(|(part, shape, cells)| write_cells(&writer, part, shape, cells));
            written.collect::<Result<Vec<_>>>()
        };
        let resources = || {
            let mut part = CellWriter::new(&writer, Part::Resources, Shape::Resources)?;
            spills.finish(|text, key, sums| part.push(text, key, sums))?;
            part.close()
        };
        let (grains, resources) = rayon::join(grains, resources);
        for (part, checksum) in grains?.into_iter().chain([resources?]) {
            writer.finished(part, checksum);
        }
        writer.whole(Part::Usages, &usage_batch(registry.usages.keys())?)?;
        writer.whole(Part::Accounts, &account_batch(registry.accounts.keys())?)?;
        writer.seal(facts)
    }
}

impl Shared {
    /// Takes the first worker's sums as they are.
    fn take_first(&mut self, tally: &mut Tally) {
        self.registry = tally.take_registry();
        self.grains = std::mem::take(&mut tally.grains);
        self.spills.keep_first(&mut tally.resources);
    }

    /// Adds a worker's sums; those by resource are kept in memory or written to disk.
    fn absorb(&mut self, tally: &mut Tally, keep: bool) -> Result<()> {
        let renaming = Renaming::new(tally.registry(), &mut self.registry);
        self.grains.absorb(&mut tally.grains, &renaming);
        if keep {
            self.spills.keep(&mut tally.resources, |key| renaming.rename(key));
            Ok(())
        } else {
            self.spills.spill(&mut tally.resources, |key| renaming.rename(key))
        }
    }
}

/// Writes cells to a file of the folder.
struct CellWriter {
    part: Part,
    shape: Shape,
    writer: PartWriter,
    columns: CellColumns,
}

impl CellWriter {
    fn new(folder: &FolderWriter<'_>, part: Part, shape: Shape) -> Result<Self> {
        let writer = folder.part(part, shape.schema())?;
        Ok(Self { part, shape, writer, columns: CellColumns::default() })
    }

    fn push(&mut self, text: &str, key: CellKey, sums: &Sums) -> Result<()> {
        self.columns.push(text, key, sums);
        if self.columns.len() >= GROUP_ROWS { self.writer.write(&self.columns.finish(self.shape)?) } else { Ok(()) }
    }

    /// Ends the file and returns its checksum.
    fn close(mut self) -> Result<(Part, String)> {
        if self.columns.len() > 0 {
            self.writer.write(&self.columns.finish(self.shape)?)?;
        }
        Ok((self.part, self.writer.close()?))
    }
}

fn write_cells(folder: &FolderWriter<'_>, part: Part, shape: Shape, cells: &Cells) -> Result<(Part, String)> {
    let mut writer = CellWriter::new(folder, part, shape)?;
    for (key, sums) in cells.sorted() {
        writer.push("", key, &sums)?;
    }
    writer.close()
}
