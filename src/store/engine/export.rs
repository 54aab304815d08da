//! The whole store as a stream of records, while it is in use, and back.
//!
//! A record is a key with its value, or without one where the key went while the export ran. A later record of a key is the one
//! that counts. The stream ends as the store was between two groups.

use std::{io, path::Path};

use thiserror::Error;

use super::{Changes, Engine, Lock, StoreError, core::Core, reader::Reader, touched::Keys};

/// Read in one step of the scan.
const STEP_ENTRIES: usize = 512;
const STEP_BYTES: usize = 256 * 1024;

/// Keys that are read at the very end, between two groups, while no other operation runs.
const LAST_KEYS: usize = 2_048;
/// Their values together, unless one alone is larger.
const LAST_BYTES: usize = 4 << 20;
/// How often what changed is read again before that. The reading is many times as fast as the writing can be.
const ROUNDS_MAX: usize = 1_000;

/// Imported in groups of about this size.
const CHUNK: usize = 256 * 1024;

/// Why an export did not work.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What takes the records failed.
    #[error(transparent)]
    Sink(#[from] io::Error),
    /// Another export runs.
    #[error("another backup is running; wait for it to end")]
    Busy,
    /// More keys changed during one step than are kept in memory.
    #[error("the store changed faster than the backup was written: its disk hardly takes any data")]
    TooMuch,
}

/// Takes the records of an export: a key, and its value unless it went.
pub type Sink<'a> = &'a mut dyn FnMut(&[u8], Option<&[u8]>) -> io::Result<()>;

/// A key, and its value unless it went.
pub type Record = (Vec<u8>, Option<Vec<u8>>);

/// Ends the listening however the export ends.
struct Listening<'a>(&'a Engine);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.0.core.touched.end();
    }
}

impl Engine {
    /// Shows the whole store, while it is in use, as it is at the end of the call. Gives the number of records. Blocks.
    ///
    /// # Errors
    /// [`ExportError`]; then what was shown is no whole store.
    pub fn export(&self, sink: Sink<'_>) -> Result<u64, ExportError> {
        let core = std::sync::Arc::clone(&self.0.core);
        if !self.submit_blocking(move |_| Ok((Changes::new(), core.touched.start())))? {
            return Err(ExportError::Busy);
        }
        let listening = Listening(self);
        let mut records = 0;
        let mut counted = |key: &[u8], value: Option<&[u8]>| {
            records += 1;
            sink(key, value)
        };
        self.scan(&mut counted)?;
        self.catch_up(&mut counted)?;
        drop(listening);
        Ok(records)
    }

    /// Shows every entry, and again those that changed behind the scan.
    fn scan(&self, sink: Sink<'_>) -> Result<(), ExportError> {
        let mut from = Vec::new();
        loop {
            // A new iterator at each step: one of sled goes on with the page that it once read.
            let (mut bytes, mut last) = (0, None);
            for entry in self.reader().range(&from, None).take(STEP_ENTRIES) {
                let (key, value) = entry?;
                sink(&key, Some(&value))?;
                bytes += key.len() + value.len();
                last = Some(key);
                if bytes > STEP_BYTES {
                    break;
                }
            }
            let Some(last) = last else { return Ok(()) };
            from = [&last[..], &[0]].concat();
            // What changed further on is still to be scanned.
            self.again(Some(&from), sink)?;
        }
    }

    /// Reads again what changed, until so little is left that it is read between two groups.
    fn catch_up(&self, sink: Sink<'_>) -> Result<(), ExportError> {
        for _ in 0..ROUNDS_MAX {
            self.again(None, sink)?;
            let core = std::sync::Arc::clone(&self.0.core);
            let last = self.submit_blocking(move |_| Ok((Changes::new(), last_values(&core)?)))?;
            if let Some(records) = last {
                return Ok(records.iter().try_for_each(|(key, value)| sink(key, value.as_deref()))?);
            }
        }
        Err(ExportError::TooMuch)
    }

    /// Shows what changed before this key once more.
    fn again(&self, before: Option<&[u8]>, sink: Sink<'_>) -> Result<(), ExportError> {
        let heard = self.0.core.touched.take();
        if heard.too_many {
            return Err(ExportError::TooMuch);
        }
        for key in heard.keys.iter().filter(|key| before.is_none_or(|end| key[..] < *end)) {
            let value = self.reader().get(key)?;
            sink(key, value.as_deref())?;
        }
        Ok(())
    }

    /// Fills an empty store with records, a later one of a key in the place of an earlier one. Gives their number. Blocks.
    ///
    /// # Errors
    /// Those of `records`, and of the store, which is then neither empty nor whole.
    pub fn import<E: From<StoreError>>(
        &self,
        records: impl Iterator<Item = Result<Record, E>>,
    ) -> Result<u64, E> {
        let mut filling = self.filling();
        for record in records {
            let (key, value) = record?;
            filling.add(&key, value.as_deref())?;
        }
        Ok(filling.end()?)
    }

    /// Begins to fill an empty store.
    #[must_use]
    pub fn filling(&self) -> Filling<'_> {
        Filling { engine: self, changes: Changes::new(), count: 0 }
    }

    /// The store's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.core.dir
    }

    /// The lock of the store's folder, to be held on after the engine is gone.
    ///
    /// # Errors
    /// When the system gives no second handle.
    pub fn lock(&self) -> io::Result<Lock> {
        Lock::beside(&self.0.core.holder)
    }

    /// Whether the engine was told to stop, so that what reads for long should end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

/// Fills a store in groups.
#[derive(Debug)]
pub struct Filling<'a> {
    engine: &'a Engine,
    changes: Changes,
    count: u64,
}

impl Filling<'_> {
    /// Adds a record. Blocks.
    ///
    /// # Errors
    /// When the store cannot write.
    pub fn add(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.changes.put(key, value),
            None => self.changes.delete(key),
        }
        self.count += 1;
        if self.changes.bytes() >= CHUNK { self.write() } else { Ok(()) }
    }

    /// Adds what is left, and gives the number of records. Blocks.
    ///
    /// # Errors
    /// When the store cannot write.
    pub fn end(mut self) -> Result<u64, StoreError> {
        self.write()?;
        Ok(self.count)
    }

    fn write(&mut self) -> Result<(), StoreError> {
        let changes = std::mem::take(&mut self.changes);
        self.engine.submit_blocking(move |_| Ok((changes, ())))
    }
}

/// What changed last, inside an operation: without what the operations before it in the group changed, which is on its way to the disk
/// with keys that are not heard of yet. `None`: too much.
fn last_values(core: &Core) -> Result<Option<Vec<Record>>, StoreError> {
    let heard = core.touched.take();
    let between = Reader::new(&core.tree, None);
    let last = if heard.is_few(LAST_KEYS) { values(&between, &heard)? } else { None };
    if last.is_none() {
        core.touched.put_back(heard);
    }
    Ok(last)
}

/// The values of the last keys. `None`: too many bytes to hold.
fn values(reader: &Reader<'_>, heard: &Keys) -> Result<Option<Vec<Record>>, StoreError> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    for key in &heard.keys {
        let value = reader.get(key)?.map(|value| value.to_vec());
        bytes += value.as_ref().map_or(0, Vec::len);
        if bytes > LAST_BYTES && !records.is_empty() {
            return Ok(None);
        }
        records.push((key.to_vec(), value));
    }
    Ok(Some(records))
}

#[cfg(test)]
#[path = "export_test.rs"]
mod tests;
