//! One of the people, and who is wanted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{ContactId, Event, Rule, State, Subject, Timestamp},
    store::{CustomerStore, StoreError},
};

/// So many characters of an id of Constant Contact name a contact; fewer have to be all of it.
const ID_PART_MIN: usize = 6;

/// A subscriber in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// The contact id in Constant Contact.
    pub id: ContactId,
    /// The address.
    pub email: Option<String>,
    /// The name in Constant Contact; may be empty.
    pub name: String,
    /// The state.
    pub state: State,
    /// By which rule.
    pub rule: Rule,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

impl Listed {
    /// What a list shows of a subscriber.
    ///
    /// # Errors
    /// When its timeline cannot be read.
    pub(super) fn of(store: &CustomerStore, subject: &Subject) -> Result<Self, StoreError> {
        Ok(Self {
            id: subject.id.clone(),
            email: subject.cc.email.clone(),
            name: name_of(subject),
            state: subject.state,
            rule: subject.reason.rule,
            reason: subject.reason.to_string(),
            since: since(subject, &store.timeline(subject)?),
        })
    }
}

/// Since when a subscriber stands where it does: the first line in a row that says the same as its reason; else the last line of all.
fn since(subject: &Subject, timeline: &[Event]) -> Timestamp {
    let mut same = timeline.iter().rev().skip_while(|event| event.reason.cause != subject.reason.cause);
    let newest = same.next();
    let first = same.take_while(|event| event.reason.cause == subject.reason.cause).last();
    first.or(newest).or(timeline.last()).map_or(subject.first_seen, |event| event.at)
}

fn name_of(subject: &Subject) -> String {
    let profile = &subject.cc.profile;
    format!("{} {}", profile.first_name.trim(), profile.last_name.trim()).trim().to_owned()
}

/// Who is wanted.
pub(super) struct Wanted {
    state: Option<State>,
    rule: Option<Rule>,
    /// In lower case; empty: anything.
    text: String,
    number: Option<i64>,
}

impl Wanted {
    pub(super) fn new(state: Option<State>, rule: Option<Rule>, search: Option<&str>) -> Self {
        let text = search.unwrap_or_default().trim().to_lowercase();
        Self { state, rule, number: text.parse().ok(), text }
    }

    /// Whether a subscriber is among them.
    pub(super) fn is(&self, subject: &Subject) -> bool {
        self.state.is_none_or(|state| subject.state == state)
            && self.rule.is_none_or(|rule| subject.reason.rule == rule)
            && (self.text.is_empty() || self.finds(subject))
    }

    fn finds(&self, subject: &Subject) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        let id = || {
            let id = subject.id.to_string().to_lowercase();
            id == self.text || self.text.chars().count() >= ID_PART_MIN && id.starts_with(&self.text)
        };
        let in_virtuous = |number: i64| {
            let mut hits = subject.hits.iter().map(|person| person.contact);
            subject.virtuous.contacts().iter().any(|contact| contact.0 == number)
                || hits.any(|contact| contact.0 == number)
        };
        subject.cc.email.as_deref().is_some_and(has)
            || has(&name_of(subject))
            || id()
            || self.number.is_some_and(in_virtuous)
    }
}
