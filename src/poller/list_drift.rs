//! Counts of lists as drift detectors: a count that moved without a seen change triggers the reading that explains it
//! (W3). Moves between lists may leave `updated_at` alone (constant-contact.md 4, GUESS), so that polls do not see them.

use std::collections::{BTreeMap, HashSet};

use crate::{
    domain::{ContactId, ListId, Subject},
    turn::TurnError,
};

use super::{
    observe,
    own_counts::Own,
    read::{members::Members, page::Cursors},
    view::View,
};

/// Reads the members of every list whose count moved otherwise than ours, and counts ours again by it. Called when lists
/// and changes were just read.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was read until then is kept, the rest is noticed again next time.
pub async fn explain(
    view: &View<'_>,
    ours: &mut Own,
    known: &mut BTreeMap<ListId, (u64, u64)>,
    cursors: &mut Cursors,
) -> Result<(), TurnError> {
    let reference = &view.known.reference_data()?.cc;
    // A list that is gone has nothing to be measured.
    known.retain(|id, _| reference.lists.get(id).is_some_and(|list| !list.deleted));
    let counted = reference.lists.iter().filter(|(_, list)| !list.deleted);
    for (id, list) in counted {
        let Some(theirs) = list.members else { continue };
        let own = ours.lists.get(id).copied().unwrap_or(0);
        if drifted(known.get(id).copied(), (theirs, own)) {
            tracing::info!(customer = %view.reach.customer, list = %id, theirs, own, "a list's count moved without a seen change: its members are read");
            read_members(view, id, cursors).await?;
            *ours = Own::count(view.known).await?;
        }
        known.insert(id.clone(), (theirs, ours.lists.get(id).copied().unwrap_or(0)));
    }
    Ok(())
}

/// Whether a list's count moved otherwise than ours. Without an earlier count any difference counts as drift; what the number
/// includes is not documented, so that afterwards only its movement is compared.
fn drifted(then: Option<(u64, u64)>, (theirs, own): (u64, u64)) -> bool {
    let moved = |now: u64, then: u64| now.cast_signed() - then.cast_signed();
    then.map_or(theirs != own, |(theirs_then, own_then)| moved(theirs, theirs_then) != moved(own, own_then))
}

/// Reads a list whole: members that are on it are kept as read; subscribers whom Tandem thinks are on it and who were not shown
/// are read again one by one, as after a hint.
async fn read_members(view: &View<'_>, list: &ListId, cursors: &mut Cursors) -> Result<(), TurnError> {
    let mut shown: HashSet<ContactId> = HashSet::new();
    let mut members = Members::of(list, &view.reach);
    while let Some(answer) = members.next(&view.reach, cursors).await? {
        let seen_at = view.reach.seen_at(&answer);
        let page = observe::shown(view.known, view.reach.customer, &answer.value, seen_at)?;
        shown.extend(answer.value.records().map(|record| record.id));
        view.commit.apart(page.observations).await?;
    }
    let list = list.clone();
    let is_gone = move |gone: &mut Vec<ContactId>, subject: Subject| {
        if subject.cc.lists.contains(&list) && !shown.contains(&subject.id) {
            gone.push(subject.id);
        }
    };
    let gone = view.known.fold_subjects(Vec::new(), is_gone).await?;
    Ok(view.commit.ask_for_contacts(&gone).await?)
}

#[cfg(test)]
mod tests {
    use super::drifted;

    #[test]
    fn w3_a_lists_count_drifts_by_its_movement_only() {
        assert!(!drifted(None, (3, 3)));
        assert!(drifted(None, (4, 3)));
        // Off by one from the beginning, and moving as ours does.
        assert!(!drifted(Some((4, 3)), (6, 5)));
        assert!(drifted(Some((4, 3)), (4, 4)));
    }
}
