//! `PUT`, `POST` and `DELETE` of one contact (reference 6.2).

use serde::Deserialize;

use super::{
    account::Account,
    call::Call,
    contact_view::{ContactView, Include},
    errors::{ApiError, Reply},
    jobs::MEMBERSHIPS_MAX,
    model::{
        ConfirmStatus, Contact, Email, FieldValue, Note, Permission, Phone, PhoneInput, Profile, Source,
        Street, StreetInput,
    },
};
use crate::simulator::{
    ids::{Stamp, Uuid},
    wire::SimResponse,
};

#[derive(Deserialize)]
struct EmailInput {
    address: Box<str>,
    permission_to_send: Option<Permission>,
    opt_out_reason: Option<Box<str>>,
}

#[derive(Deserialize)]
struct NoteInput {
    content: Box<str>,
}

/// A body of PUT or POST. A sub-resource that is absent or null is left as it is; a sub-resource that is sent replaces the whole.
#[derive(Deserialize)]
pub(super) struct ContactInput {
    email_address: Option<EmailInput>,
    #[serde(flatten)]
    profile: Profile,
    update_source: Option<Source>,
    create_source: Option<Source>,
    custom_fields: Option<Vec<FieldValue>>,
    phone_numbers: Option<Vec<PhoneInput>>,
    street_addresses: Option<Vec<StreetInput>>,
    list_memberships: Option<Vec<Uuid>>,
    taggings: Option<Vec<Uuid>>,
    notes: Option<Vec<NoteInput>>,
}

fn too_long(text: Option<&str>, max: usize) -> bool {
    text.is_some_and(|text| text.chars().count() > max)
}

fn invalid(name: &str) -> ApiError {
    ApiError::Validation(format!("{name} does not have a valid value"))
}

/// An address as Constant Contact takes it: one `@`, something on both sides, at most 80 characters.
pub(super) fn check_address(address: &str) -> Result<(), ApiError> {
    let parts = address.split_once('@');
    let good = parts
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.contains('@'));
    let blank = address.chars().any(char::is_whitespace);
    if good && !blank && !too_long(Some(address), 80) {
        Ok(())
    } else {
        Err(invalid("email_address.address"))
    }
}

pub(super) fn check_profile(profile: &Profile) -> Result<(), ApiError> {
    let texts = [
        ("first_name", &profile.first_name),
        ("last_name", &profile.last_name),
        ("job_title", &profile.job_title),
        ("company_name", &profile.company_name),
    ];
    if let Some((name, _)) = texts.into_iter().find(|(_, text)| too_long(text.as_deref(), 50)) {
        return Err(invalid(name));
    }
    match (profile.birthday_month, profile.birthday_day) {
        (None, None) | (Some(1..=12), Some(1..=31)) => Ok(()),
        _ => Err(invalid("birthday_month")),
    }
}

pub(super) fn check_fields(account: &Account, fields: &[FieldValue]) -> Result<(), ApiError> {
    for field in fields {
        let id = field.custom_field_id;
        if account.custom_fields.iter().all(|known| known.custom_field_id != id) {
            return Err(ApiError::Validation(format!("custom_field_id {id} is not valid")));
        }
        if too_long(field.value.as_deref(), 255) {
            return Err(invalid("custom_fields.value"));
        }
    }
    if fields.len() > 25 { Err(invalid("custom_fields")) } else { Ok(()) }
}

impl ContactInput {
    fn check(&self, account: &Account) -> Result<(), ApiError> {
        check_profile(&self.profile)?;
        if let Some(email) = &self.email_address {
            check_address(&email.address)?;
            if too_long(email.opt_out_reason.as_deref(), 255) {
                return Err(invalid("email_address.opt_out_reason"));
            }
        }
        check_fields(account, self.custom_fields.as_deref().unwrap_or_default())?;
        let lists = self.list_memberships.as_deref().unwrap_or_default();
        let tags = self.taggings.as_deref().unwrap_or_default();
        account.check_lists(lists)?;
        account.check_tags(tags)?;
        let phones = self.phone_numbers.as_deref().unwrap_or_default();
        for (name, length, max) in [
            ("list_memberships", lists.len(), MEMBERSHIPS_MAX),
            ("taggings", tags.len(), MEMBERSHIPS_MAX),
            ("phone_numbers", phones.len(), 3),
            ("street_addresses", self.street_addresses.as_ref().map_or(0, Vec::len), 3),
            ("notes", self.notes.as_ref().map_or(0, Vec::len), 150),
        ] {
            if length > max {
                return Err(invalid(name));
            }
        }
        if phones.iter().any(|phone| too_long(Some(&phone.phone_number), 25)) {
            return Err(invalid("phone_numbers.phone_number"));
        }
        Ok(())
    }
}

