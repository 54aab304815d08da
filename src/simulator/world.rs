//! Both simulated systems side by side.

use super::{constant_contact::CcSimulator, virtuous::VirtuousSimulator};

/// Both systems, with the controls beside them.
#[derive(Debug)]
pub struct Simulator {
    /// Constant Contact, below `/cc`.
    pub constant_contact: CcSimulator,
    /// Virtuous, below `/virtuous`.
    pub virtuous: VirtuousSimulator,
}

impl Simulator {
    /// Two empty systems; `seed` decides all ids, tokens and chances.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { constant_contact: CcSimulator::new(seed), virtuous: VirtuousSimulator::new(seed) }
    }
}
