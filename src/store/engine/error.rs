//! What can go wrong, in words that say what to do next.

use std::{io, path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::{domain::ContactId, store::codec::CodecError};

/// The way out of a store that cannot be used, the same in every such message.
macro_rules! way_out {
    () => {
        "move the folder aside and run `tandem restore FILE` with the newest backup; without a backup, start with \
         an empty folder and run `tandem rebuild CUSTOMER` for each customer, which reads everything again from \
         both systems"
    };
}

/// Why a store did not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process (or another engine of this one) has it.
    #[error("the store in {} is in use by {holder}; stop that process, or let it do the work", dir.display())]
    Held {
        /// The store's folder.
        dir: PathBuf,
        /// Its holder: process id and command.
        holder: String,
    },
    /// The folder or a file in it cannot be used.
    #[error("{} cannot be used ({source}); check that the disk has room and that the folder belongs to the user \
             that runs tandem", path.display())]
    Folder {
        /// What could not be used.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The files are damaged.
    #[error("the store in {} is damaged ({detail}); {}", dir.display(), way_out!())]
    Damaged {
        /// The store's folder.
        dir: PathBuf,
        /// What sled said.
        detail: String,
    },
    /// It holds nothing, but its marker says that it did.
    #[error("the store in {} is empty, but group {group} was once safe in it; was the folder replaced, or a disk not \
             mounted? If it is truly gone: {}", dir.display(), way_out!())]
    Emptied {
        /// The store's folder.
        dir: PathBuf,
        /// The last group that the marker knows.
        group: u64,
    },
    /// It lost acknowledged data, or is an old copy.
    #[error("the store in {} ends at group {found}, but group {group} was once safe in it: an old copy, or a disk \
             that lost what it had promised to keep; {}", dir.display(), way_out!())]
    Older {
        /// The store's folder.
        dir: PathBuf,
        /// The last group in the store.
        found: u64,
        /// The last group that the marker knows.
        group: u64,
    },
    /// The files of two stores are mixed.
    #[error("the files in {} do not belong together (the marker is of another store); put back the folder as a \
             whole, or {}", dir.display(), way_out!())]
    Foreign {
        /// The store's folder.
        dir: PathBuf,
    },
    /// It was written by a newer Tandem.
    #[error("the store in {} has format {found}, and this version of tandem knows {known}; run the newer version, \
             or {}", dir.display(), way_out!())]
    Newer {
        /// The store's folder.
        dir: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
}

/// Why an operation did not happen.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Writing failed once, so nothing more is written: what is in memory may differ from what is on the disk.
    #[error("the store stopped after a failure to write ({0}); make room on the disk and restart tandem")]
    Broken(Arc<str>),
    /// The engine was told to stop.
    #[error("the store is closed")]
    Stopped,
    /// The operation panicked; nothing of it was kept.
    #[error("an operation on the store panicked ({0}) and was undone")]
    Panicked(Arc<str>),
    /// sled could not read.
    #[error("the store could not be read ({0})")]
    Read(Arc<str>),
    /// What is kept of one subject cannot be decoded: it concerns that person alone (B4).
    #[error(
        "what is kept of contact {id} cannot be read ({error}); it is set aside, and the person is read anew"
    )]
    Subject {
        /// The subject.
        id: ContactId,
        /// What is wrong with its bytes.
        error: CodecError,
    },
    /// A value is not what was written.
    #[error(transparent)]
    Value(#[from] CodecError),
    /// A secret cannot be sealed or opened.
    #[error("{0}")]
    Sealed(Arc<str>),
    /// A key or an entry that the engine does not take; a mistake in the caller.
    #[error("the store does not take this entry: {0}")]
    Refused(&'static str),
}

/// Whom a [`StoreError`] concerns (B4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The process: the store cannot be read or written.
    Process,
    /// One customer: a value of it cannot be read or kept.
    Customer,
    /// One person of the customer.
    Subject(ContactId),
    /// A bug that showed in one operation, of which nothing was kept.
    Bug,
}

impl StoreError {
    /// Whom it concerns (B4).
    #[must_use]
    pub fn concern(&self) -> Concern {
        match self {
            Self::Broken(_) | Self::Stopped | Self::Read(_) => Concern::Process,
            Self::Value(_) | Self::Sealed(_) | Self::Refused(_) => Concern::Customer,
            Self::Subject { id, .. } => Concern::Subject(id.clone()),
            Self::Panicked(_) => Concern::Bug,
        }
    }

    pub(super) fn read(error: &sled::Error) -> Self {
        Self::Read(error.to_string().into())
    }
}
