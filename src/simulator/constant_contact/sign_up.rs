//! `POST /contacts/sign_up_form` and `PUT /contacts/resubscribe/{contact_id}` (reference 6.1).

use serde::Deserialize;
use serde_json::json;

use super::{
    call::Call,
    contact_write::{check_address, check_fields, check_profile, new_contact, new_email},
    errors::{ApiError, Reply},
    model::{ConfirmStatus, Contact, FieldValue, Permission, Profile, Source},
};
use crate::simulator::{ids::Uuid, wire::SimResponse};

#[derive(Deserialize)]
struct SignUpInput {
    email_address: Box<str>,
    #[serde(flatten)]
    profile: Profile,
    #[serde(default)]
    list_memberships: Vec<Uuid>,
    #[serde(default)]
    custom_fields: Vec<FieldValue>,
}

/// Creates or updates by address: only what is sent changes, lists and fields are added, and the permission becomes
/// explicit whatever it was.
pub(super) fn sign_up_form(call: &mut Call<'_>) -> Reply {
    let input: SignUpInput = call.body()?;
    check_address(&input.email_address)?;
    check_profile(&input.profile)?;
    if !(1..=50).contains(&input.list_memberships.len()) {
        return Err(ApiError::validation("list_memberships does not have a valid value"));
    }
    call.account.check_lists(&input.list_memberships)?;
    check_fields(call.account, &input.custom_fields)?;
    let at = call.stamp();
    let known = call.account.roster.by_email(&input.email_address).map(|contact| contact.id);
    let (id, action) = match known {
        Some(id) => (id, "updated"),
        None => {
            let id = call.ids.uuid(call.now);
            let mut contact = new_contact(id, Source::Contact, at);
            let pending = call.switches.confirmed_opt_in;
            let permission = if pending { Permission::PendingConfirmation } else { Permission::Explicit };
            let mut email = new_email(&input.email_address, permission, Source::Contact, at);
            if pending {
                email.confirm_status = ConfirmStatus::Pending;
            }
            contact.email = Some(email);
            call.account.roster.insert(contact);
            (id, "created")
        }
    };
    let switches = call.switches;
    let contact = call.account.roster.get_mut(id).ok_or(ApiError::NotFound)?;
    contact.revive(at, switches);
    if known.is_some() && contact.permission() != Some(Permission::Explicit) {
        contact.opt_in(Permission::Explicit, Some(Source::Contact), at, switches);
    }
    merge(contact, input);
    contact.update_source = Some(Source::Contact);
    contact.updated_at = at;
    let status = if known.is_some() { 200 } else { 201 };
    Ok(SimResponse::json(status, &json!({"contact_id": id, "action": action})))
}

fn merge(contact: &mut Contact, input: SignUpInput) {
    let Profile { first_name, last_name, job_title, company_name, birthday_month, birthday_day, anniversary } =
        input.profile;
    let own = &mut contact.profile;
    own.first_name = first_name.or(own.first_name.take());
    own.last_name = last_name.or(own.last_name.take());
    own.job_title = job_title.or(own.job_title.take());
    own.company_name = company_name.or(own.company_name.take());
    own.birthday_month = birthday_month.or(own.birthday_month);
    own.birthday_day = birthday_day.or(own.birthday_day);
    own.anniversary = anniversary.or(own.anniversary.take());
    for list in input.list_memberships {
        if !contact.lists.contains(&list) {
            contact.lists.push(list);
        }
    }
    for field in input.custom_fields {
        contact.custom_fields.retain(|known| known.custom_field_id != field.custom_field_id);
        contact.custom_fields.push(field);
    }
}

#[derive(Deserialize)]
struct ResubscribeInput {
    list_ids: Vec<Uuid>,
}

/// Sends the one confirmation email. The contact stays unsubscribed until the person confirms.
pub(super) fn resubscribe(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let input: ResubscribeInput = call.body()?;
    call.account.check_lists(&input.list_ids)?;
    let contact = call.account.roster.get_mut(id).ok_or(ApiError::NotFound)?;
    if !contact.is_unsubscribed() || contact.deleted_at.is_some() {
        return Err(ApiError::validation("the contact is not unsubscribed"));
    }
    if contact.resubscribe_sent.is_some() {
        return Err(ApiError::Conflict("A resubscribe email was already sent to this contact".to_owned()));
    }
    contact.resubscribe_sent = Some(input.list_ids.into());
    Ok(SimResponse::json(200, &json!({"contact_id": id})))
}
