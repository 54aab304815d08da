//! Reading and updating contacts.

use serde::Deserialize;

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    book::set_field,
    call::{Call, loose_bool, loose_text},
    fields::FieldDefinition,
    model::{Contact, ContactExtras},
    organisation::Organisation,
    view::{ContactView, Manner},
};
use crate::transport::Response;

pub(super) fn by_id(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.contact(call.id(1)).ok_or_else(answer::not_found)?;
    let contact = organisation.shown(contact, call.now);
    answer::ok(&ContactView { by_id: true, ..organisation.view(contact) })
}

pub(super) fn by_reference(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = organisation.book.by_reference(call.text(1), call.text(2));
    answer::ok(&organisation.view(organisation.shown(contact.ok_or_else(answer::not_found)?, call.now)))
}

/// The reference pair wins over the email; one contact is given even if several fit (section 4.1).
pub(super) fn find(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let contact = match (call.query("referenceSource"), call.query("referenceId"), call.query("email")) {
        (Some(source), Some(id), _) => organisation.book.by_reference(source, id),
        (_, _, Some(email)) => organisation.any_by_email(email),
        _ => return Err(answer::described("An email or a reference is required.")),
    };
    answer::ok(&organisation.view(organisation.shown(contact.ok_or_else(answer::not_found)?, call.now)))
}

impl Organisation {
    /// One of the contacts with an address: which one is undocumented (section 4.1).
    pub(super) fn any_by_email(&self, email: &str) -> Option<&Contact> {
        let mut live = self.book.by_email(email).filter(|contact| contact.merged_into.is_none());
        if self.switches.find_gives_newest { live.last() } else { live.next() }
    }
}

/// A field as PUT takes it: an array of these, not the object that transactions take (section 7).
#[derive(Debug, Deserialize)]
pub(super) struct FieldEntry {
    name: String,
    #[serde(default, deserialize_with = "loose_text")]
    value: Option<String>,
}

/// Checks values against definitions: unknown names are ignored, a value that does not fit is refused.
pub(super) fn checked_fields(
    definitions: &[FieldDefinition],
    entries: impl Iterator<Item = (String, String)>,
    status: u16,
) -> Result<Vec<(u16, String)>, Response> {
    let mut taken = Vec::new();
    for (name, value) in entries {
        let Some(at) = definitions.iter().position(|definition| definition.name == name) else { continue };
        let Some(value) = definitions[at].accept(&value) else {
            return Err(answer::invalid(status, &name, "The value is not valid for this field."));
        };
        taken.push((u16::try_from(at).unwrap_or(u16::MAX), value));
    }
    Ok(taken)
}

impl FieldEntry {
    pub(super) fn pairs(entries: Option<Vec<Self>>) -> impl Iterator<Item = (String, String)> {
        entries.unwrap_or_default().into_iter().map(|entry| (entry.name, entry.value.unwrap_or_default()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactBody {
    #[serde(default, deserialize_with = "loose_text")]
    name: Option<String>,
    #[serde(default)]
    contact_type: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    informal_name: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    website: Option<String>,
    #[serde(default, deserialize_with = "loose_bool")]
    is_private: Option<bool>,
    #[serde(default, deserialize_with = "loose_bool")]
    is_archived: Option<bool>,
    #[serde(default)]
    custom_fields: Option<Vec<FieldEntry>>,
}

/// `name` is mandatory (section 14.6); what is left out stays, or is cleared by switch (section 12). The body has no
/// individuals: opt-ins cannot be set here (section 5).
pub(super) fn update(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let id = call.id(1);
    let before = organisation.book.contact(id).ok_or_else(answer::not_found)?.custom_fields.clone();
    let body: ContactBody = call.body("contactBindingModel")?;
    let Some(name) = body.name.filter(|name| !name.trim().is_empty()) else {
        return Err(answer::invalid(organisation.switches.invalid_status, "name", "The name is required."));
    };
    let status = organisation.switches.invalid_status;
    let fields = checked_fields(&organisation.contact_fields, FieldEntry::pairs(body.custom_fields), status)?;
    let clears = organisation.switches.put_clears_omitted;
    let without_effect = organisation.unreliable.fields_without_effect;
    let kind = body.contact_type.map(|kind| organisation.book.word(&kind));
    if let Some(contact) = organisation.book.contact_mut(id) {
        contact.name = name.into();
        if let Some(kind) = kind {
            contact.contact_type = kind;
        }
        let mut extras = contact.extras.take().map_or_else(ContactExtras::default, |extras| *extras);
        replace(&mut extras.informal_name, body.informal_name, clears);
        replace(&mut extras.description, body.description, clears);
        replace(&mut extras.website, body.website, clears);
        contact.extras = (extras != ContactExtras::default()).then(|| Box::new(extras));
        contact.private = body.is_private.unwrap_or(contact.private && !clears);
        contact.archived = body.is_archived.unwrap_or(contact.archived && !clears);
        let kept = if without_effect { Vec::new() } else { fields };
        for (field, value) in kept {
            set_field(&mut contact.custom_fields, field, &value);
        }
    }
    organisation.touch(id, true, true, call.now);
    let contact = organisation.book.contact(id).ok_or_else(answer::not_found)?;
    let answer = answer::ok(&ContactView { manner: Manner::written(), ..organisation.view(contact) });
    if organisation.unreliable.fields_reset
        && let Some(contact) = organisation.book.contact_mut(id)
    {
        contact.custom_fields = before;
        organisation.touch(id, true, true, call.now);
    }
    answer
}

/// Sets a text that was sent, and keeps or clears a text that was left out.
pub(super) fn replace(held: &mut Option<Box<str>>, sent: Option<String>, clears: bool) {
    match sent {
        Some(text) => *held = (!text.is_empty()).then(|| text.into_boxed_str()),
        None if clears => *held = None,
        None => {}
    }
}
