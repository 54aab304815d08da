//! What is kept of one customer, for the tests of turns: a store on a disk of its own, the record, the settings.

use std::{path::Path, sync::Arc};

use tokio::sync::watch;

use crate::{
    access::CustomerContext,
    clock::Clock,
    config::{CustomerSettings, Environment},
    domain::{
        Account, Cause, ContactId, CustomerId, CustomerRecord, Observation, Reason, Rule, Stage, Stream,
        Subject, System, Timestamp, VirtuousReferenceData,
    },
    store::{Commit, CustomerStore, Mode, NewReferenceData, Options, Store},
    sync::{Planner, windows::Cursor},
};

use super::{
    commit::Committer,
    scripted::{World, now, subject},
    when::View,
};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A customer in a store.
pub struct Kept {
    /// The customer's name.
    pub id: CustomerId,
    /// What the store keeps of the customer.
    pub store: CustomerStore,
    /// The settings.
    pub settings: CustomerSettings,
    whole: Store,
    _dir: tempfile::TempDir,
}

impl Kept {
    /// A customer at this stage, without any subscriber.
    pub async fn at(stage: Stage) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let whole = Store::open(dir.path(), options).unwrap();
        let id: CustomerId = "hope".parse().unwrap();
        let number = whole.enrol(id.clone(), now()).await.unwrap().number;
        let store = whole.of(number);
        store
            .update_customer(move |record| {
                record.stage = stage;
                record.reconcile_at = Some(now().plus(std::time::Duration::from_secs(24 * 3600)));
                let hope = Account { id: String::new(), name: "Hope".to_owned() };
                record.accounts.keep(System::Virtuous, hope);
            })
            .await
            .unwrap();
        let environment = Environment::default();
        let mut settings = CustomerSettings::from_toml(
            "[virtuous]\napi_key = \"key\"",
            Path::new("hope.toml"),
            &environment,
        )
        .unwrap();
        settings.import.window = crate::config::ImportWindow::Any;
        Self { id, store, settings, whole, _dir: dir }
    }

    /// Constant Contact was read whole.
    pub async fn read_whole(&self) {
        let cursor = Cursor { completed_at: Some(now()), ..Cursor::default() };
        self.store.set_cursor(Stream::Changes, cursor).await.unwrap();
    }

    /// Reference data were read just now.
    pub async fn with_reference_data(self) -> Self {
        let reference = VirtuousReferenceData {
            read_at: Some(now()),
            organisation: "Hope".to_owned(),
            ..VirtuousReferenceData::default()
        };
        self.store.save_reference_data(NewReferenceData::Virtuous(Box::new(reference))).await.unwrap();
        self
    }

    /// Changes the record.
    pub async fn change(&self, change: impl FnOnce(&mut CustomerRecord) + Send + 'static) {
        self.store.update_customer(change).await.unwrap();
    }

    /// The record as it stands.
    pub fn record(&self) -> CustomerRecord {
        self.store.record().unwrap().unwrap()
    }

    /// Where the customer's turns are kept.
    pub fn committer(&self) -> Committer<'_> {
        Committer { customer: &self.id, store: &self.store }
    }

    /// The groups that were written so far.
    pub fn groups(&self) -> u64 {
        self.whole.engine().metrics().snapshot().groups
    }

    /// Subscribers of Constant Contact that wait at the brake.
    pub async fn at_brake(&self, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let id = self.subscriber(number).await;
            let wait = |subject: &mut Subject| {
                subject.reason = Reason::about(Rule::B1, Cause::AtBrake, "off the list".to_owned());
                subject.work = None;
            };
            self.store.amend(id, wait).await.unwrap();
        }
    }

    /// A subscriber of Constant Contact as just read, due in the lane of changes.
    pub async fn subscriber(&self, number: u32) -> ContactId {
        let Subject { id, cc, .. } = subject(number, &format!("p{number}@example.com"));
        let observation = Observation::whole(id.clone(), cc, u64::from(number));
        let commit = Commit { observations: vec![observation], ..Commit::default() };
        let planner = Planner { stage: self.record().stage, ..Planner::default() };
        self.store.commit(commit, Arc::new(planner), now()).await.unwrap();
        id
    }

    /// A subscriber as it stands.
    pub fn subject(&self, number: u32) -> Subject {
        self.store.subject(&subject(number, "").id).unwrap().unwrap()
    }

    /// The customer as a turn sees it.
    pub fn view(&self) -> View<'_> {
        View {
            customer: &self.id,
            settings: &self.settings,
            public_url: "https://tandem.test",
            is_heard: true,
            clock: &Still,
            store: &self.store,
            record: self.record(),
            reference_read_at: self.store.reference_data().unwrap().virtuous.read_at,
            now: now(),
        }
    }

    /// The context of a turn between these systems.
    pub async fn context(&self, world: &World) -> CustomerContext {
        let (_, stopping) = watch::channel(false);
        world
            .with(async |reach: &_| CustomerContext {
                id: self.id.clone(),
                public_url: "https://tandem.test".into(),
                is_heard: true,
                settings: Arc::new(self.settings.clone()),
                rules: Arc::new(world.planner.rules.clone()),
                store: self.store.clone(),
                clock: Arc::new(Still),
                metrics: reach.metrics.clone(),
                single_reads: crate::budget::SingleReads::of_day(10_000),
                cc: reach.cc.clone(),
                virtuous: reach.virtuous.clone(),
                captured: Arc::default(),
                stopping: stopping.clone(),
                ending: stopping,
            })
            .await
    }
}
