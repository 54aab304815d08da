//! When each part of a turn is due.

use crate::{
    clock::Clock,
    config::CustomerSettings,
    domain::{CustomerId, CustomerRecord, Lane, Stage, Stream, Timestamp, asked},
    store::{CustomerStore, StoreError},
    sync::reconcile,
    turn::TurnError,
};

use super::{
    memory::Memory,
    part::Part,
    subscription::{self, wanted::Wanted},
    virtuous::reference_data,
};

/// When a part gets its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Not as the customer stands.
    Never,
    /// At this time.
    At(Timestamp),
    /// In each turn it is asked whether there is something to do; that is so at this time at the latest, if at one.
    Asked(Option<Timestamp>),
}

/// What parts decide by: the customer at the beginning of a turn.
pub struct View<'a> {
    /// The customer's name.
    pub customer: &'a CustomerId,
    /// The customer's settings.
    pub settings: &'a CustomerSettings,
    /// How the outside reaches this process.
    pub public_url: &'a str,
    /// Whether Virtuous would deliver events there.
    pub is_heard: bool,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The customer's record.
    pub record: CustomerRecord,
    /// When reference data were last read; `None` if never.
    pub reference_read_at: Option<Timestamp>,
    /// The moment.
    pub now: Timestamp,
}

impl Part {
    /// When the part gets its turn, its own backoff apart. Without reference data no plan is good: only they are due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn when(self, view: &View<'_>, memory: &Memory) -> Result<When, TurnError> {
        let stage = view.record.stage;
        let has_begun = view.may_write();
        if self == Self::Organisation {
            return Ok(When::Never);
        }
        if self == Self::ReferenceData {
            let (asked, read_at) = (view.record.asked.reference, view.reference_read_at);
            return Ok(When::At(asked::due(asked, read_at, reference_data::due(read_at, view.now))));
        }
        if view.lacks_reference_data() {
            return Ok(When::Never);
        }
        Ok(match self {
            Self::Organisation | Self::ReferenceData => When::Never,
            Self::Replan => view.record.replan_since.map_or(When::Never, |_| When::Asked(None)),
            Self::Subscription => {
                let due = subscription::turn::due(&view.wanted(), view.store, stage)?;
                due.map_or(When::Never, When::At)
            }
            Self::Events => When::Asked(memory.events.next),
            Self::BeginImport => view.when_asked_to_import()?,
            Self::Query => view.when_to_query()?,
            Self::Reconcile => view.when_to_reconcile(),
            Self::Scan => view.when_to_scan()?,
            Self::Recall if view.is_to_recall() => When::At(view.now),
            Self::Brake if has_begun => When::Asked(None),
            Self::Work if has_begun => When::Asked(view.next_due(view.open_lanes())?),
            // While the hour is used up the import cannot be said to be done.
            Self::EndImport if memory.waits(Part::Work, view.now).is_some() => When::Never,
            Self::EndImport if stage == Stage::Importing && has_begun => match view.lanes() {
                Lanes::All => When::Asked(None),
                Lanes::WithoutImport { opens } => opens.map_or(When::Never, When::At),
            },
            Self::Recall | Self::Brake | Self::Work | Self::EndImport => When::Never,
        })
    }
}

/// Lanes that may be worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lanes {
    All,
    /// The import is paused, or its window is closed until then.
    WithoutImport {
        opens: Option<Timestamp>,
    },
}

impl Lanes {
    const fn open(self) -> &'static [Lane] {
        match self {
            Self::All => &[Lane::Change, Lane::Import, Lane::Verify],
            Self::WithoutImport { .. } => &[Lane::Change, Lane::Verify],
        }
    }
}

