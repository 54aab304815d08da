//! The durable store: the only place that knows sled and bincode.
//!
//! Everything above speaks in verbs: [`Store::observe`] keeps what was read, [`Store::next_work`] hands out what is due,
//! [`Store::begin`] makes an intent durable before a write that must not be doubled, [`Store::settle`] keeps what came of
//! it. What must change together is one atomic group, and an answer means that the group is synced to disk.

pub mod codec;
pub mod engine;
pub mod keys;

mod applied;
mod baselines;
mod books;
mod brake;
mod customers;
mod desk;
mod events;
mod facts;
mod hints;
mod inspect;
mod ledger;
mod migrate;
mod missing;
mod observe;
mod people;
mod settle;
mod stored;
mod streams;
mod subjects;
mod subscription;
mod tokens;
mod waiting;
mod work;

use std::{path::Path, sync::Arc};

pub use applied::{AppliedV1, NewSettings};
pub use baselines::{AccountCounts, Baselines};
pub use books::Books;
pub use brake::LetGo;
pub use engine::{MetricsSnapshot as StoreCounters, Mode, OpenError, Options, SYNC_BUCKETS, StoreError};
pub use events::{ContactEvent, EventDue, EventsDue, EventsKept};
pub use facts::{CampaignMark, Fact};
pub use hints::{Hint, HintAbout, Hints};
pub use keys::CustomerNo;
pub use missing::{Missing, SECOND_LOOK_AFTER};
pub use observe::{Observed, Page, SeenPage};
pub use people::{ContactsRead, MergeSuspect, PeopleObserved};
pub use subscription::Subscription;
pub use tokens::{Access, Token};
pub use work::{Due, Taken};

use engine::{Changes, Engine, Reader};

/// The store. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
}

impl Store {
    /// Opens the store in a folder, or makes one there.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do next.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let engine = Engine::open(dir, options)?;
        migrate::migrate(&engine, dir)?;
        Ok(Self { engine })
    }

    /// The engine below, for backup and metrics.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits until the store has failed for good; then the process has to stop.
    pub fn failed(&self) -> impl Future<Output = StoreError> + Send + 'static {
        self.engine.failed()
    }

    /// Syncs and closes.
    ///
    /// # Errors
    /// When the last sync fails.
    pub fn stop(&self) -> Result<(), StoreError> {
        self.engine.stop()
    }

    fn reader(&self) -> Reader<'_> {
        self.engine.reader()
    }

    /// Runs an operation that may fail on its own; its changes count only if it does not.
    async fn write<R, F>(&self, operation: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&Reader<'_>, &mut Changes) -> Result<R, StoreError> + Send + 'static,
    {
        let attempted = move |reader: &Reader<'_>| {
            let mut changes = Changes::new();
            let answer = operation(reader, &mut changes)?;
            Ok((changes, answer))
        };
        self.engine.submit(attempted).await
    }
}

/// Shared parts of a planner that operations on the writer thread need.
pub type SharedPlanner = Arc<crate::sync::Planner>;
