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
    /// Opt-outs that went to Constant Contact by themselves lately, in the same way.
    pub unsubscribed: Vec<(Timestamp, u64)>,
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
        add(&mut self.done, count, now);
    }

    /// Remembers that so many opt-outs went to Constant Contact.
    pub fn add_unsubscribed(&mut self, count: u64, now: Timestamp) {
        add(&mut self.unsubscribed, count, now);
    }

    /// Subjects whose braked writes were done within the last day.
    #[must_use]
    pub fn done_lately(&self, now: Timestamp) -> u64 {
        lately(&self.done, now)
    }

    /// Opt-outs that went to Constant Contact within the last day.
    #[must_use]
    pub fn unsubscribed_lately(&self, now: Timestamp) -> u64 {
        lately(&self.unsubscribed, now)
    }

    /// The day's count begins anew: a person decided.
    pub fn forget_day(&mut self) {
        (self.done, self.unsubscribed) = (Vec::new(), Vec::new());
    }

    /// No subscriber waits any more: the next run begins.
    pub fn lift(&mut self) {
        (self.counting_since, self.held, self.accepted) = (None, None, false);
    }
}

fn add(hours: &mut Vec<(Timestamp, u64)>, count: u64, now: Timestamp) {
    let hour = Timestamp::from_secs(now.as_secs() - now.as_secs().rem_euclid(BUCKET_SECS));
    hours.retain(|(at, _)| now.since(*at) < REMEMBERED && *at <= now);
    match hours.iter_mut().find(|(at, _)| *at == hour) {
        Some((_, known)) => *known += count,
        None => hours.push((hour, count)),
    }
}

fn lately(hours: &[(Timestamp, u64)], now: Timestamp) -> u64 {
    hours.iter().filter(|(at, _)| now.since(*at) < REMEMBERED).map(|(_, count)| count).sum()
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
