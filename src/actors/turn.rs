//! One turn of an actor: a function that does a bounded piece of work and says when to come again.

use crate::{
    domain::{Reason, Timestamp},
    store::StoreError,
};

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something; there may be more at once.
    Did,
    /// Nothing is due before this; `None`: nothing until somebody nudges.
    Idle(Option<Timestamp>),
}

/// Why a turn ended early, sorted by who acts on it.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The store is at fault: the whole process stops.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This customer pauses until somebody acts (B3).
    #[error("{0}")]
    Pause(Reason),
    /// A passing failure outside: come again after a while.
    #[error("{0}")]
    Outside(String),
    /// Not before this point, by a budget or the other side's word. Not a failure.
    #[error("waits until {0}")]
    NotNow(Timestamp),
}
