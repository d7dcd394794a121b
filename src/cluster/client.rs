//! The client: hands plans to a scheduler, fetches what the executors answer, and checks that it is whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::OpenOptions,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::UInt32Type,
};
use async_trait::async_trait;
use ballista_core::{execution_plans::execute_physical_plan, extension::SessionConfigExt};
use datafusion::{
    execution::{SendableRecordBatchStream, SessionState},
    logical_expr::LogicalPlan,
    physical_plan::ExecutionPlan,
    prelude::SessionConfig,
};
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::StreamExt;

use super::{
    codec::Codec,
    failure::{is_lost, lost, of_job},
    hello,
    operator::Answers,
    scheduler::MESSAGE,
    session_config,
    statement::{Answer, Place, place},
    work::{Reading, RollUp, Work, table},
};
use crate::{
    error::{Error, Kind, Result},
    rollup::{self, Elsewhere, Portion},
    source::{Access, Way},
};

/// Times that portions are asked for which do not come back.
const TRIES: usize = 3;

/// An executor that sends nothing for so long while its answer is fetched is lost.
const SILENCE: Duration = Duration::from_mins(1);

/// Between two looks whether anybody still works.
const LOOK: Duration = Duration::from_secs(3);

/// A cluster without executors for so long does nothing more.
const NOBODY: Duration = Duration::from_secs(25);

/// A cluster that does the scan of the bill.
#[derive(Debug)]
pub struct Cluster {
    address: String,
    way: Way,
    slots: usize,
    config: SessionConfig,
}

impl Cluster {
    /// Joins the cluster of a scheduler.
    ///
    /// # Errors
    /// When it does not answer, is another build, or nobody works for it.
    pub async fn join(address: &str, access: &Access) -> Result<Self> {
        let roster = hello::workers(address).await?;
        let config = session_config()
            .set_str("ballista.client.grpc_max_message_size", &MESSAGE.to_string())
            .with_target_partitions(roster.slots.max(1));
        Ok(Self { address: address.to_owned(), way: access.way(), slots: roster.slots, config })
    }

    /// Runs a plan and returns its rows.
    async fn run(&self, plan: Arc<dyn ExecutionPlan>) -> Result<SendableRecordBatchStream> {
        let (url, session) = (hello::url(&self.address), format!("gravimeter-{}", std::process::id()));
        let (ballista, codec) = (self.config.ballista_config(), Codec::default());
        let job = execute_physical_plan::<PhysicalPlanNode>(url, &ballista, plan, &codec, session, self.config.clone());
        tokio::select! {
            rows = job => rows.map_err(|error| of_job(&error)),
            error = self.watch() => Err(error),
        }
    }

    /// Answers a statement of a session, where the cluster has what it reads.
    ///
    /// # Errors
    /// When the statement is wrong, a file cannot be read, or the cluster breaks.
    pub async fn answer(&self, session: &SessionState, statement: &LogicalPlan) -> Result<Answer> {
        let plan = match place(session, statement, &self.config, &self.way).await? {
            Place::Cluster(plan) => plan,
            Place::Here(true) => return Ok(Answer::Mixed),
            Place::Here(false) => return Ok(Answer::NotForMany),
        };
        let mut attempt = 1;
        loop {
            match self.rows(Arc::clone(&plan)).await {
                Err(error) if is_lost(&error) && attempt < TRIES => {
                    hello::workers(&self.address).await?;
                    attempt += 1;
                }
                rows => return rows.map(Answer::Rows),
            }
        }
    }

