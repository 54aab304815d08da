use std::sync::Arc;

use super::*;
use crate::{
    auth::KeyFiles,
    domain::{Bounce, CcView, CustomerRules, Intent, Observation, Permission, Stage},
    store::{Fact, FactsRead, HintAbout, Mode, Options, Page, Store},
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

struct Place {
    dir: tempfile::TempDir,
    store: Store,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        Self { dir, store }
    }

    fn reopened(self) -> Self {
        self.store.stop().unwrap();
        drop(self.store);
        let store = open(self.dir.path());
        Self { dir: self.dir, store }
    }

    /// A page of Constant Contact shows the contact.
    async fn show(&self, customer: u32, id: &str, address: &str) {
        let permission = Permission::Explicit;
        let view = CcView { email: Some(address.to_owned()), permission, seen_at: NOW, ..CcView::default() };
        let page = Page::apart(vec![Observation::whole(ContactId::new(id), view, 7)]);
        let rules = Arc::new(CustomerRules::default());
        self.store.of(customer).observe(page, rules, Stage::Live, NOW).await.unwrap();
    }

    fn knows(&self, customer: u32, id: &str) -> bool {
        self.store.of(customer).has_subject(&ContactId::new(id)).unwrap()
    }

    /// The kinds of the entries in which a text stands.
    fn kinds_with(&self, text: &str) -> Vec<u8> {
        let reader = self.store.reader();
        let has =
            |bytes: &[u8]| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
        let entries = reader.range([], None).map(Result::unwrap);
        entries
            .filter(|(key, value)| has(key) || has(value))
            .filter_map(|(key, _)| key.get(4).copied())
            .collect()
    }
}

fn open(dir: &std::path::Path) -> Store {
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    Store::open_sealed(&dir.join("store"), options, KeyFiles::new(dir.join("key"))).unwrap()
}

async fn forget(place: &Place, customer: u32, id: &str) -> ForgetOutcome {
    place.store.of(customer).forget_person(ContactId::new(id), NOW).await.unwrap()
}

#[tokio::test]
async fn nothing_of_a_person_stays_and_no_later_reading_brings_it_back() {
    let place = Place::new();
    let hope = place.store.of(1);
    for (id, address) in [("person-a", "ann@example.org"), ("person-b", "bob@example.org")] {
        place.show(1, id, address).await;
    }
    place.show(2, "person-a", "ann@example.org").await;
    let ann = ContactId::new("person-a");
    hope.amend(ann.clone(), |subject| subject.base.former = vec!["old-ann@example.org".to_owned()])
        .await
        .unwrap();
    let hints = vec![
        HintAbout::Contact("person-a".to_owned()),
        HintAbout::Email("Ann@Example.org".to_owned()),
        HintAbout::Email("bob@example.org".to_owned()),
    ];
    hope.keep_hints(hints, NOW).await.unwrap();
    assert!(place.kinds_with("ann@example.org").len() > 3);
    let ForgetOutcome::Done(person) = forget(&place, 1, "person-a").await else { panic!("not done") };
    assert_eq!((person.hashes, person.others.len()), (3, 0));
    drop(hope);
    let place = place.reopened();
    let hope = place.store.of(1);
    for text in ["ann@example.org", "person-a"] {
        let entries = place.store.reader().scan_prefix(1u32.to_be_bytes()).map(Result::unwrap);
        for (key, value) in entries {
            let has = |bytes: &[u8]| {
                bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
            };
            assert!(!has(&key) && !has(&value), "{text} stands in an entry of the kind {:#x}", key[4]);
        }
    }
    assert!(place.knows(2, "person-a"), "another customer's");
    assert!(!place.kinds_with("bob@example.org").is_empty());
    assert_eq!(hope.check_consistent().unwrap(), Vec::<String>::new());
    assert_eq!(forget(&place, 1, "person-a").await, ForgetOutcome::Unknown);
    // By its id, as another contact with an address of before, and of another customer.
    for (id, address) in [
        ("person-a", "new@example.org"),
        ("person-c", "OLD-ANN@example.org"),
        ("person-d", "ann@example.org"),
    ] {
        place.show(1, id, address).await;
        assert!(!place.knows(1, id), "{id}");
    }
    assert_eq!(hope.forgotten_since("person-a").unwrap(), Some((NOW, 1)));
    assert_eq!(hope.forgotten_since("Ann@Example.org").unwrap(), Some((NOW, 1)));
    assert_eq!(place.store.of(2).forgotten_since("ann@example.org").unwrap(), None);
    // A known contact that comes to the address is another person's: its opt-outs count.
    place.show(1, "person-b", "ann@example.org").await;
    let known = hope.subject(&ContactId::new("person-b")).unwrap().unwrap();
    assert_eq!(known.cc.email.as_deref(), Some("ann@example.org"));
    place.store.stop().unwrap();
}

