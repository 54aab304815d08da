//! The week of edits that the demo plays, and whether Tandem has read everything again since.

use super::{Demo, DemoError, played::Played};
use crate::{
    clock::{Clock, Stopwatch, SystemClock},
    domain::Stream,
};

/// What shows the edits of a week: each is read once more after them.
const READINGS: [Stream; 5] =
    [Stream::Changes, Stream::OptOuts, Stream::Lists, Stream::Bounces, Stream::Sweep];

impl Demo {
    /// Plays a week of edits in both systems.
    ///
    /// # Errors
    /// When the account is not there.
    pub fn play_week(&self) -> Result<(), DemoError> {
        let at = SystemClock.now();
        let reviews_before = self.reviews()?.into_iter().map(|review| review.id).collect();
        let week = self.world.play_week(at)?;
        let began = Stopwatch::start();
        *self.week.borrow_mut() = Some(Played { week, reviews_before, at, began, seconds: None });
        Ok(())
    }

    /// Whether every reading was done again after the week's edits; so it is if there was none.
    pub(super) fn has_read_the_week(&self) -> Result<bool, DemoError> {
        let Some(at) = self.week.borrow().as_ref().map(|played| played.at) else { return Ok(true) };
        for stream in READINGS {
            let cursor = self.app.deps.store.of(self.number).cursor(stream)?;
            if cursor.open.is_some() || cursor.completed_at.is_none_or(|completed| completed <= at) {
                return Ok(false);
            }
        }
        Ok(self.app.deps.store.of(self.number).hints(SystemClock.now(), 1)?.due.is_empty())
    }
}
