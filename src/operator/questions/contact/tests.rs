use super::*;
use crate::{
    domain::{
        Cause, ListId, Permission, Reason, SegmentKey, ShownForm, Sight, Unseen, VirtuousContactId, Written,
    },
    operator::tests::Place,
};

async fn shown(place: &Place, who: &str) -> Result<ContactView, OperatorError> {
    ShowContact { customer: place.hope(), who: who.to_owned() }.answer(&place.context).await
}

#[tokio::test]
async fn a_person_is_found_by_id_and_by_address_whatever_its_case() {
    let place = Place::new().await;
    place.subscriber("1", |view| view.permission = Permission::Explicit).await;
    let by_id = shown(&place, "1").await.unwrap();
    assert_eq!((by_id.state, by_id.cc.permission), (State::Pending, Permission::Explicit));
    assert_eq!((by_id.virtuous.as_ref(), by_id.base.as_ref()), (None, None));
    assert!(by_id.next.contains("`tandem import hope start`"), "{}", by_id.next);
    assert_eq!(shown(&place, " P1@Example.org ").await.unwrap(), by_id);
    let text = by_id.to_string();
    assert!(text.starts_with("p1@example.org  1\npending: "), "{text}");
    assert!(text.contains("because: Virtuous: no contact is known"), "{text}");
    let unknown = shown(&place, "nobody@example.org").await.unwrap_err();
    assert!(
        matches!(&unknown, OperatorError::Unknown(text) if text.contains("nobody@example.org")),
        "{unknown}"
    );
}

#[tokio::test]
async fn of_several_with_one_address_the_newest_is_shown_and_the_others_are_named() {
    let place = Place::new().await;
    for id in ["1", "2"] {
        place.subscriber(id, |view| view.email = Some("one@example.org".to_owned())).await;
        place.later();
    }
    let newest = shown(&place, "one@example.org").await.unwrap();
    assert_eq!(newest.id, ContactId::new("2"));
    assert_eq!(newest.several.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(), ["1"]);
    assert!(newest.to_string().contains("others with this address"), "{newest}");
}

#[tokio::test]
async fn i2_candidates_are_shown_with_their_ids() {
    let place = Place::new().await;
    place.ambiguous("1").await;
    let answer = shown(&place, "1").await.unwrap();
    let Some(VirtuousSide::Candidates { candidates }) = &answer.virtuous else { panic!("{answer:?}") };
    assert_eq!(candidates.iter().map(|one| one.contact).collect::<Vec<_>>(), [7, 8]);
    assert!(answer.because.iter().any(|line| line.contains("7, 8 (I2)")), "{:?}", answer.because);
}

#[tokio::test]
async fn e1_e3_what_is_not_visible_or_shown_otherwise_or_without_effect_is_told() {
    let place = Place::new().await;
    place.subscriber("1", |_| {}).await;
    let record = place.context.record(&place.hope()).unwrap();
    let mut subject =
        place.context.deps.store.of(record.number).subject(&ContactId::new("1")).unwrap().unwrap();
    let at = |minute: i64| Timestamp::from_secs(1_800_000_000 + 60 * minute);
    let segment = SegmentKey::List(ListId::new("l-1"));
    let facet = Written::Tag { segment, name: "CC: News".to_owned(), on: true };
    let contact = VirtuousContactId(7);
    let unseen =
        Unseen { contact, facet, at: at(0), sight: Sight::Awaited, looks: 1, next_look: Some(at(1)) };
    subject.unseen =
        vec![unseen.clone(), Unseen { facet: Written::Reference, next_look: None, looks: 3, ..unseen }];
    let (name, sent, shown) = ("Size".to_owned(), "1234".to_owned(), "1,234".to_owned());
    subject.forms = vec![ShownForm { name, sent, shown, since: at(0) }];
    let detail = "add_tag was written 3 times without effect; again at 12:31";
    let planned = [Reason::about(Rule::E3, Cause::Repeated, detail)];
    assert_eq!(
        evidence::remarks(&subject, &planned),
        [
            "the tag \"CC: News\" was put on at 2027-01-15T08:00:00Z and is not visible yet, looked at again at \
             2027-01-15T08:01:00Z (E1)",
            "the reference was written at 2027-01-15T08:00:00Z and was not visible in 3 looks (E1)",
            "the field \"Size\" was sent as \"1234\" and is shown as \"1,234\" since 2027-01-15T08:00:00Z (E3)",
            "waits, as it was written again and again without effect (add_tag was written 3 times without effect; again at \
             12:31) (E3)",
        ]
    );
}
