//! What a decision about an item of work does: to a subscriber, to the brake, to tags of one name.

mod amend;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use amend::Chosen;

use super::{OperatorContext, OperatorError, Verb, review};
use crate::{
    domain::{Cause, ContactId, CustomerRecord, State, Subject},
    sync::confirmation,
};

/// The brake's name among the items.
pub const BRAKE: &str = "brake";

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// The decision.
    pub action: String,
    /// How many items it was about.
    pub items: u64,
    /// What stays opted in until its opt-out is written, after an item was dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays_opted_in: Option<String>,
    /// Tags that are missing as they were last read: they are read anew at once (S4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads_tags: Vec<String>,
}

impl Decided {
    /// What a decision did.
    #[must_use]
    pub fn of(verb: Verb, items: u64) -> Self {
        Self { action: verb.as_str().to_owned(), items, stays_opted_in: None, reads_tags: Vec::new() }
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} item(s)", self.action, self.items)?;
        if let Some(stays) = &self.stays_opted_in {
            writeln!(f, "{stays}")?;
        }
        if self.reads_tags.is_empty() {
            return Ok(());
        }
        let missing = self.reads_tags.join(", ");
        writeln!(
            f,
            "missing when the tags of Virtuous were last read: {missing}; they are read anew first (S4)"
        )
    }
}

/// A decision about one subscriber, looked at once: a change meanwhile makes it an open question again.
#[derive(Debug)]
pub struct Decision<'a> {
    context: &'a OperatorContext,
    record: &'a CustomerRecord,
    verb: Verb,
    /// The subscriber.
    pub subject: Subject,
}

impl<'a> Decision<'a> {
    /// Finds the subscriber, and sees that it waits for such a decision.
    ///
    /// # Errors
    /// [`OperatorError::Unknown`] for an item that is not there, [`OperatorError::Refused`] for an item that does not wait
    /// for this decision; when the store cannot be read.
    pub fn about(
        context: &'a OperatorContext,
        record: &'a CustomerRecord,
        verb: Verb,
        item: &str,
    ) -> Result<Self, OperatorError> {
        let contact = ContactId::new(item);
        let Some(subject) = context.deps.store.of(record.number).subject(&contact)? else {
            return Err(no_subject(context, record, item)?);
        };
        if !waits_for(&subject, verb, record)? {
            return Err(OperatorError::Refused(format!(
                "the item \"{item}\" of \"{}\" is {} ({}): there is nothing to {verb}",
                record.id, subject.state, subject.reason
            )));
        }
        Ok(Self { context, record, verb, subject })
    }

    /// Puts the decision on the subscriber.
    ///
    /// # Errors
    /// [`OperatorError::Refused`] when the subscriber changed meanwhile; when the store cannot read or write.
    pub async fn take(self, chosen: Chosen) -> Result<Decided, OperatorError> {
        let Self { context, record, verb, subject } = self;
        let (revision, now) = (subject.revision, context.now());
        let item = subject.id.to_string();
        let decide = move |subject: &mut Subject| {
            if subject.revision == revision {
                amend::amend(subject, verb, chosen, now);
            }
        };
        let amended = context.deps.store.of(record.number).amend(subject.id, decide).await?;
        let amended = amended.ok_or_else(|| unknown(record, &item))?;
        if amended.revision == revision {
            let stays_opted_in = if verb == Verb::Drop { review::stays_opted_in(&amended) } else { None };
            return Ok(Decided { stays_opted_in, ..Decided::of(verb, 1) });
        }
        let id = &record.id;
        Err(OperatorError::Refused(format!(
            "the item \"{item}\" of \"{id}\" changed just now: look again with `tandem work {id}`"
        )))
    }
}

/// Whether the subscriber waits for this decision.
fn waits_for(subject: &Subject, verb: Verb, record: &CustomerRecord) -> Result<bool, OperatorError> {
    let cause = subject.reason.cause;
    Ok(match (subject.state, verb) {
        (State::Failed, Verb::Retry | Verb::Drop) | (State::Held, Verb::Retry) => true,
        // A dropped item may be taken up again.
        (State::Excluded, Verb::Retry) => cause == Cause::Dropped,
        (State::Review, Verb::Confirm) if cause == Cause::StaffOptIn => {
            confirmation::may_be_sent(subject).map_err(|no| {
                let (item, id) = (&subject.id, &record.id);
                OperatorError::Refused(format!(
                    "no confirmation email can be sent to \"{item}\" of \"{id}\": {no}"
                ))
            })?;
            true
        }
        // The subscriber's answer to the email is awaited; a person may decide all the same (P5).
        (State::Held, Verb::Accept | Verb::Drop) => cause == Cause::ConfirmationSent,
        (State::Review, verb) => review::verbs(cause).contains(&verb),
        _ => false,
    })
}

/// Why an item is no subscriber: unknown, or a tag's name without saying which tag.
fn no_subject(
    context: &OperatorContext,
    record: &CustomerRecord,
    item: &str,
) -> Result<OperatorError, OperatorError> {
    let reference = &context.deps.store.of(record.number).reference_data()?.virtuous;
    let Some(tags) = reference.tags.get(item).filter(|tags| tags.len() > 1) else {
        return Ok(unknown(record, item));
    };
    let ids: Vec<String> = tags.iter().map(ToString::to_string).collect();
    let ids = ids.join(" or --tag ");
    Ok(OperatorError::Refused(format!("say which tag \"{item}\" is meant: accept it with --tag {ids}")))
}

fn unknown(record: &CustomerRecord, item: &str) -> OperatorError {
    let id = &record.id;
    OperatorError::Unknown(format!(
        "the customer \"{id}\" has no item \"{item}\": `tandem work {id}` lists them"
    ))
}

/// Refuses every decision about the brake but its acceptance (B1).
pub(super) fn refuse_at_brake(record: &CustomerRecord, verb: Verb) -> Result<Decided, OperatorError> {
    needs_brake(record, verb)?;
    Err(OperatorError::Refused(format!(
        "the brake of \"{}\" only takes accept; what it stops stays as it is until then, or until it is put right in \
         Constant Contact",
        record.id
    )))
}

/// Refuses a decision about a brake that does not hold.
pub(super) fn needs_brake(record: &CustomerRecord, verb: Verb) -> Result<(), OperatorError> {
    if record.brake.held.is_some() {
        return Ok(());
    }
    let text = format!("the brake of \"{}\" does not hold: there is nothing to {verb}", record.id);
    Err(OperatorError::Refused(text))
}
