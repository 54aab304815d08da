//! Bulk activities: list memberships (S5). Source: reference/constant-contact.md 6.3.

use serde_json::json;

use super::{AccessToken, Answer, Call, CcError, Client, body, contacts::segment, wire, wire::trimmed};
use crate::{
    domain::{ContactId, ListId, answer_words},
    transport::Method,
};

/// The most contacts of one activity.
pub const CONTACTS_MAX: usize = 500;
/// The most lists of one activity.
pub const LISTS_MAX: usize = 50;

/// How far an activity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityState {
    /// Not done yet; ask again later (5 s, then up to 60 s).
    Running,
    /// Done. [`Activity::errors`] may still name contacts that were not.
    Completed,
    /// `failed`, `cancelled` or `timed_out`.
    Failed,
}

/// A bulk activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Its id, to ask again.
    pub id: String,
    /// How far it is. A state that Tandem does not know counts as running.
    pub state: ActivityState,
    /// What went wrong: the known fields that each error speaks of.
    pub errors: Vec<String>,
}

/// What to do with memberships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Join.
    Add,
    /// Leave.
    Remove,
}

impl Client {
    /// Adds contacts to lists, or removes them. Only the difference is sent (S5), and repeating it does no harm.
    ///
    /// # Errors
    /// [`CcError`]; [`CcError::Refused`] with status 0 above [`CONTACTS_MAX`] or [`LISTS_MAX`], or when one is empty:
    /// an empty source could be read as everybody.
    pub async fn change_memberships(
        &self,
        token: &AccessToken,
        change: Membership,
        contacts: &[ContactId],
        lists: &[ListId],
    ) -> Result<Answer<Activity>, CcError> {
        if !(1..=CONTACTS_MAX).contains(&contacts.len()) || !(1..=LISTS_MAX).contains(&lists.len()) {
            let text = "an activity takes 1 to 500 contacts and 1 to 50 lists".to_owned();
            return Err(CcError::Refused { status: 0, keys: Vec::new(), text });
        }
        let path = match change {
            Membership::Add => "/v3/activities/add_list_memberships",
            Membership::Remove => "/v3/activities/remove_list_memberships",
        };
        let ids: Vec<String> = contacts.iter().map(ToString::to_string).collect();
        let lists: Vec<String> = lists.iter().map(ToString::to_string).collect();
        let body = json!({ "source": { "contact_ids": ids }, "list_ids": lists }).to_string().into_bytes();
        let call = Call { method: Method::Post, path: path.to_owned(), body };
        self.call(token, call).await?.try_map(activity)
    }

    /// How far an activity is. Each asking costs a call; activities are kept for 10 days.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn activity(&self, token: &AccessToken, id: &str) -> Result<Answer<Activity>, CcError> {
        let path = segment("/v3/activities/", id)?;
        self.call(token, Call::get(path)).await?.try_map(activity)
    }
}

fn activity(body: Vec<u8>) -> Result<Activity, CcError> {
    let body = body::into_text(body);
    let wire: wire::Activity<'_> = body::decode(&body)?;
    let id = trimmed(wire.activity_id.as_ref()).ok_or_else(|| CcError::Odd("no activity_id".to_owned()))?;
    let state = match trimmed(wire.state.as_ref()).unwrap_or_default() {
        "completed" => ActivityState::Completed,
        "failed" | "cancelled" | "timed_out" => ActivityState::Failed,
        _ => ActivityState::Running,
    };
    let errors = wire.activity_errors.unwrap_or_default().iter().map(|error| told(&error.0)).collect();
    Ok(Activity { id: id.to_owned(), state, errors })
}

/// What is kept of an error's words (B3).
fn told(error: &str) -> String {
    let mut fields = Vec::new();
    answer_words::add_fields(error, &mut fields);
    answer_words::told(&[], &fields, "an error")
}

#[cfg(test)]
#[path = "activities_tests.rs"]
mod tests;
