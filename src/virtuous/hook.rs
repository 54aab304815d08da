//! What Virtuous posts to `/hooks/virtuous/...`: only which contact changed. What the body claims of the contact is no
//! evidence (it has no order and, unsigned, no author), so it is read again.
//!
//! Real traffic and the documentation disagree on the envelope (reference/virtuous.md 11.2, CONFLICT): both are read.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use serde::{
    Deserializer as _,
    de::{SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    convert,
    lenient::{as_flag, as_integer, as_text, as_time},
    page::text_of,
};
use crate::domain::{Timestamp, VirtuousContact, VirtuousContactId};

/// Contacts of one delivery that are looked at: more are one query.
pub const TOLD_MAX: usize = 20;

/// Distinct contacts of one delivery that are kept, as many as a large edit by staff names; further ones are one query of what changed
/// (V2).
pub const CONTACTS_MAX: usize = 5_000;

/// Events of one delivery that name no contact and are kept: further ones tell nothing.
const CONTACTLESS_MAX: usize = 5_000;

/// An event or model that is longer is read no further than what names its contact: as JSON values it takes many times its length.
const LONG: usize = 512 * 1024;

/// Longer names, ids and dates of events are none.
const WORD_MAX: usize = 200;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtuousEvent {
    /// Its name as sent: `ContactUpdate`, `contact.updated`, or a name that Tandem does not know.
    pub kind: String,
    /// The contact that it is about, if it names one.
    pub contact: Option<VirtuousContactId>,
    /// A hash of its id if it has one, else of what it says of the contact: deliveries are repeated. `None` where it has no id
    /// and leaves out what Tandem reads of a contact: the same words may tell of another opt-in or tag then.
    pub content: Option<u64>,
    /// The contact's own `modifiedDateTimeUtc`: deliveries come out of order. The date of a note, or of the envelope, says nothing
    /// of the contact.
    pub modified_at: Option<Timestamp>,
    /// The contact as the event tells it, of the first [`TOLD_MAX`] of a delivery: an event that says what is known costs no call (V3).
    pub told: Option<Box<VirtuousContact>>,
}

impl VirtuousEvent {
    /// Whether the contact may have changed, so that it is worth a reading.
    #[must_use]
    pub fn is_about_contact(&self) -> bool {
        self.contact.is_some() && self.kind.to_ascii_lowercase().starts_with("contact")
    }
}

/// Why a body is no delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// Neither an event nor a list of events.
    #[error("the body holds no event")]
    NoEvent,
}

/// Reads a delivery: one event, an event of many `models`, or an array of either. An element that is no event is passed
/// over if others are; an empty array is no event and no error. Of more contacts than [`CONTACTS_MAX`] one more is given, which tells that
/// there are more.
///
/// # Errors
/// [`HookError`] when nothing in the body is an event.
pub fn events(body: &[u8]) -> Result<Vec<VirtuousEvent>, HookError> {
    let text = text_of(body);
    let whole: &RawValue = serde_json::from_str(&text).map_err(|_| HookError::NotJson)?;
    let mut found = Found::default();
    if whole.get().starts_with('[') {
        if each(whole.get(), |item| envelope(item, &mut found)) == 0 {
            return Ok(found.events);
        }
    } else {
        envelope(whole.get(), &mut found);
    }
    if found.events.is_empty() { Err(HookError::NoEvent) } else { Ok(found.events) }
}

/// The events that were found, of so many contacts at most.
#[derive(Default)]
struct Found {
    events: Vec<VirtuousEvent>,
    contacts: HashSet<VirtuousContactId>,
    contactless: usize,
}

impl Found {
    fn has_room_for(&mut self, contact: Option<VirtuousContactId>) -> bool {
        match contact {
            Some(contact) if self.contacts.len() > CONTACTS_MAX => self.contacts.contains(&contact),
            Some(contact) => {
                self.contacts.insert(contact);
                true
            }
            None => {
                self.contactless += 1;
                self.contactless <= CONTACTLESS_MAX
            }
        }
    }
}

