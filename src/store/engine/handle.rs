//! The engine as the store uses it: hand in, read, stop.

use std::{
    fmt,
    future::Future,
    path::Path,
    sync::{Arc, mpsc},
};

use tokio::sync::oneshot;

use super::{
    changes::Changes,
    core::job,
    error::{OpenError, StoreError},
    intake::Intake,
    metrics::Metrics,
    options::Options,
    reader::Reader,
};

/// An open store. Clones are the same store; it closes when [`stop`](Engine::stop) is called or the last one goes.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Intake>);

impl fmt::Debug for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Engine")
    }
}

impl Engine {
    /// Opens the store in a folder, or makes one there.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        Ok(Self(Arc::new(Intake::open(dir, options)?)))
    }

    /// Hands in an operation: it reads, and says what to change. The answer comes when its changes are safe.
    ///
    /// It is handed in by this call, not by the first poll: operations run in the order of the calls, and dropping the
    /// future does not take one back. An operation must not submit another one and wait for it.
    ///
    /// # Errors
    /// Resolves to what the operation returned as an error, or to [`StoreError::Panicked`], [`StoreError::Refused`],
    /// [`StoreError::Broken`] or [`StoreError::Stopped`]. In all of these cases nothing of it is kept, but after
    /// `Broken` the disk may still turn out to have it.
    pub fn submit<R, F>(&self, operation: F) -> impl Future<Output = Result<R, StoreError>> + Send + 'static
    where
        R: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<(Changes, R), StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.0.hand_in(job(operation, move |outcome| drop(reply.send(outcome))));
        let core = Arc::clone(&self.0.core);
        async move { answer.await.unwrap_or_else(|_| Err(core.unanswered())) }
    }

    /// As [`submit`](Self::submit), for threads that may wait.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub fn submit_blocking<R, F>(&self, operation: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<(Changes, R), StoreError> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        self.0.hand_in(job(operation, move |outcome| drop(reply.send(outcome))));
        answer.recv().unwrap_or_else(|_| Err(self.0.core.unanswered()))
    }

    /// Reads what is in the store now; see [`Reader`].
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.0.core.tree, None)
    }

    /// Resolves when the store can no longer write; the process should then stop.
    pub fn failed(&self) -> impl Future<Output = StoreError> + Send + 'static {
        let mut failed = self.0.core.failed();
        async move {
            let why = failed.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
            why.map_or(StoreError::Stopped, StoreError::Broken)
        }
    }

    /// Counters.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.core.metrics
    }

    /// Takes no more operations, finishes those handed in, and makes everything safe. Blocks for as long. The lock on
    /// the folder goes with the last clone.
    ///
    /// # Errors
    /// [`StoreError::Broken`].
    pub fn stop(&self) -> Result<(), StoreError> {
        self.0.stop()
    }
}
