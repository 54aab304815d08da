//! A customer's own records on disk: version 1, version 2 of those that the brake is part of, version 3 of the record with the
//! whole reading.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        Brake, Counts, CustomerRecord, Held, Pause, Scan, Stage, Timestamp, VirtuousContactId,
        reading::{Drift, SideRead, WholeReading},
    },
    sync::windows::{Cursor, Window},
};

use super::{
    reason::{StoredReason, read_reason, reason},
    time::{Millis, millis, time},
};

/// A reading of all Virtuous contacts: begun, up to id, skipped, read, ended.
type ScanV1 = (Millis, Option<i64>, u64, u64, Option<Millis>);

/// The beginning on disk of a reading that could not read every contact.
const PROVES_NOTHING: Millis = 0;

/// A customer's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV1 {
    id: String,
    number: u32,
    created_at: Millis,
    stage: u8,
    import: (Option<Millis>, Option<Millis>, bool),
    scan: Option<ScanV1>,
    pause: Option<(Millis, StoredReason, bool)>,
    partial_names_refused: bool,
    confirmed_until: Option<Millis>,
    virtuous: (Option<Millis>, Option<Millis>),
    token_fingerprint: Option<String>,
}

const STAGES: [Stage; 4] = [Stage::Observing, Stage::Scanning, Stage::Importing, Stage::Live];

impl From<&CustomerRecord> for CustomerV1 {
    fn from(record: &CustomerRecord) -> Self {
        let scan = |scan: &Scan| {
            (
                scan.started_at.map_or(PROVES_NOTHING, Timestamp::as_millis),
                scan.upto.map(|id| id.0),
                scan.skipped,
                scan.read,
                millis(scan.done_at),
            )
        };
        Self {
            id: record.id.as_str().to_owned(),
            number: record.number,
            created_at: record.created_at.as_millis(),
            stage: STAGES.iter().position(|stage| *stage == record.stage).map_or(0, |at| at as u8),
            import: (millis(record.import_started_at), millis(record.import_done_at), record.import_paused),
            scan: record.scan.as_ref().map(scan),
            pause: record
                .pause
                .as_ref()
                .map(|pause| (pause.since.as_millis(), reason(&pause.reason), pause.by_operator)),
            partial_names_refused: record.partial_names_refused,
            confirmed_until: millis(record.confirmed_until),
            virtuous: (millis(record.virtuous_upto), millis(record.virtuous_queried_at)),
            token_fingerprint: record.token_fingerprint.clone(),
        }
    }
}

impl CustomerV1 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let (import_started_at, import_done_at, import_paused) = self.import;
        let created_at = Timestamp::from_millis(self.created_at);
        Some(CustomerRecord {
            stage: STAGES.get(usize::from(self.stage)).copied().unwrap_or_default(),
            import_started_at: time(import_started_at),
            import_done_at: time(import_done_at),
            import_paused,
            scan: self.scan.map(|(started_at, upto, skipped, read, done_at)| Scan {
                started_at: (started_at != PROVES_NOTHING).then(|| Timestamp::from_millis(started_at)),
                upto: upto.map(VirtuousContactId),
                skipped,
                read,
                done_at: time(done_at),
            }),
            pause: self.pause.map(|(since, stored, by_operator)| {
                Pause::of_earlier_version(read_reason(stored), Timestamp::from_millis(since), by_operator)
            }),
            partial_names_refused: self.partial_names_refused,
            confirmed_until: time(self.confirmed_until),
            virtuous_upto: time(self.virtuous.0),
            virtuous_queried_at: time(self.virtuous.1),
            token_fingerprint: self.token_fingerprint,
            ..CustomerRecord::new(self.id.parse().ok()?, self.number, created_at)
        })
    }
}

/// The brake: counting since, done by hours, held (since, count, reason), accepted.
type BrakeV1 = (Option<Millis>, Vec<(Millis, u64)>, Option<(Millis, u64, StoredReason)>, bool);

/// A customer's record with the brake (B1), and since when every subject is to be planned again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV2(CustomerV1, BrakeV1, Option<Millis>);

