//! How a customer stands with both systems, as the running process knows it.

use super::{System, Timestamp};

/// What calls to a system wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// It refused the key or grant once: the second try decides (B3).
    Refused,
    /// No connection to it can be made (E4).
    Unreachable,
}

/// Calls of a customer that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// For which system.
    pub system: System,
    /// For what.
    pub hindrance: Hindrance,
    /// Until when.
    pub until: Timestamp,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// When.
    pub at: Timestamp,
    /// To which system.
    pub system: System,
    /// How; scrubbed.
    pub what: String,
}

/// How a customer stands with both systems.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outside {
    /// What its calls wait for, if they do: what lasts longest.
    pub awaited: Option<Awaited>,
    /// Its latest call that failed.
    pub last_error: Option<CallError>,
}
