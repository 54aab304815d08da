//! Answers that leave something out, or turn it round (E2).

use fastrand::Rng;
use serde_json::{Map, Value};

use super::{
    organisation::Organisation,
    unreliable::{Gaps, Part, Unreliable},
};
use crate::transport::Response;

type Object = Map<String, Value>;

impl Unreliable {
    /// Whether answers have to be written once more.
    const fn distorts(&self) -> bool {
        self.gaps.per_mille > 0
            || self.methods_shuffled
            || self.methods_undated
            || self.references_hidden
            || self.archived_untold
            || self.private_untold
    }
}

impl Organisation {
    /// The answer as an unreliable organisation gives it. Only reads have gaps.
    pub(super) fn distorted(&mut self, mut response: Response, read: bool) -> Response {
        if !self.unreliable.distorts() || !response.is_success() {
            return response;
        }
        let Ok(mut body) = serde_json::from_slice(&response.body) else { return response };
        self.answers.0 += 1;
        let gaps = if read { self.unreliable.gaps } else { Gaps::default() };
        let random = Rng::with_seed(gaps.seed ^ self.answers.0.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut distortion = Distortion { unreliable: &self.unreliable, gaps, turn: self.answers.0, random };
        if distortion.any(&mut body) {
            response.body = serde_json::to_vec(&body).unwrap_or_default();
        }
        response
    }
}

struct Distortion<'a> {
    unreliable: &'a Unreliable,
    gaps: Gaps,
    turn: u64,
    random: Rng,
}

impl Distortion<'_> {
    /// Distorts the contacts in an answer; false if it has none.
    fn any(&mut self, body: &mut Value) -> bool {
        if let Some(list) = body.get_mut("list").and_then(Value::as_array_mut) {
            let mut found = false;
            for one in list {
                found |= self.any(one);
            }
            return found;
        }
        let Some(object) = body.as_object_mut() else { return false };
        if object.contains_key("contactIndividuals") {
            self.contact(object);
            return true;
        }
        if object.contains_key("contactMethods") {
            self.individual(object);
            return true;
        }
        false
    }

    fn contact(&mut self, contact: &mut Object) {
        if self.unreliable.archived_untold {
            contact.remove("isArchived");
        }
        if self.unreliable.private_untold {
            contact.remove("isPrivate");
        }
        if self.unreliable.references_hidden {
            contact.insert("contactReferences".to_owned(), Value::Array(Vec::new()));
        }
        for person in individuals(contact) {
            self.individual(person);
        }
        if self.random.u16(0..1000) < self.gaps.per_mille {
            let part = self.random.usize(0..Part::ALL.len());
            self.leave_out(contact, self.gaps.part.unwrap_or(Part::ALL[part]));
        }
    }

    fn individual(&self, person: &mut Object) {
        let Some(methods) = person.get_mut("contactMethods").and_then(Value::as_array_mut) else { return };
        if self.unreliable.methods_shuffled && !methods.is_empty() {
            let by = usize::try_from(self.turn).unwrap_or(0) % methods.len();
            methods.rotate_left(by);
        }
        if self.unreliable.methods_undated {
            for method in methods.iter_mut().filter_map(Value::as_object_mut) {
                method.remove("createDateTimeUtc");
                method.remove("modifiedDateTimeUtc");
            }
        }
    }

    fn leave_out(&mut self, contact: &mut Object, part: Part) {
        match part {
            Part::Tags => self.gap(contact, "tags"),
            Part::References => self.gap(contact, "contactReferences"),
            Part::Fields => self.gap(contact, "customFields"),
            Part::Individuals => self.gap(contact, "contactIndividuals"),
            Part::Private => self.gap(contact, "isPrivate"),
            Part::Tag => {
                let tags = contact.get_mut("tags").and_then(Value::as_array_mut);
                if let Some(tag) = tags.and_then(|tags| self.random.choice(tags)) {
                    *tag = Value::Null;
                }
            }
            Part::Methods => {
                let people: Vec<_> = individuals(contact).collect();
                if let Some(person) = self.random.choice(people) {
                    self.gap(person, "contactMethods");
                }
            }
            Part::OptIn => {
                let methods = individuals(contact)
                    .filter_map(|person| person.get_mut("contactMethods")?.as_array_mut())
                    .flatten()
                    .filter_map(Value::as_object_mut);
                let methods: Vec<_> = methods.collect();
                if let Some(method) = self.random.choice(methods) {
                    self.gap(method, "isOptedIn");
                }
            }
        }
    }

    /// A part is not there, or null.
    fn gap(&mut self, of: &mut Object, part: &str) {
        if self.random.bool() {
            of.remove(part);
        } else {
            of.insert(part.to_owned(), Value::Null);
        }
    }
}

fn individuals(contact: &mut Object) -> impl Iterator<Item = &mut Object> {
    let people = contact.get_mut("contactIndividuals").and_then(Value::as_array_mut);
    people.into_iter().flatten().filter_map(Value::as_object_mut)
}
