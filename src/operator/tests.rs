//! A store in a temporary folder with one customer, for the questions' tests; and what holds for every question.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::*;
use crate::{
    auth::{Caller, KeyFiles, SigningKey},
    clock::Clock,
    config::{ConfigErrors, CustomerSettings, Environment, Settings},
    deps::Deps,
    domain::{
        Account, Cause, CcView, ContactId, CustomerId, CustomerRecord, Failure, Gaps, Held, IndividualId,
        LinkedBy, ListId, Observation, Permission, Person, Reason, Rule, Stage, State, Subject, System,
        Timestamp, VirtuousContactId, VirtuousView, reference_data::List,
    },
    metrics::Metrics,
    store::{Mode, NewReferenceData, Options, Page, Store},
    transport::{Answer, Request, Transport, TransportError},
};

mod every;

/// A clock that stands still.
struct Still(AtomicI64);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A network without hosts.
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: Request) -> Answer {
        Box::pin(async { Err(TransportError::Connect { host: "nowhere".to_owned() }) })
    }
}

/// A store with the customer `hope`.
pub(super) struct Place {
    pub(super) context: OperatorContext,
    clock: Arc<Still>,
    _dir: tempfile::TempDir,
}

impl Place {
    /// A store without customers, beside the file of `hope`.
    pub(super) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let keys = KeyFiles::new(dir.path().join("key"));
        let store = Store::open_sealed(&dir.path().join("store"), options, keys).unwrap();
        let hope = CustomerSettings::from_toml("", Path::new("hope.toml"), &Environment::default()).unwrap();
        let clock = Arc::new(Still(AtomicI64::new(1_800_000_000_000)));
        let context = OperatorContext {
            deps: Deps {
                settings: Arc::new(Settings::defaults_in(dir.path())),
                store,
                clock: Arc::clone(&clock) as Arc<dyn Clock>,
                transport: Arc::new(Nowhere),
                metrics: Metrics::new(),
            },
            customers: vec![Arc::new(hope)],
            broken: ConfigErrors::default(),
            service: None,
            signing_key: SigningKey::read_or_make(&Settings::defaults_in(dir.path())).unwrap(),
            caller: Caller::command(),
            plans: Plans::default(),
        };
        Self { context, clock, _dir: dir }
    }

    /// A store in which the customer is enrolled.
    pub(super) async fn new() -> Self {
        let place = Self::empty();
        place.context.deps.store.enrol(place.hope(), place.context.now()).await.unwrap();
        place
    }

    pub(super) fn hope(&self) -> CustomerId {
        "hope".parse().unwrap()
    }

    pub(super) fn record(&self) -> CustomerRecord {
        self.context.record(&self.hope()).unwrap()
    }

    pub(super) fn subject(&self, id: &str) -> Subject {
        self.context.deps.store.of(self.record().number).subject(&ContactId::new(id)).unwrap().unwrap()
    }

    /// Moves the clock.
    pub(super) fn later(&self) {
        self.clock.0.fetch_add(60_000, Ordering::Relaxed);
    }

    pub(super) async fn change(&self, change: impl FnOnce(&mut CustomerRecord) + Send + 'static) {
        self.context.deps.store.of(self.record().number).update_customer(change).await.unwrap().unwrap();
    }

    /// The customer is live, and its account of Constant Contact is known.
    pub(super) async fn live_with_account(&self) {
        self.change(|record| {
            (record.stage, record.import_started_at) = (Stage::Live, Some(record.created_at));
            let hope = Account { id: "p1".to_owned(), name: "Hope".to_owned() };
            record.accounts.keep(System::ConstantContact, hope);
        })
        .await;
    }

    /// Holds the brake for so many subscribers (B1).
    pub(super) async fn hold_brake(&self, count: u64) {
        let reason = Reason::about(Rule::B1, Cause::OffList, "CC: News");
        let since = self.context.now();
        self.change(move |record| record.brake.held = Some(Held { since, count, reason })).await;
    }

    /// A subscriber as a page of Constant Contact shows it, whose address is `p<id>@example.org`.
    pub(super) async fn subscriber(&self, id: &str, edit: impl FnOnce(&mut CcView)) {
        let now = self.context.now();
        let mut view =
            CcView { email: Some(format!("p{id}@example.org")), seen_at: now, ..CcView::default() };
        edit(&mut view);
        let observation = Observation::whole(ContactId::new(id), view, now.as_millis().unsigned_abs());
        let (record, rules) = (self.record(), Arc::new(self.context.rules(&self.hope())));
        let page = Page::apart(vec![observation]);
        self.context.deps.store.of(record.number).observe(page, rules, record.stage, now).await.unwrap();
    }

    /// A list of Constant Contact.
    pub(super) async fn list(&self, id: &str, name: &str) {
        let mut reference =
            self.context.deps.store.of(self.record().number).reference_data().unwrap().cc.clone();
        let list = List { name: name.to_owned(), former_names: Vec::new(), deleted: false, members: None };
        reference.lists.insert(ListId::new(id), list);
        let read = NewReferenceData::ConstantContact(reference);
        self.context.deps.store.of(self.record().number).save_reference_data(read).await.unwrap();
    }

    async fn amended(&self, id: &str, amend: impl FnOnce(&mut Subject) + Send + 'static) {
        let number = self.record().number;
        self.context.deps.store.of(number).amend(ContactId::new(id), amend).await.unwrap().unwrap();
    }

    /// A subscriber whose opt-out waits to be written (P1).
    pub(super) async fn owing(&self, id: &str) {
        self.subscriber(id, |_| {}).await;
        let since = self.context.now();
        self.amended(id, move |subject| subject.opt_out_owed_since = Some(since)).await;
    }

    /// A subscriber whose opt-out was given up (B3).
    pub(super) async fn failed(&self, id: &str) {
        self.subscriber(id, |_| {}).await;
        let at = self.context.now();
        self.amended(id, move |subject| {
            let (effect, response) = ("opt_out".to_owned(), "400 bad request".to_owned());
            subject.failure = Some(Failure { effect, attempts: 18, response, at });
            subject.state = State::Failed;
            subject.work = None;
        })
        .await;
    }

    /// A subscriber with a question for a person.
    async fn in_review(&self, id: &str, reason: Reason, permission: Permission) {
        self.subscriber(id, |view| view.permission = permission).await;
        self.amended(id, move |subject| {
            (subject.state, subject.reason, subject.work) = (State::Review, reason, None);
        })
        .await;
    }

    /// An opt-in without proof (P3).
    pub(super) async fn asked_about(&self, id: &str) {
        self.in_review(id, Reason::new(Rule::P3, Cause::UnprovedOptIn), Permission::Implicit).await;
    }

    /// An unsubscribed contact that staff opted in (P5).
    pub(super) async fn opted_in_by_staff(&self, id: &str) {
        self.in_review(id, Reason::new(Rule::P5, Cause::StaffOptIn), Permission::Unsubscribed).await;
    }

    /// A subscriber that may be one of the Virtuous contacts 7 and 8 (I2).
    pub(super) async fn ambiguous(&self, id: &str) {
        self.in_review(id, Reason::new(Rule::I2, Cause::SeveralHits), Permission::Explicit).await;
        let seen_at = self.context.now();
        self.amended(id, move |subject| {
            let person = |contact| Person {
                contact: VirtuousContactId(contact),
                individual: IndividualId(contact + 100),
                linked_by: LinkedBy::Email,
                gaps: Gaps::default(),
                has_reference: false,
                emails: Vec::new(),
                tags: Vec::new(),
                fields: Vec::new(),
                archived: false,
                private: false,
                merged_into: None,
                seen_at,
                late: Vec::new(),
                others: Vec::new(),
            };
            subject.virtuous = VirtuousView::Candidates(vec![person(7), person(8)]);
        })
        .await;
    }
}

#[test]
fn the_clock_of_these_tests_stands_still() {
    let place = Place::empty();
    let before = place.context.now();
    place.later();
    assert_eq!(place.context.now().since(before), Duration::from_secs(60));
}
