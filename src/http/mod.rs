//! The HTTP side: hooks, health, metrics, admin API.

mod gauges;
pub mod intake;
pub mod metrics;
