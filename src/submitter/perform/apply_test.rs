use serde_json::{Value, json};

use super::*;
use crate::{
    domain::{
        AgreedConsent, IndividualId, Intent, JoinId, ListId, MethodId, Note, SegmentKey, TagId, TagPlace,
        Timestamp, ToldJoin, VirtuousView, reference_data::FieldHolder,
    },
    store::Unsure,
    submitter::scripted::{World, cc_contact, hand, linked, now, planned},
    sync::Step,
    turn::TurnError,
    virtuous::script::full_contact,
};

const ANN: &str = "ann@example.com";
const READ: &str = "GET /api/Contact/7";
const CONTACT: VirtuousContactId = VirtuousContactId(7);

fn opt_out() -> Effect {
    let addresses = vec![ANN.to_owned()];
    Effect::SetOptIn { contact: CONTACT, individual: IndividualId(70), addresses, opted_in: false }
}

fn add_tag() -> Effect {
    let segment = SegmentKey::List(ListId::new("l1"));
    Effect::AddTag { contact: CONTACT, tag: TagId(5), name: "CC: News".to_owned(), segment }
}

fn remove_tag() -> Effect {
    let segment = SegmentKey::List(ListId::new("l1"));
    Effect::RemoveTag { contact: CONTACT, name: "CC: News".to_owned(), segment }
}

fn note() -> Note {
    Note {
        key: "k".to_owned(),
        text: "Unsubscribed. [tandem:k]".to_owned(),
        at: now().plus(std::time::Duration::from_secs(1)),
    }
}

fn with(world: &World, effects: Vec<Effect>) -> PlannedSubject {
    let planned = effects.into_iter().map(planned).collect();
    hand(&world.planner, linked(1, 7, ANN), Step::Apply(planned))
}

async fn applied(world: &World, hands: &[PlannedSubject]) -> Performed {
    let performed = world.with(async |reach: &_| all(reach, hands).await).await;
    world.is_played();
    performed
}

/// The names of what was done to one subscriber, a failure as the effect's name with an exclamation mark.
async fn done(world: World, effects: Vec<Effect>) -> (Vec<String>, Performed) {
    let hands = [with(&world, effects)];
    let performed = applied(&world, &hands).await;
    let name = |finding: &Finding| match finding {
        Finding::Done { effect, .. } => effect.kind().to_string(),
        Finding::Failed { action, .. } => format!("{action}!"),
        Finding::Found(_) => "found".to_owned(),
        Finding::Differs(_) => "differs".to_owned(),
        Finding::EmailTaken(_) => "taken".to_owned(),
        Finding::ReferenceRefused(_) => "reference refused".to_owned(),
        Finding::Gone { .. } => "gone".to_owned(),
        other => format!("{other:?}"),
    };
    let findings = performed.settlements.iter().flat_map(|one| &one.findings).map(name).collect();
    (findings, performed)
}

fn read(change: impl FnOnce(&mut Value)) -> World {
    let mut contact = full_contact(7, ANN);
    change(&mut contact);
    World::new().on(READ, 200, contact)
}

#[tokio::test]
async fn p2_an_opt_out_reads_the_contact_and_writes_the_method_whole() {
    let world = read(|_| ()).on("PUT /api/ContactMethod/700", 200, "");
    let hands = [with(&world, vec![opt_out()])];
    let performed = applied(&world, &hands).await;
    assert_eq!(world.asked(), [READ, "PUT /api/ContactMethod/700"]);
    assert_eq!(world.body(1)["isOptedIn"], json!(false));
    assert_eq!(world.body(1)["value"], json!(ANN));
    let [Finding::Done { person: Some(person), .. }] = performed.settlements[0].findings.as_slice() else {
        panic!("{performed:?}")
    };
    assert!(!person.emails[0].opted_in);
}

#[tokio::test]
async fn p2_what_changed_meanwhile_is_merged_again_and_nothing_is_written() {
    let changed =
        read(|contact| contact["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"] = json!(false));
    assert_eq!(done(changed, vec![opt_out()]).await.0, ["differs"]);
}

#[tokio::test]
async fn i3_the_subscriber_of_a_contact_that_is_gone_is_looked_for_before_anything_is_written() {
    const BY_REFERENCE: &str = "GET /api/Contact/Constant%20Contact/";
    let look = |world: World| world.on(READ, 404, "").on(BY_REFERENCE, 200, full_contact(8, ANN));
    assert_eq!(done(look(World::new()), vec![opt_out()]).await.0, ["gone"]);
    // A refused write says it, too.
    let refused = World::new().on("POST /api/ContactTag", 404, "");
    assert_eq!(done(look(refused), vec![add_tag()]).await.0, ["gone"]);
    // Another 404 is that of the tag.
    let tag = World::new().on("POST /api/ContactTag", 404, "").on(READ, 200, full_contact(7, ANN));
    assert_eq!(done(tag, vec![add_tag()]).await.0, ["add_tag!"]);
}