fn conflict(holder: Uuid) -> ApiError {
    ApiError::Conflict(format!("Validation failed: Email already exists for contact {holder}"))
}

/// Replaces the sub-resources that were sent.
fn replace_sent(call: &mut Call<'_>, id: Uuid, input: ContactInput, source: Source) {
    let at = call.stamp();
    let mut new_id = || call.ids.uuid(call.now);
    let phones = input.phone_numbers.map(|phones| {
        let keep = |input| Phone {
            phone_number_id: new_id(),
            input,
            created_at: at,
            updated_at: at,
            update_source: source,
            create_source: source,
        };
        phones.into_iter().map(keep).collect::<Vec<_>>()
    });
    let mut new_id = || call.ids.uuid(call.now);
    let streets = input.street_addresses.map(|streets| {
        let keep = |input| Street { street_address_id: new_id(), input, created_at: at, updated_at: at };
        streets.into_iter().map(keep).collect::<Vec<_>>()
    });
    let mut new_id = || call.ids.uuid(call.now);
    let notes = input.notes.map(|notes| {
        let keep = |note: NoteInput| Note { note_id: new_id(), created_at: at, content: note.content };
        notes.into_iter().map(keep).collect::<Vec<_>>()
    });
    let strips = call.switches.unsubscribe_strips_lists;
    let Some(contact) = call.account.roster.get_mut(id) else { return };
    if let Some(fields) = input.custom_fields {
        contact.custom_fields = fields;
    }
    if let Some(mut tags) = input.taggings {
        tags.sort_unstable();
        tags.dedup();
        contact.tags = tags;
    }
    if let Some(mut lists) = input.list_memberships {
        lists.sort_unstable();
        lists.dedup();
        contact.lists = if contact.is_unsubscribed() && strips { Vec::new() } else { lists };
    }
    if let Some(phones) = phones {
        contact.phones = phones;
    }
    if let Some(streets) = streets {
        contact.streets = streets;
    }
    if let Some(notes) = notes {
        contact.notes = notes;
    }
}

pub(super) fn put(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let input: ContactInput = call.body()?;
    let at = call.stamp();
    let contact = call.account.roster.get(id).ok_or(ApiError::NotFound)?;
    let source = input.update_source.filter(|source| *source != Source::System).ok_or_else(|| {
        ApiError::validation("update_source is missing, update_source does not have a valid value")
    })?;
    if contact.deleted_at.is_some() && source != Source::Account {
        return Err(ApiError::validation("a deleted contact is revived by update_source Account only"));
    }
    input.check(call.account)?;
    let mut old_address = None;
    if let Some(email) = &input.email_address {
        if let Some(holder) = call.account.roster.by_email(&email.address).filter(|holder| holder.id != id) {
            return Err(conflict(holder.id));
        }
        old_address = contact.email.as_ref().map(|email| email.address.clone());
        let own_opt_out = contact
            .email
            .as_ref()
            .is_some_and(|email| contact.is_unsubscribed() && email.opt_out_source == Some(Source::Contact));
        let raises =
            email.permission_to_send.is_some_and(|permission| permission != Permission::Unsubscribed);
        if own_opt_out && raises && call.switches.put_refuses_to_lift_own_opt_out {
            return Err(ApiError::Conflict(
                "The contact has unsubscribed and cannot be added again".to_owned(),
            ));
        }
    }

    // From here on nothing fails: a refused PUT has no effect.
    let switches = call.switches;
    let Some(contact) = call.account.roster.get_mut(id) else { return Err(ApiError::NotFound) };
    contact.deleted_at = None;
    contact.profile = input.profile.clone();
    contact.update_source = Some(source);
    match &input.email_address {
        Some(email) => put_email(contact, email, source, at, switches),
        None if switches.put_without_email_clears_it => contact.email = None,
        None => {}
    }
    contact.updated_at = at;
    call.account.roster.reindex_email(id, old_address.as_deref());
    replace_sent(call, id, input, source);
    answer(call, id, 200)
}

