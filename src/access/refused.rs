//! What a refused key or grant means for the way of a customer to a system: one refusal is doubted, the second one a minute later
//! believed (B3). Pollers and submitters of the customer share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    domain::{CustomerId, Lane, Refusal, Refused, System, Timestamp},
    sync::doubt::{Doubt, Verdict},
};

/// The doubt of one way. Clones are the same.
#[derive(Debug, Clone)]
pub struct AccessDoubt {
    customer: CustomerId,
    system: System,
    doubt: Arc<Mutex<Doubt>>,
}

impl AccessDoubt {
    /// Nothing was refused yet.
    #[must_use]
    pub fn new(customer: CustomerId, system: System) -> Self {
        Self { customer, system, doubt: Arc::default() }
    }

    /// Until when a call of this lane is not made; `None`: it may be.
    #[must_use]
    pub fn holds(&self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        self.lock().holds(lane, now)
    }

    /// Whether something was refused that no answer has taken back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock().is_open()
    }

    /// When the second try is, if one is to come.
    #[must_use]
    pub fn second_try(&self, now: Timestamp) -> Option<Timestamp> {
        self.lock().second_try(now)
    }

    /// The system answered a call that needed this.
    pub fn answered(&self, needed: Refused) {
        if self.lock().answered(needed) {
            tracing::info!(customer = %self.customer, system = self.system.as_str(), "the key or grant is taken again; the work goes on (B3)");
        }
    }

    /// Weighs a refused key or grant: as long as it may pass, it is a wait.
    #[must_use]
    pub fn weigh(&self, refusal: Refusal, now: Timestamp) -> Refusal {
        let Refusal::Unauthorized { system, of, text } = refusal else { return refusal };
        let verdict = self.lock().refused(of, now);
        match verdict {
            Verdict::Believed => Refusal::Unauthorized { system, of, text },
            Verdict::Doubtful { until, is_new } => {
                if is_new {
                    tracing::warn!(customer = %self.customer, system = system.as_str(), text, "the key or grant is refused: tried again within a minute, and the customer pauses if it is refused then; all else goes on (B3)");
                }
                Refusal::NotNow { system, until }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Doubt> {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
