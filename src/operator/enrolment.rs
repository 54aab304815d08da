//! Brings the store in line with the customers' files: enrols new customers, takes over new refresh tokens, pauses and goes on.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::OperatorError;
use crate::{
    config::{CustomerSettings, changed, rules, rules_fingerprint},
    domain::{Cause, CustomerId, CustomerRecord, Pause, Reason, Rule, Timestamp},
    store::{AppliedV1, Store},
};

/// What marks a pause as the file's, so that only the file ends it by itself.
pub(super) const BY_FILE: &str = "paused = true in the customer's file";

/// Whether a pause is the file's.
#[must_use]
pub fn is_by_file(pause: &Pause) -> bool {
    pause.reason.detail == BY_FILE
}

/// Customers that are applied at once: their changes reach the disk in shared groups.
const TOGETHER: usize = 256;

/// Brings the store in line with the files; gives a line for each change. Customers whose file is gone stay as they are: a
/// missing file forgets nothing.
///
/// # Errors
/// When the store cannot read or write.
pub async fn apply(
    store: &Store,
    customers: &[Arc<CustomerSettings>],
    now: Timestamp,
) -> Result<Vec<String>, OperatorError> {
    let applied = customers.iter().map(async |settings: &Arc<CustomerSettings>| {
        let changes = apply_one(store, settings, now).await?;
        let line = |change| format!("{}: {change}", settings.id);
        Ok::<_, OperatorError>(changes.into_iter().map(line).collect::<Vec<_>>())
    });
    stream::iter(applied).buffered(TOGETHER).try_concat().await
}

/// What differs between the settings that run and new ones, a line for each key; and which customers run again, since their files are back.
#[must_use]
pub fn differences(
    store: &Store,
    known: &[Arc<CustomerSettings>],
    new: &[Arc<CustomerSettings>],
) -> Vec<String> {
    let of = |settings: &Arc<CustomerSettings>| {
        let id = &settings.id;
        let is_enrolled = || matches!(store.customer(id), Ok(Some(_)));
        let lines = match known.iter().find(|known| known.id == *id) {
            Some(before) => changed(before, settings),
            None if is_enrolled() => vec!["runs again: its file is back".to_owned()],
            None => Vec::new(),
        };
        lines.into_iter().map(|line| format!("{id}: {line}")).collect::<Vec<_>>()
    };
    new.iter().flat_map(of).collect()
}

/// The line for a customer whose file is gone.
#[must_use]
pub fn stopped(id: &CustomerId) -> String {
    format!("{id}: stopped, its file is gone; `tandem customer remove {id}` forgets it")
}

/// Gives every customer its place in the store, with the token of its file, and changes nothing else: what a check needs.
///
/// # Errors
/// When the store cannot read or write.
pub async fn enrol(
    store: &Store,
    customers: &[Arc<CustomerSettings>],
    now: Timestamp,
) -> Result<(), OperatorError> {
    let enrolled = customers.iter().map(async |settings: &Arc<CustomerSettings>| {
        let record = store.enrol(settings.id.clone(), now).await?;
        take_token(store, settings, &record, now).await.map(drop)
    });
    stream::iter(enrolled).buffered(TOGETHER).try_collect().await
}

/// Takes over the refresh token of the file, if it is a new one.
async fn take_token(
    store: &Store,
    settings: &CustomerSettings,
    record: &CustomerRecord,
    now: Timestamp,
) -> Result<bool, OperatorError> {
    let token = &settings.constant_contact.refresh_token;
    // Without the key nothing can be kept: it is taken once the key is back.
    if token.is_empty() || store.sealing_problem().is_some() {
        return Ok(false);
    }
    Ok(store.of(record.number).take_over_token(token.expose().to_owned(), token.fingerprint(), now).await?)
}

async fn apply_one(
    store: &Store,
    settings: &CustomerSettings,
    now: Timestamp,
) -> Result<Vec<&'static str>, OperatorError> {
    let mut changes = Vec::new();
    if store.customer(&settings.id)?.is_none() {
        changes.push("enrolled");
    }
    let record = store.enrol(settings.id.clone(), now).await?;
    // What a kill broke off goes on before the customer runs.
    let record = store.of(record.number).go_on_dropping(now).await?.unwrap_or(record);
    let new_token = take_token(store, settings, &record, now).await?;
    if new_token {
        changes.push("took the refresh token of the file");
    }
    let applied = AppliedV1 {
        rules: rules_fingerprint(&rules(settings)),
        virtuous_key: settings.virtuous.api_key.fingerprint(),
    };
    let new = store.of(record.number).apply_settings(applied, now).await?;
    if new.virtuous_key {
        changes.push("took the key to Virtuous of the file");
    }
    if new.rules {
        changes.push("everybody is planned again by the new rules");
    }
    let is_shared = settings.shared_account;
    if record.accounts.is_shared != is_shared {
        store.of(record.number).share_accounts(is_shared).await?;
        changes.push("shared_account changed: its account and organisation are compared again (I5)");
    }
    let wanted = Wanted {
        paused: settings.paused,
        auto_start: settings.import.auto_start,
        new_access: new_token || new.virtuous_key,
        locked: store.sealing_problem(),
    };
    let mut after = record.clone();
    changes.extend(wanted.put_on(&mut after, now));
    if after.pause != record.pause {
        store
            .of(record.number)
            .update_customer(move |record| {
                wanted.put_on(record, now);
            })
            .await?;
    }
    Ok(changes)
}

/// What the file says of a customer's standing.
#[derive(Debug, Clone)]
struct Wanted {
    paused: bool,
    auto_start: bool,
    /// Whether the file brought a new token or key.
    new_access: bool,
    /// Why its secrets cannot be read.
    locked: Option<String>,
}

impl Wanted {
    /// Changes the record; gives a line for each change.
    fn put_on(&self, record: &mut CustomerRecord, now: Timestamp) -> Vec<&'static str> {
        let mut changes = Vec::new();
        let by_operator = record.pause.as_ref().is_some_and(|pause| pause.by_operator);
        let by_file = record.pause.as_ref().is_some_and(is_by_file);
        let is_locked = record.pause.as_ref().is_some_and(|pause| pause.reason.cause == Cause::KeyMissing);
        if is_locked && self.locked.is_none() {
            record.end_pause(now);
            changes.push("goes on: its secrets can be read again");
        }
        if self.paused && !by_operator {
            let reason = Reason::about(Rule::B3, Cause::Decided, BY_FILE);
            record.pause = Some(Pause::by_operator(reason, now));
            changes.push("paused by its file");
        } else if !self.paused && by_file {
            record.end_pause(now);
            changes.push("no longer paused by its file");
        } else if let Some(problem) = self.locked.as_ref().filter(|_| !by_operator && !is_locked) {
            let reason = Reason::about(Rule::B4, Cause::KeyMissing, problem);
            record.pause = Some(Pause::until_a_person_acts(reason, now));
            changes.push("paused: its secrets cannot be read");
        } else if self.new_access && record.pause.is_some() && !by_operator {
            // Most likely the old token or key was refused; if not, the next call pauses again.
            record.end_pause(now);
            changes.push("goes on with the new token or key");
        }
        if self.auto_start && record.ask_for_import(now) {
            changes.push("import started (auto_start)");
        }
        changes
    }
}
