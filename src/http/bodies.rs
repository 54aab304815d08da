//! Room for the bodies that are being received, all together (B4).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What large bodies may take together. The answer beyond it is 503, and the sender sends again.
const LARGE_BYTES_MAX: usize = 64 << 20;
/// The beginning of a body that needs no room: hints are small, and go through whatever else is received.
const SMALL_BYTES: usize = 64 << 10;

/// What large bodies have taken. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Bodies(Arc<AtomicUsize>);

/// What one body has taken, until this is dropped.
#[derive(Debug)]
pub struct Held {
    bodies: Bodies,
    bytes: usize,
}

impl Bodies {
    /// A body begins.
    #[must_use]
    pub fn begin(&self) -> Held {
        Held { bodies: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// The body has come to so many bytes. Whether there is room for them.
    pub fn has_come_to(&mut self, length: usize) -> bool {
        let more = length.saturating_sub(SMALL_BYTES).saturating_sub(self.bytes);
        let before = self.bodies.0.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        more == 0 || before + more <= LARGE_BYTES_MAX
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.bodies.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b4_many_large_bodies_leave_room_for_small_ones() {
        let bodies = Bodies::default();
        let mut held: Vec<Held> = (0..100).map(|_| bodies.begin()).collect();
        let taken = held.iter_mut().filter_map(|one| one.has_come_to(8 << 20).then_some(())).count();
        assert_eq!(taken, 8);
        assert!(bodies.begin().has_come_to(SMALL_BYTES));
        drop(held);
        assert_eq!(bodies.0.load(Ordering::Relaxed), 0);
        let mut one = bodies.begin();
        assert!([1, 100_000, 8 << 20].into_iter().all(|length| one.has_come_to(length)));
        assert_eq!(one.bytes, (8 << 20) - SMALL_BYTES);
    }
}
