//! A customer is read anew: what goes, what stays, and what is looked for.

use crate::{
    domain::{
        AgreedConsent, Cause, CcView, CustomerRules, Event, Gaps, IndividualId, LinkedBy, Observation,
        Permission, Person, Profile, Reason, Rule, Stage, Stream, Subject, UnansweredOptOut,
        VirtuousContactId, VirtuousView, What,
    },
    store::{Mode, Options, Page, Store},
    sync::windows::Cursor,
};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

struct Place {
    _dir: tempfile::TempDir,
    store: Store,
    of: CustomerStore,
}

fn id(number: u32) -> ContactId {
    ContactId::new(&format!("c-{number}"))
}

impl Place {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let record = store.enrol("hope".parse().unwrap(), NOW).await.unwrap();
        let of = store.of(record.number);
        let place = Self { _dir: dir, store, of };
        place.read(0..450).await;
        let begin = |record: &mut CustomerRecord| {
            (record.stage, record.import_started_at) = (Stage::Live, Some(NOW));
        };
        place.of.update_customer(begin).await.unwrap();
        place
    }

    /// Subscribers as Constant Contact shows them.
    async fn read(&self, numbers: std::ops::Range<u32>) {
        let row = |number| {
            let view = CcView {
                email: Some(format!("p{number}@example.org")),
                permission: Permission::Explicit,
                profile: Profile {
                    first_name: "Ann".to_owned(),
                    last_name: "Poe".to_owned(),
                    ..Profile::default()
                },
                seen_at: NOW,
                ..CcView::default()
            };
            Observation::whole(id(number), view, u64::from(number))
        };
        let page = Page {
            cursors: vec![(Stream::Changes, Cursor::completed(NOW))],
            ..Page::apart(numbers.map(row).collect())
        };
        let rules = Arc::new(CustomerRules::default());
        self.of.observe(page, rules, Stage::Live, NOW).await.unwrap();
    }

    async fn amend(&self, number: u32, amend: impl FnOnce(&mut Subject) + Send + 'static) {
        self.of.amend(id(number), amend).await.unwrap().unwrap();
    }

    fn subject(&self, number: u32) -> Option<Subject> {
        self.of.subject(&id(number)).unwrap()
    }

    fn planner(&self) -> Arc<Planner> {
        let rules = Arc::new(CustomerRules::default());
        Arc::new(self.of.planner(&self.of.record().unwrap().unwrap(), &rules).unwrap())
    }

    fn count(&self, kind: Kind) -> usize {
        self.store.engine().reader().count_prefix(Key::of(self.of.number(), kind), usize::MAX).unwrap()
    }
}

#[tokio::test]
async fn e5_what_was_known_goes_and_what_was_sent_or_left_stays() {
    let place = Place::new().await;
    let sent_at = NOW.plus(std::time::Duration::from_secs(60));
    place
        .amend(7, move |subject| {
            subject.submission = Some(Submission { sent_at, certain: true, creates: true });
        })
        .await;
    place.amend(8, |subject| subject.verdict = Some((Verdict::Leave, subject.revision))).await;
    place.amend(9, |subject| subject.verdict = Some((Verdict::Accept, subject.revision))).await;
    let record = place.of.read_anew(false, NOW).await.unwrap().unwrap();
    assert!(record.anew.unwrap().is_dropped && record.stage == Stage::Observing);
    for kind in
        [Kind::Subject, Kind::Email, Kind::Work, Kind::Attention, Kind::Counts, Kind::Cursor, Kind::Campaign]
    {
        assert_eq!(place.count(kind), 0, "{kind:?}");
    }
    assert_eq!((place.count(Kind::Kept), place.count(Kind::Customer)), (2, 1));
    assert!(place.of.check_consistent().unwrap().is_empty());
    // Both sides are read; one row alone may be on its way.
    place.read(0..450).await;
    assert_eq!(place.of.recall(place.planner(), NOW).await.unwrap(), 1);
    let known = place.subject(7).unwrap();
    assert_eq!(known.submission, Some(Submission { sent_at, certain: false, creates: true }));
    assert_eq!(known.state, State::Submitted);
    assert_eq!(place.subject(8).unwrap().decided(), Some(Verdict::Leave));
    assert_eq!(place.subject(9).unwrap().decided(), None, "what writes is asked again");
    assert_eq!((place.count(Kind::Kept), place.of.record().unwrap().unwrap().anew), (0, None));
    assert!(place.of.check_consistent().unwrap().is_empty());
    assert_eq!(place.of.recall(place.planner(), NOW).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn e5_of_an_unknown_past_every_row_that_would_be_sent_is_looked_for() {
    let place = Place::new().await;
    place.amend(8, |subject| subject.verdict = Some((Verdict::Leave, subject.revision))).await;
    place.of.read_anew(true, NOW).await.unwrap();
    place.read(0..450).await;
    place.amend(3, |subject| subject.cc.permission = Permission::Unsubscribed).await;
    assert_eq!(place.of.recall(place.planner(), NOW).await.unwrap(), 449);
    assert_eq!(place.subject(3).unwrap().submission, None);
    assert_eq!(place.subject(8).unwrap().verdict, None, "its facts are not those it was made for");
    let sent = place.subject(4).unwrap().submission.unwrap();
    assert_eq!((sent.sent_at, sent.certain), (NOW, false));
}

#[tokio::test]
async fn e5_a_drop_that_was_broken_off_goes_on_and_a_recall_too() {
    let place = Place::new().await;
    place.of.update_customer(|record| record.begin_anew_reading(NOW, true)).await.unwrap();
    let anew = place.of.record().unwrap().unwrap().anew.unwrap();
    assert!(place.of.drop_subjects(anew).await.unwrap());
    assert_eq!(place.count(Kind::Subject), 450 - SLICE);
    assert_eq!(place.of.recall(place.planner(), NOW).await.unwrap(), 0, "not before all is dropped");
    let record = place.of.go_on_dropping(NOW).await.unwrap().unwrap();
    assert!(record.anew.unwrap().is_dropped && place.count(Kind::Subject) == 0);
    assert_eq!(place.of.go_on_dropping(NOW).await.unwrap(), Some(record), "nothing is left to do");
}

#[tokio::test]
async fn b4_a_subject_that_cannot_be_read_goes_with_the_others() {
    let place = Place::new().await;
    let key = Key::subject(place.of.number(), &id(5));
    let damage = place.of.write(move |_, changes| {
        changes.put(key, [1, 2, 3]);
        Ok(())
    });
    damage.await.unwrap();
    place.of.read_anew(false, NOW).await.unwrap();
    assert_eq!(place.count(Kind::Subject), 0);
}

fn linked() -> VirtuousView {
    VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(2),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: Vec::new(),
        tags: Vec::new(),
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: NOW,
        late: Vec::new(),
        others: Vec::new(),
    }))
}

