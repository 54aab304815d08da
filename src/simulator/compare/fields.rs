//! F1: custom fields of Constant Contact in the Virtuous fields of the same name, or of the customer's table.

use super::check::Check;
use crate::simulator::{
    constant_contact::{Contact, CustomField, FieldValue},
    virtuous::{
        fields::{DataType, FieldDefinition},
        model,
    },
};

/// The text of a value: labels of choices, sorted as they are defined, or the text itself.
fn text_of(field: &CustomField, value: &FieldValue) -> String {
    let labels: Vec<&str> = field
        .choices
        .iter()
        .filter(|choice| value.choice_ids.iter().any(|id| **id == *choice.id_on_contacts()))
        .map(|choice| &*choice.choice_label)
        .collect();
    if labels.is_empty() { value.value.as_deref().unwrap_or_default().to_owned() } else { labels.join("; ") }
}

/// Several choices agree in any order and with either separator.
fn same(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text.split([';', ',']).map(|part| part.trim().to_owned()).collect();
        parts.sort();
        parts
    };
    one == other || parts(one) == parts(other)
}

fn target<'a>(definitions: &'a [FieldDefinition], name: &str) -> Option<(usize, &'a FieldDefinition)> {
    let named = |definition: &FieldDefinition| {
        definition.name.to_lowercase() == name.to_lowercase()
            || definition.display_name.to_lowercase() == name.to_lowercase()
    };
    definitions.iter().enumerate().find(|(_, definition)| named(definition))
}

pub(super) fn compare(check: &mut Check<'_>, contact: &Contact, held: &model::Contact) {
    // A household has one value of a contact field: with several subscribers any of theirs is right (I4).
    if check.is_shared(held) {
        return;
    }
    for value in &contact.custom_fields {
        let fields = &check.account.custom_fields;
        let Some(field) = fields.iter().find(|field| field.custom_field_id == value.custom_field_id) else {
            continue;
        };
        let name = check.rules.fields.get(&*field.label).map_or(&*field.label, String::as_str);
        let address = contact.email.as_ref().map_or("", |email| &email.address);
        let person = held.individuals.iter().find(|p| p.methods.iter().any(|m| m.has_address(address)));
        let (definition, values) = if let Some(found) = target(&check.organisation.contact_fields, name) {
            (found, &held.custom_fields)
        } else if let (Some(found), Some(person)) =
            (target(&check.organisation.individual_fields, name), person)
        {
            (found, &person.custom_fields)
        } else {
            continue;
        };
        let (at, definition) = definition;
        // What the field does not take is reported and left alone.
        let Some(expected) = definition.accept(&text_of(field, value)).filter(|text| !text.is_empty()) else {
            continue;
        };
        let found =
            values.iter().find(|value| usize::from(value.field) == at).map_or("", |value| &value.value);
        let agrees = match definition.data_type {
            DataType::Text => same(&expected, found),
            DataType::Number => expected.parse::<f64>().ok() == found.parse::<f64>().ok(),
            _ => expected == found,
        };
        if !agrees {
            let expected = format!("{} = {expected}", definition.name);
            check.found.differ(contact.id, "fields", expected, found);
        }
    }
}
