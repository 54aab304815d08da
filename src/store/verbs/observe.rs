//! Keeps what was read of Constant Contact: a page's subjects, its work, the ids it showed and the cursor, as one group.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::{
    domain::{CustomerRules, Observation, Stage, Stream, Subject, Timestamp, reading::Drift},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            awaited_bounces, customers,
            forgotten::Forgotten,
            hints::{self, Hint},
            index::{Standing, Writer},
            keys::CustomerNo,
            missing,
            streams::{self, SeenPage},
            subjects,
        },
    },
    sync::{capture, page_reading::PageReading, windows::Cursor},
};

/// A page that was read, with what must be kept together with it.
#[derive(Debug, Clone)]
pub struct Page {
    /// Records that are new or whose bytes changed.
    pub observations: Vec<Observation>,
    /// The streams that this page moves, its own first, and where each stands after it; none for a single re-read
    /// contact.
    pub cursors: Vec<(Stream, Cursor)>,
    /// The ids of this page, while the window of its own stream goes on.
    pub seen: Option<SeenPage>,
    /// Hints that this reading answers; they are forgotten with it, unless the same came in again meanwhile.
    pub answered: Vec<Hint>,
}

impl Page {
    /// Contacts that were read apart from any stream.
    #[must_use]
    pub const fn apart(observations: Vec<Observation>) -> Self {
        Self { observations, cursors: Vec::new(), seen: None, answered: Vec::new() }
    }

    /// Whether it is part of a sweep, whose drift is counted (V2).
    fn sweeps(&self) -> bool {
        matches!(self.cursors.first(), Some((Stream::Sweep, _)))
    }
}

/// What a page brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observed {
    /// Subjects seen for the first time.
    pub new: u64,
    /// Known subjects that changed.
    pub changed: u64,
    /// What differed from what was known; counted for a whole reading only (V2).
    pub drift: Drift,
}

impl CustomerStore {
    /// Keeps a page: subjects, work and cursor in one synced group (W1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn observe(
        &self,
        mut page: Page,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        let (customer, frees) = (self.number, !page.answered.is_empty());
        let sealing = self.sealing.clone();
        let observed = self.write(move |reader, changes| {
            let rows = std::mem::take(&mut page.observations);
            let rows = Forgotten::of(reader, customer, &sealing)?.leave_out(changes, rows)?;
            let reading = PageReading { rules: &rules, stage, sweeps: page.sweeps(), now };
            let observed = keep_rows(reader, changes, customer, rows, &reading)?;
            move_streams(reader, changes, customer, &page)?;
            for hint in &page.answered {
                hints::forget(reader, changes, customer, hint)?;
            }
            Ok(observed)
        });
        let observed = observed.await?;
        if frees {
            self.hint_rooms.freed(customer);
        }
        Ok(observed)
    }
}

/// Keeps records as read, as a step of an operation.
pub(in crate::store) fn keep_rows(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    rows: Vec<Observation>,
    reading: &PageReading<'_>,
) -> Result<Observed, StoreError> {
    let mut observed = Observed::default();
    if rows.is_empty() {
        return Ok(observed);
    }
    let mut writer = Writer::new(reader, customer)?;
    let are_awaited = awaited_bounces::any(reader, customer)?;
    let (mut seen, first_seen) = (HashSet::new(), first_seen(reader, customer, reading.now)?);
    for row in rows {
        if !seen.insert(row.id.clone()) {
            // Offset pages repeat rows; within one page the first reading stands.
            continue;
        }
        missing::forget(reader, changes, customer, &row.id)?;
        let stored = subjects::read(reader, customer, &row.id)?;
        let before = stored.as_ref().map(Standing::of);
        let is_new = stored.is_none();
        let mut subject = stored.unwrap_or_else(|| Subject::new(row.id.clone(), first_seen));
        if let Some(drift) = reading.keep(&mut subject, is_new, row) {
            if is_new && are_awaited {
                let PageReading { rules, stage, now, .. } = *reading;
                for bounce in awaited_bounces::take(reader, changes, customer, &subject.id)? {
                    capture::observe_bounce(&mut subject, bounce, rules, stage, now);
                }
            }
            observed.drift.add(&drift);
            observed.new += u64::from(is_new);
            observed.changed += u64::from(!is_new);
            writer.put(changes, before.as_ref(), &subject)?;
        }
    }
    writer.finish(changes)?;
    Ok(observed)
}

/// When a subscriber is first seen who is kept now: after the reading of Virtuous began, if a page of it is kept already, whatever the
/// clock says. Its page may have passed by, so that the reading does not show that there is no contact (I2, W8).
fn first_seen(reader: &Reader<'_>, customer: CustomerNo, now: Timestamp) -> Result<Timestamp, StoreError> {
    let scan = customers::read(reader, customer)?.and_then(|record| record.scan);
    let began = scan.filter(|scan| scan.read > 0).and_then(|scan| scan.started_at);
    Ok(began.map_or(now, |began| now.max(began.plus(Duration::from_millis(1)))))
}

/// Moves the page's streams; its own keeps the ids that the page showed while its window goes on (W2).
fn move_streams(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    page: &Page,
) -> Result<(), StoreError> {
    for (stream, cursor) in &page.cursors {
        streams::put_cursor(changes, customer, *stream, cursor)?;
    }
    let Some((own, _)) = page.cursors.first() else { return Ok(()) };
    match &page.seen {
        Some(seen) => streams::put_seen(changes, customer, *own, seen),
        None => streams::forget_seen(reader, changes, customer, *own),
    }
}
