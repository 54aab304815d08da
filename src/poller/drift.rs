//! Counts of lists as drift detectors: a count that moved without a seen change triggers the reading that explains it
//! (W3). Moves between lists may leave `updated_at` alone (constant-contact.md 4, GUESS), so that polls do not see them.

use std::collections::{BTreeMap, HashSet};

use crate::{
    access::CustomerContext,
    constant_contact::streams,
    domain::{ContactId, CustomerRecord, Lane, ListId},
    store::{HintAbout, Page},
    turn::TurnError,
};

use super::{counts::Own, page};

/// More pages than a list can have: a next that never ends is refused.
const PAGES_MAX: usize = 10_000;

/// Reads the members of every list whose count moved otherwise than ours, and counts ours again by it. Called when lists
/// and changes were just read.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was read until then is kept, the rest is noticed again next time.
pub async fn explain(
    env: &CustomerContext,
    record: &CustomerRecord,
    ours: &mut Own,
    known: &mut BTreeMap<ListId, (u64, u64)>,
    cursors: &mut page::Cursors,
) -> Result<(), TurnError> {
    let reference = &env.store.reference_data()?.cc;
    // A list that is gone has nothing to be measured.
    known.retain(|id, _| reference.lists.get(id).is_some_and(|list| !list.deleted));
    let counted = reference.lists.iter().filter(|(_, list)| !list.deleted);
    for (id, list) in counted {
        let Some(theirs) = list.members else { continue };
        let own = ours.lists.get(id).copied().unwrap_or(0);
        // Without an earlier count any difference counts as drift; what the number includes is not documented, so that
        // afterwards only its movement is compared.
        let drifted = match known.get(id) {
            Some((theirs_then, own_then)) => {
                theirs.cast_signed() - theirs_then.cast_signed() != own.cast_signed() - own_then.cast_signed()
            }
            None => theirs != own,
        };
        if drifted {
            tracing::info!(customer = %env.id, list = %id, theirs, own, "a list's count moved without a seen change: its members are read");
            read_members(env, record, id, cursors).await?;
            *ours = Own::count(env)?;
        }
        known.insert(id.clone(), (theirs, ours.lists.get(id).copied().unwrap_or(0)));
    }
    Ok(())
}

/// Reads a list whole: members that are on it are kept as read; people whom we think are on it and who were not shown are
/// read again one by one, as after a hint.
async fn read_members(
    env: &CustomerContext,
    record: &CustomerRecord,
    list: &ListId,
    cursors: &mut page::Cursors,
) -> Result<(), TurnError> {
    let mut shown: HashSet<ContactId> = HashSet::new();
    let mut next = Some(streams::members::first(list, streams::Include::with_tags(env.rules.cc_tags)));
    let mut followed = false;
    for _ in 0..PAGES_MAX {
        let Some(path) = next.take() else { break };
        if env.is_stopping() {
            // What was not read to its end explains nothing: it drifts still when the next process compares.
            return Err(TurnError::NotNow(env.now()));
        }
        let answer = page::read(env, Lane::Change, &path, followed, cursors).await;
        let answer = answer.map_err(|error| env.cc.turn_error(error))?;
        followed = true;
        let seen_at = answer.date.unwrap_or_else(|| env.now());
        let (_, observations) = super::contacts::changed(env, &answer.value, seen_at)?;
        shown.extend(answer.value.records().map(|record| record.id));
        let kept = Page::apart(observations);
        env.store.observe(kept, env.rules.clone(), record.stage, env.now()).await?;
        next = answer.value.next;
    }
    let mut gone = Vec::new();
    env.store.each_subject(|subject| {
        if subject.cc.lists.contains(list) && !shown.contains(&subject.id) {
            gone.push(HintAbout::Contact(subject.id.to_string()));
        }
    })?;
    if !gone.is_empty() {
        env.store.keep_hints(gone, env.now()).await?;
    }
    Ok(())
}
