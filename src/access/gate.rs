//! The gate of a way to a system: no other call is made before its account was compared (I5).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a call waits that comes before the comparison.
pub(super) const BEFORE_COMPARISON: Duration = Duration::from_secs(10);

/// Opens a way once its account was compared. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Whether calls may be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Opens or closes the way.
    pub fn set(&self, is_open: bool) {
        self.0.store(is_open, Ordering::Release);
    }
}
