//! What is remembered of a customer as a whole: how far the import is, why it pauses, what was learned on the way.

use super::{
    Accounts, Anew, Brake, CustomerId, Lifted, Pause, Rule, Stage, Subject, Timestamp, VirtuousContactId,
    asked::Asked,
    kept_time,
    reading::{LONG_PAUSE, WholeReading, turn_among},
};

/// The reading of all Virtuous contacts, to link a whole account at once (I2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// When it began; `None` once it could not read every contact, so that the scan proves no absence (I2).
    pub started_at: Option<Timestamp>,
    /// The highest contact id read so far; pages follow by id.
    pub upto: Option<VirtuousContactId>,
    /// Contacts skipped by `skip` where pages cannot follow by id.
    pub skipped: u64,
    /// Contacts read.
    pub read: u64,
    /// When it ended.
    pub done_at: Option<Timestamp>,
}

/// A customer's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRecord {
    /// Its name in settings.
    pub id: CustomerId,
    /// The number that its keys begin with.
    pub number: u32,
    /// When it was first applied.
    pub created_at: Timestamp,
    /// How far the first import is (C4).
    pub stage: Stage,
    /// When the import was asked for.
    pub import_started_at: Option<Timestamp>,
    /// When the import had nothing left to send.
    pub import_done_at: Option<Timestamp>,
    /// Whether an operator holds the import lane.
    pub import_paused: bool,
    /// The reading of all Virtuous contacts.
    pub scan: Option<Scan>,
    /// Why nothing runs, if so.
    pub pause: Option<Pause>,
    /// The last pause that lifted itself; `None` once a person ended one.
    pub lifted: Option<Lifted>,
    /// Virtuous refused contacts with only one name (C3).
    pub partial_names_refused: bool,
    /// The newest confirmed submission: an import has run since it was sent (V1).
    pub confirmed_until: Option<Timestamp>,
    /// The newest `modifiedDateTimeUtc` that the query of changes has read up to (V2).
    pub virtuous_upto: Option<Timestamp>,
    /// When that query last ended.
    pub virtuous_queried_at: Option<Timestamp>,
    /// Fingerprint of the settings file's refresh token that was last taken over.
    pub token_fingerprint: Option<String>,
    /// The brake (B1).
    pub brake: Brake,
    /// Since when everybody is to be planned again, because the mapping changed; until that was done.
    pub replan_since: Option<Timestamp>,
    /// The whole reading that was last asked for (V2).
    pub reading: Option<WholeReading>,
    /// When the one is due that is owed since a long pause, if others went on with it (V2).
    pub reading_due: Option<Timestamp>,
    /// When both sides are next read whole by themselves (V3); `None` until that is set.
    pub reconcile_at: Option<Timestamp>,
    /// Which account and organisation it is (I5).
    pub accounts: Accounts,
    /// Its subscribers are read anew (E5).
    pub anew: Option<Anew>,
    /// Readings that a person asked for before their time.
    pub asked: Asked,
}

impl CustomerRecord {
    /// A customer that was never seen before.
    #[must_use]
    pub fn new(id: CustomerId, number: u32, now: Timestamp) -> Self {
        Self {
            id,
            number,
            created_at: now,
            stage: Stage::Observing,
            import_started_at: None,
            import_done_at: None,
            import_paused: false,
            scan: None,
            pause: None,
            lifted: None,
            partial_names_refused: false,
            confirmed_until: None,
            virtuous_upto: None,
            virtuous_queried_at: None,
            token_fingerprint: None,
            brake: Brake::default(),
            replan_since: None,
            reading: None,
            reading_due: None,
            reconcile_at: None,
            accounts: Accounts::default(),
            anew: None,
            asked: Asked::default(),
        }
    }

