//! Why the demo ends early.

use std::io;

use crate::{
    config::ConfigErrors,
    store::{OpenError, StoreError},
    transport::TransportError,
};

/// Why a demo cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The machine does not give what it needs.
    #[error("cannot start the demo: {0}")]
    Start(#[from] io::Error),
    /// Its own settings are wrong: a bug.
    #[error("the demo's settings: {0}")]
    Settings(#[from] ConfigErrors),
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The way out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Tandem does not start.
    #[error("{0}")]
    App(String),
    /// The simulated account.
    #[error("cannot make the account: {0}")]
    Account(String),
}