#[tokio::test]
async fn a_bounce_of_a_forgotten_contact_is_kept_by_nothing() {
    let place = Place::new();
    place.show(1, "person-a", "ann@example.org").await;
    forget(&place, 1, "person-a").await;
    let bounce =
        Bounce { code: 'B', at: NOW, address: "ann@example.org".to_owned(), campaign: "Spring".to_owned() };
    let facts = vec![Fact::Bounced(ContactId::new("person-a"), bounce)];
    let read = FactsRead { facts, mark: None };
    place.store.of(1).observe_facts(read, Arc::default(), Stage::Live, NOW).await.unwrap();
    assert_eq!(place.kinds_with("ann@example.org"), [0u8; 0]);
    assert_eq!(place.kinds_with("person-a"), [0u8; 0]);
    place.store.stop().unwrap();
}

#[tokio::test]
async fn hashes_outlive_a_rebuild_a_rotation_of_the_key_and_a_rebind_and_go_with_the_customer() {
    let place = Place::new();
    let number = place.store.enrol("hope".parse().unwrap(), NOW).await.unwrap().number;
    place.show(number, "person-a", "ann@example.org").await;
    forget(&place, number, "person-a").await;
    place.store.of(number).read_anew(true, NOW).await.unwrap();
    assert_eq!(place.store.rotate_key(false).unwrap().lost, 0);
    let place = place.reopened();
    place.store.of(number).rebind_customer(NOW).await.unwrap();
    place.show(number, "person-a", "ann@example.org").await;
    assert!(!place.knows(number, "person-a"));
    // Without the key a reading is kept by nothing: it fails, and the customer waits for the key.
    place.store.stop().unwrap();
    let Place { dir, store } = place;
    drop(store);
    let (key, aside) = (dir.path().join("key"), dir.path().join("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let locked = open(dir.path());
    let view = CcView { email: Some("ann@example.org".to_owned()), seen_at: NOW, ..CcView::default() };
    let page = Page::apart(vec![Observation::whole(ContactId::new("person-a"), view, 7)]);
    let kept = locked.of(number).observe(page, Arc::default(), Stage::Live, NOW).await;
    assert!(matches!(kept, Err(StoreError::Sealed(_))), "{kept:?}");
    locked.stop().unwrap();
    drop(locked);
    std::fs::rename(&aside, &key).unwrap();
    let store = open(dir.path());
    store.of(number).remove_customer("hope".to_owned()).await.unwrap();
    assert_eq!(store.of(number).forgotten_since("person-a").unwrap(), None);
    store.stop().unwrap();
}

#[tokio::test]
async fn p1_c4_what_is_owed_or_under_way_goes_first() {
    let place = Place::new();
    place.show(1, "person-a", "ann@example.org").await;
    let (hope, ann) = (place.store.of(1), ContactId::new("person-a"));
    hope.amend(ann.clone(), |subject| subject.opt_out_owed_since = Some(NOW)).await.unwrap();
    assert_eq!(forget(&place, 1, "person-a").await, ForgetOutcome::Owed(NOW));
    hope.amend(ann.clone(), |subject| subject.opt_out_owed_since = None).await.unwrap();
    hope.begin(vec![(ann.clone(), Intent::Write)], NOW).await.unwrap();
    assert_eq!(forget(&place, 1, "person-a").await, ForgetOutcome::UnderWay);
    assert!(place.knows(1, "person-a"));
    place.store.stop().unwrap();
}