#[tokio::test]
async fn p2_a_conflict_is_decided_anew() {
    for status in [409, 404] {
        let world = read(|_| ()).on("PUT /api/ContactMethod/700", status, "");
        let (findings, performed) = done(world, vec![opt_out(), add_tag()]).await;
        assert_eq!(findings, ["opt_out!"]);
        let again = Refusal::Transient { text: String::new(), after: None, may_have_arrived: false };
        let Finding::Failed { refusal, .. } = &performed.settlements[0].findings[0] else { panic!() };
        assert_eq!(std::mem::discriminant(refusal), std::mem::discriminant(&again), "{status}");
    }
}

#[tokio::test]
async fn w4_a_limit_in_the_middle_keeps_what_was_done_before_it() {
    let world = World::new().on("POST /api/ContactTag", 200, "{}").on("POST /api/ContactNote", 429, "");
    let effects = vec![add_tag(), Effect::AddNote { contact: CONTACT, note: note() }];
    let (findings, performed) = done(world, effects).await;
    assert_eq!(findings, ["add_tag"]);
    assert!(matches!(performed.stop, Some(TurnError::NotNow(_))));
    assert!(performed.unsent.is_empty());
}

#[tokio::test]
async fn s2_a_limit_before_the_first_call_leaves_no_intent_but_what_was_unsure_before() {
    let world = World::new().on("POST /api/ContactTag", 429, "");
    let performed = done(world, vec![add_tag()]).await.1;
    assert!(performed.settlements.is_empty());
    assert_eq!(performed.unsent.iter().map(|one| one.before).collect::<Vec<_>>(), [None]);

    let world = World::new().on(READ, 200, full_contact(7, ANN)).on("POST /api/ContactTag", 429, "");
    let unsure = Unsure { at: Timestamp::from_secs(1), intent: Intent::Write };
    let mut hands = [with(&world, vec![add_tag()])];
    hands[0].due.unsure = Some(unsure);
    let performed = applied(&world, &hands).await;
    assert_eq!(performed.unsent[0].before, Some(unsure));
}

#[tokio::test]
async fn a_process_that_stops_begins_nothing() {
    let world = World::new();
    world.stops.set(true);
    let performed = done(world, vec![add_tag()]).await.1;
    assert!(performed.settlements.is_empty() && performed.stop.is_none());
    assert_eq!(performed.unsent.len(), 1);
}

#[tokio::test]
async fn s1_a_tag_that_is_on_already_is_done_and_one_on_twice_comes_off_twice() {
    let joins = json!({"list": [{"id": 1, "tagId": 5, "tagName": "CC: News"}, {"id": 2, "tagId": 5, "tagName": "CC: News"},
        {"id": 3, "tagId": 6, "tagName": "Board"}], "total": 3});
    let by_contact = "GET /api/ContactTag/ByContact/7";
    let on = World::new().on("POST /api/ContactTag", 409, "").on(by_contact, 200, joins.clone());
    assert_eq!(done(on, vec![add_tag()]).await.0, ["add_tag"]);
    let world = World::new().on(by_contact, 200, joins).on("DELETE /api/ContactTag/1", 200, "").on(
        "DELETE /api/ContactTag/2",
        200,
        "",
    );
    assert_eq!(done(world, vec![remove_tag()]).await.0, ["remove_tag"]);
}

fn place(tag: i64, join: i64) -> TagPlace {
    TagPlace { tag: TagId(tag), join: JoinId(join) }
}

/// The join 9 of tag 5 was told when it had the name that these tags have now.
fn known_join(tags: &[i64]) -> World {
    let mut world = World::new().join(7, "CC: News", place(5, 9));
    world.reference.tags.insert("CC: News".to_owned(), tags.iter().map(|tag| TagId(*tag)).collect());
    world
}

#[tokio::test]
async fn s2_a_join_that_was_told_is_not_used_once_its_name_is_another_tags_too() {
    let theirs = json!({"list": [{"id": 9, "tagId": 5, "tagName": "Board"}], "total": 1});
    for tags in [&[50][..], &[], &[5, 50]] {
        let world = known_join(tags).on("GET /api/ContactTag/ByContact/7", 200, theirs.clone());
        assert_eq!(done(world, vec![remove_tag()]).await.0, ["remove_tag"], "{tags:?}");
    }
}

