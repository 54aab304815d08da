//! Contacts: `GET /contacts`, `GET /contacts/{contact_id}`. Source: reference/constant-contact.md 3.3.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::value::RawValue;

use super::{
    Links,
    lenient::{Lenient, Text, wire},
};

/// A page of contacts, each still as it came: an odd record is passed over by itself.
///
/// `contacts` is required, since a page without it must not be read as an empty one.
#[derive(Deserialize)]
pub(in crate::constant_contact) struct ContactsEnvelope<'a> {
    #[serde(borrow)]
    pub(in crate::constant_contact) contacts: Vec<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "super::lenient::lenient")]
    pub(in crate::constant_contact) contacts_count: Option<Text<'a>>,
    #[serde(default, rename = "_links")]
    pub(in crate::constant_contact) links: Option<Links>,
}

wire! {
    /// `ContactResource`.
    Contact {
        contact_id: Text<'a>,
        email_address: EmailAddress<'a>,
        first_name: Text<'a>,
        last_name: Text<'a>,
        job_title: Text<'a>,
        company_name: Text<'a>,
        birthday_month: Text<'a>,
        birthday_day: Text<'a>,
        anniversary: Text<'a>,
        updated_at: Text<'a>,
        deleted_at: Text<'a>,
        custom_fields: Vec<CustomFieldValue<'a>>,
        phone_numbers: Vec<PhoneNumber<'a>>,
        street_addresses: Vec<StreetAddress<'a>>,
        list_memberships: Vec<Text<'a>>,
        taggings: Vec<Text<'a>>,
    }
}

wire! {
    /// `email_address` when it is an object, as it should be.
    EmailObject {
        address: Text<'a>,
        permission_to_send: Text<'a>,
        opt_in_source: Text<'a>,
        opt_in_date: Text<'a>,
        opt_out_source: Text<'a>,
        opt_out_date: Text<'a>,
        opt_out_reason: Text<'a>,
    }
}

/// `email_address`; plain text is taken as the address, with no permission known.
pub(in crate::constant_contact) struct EmailAddress<'a>(pub(in crate::constant_contact) EmailObject<'a>);

impl<'de: 'a, 'a> Lenient<'de> for EmailAddress<'a> {
    fn lenient<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(EmailVisitor).map(|email| email.map(Self))
    }
}

struct EmailVisitor;

impl EmailVisitor {
    fn address(text: Cow<'_, str>) -> Option<EmailObject<'_>> {
        Some(EmailObject { address: Some(text), ..EmailObject::default() })
    }
}

impl<'de> Visitor<'de> for EmailVisitor {
    type Value = Option<EmailObject<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an email address")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        EmailObject::deserialize(serde::de::value::MapAccessDeserializer::new(entries)).map(Some)
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Self::address(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Self::address(Cow::Owned(text.to_owned())))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

wire! {
    /// An item of `custom_fields`. `choice_ids` are strings or numbers.
    CustomFieldValue { custom_field_id: Text<'a>, value: Text<'a>, choice_ids: Vec<Text<'a>>, }
}

wire! {
    /// An item of `phone_numbers`.
    PhoneNumber { phone_number: Text<'a>, kind: Text<'a>, }
}

wire! {
    /// An item of `street_addresses`.
    StreetAddress {
        kind: Text<'a>,
        street: Text<'a>,
        city: Text<'a>,
        state: Text<'a>,
        postal_code: Text<'a>,
        country: Text<'a>,
    }
}
