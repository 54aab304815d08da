//! Constant Contact and Virtuous as they really behave, without I/O, with a thin HTTP shell.
//!
//! The core is [`Simulator::handle`]: a request and a time in, an answer out. Tests put it behind
//! [`transport::InProcess`], `tandem simulate` behind [`shell::serve`]. The only randomness is the seed, the only clock
//! is `now`, so that a run repeats exactly.

pub mod compare;
pub mod constant_contact;
pub mod control;
pub mod deliver;
pub mod faults;
pub mod generator;
pub mod ids;
pub mod shell;
pub mod transport;
pub mod virtuous;
pub mod week;
pub mod wire;

use crate::domain::Timestamp;
use wire::{SimRequest, SimResponse};

/// Both systems, with the controls beside them.
#[derive(Debug)]
pub struct Simulator {
    /// Constant Contact, below `/cc`.
    pub constant_contact: constant_contact::CcSimulator,
    /// Virtuous, below `/virtuous`.
    pub virtuous: virtuous::VirtuousSimulator,
}

impl Simulator {
    /// Two empty systems; `seed` decides all ids, tokens and chances.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            constant_contact: constant_contact::CcSimulator::new(seed),
            virtuous: virtuous::VirtuousSimulator::new(seed),
        }
    }

    /// Answers one request as of `now`.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        if let Some(below) = request.below("/cc") {
            self.constant_contact.handle(&below, now)
        } else if let Some(below) = request.below("/virtuous") {
            self.virtuous.handle(&below, now)
        } else if let Some(below) = request.below("/control") {
            control::handle(self, &below, now)
        } else {
            SimResponse::json(
                404,
                &serde_json::json!({"message": "nothing here: try /cc, /virtuous or /control"}),
            )
        }
    }
}
