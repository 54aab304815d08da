//! From the wire to the domain.

use super::{
    mend::with_contact,
    record::{OddRecord, Record},
    wire::{Contact, CustomFieldValue, EmailAddress, PhoneNumber, StreetAddress, Text, trimmed},
};
use crate::domain::{
    Actor, Address, CcTagId, CcView, Deletion, DeletionProof, FieldId, FieldValue, ListId, Observation,
    Permission, Profile, Timestamp,
};

/// `opt_out_reason` is at most this long (reference/constant-contact.md 3.3).
const REASON_CHARS_MAX: usize = 255;

impl Record<'_> {
    /// Converts the whole record. `seen_at` is the server's time of the reading.
    ///
    /// # Errors
    /// When the record is no object that can be read.
    pub fn observe(&self, seen_at: Timestamp) -> Result<Observation, OddRecord> {
        with_contact(self.raw, |contact| observation(contact, self, seen_at)).map_err(|what| OddRecord {
            contact_id: Some(self.id.clone()),
            what,
            fingerprint: self.fingerprint,
        })
    }
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
        has_lists: contact.list_memberships.is_some(),
        has_tags: contact.taggings.is_some(),
        has_fields: contact.custom_fields.is_some(),
        // Both are always asked for together; the API may leave out a part without content.
        has_profile: contact.phone_numbers.is_some() || contact.street_addresses.is_some(),
        has_names: contact.first_name.is_some() || contact.last_name.is_some(),
        has_email: view.email.is_some(),
        has_permission: contact.email_address.as_ref().is_some_and(tells_permission),
        fingerprint: record.fingerprint,
        view,
    }
}

/// A value that Tandem does not know is told, and is no consent.
fn tells_permission(EmailAddress(email): &EmailAddress<'_>) -> bool {
    trimmed(email.permission_to_send.as_ref()).is_some()
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

/// D1: `deleted_at` is a date or a date-time. A date that cannot be read still says that the contact is deleted; `or` is
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
