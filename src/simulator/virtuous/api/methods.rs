//! Contact methods: addresses, numbers, and the opt-in (section 5).

use serde::Deserialize;

use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        answer::{self, Outcome},
        call::{Call, loose_bool, loose_int, loose_text},
        model::{NewMethod, Writer, same_text},
        organisation::{METHOD_TYPES, Organisation},
        view::MethodView,
    },
    transport::Response,
};

pub(super) fn by_id(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.of_method(call.id(1)).ok_or_else(answer::not_found)?;
    let mut methods = organisation.shown(contact, call.now).methods();
    let method = methods.find(|method| method.id == call.id(1)).ok_or_else(answer::not_found)?;
    answer::ok(&MethodView::new(method, organisation.switches.times_with_z))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodBody {
    #[serde(default, deserialize_with = "loose_int")]
    contact_individual_id: Option<i64>,
    #[serde(default, rename = "type", deserialize_with = "loose_text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    value: Option<String>,
    #[serde(default, deserialize_with = "loose_bool")]
    is_opted_in: Option<bool>,
    #[serde(default, deserialize_with = "loose_bool")]
    set_as_primary: Option<bool>,
}

/// The whole model is wanted: without type and value the update is refused.
fn required(body: &MethodBody, status: u16) -> Result<(String, String), Response> {
    let text = |field: &Option<String>, name| {
        let filled = field.as_ref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        filled.ok_or_else(|| answer::invalid(status, name, "The field is required."))
    };
    let kind = text(&body.kind, "type")?;
    if !METHOD_TYPES.contains(&kind.as_str()) {
        return Err(answer::invalid(status, "type", "The type is unknown."));
    }
    Ok((kind, text(&body.value, "value")?))
}

/// 409 if the address sits on another contact, where the organisation minds (section 5).
fn unique(organisation: &Organisation, contact: i64, kind: &str, value: &str) -> Result<(), Response> {
    let taken = organisation.switches.emails_unique
        && kind.ends_with("Email")
        && organisation.book.by_email(value).any(|other| other.id != contact && other.merged_into.is_none());
    if taken { Err(answer::conflict("The email address belongs to another contact.")) } else { Ok(()) }
}

fn written(organisation: &Organisation, id: i64) -> Outcome {
    let method = organisation.book.method(id).ok_or_else(answer::not_found)?;
    answer::ok(&MethodView::new(method, true))
}

fn changed(organisation: &mut Organisation, individual: i64, now: Timestamp) {
    let Some(contact) = organisation.book.of_individual(individual).map(|contact| contact.id) else { return };
    let (bump, fire) = (organisation.switches.method_bumps_contact, organisation.switches.method_fires);
    organisation.touch(contact, bump, fire, now);
}

/// Not idempotent: a repeat makes a second method.
pub(super) fn create(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body: MethodBody = call.body("contactMethodBindingModel")?;
    let status = organisation.switches.invalid_status;
    let Some(individual) = body.contact_individual_id else {
        return Err(answer::model_state("contactMethodBindingModel.contactIndividualId"));
    };
    let contact = organisation.book.of_individual(individual).ok_or_else(answer::not_found)?.id;
    let (kind, value) = required(&body, status)?;
    unique(organisation, contact, &kind, &value)?;
    let held = organisation.book.individual(individual).map_or(&[][..], |person| &person.methods);
    if held.iter().any(|method| *method.kind == *kind && same_text(&method.value, &value)) {
        organisation.meter.repeats.methods += 1;
    }
    let new = NewMethod {
        kind,
        value,
        opted_in: body.is_opted_in.unwrap_or(true),
        modified: None,
        writer: Writer::Api,
    };
    let id = organisation.book.add_method(individual, &new, call.now).ok_or_else(answer::not_found)?;
    if body.set_as_primary == Some(true) {
        organisation.make_primary(individual, id);
    }
    changed(organisation, individual, call.now);
    written(organisation, id)
}

/// A full replace: an opt-in that is left out becomes false, since a flag has no other default there. `setAsPrimary`
/// left out keeps the primary (recorded), and `false` does not demote (GUESS).
pub(super) fn update(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let id = call.id(1);
    let contact = organisation.book.of_method(id).ok_or_else(answer::not_found)?;
    let contact_id = contact.id;
    let owner = contact.individuals.iter().find(|person| person.methods.iter().any(|m| m.id == id));
    let individual = owner.ok_or_else(answer::not_found)?.id;
    let body: MethodBody = call.body("contactMethodBindingModel")?;
    let (kind, value) = required(&body, organisation.switches.invalid_status)?;
    let moved = organisation.book.method(id).is_some_and(|method| !same_text(&method.value, &value));
    if moved {
        unique(organisation, contact_id, &kind, &value)?;
    }
    if organisation.unreliable.methods_without_effect {
        return if organisation.unreliable.method_answers_empty {
            answer::empty()
        } else {
            written(organisation, id)
        };
    }
    let before = organisation.unreliable.method_answers_old.then(|| written(organisation, id));
    organisation.book.set_method_value(id, &kind, &value);
    if let Some(method) = organisation.book.method_mut(id) {
        method.opted_in = body.is_opted_in.unwrap_or(false);
        method.writer = Writer::Api;
        method.modified = call.now;
    }
    if body.set_as_primary == Some(true) {
        organisation.make_primary(individual, id);
    }
    changed(organisation, individual, call.now);
    if organisation.unreliable.method_answers_empty {
        return answer::empty();
    }
    before.unwrap_or_else(|| written(organisation, id))
}

impl Organisation {
    fn make_primary(&mut self, individual: i64, id: i64) {
        let Some(person) = self.book.individual_mut(individual) else { return };
        let email = person.methods.iter().any(|method| method.id == id && method.is_email());
        for method in person.methods.iter_mut().filter(|method| method.is_email() == email) {
            method.primary = method.id == id;
        }
    }
}
