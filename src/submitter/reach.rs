//! What a performer reaches: the ways to both systems, and what decisions rest on. No store.

use std::collections::BTreeSet;

use crate::{
    access::{CcAccess, VirtuousAccess},
    clock::Clock,
    domain::{
        CustomerId, Effect, EffectKind, Person, Subject, TagPlace, Timestamp, VirtuousContact,
        VirtuousContactId, VirtuousReferenceData,
    },
    metrics::Metrics,
    store::{MergeSuspect, StoreError},
    sync::{Planner, damping, link},
};

use super::performed::Process;

/// Tells which contacts may have been merged into contacts that were just read (I3).
pub trait MergeSuspects {
    /// The suspects among the contacts whose subscribers are found on these.
    ///
    /// # Errors
    /// When what is known cannot be read.
    fn among(&self, contacts: &[VirtuousContact]) -> Result<BTreeSet<MergeSuspect>, StoreError>;
}

/// Tells the join of a tag on a contact, and of which tag it is, where an earlier answer told both (S1, S2).
pub trait KnownJoins {
    /// The join; `None` where no answer told it, or what is kept cannot be read.
    fn place_of(&self, contact: VirtuousContactId, name: &str) -> Option<TagPlace>;
}

/// The reach of a turn's performers.
#[derive(Clone, Copy)]
pub struct Reach<'a> {
    /// The customer's name, for the log and the counters.
    pub customer: &'a CustomerId,
    /// The way to Constant Contact.
    pub cc: &'a CcAccess,
    /// The way to Virtuous.
    pub virtuous: &'a VirtuousAccess,
    /// What plans rest on.
    pub planner: &'a Planner,
    /// The reference data of Virtuous.
    pub reference: &'a VirtuousReferenceData,
    /// Tells which contacts may have been merged.
    pub suspects: &'a dyn MergeSuspects,
    /// Tells joins of tags.
    pub joins: &'a dyn KnownJoins,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The counters.
    pub metrics: &'a Metrics,
    /// Whether the process stops or the generation ends: finish the call in flight and begin no other.
    pub is_stopping: &'a dyn Fn() -> bool,
}

impl Reach<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether another call may begin.
    #[must_use]
    pub fn process(&self) -> Process {
        if (self.is_stopping)() { Process::Stops } else { Process::Runs }
    }

    /// The subscriber's part of a contact.
    #[must_use]
    pub fn person(&self, subject: &Subject, contact: &VirtuousContact) -> Option<Person> {
        let fields = self.planner.mapping.field_names();
        link::person_of(contact, subject, &self.planner.rules, &fields, self.now())
    }

    /// Counts an effect.
    pub fn count(&self, effect: EffectKind, outcome: &'static str) {
        self.metrics.effect(self.customer, effect.as_str(), outcome);
    }

    /// Counts an effect that is written again and again (E3).
    pub fn count_repeat(&self, subject: &Subject, effect: &Effect) {
        if damping::is_repeat(subject, effect) {
            self.metrics.repeated_effect(self.customer, effect.kind().as_str());
        }
    }
}