impl From<&CustomerRecord> for CustomerV2 {
    fn from(record: &CustomerRecord) -> Self {
        let brake = &record.brake;
        let done = brake.done.iter().map(|(at, count)| (at.as_millis(), *count)).collect();
        let held = brake.held.as_ref().map(|held| (held.since.as_millis(), held.count, reason(&held.reason)));
        let brake = (millis(brake.counting_since), done, held, brake.accepted);
        Self(CustomerV1::from(record), brake, millis(record.replan_since))
    }
}

impl CustomerV2 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, (counting_since, done, held, accepted), replan_since) = self;
        let held = held.map(|(since, count, reason)| Held {
            since: Timestamp::from_millis(since),
            count,
            reason: read_reason(reason),
        });
        let done = done.into_iter().map(|(at, count)| (Timestamp::from_millis(at), count)).collect();
        let brake = Brake { counting_since: time(counting_since), done, held, accepted, ..Brake::default() };
        Some(CustomerRecord { brake, replan_since: time(replan_since), ..stored.into_record()? })
    }
}

/// One side of a whole reading: done at, drift by facet.
type SideV1 = (Option<Millis>, [u64; 5]);

/// A customer's record with the whole reading that was last asked for (V2): when, Constant Contact, Virtuous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerV3(CustomerV2, Option<(Millis, SideV1, SideV1)>);

impl From<&CustomerRecord> for CustomerV3 {
    fn from(record: &CustomerRecord) -> Self {
        let side = |side: &SideRead| (millis(side.done_at), side.drift.by_facet().map(|(_, count)| count));
        let reading = record.reading.as_ref().map(|reading| {
            (reading.asked_at.as_millis(), side(&reading.constant_contact), side(&reading.virtuous))
        });
        Self(CustomerV2::from(record), reading)
    }
}

impl CustomerV3 {
    /// The record; `None` if its name is no customer id.
    #[must_use]
    pub fn into_record(self) -> Option<CustomerRecord> {
        let Self(stored, reading) = self;
        let side = |(done_at, [consent, email, segments, fields, other]): SideV1| SideRead {
            done_at: time(done_at),
            drift: Drift { consent, email, segments, fields, other },
        };
        let reading = reading.map(|(asked_at, constant_contact, virtuous)| WholeReading {
            asked_at: Timestamp::from_millis(asked_at),
            constant_contact: side(constant_contact),
            virtuous: side(virtuous),
        });
        Some(CustomerRecord { reading, ..stored.into_record()? })
    }
}

/// A subject that the brake let through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClearedV1 {
    /// The subject's revision then: what changed since is counted anew.
    pub revision: u32,
}

/// A customer's counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountsV1 {
    states: [u64; 7],
    lanes: [u64; 4],
    linked: u64,
}

impl From<&Counts> for CountsV1 {
    fn from(counts: &Counts) -> Self {
        Self { states: counts.states, lanes: counts.lanes, linked: counts.linked }
    }
}

impl From<CountsV1> for Counts {
    fn from(stored: CountsV1) -> Self {
        Self { states: stored.states, lanes: stored.lanes, linked: stored.linked, braked: 0 }
    }
}

/// A customer's counts with the subjects that wait at the brake (B1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountsV2(CountsV1, u64);

impl From<&Counts> for CountsV2 {
    fn from(counts: &Counts) -> Self {
        Self(CountsV1::from(counts), counts.braked)
    }
}

impl From<CountsV2> for Counts {
    fn from(CountsV2(stored, braked): CountsV2) -> Self {
        Self { braked, ..stored.into() }
    }
}

/// A window: from, to, next, pages, counted, attempt.
type WindowV1 = (Option<Millis>, Millis, Option<String>, u32, u64, u32);

/// When a stream came to the present, on disk, that is to be read again before its time.
const WANTED: Millis = 0;

/// A stream's cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CursorV1 {
    upto: Option<Millis>,
    open: Option<WindowV1>,
    completed_at: Option<Millis>,
    short_windows: u32,
}

/// A window that may end before the present: from, to, next, pages, counted, attempt, bounded.
type WindowV2 = (Option<Millis>, Millis, Option<String>, u32, u64, u32, bool);

/// A stream's cursor with the number of its re-reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CursorV2 {
    upto: Option<Millis>,
    open: Option<WindowV2>,
    completed_at: Option<Millis>,
    short_windows: u32,
    rereads: u32,
}

