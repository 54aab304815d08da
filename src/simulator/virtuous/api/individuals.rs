//! Individuals: the people within contacts, and the cheapest way from an address to its opt-in (section 4.3).

use serde::Deserialize;

use super::contacts::{FieldEntry, checked_fields, replace};
use crate::{
    domain::Timestamp,
    simulator::virtuous::{
        answer::{self, Outcome},
        book::set_field,
        call::{Call, loose_bool, loose_text},
        model::{Contact, IndividualExtras},
        organisation::Organisation,
        view::{IndividualView, Manner},
    },
};

/// An individual as a read shows it.
fn seen(organisation: &Organisation, id: i64, now: Timestamp) -> Outcome {
    let contact = organisation.book.of_individual(id).ok_or_else(answer::not_found)?;
    one_of(organisation, organisation.shown(contact, now), id, organisation.read_manner())
}

fn one_of(organisation: &Organisation, contact: &Contact, id: i64, manner: Manner) -> Outcome {
    let person = contact.individuals.iter().find(|person| person.id == id);
    let person = person.ok_or_else(answer::not_found)?;
    answer::ok(&IndividualView { organisation, contact_id: contact.id, person, manner })
}

pub(super) fn find(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let Some(email) = call.query("email") else {
        return Err(answer::described("An email is required."));
    };
    let contact = organisation.any_by_email(email.trim()).ok_or_else(answer::not_found)?;
    let person = contact.individuals.iter().find(|p| p.methods.iter().any(|m| m.has_address(email.trim())));
    let id = person.ok_or_else(answer::not_found)?.id;
    seen(organisation, id, call.now)
}

pub(super) fn by_id(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    seen(organisation, call.id(1), call.now)
}

/// A plain array, not an envelope (section 4.3).
pub(super) fn by_contact(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.contact(call.id(2)).ok_or_else(answer::not_found)?;
    let contact = organisation.shown(contact, call.now);
    let manner = organisation.read_manner();
    let people: Vec<_> = contact
        .individuals
        .iter()
        .map(|person| IndividualView { organisation, contact_id: contact.id, person, manner })
        .collect();
    answer::ok(&people)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IndividualBody {
    #[serde(default, deserialize_with = "loose_text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    prefix: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    middle_name: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    suffix: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    passion: Option<String>,
    #[serde(default, deserialize_with = "loose_bool")]
    is_deceased: Option<bool>,
    #[serde(default)]
    custom_fields: Option<Vec<FieldEntry>>,
}

/// First and last name are wanted, one of them not empty; what is left out stays, or is cleared by switch.
pub(super) fn update(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let id = call.id(1);
    let contact = organisation.book.of_individual(id).ok_or_else(answer::not_found)?.id;
    let before = organisation.book.individual(id).ok_or_else(answer::not_found)?.custom_fields.clone();
    let body: IndividualBody = call.body("contactIndividualBindingModel")?;
    let status = organisation.switches.invalid_status;
    let (Some(first), Some(last)) = (body.first_name, body.last_name) else {
        return Err(answer::invalid(status, "firstName", "The first and last name are required."));
    };
    if first.trim().is_empty() && last.trim().is_empty() {
        return Err(answer::invalid(status, "firstName", "A name is required."));
    }
    let fields =
        checked_fields(&organisation.individual_fields, FieldEntry::pairs(body.custom_fields), status)?;
    let clears = organisation.switches.put_clears_omitted;
    let without_effect = organisation.unreliable.fields_without_effect;
    if let Some(person) = organisation.book.individual_mut(id) {
        person.first_name = first.into();
        person.last_name = last.into();
        let mut extras = person.extras.take().map_or_else(IndividualExtras::default, |extras| *extras);
        replace(&mut extras.prefix, body.prefix, clears);
        replace(&mut extras.middle_name, body.middle_name, clears);
        replace(&mut extras.suffix, body.suffix, clears);
        replace(&mut extras.passion, body.passion, clears);
        person.extras = (extras != IndividualExtras::default()).then(|| Box::new(extras));
        person.deceased = body.is_deceased.unwrap_or(person.deceased && !clears);
        let kept = if without_effect { Vec::new() } else { fields };
        for (field, value) in kept {
            set_field(&mut person.custom_fields, field, &value);
        }
        person.modified = call.now;
    }
    organisation.touch(contact, true, true, call.now);
    let held = organisation.book.of_individual(id).ok_or_else(answer::not_found)?;
    let answer = one_of(organisation, held, id, Manner::written());
    if organisation.unreliable.fields_reset
        && let Some(person) = organisation.book.individual_mut(id)
    {
        person.custom_fields = before;
        organisation.touch(contact, true, true, call.now);
    }
    answer
}
