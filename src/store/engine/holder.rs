//! The process that has the store: a lock file of our own, because sled's lock names no process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
    time::Duration,
};

use super::error::OpenError;
use crate::clock::Stopwatch;

/// How often a held lock is tried again. The system offers no wait with an end.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// Holds the store's folder for as long as it lives.
#[derive(Debug)]
pub(super) struct Holder {
    /// The lock goes when the file is closed, also when the process dies.
    locked: File,
}

/// Holds a store's folder, and does not open it.
#[derive(Debug)]
pub struct Lock {
    _holder: Holder,
}

impl Lock {
    /// Takes the lock at once; `None` if there is no folder.
    ///
    /// # Errors
    /// [`OpenError::Held`], naming the process that has it.
    pub fn of(dir: &Path) -> Result<Option<Self>, OpenError> {
        if !dir.exists() {
            return Ok(None);
        }
        Holder::take(dir, Duration::ZERO).map(|holder| Some(Self { _holder: holder }))
    }

    /// The lock of an open store, which outlives it: no other process has the folder in between.
    pub(super) fn beside(holder: &Holder) -> io::Result<Self> {
        Ok(Self { _holder: Holder { locked: holder.locked.try_clone()? } })
    }
}

impl Holder {
    /// Takes the lock, or names its holder after `wait`.
    pub(super) fn take(dir: &Path, wait: Duration) -> Result<Self, OpenError> {
        let path = dir.join("holder");
        let folder = |source| OpenError::Folder { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(folder)?;
        let taken = retry_until(wait, || match file.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Err(error)),
        });
        match taken {
            Some(Ok(())) => {
                introduce(&mut file).map_err(folder)?;
                Ok(Self { locked: file })
            }
            Some(Err(error)) => Err(folder(error)),
            None => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => "an unknown process".to_owned(),
                    known => known.to_owned(),
                };
                Err(OpenError::Held { dir: dir.to_owned(), holder })
            }
        }
    }
}

/// Tries until there is an answer, or until `wait` has passed.
pub(super) fn retry_until<T>(wait: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let waited = Stopwatch::start();
    loop {
        if let Some(answer) = attempt() {
            return Some(answer);
        }
        if waited.elapsed() >= wait {
            return None;
        }
        std::thread::park_timeout(TRY_EVERY);
    }
}

fn introduce(file: &mut File) -> io::Result<()> {
    let command: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let command: String = command.join(" ").chars().take(200).collect();
    file.set_len(0)?;
    writeln!(file, "process {} ({command})", std::process::id())
}
