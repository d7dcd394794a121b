//! The workers: decode pieces, code and sum their rows, and lend batches to those who have nothing to do.
//!
//! A file may be one row group, or be read from its begin to its end as text: only one worker can decode it. Where another
//! one waits, it gets the batches to code and to sum, which is most of the work.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use arrow::array::RecordBatch;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{making::Making, tally::Tally};
use crate::{
    error::Result,
    normalize::{BatchCoder, Coder, Fetched, Origin},
    pricing::PriceBook,
};

/// The part of its file that a piece is, for the eyes of the user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub bytes: u64,
    pub is_last: bool,
}

/// A piece on its way to a worker.
pub(super) struct Parcel {
    pub job: usize,
    pub fetched: Fetched,
    pub share: Share,
    /// Place and memory, held until the piece is worked off.
    pub held: [OwnedSemaphorePermit; 2],
    /// Keeps the queue open as long as there may be batches to lend.
    pub queue: mpsc::Sender<Work>,
}

/// A batch that another worker has decoded.
pub(super) struct Loan {
    job: usize,
    origin: Origin,
    batch: RecordBatch,
}

/// What a worker gets to do.
pub(super) enum Work {
    Piece(Parcel),
    Batch(Loan),
}

/// What the workers share.
pub(super) struct Crew {
    queue: Mutex<mpsc::Receiver<Work>>,
    /// The deliveries, by job.
    pub makings: Vec<Making>,
    book: &'static PriceBook,
    /// Bytes of sums that one worker may hold.
    budget: usize,
    waiting: AtomicUsize,
    stopped: AtomicBool,
    runtime: tokio::runtime::Handle,
}

impl Crew {
    /// Brings together what the workers of the current runtime share.
    pub(super) fn new(
        queue: mpsc::Receiver<Work>,
        makings: Vec<Making>,
        book: &'static PriceBook,
        budget: usize,
    ) -> Self {
        Self {
            queue: Mutex::new(queue),
            makings,
            book,
            budget,
            waiting: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            runtime: tokio::runtime::Handle::current(),
        }
    }

    /// Works until the queue is empty, or one of the workers fails.
    ///
    /// # Errors
    /// When a piece cannot be decoded, or the sums not be written.
    pub(super) fn work(&self) -> Result<()> {
        let done = Worker::new(self).work_off();
        if done.is_err() {
            self.stopped.store(true, Ordering::Relaxed);
            self.queue().close();
        }
        done
    }

    fn queue(&self) -> MutexGuard<'_, mpsc::Receiver<Work>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next work; `None` when there will be no more.
    fn next(&self) -> Option<Work> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let work = self.queue().blocking_recv();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        work.filter(|_| !self.stopped.load(Ordering::Relaxed))
    }

    fn somebody_waits(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// One worker with its sums.
struct Worker<'c> {
    crew: &'c Crew,
    coder: Coder,
    current: Option<(usize, Tally)>,
}

impl<'c> Worker<'c> {
    fn new(crew: &'c Crew) -> Self {
        Self { crew, coder: Coder::new(crew.book), current: None }
    }

    fn work_off(mut self) -> Result<()> {
        let mut lent: Option<BatchCoder> = None;
        while let Some(work) = self.crew.next() {
            match work {
                Work::Piece(parcel) => {
                    lent = None;
                    self.piece(parcel)?;
                }
                Work::Batch(Loan { job, origin, batch }) => {
                    let mut coder = match lent.take() {
                        Some(coder) if coder.is_of(&origin) => coder,
                        _ => BatchCoder::new(&origin),
                    };
                    self.turn_to(job)?;
                    self.sum(&mut coder, &batch)?;
                    lent = Some(coder);
                    self.crew.makings[job].work_done();
                }
            }
        }
        if self.crew.stopped.load(Ordering::Relaxed) { Ok(()) } else { self.hand_over() }
    }

    /// Decodes a piece, and sums what nobody else wants to.
    fn piece(&mut self, parcel: Parcel) -> Result<()> {
        let Parcel { job, mut fetched, share, held, queue } = parcel;
        let (crew, origin) = (self.crew, fetched.origin());
        let making = &crew.makings[job];
        self.turn_to(job)?;
        let mut coder = BatchCoder::new(&origin);
        while let Some(mut batch) = fetched.next(&crew.runtime)? {
            if crew.somebody_waits() {
                making.work_added();
                match queue.try_send(Work::Batch(Loan { job, origin: Arc::clone(&origin), batch })) {
                    Ok(()) => continue,
                    Err(refused) => {
                        making.work_done();
                        let Work::Batch(loan) = refused.into_inner() else { continue };
                        batch = loan.batch;
                    }
                }
            }
            self.sum(&mut coder, &batch)?;
        }
        drop(held);
        making.count.part_done(share.bytes, share.is_last);
        making.work_done();
        Ok(())
    }

    /// Makes the delivery the current one.
    fn turn_to(&mut self, job: usize) -> Result<()> {
        if self.current.as_ref().is_some_and(|(current, _)| *current != job) {
            self.hand_over()?;
        }
        if self.current.is_none() {
            self.crew.makings[job].join();
            self.current = Some((job, Tally::default()));
        }
        Ok(())
    }

    /// Adds the rows of a batch to the sums of the current delivery.
    fn sum(&mut self, coder: &mut BatchCoder, batch: &RecordBatch) -> Result<()> {
        let Some((job, tally)) = &mut self.current else { return Ok(()) };
        let (making, budget) = (&self.crew.makings[*job], self.crew.budget);
        coder.code(&mut self.coder, batch, |coder, batch| {
            tally.add(coder, batch)?;
            if tally.bytes() > budget { making.relieve(tally) } else { Ok(()) }
        })
    }

    /// Hands the sums of the current delivery over.
    fn hand_over(&mut self) -> Result<()> {
        let Some((job, tally)) = self.current.take() else { return Ok(()) };
        self.coder = Coder::new(self.crew.book);
        self.crew.makings[job].hand_over(tally, self.crew.budget)
    }
}
