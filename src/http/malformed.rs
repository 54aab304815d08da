//! What strangers send that is no request: counted, and told by one line a minute at most.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::metrics::Metrics;

/// How often the log tells of them.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Requests that could not be read.
#[derive(Debug)]
pub struct Malformed {
    metrics: Metrics,
    untold: Mutex<(u64, Option<Instant>)>,
}

impl Malformed {
    /// None yet.
    #[must_use]
    pub const fn new(metrics: Metrics) -> Self {
        Self { metrics, untold: Mutex::new((0, None)) }
    }

    /// One came.
    pub fn came(&self) {
        self.metrics.malformed_request();
        if let Some(requests) = self.to_tell() {
            tracing::warn!(
                requests,
                "connections sent what is no HTTP request and were closed; a scanner, or a client that speaks TLS where http.tls_cert is not set, or none where it is. Told once a minute, counted in tandem_malformed_requests_total"
            );
        }
    }

    fn to_tell(&self) -> Option<u64> {
        let now = Instant::now();
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        untold.0 += 1;
        if untold.1.is_some_and(|told| now - told < TOLD_EVERY) {
            return None;
        }
        untold.1 = Some(now);
        Some(std::mem::take(&mut untold.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn b4_a_thousand_malformed_requests_are_one_line_a_minute() {
        let malformed = Malformed::new(Metrics::new());
        let told: Vec<u64> = (0..1_000).filter_map(|_| malformed.to_tell()).collect();
        assert_eq!(told, [1]);
        tokio::time::advance(TOLD_EVERY).await;
        assert_eq!(malformed.to_tell(), Some(1_000));
    }
}
