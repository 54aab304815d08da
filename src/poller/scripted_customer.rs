//! A customer with a store of its own and Constant Contact scripted, for the tests of turns.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::sync::Notify;

use crate::{
    access::scripted::{Standing, now, subject},
    budget::SingleReads,
    config::{CustomerConstantContact, Every, Secret},
    domain::{ContactId, CustomerRecord, CustomerRules, Observation, Stage, Stream, Subject, Timestamp},
    store::{CustomerStore, HintAbout, Mode, Options, Page, Store},
    sync::windows::Cursor,
};

use super::{commit::Committer, known::Known, scripted::World, view::View};

/// A customer whose account was read whole, with nothing due.
pub struct Customer {
    /// Constant Contact.
    pub world: World,
    /// The customer's store.
    pub store: CustomerStore,
    /// Calls of the key a day.
    pub calls_a_day: u64,
    record: CustomerRecord,
    settings: CustomerConstantContact,
    rules: Arc<CustomerRules>,
    whole: Store,
    _dir: TempDir,
}

impl Customer {
    /// Nothing is due, and no subscriber is known.
    pub async fn new(world: World) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let whole = Store::open(dir.path(), options).unwrap();
        let day = Duration::from_secs(24 * 3600);
        let settings = CustomerConstantContact {
            refresh_token: Secret::default(),
            poll_every: Duration::from_secs(600),
            sweep_every: day,
            bounces_every: day,
            lists_every: Every::Time(day),
            webhook_token: Secret::default(),
            webhook_secret: Secret::default(),
        };
        let record = CustomerRecord::new("hope".parse().unwrap(), 1, now());
        let store = whole.of(1);
        for stream in [Stream::Changes, Stream::OptOuts, Stream::Lists, Stream::Bounces, Stream::Sweep] {
            store.set_cursor(stream, Cursor::completed(now())).await.unwrap();
        }
        Self { world, store, calls_a_day: 10_000, record, settings, rules: Arc::default(), whole, _dir: dir }
    }

    /// A stream was last read to its end at this time.
    pub async fn read_at(self, stream: Stream, at: Timestamp) -> Self {
        self.store.set_cursor(stream, Cursor::completed(at)).await.unwrap();
        self
    }

    /// A stream was never read to its end.
    pub async fn due(self, stream: Stream) -> Self {
        let cursor = Cursor { completed_at: None, ..self.store.cursor(stream).unwrap() };
        self.store.set_cursor(stream, cursor).await.unwrap();
        self
    }

    /// A person asked for the streams at this time.
    pub fn asked(mut self, at: Timestamp) -> Self {
        self.record.asked.streams = Some(at);
        self
    }

    /// A hint has waited long enough for a poll to answer it.
    pub async fn hint(self, about: HintAbout) -> Self {
        self.store.keep_hints(vec![about], now().minus(Duration::from_secs(2))).await.unwrap();
        self
    }

    /// A subscriber is known.
    pub async fn knows(self, number: u32) -> Self {
        let Subject { id, cc, .. } = subject(number, &format!("s{number}@example.com"));
        let view = crate::domain::CcView { seen_at: now().minus(Duration::from_secs(3600)), ..cc };
        let row = Observation::whole(id, view, 1);
        let page = Page::apart(vec![row]);
        self.store.observe(page, self.rules.clone(), Stage::Live, now()).await.unwrap();
        self
    }

    /// A known contact answered 404 at that time.
    pub async fn not_found(self, id: ContactId, at: Timestamp) -> Self {
        self.store.observe_missing(id, self.rules.clone(), Stage::Live, at).await.unwrap();
        self
    }

    /// Runs a line of a turn.
    pub async fn with<T>(&self, run: impl AsyncFnOnce(&View<'_>) -> T) -> T {
        let (store, rules) = (&self.store, &self.rules);
        let look = async |reach: &super::reach::Reach<'_>| {
            let view = View {
                known: Known::of(store),
                reach: *reach,
                commit: Committer {
                    customer: reach.customer,
                    store,
                    rules,
                    clock: &Standing,
                    captured: &Notify::new(),
                },
                record: &self.record,
                settings: &self.settings,
                single_reads: SingleReads::of_day(self.calls_a_day),
            };
            run(&view).await
        };
        self.world.with(look).await
    }

    /// Whether a subscriber is known as deleted.
    pub fn is_deleted(&self, id: &ContactId) -> bool {
        self.store.subject(id).unwrap().unwrap().cc.deletion.is_some()
    }

    /// The hints that wait.
    pub fn hints(&self) -> Vec<HintAbout> {
        let hints = self.store.hints(now(), usize::MAX).unwrap();
        hints.due.into_iter().map(|hint| hint.about).collect()
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        let _ = self.whole.stop();
    }
}
