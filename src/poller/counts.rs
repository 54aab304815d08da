//! The account's counts as a drift detector (W3): a count that moved without a seen change triggers the sweep, the one
//! reading that shows every change.

use std::collections::HashMap;

use crate::{
    access::CustomerContext,
    constant_contact::CcError,
    domain::{Lane, ListId, Permission},
    store::AccountCounts,
    turn::TurnError,
};

/// What we count ourselves, in one pass over everybody.
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
    pub fn count(env: &CustomerContext) -> Result<Self, TurnError> {
        let mut own = Self::default();
        env.store.each_subject(|subject| {
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
        })?;
        Ok(own)
    }
}

/// Whether a count moved otherwise than ours since it was last looked at. What the numbers include is not documented, so
/// that only movements are compared.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn drifted(
    env: &CustomerContext,
    own: &Own,
    known: &mut Option<AccountCounts>,
) -> Result<bool, TurnError> {
    let answer = env.cc.call(Lane::Verify, |client, token| async move { client.counts(&token).await });
    let counts = match answer.await {
        Ok(answer) => answer.value,
        // Not every account answers this; the sweep comes in its time.
        Err(CcError::NotFound | CcError::Refused { .. } | CcError::Forbidden { .. }) => return Ok(false),
        Err(error) => return Err(env.cc.turn_error(error)),
    };
    let number = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    let theirs = [counts.explicit, counts.implicit, counts.pending, counts.unsubscribed].map(number);
    let ours = own.permissions;
    let before = known.replace((theirs, ours));
    let moved = |(theirs_then, ours_then): AccountCounts| {
        (0..4).any(|at| match (theirs[at], theirs_then[at]) {
            (Some(now), Some(then)) => now - then != ours[at] - ours_then[at],
            // A number that is not told says nothing.
            _ => false,
        })
    };
    Ok(before.is_some_and(moved))
}
