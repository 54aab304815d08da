//! Counts of lists as drift detectors: a count that moved without a seen change triggers the reading that explains it
//! (W3). Moves between lists may leave `updated_at` alone (constant-contact.md 4, GUESS), so that polls do not see them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    domain::{ContactId, ListId, Subject},
    store::StoreError,
    turn::TurnError,
};

use super::{
    observe::{self, hash_of},
    own_counts::Own,
    read::{members::Members, page::Cursors},
    single_reads::A_TURN,
    view::View,
};

/// Contacts on a page of the sweep.
const A_PAGE: usize = 500;

/// What came of a comparison of lists.
pub struct Explained {
    /// Whether only a sweep can tell what became of those who left lists: there are many (W5).
    pub wants_sweep: bool,
    /// How it ended; what was read until then is kept, the rest is noticed again next time.
    pub outcome: Result<(), TurnError>,
}

/// What lists that were read whole showed: hashes of their members' ids.
type Shown = BTreeMap<ListId, HashSet<u64>>;

/// Reads the members of every list whose count moved otherwise than ours, and counts ours again by it. Called when lists
/// and changes were just read.
///
/// # Errors
/// When the store cannot be read.
pub async fn explain(
    view: &View<'_>,
    ours: &mut Own,
    known: &mut BTreeMap<ListId, (u64, u64)>,
    cursors: &mut Cursors,
) -> Result<Explained, StoreError> {
    let reference = &view.known.reference_data()?.cc;
    // A list that is gone has nothing to be measured.
    known.retain(|id, _| reference.lists.get(id).is_some_and(|list| !list.deleted));
    let counted = reference.lists.iter().filter(|(_, list)| !list.deleted);
    let (mut shown, mut measured, mut outcome) = (Shown::new(), Vec::new(), Ok(()));
    for (id, list) in counted {
        let Some(theirs) = list.members else { continue };
        let own = ours.lists.get(id).copied().unwrap_or(0);
        if drifted(known.get(id).copied(), (theirs, own)) {
            tracing::info!(customer = %view.reach.customer, list = %id, theirs, own, "a list's count moved without a seen change: its members are read");
            match read_members(view, id, cursors).await {
                Ok(members) => shown.insert(id.clone(), members),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            };
        }
        measured.push((id.clone(), (theirs, own)));
    }
    let (mut wants_sweep, read) = (false, shown.keys().cloned().collect::<BTreeSet<_>>());
    if !shown.is_empty() {
        // Whom another list's pages showed meanwhile is known to have moved there, and needs no look.
        wants_sweep = look_for(view, shown).await?;
        *ours = Own::count(view.known).await?;
    }
    let with_own = |(id, (theirs, own)): (ListId, (u64, u64))| {
        // What another list's pages showed of a list that was not read itself is a movement that its next comparison has to explain.
        let own = if read.contains(&id) { ours.lists.get(&id).copied().unwrap_or(0) } else { own };
        (id, (theirs, own))
    };
    known.extend(measured.into_iter().map(with_own));
    Ok(Explained { wants_sweep, outcome })
}

/// Whether a list's count moved otherwise than ours. Without an earlier count any difference counts as drift; what the number
/// includes is not documented, so that afterwards only its movement is compared.
fn drifted(then: Option<(u64, u64)>, (theirs, own): (u64, u64)) -> bool {
    let moved = |now: u64, then: u64| now.cast_signed() - then.cast_signed();
    then.map_or(theirs != own, |(theirs_then, own_then)| moved(theirs, theirs_then) != moved(own, own_then))
}

/// Reads a list whole: members that are on it are kept as read. Gives hashes of their ids.
async fn read_members(
    view: &View<'_>,
    list: &ListId,
    cursors: &mut Cursors,
) -> Result<HashSet<u64>, TurnError> {
    let mut shown = HashSet::new();
    let mut members = Members::of(list, &view.reach);
    while let Some(answer) = members.next(&view.reach, cursors).await? {
        let seen_at = view.reach.seen_at(&answer);
        let page = observe::shown(view.known, view.reach.customer, &answer.value, seen_at)?;
        shown.extend(page.ids);
        view.commit.apart(page.observations).await?;
    }
    Ok(shown)
}

/// Subscribers that are known to be on a list whose members did not show them, of so many in all.
#[derive(Default)]
struct Found {
    gone: Vec<ContactId>,
    contacts: usize,
}

/// Subscribers whom Tandem thinks are on a list that did not show them are read again one by one, as long as that costs less than the
/// pages of a sweep, which finds them, too (W5). Gives whether a sweep is to find them.
async fn look_for(view: &View<'_>, shown: Shown) -> Result<bool, StoreError> {
    let look = move |found: &mut Found, subject: Subject| {
        found.contacts += 1;
        let left = |(list, members): (&ListId, &HashSet<u64>)| {
            subject.cc.lists.contains(list) && !members.contains(&hash_of(&subject.id))
        };
        if shown.iter().any(left) {
            found.gone.push(subject.id);
        }
    };
    let Found { gone, contacts } = view.known.fold_subjects(Found::default(), look).await?;
    let day = view.now().utc_day();
    let reads_left = view.known.single_reads_left(day, view.single_reads.all)?;
    let by_pages = gone.len() > A_TURN.max(contacts / A_PAGE) || gone.len() as u64 > reads_left;
    if by_pages {
        let gone = gone.len();
        tracing::info!(customer = %view.reach.customer, gone, "many left a list without a seen change: a sweep reads them");
        return Ok(true);
    }
    view.commit.ask_for_contacts(&gone).await?;
    Ok(false)
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
