//! Which call may go when: per second, per day, per hour, fair over customers.
//!
//! Pure: no actor, no I/O, `now` is an argument. A Constant Contact key has a [`PerSecond`] window, a [`DailyLedger`]
//! (kept by blocks, so that a kill may over-count a little but never under-counts) and a [`FairQueue`] of the waiters;
//! a Virtuous organisation has an [`HourlyBudget`]. Each keeps a reserve that only the consent lane may use, so that an
//! opt-out never waits for other work.

mod bucket;
mod daily;
mod daily_state;
mod fair;
mod headers;
mod hourly;
mod reserve;
mod share;
mod way;
mod window;

pub use bucket::PerSecond;
pub use daily::{DailyLedger, DailyTake, DailyWait};
pub use daily_state::{DailyClaim, DailyGrant, DailyState};
pub use fair::{FairQueue, Full, Ticket};
pub use headers::RateHeaders;
pub use hourly::{HourlyBudget, HourlyTake, UNLIMITED};
pub use share::SingleReads;
