//! The store as others hold it: [`Store`] for what concerns the process, [`CustomerStore`] for one customer.

use std::{path::Path, sync::Arc};

use tokio::sync::Semaphore;

use super::{
    engine::{Changes, Engine, OpenError, Options, Reader, StoreError},
    migrate,
    sealing::Sealing,
    tables::{hint_room::HintRooms, holders::Holders, keys::CustomerNo, reference_cache::ReferenceCache},
    turns::Turns,
};
use crate::auth::KeyFiles;

/// Readings of everybody that run at once in the process; more wait for their turn.
const SCANS_MAX: usize = 2;

/// The store of the process. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    scans: Arc<Semaphore>,
    references: Arc<ReferenceCache>,
    turns: Arc<Turns>,
    holders: Arc<Holders>,
    hint_rooms: Arc<HintRooms>,
    pub(super) sealing: Sealing,
}

/// The store bound to one customer: its methods reach no entry of another one. Clones are the same store.
#[derive(Debug, Clone)]
pub struct CustomerStore {
    engine: Engine,
    scans: Arc<Semaphore>,
    pub(super) references: Arc<ReferenceCache>,
    pub(super) turns: Arc<Turns>,
    pub(super) holders: Arc<Holders>,
    pub(super) hint_rooms: Arc<HintRooms>,
    pub(super) sealing: Sealing,
    pub(super) number: CustomerNo,
}

impl Store {
    /// Opens the store in a folder, or makes one there, whose secrets are simulated: they are sealed with a key that is no secret.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do next.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        Self::open_by(dir, options, Sealing::in_memory())
    }

    /// Opens the store in a folder, or makes one there, with the keys that seal its secrets. A key that is missing or wrong does not
    /// keep it from being opened: [`Store::sealing_problem`] says so.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do next.
    pub fn open_sealed(dir: &Path, options: Options, keys: KeyFiles) -> Result<Self, OpenError> {
        let store = Self::open_by(dir, options, Sealing::by(keys.clone()))?;
        store.unlock(&keys)?;
        Ok(store)
    }

    fn open_by(dir: &Path, options: Options, sealing: Sealing) -> Result<Self, OpenError> {
        let engine = Engine::open(dir, options)?;
        migrate::migrate(&engine, dir)?;
        let (scans, holders) = (Arc::new(Semaphore::new(SCANS_MAX)), Arc::default());
        let (references, turns, hint_rooms) = Default::default();
        Ok(Self { engine, scans, references, turns, holders, hint_rooms, sealing })
    }

    /// The store of one customer.
    #[must_use]
    pub fn of(&self, number: CustomerNo) -> CustomerStore {
        let (references, turns) = (Arc::clone(&self.references), Arc::clone(&self.turns));
        let (scans, holders) = (Arc::clone(&self.scans), Arc::clone(&self.holders));
        let (hint_rooms, sealing) = (Arc::clone(&self.hint_rooms), self.sealing.clone());
        let engine = self.engine.clone();
        CustomerStore { engine, scans, references, turns, holders, hint_rooms, sealing, number }
    }

    /// The engine below, for backup and metrics.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs what reads much of the store apart from the threads that serve and that turns run on, two at a time.
    ///
    /// # Errors
    /// Those of `scan`; [`StoreError::Panicked`].
    pub async fn apart<T, E>(&self, scan: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        apart(&self.scans, scan).await
    }

    /// Runs what takes long and hardly loads the machine on a thread that may wait, beside the scans.
    ///
    /// # Errors
    /// As [`Store::apart`], and those of the work.
    pub async fn aside<T, E>(&self, work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        blocking(work).await
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

    pub(super) fn reader(&self) -> Reader<'_> {
        self.engine.reader()
    }

    /// Runs an operation; see [`write`].
    pub(super) async fn write<R, F>(&self, operation: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&Reader<'_>, &mut Changes) -> Result<R, StoreError> + Send + 'static,
    {
        write(&self.engine, operation).await
    }
}

/// Runs a scan on a thread that may wait, once one of the few places is free.
async fn apart<T, E>(scans: &Semaphore, scan: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let _place = scans.acquire().await.map_err(|_| StoreError::Stopped)?;
    blocking(scan).await
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    // What the thread said of the panic may quote a person's data; its place has a line of the log (B4).
    done.unwrap_or_else(|_| Err(StoreError::Panicked("on a thread of scans".into()).into()))
}

impl CustomerStore {
    /// As [`Store::apart`].
    ///
    /// # Errors
    /// As [`Store::apart`].
    pub async fn apart<T, E>(&self, scan: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        apart(&self.scans, scan).await
    }

    /// The customer's number.
    #[must_use]
    pub const fn number(&self) -> CustomerNo {
        self.number
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        self.engine.reader()
    }

    /// Runs an operation; see [`write`].
    pub(super) async fn write<R, F>(&self, operation: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnOnce(&Reader<'_>, &mut Changes) -> Result<R, StoreError> + Send + 'static,
    {
        write(&self.engine, operation).await
    }
}

/// Runs an operation as part of a group. The answer comes when the group is durable; an operation that fails changes nothing.
async fn write<R, F>(engine: &Engine, operation: F) -> Result<R, StoreError>
where
    R: Send + 'static,
    F: FnOnce(&Reader<'_>, &mut Changes) -> Result<R, StoreError> + Send + 'static,
{
    let attempted = move |reader: &Reader<'_>| {
        let mut changes = Changes::new();
        let answer = operation(reader, &mut changes)?;
        Ok((changes, answer))
    };
    engine.submit(attempted).await
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use futures_util::future::join_all;

    use super::*;
    use crate::store::engine::Mode;

    #[tokio::test]
    async fn b4_what_reads_everybody_runs_apart_from_those_that_serve_and_two_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let scan = || {
            let (store, now, most) = (store.of(1), Arc::clone(&now), Arc::clone(&most));
            let look = move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, StoreError>(thread::current().id())
            };
            async move { store.apart(look).await }
        };
        for ran_on in join_all((0..64).map(|_| scan())).await {
            assert_ne!(ran_on.unwrap(), thread::current().id());
        }
        assert!(most.load(Ordering::SeqCst) <= SCANS_MAX);
        let panicked = store.apart(|| -> Result<(), StoreError> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(StoreError::Panicked(ref place)) if !place.contains("on purpose")));
        assert!(scan().await.is_ok(), "its place is free again");
    }
}
