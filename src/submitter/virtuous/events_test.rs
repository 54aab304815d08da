use serde_json::json;

use super::*;
use crate::{
    domain::{ContactEvent, CustomerId},
    store::{Mode, Options, Store},
    submitter::scripted::{World, now},
    virtuous::script::full_contact,
};

/// A store with events about these contacts.
struct Kept {
    store: Store,
    record: CustomerRecord,
    _dir: tempfile::TempDir,
}

impl Kept {
    async fn events(contacts: impl Iterator<Item = i64>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let id: CustomerId = "hope".parse().unwrap();
        let record = CustomerRecord { stage: Stage::Live, ..store.enrol(id, now()).await.unwrap() };
        let event = |contact| ContactEvent {
            contact: VirtuousContactId(contact),
            content: None,
            modified_at: None,
            told: None,
        };
        store.of(record.number).keep_events(contacts.map(event).collect(), None, now()).await.unwrap();
        Self { store, record, _dir: dir }
    }

    async fn follow(&self, world: &World) -> Result<Option<Turn>, TurnError> {
        let store = self.store.of(self.record.number);
        let followed = follow(
            &world.side(&store),
            &self.record,
            &mut EventQueueState::default(),
            &mut PageSize::default(),
        )
        .await;
        world.is_played();
        followed
    }

    /// Contacts whose events wait, due or put off.
    fn waiting(&self) -> Vec<i64> {
        let later = now().plus(Duration::from_secs(7 * 24 * 3600));
        let events = self.store.of(self.record.number).events(later, DUE_MAX).unwrap();
        events.due.iter().map(|event| event.contact.0).collect()
    }

    fn groups(&self) -> u64 {
        self.store.engine().metrics().snapshot().groups
    }
}

#[tokio::test]
async fn v2_a_few_contacts_are_read_one_by_one_and_forgotten_with_their_reading() {
    let kept = Kept::events([7, 8, 9].into_iter()).await;
    let world = World::new()
        .on("GET /api/Contact/7", 200, full_contact(7, "ann@example.com"))
        .on("GET /api/Contact/8", 404, "")
        .on("GET /api/Contact/9", 503, "");
    let before = kept.groups();
    assert_eq!(kept.follow(&world).await.unwrap(), Some(Turn::Progressed));
    assert_eq!((kept.waiting(), kept.groups() - before), (vec![9], 1));
}

#[tokio::test]
async fn w4_a_limit_keeps_what_was_read_before_it() {
    let kept = Kept::events([7, 8].into_iter()).await;
    let world = World::new().on("GET /api/Contact/7", 200, full_contact(7, "ann@example.com")).on(
        "GET /api/Contact/8",
        429,
        "",
    );
    assert!(matches!(kept.follow(&world).await, Err(TurnError::NotNow(_))));
    assert_eq!(kept.waiting(), [8]);
}

const QUERY: &str = "POST /api/Contact/Query/FullContact";

#[tokio::test]
async fn v2_many_contacts_are_answered_by_one_query() {
    let kept = Kept::events(1..=30).await;
    let shown: Vec<_> = (1..=29).map(|id| full_contact(id, &format!("p{id}@example.com"))).collect();
    let page = json!({"list": shown, "total": 29});
    // No contact tells whether it is archived: the second reading does (I3).
    let world = World::new().on(QUERY, 200, &page).on(QUERY, 200, &page);
    let before = kept.groups();
    assert_eq!(kept.follow(&world).await.unwrap(), Some(Turn::Progressed));
    assert_eq!((kept.waiting(), world.asked().len()), (vec![30], 2));
    assert_eq!(kept.groups() - before, 2, "the page with the query's progress, and what it did not show");
}
