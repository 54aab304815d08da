//! The signals that stop a process in order.

use std::{future::Future, io};

use tokio::signal::unix::{SignalKind, signal};

/// Comes when SIGTERM or SIGINT does. Listens from this call on.
///
/// # Errors
/// When the machine gives no handler.
pub fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
