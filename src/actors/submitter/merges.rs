//! Contacts of Virtuous that staff merged, where only the one that is left was read (I3).

use crate::{
    actors::env::CustomerEnv,
    domain::{Lane, VirtuousContact, VirtuousContactId},
    store::{ContactsRead, SharedPlanner, StoreError},
    virtuous::VirtuousError,
};

/// Merges that are followed before it is given up.
pub const MERGES_MAX: usize = 5;

/// Reads the contacts that may have been merged into these, and follows those that were, before these are looked at: the tags that
/// came along are Tandem's, and would be taken for staff's word about whoever was linked there before (I3, S5).
///
/// # Errors
/// [`VirtuousError`]; nothing is to be concluded from these contacts then.
pub async fn follow(
    env: &CustomerEnv,
    planner: &SharedPlanner,
    lane: Lane,
    contacts: &[VirtuousContact],
) -> Result<(), VirtuousError> {
    if !planner.rules.two_way || contacts.is_empty() {
        return Ok(());
    }
    let suspects = env.store.merge_suspects(env.number, contacts, &planner.rules).map_err(unreadable)?;
    let mut merged = Vec::new();
    for suspect in suspects {
        merged.extend(gone_into(env, lane, suspect, contacts).await?);
    }
    if merged.is_empty() {
        return Ok(());
    }
    let left = contacts.iter().filter(|one| merged.iter().any(|gone| gone.merged_into == Some(one.id)));
    let contacts = left.cloned().chain(merged.iter().cloned()).collect();
    let read = ContactsRead { contacts, record: None, answered: Vec::new() };
    let kept = env.store.observe_contacts(env.number, read, planner.clone(), env.now()).await;
    kept.map(drop).map_err(unreadable)
}

/// A contact as it was before it went into one of these, perhaps by way of others; `None` if it did not.
async fn gone_into(
    env: &CustomerEnv,
    lane: Lane,
    suspect: VirtuousContactId,
    contacts: &[VirtuousContact],
) -> Result<Option<VirtuousContact>, VirtuousError> {
    let (mut id, mut first) = (suspect, None);
    for _ in 0..MERGES_MAX {
        let read = env.virtuous.call(lane, |client| async move { client.contact(id).await }).await?;
        let Some(contact) = read.map(|read| read.contact) else { return Ok(None) };
        let Some(into) = contact.merged_into else { return Ok(None) };
        let gone = VirtuousContact { merged_into: Some(into), ..first.unwrap_or(contact) };
        if contacts.iter().any(|one| one.id == into) {
            return Ok(Some(gone));
        }
        (first, id) = (Some(gone), into);
    }
    Ok(None)
}

/// The store answers the next question, or it stops the process.
fn unreadable(error: StoreError) -> VirtuousError {
    VirtuousError::Transient { text: error.to_string(), after: None, may_have_arrived: false }
}
