//! Carries out bulk activities, one after the other (reference 6.3). They do not move `updated_at` (GUESS, reference 4), but where a
//! switch says so.

use super::{
    account::Account,
    activity::{Job, JobResult, KEPT},
    model::Contact,
    switches::Switches,
};
use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
};

/// How many lists or tags a contact may have.
pub(super) const MEMBERSHIPS_MAX: usize = 50;

/// Carries out what is due at `now`, and forgets what is too old.
pub(super) fn run_due(account: &mut Account, switches: &Switches, now: Timestamp) {
    run_until(account, switches, now);
    let list = &mut account.activities.list;
    list.retain(|activity| activity.result.is_none() || now.since(activity.ends_at) < KEPT);
}

/// Carries out what ends by `limit`, in order, each as of its own end.
pub(super) fn run_until(account: &mut Account, switches: &Switches, limit: Timestamp) {
    let mut activities = std::mem::take(&mut account.activities.list);
    for activity in activities.iter_mut().filter(|activity| activity.result.is_none()) {
        if activity.ends_at > limit {
            break;
        }
        activity.result = Some(if activity.fails {
            JobResult { errors: vec!["The activity failed.".to_owned()], ..JobResult::default() }
        } else {
            carry_out(account, &activity.job, Stamp::at(activity.ends_at), switches)
        });
    }
    account.activities.list = activities;
}

pub(super) fn carry_out(account: &mut Account, job: &Job, at: Stamp, switches: &Switches) -> JobResult {
    match job {
        Job::AddLists { contacts, lists } => each(account, contacts, |contact| {
            // Opted out or deleted: cannot be added, and `completed` says nothing of it.
            if contact.is_unsubscribed() || contact.deleted_at.is_some() {
                return Err(format!("Contact {} cannot be added to lists.", contact.id));
            }
            change_lists(contact, lists, &[], at, switches)
        }),
        Job::RemoveLists { contacts, lists } => {
            each(account, contacts, |contact| change_lists(contact, &[], lists, at, switches))
        }
        Job::AddTags { contacts, tags } => {
            each(account, contacts, |contact| change_tags(contact, tags, &[], at, switches))
        }
        Job::RemoveTags { contacts, tags } => {
            each(account, contacts, |contact| change_tags(contact, &[], tags, at, switches))
        }
        Job::DeleteContacts { contacts } => each(account, contacts, |contact| {
            contact.delete(at, switches);
            Ok(())
        }),
        Job::DeleteLists { lists } => {
            let members: Vec<Uuid> = account
                .roster
                .iter()
                .filter(|contact| contact.lists.iter().any(|list| lists.contains(list)))
                .map(|contact| contact.id)
                .collect();
            each(account, &members, |contact| change_lists(contact, &[], lists, at, switches))
        }
    }
}

fn each(
    account: &mut Account,
    contacts: &[Uuid],
    mut change: impl FnMut(&mut Contact) -> Result<(), String>,
) -> JobResult {
    let mut result = JobResult { total: contacts.len(), ..JobResult::default() };
    for id in contacts {
        let Some(contact) = account.roster.get_mut(*id) else {
            result.errors.push(format!("Contact {id} was not found."));
            continue;
        };
        match change(contact) {
            Ok(()) => result.completed += 1,
            Err(error) => {
                result.errors.push(error);
                result.not_addable += 1;
            }
        }
    }
    result
}

/// Takes `remove` out of `ids` and puts `add` in; whether anything changed.
fn change(ids: &mut Vec<Uuid>, add: &[Uuid], remove: &[Uuid]) -> Result<bool, String> {
    let mut next = ids.clone();
    next.retain(|id| !remove.contains(id));
    for id in add {
        if !next.contains(id) {
            next.push(*id);
        }
    }
    if next.len() > MEMBERSHIPS_MAX {
        return Err("Too many memberships.".to_owned());
    }
    let changed = *ids != next;
    *ids = next;
    Ok(changed)
}

pub(super) fn change_lists(
    contact: &mut Contact,
    add: &[Uuid],
    remove: &[Uuid],
    at: Stamp,
    switches: &Switches,
) -> Result<(), String> {
    if change(&mut contact.lists, add, remove)? && switches.list_moves_touch_updated_at {
        contact.updated_at = at;
    }
    Ok(())
}

pub(super) fn change_tags(
    contact: &mut Contact,
    add: &[Uuid],
    remove: &[Uuid],
    at: Stamp,
    switches: &Switches,
) -> Result<(), String> {
    if change(&mut contact.tags, add, remove)? && switches.tag_moves_touch_updated_at {
        contact.updated_at = at;
    }
    Ok(())
}