impl View<'_> {
    /// Whether reference data were never read.
    #[must_use]
    pub fn lacks_reference_data(&self) -> bool {
        reference_data::Standing::of(self.reference_read_at, self.now) == reference_data::Standing::Missing
    }

    /// What the settings want of the subscription to events.
    #[must_use]
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            customer: self.customer,
            settings: &self.settings.virtuous,
            public_url: self.public_url,
            is_heard: self.is_heard,
            clock: self.clock,
        }
    }

    /// The lanes that may be worked now, behind the consent lane, which is always open and looked at by itself (W6).
    #[must_use]
    pub fn open_lanes(&self) -> &'static [Lane] {
        self.lanes().open()
    }

    fn lanes(&self) -> Lanes {
        let (window, zone) = (&self.settings.import.window, self.settings.time_zone);
        if self.record.import_paused {
            return Lanes::WithoutImport { opens: None };
        }
        if !window.contains(self.now, zone) {
            return Lanes::WithoutImport { opens: Some(window.next_open(self.now, zone)) };
        }
        Lanes::All
    }

    /// Whether work may be written at all (C4), and what is known of before counts (E5).
    #[must_use]
    pub const fn may_write(&self) -> bool {
        matches!(self.record.stage, Stage::Importing | Stage::Live) && !self.record.is_read_anew()
    }

    /// Whether both sides were read anew, and what stayed of the subjects is to count again (E5).
    const fn is_to_recall(&self) -> bool {
        matches!(self.record.stage, Stage::Importing | Stage::Live)
            && matches!(self.record.anew, Some(anew) if anew.is_dropped)
    }

    /// Whether an opt-out is due that can be planned: it goes before the next call of anything else (W6). A store that cannot be
    /// read shows itself at the next use.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        let due = || self.store.next_due(&[Lane::Consent]).ok().flatten();
        self.may_write()
            && !self.lacks_reference_data()
            && due().is_some_and(|due| due.at <= self.clock.now())
    }

    /// When work of these lanes is next due; `None` also if none may be written yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_due(&self, lanes: &[Lane]) -> Result<Option<Timestamp>, StoreError> {
        if !self.may_write() {
            return Ok(None);
        }
        Ok(self.store.next_due(lanes)?.map(|due| due.at))
    }

    /// C4: nothing is written before the import is asked for, and Constant Contact was read whole.
    fn is_read_whole(&self) -> Result<bool, StoreError> {
        Ok(self.store.cursor(Stream::Changes)?.completed_at.is_some())
    }

    fn when_asked_to_import(&self) -> Result<When, StoreError> {
        let is_asked = self.record.import_started_at.is_some() || self.settings.import.auto_start;
        let begins = self.record.stage == Stage::Observing && is_asked && self.is_read_whole()?;
        Ok(if begins { When::At(self.now) } else { When::Never })
    }

    /// Before the import the contacts of Virtuous are kept up with once they were read, so that the dry run knows them (B2).
    fn when_to_query(&self) -> Result<When, StoreError> {
        let queries = match self.record.stage {
            Stage::Observing => self.is_scanned() && self.is_read_whole()?,
            Stage::Scanning => false,
            Stage::Importing | Stage::Live => true,
        };
        let next = self.record.virtuous_queried_at.map(|at| at.plus(self.settings.virtuous.query_every));
        Ok(if queries { When::At(next.unwrap_or(self.now)) } else { When::Never })
    }

    fn when_to_reconcile(&self) -> When {
        if self.record.stage != Stage::Live {
            return When::Never;
        }
        let due = reconcile::due(&self.record, self.settings.virtuous.reconcile_every, self.now);
        When::At(due.unwrap_or(self.now))
    }

    /// Before the import the contacts of Virtuous are read once Constant Contact was read whole (B2).
    fn when_to_scan(&self) -> Result<When, StoreError> {
        let scans = match self.record.stage {
            Stage::Observing => !self.is_scanned() && self.is_read_whole()?,
            Stage::Scanning => true,
            Stage::Importing | Stage::Live => self.record.is_to_scan(),
        };
        Ok(if scans { When::At(self.now) } else { When::Never })
    }

    fn is_scanned(&self) -> bool {
        self.record.scan.as_ref().is_some_and(|scan| scan.done_at.is_some())
    }
}

#[cfg(test)]
#[path = "when_test.rs"]
mod tests;
