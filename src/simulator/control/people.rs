//! What people and staff do in Constant Contact.

use super::{
    edit::{Changed, Edit},
    outcome::{Done, Refusal},
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::{
            Account, BounceCode, CcSimulator, Contact, ContactEdit, EditError, OptOut, Permission, Profile,
            Proof, Source,
        },
        generator,
        ids::Uuid,
    },
};

fn is_active(contact: &Contact) -> bool {
    contact.deleted_at.is_none()
        && matches!(contact.permission(), Some(Permission::Implicit | Permission::Explicit))
}

const fn is_living(contact: &Contact) -> bool {
    contact.deleted_at.is_none()
}

/// A list by name or id, deleted ones included.
fn list(account: &Account, wanted: &str) -> Result<Uuid, Refusal> {
    let lists = &account.lists;
    let found = lists.iter().find(|list| *list.name == *wanted || list.list_id.to_string() == wanted);
    found.map(|list| list.list_id).ok_or_else(|| Refusal::missing("such list"))
}

/// The contacts that a control may choose at random.
fn fitting(control: &str) -> Result<fn(&Contact) -> bool, Refusal> {
    Ok(match control {
        "unsubscribe" | "bounce" | "complain" | "move-lists" | "permission" => is_active,
        "resubscribe" => |contact| is_living(contact) && contact.is_unsubscribed(),
        "revive" => |contact| contact.deleted_at.is_some(),
        "email" => |contact| is_living(contact) && contact.email.is_some(),
        "edit" | "delete" | "erase" => is_living,
        _ => return Err(Refusal::missing("such control below cc")),
    })
}

/// Runs a control of `/control/cc/...`.
pub(super) fn run(simulator: &mut Simulator, control: &str, edit: &Edit, now: Timestamp) -> Done {
    let name = edit.account(simulator)?;
    if control == "add" {
        return add(simulator, &name, edit, now);
    }
    let cc = &mut simulator.constant_contact;
    if let Some(done) = on_account(cc, control, &name, edit, now) {
        return done;
    }
    let account = cc.account_mut(&name)?;
    let people = edit.people(account, now, fitting(control)?)?;
    let (add, remove) = memberships(account, edit)?;
    let campaign = account.campaigns.last().map(|campaign| campaign.primary);
    let campaign = match (control, campaign) {
        ("bounce" | "complain", None) => Some(cc.add_campaign(&name, "Campaign", now)?.campaign_activity_id),
        (_, known) => known,
    };
    let mut random = edit.random(now);
    for (number, id) in people.iter().copied().enumerate() {
        let mut one = One { account: &name, id, random: &mut random, now };
        match control {
            "unsubscribe" => {
                let by = edit.by.unwrap_or(Source::Contact);
                let through = campaign.filter(|_| by == Source::Contact);
                let opt_out = OptOut { source: by, reason: edit.reason.as_deref(), through };
                cc.unsubscribe(&name, id, opt_out, now)?;
            }
            "resubscribe" => cc.resubscribe(&name, id, edit.proof.unwrap_or(Proof::Confirmed), now)?,
            "delete" => drop(cc.delete_contact(&name, id, now)?),
            "revive" => drop(cc.revive_contact(&name, id, now)?),
            "erase" => cc.erase_contact(&name, id)?,
            "permission" => {
                let permission = edit.permission.ok_or_else(|| Refusal::needs("permission"))?;
                cc.set_permission(&name, id, permission, now)?;
            }
            "email" => {
                let made = || format!("moved{}.{number}@example.org", now.as_secs());
                cc.change_email(&name, id, &edit.email.clone().unwrap_or_else(made), now)?;
            }
            "bounce" => {
                let campaign = campaign.ok_or_else(|| Refusal::missing("campaign"))?;
                cc.add_bounce(&name, id, edit.code.unwrap_or(BounceCode::B), campaign, now)?;
            }
            "complain" => {
                cc.complain(&name, id, campaign.ok_or_else(|| Refusal::missing("campaign"))?, now)?
            }
            "move-lists" => one.move_lists(cc, &add, &remove)?,
            _ => one.edit_fields(cc, edit)?,
        }
    }
    Ok(Changed::answer(people))
}

fn memberships(account: &Account, edit: &Edit) -> Result<(Vec<Uuid>, Vec<Uuid>), Refusal> {
    let ids = |names: &[String]| names.iter().map(|name| list(account, name)).collect::<Result<Vec<_>, _>>();
    Ok((ids(&edit.add)?, ids(&edit.remove)?))
}

