//! A bug in the plan of one subscriber, for tests.

use std::cell::RefCell;

use crate::domain::ContactId;

thread_local! {
    static TRAPPED: RefCell<Option<ContactId>> = const { RefCell::new(None) };
}

/// From now on the plan of this subscriber panics on this thread; `None`: no plan does.
pub fn set(id: Option<ContactId>) {
    TRAPPED.set(id);
}

/// Panics, if the trap is set for this subscriber.
pub fn spring(id: &ContactId) {
    let is_trapped = TRAPPED.with_borrow(|trapped| trapped.as_ref() == Some(id));
    assert!(!is_trapped, "a trap of the tests");
}
