//! Whether a poll of changes may go: what background waits for, too.

use crate::{
    domain::{Stream, Timestamp},
    store::StoreError,
};

use super::{streams, view::View};

/// Unfinished work at which polling pauses: the submitter is behind, and more would only fill the disk. Large enough
/// for the first reading of any account that Constant Contact hosts.
const WORK_MARK: u64 = 500_000;

/// How a poll of changes stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It waits after a failure, until then.
    Waits(Timestamp),
    /// The submitter has too much unfinished work.
    AtMark,
    /// It is due then; until then there is time for background.
    NotDue(Timestamp),
    /// It is due.
    Due,
}

impl Pace {
    /// How it stands; `waits` is until when it waits, `poll_now` whether a hint asks for it (W5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(view: &View<'_>, waits: Option<Timestamp>, poll_now: bool) -> Result<Self, StoreError> {
        if let Some(until) = waits {
            return Ok(Self::Waits(until));
        }
        if view.record.stage.may_write() && view.known.work()? > WORK_MARK {
            return Ok(Self::AtMark);
        }
        let due = streams::due(view, Stream::Changes)?;
        let due = due.filter(|due| *due > view.now() && !poll_now);
        Ok(due.map_or(Self::Due, Self::NotDue))
    }
}
