//! What waits: the queue by lane, reviews, dead letters; and the operator's decisions about them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{DeskError, Room, WorkVerb, customers};
use crate::domain::{
    Cause, ContactId, CustomerId, CustomerRecord, Event, Held, Lane, Reason, Rule, State, Subject, Verdict,
    What, Work,
};
use crate::store::LetGo;

/// The brake's name among the items.
const BRAKE: &str = "brake";
/// Items of each kind that are listed; the counts are in `states`.
const ITEMS_MAX: usize = 500;

/// Something that waits for a person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What to name it by.
    pub id: String,
    /// Whom it is about.
    pub subject: String,
    /// The rule that asks.
    pub rule: String,
    /// What it asks.
    pub reason: String,
    /// What can be done.
    pub actions: Vec<String>,
}

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

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    pub action: String,
    /// How many items it was about.
    pub items: u64,
}

/// What waits for a customer.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot be read.
pub fn work(room: &Room, id: &CustomerId) -> Result<WorkView, DeskError> {
    let record = room.record(id)?;
    let counts = room.store.counts(record.number)?;
    let planner = room.store.planner(&record, &room.rules(id))?;
    let open = |state| -> Result<Vec<Subject>, DeskError> {
        let mut subjects = room.store.attention(record.number, state, ITEMS_MAX)?;
        subjects.retain(|subject| !is_dropped(subject));
        Ok(subjects)
    };
    let review = |subject: Subject| Review {
        id: subject.id.to_string(),
        subject: subject.id.to_string(),
        rule: subject.reason.rule.to_string(),
        reason: subject.reason.to_string(),
        actions: ["accept", "drop", "retry"].map(str::to_owned).to_vec(),
    };
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
        reviews: open(State::Review)?.into_iter().map(review).collect(),
        dead_letters: open(State::Failed)?.into_iter().filter_map(dead_letter).collect(),
        brake: BrakeView::of(&record),
        missing_tags: planner.mapping.missing_tags(),
    })
}

fn is_dropped(subject: &Subject) -> bool {
    subject.verdict == Some((Verdict::Leave, subject.revision))
}

/// Decides about one item, or puts all dead letters and held subscribers back to work.
///
/// # Errors
/// [`DeskError::Unknown`] for an item that is not there, [`DeskError::Refused`] for one that does not wait for this;
/// when the store cannot read or write.
pub async fn decide(
    room: &Room,
    id: &CustomerId,
    verb: WorkVerb,
    item: Option<&str>,
) -> Result<Decided, DeskError> {
    let record = room.record(id)?;
    let (store, number, now) = (&room.store, record.number, room.now());
    let action = verb.as_str().to_owned();
    let Some(item) = item else {
        if verb != WorkVerb::Retry {
            let text = format!("{action} needs the id of an item: `tandem work {id}` lists them");
            return Err(DeskError::Refused(text));
        }
        let mut items = 0;
        for state in [State::Failed, State::Held] {
            items += store.requeue(number, state, Lane::Change, now, |_| true).await?;
        }
        return Ok(Decided { action, items });
    };
    if item == BRAKE {
        return decide_brake(room, &record, verb).await;
    }
    let unknown = || {
        let text = format!("the customer \"{id}\" has no item \"{item}\": `tandem work {id}` lists them");
        DeskError::Unknown(text)
    };
    let contact = ContactId::new(item.trim());
    let subject = store.subject(number, &contact)?.ok_or_else(unknown)?;
    let fits = match verb {
        WorkVerb::Retry => matches!(subject.state, State::Failed | State::Held | State::Review),
        WorkVerb::Drop => matches!(subject.state, State::Failed | State::Review),
        WorkVerb::Accept => subject.state == State::Review,
    };
    if !fits {
        let state = subject.state;
        let text = format!("the item \"{item}\" of \"{id}\" is {state}: there is nothing to {action}");
        return Err(DeskError::Refused(text));
    }
    let amended = store
        .amend(number, contact, move |subject| {
            let cause = match verb {
                WorkVerb::Retry => Cause::Retried,
                WorkVerb::Drop => Cause::Dropped,
                WorkVerb::Accept => Cause::Decided,
            };
            let again = Some(Work { lane: Lane::Change, due: now });
            match verb {
                WorkVerb::Retry => {
                    (subject.failure, subject.attempts, subject.verdict) = (None, 0, None);
                    if subject.reason.cause == Cause::WaitingInImports {
                        // Asked for by a person who looked into Virtuous Imports: the row is to be sent again.
                        subject.submission = None;
                    }
                    subject.work = again;
                }
                WorkVerb::Drop => subject.verdict = Some((Verdict::Leave, subject.revision)),
                WorkVerb::Accept => {
                    subject.verdict = Some((Verdict::Accept, subject.revision));
                    subject.work = again;
                }
            }
            subject.recent.push(Event { at: now, what: What::Decided, reason: Reason::new(Rule::B3, cause) });
        })
        .await?;
    amended.map(|_| Decided { action, items: 1 }).ok_or_else(unknown)
}

/// Lets go on what the brake holds, as it is now (B1).
async fn decide_brake(room: &Room, record: &CustomerRecord, verb: WorkVerb) -> Result<Decided, DeskError> {
    let (id, action) = (&record.id, verb.as_str().to_owned());
    if record.brake.held.is_none() {
        let text = format!("the brake of \"{id}\" does not hold: there is nothing to {action}");
        return Err(DeskError::Refused(text));
    }
    if verb != WorkVerb::Accept {
        let text = format!(
            "the brake of \"{id}\" only takes accept; what it stops stays as it is until then, or until it is put \
             right in Constant Contact"
        );
        return Err(DeskError::Refused(text));
    }
    // Durable first: should this process end on the way, the submitter lets the rest go.
    room.store.update_customer(record.number, |record| record.brake.accepted = true).await?;
    let items = room.store.let_go(record.number, LetGo::Accepted, room.now()).await?;
    Ok(Decided { action, items })
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} item(s)", self.action, self.items)
    }
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
