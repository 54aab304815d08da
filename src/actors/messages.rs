//! The messages between the actors of one customer, and what they carry.

use actix::prelude::*;

use crate::domain::{Reason, Refused, System};

/// Something may be due: look now. Sent by the parent and by siblings; may be lost.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Nudge;

/// How a child ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It panicked, at this place: a bug. The generation ends and a new one starts.
    Panicked(String),
    /// It cannot go on until a person acts: the customer pauses (B3).
    Pause(Reason),
    /// A system refuses the customer's key or grant: the customer pauses until it is taken again (B3).
    Refused(System, Refused, Reason),
    /// The store failed: the process stops.
    Store(String),
}

/// A child ended. Sent by children to their supervisor.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct ChildEnded {
    /// Which generation it was of.
    pub generation: u64,
    /// Which child.
    pub child: &'static str,
    /// How.
    pub ending: Ending,
}

/// The store failed: the process has to stop. Sent by supervisors to the system.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct StoreFailed(pub String);

/// Which children of a customer have something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The record or the settings changed.
    All,
    /// Hints were kept.
    Poller,
    /// Events of Virtuous were kept.
    Submitter,
}
