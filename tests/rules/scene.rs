//! People, and what is asked about them: what most tests of rules begin with.

use serde_json::{Value, json};
use tandem::{
    domain::{Cause, State},
    operator::questions::contact::ShowContact,
    simulator::{
        constant_contact::Contact,
        virtuous::model::{Contact as VirtuousContact, NewContact, NewIndividual, NewMethod},
    },
};

use crate::world::{HOPE, HOUR, MINUTE, Setup, World, uuid};

/// Nobody yet; lists are read with every poll.
pub fn quick() -> Setup {
    Setup { cc: "lists_every = \"1 polls\"", ..Setup::empty() }
}

/// The same for tests that let days pass: polls and queries every quarter of an hour.
pub fn calm() -> Setup {
    Setup { poll_every: "15m", query_every: "15m", ..quick() }
}

/// The address that everybody of this name has.
pub fn address(first: &str) -> String {
    format!("{}@example.com", first.to_lowercase())
}

/// A subscriber, for [`World::subscribe`].
pub fn named(first: &str) -> Value {
    json!({"email": address(first), "first_name": first, "last_name": "Poe"})
}

/// The same with more, or with something else.
pub fn named_with(first: &str, more: &Value) -> Value {
    let mut new = named(first);
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    new
}

/// A person of Virtuous with one address.
pub fn individual(first: &str, email: &str, opted_in: bool) -> NewIndividual {
    NewIndividual {
        first_name: first.to_owned(),
        last_name: "Poe".to_owned(),
        methods: vec![NewMethod::email(email, opted_in)],
        ..NewIndividual::default()
    }
}

/// A contact of Virtuous with one person.
pub fn donor(first: &str) -> NewContact {
    NewContact { individuals: vec![individual(first, &address(first), true)], ..NewContact::default() }
}

/// Waits until what was just done is known, and nothing is left to do.
pub async fn settle(world: &World, what: &str) {
    world.pass(3 * MINUTE).await;
    world.until_settled(what, 4 * HOUR).await;
}

/// A new subscriber, linked and in step.
pub async fn linked(world: &World, first: &str, lists: &[&str]) -> String {
    let id = world.subscribe(&named(first), lists);
    settle(world, "the new subscriber").await;
    assert_eq!(world.state(&id), Some(State::InSync), "{}", world.describe());
    // What comes next is newer than all this.
    world.pass(3 * MINUTE).await;
    id
}

/// Waits for a state and its cause.
pub async fn until(world: &World, id: &str, state: State, cause: Cause) {
    let is_so = |world: &World| standing(world, id) == Some((state, cause));
    world.until(&format!("{state}: {cause:?}"), 3 * HOUR, is_so).await;
}

/// The state and its cause.
pub fn standing(world: &World, id: &str) -> Option<(State, Cause)> {
    world.subject(id).map(|subject| (subject.state, subject.reason.cause))
}

/// Who opted in under the address that goes with the name.
pub fn opted_in(world: &World, first: &str) -> Vec<bool> {
    world.opt_ins(&address(first))
}

/// A contact of Virtuous by its id.
pub fn held(world: &World, contact: i64) -> VirtuousContact {
    world.organisation(|held| held.book.contact(contact).cloned()).unwrap()
}

/// The tags of the subscriber's contact in Virtuous, sorted.
pub fn tags(world: &World, id: &str) -> Vec<String> {
    let mut tags = world.tags(&world.referenced(id).unwrap());
    tags.sort();
    tags
}

/// Texts of the notes on the subscriber's contact in Virtuous.
pub fn notes(world: &World, id: &str) -> Vec<String> {
    let contact = world.referenced(id).unwrap().id;
    world.organisation(|held| held.notes_of(contact).map(|note| note.text.to_string()).collect())
}

/// A custom field of the subscriber's contact in Virtuous.
pub fn field(world: &World, id: &str, name: &str) -> Option<String> {
    let contact = world.referenced(id).unwrap();
    let at = world.organisation(|held| held.contact_fields.iter().position(|field| field.name == name));
    let value = contact.custom_fields.iter().find(|value| Some(usize::from(value.field)) == at)?;
    Some(value.value.to_string())
}

/// The id of a custom field of Constant Contact.
pub fn label_id(world: &World, label: &str) -> String {
    let simulator = world.simulator();
    let fields = &simulator.constant_contact.account(HOPE).unwrap().custom_fields;
    fields.iter().find(|field| &*field.label == label).unwrap().custom_field_id.to_string()
}

/// Contacts that Virtuous has.
pub fn contacts(world: &World) -> usize {
    world.organisation(|held| held.book.contacts().len())
}

/// The subscriber as Constant Contact has it.
pub fn in_cc(world: &World, id: &str) -> Contact {
    world.simulator().constant_contact.account(HOPE).unwrap().roster.get(uuid(id)).unwrap().clone()
}

/// Requests that changed something in Constant Contact.
pub fn cc_writes(world: &World) -> u64 {
    world.simulator().constant_contact.account(HOPE).unwrap().writes
}

/// `tandem contact`.
pub async fn contact(world: &World, id: &str) -> Value {
    world.ask(ShowContact { customer: HOPE.parse().unwrap(), who: id.to_owned() }).await.unwrap()
}

/// Somebody who unsubscribed, and whom staff opted in again afterwards: a question (P5).
pub async fn opted_in_by_staff(world: &World, first: &str) -> String {
    let id = linked(world, first, &[]).await;
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    settle(world, "opted out").await;
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-in", &json!({"contact": id}));
    until(world, &id, State::Review, Cause::StaffOptIn).await;
    id
}