impl From<CursorV1> for CursorV2 {
    fn from(CursorV1 { upto, open, completed_at, short_windows }: CursorV1) -> Self {
        // What was made smaller did not say so: such a window is read as going up to the present, as that version did.
        let open = open.map(|(from, to, next, pages, counted, attempt)| {
            (from, to, next, pages, counted, attempt, false)
        });
        Self { upto, open, completed_at, short_windows, rereads: 0 }
    }
}

impl From<&Cursor> for CursorV2 {
    fn from(cursor: &Cursor) -> Self {
        let window = |window: &Window| {
            (
                millis(window.from),
                window.to.as_millis(),
                window.next.clone(),
                window.pages,
                window.counted,
                window.attempt,
                window.bounded,
            )
        };
        Self {
            upto: millis(cursor.upto),
            open: cursor.open.as_ref().map(window),
            completed_at: if cursor.is_wanted { Some(WANTED) } else { millis(cursor.completed_at) },
            short_windows: cursor.short_windows,
            rereads: cursor.rereads,
        }
    }
}

impl From<CursorV2> for Cursor {
    fn from(stored: CursorV2) -> Self {
        let window = |(from, to, next, pages, counted, attempt, bounded): WindowV2| Window {
            from: time(from),
            to: Timestamp::from_millis(to),
            next,
            pages,
            counted,
            attempt,
            bounded,
        };
        Self {
            upto: time(stored.upto),
            open: stored.open.map(window),
            completed_at: time(stored.completed_at.filter(|at| *at != WANTED)),
            is_wanted: stored.completed_at == Some(WANTED),
            short_windows: stored.short_windows,
            rereads: stored.rereads,
        }
    }
}

/// A hint not yet followed: when it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintV1 {
    /// When it was received.
    pub received_at: Millis,
    /// When it is followed at the earliest.
    pub due: Millis,
}

/// A write that may be under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntentV1 {
    /// When it was made durable.
    pub at: Millis,
    /// Whether it is a submission.
    pub submission: bool,
}

/// A Constant Contact grant.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenV1 {
    /// The refresh token in force.
    pub refresh: String,
    /// The one before, for one retry.
    pub previous: Option<String>,
    /// When it was saved.
    pub saved_at: Millis,
}

impl std::fmt::Debug for TokenV1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenV1(hidden)")
    }
}

/// A Constant Contact grant with its access token.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenV2 {
    /// The refresh token in force.
    pub refresh: String,
    /// The one before, for one retry.
    pub previous: Option<String>,
    /// The access token, when it is refreshed, when it ends.
    pub access: Option<(String, Millis, Millis)>,
    /// When it was saved.
    pub saved_at: Millis,
}

impl std::fmt::Debug for TokenV2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenV2(hidden)")
    }
}

impl From<TokenV1> for TokenV2 {
    fn from(TokenV1 { refresh, previous, saved_at }: TokenV1) -> Self {
        Self { refresh, previous, access: None, saved_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_is_wanted_is_one_of_the_epoch() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut cursor = Cursor::completed(now);
        assert_eq!(CursorV2::from(&cursor).completed_at, Some(now.as_millis()));
        assert_eq!(Cursor::from(CursorV2::from(&cursor)), cursor);
        assert!(cursor.ask_for());
        assert_eq!(CursorV2::from(&cursor).completed_at, Some(0));
        assert_eq!(Cursor::from(CursorV2::from(&cursor)), cursor);
        // Also beside a window in progress (W3).
        cursor.open = Some(cursor.window(now));
        assert_eq!(Cursor::from(CursorV2::from(&cursor)), cursor);
    }

    #[test]
    fn i2_a_scan_that_proves_nothing_began_at_the_epoch() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        let scan = Scan { started_at: Some(now), upto: None, skipped: 0, read: 3, done_at: None };
        record.scan = Some(scan.clone());
        assert_eq!(CustomerV1::from(&record).into_record(), Some(record.clone()));
        record.scan = Some(Scan { started_at: None, ..scan });
        assert_eq!(CustomerV1::from(&record).scan.map(|(began, ..)| began), Some(0));
        assert_eq!(CustomerV1::from(&record).into_record(), Some(record));
    }
}
