use super::*;
use crate::{
    domain::{ListId, ListsInFlight, Membership, Subject},
    submitter::scripted::{World, cc_contact, hand, linked, now},
    sync::Step,
};

const ASK: &str = "GET /v3/activities/a1";
const READ: &str = "GET /v3/contacts/";

fn waiting(sent_at: Timestamp) -> Subject {
    let mut subject = linked(1, 7, "ann@example.com");
    let lists = vec![ListId::new("l1")];
    let activity = "a1".to_owned();
    let next_look = sent_at;
    subject.lists_in_flight =
        Some(ListsInFlight { activity, membership: Membership::Join, lists, sent_at, looks: 0, next_look });
    subject
}

async fn looked(world: World, sent_at: Timestamp) -> Performed {
    let hands = [hand(&world.planner, waiting(sent_at), Step::LookAtLists)];
    let performed = world.with(async |reach: &_| look(reach, &hands).await).await;
    world.is_played();
    performed
}

fn says(state: &str) -> World {
    World::new().on(ASK, 200, format!(r#"{{"activity_id":"a1","state":"{state}"}}"#))
}

#[tokio::test]
async fn s5_each_state_of_an_activity_is_a_finding() {
    let day = lists::GIVEN_UP_AFTER;
    let running = looked(says("processing"), now()).await;
    assert_eq!(running.settlements[0].findings, [Finding::ListsUnderWay]);
    let late = looked(says("processing"), now().minus(day)).await;
    assert!(matches!(late.settlements[0].findings.as_slice(), [Finding::ListsFailed(_)]));
    let failed = looked(says("failed"), now()).await;
    assert!(matches!(failed.settlements[0].findings.as_slice(), [Finding::ListsFailed(_)]));
}

#[tokio::test]
async fn s5_what_the_contact_shows_is_the_last_word() {
    let contact = cc_contact(&waiting(now()), "explicit");
    let done = [Finding::ListsDone { errors: String::new() }];
    for world in [says("completed"), World::new().on(ASK, 404, "{}")] {
        let performed = looked(world.on(READ, 200, &contact), now()).await;
        assert_eq!(performed.settlements[0].findings, done);
        assert_eq!(performed.seen.read.len(), 1);
    }
    let gone = looked(says("completed").on(READ, 404, "{}"), now()).await;
    assert_eq!(gone.seen.missing[0].if_gone.as_slice(), done);
    assert!(gone.settlements[0].findings.is_empty());
}