#[tokio::test]
async fn s1_a_tag_comes_off_by_the_join_that_was_told_and_a_refusal_is_read() {
    let told = |name: &str, place: Option<(i64, i64)>| ToldJoin {
        contact: CONTACT,
        name: name.to_owned(),
        place: place.map(|(tag, join)| self::place(tag, join)),
    };
    // The answer that puts the tag on tells the join, by which the next plan takes the tag off.
    let answer = json!({"id": 9, "tagId": 5, "contactId": 7});
    let on = World::new().on("POST /api/ContactTag", 200, answer);
    assert_eq!(done(on, vec![add_tag()]).await.1.seen.joins, [told("CC: News", Some((5, 9)))]);
    let known = || known_join(&[5]);
    let (findings, performed) =
        done(known().on("DELETE /api/ContactTag/9", 200, ""), vec![remove_tag()]).await;
    assert_eq!(
        (findings, performed.seen.joins),
        (vec!["remove_tag".to_owned()], vec![told("CC: News", None)])
    );
    // A refusal says nothing: the tags are read, and those that may be Tandem's are told.
    let join = |id: i64, tag: &str| json!({"id": id, "tagId": id + 100, "tagName": tag});
    let joins = [(1, "CC: News"), (2, "CC: Press"), (3, "CC: Twice"), (4, "CC: Twice"), (5, "Board")];
    let joins = json!({"list": joins.map(|(id, tag)| join(id, tag)), "total": 5});
    for status in [404, 409, 400] {
        let world = known().on("DELETE /api/ContactTag/9", status, "").on(
            "GET /api/ContactTag/ByContact/7",
            200,
            joins.clone(),
        );
        let (findings, performed) =
            done(world.on("DELETE /api/ContactTag/1", 204, ""), vec![remove_tag()]).await;
        assert_eq!(findings, ["remove_tag"], "{status}");
        let [press, twice] = [told("CC: Press", Some((102, 2))), told("CC: Twice", None)];
        assert_eq!(performed.seen.joins, [press, twice.clone(), twice, told("CC: News", None)]);
    }
}

#[tokio::test]
async fn p6_an_address_that_sits_on_another_contact_is_not_written() {
    let effect =
        || Effect::SetEmail { contact: CONTACT, method: MethodId(700), to: "new@example.com".to_owned() };
    let individual = json!({"id": 80, "contactId": 8});
    let find = "GET /api/ContactIndividual/Find";
    let taken = read(|_| ()).on(find, 200, individual).on(
        "GET /api/Contact/8",
        200,
        full_contact(8, "new@example.com"),
    );
    assert_eq!(done(taken, vec![effect(), add_tag()]).await.0, ["taken"]);
    let free = read(|_| ()).on(find, 404, "").on("PUT /api/ContactMethod/700", 200, "");
    assert_eq!(done(free, vec![effect()]).await.0, ["set_email"]);
    let conflict = read(|_| ()).on(find, 404, "").on("PUT /api/ContactMethod/700", 409, "");
    assert_eq!(done(conflict, vec![effect()]).await.0, ["taken"]);
}

#[tokio::test]
async fn p6_an_address_that_one_readable_contact_has_is_taken_whatever_else_has_it() {
    const NEW: &str = "new@example.com";
    let pages = |count: usize, page: &dyn Fn(i64) -> Vec<Value>, total: usize| {
        let mut world = read(|_| ());
        world.reference.query_terms.email_is = Some(("Email".to_owned(), "Is".to_owned()));
        (0..count).fold(world, |world, number| {
            let list = page(1_000 + 20 * number as i64);
            world.on("POST /api/Contact/Query/FullContact", 200, json!({"list": list, "total": total}))
        })
    };
    let write = || vec![Effect::SetEmail { contact: CONTACT, method: MethodId(700), to: NEW.to_owned() }];
    // More contacts than are read.
    let full = |first: i64| (first..first + 20).map(|id| full_contact(id, NEW)).collect();
    assert_eq!(done(pages(10, &full, 201), write()).await.0, ["taken"]);
    // An odd contact beside a readable one.
    let odd = || json!({"id": "x"});
    let beside = |_| vec![odd(), full_contact(8, NEW)];
    assert_eq!(done(pages(1, &beside, 2), write()).await.0, ["taken"]);
    // Whether an odd one is another contact is not known.
    let alone = |_| vec![odd(), full_contact(7, NEW)];
    assert_eq!(done(pages(1, &alone, 2), write()).await.0, ["set_email!"]);
}

