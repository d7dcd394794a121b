//! The scheduler: takes plans from clients, hands tasks to executors, and notices when one is lost.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use ballista_core::{
    serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer,
    utils::{GrpcServerConfig, create_grpc_server, create_grpc_server_incoming},
};
use ballista_executor::terminate::sig_term;
use ballista_scheduler::{cluster::BallistaCluster, config::SchedulerConfig, scheduler_process::create_scheduler};

use super::{LOST, codec::Codec, gate::Gate, named, session, session_config};
use crate::error::{Error, Kind, Result};

/// Bytes of a message at most: a plan names every file of the bill.
pub(super) const MESSAGE: u32 = 256 * 1024 * 1024;

/// Seconds between two looks for executors that are lost.
const LOOK: u64 = 2;

/// Seconds for which the output of a job is kept for its client to fetch.
const KEPT: u64 = 1_800;

/// Runs a scheduler until it is told to end. `ready` learns where it listens; port 0 means any free one.
///
/// # Errors
/// When it cannot listen there.
pub async fn schedule(bind: &str, advertise: Option<&str>, ready: impl FnOnce(&str)) -> Result<()> {
    let (address, host) = place(bind, advertise).await?;
    let failed = |error: &dyn std::fmt::Display| {
        Error::runtime(format!("cannot listen on {address}: {error}")).hint("choose another address with --bind")
    };
    let server_config = GrpcServerConfig::default();
    let reserved = reserve(address).map_err(|error| failed(&error))?;
    let address = reserved.local_addr().map_err(|error| failed(&error))?;
    let config = Arc::new(SchedulerConfig {
        external_host: host.clone(),
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        executor_timeout_seconds: LOST,
        expire_dead_executor_interval_seconds: LOOK,
        no_executors_grace_period_seconds: LOST,
        finished_job_data_clean_up_interval_seconds: KEPT,
        finished_job_state_clean_up_interval_seconds: KEPT,
        grpc_server_max_decoding_message_size: MESSAGE,
        grpc_server_max_encoding_message_size: MESSAGE,
        grpc_client_max_message_size: MESSAGE,
        override_config_producer: Some(Arc::new(session_config)),
        override_session_builder: Some(Arc::new(|config| Ok(session(config)))),
        override_physical_codec: Some(Arc::new(Codec::default())),
        override_create_grpc_client_endpoint: Some(named()),
        ..SchedulerConfig::default()
    });
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(|error| failed(&error))?;
    let state = cluster.cluster_state();
    drop(reserved);
    let incoming = create_grpc_server_incoming(address, &server_config).map_err(|error| failed(&error))?;
    let server = create_scheduler(cluster, config).await.map_err(|error| failed(&error))?;
    let gate = Gate::new(server, state);
    let abandoned = tokio::spawn(gate.clone().give_up_abandoned());
    ready(&format!("{host}:{}", address.port()));
    let service = SchedulerGrpcServer::new(gate)
        .max_decoding_message_size(MESSAGE as usize)
        .max_encoding_message_size(MESSAGE as usize);
    let serving = create_grpc_server(&server_config).add_service(service).serve_with_incoming(incoming);
    let ended = tokio::select! {
        ended = serving => ended.map_err(|error| failed(&error)),
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = sig_term() => Ok(()),
    };
    abandoned.abort();
    ended
}

/// Finds the address to listen on, and the name under which other nodes know it.
///
/// # Errors
/// When there is no such address, or others could not know it.
pub(super) async fn place(bind: &str, advertise: Option<&str>) -> Result<(SocketAddr, String)> {
    let wrong = |reason: &dyn std::fmt::Display| {
        Error::usage(format!("cannot listen on {bind}: {reason}")).hint("write it as HOST:PORT, such as 10.0.0.5:50050")
    };
    let mut found = tokio::net::lookup_host(bind).await.map_err(|error| wrong(&error))?;
    let address = found.next().ok_or_else(|| wrong(&"there is no such address"))?;
    let host = match advertise {
        Some(host) => host.to_owned(),
        None if address.ip().is_unspecified() => {
            return Err(Error::usage(format!(
                "{bind} means every address of this machine: others must know one of them"
            ))
            .hint("name it with --advertise HOST, or bind to it alone"));
        }
        None if address.is_ipv6() => format!("[{}]", address.ip()),
        None => address.ip().to_string(),
    };
    Ok((address, host))
}

/// Takes an address, or one with any free port where its own is 0, so that nobody else does until it is listened on.
///
/// # Errors
/// When it is taken.
pub(super) fn reserve(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address)
}

/// Maps a failure of Ballista to start.
pub(super) fn not_started(what: &str, error: &dyn std::fmt::Display) -> Error {
    let text = error.to_string();
    super::failure::unpack(&text).unwrap_or_else(|| {
        Error::new(Kind::Transient, format!("{what} stopped: {}", text.lines().next().unwrap_or("")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn others_must_know_where_it_is() {
        let (address, host) = place("127.0.0.1:0", None).await.unwrap();
        assert_eq!((address.port(), host.as_str()), (0, "127.0.0.1"));
        assert!(reserve(address).unwrap().local_addr().unwrap().port() > 0);
        assert_eq!(place("0.0.0.0:50050", None).await.unwrap_err().kind(), Kind::Usage);
        assert_eq!(place("0.0.0.0:50050", Some("node-1")).await.unwrap().1, "node-1");
        assert_eq!(place("nowhere", None).await.unwrap_err().kind(), Kind::Usage);
    }
}
