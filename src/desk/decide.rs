//! An operator's decisions about items of work: reviews, dead letters, tags of one name, the brake.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Choice, DeskError, Room, WorkVerb, review};
use crate::{
    domain::{
        Cause, Confirmation, ContactId, CustomerId, CustomerRecord, Event, Lane, LinkedBy, ListId, Person,
        Reason, State, Subject, TagId, Timestamp, Verdict, VirtuousView, What, Work, book::List,
    },
    store::Release,
    sync::{Mapping, confirmation},
};

/// The brake's name among the items.
const BRAKE: &str = "brake";

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision.
    pub action: String,
    /// How many items it was about.
    pub items: u64,
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} item(s)", self.action, self.items)
    }
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
    choice: Option<&Choice>,
) -> Result<Decided, DeskError> {
    let record = room.record(id)?;
    let action = verb.as_str();
    match (item.map(str::trim), choice) {
        (None, _) if verb == WorkVerb::Retry => retry_all(room, &record).await,
        (None, _) => {
            let text = format!("{action} needs the id of an item: `tandem work {id}` lists them");
            Err(DeskError::Refused(text))
        }
        (Some(BRAKE), _) => brake(room, &record, verb).await,
        (Some(name), Some(Choice::Tag(tag))) if verb == WorkVerb::Accept => {
            choose_tag(room, &record, name, TagId(*tag)).await
        }
        (Some(_), Some(choice)) if !takes(verb, choice) => {
            let text = format!(
                "{action} takes no such choice: accept takes a contact or a tag, confirm takes a list"
            );
            Err(DeskError::Refused(text))
        }
        (Some(item), choice) => one(room, &record, verb, item, choice).await,
    }
}

/// Whether a decision can be about this choice.
const fn takes(verb: WorkVerb, choice: &Choice) -> bool {
    match choice {
        Choice::Contact(_) | Choice::Tag(_) => matches!(verb, WorkVerb::Accept),
        Choice::List(_) => matches!(verb, WorkVerb::Confirm),
    }
}

async fn retry_all(room: &Room, record: &CustomerRecord) -> Result<Decided, DeskError> {
    let mut items = 0;
    for state in [State::Failed, State::Held] {
        items += room.store.of(record.number).requeue(state, Lane::Change, room.now(), |_| true).await?;
    }
    Ok(Decided { action: WorkVerb::Retry.as_str().to_owned(), items })
}

