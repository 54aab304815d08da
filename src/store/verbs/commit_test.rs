use super::*;
use crate::{
    domain::{
        CcView, ContactEvent, EmailMethod, Individual, IndividualId, Intent, Lane, MethodId, Permission,
        ReadBy, Stage, Told, VirtuousContactId,
    },
    store::{CustomerStore, Mode, Options, Store},
    sync::Planner,
};

const HOPE: u32 = 1;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000).plus(std::time::Duration::from_secs(seconds))
}

fn id(number: usize) -> ContactId {
    ContactId::new(&format!("00000000-0000-4000-8000-{number:012}"))
}

fn observation(number: usize) -> Observation {
    let view = CcView {
        seen_at: at(0),
        email: Some(format!("p{number}@example.com")),
        permission: Permission::Explicit,
        ..CcView::default()
    };
    Observation::whole(id(number), view, number as u64)
}

fn contact(number: i64, address: &str) -> VirtuousContact {
    let method = EmailMethod {
        id: MethodId(number * 100),
        kind: "Home Email".to_owned(),
        value: address.to_owned(),
        opted_in: true,
        primary: true,
        created_at: None,
        modified_at: None,
    };
    let individual = Individual {
        id: IndividualId(number * 10),
        primary: true,
        emails: vec![method].into(),
        fields: Told::whole(Vec::new()),
    };
    VirtuousContact {
        id: VirtuousContactId(number),
        merged_into: None,
        archived: None,
        private: Some(false),
        references: Told::whole(Vec::new()),
        tags: Told::whole(Vec::new()),
        fields: Told::whole(Vec::new()),
        individuals: vec![individual].into(),
        modified_at: None,
    }
}

fn read(contact: VirtuousContact) -> Vec<ContactsRead> {
    vec![ContactsRead { contacts: vec![contact], by: ReadBy::Id, record: None, answered: Vec::new() }]
}

fn settlement(number: usize, findings: Vec<Finding>) -> Settlement {
    Settlement { id: id(number), lane: Lane::Change, revision: 1, unsure: false, contact: None, findings }
}

struct World {
    store: Store,
    hope: CustomerStore,
    _dir: tempfile::TempDir,
}

impl World {
    async fn with(subjects: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        store.enrol("hope".parse().unwrap(), at(0)).await.unwrap();
        let world = Self { hope: store.of(HOPE), store, _dir: dir };
        let observations = (1..=subjects).map(observation).collect();
        world.commit(Commit { observations, ..Commit::default() }, 0).await;
        world
    }

    fn groups(&self) -> u64 {
        self.store.engine().metrics().snapshot().groups
    }

    async fn commit(&self, commit: Commit, seconds: u64) -> Committed {
        let planner = SharedPlanner::new(Planner { stage: Stage::Live, ..Planner::default() });
        self.hope.commit(commit, planner, at(seconds)).await.unwrap()
    }

    /// The subject's intent, as a due subject shows it.
    fn unsure(&self, number: usize) -> Option<Unsure> {
        let due = self.hope.next_work(&Lane::ALL, &Default::default(), at(100), 9).unwrap();
        due.into_iter().find(|due| due.subject.id == id(number)).and_then(|due| due.unsure)
    }
}

