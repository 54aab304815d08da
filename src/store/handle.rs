//! The store as others hold it: [`Store`] for what concerns the process, [`CustomerStore`] for one customer.

use std::{path::Path, sync::Arc};

use super::{
    engine::{Changes, Engine, OpenError, Options, Reader, StoreError},
    migrate,
    tables::{holders::Holders, keys::CustomerNo, reference_cache::ReferenceCache},
    turns::Turns,
};

/// The store of the process. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    references: Arc<ReferenceCache>,
    turns: Arc<Turns>,
    holders: Arc<Holders>,
}

/// The store bound to one customer: its methods reach no entry of another one. Clones are the same store.
#[derive(Debug, Clone)]
pub struct CustomerStore {
    engine: Engine,
    pub(super) references: Arc<ReferenceCache>,
    pub(super) turns: Arc<Turns>,
    pub(super) holders: Arc<Holders>,
    pub(super) number: CustomerNo,
}

impl Store {
    /// Opens the store in a folder, or makes one there.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do next.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let engine = Engine::open(dir, options)?;
        migrate::migrate(&engine, dir)?;
        Ok(Self { engine, references: Arc::default(), turns: Arc::default(), holders: Arc::default() })
    }

    /// The store of one customer.
    #[must_use]
    pub fn of(&self, number: CustomerNo) -> CustomerStore {
        let (references, turns) = (Arc::clone(&self.references), Arc::clone(&self.turns));
        let holders = Arc::clone(&self.holders);
        CustomerStore { engine: self.engine.clone(), references, turns, holders, number }
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

impl CustomerStore {
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
