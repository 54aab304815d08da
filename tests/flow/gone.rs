//! Contacts that answer 404: gone only if a second look says the same (D1).

use serde_json::json;
use tandem::{
    domain::{DeletionProof, State},
    service::Service,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    store::HintAbout,
};

use crate::world::{HOPE, HOUR, MINUTE, Setup, World};

/// A world in step with one person, where neither counts nor a sweep help within the test.
async fn with_gus() -> (World, String) {
    let cc = "sweep_every = \"30d\"\nlists_every = \"1d\"";
    let setup = Setup { cc, poll_every: "1h", ..Setup::new(60, 93) };
    let world = World::synced(&setup).await;
    let new = json!({"email": "gus@example.com", "first_name": "Gus", "last_name": "Lee"});
    let id = world.subscribe(&new, &["Newsletter"]);
    world.pass(62 * MINUTE).await;
    world.until_settled("Gus is created", 4 * HOUR).await;
    world.pass(2 * MINUTE).await;
    (world, id)
}

async fn hint(world: &World, about: HintAbout) {
    world.app.hints(&HOPE.parse().unwrap(), vec![about]).await.unwrap();
    world.pass(MINUTE / 3).await;
}

fn missing(world: &World) -> usize {
    world.app.deps.store.of(world.record().number).missing().unwrap().len()
}

fn note(world: &World, id: &str) -> Option<String> {
    let contact = world.referenced(id).unwrap().id;
    world.organisation(|held| held.notes_of(contact).next_back().map(|note| note.text.to_string()))
}

#[actix::test]
async fn d1_a_404_on_a_known_id_counts_when_it_is_there_again_later() {
    let (world, id) = with_gus().await;
    world.control("cc/erase", &json!({"contact": id}));
    for about in [HintAbout::Contact(id.clone()), HintAbout::Email("gus@example.com".to_owned())] {
        hint(&world, about).await;
        assert_eq!(missing(&world), 1);
        assert_eq!(world.opt_ins("gus@example.com"), [true], "one 404 is no proof");
    }
    world.pass(20 * MINUTE).await;
    world.until_settled("the second look", HOUR).await;
    let deletion = world.subject(&id).unwrap().cc.deletion.unwrap();
    assert_eq!(deletion.proof, DeletionProof::NotFound);
    assert_eq!(world.opt_ins("gus@example.com"), [false], "{}", world.describe());
    let note = note(&world, &id).unwrap();
    let date = deletion.at.to_date();
    assert!(note.contains("checked twice") && note.contains(&date), "{note}");
    assert_eq!(missing(&world), 0);
    // Nothing more comes of it.
    let (writes, looks) = (world.writes(), world.cc_calls_of("GET", "/contacts/{contact_id}"));
    hint(&world, HintAbout::Contact(id)).await;
    world.pass(2 * HOUR).await;
    assert_eq!(world.writes(), writes);
    assert_eq!(world.cc_calls_of("GET", "/contacts/{contact_id}"), looks + 1);
    world.finish().await;
}

#[actix::test]
async fn d1_a_contact_that_is_there_at_the_second_look_was_not_deleted() {
    let (world, id) = with_gus().await;
    let kind = FaultKind::Status { status: 404, body: ErrorBody::Array };
    world.fault(Fault::once(System::ConstantContact, kind).on(&format!("/v3/contacts/{id}")));
    hint(&world, HintAbout::Contact(id.clone())).await;
    assert_eq!(missing(&world), 1);
    let writes = world.writes();
    world.pass(20 * MINUTE).await;
    assert_eq!(missing(&world), 0);
    assert_eq!(world.subject(&id).unwrap().cc.deletion, None);
    assert_eq!(world.writes(), writes);
    world.finish().await;
}

#[actix::test]
async fn p1_d1_an_unsubscribe_of_somebody_who_is_gone_comes_to_an_end() {
    let (world, id) = with_gus().await;
    world.control("cc/erase", &json!({"contact": id}));
    world.edit("virtuous/opt-out", &json!({"contact": id}));
    world.until("the first 404", HOUR, |world| missing(world) == 1).await;
    let looks = world.cc_calls_of("GET", "/contacts/{contact_id}");
    world.pass(HOUR).await;
    assert_eq!(world.subject(&id).unwrap().cc.deletion.map(|it| it.proof), Some(DeletionProof::NotFound));
    assert_eq!(world.state(&id), Some(State::InSync), "{}", world.describe());
    // One second look, and at most one more attempt beside it.
    assert!(world.cc_calls_of("GET", "/contacts/{contact_id}") <= looks + 2);
    assert_eq!(world.cc_calls_of("PUT", "/contacts/{contact_id}"), 0);
    world.finish().await;
}
