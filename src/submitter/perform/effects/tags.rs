//! Putting tags on contacts, and taking them off (S1).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, TagId, VirtuousContactId},
    virtuous::{VirtuousError, tag::TagJoin},
};

/// Puts a tag on.
///
/// # Errors
/// The call's.
pub async fn add(
    virtuous: &VirtuousAccess,
    lane: Lane,
    contact: VirtuousContactId,
    tag: TagId,
    name: &str,
) -> Result<(), VirtuousError> {
    match virtuous.call(lane, |client| async move { client.add_tag(contact, tag).await }).await {
        Ok(_) => Ok(()),
        // A conflict may mean that the tag is on already, or anything else: the contact's tags tell (S5).
        Err(VirtuousError::Conflict { text }) => {
            let is_on = joins(virtuous, lane, contact).await?.iter().any(|join| join.is_of(tag, name));
            let again = VirtuousError::Transient { text, after: None, may_have_arrived: false };
            if is_on { Ok(()) } else { Err(again) }
        }
        Err(error) => Err(error),
    }
}

/// Takes a tag off by its join ids: the same tag may be on twice (virtuous.md 6, GUESS). Joins may show the tag's name, one of its
/// `ids`, or both (names unverified).
///
/// # Errors
/// The call's; also if a join shows no id.
pub async fn remove(
    virtuous: &VirtuousAccess,
    lane: Lane,
    contact: VirtuousContactId,
    name: &str,
    ids: &[TagId],
) -> Result<(), VirtuousError> {
    let is_meant = |join: &TagJoin| join.name == name || ids.iter().any(|tag| join.is_of(*tag, name));
    for join in joins(virtuous, lane, contact).await?.into_iter().filter(is_meant) {
        let Some(id) = join.join else {
            let text = "the tags of a contact show no join id".to_owned();
            return Err(VirtuousError::Refused { status: 0, text });
        };
        virtuous.call(lane, |client| async move { client.remove_tag(id).await }).await?;
    }
    Ok(())
}

async fn joins(
    virtuous: &VirtuousAccess,
    lane: Lane,
    contact: VirtuousContactId,
) -> Result<Vec<TagJoin>, VirtuousError> {
    let mut joins = Vec::new();
    let mut skip = 0;
    loop {
        let call = virtuous.call(lane, |client| async move { client.tags_of_contact(contact, skip).await });
        let page = call.await?;
        skip += page.raw_count;
        let is_last = page.raw_count == 0 || page.total.is_none_or(|total| skip as u64 >= total);
        joins.extend(page.joins);
        if is_last {
            return Ok(joins);
        }
    }
}
