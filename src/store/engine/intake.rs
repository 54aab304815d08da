//! Where operations are handed in: a queue to the writer thread, or the calling thread itself.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use super::{
    core::{Core, Group, Job},
    error::{OpenError, StoreError},
    open,
    options::{Mode, Options},
    writer,
};

/// The open store and the way in. The store closes when this is dropped.
pub(super) struct Intake {
    pub(super) core: Arc<Core>,
    entry: Entry,
}

/// Where an operation is handed in.
enum Entry {
    Threaded { queue: Mutex<Option<mpsc::Sender<Job>>>, thread: Mutex<Option<JoinHandle<()>>> },
    Inline { open: Mutex<bool> },
}

impl Intake {
    /// Opens the store, and starts the writer thread if the options ask for one.
    pub(super) fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let core = Arc::new(Core::new(dir.to_owned(), options.sync, open::open(dir, &options)?));
        let entry = match options.mode {
            Mode::Inline => Entry::Inline { open: Mutex::new(true) },
            Mode::Threaded => {
                let (queue, jobs) = mpsc::channel();
                let writer = Arc::clone(&core);
                let thread = thread::Builder::new()
                    .name("store writer".to_owned())
                    .spawn(move || writer::work(&writer, &jobs))
                    .map_err(|source| OpenError::Folder { path: dir.to_owned(), source })?;
                Entry::Threaded { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) }
            }
        };
        Ok(Self { core, entry })
    }

    /// Runs or queues a job. A job that comes after the end is dropped with its answer; see [`Core::unanswered`].
    pub(super) fn hand_in(&self, job: Job) {
        match &self.entry {
            Entry::Threaded { queue, .. } => {
                if let Some(queue) = queue.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    let _ = queue.send(job);
                }
            }
            Entry::Inline { open } => {
                let open = open.lock().unwrap_or_else(PoisonError::into_inner);
                if *open {
                    let mut group = Group::default();
                    self.core.run(&mut group, job);
                    self.core.finish(group);
                }
            }
        }
    }

    /// Whether no more jobs are taken.
    pub(super) fn is_stopped(&self) -> bool {
        match &self.entry {
            Entry::Inline { open } => !*open.lock().unwrap_or_else(PoisonError::into_inner),
            Entry::Threaded { queue, .. } => queue.lock().unwrap_or_else(PoisonError::into_inner).is_none(),
        }
    }

    /// Takes no more jobs, waits for the writer, and closes the store.
    pub(super) fn stop(&self) -> Result<(), StoreError> {
        match &self.entry {
            Entry::Inline { open } => {
                if std::mem::replace(&mut *open.lock().unwrap_or_else(PoisonError::into_inner), false) {
                    return self.core.close();
                }
            }
            Entry::Threaded { queue, thread } => {
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

impl Drop for Intake {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }
}
