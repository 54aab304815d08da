//! Takes over the customers' files: enrols who is new, takes new refresh tokens, pauses and goes on.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{DeskError, import};
use crate::{
    config::{CustomerSettings, rules, rules_fingerprint},
    domain::{Cause, CustomerId, CustomerRecord, Pause, Reason, Rule, Timestamp},
    store::{AppliedV1, Store},
};

/// What marks a pause as the file's, so that only the file ends it by itself.
const BY_FILE: &str = "paused = true in the customer's file";

/// What changed, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Applied {
    /// Lines such as `hope: enrolled`.
    pub changes: Vec<String>,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "nothing changed");
        }
        self.changes.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Brings the store in line with the files. Customers whose file is gone stay as they are: nothing is forgotten by a
/// file that is missing.
///
/// # Errors
/// When the store cannot read or write.
pub async fn apply(
    store: &Store,
    customers: &[Arc<CustomerSettings>],
    now: Timestamp,
) -> Result<Applied, DeskError> {
    let mut applied = Applied::default();
    for settings in customers {
        for change in apply_one(store, settings, now).await? {
            applied.changes.push(format!("{}: {change}", settings.id));
        }
    }
    Ok(applied)
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
) -> Result<(), DeskError> {
    for settings in customers {
        let record = store.enrol(settings.id.clone(), now).await?;
        take_token(store, settings, &record, now).await?;
    }
    Ok(())
}

/// Takes over the refresh token of the file, if it is a new one.
async fn take_token(
    store: &Store,
    settings: &CustomerSettings,
    record: &CustomerRecord,
    now: Timestamp,
) -> Result<bool, DeskError> {
    let token = &settings.constant_contact.refresh_token;
    if token.is_empty() {
        return Ok(false);
    }
    Ok(store.of(record.number).take_over_token(token.expose().to_owned(), token.fingerprint(), now).await?)
}

async fn apply_one(
    store: &Store,
    settings: &CustomerSettings,
    now: Timestamp,
) -> Result<Vec<&'static str>, DeskError> {
    let mut changes = Vec::new();
    if store.customer(&settings.id)?.is_none() {
        changes.push("enrolled");
    }
    let record = store.enrol(settings.id.clone(), now).await?;
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
    let new_access = new_token || new.virtuous_key;
    let (paused, auto_start) = (settings.paused, settings.import.auto_start);
    let mut after = record.clone();
    changes.extend(standing(&mut after, paused, auto_start, new_access, now));
    if after.pause != record.pause || after.stage != record.stage {
        store
            .of(record.number)
            .update_customer(move |record| {
                standing(record, paused, auto_start, new_access, now);
            })
            .await?;
    }
    Ok(changes)
}

fn standing(
    record: &mut CustomerRecord,
    paused: bool,
    auto_start: bool,
    new_access: bool,
    now: Timestamp,
) -> Vec<&'static str> {
    let mut changes = Vec::new();
    let by_operator = record.pause.as_ref().is_some_and(|pause| pause.by_operator);
    let by_file = record.pause.as_ref().is_some_and(|pause| pause.reason.detail == BY_FILE);
    if paused && !by_operator {
        let reason = Reason::about(Rule::B3, Cause::Decided, BY_FILE);
        record.pause = Some(Pause { since: now, reason, by_operator: true });
        changes.push("paused by its file");
    } else if !paused && by_file {
        record.end_pause(now);
        changes.push("no longer paused by its file");
    } else if new_access && record.pause.is_some() && !by_operator {
        // Most likely it was the old token or key that was refused; if not, the next call pauses again.
        record.end_pause(now);
        changes.push("goes on with the new token or key");
    }
    if auto_start && import::start_record(record, now) {
        changes.push("import started (auto_start)");
    }
    changes
}
