//! One turn of an actor: a function that does a bounded piece of work and says when to come again.

use std::time::Duration;

use crate::{
    domain::{Cause, Reason, Refusal, Refused, Rule, System, Timestamp, kept_time},
    store::StoreError,
};

/// First wait after a failure outside that belongs to no subject, doubled each time.
const FAILURE_WAIT: Duration = Duration::from_secs(2);
/// Longest such wait.
const FAILURE_WAIT_MAX: Duration = Duration::from_secs(300);
/// The longest that a limit can put anything off: the rest of a day, and a clock that is a little wrong.
const NOT_NOW_MAX: Duration = Duration::from_secs(25 * 3600);

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something; there may be more at once.
    Progressed,
    /// Nothing is due before this; `None`: nothing until a nudge.
    Idle(Option<Timestamp>),
}

/// Why a turn ended early, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The store said no: the process, the customer or one person is concerned (B4).
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This customer pauses until a person acts (B3).
    #[error("{0}")]
    Pause(Reason),
    /// A system refuses the customer's key or grant, also on the second try: the customer pauses, and the system is tried now and
    /// then (B3).
    #[error("{reason}")]
    Refused {
        /// Which system.
        system: System,
        /// What it refuses.
        of: Refused,
        /// Why.
        reason: Reason,
    },
    /// A passing failure outside: come again after a while.
    #[error("{0}")]
    Outside(String),
    /// Not before this point, by a budget or the other side's word: in the poller Constant Contact's, in the submitter
    /// Virtuous'. Not a failure.
    #[error("waits until {0}")]
    NotNow(Timestamp),
}

/// What a refusal that belongs to no subject means for the turn.
#[must_use]
pub fn turn_error(refusal: Refusal) -> TurnError {
    match refusal {
        Refusal::NotNow { until, .. } => TurnError::NotNow(until),
        Refusal::Unauthorized { system, of, text } => {
            let detail = format!("{} refuses the key or grant: {text}", system.as_str());
            TurnError::Refused { system, of, reason: Reason::about(Rule::B3, Cause::Refused, detail) }
        }
        Refusal::Permanent { status, text } => TurnError::Outside(format!("{status} {text}")),
        Refusal::Transient { text, .. } | Refusal::Unreachable { text, .. } => TurnError::Outside(text),
    }
}

/// A part of an actor's work that waits by itself after it failed, while the rest goes on (B3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    failures: u32,
    until: Option<Timestamp>,
}

impl Backoff {
    /// Until when it waits; `None` if it may go. A wait that only a clock set back can explain is over.
    #[must_use]
    pub fn waits(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.and_then(|until| kept_time::waits(until, NOT_NOW_MAX, now))
    }

    /// It went well. Gives the failures before that.
    pub fn went_well(&mut self) -> u32 {
        std::mem::take(self).failures
    }

    /// It failed: waits twice as long as the last time, and up to a fifth longer, so that customers that failed together do not come
    /// again together. Gives the wait.
    pub fn failed(&mut self, now: Timestamp) -> Duration {
        self.failures += 1;
        let wait = FAILURE_WAIT.saturating_mul(1 << self.failures.min(16)).min(FAILURE_WAIT_MAX);
        let hash = xxhash_rust::xxh3::xxh3_64(&now.as_millis().to_be_bytes());
        let wait = wait + wait.mul_f64((hash % 1000) as f64 / 5000.0);
        self.until = Some(now.plus(wait));
        wait
    }

    /// Whether the last failure was the first in a row: only a change is told in the log.
    #[must_use]
    pub const fn is_first_failure(&self) -> bool {
        self.failures == 1
    }

    /// A limit says not before this: no failure.
    pub fn put_off(&mut self, until: Timestamp) {
        self.until = Some(until);
    }

    /// Takes in how a part of a turn went. What concerns the part alone is kept here; anything else is given back.
    ///
    /// # Errors
    /// A pause of the customer, or a failure of the store.
    pub fn take<T>(
        &mut self,
        part: &'static str,
        outcome: Result<T, TurnError>,
        now: Timestamp,
    ) -> Result<Option<T>, TurnError> {
        match outcome {
            Ok(done) => {
                let failures = self.went_well();
                if failures > 0 {
                    tracing::info!(part, failures, "goes on again");
                }
                Ok(Some(done))
            }
            Err(TurnError::NotNow(until)) => {
                self.put_off(until);
                Ok(None)
            }
            Err(TurnError::Outside(error)) => {
                let wait_s = self.failed(now).as_secs();
                if self.is_first_failure() {
                    tracing::warn!(
                        part,
                        error,
                        wait_s,
                        "failed; tried again, with growing waits, until it goes on; the rest goes on"
                    );
                } else {
                    tracing::debug!(part, error, wait_s, "failed again");
                }
                Ok(None)
            }
            Err(error @ (TurnError::Store(_) | TurnError::Pause(_) | TurnError::Refused { .. })) => {
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_a_part_that_fails_waits_longer_each_time_and_not_for_ever() {
        let (mut backoff, now) = (Backoff::default(), Timestamp::from_secs(1_800_000_000));
        let fail = || Err::<(), _>(TurnError::Outside("500".to_owned()));
        let waits: Vec<u64> = (0..9)
            .map(|_| {
                assert!(backoff.take("part", fail(), now).unwrap().is_none());
                backoff.waits(now).unwrap().since(now).as_secs()
            })
            .collect();
        // Each is up to a fifth longer.
        for (wait, least) in waits.into_iter().zip([4, 8, 16, 32, 64, 128, 256, 300, 300]) {
            assert!((least..=least + least / 5).contains(&wait), "{wait} for {least}");
        }
        assert!(backoff.take("part", Ok(()), now).unwrap().is_some());
        assert_eq!(backoff, Backoff::default());
        let until = now.plus(Duration::from_secs(3600));
        assert!(backoff.take("part", Err::<(), _>(TurnError::NotNow(until)), now).unwrap().is_none());
        assert_eq!(backoff.waits(now), Some(until));
        // The clock was set back by a week.
        assert_eq!(backoff.waits(now.minus(Duration::from_secs(7 * 86_400))), None);
    }
}
