//! The gate of a way to a system: no other call is made before its account was compared (I5).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{domain::Lane, transport::Way};

/// How long a call waits that comes before the comparison.
pub(super) const BEFORE_COMPARISON: Duration = Duration::from_secs(10);

/// Opens a way once its account was compared. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Ways>);

#[derive(Debug, Default)]
struct Ways {
    is_open: AtomicBool,
    is_compared: AtomicBool,
}

impl Gate {
    /// Whether calls may be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_open.load(Ordering::Acquire)
    }

    /// Whether the account was compared since the start, and is the customer's.
    #[must_use]
    pub fn is_compared(&self) -> bool {
        self.0.is_compared.load(Ordering::Acquire)
    }

    /// Opens or closes the way, by what the comparison came to.
    pub fn set(&self, is_same: bool) {
        self.0.is_open.store(is_same, Ordering::Release);
        self.0.is_compared.store(is_same, Ordering::Release);
    }

    /// Opens the way before the comparison: the system does not tell now, and told before whose access this is.
    pub fn open_before_comparison(&self) {
        self.0.is_open.store(true, Ordering::Release);
    }
}

/// The way out of a lane's calls: opt-outs wait behind no other call, whatever hangs (W6).
pub(super) const fn way(lane: Lane) -> Way {
    match lane {
        Lane::Consent => Way::Consent,
        Lane::Change | Lane::Import | Lane::Verify => Way::Ordinary,
    }
}
