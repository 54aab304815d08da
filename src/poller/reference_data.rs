//! Lists, custom fields and tags: names, deletions and counts (S1, S3, F1, W3).

use crate::{domain::CcReferenceData, turn::TurnError};

use super::{
    commit::Renewed,
    read::lists::{self, UnderWay},
    view::View,
};

/// Reads the reference data of Constant Contact and keeps it; a change has every subject planned again.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn renew(view: &View<'_>, under_way: &mut UnderWay) -> Result<(), TurnError> {
    let known = &view.known.reference_data()?.cc;
    under_way.heed(view.record.asked.streams, view.now());
    let mut reference = lists::read(&view.reach, under_way).await?;
    remember_names(known, &mut reference);
    let is_known = known.read_at.is_some();
    // The first tags of the account: no page so far asked for the tags of contacts, and only a sweep reads all again (S6).
    let wants_sweep = is_known && known.tags.is_empty() && !reference.tags.is_empty();
    let is_changed = is_known && differs(known, &reference);
    view.commit.reference_data(Renewed { reference, is_changed, wants_sweep }).await?;
    Ok(())
}

/// Names that lists had before, and lists that are not shown any more (S3).
fn remember_names(known: &CcReferenceData, reference: &mut CcReferenceData) {
    for (id, before) in &known.lists {
        // A list that a reading does not show is not deleted by that: a deleted list says so (S3).
        let list = reference.lists.entry(id.clone()).or_insert_with(|| before.clone());
        list.former_names.clone_from(&before.former_names);
        if list.name != before.name && !list.former_names.contains(&before.name) {
            list.former_names.push(before.name.clone());
        }
    }
}

/// Whether two readings differ in what the mapping uses; counts of members do not matter to it.
fn differs(one: &CcReferenceData, other: &CcReferenceData) -> bool {
    let lists = |reference: &CcReferenceData| -> Vec<_> {
        reference.lists.iter().map(|(id, list)| (id.clone(), list.name.clone(), list.deleted)).collect()
    };
    lists(one) != lists(other) || one.fields != other.fields || one.tags != other.tags
}
