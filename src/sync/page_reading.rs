//! What a page of Constant Contact brings to the subjects of its rows.

use crate::domain::{CustomerRules, Observation, Stage, Subject, Timestamp, reading::Drift};

use super::{capture, drift};

/// A reading of a page, as its rows are kept one by one.
#[derive(Debug, Clone, Copy)]
pub struct PageReading<'a> {
    /// The customer's rules.
    pub rules: &'a CustomerRules,
    /// The customer's stage.
    pub stage: Stage,
    /// Whether it is part of a sweep, whose drift is counted (V2).
    pub sweeps: bool,
    /// When it is kept.
    pub now: Timestamp,
}

impl PageReading<'_> {
    /// Keeps a row on its subject; `is_new` if the subject was not stored before. `None` if nothing is to be stored, else what
    /// the row shows to differ from what was known.
    pub fn keep(&self, subject: &mut Subject, is_new: bool, row: Observation) -> Option<Drift> {
        // What Tandem wrote itself and has not read since is no drift.
        let counts = self.sweeps && (is_new || subject.fingerprint.is_some());
        let known = counts.then(|| subject.cc.clone());
        if !capture::observe_cc(subject, row, self.rules, self.stage, self.now) {
            return None;
        }
        Some(match known {
            None => Drift::default(),
            Some(_) if is_new => Drift { other: 1, ..Drift::default() },
            Some(known) => drift::of_cc(&known, &subject.cc),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CcView, ContactId, Permission};

    fn row(permission: Permission, fingerprint: u64) -> Observation {
        let view = CcView { email: Some("ann@example.org".to_owned()), permission, ..CcView::default() };
        Observation::whole(ContactId::new("c-1"), view, fingerprint)
    }

    #[test]
    fn v2_a_sweep_counts_what_was_missed_and_nothing_that_tandem_wrote() {
        let now = Timestamp::from_secs(1_800_000_000);
        let rules = CustomerRules::default();
        let reading = PageReading { rules: &rules, stage: Stage::Live, sweeps: true, now };
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        let first = reading.keep(&mut subject, true, row(Permission::Explicit, 1));
        assert_eq!(first, Some(Drift { other: 1, ..Drift::default() }));
        assert_eq!(reading.keep(&mut subject, false, row(Permission::Explicit, 1)), None);
        let mut polled = subject.clone();
        let found = reading.keep(&mut subject, false, row(Permission::Unsubscribed, 2));
        assert_eq!(found, Some(Drift { consent: 1, ..Drift::default() }));
        let poll = PageReading { sweeps: false, ..reading };
        let found = poll.keep(&mut polled, false, row(Permission::Unsubscribed, 2));
        assert_eq!(found, Some(Drift::default()), "a poll finds what changed; that is its work");
        subject.fingerprint = None;
        let found = reading.keep(&mut subject, false, row(Permission::Explicit, 3));
        assert_eq!(found, Some(Drift::default()), "written by Tandem and not read since");
    }
}