    /// Begins anew as another account or organisation (I5): both are read whole and linked as at first, without another wish for the
    /// import where there was one (C4). A pause stays unless it was for that.
    pub fn begin_anew(&mut self, now: Timestamp) {
        let old = self.clone();
        *self = Self {
            created_at: old.created_at,
            import_started_at: old.import_started_at.map(|_| now),
            import_paused: old.import_paused,
            pause: old.pause.filter(|pause| pause.reason.rule != Rule::I5),
            token_fingerprint: old.token_fingerprint,
            accounts: Accounts {
                is_shared: old.accounts.is_shared,
                rebound_at: Some(now),
                ..Accounts::default()
            },
            ..Self::new(old.id, old.number, now)
        };
    }

    /// Begins to read the customer anew. What is unknown stays so if it was begun before.
    pub fn begin_anew_reading(&mut self, since: Timestamp, is_past_unknown: bool) {
        let is_past_unknown = is_past_unknown || self.anew.is_some_and(|anew| anew.is_past_unknown);
        self.anew = Some(Anew { since, is_dropped: false, is_past_unknown });
    }

    /// What was known of the subscribers is gone: both sides are read whole, as at first, without another wish for the import where there
    /// was one (C4). The account, the pause, and what the brake let through lately stay (I5, B1).
    pub fn dropped(&mut self, now: Timestamp) {
        let old = self.clone();
        *self = Self {
            created_at: old.created_at,
            import_started_at: old.import_started_at.map(|_| now),
            import_paused: old.import_paused,
            pause: old.pause,
            partial_names_refused: old.partial_names_refused,
            confirmed_until: old.confirmed_until,
            token_fingerprint: old.token_fingerprint,
            brake: Brake { counting_since: None, held: None, accepted: false, ..old.brake },
            reconcile_at: old.reconcile_at,
            accounts: old.accounts,
            anew: old.anew.map(|anew| Anew { is_dropped: true, ..anew }),
            ..Self::new(old.id, old.number, now)
        };
    }

    /// When everything of it was last begun anew, for what remembers anything of before (I5, E5).
    #[must_use]
    pub fn begun_anew_at(&self) -> Option<Timestamp> {
        self.accounts.rebound_at.max(self.anew.map(|anew| anew.since))
    }

    /// Whether nothing is written yet, since the subscribers are still read anew.
    #[must_use]
    pub const fn is_read_anew(&self) -> bool {
        self.anew.is_some()
    }

    /// Asks for the first import (C4). `false` where it was asked for before. The submitter begins it once Constant Contact was
    /// read whole: first the contacts of Virtuous are read (I2).
    pub fn ask_for_import(&mut self, now: Timestamp) -> bool {
        let may = self.stage == Stage::Observing && self.import_started_at.is_none();
        if may {
            self.import_started_at = Some(now);
        }
        may
    }

    /// Asks for a whole reading of both sides (V2). `false` where the first import is still to read them, or one is under way.
    pub fn ask_for_reading(&mut self, now: Timestamp) -> bool {
        let may = self.stage == Stage::Live && self.reading.is_none_or(|reading| reading.is_done());
        if may {
            self.reading = Some(WholeReading::asked(now));
            self.reading_due = None;
        }
        may
    }

    /// Begins a pause. A standing pause stays as it is, unless it gives way: a refused key never lifts what a person or another
    /// account paused (B3, I5).
    pub fn begin_pause(&mut self, pause: Pause) {
        if self.pause.as_ref().is_none_or(|standing| standing.gives_way_to(&pause)) {
            let since = self.lifted.map_or(pause.since, |lifted| lifted.since_of(&pause));
            self.pause = Some(Pause { since, ..pause });
        }
    }

    /// Lifts this pause, since what was refused is taken again (B3), as one of so many customers. `false` if another pause stands by
    /// now, or none: it stays so.
    pub fn lift_pause(&mut self, probed: &Pause, customers: usize, now: Timestamp) -> bool {
        let is_standing = self.pause.as_ref().is_some_and(|standing| standing.is_same(probed));
        if is_standing {
            self.end_pause_among(customers, now);
            self.lifted = Lifted::of(probed, now);
        }
        is_standing
    }

