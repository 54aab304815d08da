//! Permits for calls of a Constant Contact key, as the access to Constant Contact asks for them.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use crate::domain::{Lane, Timestamp};

/// The permits that one customer draws from the budget of its key (W4).
pub trait Permits: Send + Sync {
    /// Waits for a permit. The error is the time before which there is none: the day is used up, or too many callers wait.
    fn acquire(&self, lane: Lane) -> LocalBoxFuture<'_, Result<(), Timestamp>>;

    /// Gives a permit back: the call never left this machine (E4).
    fn give_back(&self);

    /// Tells the budget how long an answer took: how much the way there varies (W4).
    fn answered(&self, after: Duration);

    /// Tells the budget that the server said `throttled`.
    fn throttled(&self);

    /// Tells the budget that the server said `quota_exceeded`; `server` is the server's time, whose day is used up (W4).
    fn quota_exceeded(&self, server: Option<Timestamp>);
}
