use serde_json::json;

use super::super::read;
use crate::{
    domain::{Finding, Refusal, VirtuousContactId},
    submitter::{
        performed::Performed,
        scripted::{World, hand, subject},
    },
    sync::Step,
    virtuous::script::full_contact,
};

const ANN: &str = "ann@example.com";
const BY_REFERENCE: &str = "GET /api/Contact/Constant%20Contact/";
const QUERY: &str = "POST /api/Contact/Query/FullContact";

async fn look_up(world: &World) -> Finding {
    let hands = [hand(&world.planner, subject(1, ANN), Step::LookUp)];
    let Performed { mut settlements, unsent, stop, .. } =
        world.with(async |reach: &_| read::all(reach, &hands).await).await;
    assert!(unsent.is_empty() && stop.is_none() && settlements.len() == 1);
    world.is_played();
    settlements.remove(0).findings.remove(0)
}

fn with_email_query(mut world: World) -> World {
    world.reference.query_terms.email_is = Some(("Email".to_owned(), "Is".to_owned()));
    world
}

fn page(contacts: &[serde_json::Value]) -> serde_json::Value {
    json!({"list": contacts, "total": contacts.len()})
}

#[tokio::test]
async fn i2_the_reference_finds_the_contact_with_one_call() {
    let world = World::new().on(BY_REFERENCE, 200, full_contact(7, ANN));
    let Finding::Found(person) = look_up(&world).await else { panic!("not found") };
    assert_eq!(person.contact, VirtuousContactId(7));
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn i2_by_address_none_one_and_several_are_told_apart() {
    let by_address = |contacts: &[serde_json::Value]| {
        with_email_query(World::new().on(BY_REFERENCE, 404, "").on(QUERY, 200, page(contacts)))
    };
    assert_eq!(look_up(&by_address(&[])).await, Finding::NotFound);
    let one = [full_contact(7, ANN), full_contact(8, "other@example.com")];
    let Finding::Found(person) = look_up(&by_address(&one)).await else { panic!("not found") };
    assert_eq!(person.contact, VirtuousContactId(7));
    let several = [full_contact(7, ANN), full_contact(8, ANN)];
    let Finding::FoundSeveral { people, more: false } = look_up(&by_address(&several)).await else {
        panic!("not several")
    };
    assert_eq!(people.len(), 2);
}

#[tokio::test]
async fn i2_a_hit_that_cannot_be_read_proves_nothing() {
    let world = World::new().on(BY_REFERENCE, 404, "").on(QUERY, 200, page(&[json!({"id": "x"})]));
    let found = look_up(&with_email_query(world)).await;
    assert!(
        matches!(
            found,
            Finding::Failed { refusal: Refusal::Transient { .. } | Refusal::Permanent { .. }, .. }
        ),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_full_hour_stops_the_turn_and_the_subject_stays_due() {
    let world = World::new().on(BY_REFERENCE, 429, "");
    let hands = [hand(&world.planner, subject(1, ANN), Step::LookUp)];
    let performed = world.with(async |reach: &_| read::all(reach, &hands).await).await;
    assert!(matches!(performed.stop, Some(crate::turn::TurnError::NotNow(_))));
    assert!(performed.settlements.is_empty() && performed.unsent.is_empty());
}

#[tokio::test]
async fn e2_a_hit_that_is_not_told_stands_beside_what_can_be_read() {
    let page_of = |contacts: &[serde_json::Value]| {
        with_email_query(World::new().on(BY_REFERENCE, 404, "").on(QUERY, 200, page(contacts)))
    };
    let mut untold = full_contact(8, ANN);
    untold["contactIndividuals"] = json!([null]);
    // The subscriber is linked to none of them, and an opt-out reaches what can be read.
    let found = look_up(&page_of(&[full_contact(7, ANN), untold.clone()])).await;
    let Finding::FoundSeveral { people, .. } = found else { panic!("{found:?}") };
    assert_eq!(people.iter().map(|it| (it.contact.0, it.emails.len())).collect::<Vec<_>>(), [(7, 1), (8, 0)]);
    let found = look_up(&page_of(&[untold])).await;
    assert!(matches!(found, Finding::Failed { .. }), "{found:?}");
    // Another individual of the contact that cannot be read is no obstacle.
    let mut neighbour = full_contact(7, ANN);
    neighbour["contactIndividuals"].as_array_mut().unwrap().push(json!({"id": "x"}));
    let found = look_up(&page_of(&[neighbour])).await;
    assert!(matches!(found, Finding::Found(_)), "{found:?}");
}

/// Pages of contacts with the address, 20 a page of so many in all.
fn pages(mut world: World, of_all: usize, pages: usize) -> World {
    for page in 0..pages {
        let here: Vec<_> =
            (1_000..).take(of_all).skip(page * 20).take(20).map(|id| full_contact(id, ANN)).collect();
        world = world.on(QUERY, 200, json!({"list": here, "total": of_all}));
    }
    world
}

#[tokio::test]
async fn i2_p2_every_page_of_hits_is_read_up_to_ten() {
    let found = |of_all: usize, read: usize| async move {
        let world = with_email_query(pages(World::new().on(BY_REFERENCE, 404, ""), of_all, read));
        (format!("{:?}", look_up(&world).await).matches("linked_by").count(), world.asked().len())
    };
    assert_eq!(found(45, 3).await, (45, 4));
    assert_eq!(found(200, 10).await, (200, 11));
    assert_eq!(found(201, 10).await, (200, 11));
}
