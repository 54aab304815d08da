//! What Tandem counts itself, to compare with the account's counts (W3).

use std::collections::HashMap;

use crate::{
    domain::{ListId, Permission, Subject},
    store::{AccountCounts, StoreError},
};

use super::known::Known;

/// What Tandem counts itself, in one pass over everybody.
#[derive(Debug, Default)]
pub struct Own {
    /// Members of each list.
    pub lists: HashMap<ListId, u64>,
    /// Who is not deleted, by permission, in the order explicit, implicit, pending, unsubscribed.
    permissions: [i64; 4],
}

impl Own {
    /// Counts everybody.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn count(known: Known<'_>) -> Result<Self, StoreError> {
        let add = |own: &mut Self, subject: Subject| {
            let place = match subject.cc.permission {
                Permission::Explicit => Some(0),
                Permission::Implicit => Some(1),
                Permission::PendingConfirmation => Some(2),
                Permission::Unsubscribed => Some(3),
                Permission::NotSet | Permission::TempHold | Permission::Unknown => None,
            };
            if let Some(place) = place.filter(|_| subject.cc.deletion.is_none()) {
                own.permissions[place] += 1;
            }
            for list in subject.cc.lists {
                *own.lists.entry(list).or_insert(0) += 1;
            }
        };
        known.fold_subjects(Self::default(), add).await
    }

    /// Whether a count of the account moved otherwise than ours since it was last looked at; `known` is what was counted
    /// then, and now. What the numbers include is not documented, so that only movements are compared.
    #[must_use]
    pub fn drifted(&self, theirs: [Option<i64>; 4], known: &mut Option<AccountCounts>) -> bool {
        let ours = self.permissions;
        let moved = |(theirs_then, ours_then): AccountCounts| {
            (0..4).any(|at| match (theirs[at], theirs_then[at]) {
                (Some(now), Some(then)) => now - then != ours[at] - ours_then[at],
                // A number that is not told says nothing.
                _ => false,
            })
        };
        known.replace((theirs, ours)).is_some_and(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3_only_movements_are_compared_and_a_number_that_is_not_told_says_nothing() {
        let mut known = None;
        let mut drifted =
            |ours, theirs| Own { permissions: ours, ..Own::default() }.drifted(theirs, &mut known);
        // The first look only notes.
        assert!(!drifted([5, 1, 0, 2], [Some(9), Some(1), None, Some(2)]));
        assert!(!drifted([6, 1, 0, 2], [Some(10), Some(1), Some(7), Some(2)]));
        assert!(drifted([6, 1, 0, 2], [Some(11), Some(1), Some(7), Some(1)]));
        // What drifted was noted.
        assert!(!drifted([6, 1, 0, 2], [Some(11), Some(1), Some(7), Some(1)]));
    }
}