/// Controls that need no contact.
fn on_account(cc: &mut CcSimulator, control: &str, name: &str, edit: &Edit, now: Timestamp) -> Option<Done> {
    let done = |result: Result<(), Refusal>| Some(result.map(|()| Changed::answer(Vec::<Uuid>::new())));
    let wanted = |cc: &mut CcSimulator| -> Result<Uuid, Refusal> {
        list(cc.account_mut(name)?, edit.list.as_deref().ok_or_else(|| Refusal::needs("list"))?)
    };
    let new_name = || edit.name.as_deref().ok_or_else(|| Refusal::needs("name"));
    done(match control {
        "add-list" => new_name().and_then(|new| Ok(cc.add_list(name, new, now).map(|_| ())?)),
        "rename-list" => wanted(cc).and_then(|list| Ok(cc.rename_list(name, list, new_name()?, now)?)),
        "delete-list" => wanted(cc).and_then(|list| Ok(cc.delete_list(name, list, now)?)),
        "consent" => {
            cc.consent_as(name);
            Ok(())
        }
        "enabled" => cc
            .account_mut(name)
            .map(|account| account.enabled = edit.enabled.unwrap_or(true))
            .map_err(Refusal::from),
        "add-campaign" => cc
            .add_campaign(name, edit.name.as_deref().unwrap_or("Campaign"), now)
            .map(|_| ())
            .map_err(Refusal::from),
        _ => return None,
    })
}

/// One contact as described, or so many invented ones.
fn add(simulator: &mut Simulator, name: &str, edit: &Edit, now: Timestamp) -> Done {
    if let Some(new) = &edit.new {
        let mut new = new.clone();
        let account = simulator.constant_contact.account_mut(name)?;
        new.lists.extend(memberships(account, edit)?.0);
        let id = simulator.constant_contact.add_contact(name, new, now)?;
        return Ok(Changed::answer(vec![id]));
    }
    let seed = edit.random(now).u64(..);
    let ids = generator::add_subscribers(simulator, name, edit.count.unwrap_or(1), seed, now)?;
    Ok(Changed::answer(ids))
}

/// The contact that an edit has come to.
struct One<'a> {
    account: &'a str,
    id: Uuid,
    random: &'a mut fastrand::Rng,
    now: Timestamp,
}

impl One<'_> {
    /// Moves as told, or from a list that the contact is on to a list that it is not on.
    fn move_lists(&mut self, cc: &mut CcSimulator, add: &[Uuid], remove: &[Uuid]) -> Result<(), EditError> {
        let Self { account: name, id, now, .. } = *self;
        if !add.is_empty() || !remove.is_empty() {
            return cc.move_lists(name, id, add, remove, now);
        }
        let account = cc.account_mut(name)?;
        let on = account.roster.get(id).map(|contact| contact.lists.clone()).unwrap_or_default();
        let open = account.lists.iter().filter(|list| list.deleted_at.is_none()).map(|list| list.list_id);
        let to = self.random.choice(open.filter(|list| !on.contains(list)).collect::<Vec<_>>());
        let from = self.random.choice(on);
        cc.move_lists(name, id, to.as_slice(), from.as_slice(), now)
    }

    /// Edits as told, or gives another last name and job title.
    fn edit_fields(&mut self, cc: &mut CcSimulator, edit: &Edit) -> Result<(), EditError> {
        let text = |text: &Option<String>| text.as_deref().map(Into::into);
        let mut changes = edit.fields.clone().unwrap_or_default();
        changes.profile.first_name = text(&edit.first_name).or(changes.profile.first_name);
        changes.profile.last_name = text(&edit.last_name).or(changes.profile.last_name);
        if changes.profile == Profile::default() && edit.fields.is_none() {
            let title: Box<str> = format!("Title {}", self.random.u16(..)).into();
            let values = other_values(cc.account_mut(self.account)?, self.id, self.random);
            let profile = Profile { job_title: Some(title), ..Profile::default() };
            changes = ContactEdit { profile, custom_fields: values, ..ContactEdit::default() };
        }
        cc.edit_contact(self.account, self.id, changes, self.now)
    }
}

/// Another value for the first select field, so that a random edit reaches Virtuous.
fn other_values(
    account: &Account,
    id: Uuid,
    random: &mut fastrand::Rng,
) -> Vec<crate::simulator::constant_contact::FieldValue> {
    let Some(field) = account.custom_fields.iter().find(|field| &*field.kind == "single_select") else {
        return Vec::new();
    };
    let held = account.roster.get(id).into_iter().flat_map(|contact| &contact.custom_fields);
    let held: Vec<_> = held.flat_map(|value| &value.choice_ids).collect();
    let ids = field.choices.iter().map(|choice| choice.id_on_contacts().into_boxed_str());
    let others: Vec<Box<str>> = ids.filter(|id| !held.contains(&id)).collect();
    let value = |choice| crate::simulator::constant_contact::FieldValue {
        custom_field_id: field.custom_field_id,
        value: None,
        choice_ids: vec![choice],
    };
    random.choice(others).map(value).into_iter().collect()
}