/// Hands on the elements of an array one by one, so that no more than one is held as values (W5). How many there were.
fn each<'a>(array: &'a str, take: impl FnMut(&'a str)) -> usize {
    struct Each<F>(F);
    impl<'de, F: FnMut(&'de str)> Visitor<'de> for Each<F> {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<usize, A::Error> {
            let mut count = 0;
            while let Some(element) = elements.next_element::<&'de RawValue>()? {
                (self.0)(element.get());
                count += 1;
            }
            Ok(count)
        }
    }
    serde_json::Deserializer::from_str(array).deserialize_seq(Each(take)).unwrap_or(0)
}

fn members(object: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(object).ok()
}

fn word(raw: &RawValue) -> Option<Value> {
    let text = raw.get();
    if text.len() <= WORD_MAX { serde_json::from_str(text).ok() } else { None }
}

/// An object as values; of a long one only what names its contact, also under the names of `within`.
fn object(text: &str, within: &[&str]) -> Option<Map<String, Value>> {
    if text.len() <= LONG {
        return serde_json::from_str(text).ok();
    }
    let named = |(key, raw): (String, &RawValue)| {
        let value = match key.as_str() {
            "id" | "contactId" | "modifiedDateTimeUtc" => word(raw)?,
            key if within.contains(&key) => Value::Object(object(raw.get(), &[])?),
            _ => return None,
        };
        Some((key, value))
    };
    Some(members(text)?.into_iter().filter_map(named).collect())
}

fn envelope(envelope: &str, found: &mut Found) {
    const WITHIN: &[&str] = &["contact", "contactNote", "note"];
    let Some(parts) = members(envelope) else { return };
    let text = |keys: &[&str]| keys.iter().find_map(|key| as_text(&word(parts.get(*key)?)?));
    let Some(kind) = text(&["event", "eventType"]) else { return };
    let event_id = text(&["eventId"]).map(|id| xxh3_64(id.as_bytes()));
    let mut push = |subject: &Map<String, Value>| {
        let (contact, modified_at) = subject_of(subject, &kind);
        if !found.has_room_for(contact) {
            return;
        }
        let is_told = found.events.len() < TOLD_MAX;
        found.events.push(VirtuousEvent {
            kind: kind.clone(),
            contact,
            content: event_id.or_else(|| content_of(&kind, subject)),
            modified_at,
            told: if is_told { told(subject, &kind) } else { None },
        });
    };
    let subject = parts.get("models").or_else(|| parts.get("data")).map(|raw| raw.get());
    match subject {
        Some(models) if models.starts_with('[') => {
            // An event is kept even when none of its models can be read.
            let mut any = false;
            each(models, |model| {
                if let Some(model) = object(model, WITHIN) {
                    any = true;
                    push(&model);
                }
            });
            if !any {
                push(&Map::new());
            }
        }
        Some(data) if data.starts_with('{') => push(&object(data, WITHIN).unwrap_or_default()),
        _ => push(&object(envelope, WITHIN).unwrap_or_default()),
    }
}

/// The contact as a model tells it; `None` if the model is of something else, or leaves everybody out.
fn told(model: &Map<String, Value>, kind: &str) -> Option<Box<VirtuousContact>> {
    let kind = kind.to_ascii_lowercase();
    let contact = model.get("contact").and_then(Value::as_object).unwrap_or(model);
    if !kind.starts_with("contact") || kind.starts_with("contactnote") {
        return None;
    }
    contact.get("contactIndividuals")?.as_array()?;
    convert::contact(&Value::Object(contact.clone())).ok().map(Box::new)
}

/// What tells an event without an id from another: all that it says. `None` where it leaves out what Tandem reads of a contact: the
/// methods of everybody, each with its opt-in, and the tags.
fn content_of(kind: &str, model: &Map<String, Value>) -> Option<u64> {
    let contact = model.get("contact").and_then(Value::as_object).unwrap_or(model);
    let individuals = contact.get("contactIndividuals").and_then(Value::as_array)?;
    let says_opt_in = |method: &Value| method.get("isOptedIn").and_then(as_flag).is_some();
    let says_all = |one: &Value| {
        one.get("contactMethods").and_then(Value::as_array).is_some_and(|all| all.iter().all(says_opt_in))
    };
    if !individuals.iter().all(says_all) || !contact.get("tags").is_some_and(Value::is_array) {
        return None;
    }
    Some(xxh3_64(&serde_json::to_vec(&(kind, model)).ok()?))
}