/// Decides about one subscriber.
async fn one(
    room: &Room,
    record: &CustomerRecord,
    verb: WorkVerb,
    item: &str,
    choice: Option<&Choice>,
) -> Result<Decided, DeskError> {
    let (store, number, now, id) = (&room.store, record.number, room.now(), &record.id);
    let action = verb.as_str();
    let unknown = || {
        let text = format!("the customer \"{id}\" has no item \"{item}\": `tandem work {id}` lists them");
        DeskError::Unknown(text)
    };
    let contact = ContactId::new(item);
    let Some(subject) = store.of(number).subject(&contact)? else {
        // A tag's name without saying which.
        let book = store.of(number).book()?.virtuous;
        let Some(tags) = book.tags.get(item).filter(|tags| tags.len() > 1) else { return Err(unknown()) };
        let ids: Vec<String> = tags.iter().map(ToString::to_string).collect();
        let text =
            format!("say which tag \"{item}\" is meant: accept it with --tag {}", ids.join(" or --tag "));
        return Err(DeskError::Refused(text));
    };
    let cause = subject.reason.cause;
    let fits = match (subject.state, verb) {
        (State::Failed, WorkVerb::Retry | WorkVerb::Drop) | (State::Held, WorkVerb::Retry) => true,
        // What was dropped may be taken up again.
        (State::Excluded, WorkVerb::Retry) => cause == Cause::Dropped,
        (State::Review, WorkVerb::Confirm) if cause == Cause::StaffOptIn => {
            confirmation::may_be_sent(&subject).map_err(|no| {
                DeskError::Refused(format!(
                    "no confirmation email can be sent to \"{item}\" of \"{id}\": {no}"
                ))
            })?;
            true
        }
        // The subscriber's answer is waited for, but a person may decide all the same (P5).
        (State::Held, WorkVerb::Accept | WorkVerb::Drop) => cause == Cause::ConfirmationSent,
        (State::Review, verb) => review::verbs(cause).contains(&verb),
        _ => false,
    };
    if !fits {
        let state = subject.state;
        let text = format!(
            "the item \"{item}\" of \"{id}\" is {state} ({}): there is nothing to {action}",
            subject.reason
        );
        return Err(DeskError::Refused(text));
    }
    let choice = match verb {
        WorkVerb::Accept => chosen(&subject, choice)?.map_or(Chosen::Nothing, Chosen::Contact),
        WorkVerb::Confirm => Chosen::Lists(lists(room, record, &subject, choice)?),
        WorkVerb::Retry | WorkVerb::Drop => Chosen::Nothing,
    };
    let revision = subject.revision;
    let amended = store
        .of(number)
        .amend(contact, move |subject| {
            // It may have changed since it was looked at: then the question is open again.
            if subject.revision == revision {
                amend(subject, verb, choice, now);
            }
        })
        .await?
        .ok_or_else(unknown)?;
    if amended.revision != revision {
        let text =
            format!("the item \"{item}\" of \"{id}\" changed just now: look again with `tandem work {id}`");
        return Err(DeskError::Refused(text));
    }
    Ok(Decided { action: action.to_owned(), items: 1 })
}

/// What a decision is about, looked up.
enum Chosen {
    Nothing,
    Contact(Person),
    Lists(Vec<ListId>),
}

/// The lists that the subscriber joins by confirming: the one that is named, else those they had (P5).
fn lists(
    room: &Room,
    record: &CustomerRecord,
    subject: &Subject,
    choice: Option<&Choice>,
) -> Result<Vec<ListId>, DeskError> {
    let (book, rules) = (room.store.of(record.number).book()?, room.rules(&record.id));
    let found = match choice {
        Some(Choice::List(wanted)) => {
            let is_it = |id: &ListId, list: &List| id.to_string() == *wanted || list.name == *wanted;
            let living = book.cc.lists.iter().filter(|(_, list)| !list.deleted);
            living.filter(|(id, list)| is_it(id, list)).map(|(id, _)| id.clone()).collect()
        }
        _ => {
            let household = room.store.of(record.number).household(subject, &rules)?;
            confirmation::lists_of(subject, &Mapping::new(&book, &rules), &household, &rules)
        }
    };
    match (choice, found.len()) {
        (Some(Choice::List(wanted)), 0) => {
            let names: Vec<&str> =
                book.cc.lists.values().filter(|list| !list.deleted).map(|list| list.name.as_str()).collect();
            Err(DeskError::Unknown(format!(
                "\"{}\" has no list \"{wanted}\" in Constant Contact: there are {}",
                record.id,
                names.join(", ")
            )))
        }
        (_, 0) => Err(DeskError::Refused(format!(
            "\"{}\" was on no list that is known to be theirs: say with --list NAME which one they join by confirming",
            subject.id
        ))),
        _ => Ok(found),
    }
}

/// The candidate that is chosen, where the question is which one is the subscriber (I2).
fn chosen(subject: &Subject, choice: Option<&Choice>) -> Result<Option<Person>, DeskError> {
    let people = match (&subject.virtuous, subject.reason.cause) {
        (VirtuousView::Candidates(people), Cause::SeveralHits) => people,
        _ if choice.is_some() => {
            return Err(DeskError::Refused(format!("there is nothing to choose for \"{}\"", subject.id)));
        }
        _ => return Ok(None),
    };
    let found = match choice {
        Some(Choice::Contact(wanted)) => people.iter().find(|person| person.contact.0 == *wanted),
        _ => None,
    };
    found.cloned().map(Some).ok_or_else(|| {
        let ids: Vec<String> = people.iter().map(|person| person.contact.to_string()).collect();
        DeskError::Refused(format!(
            "say which contact \"{}\" is: accept it with --contact {}",
            subject.id,
            ids.join(" or --contact ")
        ))
    })
}

