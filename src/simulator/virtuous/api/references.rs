//! References on contacts that are there already (section 9).

use serde::Deserialize;
use serde_json::json;

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    call::{Call, loose_int, loose_text},
    organisation::Organisation,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReferenceBody {
    #[serde(default, deserialize_with = "loose_int")]
    contact_id: Option<i64>,
    #[serde(default, deserialize_with = "loose_text")]
    reference_source: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    reference_id: Option<String>,
}

/// A reference belongs to one contact: on another one it is refused with 409; repeated on the same one it is taken.
pub(super) fn create(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body: ReferenceBody = call.body("contactReferenceBindingModel")?;
    let (Some(contact), Some(source), Some(id)) = (body.contact_id, body.reference_source, body.reference_id)
    else {
        return Err(answer::bad_request("contactId, referenceSource and referenceId are required."));
    };
    if source.trim().is_empty() || id.trim().is_empty() {
        return Err(answer::bad_request("referenceSource and referenceId are required."));
    }
    let target = organisation.book.contact(contact).ok_or_else(answer::not_found)?;
    match organisation.book.by_reference(&source, &id).map(|holder| holder.id) {
        Some(holder) if holder == contact => organisation.meter.repeats.references += 1,
        Some(_) => return Err(answer::conflict("The reference belongs to another contact.")),
        None => {}
    }
    let another = target.references.iter().any(|held| *held.source == *source && *held.id != *id);
    if another && !organisation.switches.several_references {
        return Err(answer::conflict("The contact has a reference of this source already."));
    }
    organisation.book.add_reference(contact, &source, &id);
    organisation.touch(contact, true, true, call.now);
    answer::ok(&json!({"contactId": contact, "source": source, "id": id}))
}

pub(super) fn remove(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let id = call.query("referenceId").unwrap_or_default();
    let contact = organisation.book.remove_reference(call.text(1), id).ok_or_else(answer::not_found)?;
    organisation.touch(contact, true, true, call.now);
    answer::empty()
}
