//! What a client reads once a day: the organisation, types and custom fields.

use serde::Serialize;
use serde_json::json;

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    call::Call,
    fields::FieldDefinition,
    organisation::{CONTACT_TYPES, METHOD_TYPES, Organisation},
};

pub(super) fn current(organisation: &mut Organisation, _: &Call<'_>) -> Outcome {
    answer::ok(&json!({
        "organizationUserId": organisation.id,
        "organizationName": organisation.name,
        "organizationTimeZone": organisation.time_zone.name(),
        "organizationCulture": "en-US",
        "currentUserTimeZone": organisation.time_zone.name(),
        "isAdministrator": false,
        "isEnabled": organisation.enabled,
    }))
}

pub(super) fn contact_types(_: &mut Organisation, _: &Call<'_>) -> Outcome {
    answer::ok(&CONTACT_TYPES)
}

pub(super) fn method_types(_: &mut Organisation, _: &Call<'_>) -> Outcome {
    answer::ok(&METHOD_TYPES)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition<'a> {
    name: &'a str,
    display_name: &'a str,
    data_type: &'static str,
    options: Option<&'a [String]>,
}

fn definitions(fields: &[FieldDefinition], old: bool) -> Outcome {
    let shown: Vec<_> = fields
        .iter()
        .map(|field| Definition {
            name: &field.name,
            display_name: &field.display_name,
            data_type: field.type_name(old),
            options: (!field.options.is_empty()).then_some(field.options.as_slice()),
        })
        .collect();
    answer::ok(&shown)
}

pub(super) fn contact_fields(organisation: &mut Organisation, _: &Call<'_>) -> Outcome {
    definitions(&organisation.contact_fields, organisation.switches.old_type_names)
}

pub(super) fn individual_fields(organisation: &mut Organisation, _: &Call<'_>) -> Outcome {
    definitions(&organisation.individual_fields, organisation.switches.old_type_names)
}

/// An object, not a list (section 8).
pub(super) fn note_types(_: &mut Organisation, _: &Call<'_>) -> Outcome {
    answer::ok(&json!({
        "general": "General", "call": "Call", "text Message": "Text Message", "letter": "Letter",
        "direct Mail": "Direct Mail", "social Media": "Social Media", "email": "Email", "in Person": "In Person",
        "event": "Event", "alert": "Alert", "thank You": "Thank You",
    }))
}
