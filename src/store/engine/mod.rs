//! A durable key-value engine with atomic groups; the only code that names sled.
//!
//! **One tree.** Everything is in one sled tree, with keys `customer u32 BE | kind u8 | rest`, because one
//! [`sled::Batch`] on one tree is recovered as a whole or not at all. Read in sled 0.34.7: `Tree::apply_batch_inner`
//! (`src/tree.rs`) takes `pin_log` first and `seal_batch` last, exactly as `TransactionalTrees::commit`
//! (`src/transaction.rs`) does; the pin reserves a batch manifest in the log, the seal writes into it the log position
//! that must be on the disk, and recovery stops in front of a manifest whose end is missing
//! (`src/pagecache/iterator.rs`). It takes the process-wide write lock of `concurrency_control` too, so no reader sees
//! half a batch. A transaction would add nothing but a second run of the closure.
//!
//! **A group is one batch.** Operations run one after the other against a [`Reader`] that shows the changes of those
//! before them from memory, and the whole group goes to sled at once. Each batch costs two writes of their own (sled
//! rolls its buffer around the manifest), so a batch an operation would cost a hundred times as many. It also makes
//! the group whole on the disk. The order *inside* a batch is not ours: `sled::Batch` is a hash map.
//!
//! **Safe means `fdatasync`.** sled's `flush` ends in `sync_file_range`, so the engine syncs the file `db` through a
//! handle of its own before it answers. Tree pages above a quarter of a segment would go into files that sled never
//! syncs, so entries are bounded ([`MAX_ENTRY`]) and segments larger than sled's default ([`SEGMENT`]).
//!
//! **Not believed blindly.** Every group writes its number into the store, and the marker file beside it follows; see
//! `marker.rs` for what this finds at opening.

mod changes;
mod core;
mod durable;
mod error;
mod export;
pub mod frame;
#[cfg(test)]
mod history_test;
mod holder;
mod marker;
mod metrics;
mod open;
mod quiet;
mod reader;
mod steps;
mod tap;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt,
    future::Future,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use self::core::{Core, Group, Job, job};
pub use self::{
    changes::{Changes, MAX_ENTRY, MAX_KEY},
    error::{OpenError, StoreError},
    export::{ExportError, Exported},
    metrics::{Metrics, MetricsSnapshot, SYNC_BUCKETS},
    reader::{Bytes, Reader, Scan},
    steps::Steps,
};

/// sled's log segment. It must never change for a store that exists.
pub const SEGMENT: usize = 2 << 20;

/// The thread that runs the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A writer thread, which gathers operations into groups.
    #[default]
    Threaded,
    /// The calling thread, each operation a group of its own, answered at once: for commands, and for tests in which
    /// tokio's clock stands still.
    Inline,
}

/// How to open a store.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Memory for pages of the tree.
    pub cache_bytes: u64,
    /// The thread that runs the operations.
    pub mode: Mode,
    /// Whether an answer means that the disk has it. Only tests say no.
    pub sync: bool,
    /// How long to wait for another process to let go.
    pub lock_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 32 << 20, mode: Mode::Threaded, sync: true, lock_wait: Duration::from_secs(5) }
    }
}

/// An open store. Clones are the same store; it closes when [`stop`](Engine::stop) is called or the last one goes.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    hand: Hand,
}

/// Where an operation is handed in.
enum Hand {
    Writer { queue: Mutex<Option<mpsc::Sender<Job>>>, thread: Mutex<Option<JoinHandle<()>>> },
    Here { open: Mutex<bool> },
}

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
        let core = Arc::new(Core::new(dir.to_owned(), options.sync, open::open(dir, &options)?));
        let hand = match options.mode {
            Mode::Inline => Hand::Here { open: Mutex::new(true) },
            Mode::Threaded => {
                let (queue, jobs) = mpsc::channel();
                let writer = Arc::clone(&core);
                let thread = thread::Builder::new()
                    .name("store writer".to_owned())
                    .spawn(move || writer::work(&writer, &jobs))
                    .map_err(|source| OpenError::Folder { path: dir.to_owned(), source })?;
                Hand::Writer { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) }
            }
        };
        Ok(Self(Arc::new(Inner { core, hand })))
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
        async move { answer.await.unwrap_or_else(|_| Err(unanswered(&core))) }
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
        answer.recv().unwrap_or_else(|_| Err(unanswered(&self.0.core)))
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

/// An operation without an answer was handed in too late.
fn unanswered(core: &Core) -> StoreError {
    core.check().err().unwrap_or(StoreError::Stopped)
}

impl Inner {
    /// A job that is dropped here is answered by [`unanswered`].
    fn hand_in(&self, job: Job) {
        match &self.hand {
            Hand::Writer { queue, .. } => {
                if let Some(queue) = queue.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    let _ = queue.send(job);
                }
            }
            Hand::Here { open } => {
                let open = open.lock().unwrap_or_else(PoisonError::into_inner);
                if *open {
                    let mut group = Group::default();
                    self.core.run(&mut group, job);
                    self.core.finish(group);
                }
            }
        }
    }

    fn stop(&self) -> Result<(), StoreError> {
        match &self.hand {
            Hand::Here { open } => {
                if std::mem::replace(&mut *open.lock().unwrap_or_else(PoisonError::into_inner), false) {
                    return self.core.close();
                }
            }
            Hand::Writer { queue, thread } => {
                drop(queue.lock().unwrap_or_else(PoisonError::into_inner).take());
                if let Some(thread) = thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    // The last clone may have gone with an operation, on the writer's own thread: it ends by itself.
                    if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                        return Err(StoreError::Stopped);
                    }
                    return self.core.close();
                }
            }
        }
        self.core.check()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }
}
