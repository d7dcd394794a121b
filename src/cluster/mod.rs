//! More than one machine: the scan of the bill runs on the executors of a Ballista cluster.
//!
//! ```text
//! client ──plan (portions, pieces)──► scheduler ──tasks──► executors ──read──► S3, shared disk
//!    ▲                                                         │
//!    └───────────────── sealed rollups, rows ◄─────────────────┘
//! ```
//!
//! Three roles of one binary. The client finds the bill, cuts it and plans; the scheduler hands tasks out and has those
//! of a lost executor done by another; an executor reads with its own AWS credentials. What travels are places and
//! versions of files, never credentials. What comes back is checked: a rollup by its seal and its list of pieces.
//!
//! An operator of ours ([`operator`]) reads what to do from its input, a table in memory with a row per errand: that is
//! how Ballista cuts a plan into tasks without knowing us.

mod client;
mod codec;
mod executor;
mod failure;
mod gate;
mod hello;
mod node;
mod operator;
mod scheduler;
mod statement;
mod work;

use std::sync::Arc;

use ballista_core::extension::{EndpointOverrideFn, SessionConfigExt};
use datafusion::{
    execution::{SessionState, SessionStateBuilder},
    prelude::SessionConfig,
};

pub use client::Cluster;
pub use executor::{Executor, execute};
pub use scheduler::schedule;
pub use statement::Answer;

/// Names the build: nodes whose logic differs would not give one bill.
const BUILD: &str = concat!("gravimeter/", env!("CARGO_PKG_VERSION"), "-", env!("GRAVIMETER_LOGIC"));

/// Seconds between two signs of life of an executor.
const HEARTBEAT: u64 = 2;

/// Seconds without one after which an executor is lost.
const LOST: u64 = 15;

/// Makes connections say which build they come from.
fn named() -> EndpointOverrideFn {
    Arc::new(|endpoint| endpoint.user_agent(BUILD).map_err(Into::into))
}

/// Returns the configuration of sessions, the same on every node.
fn session_config() -> SessionConfig {
    let config = SessionConfig::new_with_ballista().with_ballista_override_create_grpc_client_endpoint(named());
    let settings = [
        // A task is a portion: what is lost with its executor is small, and who is done takes the next one.
        ("ballista.scheduler.max_partitions_per_task", "1"),
        // A client that asks notices a scheduler that is gone.
        ("ballista.client.pull", "true"),
        ("ballista.client.grpc_connect_timeout_seconds", "5"),
        ("ballista.client.grpc_timeout_seconds", "20"),
        ("ballista.client.io_retry_wait_time_ms", "1000"),
    ];
    settings.into_iter().fold(config, |config, (key, value)| config.set_str(key, value))
}

/// Returns a session with all functions that a statement may use, the same on every node.
fn session(config: SessionConfig) -> SessionState {
    SessionStateBuilder::new().with_default_features().with_config(config).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_known() {
        let ballista = session_config().ballista_config();
        assert_eq!((ballista.max_partitions_per_task(), ballista.client_pull()), (1, true));
    }
}
