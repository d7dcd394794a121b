//! `gravimeter cluster`: the nodes of the distributed engine; and the way of other commands to them.

use std::path::PathBuf;

use clap::Subcommand;

use super::args::Global;
use crate::error::Result;

/// Nodes that share the work of `--cluster`
#[derive(Debug, clap::Args)]
#[command(after_help = "The ports ask nobody who he is: bind them to a private network. See docs/cluster.md.

Examples:
  gravimeter cluster scheduler --bind 10.0.0.5:50050
  gravimeter cluster executor --scheduler 10.0.0.5:50050 --bind 10.0.0.6
  gravimeter report s3://my-bucket/exports/cur2 --cluster 10.0.0.5:50050")]
pub(super) struct Cluster {
    #[command(subcommand)]
    pub command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ClusterCommand {
    /// Hand tasks out to executors
    Scheduler {
        /// Address to listen on; port 0 takes a free one
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
        bind: String,
        /// Name or address by which other nodes reach this one (default: that of --bind)
        #[arg(long, value_name = "HOST")]
        advertise: Option<String>,
    },
    /// Do tasks of a scheduler
    Executor {
        /// The scheduler
        #[arg(long, value_name = "HOST:PORT")]
        scheduler: String,
        /// Address to listen on
        #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
        bind: String,
        /// Name or address by which other nodes reach this one (default: that of --bind)
        #[arg(long, value_name = "HOST")]
        advertise: Option<String>,
        /// Port for the scheduler; 0 takes a free one
        #[arg(long, value_name = "PORT", default_value_t = 50052)]
        port: u16,
        /// Port for results; 0 takes a free one
        #[arg(long, value_name = "PORT", default_value_t = 50051)]
        flight_port: u16,
        /// Tasks at a time (default: --threads, else the cores of the machine)
        #[arg(long, value_name = "COUNT")]
        slots: Option<std::num::NonZeroUsize>,
        /// Folder for what it works on (default: a temporary one)
        #[arg(long, value_name = "DIR")]
        work_dir: Option<PathBuf>,
    },
}

/// Where the scan is done.
#[derive(Debug, clap::Args)]
pub(super) struct Nodes {
    /// Have the executors of this scheduler do the scan
    #[arg(long, value_name = "HOST:PORT")]
    pub cluster: Option<String>,
}

#[cfg(feature = "cluster")]
mod with {
    use arrow::array::RecordBatch;
    use datafusion::{execution::SessionState, logical_expr::LogicalPlan};

    use super::{Cluster, ClusterCommand, Global, Nodes, Result};
    use crate::{
        cli::{bill::means, say, talk},
        cluster::{self, Answer, Executor},
        rollup::Elsewhere,
    };

    /// A cluster that was joined.
    pub(in crate::cli) struct Joined {
        cluster: cluster::Cluster,
        /// Whether the user wants to be told where a statement runs.
        talks: bool,
    }

    impl Joined {
        /// Returns who rolls portions up.
        pub(in crate::cli) fn elsewhere(&self) -> &dyn Elsewhere {
            &self.cluster
        }

        /// Answers a statement of a session; `None` where this machine has to do it.
        pub(in crate::cli) async fn answer(
            &self,
            session: &SessionState,
            statement: &LogicalPlan,
        ) -> Result<Option<Vec<RecordBatch>>> {
            match self.cluster.answer(session, statement).await? {
                Answer::Rows(rows) => Ok(Some(rows)),
                Answer::NotForMany => Ok(None),
                Answer::Mixed => {
                    if self.talks {
                        say("note: the statement reads line_items together with tables that lie here: it runs here");
                    }
                    Ok(None)
                }
            }
        }
    }

    /// Joins the cluster that was named.
    pub(in crate::cli) async fn join(global: &Global, nodes: &Nodes) -> Result<Option<Joined>> {
        let Some(address) = &nodes.cluster else { return Ok(None) };
        let cluster = cluster::Cluster::join(address, &global.access()).await?;
        Ok(Some(Joined { cluster, talks: !global.quiet }))
    }

    /// Runs the command.
    pub(in crate::cli) async fn run(global: &Global, options: &Cluster) -> Result<()> {
        match &options.command {
            ClusterCommand::Scheduler { bind, advertise } => {
                cluster::schedule(bind, advertise.as_deref(), |at| say(&format!("scheduler listens on {at}"))).await?;
            }
            ClusterCommand::Executor { scheduler, bind, advertise, port, flight_port, slots, work_dir } => {
                let means = means(global);
                let executor = Executor {
                    scheduler: scheduler.clone(),
                    bind: bind.clone(),
                    advertise: advertise.clone(),
                    port: *port,
                    flight_port: *flight_port,
                    slots: slots.map_or(means.threads, std::num::NonZero::get),
                    work_dir: work_dir.clone(),
                    access: global.access(),
                    book: super::super::price_book::book(global)?,
                    memory: means.memory,
                };
                cluster::execute(executor, |at| say(&format!("executor ready: {at}"))).await?;
            }
        }
        talk(global, "ended");
        Ok(())
    }
}

#[cfg(not(feature = "cluster"))]
mod without {
    use arrow::array::RecordBatch;
    use datafusion::{execution::SessionState, logical_expr::LogicalPlan};

    use super::{Cluster, Global, Nodes, Result};
    use crate::{error::Error, rollup::Elsewhere};

    /// A cluster that was joined: never, in this build.
    pub(in crate::cli) enum Joined {}

    impl Joined {
        /// Returns who rolls portions up.
        pub(in crate::cli) fn elsewhere(&self) -> &dyn Elsewhere {
            match *self {}
        }

        /// Answers a statement of a session.
        #[expect(clippy::unused_async, reason = "the one that is built with the cluster waits")]
        pub(in crate::cli) async fn answer(
            &self,
            _: &SessionState,
            _: &LogicalPlan,
        ) -> Result<Option<Vec<RecordBatch>>> {
            match *self {}
        }
    }

    fn absent() -> Error {
        Error::usage("this gravimeter was built without the cluster")
            .hint("build it with: cargo build --release --locked --features cluster")
    }

    /// Joins the cluster that was named.
    pub(in crate::cli) async fn join(_: &Global, nodes: &Nodes) -> Result<Option<Joined>> {
        if nodes.cluster.is_some() { Err(absent()) } else { Ok(None) }
    }

    /// Runs the command.
    pub(in crate::cli) async fn run(_: &Global, _: &Cluster) -> Result<()> {
        Err(absent())
    }
}

#[cfg(feature = "cluster")]
pub(super) use with::{Joined, join, run};
#[cfg(not(feature = "cluster"))]
pub(super) use without::{Joined, join, run};
