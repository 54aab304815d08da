//! Bulk activities as an account keeps them (reference 6.3).

use std::time::Duration;

use serde_json::json;

use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
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
    pub(super) id: Uuid,
    pub(super) job: Job,
    pub(super) created_at: Timestamp,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
    /// Set once it was carried out.
    pub(super) result: Option<JobResult>,
    pub(super) fails: bool,
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
    pub(super) list: Vec<Activity>,
    pub(super) fail_next: u32,
}

/// How many may wait in an account.
pub(super) const QUEUED_MAX: usize = 1_000;
/// How long a finished one is kept.
pub(super) const KEPT: Duration = Duration::from_secs(10 * 86_400);

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
    pub(super) fn state(&self, now: Timestamp) -> &'static str {
        match self.result {
            Some(_) if self.fails => "failed",
            Some(_) => "completed",
            None if now < self.starts_at => "initialized",
            None => "processing",
        }
    }

    pub(super) fn view(&self, now: Timestamp) -> serde_json::Value {
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
