//! A performer's reach with both systems scripted, and subjects in hand, for the tests of performers.

use std::{cell::Cell, collections::BTreeSet};

use serde_json::Value;

pub use crate::access::scripted::{cc_contact, now, subject};
use crate::{
    access::scripted::{Standing, Ways},
    domain::{
        EmailMethod, Gaps, IndividualId, Lane, LinkedBy, MethodId, Person, Stage, Subject, TagPlace,
        VirtuousContact, VirtuousContactId, VirtuousReferenceData, VirtuousView,
    },
    store::{CustomerStore, DueSubject, MergeSuspect, StoreError},
    sync::{Household, Planned, Planner, Step},
};

use super::{
    hand::PlannedSubject,
    reach::{KnownJoins, MergeSuspects, Reach},
    virtuous::VirtuousSide,
};

/// Suspects that a test names.
struct Named(Vec<MergeSuspect>);

impl MergeSuspects for Named {
    fn among(&self, _: &[VirtuousContact]) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        Ok(self.0.iter().copied().collect())
    }
}

/// Joins of tags that a test names.
#[derive(Default)]
struct Joins(Vec<(VirtuousContactId, String, TagPlace)>);

impl KnownJoins for Joins {
    fn place_of(&self, contact: VirtuousContactId, name: &str) -> Option<TagPlace> {
        let is_of = |(of, known, _): &&(VirtuousContactId, String, TagPlace)| {
            (*of, known.as_str()) == (contact, name)
        };
        self.0.iter().find(is_of).map(|(.., place)| *place)
    }
}

/// What a performer reaches, with both systems scripted.
pub struct World {
    ways: Ways,
    suspects: Named,
    joins: Joins,
    /// What plans rest on.
    pub planner: Planner,
    /// The reference data.
    pub reference: VirtuousReferenceData,
    /// Whether the process stops.
    pub stops: Cell<bool>,
}

impl World {
    /// Nothing is prepared yet.
    pub fn new() -> Self {
        Self {
            ways: Ways::default(),
            suspects: Named(Vec::new()),
            joins: Joins::default(),
            planner: Planner { stage: Stage::Live, ..Planner::default() },
            reference: VirtuousReferenceData::default(),
            stops: Cell::new(false),
        }
    }

    /// A request that begins so (`GET /api/Contact/7`) is answered by this, once.
    pub fn on(self, asked: &str, status: u16, body: impl ToString) -> Self {
        self.ways.on(asked, status, body);
        self
    }

    /// A request that begins so is lost.
    pub fn lost(self, asked: &str) -> Self {
        self.ways.lost(asked);
        self
    }

    /// A contact may have been merged into another.
    pub fn suspect(mut self, gone: i64, into: i64) -> Self {
        let (gone, into) = (VirtuousContactId(gone), VirtuousContactId(into));
        self.suspects.0.push(MergeSuspect { gone, into });
        self
    }

    /// An earlier answer told the place of a tag.
    pub fn join(mut self, contact: i64, name: &str, place: TagPlace) -> Self {
        self.joins.0.push((VirtuousContactId(contact), name.to_owned(), place));
        self
    }

    /// Runs a performer within this reach.
    pub async fn with<T>(&self, run: impl AsyncFnOnce(&Reach<'_>) -> T) -> T {
        let is_stopping = || self.stops.get();
        let reach = Reach {
            customer: &self.ways.customer,
            cc: &self.ways.cc,
            virtuous: &self.ways.virtuous,
            planner: &self.planner,
            reference: &self.reference,
            suspects: &self.suspects,
            joins: &self.joins,
            clock: &Standing,
            metrics: &self.ways.metrics,
            is_stopping: &is_stopping,
        };
        run(&reach).await
    }

    /// What a reader of Virtuous reaches, with this store.
    pub fn side<'a>(&'a self, store: &'a CustomerStore) -> VirtuousSide<'a> {
        VirtuousSide {
            customer: &self.ways.customer,
            store,
            virtuous: &self.ways.virtuous,
            rules: &self.planner.rules,
            clock: &Standing,
            is_stopping: &|| false,
        }
    }

    /// Every request so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.ways.asked()
    }

    /// The body of a request.
    pub fn body(&self, at: usize) -> Value {
        self.ways.body(at)
    }

    /// Asserts that every prepared answer was asked for.
    pub fn is_played(&self) {
        self.ways.is_played();
    }
}

/// A subscriber linked to a contact, as [`crate::virtuous::script::full_contact`] shows it.
pub fn linked(number: u32, contact: i64, email: &str) -> Subject {
    let mut subject = subject(number, email);
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(contact),
        individual: IndividualId(contact * 10),
        linked_by: LinkedBy::Email,
        gaps: Gaps::default(),
        has_reference: false,
        emails: vec![EmailMethod {
            id: MethodId(contact * 100),
            kind: "Home Email".to_owned(),
            value: email.to_owned(),
            opted_in: true,
            primary: true,
            created_at: None,
            modified_at: None,
        }],
        tags: vec!["CC: News".to_owned()],
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: now(),
        late: Vec::new(),
        others: Vec::new(),
    }));
    subject
}

/// A subject in hand, with this step.
pub fn hand(planner: &Planner, subject: Subject, step: Step) -> PlannedSubject {
    let household = Household::default();
    let plan = planner.plan(&subject, &household, now());
    let plan = crate::sync::Plan { step, ..plan };
    PlannedSubject { due: DueSubject { lane: Lane::Change, subject, household, unsure: None }, plan }
}

/// An effect as planned.
pub fn planned(effect: crate::domain::Effect) -> Planned {
    use crate::domain::{Cause, Reason, Rule};
    Planned { effect, reason: Reason::new(Rule::P1, Cause::Refused) }
}
