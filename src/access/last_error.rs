//! The latest failed call of a way, for people.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    constant_contact::CcError,
    domain::{CallError, System, Timestamp},
    virtuous::VirtuousError,
};

/// The latest failed call of one way. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct LastError(Arc<Mutex<Option<CallError>>>);

impl LastError {
    /// Takes in a call to Constant Contact. A limit is no failure, and neither is what is not there or changed meanwhile.
    pub(super) fn of_constant_contact(&self, error: &CcError, now: Timestamp) {
        if !matches!(error, CcError::Throttled { .. } | CcError::NotFound | CcError::Conflict { .. }) {
            self.note(System::ConstantContact, error.to_string(), now);
        }
    }

    /// Takes in a call to Virtuous.
    pub(super) fn of_virtuous(&self, error: &VirtuousError, now: Timestamp) {
        use VirtuousError::{Conflict, NotFound, RateLimited};
        if !matches!(error, RateLimited { .. } | NotFound | Conflict { .. }) {
            self.note(System::Virtuous, error.to_string(), now);
        }
    }

    fn note(&self, system: System, what: String, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(CallError { at, system, what });
    }

    pub(super) fn told(&self) -> Option<CallError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::scripted::now;

    #[test]
    fn e4_what_is_not_there_or_has_to_wait_is_no_error() {
        let last = LastError::default();
        last.of_constant_contact(&CcError::NotFound, now());
        last.of_virtuous(&VirtuousError::RateLimited { after: None }, now());
        assert_eq!(last.told(), None);
        last.of_constant_contact(&CcError::Unreachable { text: "no name".to_owned(), is_host: true }, now());
        assert!(last.told().unwrap().what.contains("not reachable"));
    }
}
