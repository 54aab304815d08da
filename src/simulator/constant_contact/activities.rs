//! Bulk activities (reference 6.3): answered at once, carried out later, one after the other.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    account::{Account, Call},
    errors::{ApiError, Reply},
    jobs,
    paging::{Links, Page},
    switches::Switches,
};
use crate::{
    domain::Timestamp,
    simulator::{
        ids::{Stamp, Uuid},
        wire::SimResponse,
    },
};

/// What an activity is to do.
#[derive(Debug, Clone)]
pub(super) enum Job {
    AddLists { contacts: Vec<Uuid>, lists: Vec<Uuid> },
    RemoveLists { contacts: Vec<Uuid>, lists: Vec<Uuid> },
    AddTags { contacts: Vec<Uuid>, tags: Vec<Uuid> },
    RemoveTags { contacts: Vec<Uuid>, tags: Vec<Uuid> },
    DeleteContacts { contacts: Vec<Uuid> },
    DeleteLists { lists: Vec<Uuid> },
}

/// One activity.
#[derive(Debug)]
pub struct Activity {
    id: Uuid,
    job: Job,
    created_at: Timestamp,
    starts_at: Timestamp,
    ends_at: Timestamp,
    /// Set once it was carried out.
    result: Option<JobResult>,
    fails: bool,
}

/// What came of an activity.
#[derive(Debug, Default)]
pub(super) struct JobResult {
    pub(super) errors: Vec<String>,
    pub(super) total: usize,
    pub(super) completed: usize,
    pub(super) not_addable: usize,
}

/// The activities of an account.
#[derive(Debug, Default)]
pub struct Activities {
    list: Vec<Activity>,
    fail_next: u32,
}

/// How many may wait in an account.
const QUEUED_MAX: usize = 1_000;
/// How long a finished one is kept.
const KEPT: Duration = Duration::from_secs(10 * 86_400);

impl Activities {
    /// Makes the next `count` activities fail as a whole.
    pub const fn fail_next(&mut self, count: u32) {
        self.fail_next = count;
    }

    /// How many are not yet carried out.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.list.iter().filter(|activity| activity.result.is_none()).count()
    }
}

impl Activity {
    fn state(&self, now: Timestamp) -> &'static str {
        match self.result {
            Some(_) if self.fails => "failed",
            Some(_) => "completed",
            None if now < self.starts_at => "initialized",
            None => "processing",
        }
    }

    fn view(&self, now: Timestamp) -> serde_json::Value {
        let state = self.state(now);
        let started = (now >= self.starts_at).then(|| Stamp::at(self.starts_at));
        let ended = self.result.as_ref().map(|_| Stamp::at(self.ends_at));
        let nothing = JobResult::default();
        let result = self.result.as_ref().unwrap_or(&nothing);
        let lists = match &self.job {
            Job::AddLists { lists, .. } | Job::RemoveLists { lists, .. } | Job::DeleteLists { lists } => {
                lists.len()
            }
            _ => 0,
        };
        let mut view = json!({
            "activity_id": self.id,
            "state": state,
            "created_at": Stamp::at(self.created_at),
            "updated_at": ended.or(started).unwrap_or(Stamp::at(self.created_at)),
            "percent_done": match state { "completed" => 100, "processing" => 50, _ => 0 },
            "activity_errors": result.errors,
            "status": {
                "items_total_count": result.total,
                "items_completed_count": result.completed,
                "list_count": lists,
            },
            "_links": {"self": {"href": format!("/v3/activities/{}", self.id)}},
        });
        if let Some(started) = started {
            view["started_at"] = json!(started);
        }
        if let Some(ended) = ended {
            // Only the read shows these: the answers to POST have no such fields in the contract.
            view["status"]["error_count"] = json!(result.errors.len());
            view["status"]["cannot_add_to_list_count"] = json!(result.not_addable);
            view["completed_at"] = json!(ended);
        }
        view
    }
}

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
            jobs::carry_out(account, &activity.job, Stamp::at(activity.ends_at), switches)
        });
    }
    account.activities.list = activities;
}

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