fn put_email(
    contact: &mut Contact,
    input: &EmailInput,
    source: Source,
    at: Stamp,
    switches: &super::switches::Switches,
) {
    let email = contact.email.get_or_insert_with(|| {
        new_email(&input.address, input.permission_to_send.unwrap_or_default(), source, at)
    });
    if email.address != input.address {
        email.address = input.address.clone();
        email.updated_at = at;
    }
    match input.permission_to_send {
        Some(Permission::Unsubscribed) => {
            if !contact.opt_out(source, input.opt_out_reason.as_deref(), at, switches)
                && let (Some(email), Some(reason)) = (contact.email.as_mut(), &input.opt_out_reason)
            {
                email.opt_out_reason = Some(reason.clone());
            }
        }
        // GUESS: lifting an opt-out makes a new opt-in by the sender.
        Some(permission) if email.permission == Permission::Unsubscribed => {
            contact.opt_in(permission, Some(source), at, switches);
        }
        Some(permission) if email.permission != permission => {
            email.permission = permission;
            email.updated_at = at;
        }
        _ => {}
    }
}

pub(super) fn new_email(address: &str, permission: Permission, source: Source, at: Stamp) -> Email {
    let opted_out = permission == Permission::Unsubscribed;
    Email {
        address: address.into(),
        permission,
        created_at: at,
        updated_at: at,
        opt_in_source: Some(source),
        opt_in_date: Some(at),
        opt_out_source: opted_out.then_some(source),
        opt_out_date: opted_out.then_some(at),
        opt_out_reason: None,
        confirm_status: ConfirmStatus::Off,
    }
}

pub(super) fn new_contact(id: Uuid, source: Source, at: Stamp) -> Contact {
    Contact {
        id,
        email: None,
        profile: Profile::default(),
        create_source: source,
        update_source: Some(source),
        created_at: at,
        updated_at: at,
        deleted_at: None,
        custom_fields: Vec::new(),
        phones: Vec::new(),
        streets: Vec::new(),
        lists: Vec::new(),
        tags: Vec::new(),
        notes: Vec::new(),
        sms: None,
        resubscribe_sent: None,
    }
}

/// Creates. An address that is there already, on a deleted contact too, is a 409 that names its holder.
pub(super) fn post(call: &mut Call<'_>) -> Reply {
    let input: ContactInput = call.body()?;
    let source = input.create_source.filter(|source| *source != Source::System).ok_or_else(|| {
        ApiError::validation("create_source is missing, create_source does not have a valid value")
    })?;
    input.check(call.account)?;
    if input.email_address.is_none()
        && input.profile.first_name.is_none()
        && input.profile.last_name.is_none()
    {
        return Err(ApiError::validation("one of email_address, first_name and last_name is needed"));
    }
    let at = call.stamp();
    let id = call.ids.uuid(call.now);
    let mut contact = new_contact(id, source, at);
    contact.profile = input.profile.clone();
    if let Some(email) = &input.email_address {
        if let Some(holder) = call.account.roster.by_email(&email.address) {
            return Err(conflict(holder.id));
        }
        contact.email =
            Some(new_email(&email.address, email.permission_to_send.unwrap_or_default(), source, at));
    }
    call.account.roster.insert(contact);
    replace_sent(call, id, input, source);
    answer(call, id, 201)
}

pub(super) fn delete(call: &mut Call<'_>) -> Reply {
    let at = call.stamp();
    let contact = call.account.roster.get_mut(call.id()?).ok_or(ApiError::NotFound)?;
    contact.delete(at, call.switches);
    Ok(SimResponse::empty(204))
}

fn answer(call: &Call<'_>, id: Uuid, status: u16) -> Reply {
    let contact = call.account.roster.get(id).ok_or(ApiError::NotFound)?;
    Ok(SimResponse::json(status, &ContactView::new(contact, Include::ALL, call.switches)))
}
