//! Bulk activities (reference 6.3): answered at once, carried out later, one after the other.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    account::Account,
    activity::{Activity, Job, QUEUED_MAX},
    call::Call,
    errors::{ApiError, Reply},
    paging::{Links, Page},
};
use crate::simulator::{
    ids::{Stamp, Uuid},
    wire::SimResponse,
};

/// Puts a job into the account's queue.
pub(super) fn queue(call: &mut Call<'_>, job: Job, status: u16) -> Reply {
    let queue = &mut call.account.activities;
    if queue.waiting() >= QUEUED_MAX {
        return Err(ApiError::ActivitiesFull);
    }
    let starts_at = queue.list.last().map_or(call.now, |last| last.ends_at.max(call.now));
    let fails = queue.fail_next > 0;
    queue.fail_next = queue.fail_next.saturating_sub(1);
    if let Job::DeleteLists { lists } = &job {
        // The lists are gone at once; their members lose them when the activity is through.
        let at = Stamp::at(call.now);
        for list in call.account.lists.iter_mut().filter(|list| lists.contains(&list.list_id) && !fails) {
            list.deleted_at.get_or_insert(at);
            list.updated_at = at;
        }
    }
    let activity = Activity {
        id: call.ids.uuid(call.now),
        job,
        created_at: call.now,
        starts_at,
        ends_at: starts_at.plus(Duration::from_millis(call.switches.activity_millis)),
        result: None,
        fails,
    };
    let href = format!("/v3/activities/{}", activity.id);
    let mut view = activity.view(call.now);
    view["state"] = json!("initialized");
    call.account.activities.list.push(activity);
    let answer = SimResponse::json(status, &view);
    Ok(if status == 202 { answer.with_header("location", href) } else { answer })
}

pub(super) fn list(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 500, call.switches)?;
    let state = page.filter("state");
    if state.is_some_and(|state| {
        !["processing", "completed", "cancelled", "failed", "timed_out"].contains(&state)
    }) {
        return Err(ApiError::validation("state does not have a valid value"));
    }
    let all = call.account.activities.list.iter().rev();
    let rows: Vec<_> =
        all.filter(|activity| state.is_none_or(|state| activity.state(call.now) == state)).collect();
    let (rows, links) = page.cut(&rows, "/v3/activities", call.switches);
    let activities = rows.iter().map(|activity| activity.view(call.now)).collect();
    Ok(SimResponse::json(200, &ActivitiesPage { activities, links }))
}

#[derive(Serialize)]
struct ActivitiesPage {
    activities: Vec<serde_json::Value>,
    #[serde(rename = "_links")]
    links: Links,
}

pub(super) fn get(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let activity = call.account.activities.list.iter().find(|activity| activity.id == id);
    Ok(SimResponse::json(200, &activity.ok_or(ApiError::NotFound)?.view(call.now)))
}

/// Whom an activity is about: exactly one of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceInput {
    contact_ids: Option<Vec<Uuid>>,
    list_ids: Option<Vec<Uuid>>,
    tag_ids: Option<Vec<Uuid>>,
    #[serde(default)]
    all_active_contacts: bool,
}

#[derive(Deserialize, Default)]
struct Exclude {
    #[serde(default)]
    contact_ids: Vec<Uuid>,
}

#[derive(Deserialize)]
struct MembershipInput {
    source: SourceInput,
    #[serde(default)]
    exclude: Exclude,
    #[serde(default)]
    list_ids: Vec<Uuid>,
    #[serde(default)]
    tag_ids: Vec<Uuid>,
}

impl MembershipInput {
    fn contacts(&self, account: &Account) -> Result<Vec<Uuid>, ApiError> {
        let source = &self.source;
        let mut contacts =
            match (&source.contact_ids, &source.list_ids, &source.tag_ids, source.all_active_contacts) {
                (Some(ids), None, None, false) if (1..=500).contains(&ids.len()) => ids.clone(),
                (None, Some(lists), None, false) if (1..=50).contains(&lists.len()) => {
                    members(account, |contact| contact.lists.iter().any(|list| lists.contains(list)))
                }
                (None, None, Some(tags), false) if (1..=50).contains(&tags.len()) => {
                    members(account, |contact| contact.tags.iter().any(|tag| tags.contains(tag)))
                }
                (None, None, None, true) => {
                    members(account, |contact| contact.deleted_at.is_none() && !contact.is_unsubscribed())
                }
                _ => return Err(ApiError::validation("source does not have a valid value")),
            };
        contacts.retain(|contact| !self.exclude.contact_ids.contains(contact));
        Ok(contacts)
    }
}

fn members(account: &Account, test: impl Fn(&super::model::Contact) -> bool) -> Vec<Uuid> {
    account.roster.iter().filter(|contact| test(contact)).map(|contact| contact.id).collect()
}

fn membership(call: &Call<'_>, tags: bool) -> Result<(Vec<Uuid>, Vec<Uuid>), ApiError> {
    let input: MembershipInput = call.body()?;
    let contacts = input.contacts(call.account)?;
    let targets = if tags { input.tag_ids } else { input.list_ids };
    if !(1..=50).contains(&targets.len()) {
        let name = if tags { "tag_ids" } else { "list_ids" };
        return Err(ApiError::Validation(format!("{name} does not have a valid value")));
    }
    if tags {
        call.account.check_tags(&targets)?;
    } else {
        call.account.check_lists(&targets)?;
    }
    Ok((contacts, targets))
}

pub(super) fn add_lists(call: &mut Call<'_>) -> Reply {
    let (contacts, lists) = membership(call, false)?;
    queue(call, Job::AddLists { contacts, lists }, 201)
}

pub(super) fn remove_lists(call: &mut Call<'_>) -> Reply {
    let (contacts, lists) = membership(call, false)?;
    queue(call, Job::RemoveLists { contacts, lists }, 201)
}

pub(super) fn add_tags(call: &mut Call<'_>) -> Reply {
    let (contacts, tags) = membership(call, true)?;
    queue(call, Job::AddTags { contacts, tags }, 201)
}

pub(super) fn remove_tags(call: &mut Call<'_>) -> Reply {
    let (contacts, tags) = membership(call, true)?;
    queue(call, Job::RemoveTags { contacts, tags }, 201)
}

#[derive(Deserialize)]
struct DeleteInput {
    contact_ids: Option<Vec<Uuid>>,
    list_ids: Option<Vec<Uuid>>,
}

pub(super) fn delete_contacts(call: &mut Call<'_>) -> Reply {
    let input: DeleteInput = call.body()?;
    let contacts = match (input.contact_ids, input.list_ids) {
        (Some(ids), None) if (1..=500).contains(&ids.len()) => ids,
        (None, Some(lists)) if (1..=50).contains(&lists.len()) => {
            members(call.account, |contact| contact.lists.iter().any(|list| lists.contains(list)))
        }
        _ => return Err(ApiError::validation("contact_ids does not have a valid value")),
    };
    queue(call, Job::DeleteContacts { contacts }, 201)
}

pub(super) fn delete_lists(call: &mut Call<'_>) -> Reply {
    let input: DeleteInput = call.body()?;
    let lists = input.list_ids.filter(|lists| (1..=100).contains(&lists.len()));
    let lists = lists.ok_or_else(|| ApiError::validation("list_ids does not have a valid value"))?;
    queue(call, Job::DeleteLists { lists }, 201)
}
