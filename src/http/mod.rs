//! The HTTP side: hooks, health, metrics, admin API.

mod gauges;
pub mod metrics;