    /// Ends a pause. After a long one everything is read again (V2).
    pub fn end_pause(&mut self, now: Timestamp) {
        if self.take_pause(now) {
            self.ask_for_reading(now);
        }
    }

    /// Ends a pause as one of so many customers, whose pauses may end together: after a long one each is read whole in its turn, so that
    /// the readings leave the day's calls to the polls, which all go on at once (V2, W4).
    pub fn end_pause_among(&mut self, customers: usize, now: Timestamp) {
        // Before that the first import reads both sides whole.
        if !self.take_pause(now) || self.stage != Stage::Live {
            return;
        }
        let wait = turn_among(self.number, customers);
        if wait.is_zero() {
            self.ask_for_reading(now);
        } else {
            let turn = now.plus(wait);
            self.reading_due = Some(self.reading_due.map_or(turn, |owed| owed.min(turn)));
        }
    }

    /// Takes a pause away. `true` if it was a long one, or one of which a wrong clock hides the length (W8).
    fn take_pause(&mut self, now: Timestamp) -> bool {
        self.lifted = None;
        let pause = self.pause.take();
        pause.is_some_and(|pause| {
            now.since(pause.since) >= LONG_PAUSE || kept_time::is_to_come(pause.since, now)
        })
    }

    /// Whether all of Constant Contact is to be read.
    #[must_use]
    pub fn is_to_sweep(&self) -> bool {
        self.reading.is_some_and(|reading| reading.constant_contact.done_at.is_none())
    }

    /// Whether all of Virtuous is to be read, after the first import.
    #[must_use]
    pub fn is_to_scan(&self) -> bool {
        self.stage == Stage::Live && self.reading.is_some_and(|reading| reading.virtuous.done_at.is_none())
    }
}

/// A stream of readings with a cursor of its own (W3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Contacts by `updated_after`.
    Changes,
    /// Contacts by `optout_after`.
    OptOuts,
    /// Lists, custom fields and tags.
    Lists,
    /// Counts of contacts.
    Counts,
    /// Bounce reports.
    Bounces,
    /// The whole account.
    Sweep,
    /// Contacts of Virtuous by modification date.
    Virtuous,
}

impl Stream {
    /// All streams.
    pub const ALL: [Self; 7] =
        [Self::Changes, Self::OptOuts, Self::Lists, Self::Counts, Self::Bounces, Self::Sweep, Self::Virtuous];

    /// The name in metrics and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::OptOuts => "opt_outs",
            Self::Lists => "lists",
            Self::Counts => "counts",
            Self::Bounces => "bounces",
            Self::Sweep => "sweep",
            Self::Virtuous => "virtuous",
        }
    }

    /// The place in keys. Never changed.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self as u8
    }
}

impl std::fmt::Display for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many subjects stand where, and how much work waits in which lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// By place in [`super::State::ALL`].
    pub states: [u64; 7],
    /// By place in [`super::Lane::ALL`].
    pub lanes: [u64; 4],
    /// Subjects linked to a Virtuous contact.
    pub linked: u64,
    /// Subjects that wait at the brake (B1).
    pub braked: u64,
}

impl Counts {
    /// Counts a subject.
    pub fn add(&mut self, subject: &Subject) {
        self.states[usize::from(subject.state.to_u8())] += 1;
        if let Some(work) = subject.work {
            self.lanes[usize::from(work.lane.to_u8())] += 1;
        }
        self.linked += u64::from(subject.virtuous.linked().is_some());
        self.braked += u64::from(subject.is_at_brake());
    }

    /// All subjects.
    #[must_use]
    pub fn subjects(&self) -> u64 {
        self.states.iter().sum()
    }

    /// All waiting work.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.lanes.iter().sum()
    }
}

#[cfg(test)]
#[path = "customer_test.rs"]
mod tests;
