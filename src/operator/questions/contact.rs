//! One person: what each system says, the state and its reason, what happened, what happens next.

mod because;
mod evidence;
mod next;
mod rows;
mod sides;
mod text;

pub use rows::Row;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use sides::{AddressView, AgreedConsentView, BaseSide, BounceView, CcSide, PersonView, VirtuousSide};

use crate::{
    domain::{
        ContactId, CustomerId, CustomerRecord, Effect, Event, Person, Rule, State, Subject, Timestamp, What,
        email_key,
    },
    operator::{
        OperatorContext, OperatorError, Question,
        offers::{self, Offer},
    },
    sync::{Plan, Step},
    transport::Method,
};

/// One person, by contact id or by address, case ignored.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowContact {
    /// The customer.
    pub customer: CustomerId,
    /// An email address, or a contact id of Constant Contact.
    pub who: String,
}

/// A facet on which the two systems differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Consent, email, segments, or a field's name.
    pub facet: String,
    /// Constant Contact's side.
    pub cc: String,
    /// Virtuous' side.
    pub virtuous: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What was done or seen.
    pub what: What,
    /// By which rule.
    pub rule: Rule,
    /// Why, in words.
    pub detail: String,
}

/// A person: what each system says, the state and its reason, what happened, what happens next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactView {
    /// The contact id in Constant Contact.
    pub id: ContactId,
    /// The address.
    pub email: Option<String>,
    /// The subscriber's state.
    pub state: State,
    /// Why.
    pub reason: String,
    /// By which rule.
    pub rule: Rule,
    /// What happens next, and when.
    pub next: String,
    /// What is to be written next, with the reason of each.
    #[serde(default)]
    pub to_do: Vec<String>,
    /// What a person can do about it, and what each would write.
    #[serde(default)]
    pub actions: Vec<Offer>,
    /// What consent rests on, on either side, with dates; what could not be told apart or written.
    #[serde(default)]
    pub because: Vec<String>,
    /// What readings have not shown yet or show in another form, and what waits because of that (E1 to E3).
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Constant Contact's view.
    pub cc: CcSide,
    /// Virtuous' view.
    pub virtuous: Option<VirtuousSide>,
    /// What both agreed on.
    pub base: Option<BaseSide>,
    /// Where they differ.
    pub differences: Vec<Difference>,
    /// What happened, oldest first.
    pub timeline: Vec<Line>,
    /// The views side by side.
    pub rows: Vec<Row>,
    /// Other contacts with the same address, where the question names an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub several: Vec<Namesake>,
}

/// Another contact with the same address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Namesake {
    /// The contact id in Constant Contact.
    pub id: ContactId,
    /// The subscriber's state.
    pub state: State,
    /// Why.
    pub reason: String,
}

impl Question for ShowContact {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}/contact";
    const COMMAND: &'static str = "contact {customer} {who}";
    const SUMMARY: &'static str = "One person: three views, state, timeline, what happens next";
    type View = ContactView;

    /// Of several contacts with one address, answers with the newest living contact, and names the others.
    async fn answer(&self, context: &OperatorContext) -> Result<ContactView, OperatorError> {
        let (id, who) = (&self.customer, self.who.trim());
        let record = context.record(id)?;
        let store = &context.deps.store;
        for id in [ContactId::new(who), ContactId::new(&who.to_lowercase())] {
            if let Some(subject) = store.of(record.number).subject(&id)? {
                return ContactView::of(context, &record, &subject);
            }
        }
        let mut people = Vec::new();
        for id in store.of(record.number).find_by_email(&email_key(who))? {
            people.extend(store.of(record.number).subject(&id)?);
        }
        people.sort_by_key(|subject| (subject.cc.deletion.is_some(), std::cmp::Reverse(subject.first_seen)));
        let Some((first, others)) = people.split_first() else {
            return Err(OperatorError::Unknown(format!(
                "the customer \"{id}\" has no contact \"{who}\" as Tandem last read Constant Contact: give the whole address or the \
                 contact id there. `tandem people {id} --search TEXT` finds by a part of either or of the name, and by the id in \
                 Virtuous; whom only Virtuous has is none of Tandem's subscribers"
            )));
        };
        let several = others.iter().map(Namesake::of).collect();
        Ok(ContactView { several, ..ContactView::of(context, &record, first)? })
    }
}

impl Namesake {
    fn of(subject: &Subject) -> Self {
        Self { id: subject.id.clone(), state: subject.state, reason: subject.reason.to_string() }
    }
}

impl ContactView {
    fn of(
        context: &OperatorContext,
        record: &CustomerRecord,
        subject: &Subject,
    ) -> Result<Self, OperatorError> {
        let store = &context.deps.store;
        let planner = store.of(record.number).planner(record, &context.rules(&record.id))?;
        let household = store.of(record.number).household(subject, &planner.rules)?;
        let plan = planner.plan(subject, &household, context.now());
        let rows = rows::of(subject, &planner);
        Ok(Self {
            id: subject.id.clone(),
            email: subject.cc.email.clone(),
            state: subject.state,
            reason: subject.reason.to_string(),
            rule: subject.reason.rule,
            next: next::next(record, subject),
            to_do: next::to_do(&plan),
            actions: offers::of(subject, &store.of(record.number).reference_data()?.virtuous),
            because: because::because(subject, &planner.rules),
            remarks: evidence::remarks(subject, &plan.remarks),
            cc: CcSide::of(&subject.cc, &store.of(record.number).reference_data()?.cc),
            virtuous: VirtuousSide::of(&subject.virtuous),
            base: BaseSide::of(&subject.base),
            differences: differences(&rows, subject.virtuous.linked(), &plan),
            timeline: store.of(record.number).timeline(subject)?.iter().map(Line::of).collect(),
            rows,
            several: Vec::new(),
        })
    }
}

impl Line {
    fn of(event: &Event) -> Self {
        Self { at: event.at, what: event.what, rule: event.reason.rule, detail: event.reason.to_string() }
    }
}

/// Where both sides differ: the rows that do, and the fields that are to be set.
fn differences(rows: &[Row], person: Option<&Person>, plan: &Plan) -> Vec<Difference> {
    let Some(person) = person else { return Vec::new() };
    let differs = |row: &&Row| !row.cc.eq_ignore_ascii_case(&row.virtuous);
    let of_row = |row: &Row| Difference {
        facet: row.facet.clone(),
        cc: row.cc.clone(),
        virtuous: row.virtuous.clone(),
    };
    let mut differences: Vec<Difference> = rows.iter().filter(differs).map(of_row).collect();
    let Step::Apply(planned) = &plan.step else { return differences };
    let fields = planned.iter().flat_map(|planned| match &planned.effect {
        Effect::SetFields { fields, .. } => fields.as_slice(),
        _ => &[],
    });
    differences.extend(fields.map(|(name, value, _)| {
        let there = person.fields.iter().find(|(field, _)| field == name);
        let virtuous = there.map(|(_, value)| value.clone()).unwrap_or_default();
        Difference { facet: name.clone(), cc: value.clone(), virtuous }
    }));
    differences
}

#[cfg(test)]
mod tests;
