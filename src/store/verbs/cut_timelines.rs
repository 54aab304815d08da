//! Cuts what is too old from the timelines: of each person at least the last lines stay.

use crate::{
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            keys::{self, Key},
            kind::Kind,
            timeline,
        },
    },
};

/// Lines of each person that stay, however old they are.
const LINES_KEPT: usize = 50;
/// People that are looked at, and chunks that are cut, in one step.
const STEP: usize = 500;
/// Bytes of a chunk's key behind those that name the person: its time, its number.
const AFTER_PERSON: usize = 12;
/// What is behind every chunk of a person.
const BEHIND: [u8; AFTER_PERSON + 1] = [0xFF; AFTER_PERSON + 1];

/// What a step found.
#[derive(Debug, Default)]
struct Found {
    /// Keys of chunks that go.
    chunks: Vec<Vec<u8>>,
    /// Where the next step begins; `None` at the end.
    next: Option<Vec<u8>>,
}

impl CustomerStore {
    /// Cuts lines that are older than this. It is looked for apart, and what was found goes in slices: a chunk is never changed once it
    /// is there. Gives how many chunks went.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn cut_timelines(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut from = Key::of(self.number, Kind::Timeline).as_ref().to_vec();
        let mut cut = 0;
        loop {
            let (store, start) = (self.clone(), from);
            let Found { chunks, next } = self.apart(move || store.beyond(&start, before)).await?;
            cut += chunks.len() as u64;
            if !chunks.is_empty() {
                self.write(move |_, changes| {
                    chunks.iter().for_each(|key| changes.delete(key));
                    Ok(())
                })
                .await?;
            }
            let Some(next) = next else { return Ok(cut) };
            from = next;
        }
    }

    fn beyond(&self, start: &[u8], before: Timestamp) -> Result<Found, StoreError> {
        let end = Key::of(self.number, Kind::Braked);
        let mut found = Found { chunks: Vec::new(), next: Some(start.to_vec()) };
        for _ in 0..STEP {
            let from = found.next.clone().unwrap_or_default();
            let Some(first) = self.reader().range(from, Some(end.as_ref())).next() else {
                found.next = None;
                return Ok(found);
            };
            let (key, _) = first?;
            let Some((person, _)) = key.split_last_chunk::<AFTER_PERSON>() else {
                found.next = Some([&key[..], &[0]].concat());
                continue;
            };
            let is_old = keys::time_at(&key, person.len()).is_some_and(|at| at < before);
            if is_old && !self.beyond_of(person, before, &mut found.chunks)? {
                // More of this person is for the next step.
                return Ok(found);
            }
            found.next = Some([person, &BEHIND].concat());
        }
        Ok(found)
    }

    /// Adds the chunks of one person that are too old; `false` if there may be more.
    fn beyond_of(
        &self,
        person: &[u8],
        before: Timestamp,
        chunks: &mut Vec<Vec<u8>>,
    ) -> Result<bool, StoreError> {
        let mut kept = 0;
        for entry in self.reader().scan_prefix_back(person) {
            if chunks.len() >= STEP {
                return Ok(false);
            }
            let (key, value) = entry?;
            let lines = match timeline::lines(&value) {
                Ok(lines) => lines,
                Err(error) => {
                    // It shows no line: it goes once its key is old, and is passed over until then (B4).
                    let is_old = keys::time_at(&key, person.len()).is_some_and(|at| at < before);
                    let customer = self.number;
                    tracing::warn!(customer, %error, is_old, "a chunk of a timeline cannot be read; it goes once it is old");
                    if is_old {
                        chunks.push(key.to_vec());
                    }
                    continue;
                }
            };
            let is_old = lines.last().is_some_and(|line| line.at < before);
            if kept >= LINES_KEPT && is_old {
                chunks.push(key.to_vec());
            } else {
                kept += lines.len();
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{Cause, ContactId, Event, Reason, Rule, Subject, What},
        store::{Mode, Options, Store},
    };

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn id(number: usize) -> ContactId {
        ContactId::new(&format!("c-{number}"))
    }

    async fn told(store: &CustomerStore, number: usize, days_ago: u32, lines: usize) {
        let at = NOW.minus(DAY * days_ago);
        let event = Event { at, what: What::Seen, reason: Reason::new(Rule::I1, Cause::NewSubscriber) };
        let (events, customer) = (vec![event; lines], store.number());
        let append = store
            .write(move |reader, changes| timeline::append(reader, changes, customer, &id(number), &events));
        append.await.unwrap();
    }

    fn lines(store: &CustomerStore, number: usize) -> usize {
        store.timeline(&Subject::new(id(number), NOW)).unwrap().len()
    }

    #[tokio::test]
    async fn b4_lines_beyond_their_time_go_and_the_last_fifty_stay() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap().of(1);
        // Of the first, all is old; of the second, much is; of the third, nothing; the fourth has few lines; more than a step of people.
        for days in 0..120 {
            told(&store, 1, 800 + days, 2).await;
        }
        for days in 0..600 {
            told(&store, 2, 700 + days, 1).await;
        }
        told(&store, 3, 10, 70).await;
        told(&store, 4, 2_000, 3).await;
        for number in 10..STEP + 20 {
            told(&store, number, 900, 1).await;
        }
        told(&store, 9_999, 1_000, 60).await;
        told(&store, 9_999, 5, 60).await;
        let cut = store.cut_timelines(NOW.minus(730 * DAY)).await.unwrap();
        assert_eq!((lines(&store, 1), lines(&store, 2)), (LINES_KEPT, LINES_KEPT));
        assert_eq!(
            (lines(&store, 3), lines(&store, 4), lines(&store, 12), lines(&store, 9_999)),
            (70, 3, 1, 60)
        );
        assert_eq!(cut, 95 + 550 + 1);
        assert_eq!(store.cut_timelines(NOW.minus(730 * DAY)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn b4_a_chunk_that_cannot_be_read_stops_no_cutting_and_goes_once_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap().of(1);
        for number in [1, 2] {
            told(&store, number, 900, 60).await;
            told(&store, number, 5, 60).await;
        }
        let damage = store.write(move |_, changes| {
            for days in [800, 10] {
                changes.put(Key::timeline(1, &id(1), NOW.minus(DAY * days), 0), [1, 2, 3]);
            }
            Ok(())
        });
        damage.await.unwrap();
        assert_eq!(store.cut_timelines(NOW.minus(730 * DAY)).await.unwrap(), 3);
        assert_eq!(lines(&store, 2), 60);
        let left = store.reader().count_prefix(Key::timelines(1, &id(1)), usize::MAX).unwrap();
        assert_eq!(left, 2, "the new lines, and what is not old");
    }
}