#[tokio::test]
async fn i2_a_refused_reference_is_remembered_and_the_rest_goes_on() {
    let world = World::new().on("POST /api/ContactReference", 409, "").on("POST /api/ContactTag", 200, "{}");
    let effects = vec![Effect::AddReference { contact: CONTACT }, add_tag()];
    assert_eq!(done(world, effects).await.0, ["reference refused", "add_tag"]);
}

#[tokio::test]
async fn f1_fields_go_to_their_holders_as_whole_models() {
    let fields = vec![
        ("Program".to_owned(), "Music".to_owned(), FieldHolder::Contact),
        ("Nickname".to_owned(), "Nan".to_owned(), FieldHolder::Individual),
    ];
    let effect = Effect::SetFields { contact: CONTACT, individual: IndividualId(70), fields };
    let world = read(|_| ()).on("PUT /api/Contact/7", 200, "").on("PUT /api/ContactIndividual/70", 200, "");
    assert_eq!(done(world, vec![effect]).await.0, ["set_fields"]);
}

#[tokio::test]
async fn n1_a_note_whose_answer_may_be_lost_is_searched_for_first() {
    let effect = Effect::AddNote { contact: CONTACT, note: note() };
    let world = World::new().on("POST /api/ContactNote", 200, "{}");
    assert_eq!(done(world, vec![effect.clone()]).await.0, ["add_note"]);
    let marker = crate::sync::notes::marker_of(&note().text).map(str::to_owned);
    let Some(marker) = marker else { return };
    let notes = json!({"list": [{"id": 1, "note": format!("x {marker}")}], "total": 1});
    let world = World::new().on("GET /api/ContactNote/ByContact/7", 200, notes);
    let mut hands = [with(&world, vec![effect])];
    hands[0].due.subject.attempts = 1;
    let performed = applied(&world, &hands).await;
    assert!(matches!(performed.settlements[0].findings.as_slice(), [Finding::Done { .. }]));
}

#[tokio::test]
async fn p1_the_method_is_read_right_before_constant_contact_is_told_of_its_opt_out() {
    let mut ann = linked(1, 7, ANN);
    let VirtuousView::Linked(person) = &mut ann.virtuous else { unreachable!() };
    person.emails[0].opted_in = false;
    ann.base.consent = Some(AgreedConsent { opted_in: true, at: None });
    let unsubscribe = |opted_in: Value| {
        let mut contact = full_contact(7, ANN);
        contact["contactIndividuals"][0]["contactMethods"][0]["isOptedIn"] = opted_in;
        let world = World::new().on("GET /v3/contacts/", 200, cc_contact(&ann, "explicit"));
        let step = Step::Apply(vec![planned(Effect::Unsubscribe { reason: "Opted out in Virtuous" })]);
        (hand(&world.planner, ann.clone(), step), world.on(READ, 200, contact))
    };
    let (hands, world) = unsubscribe(json!(false));
    let world = world.on("PUT /v3/contacts/", 200, cc_contact(&ann, "unsubscribed"));
    let performed = applied(&world, &[hands]).await;
    assert!(matches!(performed.settlements[0].findings[..], [Finding::Done { .. }]), "{performed:?}");
    assert!(world.asked()[1].starts_with(READ), "right before the write: {:?}", world.asked());
    // Opted in again, or not told: nothing is written there.
    let (hands, world) = unsubscribe(json!(true));
    let performed = applied(&world, &[hands]).await;
    assert!(matches!(performed.settlements[0].findings[..], [Finding::Differs(_)]), "{performed:?}");
    let (hands, world) = unsubscribe(Value::Null);
    let performed = applied(&world, &[hands]).await;
    let [Finding::Failed { refusal, .. }] = &performed.settlements[0].findings[..] else { panic!() };
    assert!(matches!(refusal, Refusal::Transient { .. }), "{refusal:?}");
}

#[tokio::test]
async fn e2_an_unreadable_neighbour_keeps_no_opt_out_back() {
    let neighbours = [json!({"id": "x"}), json!({"id": 71, "contactMethods": [null, {"id": 9}]}), json!(7)];
    for neighbour in neighbours {
        let world = read(|contact| {
            contact["contactIndividuals"].as_array_mut().unwrap().push(neighbour);
            let methods = &mut contact["contactIndividuals"][0]["contactMethods"];
            methods.as_array_mut().unwrap().push(json!({"id": null, "type": "Work Email", "value": "x@y.z"}));
        });
        let (findings, _) = done(world.on("PUT /api/ContactMethod/700", 200, ""), vec![opt_out()]).await;
        assert_eq!(findings, ["opt_out"]);
    }
}
