//! An executor: registers with a scheduler and does its tasks, with this machine's own credentials, memory and disk.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use ballista_core::{JobId, registry::BallistaFunctionRegistry, serde::protobuf::ShuffleWritePartition};
use ballista_executor::{
    execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor},
    executor_process::{ExecutorProcessConfig, start_executor_process},
    health::ExecutorHealth,
};
use datafusion::{
    common::Result as DfResult,
    execution::TaskContext,
    physical_plan::{ExecutionPlan, metrics::MetricsSet},
    prelude::SessionConfig,
};

use super::{
    HEARTBEAT,
    codec::Codec,
    failure::packed,
    hello, named,
    node::Node,
    scheduler::{MESSAGE, not_started, place, reserve},
    session, session_config,
};
use crate::{
    error::{Error, Result},
    pricing::PriceBook,
    rollup::Means,
    source::{Access, Stores},
};

/// An executor that is to run.
#[derive(Debug)]
pub struct Executor {
    /// Where the scheduler listens: HOST:PORT.
    pub scheduler: String,
    /// The address to listen on.
    pub bind: String,
    /// The name under which other nodes know it; that of `bind` when there is none.
    pub advertise: Option<String>,
    /// Port for the scheduler; 0 = any free one.
    pub port: u16,
    /// Port for clients and other executors, which fetch results there; 0 = any free one.
    pub flight_port: u16,
    /// Tasks at a time.
    pub slots: usize,
    /// Folder for what it works on; a temporary one when there is none.
    pub work_dir: Option<PathBuf>,
    /// How it reaches S3.
    pub access: Access,
    /// Prices that it judges by.
    pub book: &'static PriceBook,
    /// Bytes of memory to use.
    pub memory: usize,
}

/// Share of the memory that operators of a statement may hold, in per cent.
const COUNTED_PERCENT: u64 = 70;

/// Runs an executor until it is told to end. `ready` learns where it listens, once the scheduler knows it.
///
/// # Errors
/// When there is no scheduler, or it cannot listen or work here.
pub async fn execute(options: Executor, ready: impl FnOnce(&str) + Send + 'static) -> Result<()> {
    let (address, host) = place(&format!("{}:{}", options.bind, options.port), options.advertise.as_deref()).await?;
    hello::scheduler(&options.scheduler).await?;
    let (scheduler_host, scheduler_port) = options
        .scheduler
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host.to_owned(), port.parse::<u16>().ok()?)))
        .ok_or_else(|| Error::usage(format!("{} is not HOST:PORT", options.scheduler)))?;
    let listen = |port| {
        let address = std::net::SocketAddr::new(address.ip(), port);
        reserve(address).map_err(|error| {
            Error::runtime(format!("cannot listen on {address}: {error}")).hint("choose another port, or 0 for any")
        })
    };
    let reserved = [listen(options.port)?, listen(options.flight_port)?];
    let [grpc_port, port] = reserved.each_ref().map(|listener| listener.local_addr().map_or(0, |found| found.port()));
    let (folder, _removed) = work_dir(options.work_dir)?;
    let node = Node {
        stores: Stores::new(options.access, host.clone()),
        book: options.book,
        means: Means { threads: 1, memory: options.memory / options.slots },
        folder: folder.clone(),
    };
    let health = ExecutorHealth::new();
    let slots = options.slots;
    let at = format!("{slots} slots at {host}:{grpc_port}, results at {host}:{port}");
    let announced = tokio::spawn(announce(health.clone(), at, ready));
    let config = ExecutorProcessConfig {
        bind_host: address.ip().to_string(),
        external_host: Some(host),
        port,
        grpc_port,
        scheduler_host,
        scheduler_port,
        vcores: slots,
        work_dir: Some(folder.display().to_string()),
        executor_heartbeat_interval_seconds: HEARTBEAT,
        grpc_max_decoding_message_size: MESSAGE,
        grpc_max_encoding_message_size: MESSAGE,
        memory_pool_size: Some(options.memory as u64 * COUNTED_PERCENT / 100),
        override_execution_engine: Some(Arc::new(Engine::default())),
        override_function_registry: Some(Arc::new(BallistaFunctionRegistry::from(&session(session_config())))),
        override_config_producer: Some(Arc::new(session_config)),
        override_physical_codec: Some(Arc::new(Codec::of(Arc::new(node)))),
        override_create_grpc_client_endpoint: Some(named()),
        health,
        ..ExecutorProcessConfig::default()
    };
    drop(reserved);
    let ended = Box::pin(start_executor_process(Arc::new(config))).await;
    announced.abort();
    ended.map_err(|error| not_started("the executor", &error))
}

/// Says that the executor is ready, once the scheduler has answered it.
async fn announce(health: ExecutorHealth, place: String, ready: impl FnOnce(&str)) {
    while !health.is_ready() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ready(&place);
}

/// Returns the folder to work in, and what removes it in the end.
fn work_dir(named: Option<PathBuf>) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    if let Some(folder) = named {
        std::fs::create_dir_all(&folder).map_err(|error| Error::io("make", &folder, &error))?;
        return Ok((folder, None));
    }
    let folder = tempfile::Builder::new().prefix("gravimeter-executor-").tempdir();
    let folder = folder.map_err(|error| Error::io("make a folder in", &std::env::temp_dir(), &error))?;
    Ok((folder.path().to_owned(), Some(folder)))
}

/// Runs tasks as Ballista does, and packs their errors for the way.
#[derive(Default)]
struct Engine {
    inner: DefaultExecutionEngine,
}

impl ExecutionEngine for Engine {
    fn create_query_stage_exec(
        &self,
        job_id: JobId,
        stage_id: usize,
        task_id: usize,
        partitions: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work_dir: &str,
        config: &SessionConfig,
    ) -> DfResult<Arc<dyn QueryStageExecutor>> {
        let stage = self.inner.create_query_stage_exec(job_id, stage_id, task_id, partitions, plan, work_dir, config);
        Ok(Arc::new(Stage { inner: stage.map_err(packed)? }))
    }
}

/// A stage whose errors are packed.
#[derive(Debug)]
struct Stage {
    inner: Arc<dyn QueryStageExecutor>,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait::async_trait]
impl QueryStageExecutor for Stage {
    async fn execute_query_stage(
        &self,
        task_id: usize,
        context: Arc<TaskContext>,
    ) -> DfResult<Vec<ShuffleWritePartition>> {
        self.inner.execute_query_stage(task_id, context).await.map_err(packed)
    }

    fn collect_plan_metrics(&self) -> Vec<MetricsSet> {
        self.inner.collect_plan_metrics()
    }

    fn collect_runtime_stats_reports(&self) -> Vec<ballista_core::serde::protobuf::RuntimeStatsReport> {
        self.inner.collect_runtime_stats_reports()
    }

    fn collect_window_state_reports(&self) -> DfResult<Vec<ballista_core::serde::protobuf::WindowStateReport>> {
        self.inner.collect_window_state_reports()
    }

    fn collect_column_stats(&self) -> Vec<ballista_core::serde::protobuf::TaskColumnStats> {
        self.inner.collect_column_stats()
    }
}
