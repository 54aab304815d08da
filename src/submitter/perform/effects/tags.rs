//! Putting tags on contacts, and taking them off (S1).

use crate::{
    access::VirtuousAccess,
    domain::{JoinId, Lane, TagId, TagPlace, ToldJoin, VirtuousContactId},
    submitter::reach::Reach,
    virtuous::{VirtuousError, tag::TagJoin},
};

/// A tag of a contact, by name.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'a> {
    /// The contact.
    pub contact: VirtuousContactId,
    /// The tag's name.
    pub name: &'a str,
}

impl Tagged<'_> {
    fn told(&self, place: Option<TagPlace>) -> ToldJoin {
        ToldJoin { contact: self.contact, name: self.name.to_owned(), place }
    }
}

/// Puts a tag on. The answer tells the join that takes the tag off again.
///
/// # Errors
/// The call's.
pub async fn add(
    virtuous: &VirtuousAccess,
    lane: Lane,
    tagged: Tagged<'_>,
    tag: TagId,
    told: &mut Vec<ToldJoin>,
) -> Result<(), VirtuousError> {
    let contact = tagged.contact;
    match virtuous.call(lane, |client| async move { client.add_tag(contact, tag).await }).await {
        Ok(join) => {
            told.push(tagged.told(join.map(|join| TagPlace { tag, join })));
            Ok(())
        }
        // A conflict may mean that the tag is on already, or anything else: the contact's tags tell (S5).
        Err(VirtuousError::Conflict { text }) => {
            let is_on = joins(virtuous, lane, contact).await?.iter().any(|join| join.is_of(tag, tagged.name));
            let again = VirtuousError::Transient { text, after: None, may_have_arrived: false };
            if is_on { Ok(()) } else { Err(again) }
        }
        Err(error) => Err(error),
    }
}

/// Takes a tag off by the join that an answer told, in one call. Where none did, where the name is not that tag's alone any more
/// (S2), or where the call is refused, which says nothing, the contact's tags are read (S5).
///
/// # Errors
/// The call's; also if a join shows no id.
pub async fn remove(
    reach: &Reach<'_>,
    lane: Lane,
    tagged: Tagged<'_>,
    told: &mut Vec<ToldJoin>,
) -> Result<(), VirtuousError> {
    // What a reading of this turn told is newer than what is kept.
    let is_of = |join: &&ToldJoin| join.contact == tagged.contact && join.name == tagged.name;
    let told_now = told.iter().rfind(is_of).map(|told| told.place);
    let known = told_now.unwrap_or_else(|| reach.joins.place_of(tagged.contact, tagged.name));
    let is_meant = |place: &TagPlace| reach.reference.tags.get(tagged.name) == Some(&vec![place.tag]);
    let is_off = match known.filter(is_meant) {
        Some(place) => remove_known(reach.virtuous, lane, place.join).await?,
        None => false,
    };
    if !is_off {
        remove_as_read(reach, lane, tagged, told).await?;
    }
    told.push(tagged.told(None));
    Ok(())
}

/// Whether the join was there, and went.
async fn remove_known(virtuous: &VirtuousAccess, lane: Lane, join: JoinId) -> Result<bool, VirtuousError> {
    use VirtuousError::{Conflict, NotFound, Refused};
    match virtuous.call(lane, |client| async move { client.remove_tag(join).await }).await {
        Ok(()) => Ok(true),
        Err(NotFound | Conflict { .. } | Refused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes a tag off by its join ids: the same tag may be on twice (virtuous.md 6, GUESS). Joins may show the tag's name, one of its
/// ids, or both (names unverified).
async fn remove_as_read(
    reach: &Reach<'_>,
    lane: Lane,
    tagged: Tagged<'_>,
    told: &mut Vec<ToldJoin>,
) -> Result<(), VirtuousError> {
    let Tagged { contact, name } = tagged;
    let ids = reach.reference.tags.get(name).map(Vec::as_slice).unwrap_or_default();
    let is_meant = |join: &TagJoin| join.name == name || ids.iter().any(|tag| join.is_of(*tag, name));
    let joins = joins(reach.virtuous, lane, contact).await?;
    let others = joins.iter().filter(|join| !is_meant(join) && reach.planner.rules.may_own_tag(&join.name));
    told.extend(others.map(|other| {
        let is_alone = joins.iter().filter(|join| join.name == other.name).count() == 1;
        let place = other.tag.zip(other.join).map(|(tag, join)| TagPlace { tag, join });
        Tagged { contact, name: &other.name }.told(place.filter(|_| is_alone))
    }));
    for join in joins.iter().filter(|join| is_meant(join)) {
        let Some(id) = join.join else {
            let text = "the tags of a contact show no join id".to_owned();
            return Err(VirtuousError::Refused { status: 0, text });
        };
        match reach.virtuous.call(lane, |client| async move { client.remove_tag(id).await }).await {
            // Gone since it was read.
            Ok(()) | Err(VirtuousError::NotFound) => {}
            Err(error) => return Err(error),
        }
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
