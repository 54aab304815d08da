//! I1 to I4: who is who.

use serde_json::json;
use tandem::{
    domain::{Cause, State},
    operator::Verb,
    simulator::virtuous::model::NewContact,
};

use crate::{
    scene::{
        address, cc_writes, contacts, donor, held, individual, linked, named, named_with, opted_in, quick,
        settle, standing, tags, until,
    },
    world::{HOUR, Setup, World},
};

#[actix::test]
async fn i1_a_subscriber_is_its_id_whatever_its_address() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let contact = world.referenced(&ann).unwrap();
    assert_eq!((&*contact.references[0].source, &*contact.references[0].id), ("Constant Contact", &*ann));
    // The id moves to another address, and the address to another id.
    world.edit("cc/email", &json!({"contact": ann, "email": "moved@example.org"}));
    settle(&world, "the new address").await;
    let other = linked(&world, "Ann", &[]).await;
    assert_eq!(world.referenced(&ann).map(|held| held.id), Some(contact.id));
    assert_ne!(world.referenced(&other).map(|held| held.id), Some(contact.id));
    assert_eq!((world.subjects().len(), contacts(&world)), (2, 2));
    world.finish().await;
}

#[actix::test]
async fn i2_the_reference_comes_before_the_address_and_several_are_for_a_person() {
    let world = World::start(&quick()).await;
    let id = "11111111-1111-11f0-8111-111111111111";
    let mine = NewContact { references: vec![("Constant Contact".into(), id.into())], ..donor("Ann") };
    let mine = world.staff_add(&mine);
    world.staff_add(&donor("Ann"));
    let mut bob = donor("Bob");
    bob.individuals[0].methods[0].value = address("Bob").to_uppercase();
    let bobs = world.staff_add(&bob);
    world.staff_add(&donor("Cid"));
    world.staff_add(&donor("Cid"));
    let ann = world.subscribe(&named_with("Ann", &json!({"contact_id": id})), &[]);
    let (bob, cid) = (world.subscribe(&named("Bob"), &[]), world.subscribe(&named("Cid"), &[]));
    settle(&world, "all are looked for").await;
    assert_eq!(world.subject(&ann).unwrap().virtuous.linked().map(|person| person.contact.0), Some(mine));
    assert_eq!(world.referenced(&bob).map(|held| held.id), Some(bobs), "linked, and the reference written");
    until(&world, &cid, State::Review, Cause::SeveralHits).await;
    assert!(world.referenced(&cid).is_none());
    assert_eq!(contacts(&world), 5, "nobody was created beside them");
    world.finish_differing().await;
}

#[actix::test]
async fn i3_a_merged_contact_is_followed_and_an_archived_one_gets_opt_outs_only() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let gone = world.referenced(&ann).unwrap().id;
    let winner = world.staff_add(&NewContact {
        individuals: vec![individual("Anne", "anne@example.org", true)],
        ..NewContact::default()
    });
    world.edit("virtuous/merge", &json!({"contact": gone.to_string(), "into": winner.to_string()}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    let known = world.subject(&ann).unwrap();
    assert_eq!(known.virtuous.linked().map(|person| person.contact.0), Some(winner), "remapped");
    assert_eq!(world.tags(&held(&world, winner)), ["CC: Newsletter"], "{}", world.describe());
    // Archived: no tag any more, and yet the opt-out.
    world.edit("virtuous/archive", &json!({"contact": winner.to_string()}));
    world.pass(HOUR).await;
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    world.pass(HOUR).await;
    assert_eq!(world.tags(&held(&world, winner)), ["CC: Newsletter"]);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(HOUR).await;
    assert_eq!(opted_in(&world, "Ann"), [false], "{}", world.describe());
    let reason = world.subject(&ann).unwrap().reason;
    assert_eq!((world.state(&ann), reason.cause), (Some(State::Excluded), Cause::ArchivedOrPrivate));
    world.finish_differing().await;
}

/// E2: whether a contact is private is believed where it is told; an answer that never tells it holds no work for ever, and takes
/// nothing back.
#[actix::test]
async fn i3_e2_what_is_never_told_private_is_written_and_what_was_told_stays_so() {
    let world = World::start(&quick()).await;
    let of_bob = world.staff_add(&NewContact { private: true, ..donor("Bob") });
    let bob = world.subscribe(&named("Bob"), &[]);
    until(&world, &bob, State::Excluded, Cause::ArchivedOrPrivate).await;
    world.control("virtuous/unreliable", &json!({"private_untold": true}));
    let ann = world.subscribe(&named("Ann"), &["Newsletter"]);
    world.pass(2 * HOUR).await;
    for id in [&ann, &bob] {
        world.edit("cc/move-lists", &json!({"contact": id, "add": ["Events"]}));
        world.edit("cc/edit", &json!({"contact": id, "last_name": "Poe"}));
    }
    world.edit("virtuous/note", &json!({"contact": of_bob.to_string(), "reason": "a call"}));
    world.pass(2 * HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"], "{}", world.describe());
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    assert_eq!(standing(&world, &bob), Some((State::Excluded, Cause::ArchivedOrPrivate)));
    assert_eq!(world.tags(&held(&world, of_bob)), Vec::<String>::new(), "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn i3_a_contact_that_is_gone_is_looked_for_again_and_is_no_dead_letter() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    let gone = [&ann, &bob].map(|id| world.referenced(id).unwrap().id);
    for id in [&ann, &bob] {
        world.edit("virtuous/remove", &json!({"contact": id}));
    }
    // Made again by staff, who know nothing of references.
    let again = world.staff_add(&NewContact {
        individuals: vec![individual("Ann", &address("Ann"), true)],
        ..NewContact::default()
    });
    for id in [&ann, &bob] {
        world.edit("cc/move-lists", &json!({"contact": id, "add": ["Events"]}));
        world.edit("cc/edit", &json!({"contact": id, "first_name": "Sam"}));
    }
    world.pass(HOUR).await;
    let linked_to = |id: &str| world.subject(id).unwrap().virtuous.linked().map(|person| person.contact.0);
    assert_eq!(linked_to(&ann), Some(again), "{}", world.describe());
    assert!(!gone.contains(&again));
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"]);
    assert_eq!((world.state(&ann), opted_in(&world, "Ann")), (Some(State::InSync), vec![true]));
    // Gone for good: a question, and no contact is made.
    assert_eq!(standing(&world, &bob), Some((State::Review, Cause::VirtuousGone)));
    assert!(world.referenced(&bob).is_none());
    assert_eq!(world.work().await["dead_letters"].as_array().map(Vec::len), Some(0));
    // An opt-out meanwhile goes to the contact that staff make, before anything else.
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.pass(HOUR).await;
    let home = world.staff_add(&donor("Bob"));
    world.pass(HOUR).await;
    assert_eq!((linked_to(&bob), opted_in(&world, "Bob")), (Some(home), vec![false]), "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn i3_retry_looks_again_for_a_contact_that_is_gone() {
    let world = World::start(&Setup { query_every: "30d", ..quick() }).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let unsubscribed = cc_writes(&world);
    world.edit("virtuous/remove", &json!({"contact": ann}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Sam"}));
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &ann), Some((State::Review, Cause::VirtuousGone)), "{}", world.describe());
    world.decide(Verb::Retry, &ann, None).await.unwrap();
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &ann), Some((State::Review, Cause::VirtuousGone)));
    // Opted out from its making: the organisation's default, and nothing that Constant Contact is told.
    let individuals = vec![individual("Ann", &address("Ann"), false)];
    world.staff_add(&NewContact { individuals, ..NewContact::default() });
    world.decide(Verb::Retry, &ann, None).await.unwrap();
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &ann), Some((State::Review, Cause::Untouched)), "{}", world.describe());
    assert_eq!(cc_writes(&world), unsubscribed);
    world.finish_differing().await;
}

