//! What a plan is made of: the next step, its effects with their reasons, and what counts beside the subject.

use std::collections::BTreeSet;

use crate::domain::{
    Base, ContactId, Effect, EffectKind, FieldId, FieldValue, Lane, OwnOptOut, Reason, SegmentKey, State,
    Subject, Timestamp, Transaction, VirtuousContactId,
};

/// What counts beside the subject itself: the other linked subscribers of the same Virtuous contact (I4), and the brake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Segments that any of them is in.
    pub segments: BTreeSet<SegmentKey>,
    /// Tags that Tandem put on for any of them; not staff's choice (S2).
    pub owned: BTreeSet<String>,
    /// The others that are living, with their fields in Constant Contact: of fields of the contact the first with a value is heard (F1).
    pub living: Vec<(ContactId, Vec<(FieldId, FieldValue)>)>,
    /// Whether this subscriber joins a list whose tag staff put on the contact: the first subscriber that may (S5).
    pub joins: bool,
    /// Whether the brake lets this subscriber's braked writes through (B1).
    pub cleared: bool,
    /// Opt-outs of the contact's methods that Tandem wrote, where nothing was agreed on for this subscriber (E5).
    pub own_opt_outs: Vec<OwnOptOut>,
    /// Whether another living subscriber with the same address is opted out: the address gets no mail (P2).
    pub address_is_out: bool,
    /// Markers of the notes that were written about others of the contact under another address: they tell nothing of this one (E5).
    pub notes_of_others: Vec<String>,
    /// Further contacts with the subscriber's address that another living subscriber of it is linked to (P6).
    pub taken: Vec<VirtuousContactId>,
    /// Addresses that the subscriber had and another living subscriber has now: theirs alone (P6).
    pub handed_on: Vec<String>,
    /// Addresses that the others of the contact who are living have now: no method with one is given another value (P6).
    pub present: Vec<String>,
    /// When an opt-out of another subscriber was last sent to the contact which may have arrived without its answer (E5).
    pub opt_out_unsure: Option<Timestamp>,
}

impl Default for Household {
    fn default() -> Self {
        Self {
            segments: BTreeSet::new(),
            owned: BTreeSet::new(),
            living: Vec::new(),
            joins: true,
            cleared: true,
            own_opt_outs: Vec::new(),
            address_is_out: false,
            notes_of_others: Vec::new(),
            taken: Vec::new(),
            handed_on: Vec::new(),
            present: Vec::new(),
            opt_out_unsure: None,
        }
    }
}

/// One effect with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What is to be written.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
}

/// The next step for a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// None now.
    Nothing,
    /// Look the subscriber up in Virtuous: by reference, then by email (I2).
    LookUp,
    /// Read the linked contact again: it was merged, or an earlier outcome is unknown.
    Refresh,
    /// Read these contacts with the address again, which the subscriber is not linked to (E1, E2).
    ReadHits(Vec<VirtuousContactId>),
    /// Send a row for the nightly import (C4).
    Submit(Box<Transaction>),
    /// Write these, in this order, stopping at the first that fails.
    Apply(Vec<Planned>),
    /// Ask how far the change of lists is that Constant Contact carries out (S5).
    LookAtLists,
}

/// What is to be done with a subject, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The next step.
    pub step: Step,
    /// Where the subject stands until the step is done.
    pub state: State,
    /// Why it stands there.
    pub reason: Reason,
    /// What is to be written and waits, as it was written too often (E3).
    pub held: Vec<Planned>,
    /// When and in which lane to look again.
    pub due: Option<(Lane, Timestamp)>,
    /// What both sides agree on, as far as they do.
    pub base: Base,
    /// Whether consent agrees.
    pub consent_agrees: bool,
    /// Whether what is agreed on is the last word on every opt-out before. It is not where Constant Contact says nothing, nor where
    /// staff's opt-out is left without being told: what is unanswered stays so (P3).
    pub consent_answered: bool,
    /// What was noticed beside: conflicts, waiting tags, values that cannot be converted.
    pub remarks: Vec<Reason>,
    /// Tags that staff need to create (S4).
    pub missing_tags: Vec<String>,
}

impl Plan {
    pub(super) fn waits(subject: &Subject, state: State, reason: Reason) -> Self {
        Self {
            step: Step::Nothing,
            state,
            reason,
            held: Vec::new(),
            due: None,
            base: subject.base.clone(),
            consent_agrees: false,
            consent_answered: false,
            remarks: Vec::new(),
            missing_tags: Vec::new(),
        }
    }

    pub(in crate::sync) fn step(subject: &Subject, step: Step, reason: Reason) -> Self {
        Self { step, ..Self::waits(subject, State::Pending, reason) }
    }

    pub(super) fn again(mut self, lane: Lane, at: Timestamp) -> Self {
        self.due = Some((lane, at));
        self
    }

    /// What is to be written, now or after a wait.
    pub fn owed(&self) -> impl Iterator<Item = &Planned> {
        let now = match &self.step {
            Step::Apply(planned) => planned.as_slice(),
            _ => &[],
        };
        now.iter().chain(&self.held)
    }

    /// Whether an opt-out for Constant Contact is among the effects (P1).
    #[must_use]
    pub fn unsubscribes(&self) -> bool {
        let Step::Apply(planned) = &self.step else { return false };
        planned.iter().any(|planned| planned.effect.kind() == EffectKind::Unsubscribe)
    }

    /// Leaves of effects among which is an opt-out the opt-outs alone. What else is owed to the person is ordinary work: no other
    /// opt-out waits behind it, and it is planned again once these are written (P1, W6). After a failure all of them stay: an opt-out
    /// that is refused for ever would keep the rest back for ever (B3).
    pub fn put_opt_outs_first(&mut self, subject: &Subject) {
        if subject.failure.is_none()
            && subject.attempts == 0
            && let Step::Apply(planned) = &mut self.step
            && planned.iter().any(|planned| planned.effect.kind().opts_out())
        {
            planned.retain(|planned| planned.effect.kind().opts_out());
        }
    }

    /// Whether an opt-out is among the effects: it overtakes all other work.
    #[must_use]
    pub fn opts_out(&self) -> bool {
        let Step::Apply(planned) = &self.step else { return false };
        planned.iter().any(|planned| planned.effect.kind().opts_out())
    }
}
