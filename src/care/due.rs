//! When the store is backed up by itself, and which backups go; pure. A clock that was ahead made no backup (W8).

use std::time::Duration;

use crate::domain::{Timestamp, kept_time};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The newest backup that no wrong clock made.
pub(super) fn newest(times: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    times.iter().copied().filter(|at| !kept_time::is_to_come(*at, now)).max()
}

/// How long the next backup waits.
pub(super) fn wait(newest: Option<Timestamp>, every: Duration, now: Timestamp) -> Duration {
    newest.map_or(Duration::ZERO, |at| every.saturating_sub(now.since(at)))
}

/// How long a backup waits that has failed so often in a row.
pub(super) fn retry(failures: u32, every: Duration) -> Duration {
    let wait = match failures {
        0 | 1 => MINUTE,
        2 => 10 * MINUTE,
        _ => HOUR,
    };
    wait.min(every)
}

/// The backups beyond the newest so many. Those of a time to come go first: whatever their names say, they are older than the backup
/// that was just made.
pub(super) fn expired(times: &[Timestamp], keep: usize, now: Timestamp) -> Vec<Timestamp> {
    let mut times = times.to_vec();
    times.sort_by_key(|at| (!kept_time::is_to_come(*at, now), *at));
    times.truncate(times.len().saturating_sub(keep));
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + hours * 3600)
    }

    #[test]
    fn w8_a_clock_that_was_wrong_stops_no_backup() {
        let day = 24 * HOUR;
        assert_eq!(wait(None, day, at(0)), Duration::ZERO, "there is none");
        assert_eq!(wait(newest(&[at(-30), at(-5)], at(0)), day, at(0)), 19 * HOUR);
        assert_eq!(wait(newest(&[at(-30)], at(0)), day, at(0)), Duration::ZERO);
        let ahead = [at(-30), at(9_000)];
        assert_eq!(
            wait(newest(&ahead, at(0)), day, at(0)),
            Duration::ZERO,
            "nothing was done at a time to come"
        );
        assert!(wait(newest(&[at(0)], at(-100)), day, at(-100)) <= day, "a clock that was set back");
        let all = [at(-3), at(9_000), at(-1), at(9_001), at(-2)];
        assert_eq!(expired(&all, 3, at(0)), [at(9_000), at(9_001)]);
        assert_eq!(expired(&all, 1, at(0)), [at(9_000), at(9_001), at(-3), at(-2)]);
        assert!(expired(&all, 5, at(0)).is_empty() && expired(&[], 1, at(0)).is_empty());
    }

    #[test]
    fn a_backup_that_fails_is_tried_with_growing_waits_that_end() {
        let waits: Vec<u64> = (1..6).map(|failures| retry(failures, 24 * HOUR).as_secs()).collect();
        assert_eq!(waits, [60, 600, 3600, 3600, 3600]);
        assert_eq!(retry(9, Duration::from_secs(2)), Duration::from_secs(2));
    }
}
