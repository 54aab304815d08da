//! What the process is built from; a test replaces any of it.

use std::sync::Arc;

use crate::{clock::Clock, config::Settings, metrics::Metrics, store::Store, transport::Transport};

/// The dependencies of every part that is above the pure core and the clients.
#[derive(Clone)]
pub struct Deps {
    /// The settings of the process.
    pub settings: Arc<Settings>,
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// The counters.
    pub metrics: Metrics,
}
