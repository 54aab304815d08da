//! The account's counts as a drift detector (W3): a count that moved without a seen change triggers the sweep, the one
//! reading that shows every change.

use crate::{domain::Stream, turn::TurnError};

use super::{
    list_drift::{self, Explained},
    own_counts::Own,
    read::{counts, page::Cursors},
    view::View,
};

/// Reads what explains a count that moved without a seen change (W3). What was explained until an error is kept, too; the
/// rest is noticed again next time.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn compare(view: &View<'_>, cursors: &mut Cursors) -> Result<(), TurnError> {
    let mut ours = Own::count(view.known).await?;
    let mut known = view.known.baselines()?;
    let Explained { wants_sweep, outcome } =
        list_drift::explain(view, &mut ours, &mut known.lists, cursors).await?;
    let drifted = match outcome {
        Ok(()) => counts::read(&view.reach)
            .await
            .map(|theirs| theirs.is_some_and(|theirs| ours.drifted(theirs, &mut known.account))),
        Err(error) => Err(error),
    };
    view.commit.baselines(known, wants_sweep || matches!(drifted, Ok(true))).await?;
    drifted?;
    Ok(view.commit.completed(Stream::Counts).await?)
}
