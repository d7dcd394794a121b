//! Being asked to stop: Ctrl-C, and the signal by which services and containers are ended.

/// Waits until the user or the system asks to stop.
#[cfg(unix)]
pub(super) async fn asked() {
    use tokio::signal::unix::{SignalKind, signal};
    // Where no handler can be set the signal ends the process by itself.
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits until the user asks to stop.
#[cfg(not(unix))]
pub(super) async fn asked() {
    let _ = tokio::signal::ctrl_c().await;
}
