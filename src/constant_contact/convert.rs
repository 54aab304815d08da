//! From the wire to the domain.

use serde::Deserialize;

use super::{
    page::{OddRecord, Record},
    wire::{Contact, CustomFieldValue, EmailAddress, PhoneNumber, StreetAddress, Text, trimmed},
};
use crate::domain::{
    Actor, Address, CcTagId, CcView, Deletion, DeletionProof, FieldId, FieldValue, ListId, Observation,
    Permission, Profile, Timestamp,
};

/// `opt_out_reason` is at most this long (reference/constant-contact.md 3.3).
const REASON_CHARS_MAX: usize = 255;

/// Converts one record. See [`Record::observe`].
pub(super) fn observe(record: &Record<'_>, seen_at: Timestamp) -> Result<Observation, OddRecord> {
    with_contact(record.raw, |contact| observation(contact, record, seen_at))
        .map_err(|what| OddRecord { contact_id: Some(record.id.clone()), what })
}

/// Reads a whole record and shows it to `look`; the error says what is wrong, without personal data.
pub(super) fn with_contact<R>(raw: &str, look: impl FnOnce(&Contact<'_>) -> R) -> Result<R, String> {
    // A list would be taken for the fields in their order.
    if !raw.starts_with('{') {
        return Err("not an object".to_owned());
    }
    match serde_json::from_str::<Contact<'_>>(raw) {
        Ok(contact) => Ok(look(&contact)),
        Err(_) => {
            let value = mended(raw)?;
            Contact::deserialize(&value).map(|contact| look(&contact)).map_err(|error| what(&error))
        }
    }
}

/// Reads a record that the quick reader refused: a name that was cut within an emoji leaves half a surrogate pair, and a
/// field may come twice (the last one counts). Neither may hide an opt-out (P1).
fn mended(raw: &str) -> Result<serde_json::Value, String> {
    let text = mend_surrogates(raw);
    match serde_json::from_str(&text) {
        Ok(value @ serde_json::Value::Object(_)) => Ok(value),
        Ok(_) => Err("not an object".to_owned()),
        Err(error) => Err(what(&error)),
    }
}

/// Replaces each `\uD8xx` escape that has no other half by `\uFFFD`.
fn mend_surrogates(raw: &str) -> String {
    let unit = |at: usize| -> Option<u32> {
        let escape = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(escape, 16).ok()
    };
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(found) = raw[at..].find('\\') {
        out.push_str(&raw[at..at + found]);
        at += found;
        let len = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            // Any other escape: the backslash and the character after it, so that `\\u` is not taken for `\u`.
            _ => 1 + raw[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&raw[at..at + len]);
        at += len;
    }
    out.push_str(&raw[at..]);
    out
}

/// What is wrong with a JSON text, without a word of the text itself: serde's own messages quote values.
pub(super) fn what(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let kind = match error.classify() {
        Category::Io => "unreadable",
        Category::Syntax => "not JSON",
        Category::Data => "not of the expected shape",
        Category::Eof => "cut off",
    };
    format!("{kind} at line {} column {}", error.line(), error.column())
}

fn observation(contact: &Contact<'_>, record: &Record<'_>, seen_at: Timestamp) -> Observation {
    let updated_at = time(contact.updated_at.as_ref());
    let mut view = CcView {
        seen_at,
        deletion: deletion(contact.deleted_at.as_ref(), updated_at.unwrap_or(seen_at)),
        lists: ids(contact.list_memberships.as_deref(), ListId::new),
        tags: ids(contact.taggings.as_deref(), CcTagId::new),
        fields: fields(contact.custom_fields.as_deref().unwrap_or_default()),
        profile: Profile {
            first_name: owned(contact.first_name.as_ref()),
            last_name: owned(contact.last_name.as_ref()),
            phone: phone(contact.phone_numbers.as_deref().unwrap_or_default()),
            address: address(contact.street_addresses.as_deref().unwrap_or_default()),
        },
        updated_at,
        ..CcView::default()
    };
    if let Some(email) = &contact.email_address {
        consent(email, &mut view);
    }
    Observation {
        id: record.id.clone(),
        view,
        has_lists: contact.list_memberships.is_some(),
        has_tags: contact.taggings.is_some(),
        has_fields: contact.custom_fields.is_some(),
        // Both are always asked for together, and one that has nothing to show may be left out.
        has_profile: contact.phone_numbers.is_some() || contact.street_addresses.is_some(),
        fingerprint: record.fingerprint,
    }
}