#[actix::test]
async fn i4_consent_is_the_persons_and_the_tag_the_households() {
    let world = World::start(&quick()).await;
    let both = vec![individual("Ann", &address("Ann"), true), individual("Bob", &address("Bob"), true)];
    let home = world.staff_add(&NewContact { individuals: both, ..NewContact::default() });
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    assert_eq!(world.referenced(&ann).unwrap().id, home);
    assert_eq!(world.referenced(&bob).unwrap().id, home);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "one has unsubscribed").await;
    assert_eq!((opted_in(&world, "Ann"), opted_in(&world, "Bob")), (vec![false], vec![true]));
    assert_eq!(tags(&world, &bob), ["CC: Newsletter"], "the other is still on the list");
    world.edit("cc/move-lists", &json!({"contact": bob, "remove": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": bob, "first_name": "Bob"}));
    settle(&world, "the other has left").await;
    assert_eq!((tags(&world, &bob), opted_in(&world, "Bob")), (Vec::new(), vec![true]));
    world.finish().await;
}

/// No answer tells "archived": it is found by what the readings with and without archived contacts show, at first connect and by the
/// query of changes (V2). A contact that is taken out of the archive is an ordinary one again.
#[actix::test]
async fn i3_e2_who_is_archived_is_found_where_no_answer_tells_it() {
    let world = World::start(&quick()).await;
    world.control("virtuous/unreliable", &json!({"archived_untold": true}));
    let old = world.staff_add(&NewContact { archived: true, ..donor("Bob") });
    let bob = world.subscribe(&named("Bob"), &["Newsletter"]);
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    until(&world, &bob, State::Excluded, Cause::ArchivedOrPrivate).await;
    assert_eq!(world.tags(&held(&world, old)), Vec::<String>::new(), "{}", world.describe());
    let of_ann = world.referenced(&ann).unwrap().id;
    world.edit("virtuous/archive", &json!({"contact": of_ann.to_string()}));
    world.pass(5 * HOUR).await;
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    world.edit("cc/edit", &json!({"contact": ann, "last_name": "Poe"}));
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &ann), Some((State::Excluded, Cause::ArchivedOrPrivate)));
    assert_eq!(world.tags(&held(&world, of_ann)), ["CC: Newsletter"], "{}", world.describe());
    world.edit("virtuous/archive", &json!({"contact": of_ann.to_string(), "enabled": false}));
    world.pass(5 * HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"], "{}", world.describe());
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.pass(HOUR).await;
    assert_eq!(
        opted_in(&world, "Bob"),
        [false],
        "opt-outs go to archived contacts too: {}",
        world.describe()
    );
    world.finish_differing().await;
}
