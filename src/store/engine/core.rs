//! Running groups of operations and making them safe; the same for both modes.

use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{
    changes::Changes,
    error::StoreError,
    holder::Holder,
    marker::Marker,
    metrics::Metrics,
    open::{Opened, marker_key},
    pieces::Pieces,
    progress::Progress,
    quiet::catch,
    reader::{Pending, Reader},
    touched::Touched,
};
use crate::clock::Stopwatch;

/// How often to enter sled for each changed key, so that what a batch replaced is freed before the next one.
const ENTRIES_PER_CHANGE: usize = 2;

/// Hears how the group went.
pub(super) type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// An operation with its type taken off: it runs, and leaves its changes and its answer.
pub(super) type Job = Box<dyn FnOnce(&Reader<'_>, &Metrics) -> (Changes, Answer) + Send>;

/// Puts an operation into a [`Job`]. A panic inside it, an error, or an entry that is not allowed fails only it.
pub(super) fn job<R: Send + 'static>(
    operation: impl FnOnce(&Reader<'_>) -> Result<(Changes, R), StoreError> + Send + 'static,
    reply: impl FnOnce(Result<R, StoreError>) + Send + 'static,
) -> Job {
    Box::new(move |reader, metrics| {
        let ran = catch(|| operation(reader));
        metrics.ran(ran.is_err());
        let ran = ran.unwrap_or_else(|place| Err(StoreError::Panicked(place.into())));
        match ran.and_then(|(changes, value)| Ok((changes.checked()?, value))) {
            Ok((changes, value)) => (changes, Box::new(move |outcome| reply(outcome.map(|()| value)))),
            // It also waits for the group: what it read may depend on a neighbour that is not safe yet.
            Err(error) => (Changes::new(), Box::new(move |outcome| reply(outcome.and(Err(error))))),
        }
    })
}

/// Operations on their way to the disk together.
#[derive(Default)]
pub(super) struct Group {
    pending: Pending,
    bytes: usize,
    answers: Vec<Answer>,
}

impl Group {
    pub(super) fn operations(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The open store and what is known about its state.
pub(super) struct Core {
    pub(super) dir: PathBuf,
    pub(super) tree: sled::Tree,
    pub(super) metrics: Metrics,
    pub(super) touched: Touched,
    pieces: Pieces,
    failed: watch::Sender<Option<Arc<str>>>,
    pub(super) sync: bool,
    progress: Mutex<Progress>,
    pub(super) file: File,
    pub(super) folder: File,
    pub(super) db: sled::Db,
    /// Last, so that the lock goes after everything else has been closed.
    pub(super) holder: Holder,
}

impl Core {
    pub(super) fn new(dir: PathBuf, sync: bool, opened: Opened) -> Self {
        let Opened { holder, db, tree, file, folder, marker } = opened;
        let pieces = Pieces::of(&tree);
        Self {
            dir,
            tree,
            pieces,
            metrics: Metrics::default(),
            touched: Touched::default(),
            failed: watch::Sender::new(None),
            sync,
            progress: Mutex::new(Progress { now: marker, marked: marker.group, lags: false }),
            file,
            folder,
            db,
            holder,
        }
    }

    pub(super) fn failed(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.failed.subscribe()
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.failed.borrow().as_ref().map_or(Ok(()), |why| Err(StoreError::Broken(Arc::clone(why))))
    }

    /// The error of a job without an answer: it was handed in after the end.
    pub(super) fn unanswered(&self) -> StoreError {
        self.check().err().unwrap_or(StoreError::Stopped)
    }

    /// Runs an operation as the next of a group.
    pub(super) fn run(&self, group: &mut Group, job: Job) {
        let reader = Reader::new(&self.tree, Some(&group.pending));
        let (changes, answer) = job(&reader, &self.metrics);
        let bytes = changes.bytes();
        match self.pieces.spread(&reader, changes.into_list().into_iter().collect()) {
            Ok(entries) => {
                group.bytes += bytes;
                group.pending.extend(entries);
                group.answers.push(answer);
            }
            Err(error) => group.answers.push(Box::new(|outcome| answer(outcome.and(Err(error))))),
        }
    }

    /// Makes a group safe, and answers all of it.
    pub(super) fn finish(&self, group: Group) {
        let outcome = self.check().and_then(|()| self.commit(&group.pending, group.bytes));
        for answer in group.answers {
            answer(outcome.clone());
        }
        // After the answers: no operation needs to wait for this.
        if outcome.is_ok() {
            self.collect_garbage(group.pending.len());
        }
    }

    /// At the end: everything safe, and the marker up to date.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        self.check()?;
        self.durable_at_close()
    }

    fn commit(&self, pending: &Pending, bytes: usize) -> Result<(), StoreError> {
        if pending.is_empty() {
            return Ok(());
        }
        let took = Stopwatch::start();
        let group = self.apply(pending)?;
        self.durable(group)?;
        self.metrics.synced(pending.len(), bytes, took.elapsed());
        Ok(())
    }

    /// Puts a group into the tree as one batch, with its own number.
    fn apply(&self, pending: &Pending) -> Result<Marker, StoreError> {
        let now = self.progress().now;
        let group = Marker { group: now.group + 1, ..now };
        self.guard(|| {
            let mut batch = sled::Batch::default();
            for (key, value) in pending {
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
            batch.insert(marker_key(), group.to_bytes());
            self.tree.apply_batch(batch).map_err(|error| error.to_string())
        })?;
        self.touched.hear(pending);
        Ok(group)
    }

    /// sled frees replaced pages as its threads enter it (crossbeam's epochs: some at every 128th entry), and a batch
    /// enters once for any number of keys, so they pile up: a million small deletes in batches took 900 MB. Reads of
    /// one cached key are the cheapest entries.
    fn collect_garbage(&self, changes: usize) {
        let key = marker_key();
        for _ in 0..changes * ENTRIES_PER_CHANGE {
            let _ = self.tree.get(&key);
        }
    }

    /// Runs a step of writing. Its failure, or a panic of sled, is for good: memory and disk may differ from here on.
    pub(super) fn guard(&self, step: impl FnOnce() -> Result<(), String>) -> Result<(), StoreError> {
        catch(step).and_then(|outcome| outcome).map_err(|why| {
            let why: Arc<str> = why.into();
            tracing::error!(%why, "the store could not write and takes no more operations");
            self.failed.send_replace(Some(Arc::clone(&why)));
            StoreError::Broken(why)
        })
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
