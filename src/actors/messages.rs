//! The messages between the actors of one customer, and what they carry.

use actix::prelude::*;
use tokio::sync::oneshot;

use crate::{
    domain::{ContactEvent, Reason, System},
    store::{EventsKept, HintAbout, StoreError},
};

/// Something may be due: look now. Sent by the parent and by siblings; may be lost.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Nudge;

/// How a child ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It panicked: a bug. The generation ends and a new one starts.
    Panicked(String),
    /// It cannot go on until a person acts: the customer pauses (B3).
    Pause(Reason),
    /// A system refuses the customer's key or grant: the customer pauses until it is taken again (B3).
    Refused(System, Reason),
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

/// What may be delivered.
#[derive(Debug)]
pub enum Delivery {
    /// Hints about contacts of Constant Contact (W5).
    Hints(Vec<HintAbout>),
    /// Events about contacts of Virtuous.
    Events(Vec<ContactEvent>),
}

/// A delivery arrived. Sent by the HTTP side with `try_send`; the answer comes over `kept` once it is on disk.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Arrived {
    /// What.
    pub delivery: Delivery,
    /// Told when it is on disk, with what became of events.
    pub kept: oneshot::Sender<Result<EventsKept, StoreError>>,
}
