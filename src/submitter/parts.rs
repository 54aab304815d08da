//! When each part of a turn is due, and how it runs.

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, Stage, Stream, Timestamp},
    store::{CustomerStore, StoreError},
    turn::{Turn, TurnError},
};

use super::{
    brake::BrakeLook,
    import,
    memory::Memory,
    part::Part,
    virtuous::{VirtuousSide, contact_queries, events, reference_data, scan, subscription::Watcher},
    work,
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
    /// The customer's context.
    pub env: &'a CustomerContext,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The customer's record.
    pub record: CustomerRecord,
    /// When reference data were last read.
    pub reference_read_at: Timestamp,
    /// The moment.
    pub now: Timestamp,
}

impl Part {
    /// When it gets its turn, its own backoff apart. Without reference data nothing can be planned well: only they are due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn when(self, view: &View<'_>, memory: &Memory) -> Result<When, TurnError> {
        let stage = view.record.stage;
        let has_begun = view.may_write();
        if self == Self::ReferenceData {
            return Ok(When::At(reference_data::due(view.reference_read_at, view.now)));
        }
        if view.lacks_reference_data() {
            return Ok(When::Never);
        }
        Ok(match self {
            Self::ReferenceData => When::Never,
            Self::Replan => view.record.replan_since.map_or(When::Never, |_| When::Asked(None)),
            Self::Subscription => view.watcher().due(stage)?.map_or(When::Never, When::At),
            Self::Events => When::Asked(memory.events.next),
            Self::BeginImport => view.when_asked_to_import()?,
            Self::Query => view.when_to_query()?,
            Self::Scan => view.when_to_scan()?,
            Self::Brake if has_begun => When::Asked(None),
            Self::Work if has_begun => When::Asked(view.next_due(view.lanes().open())?),
            // While the hour is used up the import cannot be said to be done.
            Self::EndImport if memory.waits(Part::Work, view.now).is_some() => When::Never,
            Self::EndImport if stage == Stage::Importing => match view.lanes() {
                Lanes::All => When::Asked(None),
                Lanes::WithoutImport { opens } => opens.map_or(When::Never, When::At),
            },
            Self::Brake | Self::Work | Self::EndImport => When::Never,
        })
    }

    /// Does its piece of work. `None` if there turned out to be nothing to do.
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it.
    pub async fn run(self, view: &View<'_>, memory: &mut Memory) -> Result<Option<Turn>, TurnError> {
        let (env, store, record) = (view.env, view.store, &view.record);
        let is_stopping = || env.is_stopping();
        let side = view.side(&is_stopping);
        match self {
            Self::ReferenceData => reference_data::renew(&side, record.stage).await.map(Some),
            Self::Replan => view.brake().replan(record).await,
            Self::Subscription => view.watcher().watch(record.stage).await,
            Self::Events => events::follow(&side, record, &mut memory.events).await,
            Self::BeginImport => Ok(Some(import::begin(store, &env.id, record, view.now).await?)),
            Self::Query => {
                contact_queries::query(&side, record, &mut std::collections::HashMap::new()).await?;
                Ok(Some(Turn::Progressed))
            }
            Self::Scan => scan::turn(&side, record.clone()).await.map(Some),
            Self::Brake => view.brake().look(record).await,
            Self::Work => work::turn(env, store, record, view.lanes().open()).await,
            Self::EndImport => Ok(import::end_when_done(store, &env.id, view.now).await?),
        }
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
            Self::All => &Lane::ALL,
            Self::WithoutImport { .. } => &[Lane::Consent, Lane::Change, Lane::Verify],
        }
    }
}

const NEVER: fn() -> bool = || false;

impl View<'_> {
    /// Whether reference data were never read.
    #[must_use]
    pub fn lacks_reference_data(&self) -> bool {
        reference_data::Standing::of(self.reference_read_at, self.now) == reference_data::Standing::Missing
    }

    fn side<'b>(&'b self, is_stopping: &'b dyn Fn() -> bool) -> VirtuousSide<'b> {
        VirtuousSide {
            customer: &self.env.id,
            store: self.store,
            virtuous: &self.env.virtuous,
            rules: &self.env.rules,
            clock: &*self.env.clock,
            is_stopping,
        }
    }

    fn watcher(&self) -> Watcher<'_> {
        Watcher {
            side: self.side(&NEVER),
            settings: &self.env.settings.virtuous,
            public_url: &self.env.public_url,
            is_heard: self.env.is_heard,
        }
    }

    fn brake(&self) -> BrakeLook<'_> {
        BrakeLook { customer: &self.env.id, store: self.store, rules: &self.env.rules, now: self.env.now() }
    }

    fn lanes(&self) -> Lanes {
        let (window, zone) = (&self.env.settings.import.window, self.env.settings.time_zone);
        if self.record.import_paused {
            return Lanes::WithoutImport { opens: None };
        }
        if !window.contains(self.now, zone) {
            return Lanes::WithoutImport { opens: Some(window.next_open(self.now, zone)) };
        }
        Lanes::All
    }

    /// Whether work may be written at all (C4).
    #[must_use]
    pub const fn may_write(&self) -> bool {
        matches!(self.record.stage, Stage::Importing | Stage::Live)
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
        let is_asked = self.record.import_started_at.is_some() || self.env.settings.import.auto_start;
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
        let next = self.record.virtuous_queried_at.map(|at| at.plus(self.env.settings.virtuous.query_every));
        Ok(if queries { When::At(next.unwrap_or(self.now)) } else { When::Never })
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