#[tokio::test]
async fn w1_all_that_a_turn_brought_is_one_synced_group() {
    let world = World::with(4).await;
    world
        .hope
        .begin(vec![(id(1), Intent::Write), (id(2), Intent::Write), (id(3), Intent::Submission)], at(1))
        .await
        .unwrap();
    let before = world.groups();
    let commit = Commit {
        answered: vec![(id(2), at(9))],
        observations: vec![observation(5)],
        missing: vec![MissingInCc { id: id(4), at: at(9), effect: EffectKind::Unsubscribe, if_gone: None }],
        own_tags: vec![contact(7, "p1@example.com")],
        contacts: read(contact(7, "p1@example.com")),
        settlements: (1..=4).map(|number| settlement(number, vec![Finding::NotFound])).collect(),
        unsent: vec![Unsent { id: id(3), before: None }],
        customer: vec![Box::new(|record| record.partial_names_refused = true)],
        ..Commit::default()
    };
    let committed = world.commit(commit, 10).await;
    assert_eq!(world.groups() - before, 1);
    assert_eq!(committed.waiting, [EffectKind::Unsubscribe]);
    assert!(world.hope.subject(&id(5)).unwrap().is_some());
    assert!(world.store.customers().unwrap()[0].partial_names_refused);
    assert_eq!(world.hope.missing().unwrap().len(), 1);
    assert_eq!(world.hope.check_consistent().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn d1_the_first_404_waits_for_the_second_look_and_the_second_is_a_deletion() {
    let world = World::with(1).await;
    let commit = |seconds| Commit {
        missing: vec![MissingInCc {
            id: id(1),
            at: at(seconds),
            effect: EffectKind::ChangeLists,
            if_gone: Some(Finding::GoneInCc),
        }],
        settlements: vec![settlement(1, Vec::new())],
        ..Commit::default()
    };
    assert_eq!(world.commit(commit(10), 10).await.waiting, [EffectKind::ChangeLists]);
    let subject = || world.hope.subject(&id(1)).unwrap().unwrap();
    assert_eq!((subject().attempts, subject().cc.deletion), (1, None));
    assert!(subject().work.unwrap().due >= at(130), "not before the second look");
    // What counts is when the contact answered, however late the turn ends.
    assert_eq!(world.commit(commit(15), 200).await.waiting, [EffectKind::ChangeLists]);
    assert_eq!(subject().cc.deletion, None);
    // An answer from before the first 404 says nothing of it.
    world.commit(Commit { answered: vec![(id(1), at(5))], ..Commit::default() }, 201).await;
    assert_eq!(world.hope.missing().unwrap().len(), 1);
    assert!(world.commit(commit(200), 202).await.waiting.is_empty());
    assert!(subject().cc.deletion.is_some());
}

#[tokio::test]
async fn c4_an_intent_that_was_not_used_goes_back_to_what_was_unsure_before() {
    let world = World::with(2).await;
    let before = Unsure { at: at(1), intent: Intent::Write };
    world.hope.begin(vec![(id(1), Intent::Write)], at(1)).await.unwrap();
    world.hope.begin(vec![(id(1), Intent::Submission), (id(2), Intent::Submission)], at(2)).await.unwrap();
    assert_eq!(world.unsure(1), Some(Unsure { at: at(2), intent: Intent::Submission }));
    let unsent = vec![Unsent { id: id(1), before: Some(before) }, Unsent { id: id(2), before: None }];
    world.commit(Commit { unsent, ..Commit::default() }, 10).await;
    assert_eq!((world.unsure(1), world.unsure(2)), (Some(before), None));
}

#[tokio::test]
async fn i3_what_was_read_is_there_before_findings_are_applied() {
    let world = World::with(1).await;
    let references = vec![("Constant Contact".to_owned(), id(1).to_string())];
    let contacts = read(VirtuousContact { references: references.into(), ..contact(7, "p1@example.com") });
    let settlements = vec![settlement(1, Vec::new())];
    world.commit(Commit { contacts, settlements, ..Commit::default() }, 10).await;
    let subject = world.hope.subject(&id(1)).unwrap().unwrap();
    assert_eq!(subject.virtuous.contacts(), [VirtuousContactId(7)]);
}

#[tokio::test]
async fn more_than_one_part_of_subjects_takes_a_group_for_each() {
    let number = SUBJECTS_MAX + 1;
    let world = World::with(number).await;
    let before = world.groups();
    let settlements = (1..=number).map(|number| settlement(number, vec![Finding::NotFound])).collect();
    world.commit(Commit { settlements, ..Commit::default() }, 10).await;
    assert_eq!(world.groups() - before, 2);
}

/// Staff opted people out in bulk, and the query that answered the events was minutes behind: the opt-outs waited for the next one.
#[tokio::test]
async fn e1_a_reading_from_before_an_event_leaves_it_open_a_page_for_the_contact_itself() {
    let world = World::with(1).await;
    let told = ContactEvent {
        contact: VirtuousContactId(7),
        content: Some(1),
        modified_at: Some(at(50)),
        told: None,
    };
    world.hope.keep_events(vec![told], None, at(60)).await.unwrap();
    let due = |now| world.hope.events(at(now), 99).unwrap().due;
    let reading = |by, modified, answered| {
        let contact = VirtuousContact { modified_at: Some(at(modified)), ..contact(7, "p1@example.com") };
        let contacts = vec![ContactsRead { contacts: vec![contact], by, record: None, answered }];
        Commit { contacts, ..Commit::default() }
    };
    world.commit(reading(ReadBy::Page, 40, due(60)), 60).await;
    assert!(matches!(due(60).as_slice(), [event] if event.queried), "the contact itself is read at once");
    world.commit(reading(ReadBy::Id, 49, due(61)), 61).await;
    assert_eq!((due(62), due(66).len()), (vec![], 1), "and again a little later");
    world.commit(reading(ReadBy::Id, 50, due(66)), 66).await;
    assert_eq!(due(4_000), vec![]);
}
