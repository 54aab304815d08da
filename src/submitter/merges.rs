//! Contacts of Virtuous that staff merged, where only the one that is left was read (I3).

use crate::{
    access::CustomerContext,
    domain::{Lane, VirtuousContact},
    store::{ContactsRead, MergeSuspect, SharedPlanner, StoreError},
    virtuous::VirtuousError,
};

/// Merges that are followed before it is given up.
pub const MERGES_MAX: usize = 5;

/// Reads the contacts that may have been merged into these, and follows those that were, before these are looked at: the tags that
/// came along are Tandem's, and would be taken for staff's word about whoever was linked there before (I3, S5). Where that cannot
/// be told, as the former contact is gone or refused for good, its tags are nobody's wish.
///
/// # Errors
/// A passing failure; nothing is to be concluded from the tags of these contacts then.
pub async fn follow(
    env: &CustomerContext,
    planner: &SharedPlanner,
    lane: Lane,
    contacts: &[VirtuousContact],
) -> Result<(), VirtuousError> {
    if !planner.rules.two_way || contacts.is_empty() {
        return Ok(());
    }
    let suspects = env.store.merge_suspects(contacts, &planner.rules).map_err(unreadable)?;
    let mut merged = Vec::new();
    for suspect in suspects {
        match gone_into(env, lane, suspect).await {
            Ok(Went::There(gone)) => merged.push(*gone),
            Ok(Went::Nowhere) => {}
            Ok(Went::Unknown) => own_tags(env, planner, suspect, contacts).await?,
            // One that cannot be read must hold nobody up (B3).
            Err(error) if error.stays() => own_tags(env, planner, suspect, contacts).await?,
            Err(error) => return Err(error),
        }
    }
    if merged.is_empty() {
        return Ok(());
    }
    let left = contacts.iter().filter(|one| merged.iter().any(|gone| gone.merged_into == Some(one.id)));
    let contacts = left.cloned().chain(merged.iter().cloned()).collect();
    let read = ContactsRead { contacts, record: None, answered: Vec::new() };
    let kept = env.store.observe_contacts(read, planner.clone(), env.now()).await;
    kept.map(drop).map_err(unreadable)
}

/// What became of a contact that may have been merged.
enum Went {
    /// It went into the one that was read, perhaps by way of others; this is what it was.
    There(Box<VirtuousContact>),
    /// It is there still, or went elsewhere.
    Nowhere,
    /// It is not found any more.
    Unknown,
}

async fn gone_into(env: &CustomerContext, lane: Lane, suspect: MergeSuspect) -> Result<Went, VirtuousError> {
    let (mut id, mut first) = (suspect.gone, None);
    for _ in 0..MERGES_MAX {
        let read = env.virtuous.call(lane, |client| async move { client.contact(id).await }).await?;
        let Some(contact) = read.map(|read| read.contact) else { return Ok(Went::Unknown) };
        let Some(into) = contact.merged_into else { return Ok(Went::Nowhere) };
        let gone = VirtuousContact { merged_into: Some(into), ..first.unwrap_or(contact) };
        if into == suspect.into {
            return Ok(Went::There(Box::new(gone)));
        }
        (first, id) = (Some(gone), into);
    }
    Ok(Went::Unknown)
}

async fn own_tags(
    env: &CustomerContext,
    planner: &SharedPlanner,
    suspect: MergeSuspect,
    contacts: &[VirtuousContact],
) -> Result<(), VirtuousError> {
    tracing::warn!(customer = %env.id, contact = suspect.gone.0, into = suspect.into.0, "a contact of Virtuous that may have been merged cannot be read: tags that the other one newly carries are taken for nobody's wish");
    let Some(into) = contacts.iter().find(|one| one.id == suspect.into) else { return Ok(()) };
    env.store.own_tags(into.clone(), planner.clone()).await.map_err(unreadable)
}

/// The store answers the next question, or it stops the process.
fn unreadable(error: StoreError) -> VirtuousError {
    VirtuousError::Transient { text: error.to_string(), after: None, may_have_arrived: false }
}
