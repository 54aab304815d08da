//! Work beside those who are served: in short pieces, with long rests.
//!
//! An opt-out waits behind whatever holds the processor or the disk (W6), and a backup has time: it may take ten times as long as it
//! could.

use std::{io, thread, time::Duration};

use crate::{
    clock::Stopwatch,
    store::{Store, StoreError},
};

/// How much of the machine a backup may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All that it can: nothing else runs.
    Full,
    /// A tenth of what it could, for the sake of what is served beside it.
    Quiet,
}

/// Work between two rests.
const PIECE: Duration = Duration::from_millis(1);
/// A rest is so many times as long as the work before it.
const RESTS: u32 = 9;
/// The longest rest: a disk that hangs for a minute does not have the backup wait for ten.
const REST_MAX: Duration = Duration::from_millis(200);
/// Work that takes longer than this rests no more than it works: what changes meanwhile must not outrun it.
const HURRIES_AFTER: Duration = Duration::from_secs(3600);

/// The rests of one work.
pub(super) struct Rests<'a> {
    store: &'a Store,
    pace: Pace,
    begun: Stopwatch,
    worked: Stopwatch,
}

impl<'a> Rests<'a> {
    pub(super) fn new(store: &'a Store, pace: Pace) -> Self {
        Self { store, pace, begun: Stopwatch::start(), worked: Stopwatch::start() }
    }

    /// Rests if a piece of work is done. A store that is told to stop ends the work.
    pub(super) fn rest(&mut self) -> io::Result<()> {
        let worked = self.worked.elapsed();
        if worked < PIECE {
            return Ok(());
        }
        if self.store.engine().is_stopped() {
            return Err(io::Error::other(StoreError::Stopped));
        }
        if self.pace == Pace::Quiet {
            let times = if self.begun.elapsed() < HURRIES_AFTER { RESTS } else { 1 };
            thread::park_timeout((worked * times).min(REST_MAX));
        }
        self.worked = Stopwatch::start();
        Ok(())
    }
}
