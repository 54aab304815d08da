//! Why care for the store did not work, in words that say what to do next.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::file::{Damaged, FORMAT};
use crate::store::{OpenError, StoreError, engine::ExportError};

/// Why care for the store did not work.
#[derive(Debug, Error)]
pub enum CareError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A store does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file or folder cannot be used.
    #[error("{} cannot be used ({source}); check that the disk has room and that the folder belongs to the user \
             that runs tandem", path.display())]
    File {
        /// What could not be used.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk has too little room.
    #[error("{} has no room: {} MB may be needed and {} MB are free; make room, or name a file on another disk",
            folder.display(), mega(*need), mega(*free))]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes that may be needed.
        need: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Another file has the name.
    #[error("{} is there already and is no backup of tandem; name another file", .0.display())]
    Taken(PathBuf),
    /// Another backup is under way.
    #[error("another backup is running; wait for it to end")]
    Busy,
    /// The store changed too fast.
    #[error("the store changed faster than {} was written: its disk hardly takes any data; try another disk", .0.display())]
    TooMuch(PathBuf),
    /// What was read back is not what was written.
    #[error("{} reads back otherwise than it was written ({what}); distrust the disk, and name a file on another one",
            file.display())]
    Differs {
        /// The file.
        file: PathBuf,
        /// What differs.
        what: String,
    },
    /// Another process exchanges the store.
    #[error("a restore or a compact of the store in {} is under way; wait for it to end", .0.display())]
    UnderWay(PathBuf),
    /// The file is no whole backup.
    #[error("{} is damaged: {damaged}; take another backup", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong, and in which section.
        damaged: Damaged,
    },
    /// The file is of a newer Tandem.
    #[error("{} has format {found}, and this version of tandem reads up to {FORMAT}; run the newer version",
            file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: u32,
    },
}

fn mega(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

impl CareError {
    /// The failure of an export into this file.
    pub(super) fn of_export(error: ExportError, file: &std::path::Path) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Sink(source) => Self::reading(source, file),
            ExportError::Busy => Self::Busy,
            ExportError::TooMuch => Self::TooMuch(file.to_owned()),
        }
    }

    /// The failure of reading or writing a file, with what was found damaged in it.
    pub(super) fn reading(source: io::Error, file: &std::path::Path) -> Self {
        if let Some(error) = source.get_ref().and_then(|inner| inner.downcast_ref::<StoreError>()) {
            return Self::Store(error.clone());
        }
        let damaged = source.get_ref().and_then(|inner| inner.downcast_ref::<Damaged>()).cloned();
        match damaged {
            Some(Damaged::Newer(found)) => Self::Newer { file: file.to_owned(), found },
            Some(damaged) => Self::Damaged { file: file.to_owned(), damaged },
            None => Self::File { path: file.to_owned(), source },
        }
    }

    /// The failure of using a path.
    pub(super) fn at(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
