//! What the brake remembers of a customer (B1).

use super::{Reason, Timestamp};

/// Braked writes count for so long towards one run.
pub const RUN: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
/// Writes are remembered by the hour.
const BUCKET_SECS: i64 = 3600;
/// An hour counts until its last write is a day old.
const REMEMBERED: std::time::Duration =
    std::time::Duration::from_secs(RUN.as_secs() + BUCKET_SECS.unsigned_abs());

/// The brake of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brake {
    /// Since when somebody waits to be counted.
    pub counting_since: Option<Timestamp>,
    /// Subjects whose braked writes went on by themselves lately: the hour's beginning, how many.
    pub done: Vec<(Timestamp, u64)>,
    /// Set while it holds: a person is to decide.
    pub held: Option<Held>,
    /// A person let it go on, and not everybody who waited is back at work yet.
    pub accepted: bool,
}

/// The brake holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Since when.
    pub since: Timestamp,
    /// How many subjects wait.
    pub count: u64,
    /// What would be written to them.
    pub reason: Reason,
}

impl Brake {
    /// Remembers that braked writes of so many subjects were done.
    pub fn add_done(&mut self, count: u64, now: Timestamp) {
        let hour = Timestamp::from_secs(now.as_secs() - now.as_secs().rem_euclid(BUCKET_SECS));
        self.done.retain(|(at, _)| now.since(*at) < REMEMBERED && *at <= now);
        match self.done.iter_mut().find(|(at, _)| *at == hour) {
            Some((_, known)) => *known += count,
            None => self.done.push((hour, count)),
        }
    }

    /// Subjects whose braked writes were done within the last day.
    #[must_use]
    pub fn done_lately(&self, now: Timestamp) -> u64 {
        self.done.iter().filter(|(at, _)| now.since(*at) < REMEMBERED).map(|(_, count)| count).sum()
    }

    /// No subscriber waits any more: the next run begins.
    pub fn lift(&mut self) {
        (self.counting_since, self.held, self.accepted) = (None, None, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_what_was_done_counts_for_a_day() {
        let at = |hours: i64| Timestamp::from_secs(1_800_000_000 + hours * 3600);
        let mut brake = Brake::default();
        brake.add_done(3, at(0));
        brake.add_done(2, at(0));
        brake.add_done(5, at(20));
        assert_eq!((brake.done_lately(at(20)), brake.done.len()), (10, 2));
        assert_eq!(brake.done_lately(at(30)), 5);
        assert_eq!(brake.done_lately(at(44)), 5, "the last of that hour is not a day old yet");
        assert_eq!(brake.done_lately(at(45)), 0);
        brake.add_done(1, at(60));
        assert_eq!((brake.done_lately(at(60)), brake.done.len()), (1, 1));
    }
}
