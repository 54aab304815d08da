//! Where new ids and tokens come from.

use crate::{domain::Timestamp, simulator::ids::Uuid};

/// Gives ids, one after the other, from the seed.
#[derive(Debug)]
pub(super) struct IdSource {
    pub(super) random: fastrand::Rng,
    serial: u64,
}

impl IdSource {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), serial: 0 }
    }

    pub(super) fn uuid(&mut self, at: Timestamp) -> Uuid {
        self.serial += 1;
        Uuid::v1(at, self.serial, self.random.u64(..))
    }

    /// `length` characters as tokens have them.
    pub(super) fn token(&mut self, length: usize) -> String {
        std::iter::repeat_with(|| self.random.alphanumeric()).take(length).collect()
    }
}
