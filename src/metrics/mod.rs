//! The metrics of `/metrics`: counters where things happen, gauges from a snapshot at the time of a scrape.

mod build_info;
mod counters;
mod gauges;
mod snapshot;

pub use build_info::{COMMIT, VERSION, VERSION_LINE};
pub use counters::{CONTENT_TYPE, Metrics};
pub use snapshot::{BudgetSnapshot, CustomerSnapshot, Snapshot};
