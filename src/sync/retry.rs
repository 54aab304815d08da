//! When a failed call is tried again, and when it is given up (B3).

use std::time::Duration;

use crate::domain::{ContactId, EffectKind, Failure, Timestamp, kept_time};

/// First wait.
const BASE: Duration = Duration::from_secs(2);
/// Longest wait of ordinary work.
const CAP: Duration = Duration::from_secs(60 * 60);
/// Longest wait of an opt-out, which is never given up.
const CAP_CONSENT: Duration = Duration::from_secs(5 * 60);
/// How long a refused opt-out waits: it stays a dead letter, and is tried again all the same (P1).
const REFUSED_OPT_OUT: Duration = Duration::from_secs(60 * 60);
/// Tries of ordinary work before it becomes a dead letter: about eight hours.
pub const ATTEMPTS_MAX: u32 = 18;

/// How long to wait after the `attempts`-th failure in a row (1 is the first), with a jitter of up to a fifth that is
/// the same for the same subscriber and attempt.
#[must_use]
pub fn wait_after(attempts: u32, id: &ContactId, consent: bool) -> Duration {
    let cap = if consent { CAP_CONSENT } else { CAP };
    let doubled = BASE.saturating_mul(1u32 << attempts.saturating_sub(1).min(20));
    let wait = doubled.min(cap);
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{id} {attempts}").as_bytes());
    wait + wait.mul_f64((hash % 1000) as f64 / 5000.0)
}

/// When a refused opt-out is tried again; `None` for any other dead letter. A time to come is a wrong clock's (P1, W8).
#[must_use]
pub fn refused_opt_out_due(failure: &Failure, now: Timestamp) -> Option<Timestamp> {
    let is_opt_out =
        [EffectKind::OptOut, EffectKind::Unsubscribe].iter().any(|kind| kind.as_str() == failure.effect);
    let due = failure.at.plus(REFUSED_OPT_OUT);
    is_opt_out.then(|| kept_time::due(due, REFUSED_OPT_OUT, now))
}

/// Whether ordinary work is given up after this many failures in a row. An opt-out never is.
#[must_use]
pub const fn gives_up(attempts: u32, consent: bool) -> bool {
    !consent && attempts >= ATTEMPTS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_waits_double_up_to_a_cap() {
        let id = ContactId::new("x");
        let check = |attempts, consent, low, high| {
            let wait = wait_after(attempts, &id, consent).as_secs_f64();
            assert!((low..=high).contains(&wait), "{attempts} {consent}: {wait}");
        };
        check(1, false, 2.0, 2.4);
        check(2, false, 4.0, 4.8);
        check(10, false, 1024.0, 1229.0);
        check(40, false, 3600.0, 4320.0);
        check(40, true, 300.0, 360.0);
    }

    #[test]
    fn b3_an_opt_out_is_never_given_up() {
        assert!(gives_up(ATTEMPTS_MAX, false));
        assert!(!gives_up(u32::MAX, true));
    }
}