/// Puts a decision on a subject, with its line in the timeline.
fn amend(subject: &mut Subject, verb: WorkVerb, choice: Chosen, now: Timestamp) {
    let Reason { rule, cause, .. } = subject.reason;
    let again = Some(Work { lane: Lane::Change, due: now });
    let decided = match verb {
        WorkVerb::Retry => {
            (subject.failure, subject.attempts, subject.verdict) = (None, 0, None);
            // P6: looked for again, once staff have put it right.
            subject.email_taken = None;
            // P5: what could not be sent is an open question again.
            subject.confirmation.take_if(|asked| asked.sent_at.is_none());
            if cause == Cause::WaitingInImports {
                // Asked for by a person who looked into Virtuous Imports: the row is to be sent again (V1).
                subject.submission = None;
            }
            subject.work = again;
            Reason::about(rule, Cause::Retried, cause.text())
        }
        WorkVerb::Drop => {
            subject.verdict = Some((Verdict::Leave, subject.revision));
            subject.state = State::Excluded;
            subject.reason = Reason::about(rule, Cause::Dropped, cause.text());
            (subject.work, subject.opt_out_owed_since) = (None, None);
            subject.reason.clone()
        }
        WorkVerb::Accept => {
            subject.verdict = Some((Verdict::Accept, subject.revision));
            subject.work = again;
            let mut detail = review::meaning(cause).to_owned();
            if let Chosen::Contact(person) = choice {
                detail = format!("{detail}: {}", person.contact);
                subject.virtuous =
                    VirtuousView::Linked(Box::new(Person { linked_by: LinkedBy::Operator, ..person }));
                // That was the question: what is asked of the contact once it is linked is another one (P3).
                subject.verdict = None;
            } else if cause == Cause::UnprovedOptIn {
                // What Constant Contact took back without proof is answered by the person who decides (P3).
                subject.unanswered = None;
            }
            Reason::about(rule, Cause::Decided, detail)
        }
        WorkVerb::Confirm => {
            let lists = if let Chosen::Lists(lists) = choice { lists } else { Vec::new() };
            let revision = subject.revision;
            subject.confirmation = Some(Confirmation { lists, revision, sent_at: None });
            subject.verdict = None;
            subject.work = again;
            Reason::new(rule, Cause::ConfirmationAsked)
        }
    };
    subject.recent.push(Event { at: now, what: What::Decided, reason: decided });
}

/// S4: which of several tags of one name is meant, once for all.
async fn choose_tag(
    room: &Room,
    record: &CustomerRecord,
    name: &str,
    tag: TagId,
) -> Result<Decided, DeskError> {
    let known = room.store.of(record.number).book()?.virtuous.tags;
    let ids = known.get(name).map(Vec::as_slice).unwrap_or_default();
    if !ids.contains(&tag) {
        let text = format!(
            "Virtuous has no tag \"{name}\" with the id {tag}: `tandem work {}` lists them",
            record.id
        );
        return Err(DeskError::Unknown(text));
    }
    let items = room.store.of(record.number).choose_tag(name.to_owned(), tag, room.now()).await?;
    Ok(Decided { action: WorkVerb::Accept.as_str().to_owned(), items })
}

/// Lets go on what the brake holds, as it is now (B1).
async fn brake(room: &Room, record: &CustomerRecord, verb: WorkVerb) -> Result<Decided, DeskError> {
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
    room.store.of(record.number).update_customer(|record| record.brake.accepted = true).await?;
    let items = room.store.of(record.number).release(Release::Accepted, room.now()).await?;
    Ok(Decided { action, items })
}
