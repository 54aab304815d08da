use serde_json::{Value, json};

use super::super::read;
use crate::{
    domain::{
        Finding, Gaps, Intent, MethodId, Parts, Person, Subject, VirtuousContactId, VirtuousView, Written,
    },
    store::Unsure,
    submitter::{
        performed::Performed,
        scripted::{World, hand, linked, now},
    },
    sync::Step,
    turn::TurnError,
    virtuous::script::full_contact,
};

const ANN: &str = "ann@example.com";

/// Linked to contact 7, beside which 8 and 9 have the address. Contact 8 was opted out, and no reading showed it.
fn beside() -> Subject {
    let further = |contact| match linked(1, contact, ANN).virtuous {
        VirtuousView::Linked(person) => Person { tags: Vec::new(), ..*person },
        _ => unreachable!(),
    };
    let mut subject = linked(1, 7, ANN);
    subject.hits = vec![further(8), further(9)];
    subject.hits[0].emails[0].opted_in = false;
    let facet = Written::OptIn { method: MethodId(800), opted_in: false, modified_at: None, agreed: None };
    crate::sync::unseen::wrote(&mut subject, VirtuousContactId(8), facet, now());
    subject
}

async fn looked(world: &World, unsure: Option<Unsure>) -> Performed {
    let step = Step::ReadHits(vec![VirtuousContactId(8), VirtuousContactId(9)]);
    let mut hand = hand(&world.planner, beside(), step);
    hand.due.unsure = unsure;
    let performed = world.with(async |reach: &_| read::all(reach, &[hand]).await).await;
    world.is_played();
    performed
}

/// The contacts of the readings, in order.
fn seen(performed: &Performed) -> Vec<i64> {
    let id = |finding: &Finding| match finding {
        Finding::Found(person) | Finding::HitSeen(person) => person.contact.0,
        other => panic!("{other:?}"),
    };
    performed.settlements.iter().flat_map(|one| &one.findings).map(id).collect()
}

#[tokio::test]
async fn e2_a_further_contact_that_cannot_be_read_is_not_told_and_stops_no_other() {
    let answers: [(u16, Value); 5] = [
        (400, json!({"message": "Bad"})),
        (403, json!({"message": "No"})),
        (409, json!({"message": "Busy"})),
        (500, json!({"message": "Oops"})),
        (200, json!([])),
    ];
    for (status, body) in answers {
        let world = World::new().on("GET /api/Contact/8", status, body).on(
            "GET /api/Contact/9",
            200,
            full_contact(9, ANN),
        );
        let performed = looked(&world, None).await;
        assert!(performed.stop.is_none());
        assert_eq!(seen(&performed), [8, 9], "{status}");
        let Finding::HitSeen(untold) = &performed.settlements[0].findings[0] else { panic!() };
        assert_eq!(untold.gaps, Gaps { untold: Parts::METHODS, unknown: Parts::NONE, readings: 1 });
        assert_eq!((untold.seen_at, untold.emails.len()), (now(), 1));
        // It shows nothing, least of all that what was written there is there (E1).
        assert_eq!(untold.late.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn w4_a_limit_ends_the_reading_of_further_contacts_and_is_no_attempt() {
    let world = World::new().on("GET /api/Contact/8", 429, "");
    let performed = looked(&world, None).await;
    assert!(matches!(performed.stop, Some(TurnError::NotNow(_))));
    assert!(performed.settlements.is_empty());
}

#[tokio::test]
async fn e3_after_an_unknown_outcome_the_linked_contact_is_read_beside_further_ones() {
    let world = World::new()
        .on("GET /api/Contact/7", 200, full_contact(7, ANN))
        .on("GET /api/Contact/8", 200, full_contact(8, ANN))
        .on("GET /api/Contact/9", 200, full_contact(9, ANN));
    let performed = looked(&world, Some(Unsure { at: now(), intent: Intent::Write })).await;
    assert!(performed.settlements[0].unsure);
    assert_eq!(seen(&performed), [7, 8, 9]);
    // Where it cannot be read, the outcome stays unknown.
    let world = World::new().on("GET /api/Contact/7", 500, "");
    let performed = looked(&world, Some(Unsure { at: now(), intent: Intent::Write })).await;
    assert!(matches!(performed.settlements[0].findings.as_slice(), [Finding::Failed { .. }]));
}