#[tokio::test]
async fn i3_a_contact_that_was_gone_before_or_is_now_is_not_made_anew_and_opt_outs_stay() {
    for is_past_unknown in [false, true] {
        let place = Place::new().await;
        let out = UnansweredOptOut { at: Some(NOW), by_deletion: false };
        place
            .amend(5, move |subject| {
                subject.virtuous = VirtuousView::Absent { since: NOW };
                (subject.gone_since, subject.unanswered) = (Some(NOW), Some(out));
            })
            .await;
        place.amend(6, move |subject| subject.virtuous = linked()).await;
        place
            .amend(7, move |subject| {
                subject.virtuous = linked();
                subject.base.consent = Some(AgreedConsent { opted_in: false, at: Some(NOW) });
            })
            .await;
        place.of.read_anew(is_past_unknown, NOW).await.unwrap();
        place.read(0..450).await;
        let later = NOW.plus(std::time::Duration::from_secs(60));
        place.of.recall(place.planner(), later).await.unwrap();
        let of = |number| {
            let subject = place.subject(number).unwrap();
            (subject.gone_since, subject.unanswered, subject.submission)
        };
        assert_eq!(of(5), (Some(NOW), Some(out), None));
        assert_eq!(of(6), (Some(later), None, None));
        assert_eq!(of(7), (Some(later), Some(out), None));
        assert_eq!(place.subject(8).unwrap().gone_since, None);
        assert!(place.of.check_consistent().unwrap().is_empty());
    }
}

#[tokio::test]
async fn e5_what_an_earlier_version_kept_is_read() {
    let place = Place::new().await;
    let (customer, stored) = (place.of.number(), (true, Some(NOW.as_millis())));
    let put = place.of.write(move |_, changes| {
        changes.put(Key::kept(customer, &id(1)), crate::store::codec::encode(1, &stored)?);
        Ok(())
    });
    put.await.unwrap();
    let known = kept::read(&place.store.engine().reader(), customer, &id(1)).unwrap();
    assert_eq!(known, Kept { is_left: true, submitted_at: Some(NOW), ..Kept::default() });
}

#[tokio::test]
async fn e5_lines_of_a_timeline_that_no_settlement_moved_yet_stay() {
    let place = Place::new().await;
    let line = Event { at: NOW, what: What::Seen, reason: Reason::new(Rule::I1, Cause::NewSubscriber) };
    let lines = vec![line; 3];
    let recent = lines.clone();
    place.amend(5, move |subject| subject.recent = recent).await;
    place.of.read_anew(false, NOW).await.unwrap();
    assert_eq!(place.of.timeline(&Subject::new(id(5), NOW)).unwrap(), lines);
}