fn consent(EmailAddress(email): &EmailAddress<'_>, view: &mut CcView) {
    let actor = |text: Option<&Text<'_>>| trimmed(text).map_or(Actor::Unknown, Actor::parse);
    view.email = trimmed(email.address.as_ref()).map(str::to_owned);
    view.permission =
        trimmed(email.permission_to_send.as_ref()).map_or(Permission::Unknown, Permission::parse);
    view.opt_in_source = actor(email.opt_in_source.as_ref());
    view.opt_in_at = time(email.opt_in_date.as_ref());
    view.opt_out_source = actor(email.opt_out_source.as_ref());
    view.opt_out_at = time(email.opt_out_date.as_ref());
    view.opt_out_reason =
        trimmed(email.opt_out_reason.as_ref()).map(|reason| reason.chars().take(REASON_CHARS_MAX).collect());
}

/// D1: `deleted_at` is a date or a date-time. One that cannot be read still says that the contact is deleted; `or` is
/// the best that is then known of the time.
fn deletion(text: Option<&Text<'_>>, or: Timestamp) -> Option<Deletion> {
    let text = trimmed(text).filter(|text| !matches!(*text, "false" | "null" | "0"))?;
    Some(Deletion { at: Timestamp::parse(text).unwrap_or(or), proof: DeletionProof::DeletedAt })
}

fn time(text: Option<&Text<'_>>) -> Option<Timestamp> {
    trimmed(text).and_then(Timestamp::parse)
}

fn owned(text: Option<&Text<'_>>) -> String {
    trimmed(text).unwrap_or_default().to_owned()
}

fn ids<T: Ord>(texts: Option<&[Text<'_>]>, new: fn(&str) -> T) -> Vec<T> {
    let mut ids: Vec<T> =
        texts.unwrap_or_default().iter().filter_map(|text| trimmed(Some(text))).map(new).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Sorted by id; where an id comes twice, the first one counts.
fn fields(wire: &[CustomFieldValue<'_>]) -> Vec<(FieldId, FieldValue)> {
    let mut fields: Vec<(FieldId, FieldValue)> = wire
        .iter()
        .filter_map(|field| {
            let id = FieldId::new(trimmed(field.custom_field_id.as_ref())?);
            let value = trimmed(field.value.as_ref()).map(str::to_owned);
            Some((id, FieldValue { value, choices: ids(field.choice_ids.as_deref(), str::to_owned) }))
        })
        .collect();
    fields.sort_by(|(left, _), (right, _)| left.cmp(right));
    fields.dedup_by(|(later, _), (earlier, _)| later == earlier);
    fields
}

/// The first item of the wished kind, else the first.
fn pick<'w, T>(
    items: &'w [T],
    kind: &str,
    kind_of: fn(&'w T) -> Option<&'w str>,
    usable: fn(&T) -> bool,
) -> Option<&'w T> {
    let usable = || items.iter().filter(|item| usable(item));
    usable()
        .find(|item| kind_of(item).is_some_and(|it| it.eq_ignore_ascii_case(kind)))
        .or_else(|| usable().next())
}

fn phone(phones: &[PhoneNumber<'_>]) -> String {
    let picked = pick(
        phones,
        "mobile",
        |phone| trimmed(phone.kind.as_ref()),
        |phone| trimmed(phone.phone_number.as_ref()).is_some(),
    );
    owned(picked.and_then(|phone| phone.phone_number.as_ref()))
}

fn address(addresses: &[StreetAddress<'_>]) -> Option<Address> {
    let parts = |address: &StreetAddress<'_>| Address {
        street: owned(address.street.as_ref()),
        city: owned(address.city.as_ref()),
        state: owned(address.state.as_ref()),
        postal_code: owned(address.postal_code.as_ref()),
        country: owned(address.country.as_ref()),
    };
    let usable = |address: &StreetAddress<'_>| {
        let parts = [&address.street, &address.city, &address.state, &address.postal_code, &address.country];
        parts.into_iter().any(|part| trimmed(part.as_ref()).is_some())
    };
    pick(addresses, "home", |address| trimmed(address.kind.as_ref()), usable).map(parts)
}