    /// Runs a plan and collects its rows.
    async fn rows(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Vec<RecordBatch>> {
        let mut stream = self.run(plan).await?;
        let mut rows = Vec::new();
        while let Some(batch) = next(&mut stream).await? {
            rows.push(batch);
        }
        Ok(rows)
    }

    /// Ends when nobody works any more.
    async fn watch(&self) -> Error {
        let mut seen = Instant::now();
        loop {
            tokio::time::sleep(LOOK).await;
            match hello::once(&self.address).await {
                Ok(roster) if roster.executors > 0 => seen = Instant::now(),
                Err(error) if error.kind() != Kind::Transient => return error,
                Ok(_) if seen.elapsed() > NOBODY => return hello::nobody(&self.address),
                Err(error) if seen.elapsed() > NOBODY => return error,
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// Returns the next rows; an executor that falls silent is lost.
async fn next(rows: &mut SendableRecordBatchStream) -> Result<Option<RecordBatch>> {
    match tokio::time::timeout(SILENCE, rows.next()).await {
        Ok(batch) => batch.transpose().map_err(|error| of_job(&error)),
        Err(_) => Err(lost("it sends nothing more")),
    }
}

#[async_trait]
impl Elsewhere for Cluster {
    fn slots(&self) -> usize {
        self.slots
    }

    async fn roll_up(&self, portions: &[Portion<'_>]) -> Result<()> {
        let mut missing: BTreeSet<usize> = (0..portions.len()).collect();
        for attempt in 1.. {
            let outcome = self.attempt(portions, &mut missing).await;
            if missing.is_empty() {
                return outcome;
            }
            match outcome {
                Ok(()) if attempt == TRIES => return Err(lost("a part of its answer is missing")),
                Err(error) if attempt == TRIES || !is_lost(&error) => return Err(error),
                Ok(()) | Err(_) => {}
            }
            // Who is left does what is left.
            hello::workers(&self.address).await?;
        }
        Ok(())
    }
}

impl Cluster {
    /// Asks for the portions that are missing, and puts those that come back whole into their folders.
    async fn attempt(&self, portions: &[Portion<'_>], missing: &mut BTreeSet<usize>) -> Result<()> {
        let errands: Vec<RollUp> = missing
            .iter()
            .map(|&index| RollUp {
                number: u32::try_from(index).unwrap_or(u32::MAX),
                reading: Reading::new(portions[index].delivery, &portions[index].pieces, &self.way),
            })
            .collect();
        let plan = Answers::new(Arc::new(Work::RollUp), table(&errands)?, None)?;
        let mut rows = self.run(Arc::new(plan)).await?;
        let mut coming = Coming::default();
        while let Some(batch) = next(&mut rows).await? {
            for number in coming.take(&batch, portions)? {
                missing.remove(&number);
            }
        }
        Ok(())
    }
}

/// Portions that are on their way.
#[derive(Default)]
struct Coming {
    /// The file that is being written of each portion, and its next chunk.
    at: BTreeMap<usize, (usize, u32)>,
}

impl Coming {
    /// Writes chunks to the folders of their portions; returns the portions that are complete.
    fn take(&mut self, batch: &RecordBatch, portions: &[Portion<'_>]) -> Result<Vec<usize>> {
        let wrong = || Error::runtime("an executor answered in a form that is not known");
        let files: Vec<&str> = rollup::files().collect();
        let [numbers, names, chunks, contents] = batch.columns() else { return Err(wrong()) };
        let (numbers, names, chunks, contents) = (
            numbers.as_primitive_opt::<UInt32Type>().ok_or_else(wrong)?,
            names.as_string_opt::<i32>().ok_or_else(wrong)?,
            chunks.as_primitive_opt::<UInt32Type>().ok_or_else(wrong)?,
            contents.as_binary_opt::<i32>().ok_or_else(wrong)?,
        );
        let mut complete = Vec::new();
        for row in 0..batch.num_rows() {
            let number = numbers.value(row) as usize;
            let portion = portions.get(number).ok_or_else(wrong)?;
            let (name, chunk) = (names.value(row), chunks.value(row));
            let file = files.iter().position(|known| *known == name).ok_or_else(wrong)?;
            let expected = self.at.entry(number).or_insert((0, 0));
            // The files come in order, each from its beginning: anything else has lost or doubled something.
            if *expected != (file, chunk) && (expected.0 + 1, 0) != (file, chunk) {
                return Err(wrong());
            }
            let path = portion.folder.join(files[file]);
            let opened = OpenOptions::new().create(true).append(chunk > 0).truncate(chunk == 0).write(true).open(&path);
            let written = opened.and_then(|mut file| file.write_all(contents.value(row)));
            written.map_err(|error| Error::io("write", &path, &error))?;
            *expected = (file, chunk + 1);
            if file + 1 == files.len() {
                complete.push(number);
            }
        }
        Ok(complete)
    }
}
