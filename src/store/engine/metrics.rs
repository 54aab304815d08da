//! Counters that `http/metrics` renders; plain atomics, so that the engine knows no metrics library.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Upper bounds of the sync histogram, in seconds; one more bucket counts everything above.
pub const SYNC_BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Live counters of an engine.
#[derive(Debug, Default)]
pub struct Metrics {
    groups: AtomicU64,
    operations: AtomicU64,
    panics: AtomicU64,
    keys: AtomicU64,
    bytes: AtomicU64,
    sync_micros: AtomicU64,
    sync_buckets: [AtomicU64; SYNC_BUCKETS.len() + 1],
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricsSnapshot {
    /// Groups that reached the disk.
    pub groups: u64,
    /// Operations run, also those that changed nothing.
    pub operations: u64,
    /// Operations that panicked.
    pub panics: u64,
    /// Keys put or deleted.
    pub keys: u64,
    /// Estimated bytes of the changes.
    pub bytes: u64,
    /// Total time from applying a group until it was safe.
    pub sync_total: Duration,
    /// Groups by how long that took, one count a bucket of [`SYNC_BUCKETS`] (not cumulative), then those above.
    pub sync_buckets: [u64; SYNC_BUCKETS.len() + 1],
}

impl Metrics {
    pub(super) fn ran(&self, panicked: bool) {
        self.operations.fetch_add(1, Relaxed);
        self.panics.fetch_add(u64::from(panicked), Relaxed);
    }

    pub(super) fn synced(&self, keys: usize, bytes: usize, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = SYNC_BUCKETS.partition_point(|&bound| bound < seconds);
        self.groups.fetch_add(1, Relaxed);
        self.keys.fetch_add(keys as u64, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.sync_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.sync_buckets[bucket].fetch_add(1, Relaxed);
    }

    /// Reads all counters; not one instant, but each is right.
    #[must_use]
    pub fn snapshot(&self) -> MetricsSnapshot {
        MetricsSnapshot {
            groups: self.groups.load(Relaxed),
            operations: self.operations.load(Relaxed),
            panics: self.panics.load(Relaxed),
            keys: self.keys.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            sync_total: Duration::from_micros(self.sync_micros.load(Relaxed)),
            sync_buckets: std::array::from_fn(|at| self.sync_buckets[at].load(Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let metrics = Metrics::default();
        for micros in [0, 500, 501, 2_500, 9_000_000] {
            metrics.synced(3, 10, Duration::from_micros(micros));
        }
        let seen = metrics.snapshot();
        assert_eq!(seen.sync_buckets, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!((seen.groups, seen.keys, seen.bytes), (5, 15, 50));
        assert_eq!(seen.sync_total, Duration::from_micros(9_003_501));
    }
}
