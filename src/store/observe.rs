//! Keeps what was read of Constant Contact: a page's subjects, its work, the ids it showed and the cursor, as one group.

use std::sync::Arc;

use crate::{
    domain::{CustomerRules, Observation, Stage, Stream, Subject, Timestamp, reading::Drift},
    sync::{capture, drift, windows::Cursor},
};

use super::{
    CustomerStore, StoreError, codec, hints,
    keys::Key,
    missing, streams,
    subjects::{self, Standing, Writer},
};

/// The ids that one page of an open window showed, as hashes, so that a restart can go on counting distinct ids (W2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPage {
    /// The page's number in its window, from 0.
    pub page: u32,
    /// Hashes of the ids.
    pub ids: Vec<u64>,
}

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
    pub answered: Vec<super::Hint>,
}

impl Page {
    /// Contacts that were read apart from any stream.
    #[must_use]
    pub const fn apart(observations: Vec<Observation>) -> Self {
        Self { observations, cursors: Vec::new(), seen: None, answered: Vec::new() }
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
        page: Page,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut observed = Observed::default();
            let sweeps = matches!(page.cursors.first(), Some((Stream::Sweep, _)));
            if !page.observations.is_empty() {
                let mut writer = Writer::new(reader, customer)?;
                let mut seen_here = std::collections::HashSet::new();
                for observation in page.observations {
                    if !seen_here.insert(observation.id.clone()) {
                        // Offset pages repeat rows; within one page the first reading stands.
                        continue;
                    }
                    missing::forget(reader, changes, customer, &observation.id)?;
                    let stored = subjects::read(reader, customer, &observation.id)?;
                    let before = stored.as_ref().map(Standing::of);
                    let is_new = stored.is_none();
                    let mut subject = stored.unwrap_or_else(|| Subject::new(observation.id.clone(), now));
                    // What Tandem wrote itself and has not read since is no drift.
                    let counts = sweeps && (is_new || subject.fingerprint != 0);
                    let known = counts.then(|| subject.cc.clone());
                    if capture::observe_cc(&mut subject, observation, &rules, stage, now) {
                        match &known {
                            Some(_) if is_new => observed.drift.other += 1,
                            Some(known) => observed.drift.add(&drift::of_cc(known, &subject.cc)),
                            None => {}
                        }
                        writer.put(changes, before.as_ref(), &subject)?;
                        if is_new {
                            observed.new += 1;
                        } else {
                            observed.changed += 1;
                        }
                    }
                }
                writer.finish(changes)?;
            }
            for (stream, cursor) in &page.cursors {
                streams::put_cursor(changes, customer, *stream, cursor)?;
            }
            if let Some((stream, _)) = page.cursors.first() {
                match page.seen {
                    Some(seen) => {
                        let value = codec::encode(streams::SEEN_V1, &seen.ids)?;
                        changes.put(Key::seen_page(customer, *stream, seen.page), value);
                    }
                    None => streams::forget_seen(reader, changes, customer, *stream)?,
                }
            }
            for hint in &page.answered {
                hints::forget(reader, changes, customer, hint)?;
            }
            Ok(observed)
        })
        .await
    }
}
