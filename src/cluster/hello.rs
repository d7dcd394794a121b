//! The first word with a scheduler: is it there, of this very build, and who works for it?

use std::time::{Duration, Instant};

use ballista_core::{
    serde::protobuf::{CreateUpdateSessionParams, scheduler_grpc_client::SchedulerGrpcClient},
    utils::{GrpcClientConfig, create_grpc_client_endpoint},
};

use super::{BUILD, failure::unpack};
use crate::error::{Error, Kind, Result};

/// How the answer to the first word names the build of the scheduler.
pub(super) const BUILD_HEADER: &str = "gravimeter-build";

/// How it counts the executors that live, and their slots.
pub(super) const EXECUTORS_HEADER: &str = "gravimeter-executors";
pub(super) const SLOTS_HEADER: &str = "gravimeter-slots";

/// How long a scheduler may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the first executor may take to report.
const FIRST_EXECUTOR: Duration = Duration::from_secs(15);

/// One word may take so long.
const ANSWER: Duration = Duration::from_secs(5);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(300);

/// Who works for a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Roster {
    pub executors: usize,
    pub slots: usize,
}

/// Builds the error of a node of another build.
pub(super) fn different(who: &str, build: &str) -> Error {
    let own = BUILD.trim_start_matches("gravimeter/");
    let other = build.trim_start_matches("gravimeter/");
    Error::usage(format!("this is gravimeter {own}, but {who} is {other}"))
        .hint("install the same version on every node of the cluster and on the client")
}

/// Returns the URL of a scheduler.
pub(super) fn url(address: &str) -> String {
    format!("http://{address}")
}

/// Waits for a scheduler to answer.
///
/// # Errors
/// When none does in time, or it is another build.
pub(super) async fn scheduler(address: &str) -> Result<Roster> {
    let begun = Instant::now();
    loop {
        match once(address).await {
            Err(error) if error.kind() == Kind::Transient && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Waits for a scheduler for which somebody works.
///
/// # Errors
/// When there is none in time, or it is another build.
pub(super) async fn workers(address: &str) -> Result<Roster> {
    let mut roster = scheduler(address).await?;
    let begun = Instant::now();
    while roster.slots == 0 {
        if begun.elapsed() >= FIRST_EXECUTOR {
            return Err(nobody(address));
        }
        tokio::time::sleep(PAUSE).await;
        roster = scheduler(address).await?;
    }
    Ok(roster)
}

/// Builds the error of a cluster in which nobody works.
pub(super) fn nobody(address: &str) -> Error {
    Error::new(Kind::Transient, format!("the scheduler at {address} has no executors"))
        .hint(format!("start one: gravimeter cluster executor --scheduler {address}"))
}

/// Says hello once.
///
/// # Errors
/// When nobody answers, or one of another build.
pub(super) async fn once(address: &str) -> Result<Roster> {
    tokio::time::timeout(ANSWER, ask(address)).await.unwrap_or_else(|_| Err(silent(address, "it does not answer")))
}

async fn ask(address: &str) -> Result<Roster> {
    let config = GrpcClientConfig { connect_timeout_seconds: 3, timeout_seconds: 5, ..GrpcClientConfig::default() };
    let endpoint = create_grpc_client_endpoint(url(address), Some(&config))
        .and_then(|endpoint| endpoint.user_agent(BUILD))
        .map_err(|error| {
            Error::usage(format!("{address} is no address of a scheduler: {error}"))
                .hint("write it as HOST:PORT, such as 10.0.0.5:50050")
        })?;
    let connection = endpoint.connect().await.map_err(|error| silent(address, &innermost(&error)))?;
    let mut scheduler = SchedulerGrpcClient::new(connection);
    let question = CreateUpdateSessionParams { session_id: String::new(), settings: Vec::new() };
    let answer = scheduler
        .create_update_session(question)
        .await
        .map_err(|status| unpack(status.message()).unwrap_or_else(|| silent(address, status.message())))?;
    let header = |name: &str| answer.metadata().get(name).and_then(|value| value.to_str().ok());
    match header(BUILD_HEADER) {
        Some(BUILD) => {}
        Some(other) => return Err(different("the scheduler", other)),
        None => return Err(different("the scheduler", "no gravimeter")),
    }
    let count = |name| header(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(Roster { executors: count(EXECUTORS_HEADER), slots: count(SLOTS_HEADER) })
}

fn silent(address: &str, reason: &str) -> Error {
    Error::new(Kind::Transient, format!("no scheduler at {address}: {reason}"))
        .hint("start one: gravimeter cluster scheduler --bind HOST:PORT")
        .hint("without the option --cluster this machine does all the work")
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string).unwrap_or_default()
}
