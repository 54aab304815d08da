//! A running demo: Tandem, both simulated systems, and what was measured so far.

use std::cell::{Cell, RefCell};

use super::{DemoError, Progress, ToCc, World, played::Played};
use crate::{
    app::App,
    clock::Stopwatch,
    domain::{Stage, State},
    operator::review::{self, Review},
};

/// A running demo.
pub struct Demo {
    /// Tandem.
    pub app: App,
    pub(super) world: World,
    pub(super) number: u32,
    pub(super) started: Stopwatch,
    // The contacts and seconds of the first sync.
    pub(super) synced: Cell<Option<(u64, f64)>>,
    pub(super) week: RefCell<Option<Played>>,
    pub(super) to_cc: Cell<Option<ToCc>>,
    // Tandem's own receivers and dashboard.
    pub(super) http: actix_web::dev::ServerHandle,
    // Removed with everything in it when the demo ends.
    pub(super) _folder: tempfile::TempDir,
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Demo")
    }
}

impl Demo {
    /// How far it is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn progress(&self) -> Result<Progress, DemoError> {
        let record = self.app.deps.store.customers()?.into_iter().find(|record| record.number == self.number);
        Ok(Progress {
            stage: record.map_or(Stage::Observing, |record| record.stage),
            counts: self.app.deps.store.of(self.number).counts()?,
            contacts: self.world.contacts(),
        })
    }

    /// Where both sides do not agree, people of the week included who should be opted out.
    pub(super) fn differences(&self) -> u64 {
        let gone = self.week.borrow().as_ref().map_or(0, |played| self.world.still_opted_in(&played.week));
        self.world.differences().saturating_add(gone)
    }

    /// What waits for a person.
    pub(super) fn reviews(&self) -> Result<Vec<Review>, DemoError> {
        let store = &self.app.deps.store;
        let reference = &store.of(self.number).reference_data()?.virtuous;
        let subjects = store.of(self.number).attention(State::Review, usize::MAX)?;
        Ok(subjects.iter().map(|subject| review::of(subject, reference)).collect())
    }

    /// Where the simulated systems are.
    #[must_use]
    pub fn address(&self) -> &str {
        self.world.url()
    }

    /// The simulators, to be looked at or edited.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Stops everything in order.
    pub async fn stop(self) -> bool {
        let (_, stopped) = tokio::join!(self.http.stop(false), self.app.stop());
        self.world.stop().await;
        stopped
    }
}
