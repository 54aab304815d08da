//! Earlier versions of records, so that a read shows them as they were a while ago: a search index or a replica that lags.

use std::{collections::VecDeque, time::Duration};

use crate::domain::Timestamp;

/// Changes that are remembered at most; older ones are shown at once.
const CHANGES_MAX: usize = 20_000;

#[derive(Debug)]
enum Before<T> {
    /// The record as it was; while the records are turned back, as it is.
    Was(T),
    /// The record was not there; while the records are turned back, it waits here.
    Absent(Option<T>),
}

#[derive(Debug)]
struct Change<T> {
    at: Timestamp,
    place: usize,
    before: Before<T>,
}

/// The changes of the last while, oldest first. Records are never removed, only changed and added at the end.
#[derive(Debug)]
pub(crate) struct Versions<T> {
    lag: Duration,
    now: Timestamp,
    changes: VecDeque<Change<T>>,
}

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self { lag: Duration::ZERO, now: Timestamp::EPOCH, changes: VecDeque::new() }
    }
}

impl<T: Clone> Versions<T> {
    /// Moves the clock, and forgets what every read shows by now.
    pub(crate) fn tick(&mut self, now: Timestamp, lag: Duration) {
        self.now = now;
        self.lag = lag;
        let shown = now.minus(lag);
        while self.changes.front().is_some_and(|change| lag.is_zero() || change.at <= shown) {
            self.changes.pop_front();
        }
    }

    /// Notes that the record at `place` changes now; `before` is none for a record that is added.
    pub(crate) fn note(&mut self, place: usize, before: Option<&T>) {
        if self.lag.is_zero() {
            return;
        }
        if self.changes.len() == CHANGES_MAX {
            self.changes.pop_front();
        }
        let before = before.map_or(Before::Absent(None), |record| Before::Was(record.clone()));
        self.changes.push_back(Change { at: self.now, place, before });
    }

    /// Turns the records back to the moment that reads show.
    pub(crate) fn turn_back(&mut self, records: &mut Vec<T>) {
        for change in self.changes.iter_mut().rev() {
            match &mut change.before {
                Before::Was(record) => swap(records, change.place, record),
                Before::Absent(waiting) => *waiting = records.pop(),
            }
        }
    }

    /// Brings the records back to the present.
    pub(crate) fn return_to_now(&mut self, records: &mut Vec<T>) {
        for change in &mut self.changes {
            match &mut change.before {
                Before::Was(record) => swap(records, change.place, record),
                Before::Absent(waiting) => records.extend(waiting.take()),
            }
        }
    }
}

fn swap<T>(records: &mut [T], place: usize, other: &mut T) {
    if let Some(record) = records.get_mut(place) {
        std::mem::swap(record, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_go_back_and_forth() {
        let (lag, second) = (Duration::from_secs(10), Duration::from_secs(1));
        let mut versions = Versions::default();
        let mut records = vec!["a"];
        versions.tick(Timestamp::EPOCH, lag);
        versions.note(0, Some(&records[0]));
        records[0] = "b";
        versions.note(1, None);
        records.push("new");
        versions.note(1, Some(&records[1]));
        records[1] = "newer";
        versions.turn_back(&mut records);
        assert_eq!(records, ["a"]);
        versions.return_to_now(&mut records);
        assert_eq!(records, ["b", "newer"]);
        versions.tick(Timestamp::EPOCH.plus(lag + second), lag);
        versions.turn_back(&mut records);
        assert_eq!(records, ["b", "newer"], "the lag is over");
    }
}