/// The contact of a model: under `contact`, by `contactId`, or the model itself if the event is about contacts.
fn subject_of(model: &Map<String, Value>, kind: &str) -> (Option<VirtuousContactId>, Option<Timestamp>) {
    let id = |from: &Map<String, Value>, key: &str| from.get(key).and_then(as_integer).filter(|id| *id > 0);
    let kind = kind.to_ascii_lowercase();
    let itself = kind.starts_with("contact") && !kind.starts_with("contactnote");
    let nested = |key: &str| model.get(key).and_then(Value::as_object);
    if let Some(contact) = nested("contact") {
        return (id(contact, "id").map(VirtuousContactId), modified(contact));
    }
    let note = nested("contactNote").or_else(|| nested("note")).unwrap_or(model);
    let contact = id(note, "contactId").or_else(|| if itself { id(model, "id") } else { None });
    (contact.map(VirtuousContactId), if itself { modified(model) } else { None })
}

fn modified(record: &Map<String, Value>) -> Option<Timestamp> {
    record.get("modifiedDateTimeUtc").and_then(as_time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::virtuous::script::{any_json, full_contact};

    fn check(body: Value, expect: &[(&str, Option<i64>)]) {
        let events = events(body.to_string().as_bytes()).unwrap();
        let read: Vec<_> = events.iter().map(|e| (e.kind.as_str(), e.contact.map(|id| id.0))).collect();
        assert_eq!(read, expect, "{body}");
    }

    #[test]
    fn both_envelopes_are_read() {
        let contact = full_contact(4, "a@b.example");
        check(json!({"event": "ContactUpdate", "contact": contact}), &[("ContactUpdate", Some(4))]);
        check(
            json!({"event": "ContactUpdate", "models": [{"contact": contact}, {"contact": {"id": "5"}}]}),
            &[("ContactUpdate", Some(4)), ("ContactUpdate", Some(5))],
        );
        check(json!({"event": "ContactCreate", "models": [{"id": 6}]}), &[("ContactCreate", Some(6))]);
        check(json!({"eventType": "contact.created", "data": contact}), &[("contact.created", Some(4))]);
        check(
            json!([{"eventType": "contact.updated", "data": {"contactId": 7}}, 5, {"event": "GiftCreate"}]),
            &[("contact.updated", Some(7)), ("GiftCreate", None)],
        );
        check(json!([]), &[]);
    }

    #[test]
    fn unknown_events_are_kept() {
        check(json!({"event": "TagRenamed", "id": 4}), &[("TagRenamed", None)]);
        check(json!({"event": "ContactUpdate", "models": []}), &[("ContactUpdate", None)]);
        check(
            json!({"event": "ContactNoteCreate", "contactNote": {"id": 9, "contactId": 4}}),
            &[("ContactNoteCreate", Some(4))],
        );
    }

    #[test]
    fn ids_and_times_are_read() {
        let body = json!({"eventType": "contact.updated", "eventId": "e-1",
            "timestamp": "2026-11-22T10:00:00Z", "data": {"id": 4}});
        let event = events(body.to_string().as_bytes()).unwrap().remove(0);
        assert_eq!(event.content, Some(xxh3_64(b"e-1")));
        assert_eq!(event.modified_at, None, "that the envelope is old says nothing of the contact");
        assert!(event.is_about_contact());
        let note = json!({"event": "ContactNoteCreate",
            "contactNote": {"id": 9, "contactId": 4, "modifiedDateTimeUtc": "2026-11-22T10:00:00Z"}});
        let event = events(note.to_string().as_bytes()).unwrap().remove(0);
        assert_eq!((event.contact, event.modified_at), (Some(VirtuousContactId(4)), None));
        let body = json!({"event": "ContactUpdate", "contact": full_contact(4, "a@b.example")});
        let event = events(body.to_string().as_bytes()).unwrap().remove(0);
        assert_eq!(event.modified_at, Timestamp::parse("2023-12-01T09:00:00Z"));
    }

    #[test]
    fn only_what_says_all_of_a_contact_can_be_told_from_another() {
        let content = |body: Value| events(body.to_string().as_bytes()).unwrap().remove(0).content;
        let whole = |name: &str| {
            json!({"event": "ContactUpdate", "contact": {"id": 4, "name": name, "tags": [],
                "contactIndividuals": [{"id": 1, "contactMethods": [{"id": 2, "isOptedIn": true}]}]}})
        };
        assert!(content(whole("a")).is_some());
        assert_eq!(content(whole("a")), content(whole("a")));
        assert_ne!(content(whole("a")), content(whole("b")));
        let individuals = |methods: Value| json!([{"id": 1, "contactMethods": methods}]);
        for part in [
            json!({"id": 4}),
            json!({"id": 4, "tags": [], "contactIndividuals": individuals(Value::Null)}),
            json!({"id": 4, "tags": [], "contactIndividuals": individuals(json!([{"id": 2, "value": "a"}]))}),
            json!({"id": 4, "tags": [], "contactIndividuals": individuals(json!([{"id": 2, "isOptedIn": null}]))}),
            json!({"id": 4, "contactIndividuals": individuals(json!([{"id": 2, "isOptedIn": true}]))}),
        ] {
            assert_eq!(content(json!({"event": "ContactUpdate", "contact": part})), None);
        }
    }

    #[test]
    fn w5_of_a_delivery_of_many_contacts_the_first_are_kept_and_the_next_tells_of_more() {
        let many: Vec<Value> =
            (1..=12_000).map(|id| json!({"event": "ContactUpdate", "contact": {"id": id}})).collect();
        let found = events(json!(many).to_string().as_bytes()).unwrap();
        assert_eq!(found.len(), CONTACTS_MAX + 1);
        let models: Vec<Value> = (0..12_000).map(|id| json!({"contact": {"id": id % 10 + 1}})).collect();
        let found =
            events(json!({"event": "ContactUpdate", "models": models}).to_string().as_bytes()).unwrap();
        assert_eq!(found.len(), 12_000, "few contacts, told of again and again");
    }

    /// As values, 8 MiB of tiny objects took 0.6 GB.
    #[test]
    fn w5_of_a_delivery_of_tiny_objects_few_are_kept_and_of_a_long_one_what_names_its_contact() {
        let tiny = "{},".repeat(100_000);
        let tiny = tiny.trim_end_matches(',');
        let kept = |body: String| events(body.as_bytes()).unwrap();
        let found = kept(format!(r#"{{"event":"ContactUpdate","models":[{tiny}]}}"#));
        assert_eq!(found.len(), CONTACTLESS_MAX);
        let found = kept(format!(r#"[{tiny},{{"event":"ContactUpdate","contact":{{"id":4}}}}]"#));
        assert_eq!(found.iter().map(|event| event.contact).collect::<Vec<_>>(), [Some(VirtuousContactId(4))]);
        let parts = tiny.repeat(3).replace("}{", "},{");
        let long = format!(r#"{{"contactIndividuals":[{parts}],"tags":[],"id":"5"}}"#);
        assert!(long.len() > LONG);
        for body in [
            format!(r#"{{"event":"ContactUpdate","contact":{long}}}"#),
            format!(r#"{{"event":"ContactUpdate","data":{long}}}"#),
            format!(r#"[{{"event":"ContactUpdate","models":[{{"contact":{long}}}]}}]"#),
        ] {
            let found = kept(body);
            let [event] = found.as_slice() else { panic!("{} events", found.len()) };
            assert_eq!((event.contact, event.content), (Some(VirtuousContactId(5)), None));
            assert!(event.told.is_none());
        }
        assert_eq!(events(format!("[{tiny}").as_bytes()), Err(HookError::NotJson));
    }

    #[test]
    fn what_is_no_event_says_so() {
        assert_eq!(events(b"<html>"), Err(HookError::NotJson));
        assert_eq!(events(b""), Err(HookError::NotJson));
        for body in ["7", "null", "{}", "[7]", "[{}]", r#"{"contact":{"id":4}}"#] {
            assert_eq!(events(body.as_bytes()), Err(HookError::NoEvent), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(
            value in any_json(),
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = events(&bytes);
            let _ = events(json!({"event": "ContactUpdate", "models": value}).to_string().as_bytes());
            let _ = events(json!({"event": value}).to_string().as_bytes());
        }
    }
}
