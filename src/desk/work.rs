//! What waits: the queue by lane, reviews, dead letters, the brake.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    DeskError, Room, customers,
    review::{self, Review},
};
use crate::domain::{CustomerId, CustomerRecord, Held, State, Subject};

/// Items of each kind that are listed; the counts are in `states`.
const ITEMS_MAX: usize = 500;

/// A write that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What to name it by.
    pub id: String,
    /// Whom it is about.
    pub subject: String,
    /// What was to be written.
    pub effect: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came back.
    pub response: String,
}

/// The brake, where it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrakeView {
    /// What would be written to how many.
    pub reason: String,
    /// How many subscribers wait.
    pub count: u64,
    /// Since when it holds.
    pub since: String,
}

impl BrakeView {
    /// The brake of a customer, if it holds.
    #[must_use]
    pub fn of(record: &CustomerRecord) -> Option<Self> {
        let Held { since, count, reason } = record.brake.held.as_ref()?;
        Some(Self { reason: reason.to_string(), count: *count, since: since.to_string() })
    }
}

/// All that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkView {
    /// Waiting work by lane.
    pub lanes: BTreeMap<String, u64>,
    /// Subscribers by state.
    pub states: BTreeMap<String, u64>,
    /// For a person's decision.
    pub reviews: Vec<Review>,
    /// Given up.
    pub dead_letters: Vec<DeadLetter>,
    /// The brake, if it holds (B1).
    pub brake: Option<BrakeView>,
    /// Tags that staff need to create in Virtuous (S4).
    pub missing_tags: Vec<String>,
}

/// What waits for a customer.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot be read.
pub fn work(room: &Room, id: &CustomerId) -> Result<WorkView, DeskError> {
    let record = room.record(id)?;
    let counts = room.store.of(record.number).counts()?;
    let planner = room.store.of(record.number).planner(&record, &room.rules(id))?;
    let book = room.store.of(record.number).book()?.virtuous;
    // Decided and not yet planned again: no open question any more.
    let open = |state| -> Result<Vec<Subject>, DeskError> {
        let mut subjects = room.store.of(record.number).attention(state, ITEMS_MAX)?;
        subjects.retain(|subject| subject.decided().is_none());
        Ok(subjects)
    };
    let doubled = planner.mapping.doubled_tags();
    let mut reviews: Vec<Review> = doubled.iter().map(|name| review::of_tag(name, &book)).collect();
    reviews.extend(open(State::Review)?.iter().map(|subject| review::of(subject, &book)));
    let dead_letter = |subject: Subject| {
        let failure = subject.failure?;
        Some(DeadLetter {
            id: subject.id.to_string(),
            subject: subject.id.to_string(),
            effect: failure.effect,
            attempts: failure.attempts,
            response: failure.response,
        })
    };
    Ok(WorkView {
        lanes: customers::lanes(&counts),
        states: customers::states(&counts),
        reviews,
        dead_letters: open(State::Failed)?.into_iter().filter_map(dead_letter).collect(),
        brake: BrakeView::of(&record),
        missing_tags: planner.mapping.missing_tags(),
    })
}

impl fmt::Display for WorkView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<String, u64>| {
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(f, "lanes   {}\nstates  {}", list(&self.lanes), list(&self.states))?;
        if let Some(BrakeView { reason, since, .. }) = &self.brake {
            writeln!(f, "\nthe brake holds since {since} (`accept brake` lets it go on)\n  {reason}")?;
        }
        if !self.reviews.is_empty() {
            writeln!(f, "\nfor review")?;
        }
        for one in &self.reviews {
            writeln!(f, "  {}  {:<3} {} ({})", one.id, one.rule, one.reason, one.actions.join(", "))?;
        }
        if !self.dead_letters.is_empty() {
            writeln!(f, "\ndead letters (retry, drop)")?;
        }
        for one in &self.dead_letters {
            writeln!(f, "  {}  {} after {} tries: {}", one.id, one.effect, one.attempts, one.response)?;
        }
        if !self.missing_tags.is_empty() {
            writeln!(f, "\ntags that staff need to create in Virtuous (S4)")?;
        }
        self.missing_tags.iter().try_for_each(|tag| writeln!(f, "  {tag}"))
    }
}
