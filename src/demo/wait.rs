//! The waits of the demo: until both sides agree, until staff's edits have arrived.

use std::time::Duration;

use super::{Demo, DemoError, Progress, ToCc, elapsed::seconds_since};
use crate::{
    clock::{Clock, Stopwatch, SystemClock},
    domain::{Stage, State},
};

/// How often the demo looks how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Demo {
    /// Waits until both sides agree: nothing is left to do here, and the comparison finds no difference. After a week was
    /// played, everything is read once more before. `tell` is told how far it is, every now and then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn until_synced(&self, mut tell: impl FnMut(Progress)) -> Result<(), DemoError> {
        loop {
            let progress = self.progress()?;
            tell(progress);
            let done = progress.stage == Stage::Live
                && progress.counts.work() == 0
                && progress.of(State::Submitted) == 0
                && progress.of(State::Pending) == 0;
            if done && self.has_read_the_week()? && self.differences() == 0 {
                let mut week = self.week.borrow_mut();
                match week.as_mut() {
                    Some(played) => drop(played.seconds.get_or_insert(seconds_since(played.began))),
                    None => self.synced.set(Some((progress.contacts, seconds_since(self.started)))),
                }
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Has staff opt one person out and tag another in Virtuous, and waits until Constant Contact has both.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn staff_edits(&self) -> Result<(), DemoError> {
        let Some(edits) = self.world.staff_edits(SystemClock.now()) else { return Ok(()) };
        let began = Stopwatch::start();
        let (mut opt_out, mut membership) = (None, None);
        while opt_out.is_none() || membership.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
            let (is_out, is_on) = self.world.has(&edits);
            opt_out = opt_out.or_else(|| is_out.then(|| seconds_since(began)));
            membership = membership.or_else(|| is_on.then(|| seconds_since(began)));
        }
        self.to_cc.set(Some(ToCc {
            opt_outs: 1,
            opt_out_seconds: opt_out.unwrap_or_default(),
            memberships: 1,
            membership_seconds: membership.unwrap_or_default(),
        }));
        Ok(())
    }
}
