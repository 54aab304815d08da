//! One row of an import: the flat body of a transaction (section 3.1). There is no opt-in in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::simulator::virtuous::call::loose_text;

/// A row, as submitted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The source; in a batch it stands once at the top.
    #[serde(default)]
    pub reference_source: Option<Box<str>>,
    /// The id there.
    #[serde(default)]
    pub reference_id: Option<Box<str>>,
    /// `Household`, ...
    #[serde(default)]
    pub contact_type: Option<Box<str>>,
    /// The name of an organisation.
    #[serde(default)]
    pub name: Option<Box<str>>,
    /// First name.
    #[serde(default)]
    pub first_name: Option<Box<str>>,
    /// Last name.
    #[serde(default)]
    pub last_name: Option<Box<str>>,
    /// `Home Email`, ...
    #[serde(default)]
    pub email_type: Option<Box<str>>,
    /// The one address.
    #[serde(default)]
    pub email: Option<Box<str>>,
    /// `Mobile Phone`, ...
    #[serde(default)]
    pub phone_type: Option<Box<str>>,
    /// The one phone.
    #[serde(default)]
    pub phone: Option<Box<str>>,
    /// Street.
    #[serde(default)]
    pub address1: Option<Box<str>>,
    /// City.
    #[serde(default)]
    pub city: Option<Box<str>>,
    /// State.
    #[serde(default)]
    pub state: Option<Box<str>>,
    /// Postal code.
    #[serde(default)]
    pub postal: Option<Box<str>>,
    /// Country.
    #[serde(default)]
    pub country: Option<Box<str>>,
    /// Tags in one text, separated by semicolons.
    #[serde(default)]
    pub tags: Option<Box<str>>,
    /// An object, unlike the array of PUT (section 7).
    #[serde(default, deserialize_with = "object_of_texts")]
    pub custom_fields: BTreeMap<Box<str>, Box<str>>,
}

fn object_of_texts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Box<str>, Box<str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text(#[serde(deserialize_with = "loose_text")] Option<String>);
    let read: Option<BTreeMap<Box<str>, Text>> = Option::deserialize(from)?;
    let pairs = read.unwrap_or_default().into_iter();
    Ok(pairs.map(|(name, Text(value))| (name, value.unwrap_or_default().into())).collect())
}

/// A text that says something.
pub(super) fn filled(text: &Option<Box<str>>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

impl Row {
    /// The tags, one by one.
    pub fn tag_names(&self) -> impl Iterator<Item = &str> {
        let text = self.tags.as_deref().unwrap_or_default();
        text.split(';').map(str::trim).filter(|name| !name.is_empty())
    }
}
