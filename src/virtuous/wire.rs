//! The shapes that Virtuous sends, as sent. Nothing outside of this folder sees them; `convert` makes domain values.
//! Every field is optional and read leniently (reference/virtuous.md 12: no strict schemas).

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::lenient::{self, List, flag, integer, text, time};
use crate::domain::Timestamp;

/// A full contact (reference 4.2), as given by id, by reference, by `Find` and by `Query/FullContact`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    #[serde(default, deserialize_with = "integer")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    pub(super) merged_into_contact_id: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_archived: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_private: Option<bool>,
    #[serde(default)]
    pub(super) contact_references: List<Reference>,
    #[serde(default)]
    pub(super) tags: List<TagName>,
    #[serde(default)]
    pub(super) custom_fields: List<CustomField>,
    #[serde(default)]
    pub(super) contact_individuals: List<Individual>,
    #[serde(default, deserialize_with = "time")]
    pub(super) modified_date_time_utc: Option<Timestamp>,
}

/// A person of a contact; `contactId` is what `ContactIndividual/Find` is for (reference 4.3).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Individual {
    #[serde(default, deserialize_with = "integer")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    pub(super) contact_id: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_primary: Option<bool>,
    #[serde(default)]
    pub(super) contact_methods: List<Method>,
    #[serde(default)]
    pub(super) custom_fields: List<CustomField>,
}

/// A ContactMethod (reference 5).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Method {
    #[serde(default, deserialize_with = "integer")]
    pub(super) id: Option<i64>,
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_opted_in: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_primary: Option<bool>,
    #[serde(default, deserialize_with = "time")]
    pub(super) create_date_time_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) modified_date_time_utc: Option<Timestamp>,
}

/// One external reference: `{source, id}` in reads; the names of the writes are taken too (reference 3.3, CONFLICT).
#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default, alias = "referenceSource", deserialize_with = "text")]
    pub(super) source: Option<String>,
    #[serde(default, alias = "referenceId", deserialize_with = "text")]
    pub(super) id: Option<String>,
}

/// A custom field as read: an array of these (reference 7).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomField {
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) display_name: Option<String>,
    /// `null` for a field without a value.
    #[serde(default)]
    pub(super) value: Value,
}

/// The name of a tag: a string in all samples, or an object that carries it.
pub(super) struct TagName(pub(super) String);

impl<'de> Deserialize<'de> for TagName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        name_of(&Value::deserialize(from)?, &["tagName", "name", "tag"])
            .map(Self)
            .ok_or_else(|| D::Error::custom("a tag without a name"))
    }
}

/// A text that stands alone or under one of `keys` in an object.
pub(super) fn name_of(value: &Value, keys: &[&str]) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Object(object) => keys.iter().find_map(|key| object.get(*key)?.as_str().map(str::to_owned)),
        _ => None,
    }
}

/// The first of `keys` that an object has in readable form.
pub(super) fn integer_of(value: &Value, keys: &[&str]) -> Option<i64> {
    keys.iter().find_map(|key| lenient::as_integer(value.get(key)?))
}
